"""The section numbers that no notebook computes, in plain polars from the survey's frames: what their rows must say.

Written for the usual choices and for account files: AGI5, the discretionary fund, units as in `Survey.panel`.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap.survey.survey import Survey

REVENUE = pl.col("brutto_driftsinntekter")
MILLION = 1_000_000  # 1000 kr in a milliard


def computed(survey: Survey) -> dict[str, float | None]:
    """Return the numbers by id, in their own units."""
    own = survey.panel()
    both = survey.compared()
    result = pl.col("netto_driftsresultat")
    share = pl.when(REVENUE > 0).then(100 * result / REVENUE)
    fund = pl.col("disposisjonsfond")
    invested = pl.col("brutto_investeringsutgifter")
    told = own.select(
        (100 * pl.col("brutto_driftsresultat").sum() / REVENUE.sum()).alias("resultat.brutto_pst"),
        (pl.col("netto_finansutgifter").sum() / MILLION).alias("resultat.netto_finans_mrd"),
        (REVENUE.sum() / MILLION).alias("resultat.inntekter_mrd"),
        (pl.col("brutto_driftsutgifter").sum() / MILLION).alias("resultat.utgifter_mrd"),
        (100 * (share < -2).sum() / share.count()).alias("resultat.andel_under_m2"),
        (100 * fund.sum() / REVENUE.filter(fund.is_not_null()).sum()).alias("fond.pst"),
        (100 * invested.sum() / REVENUE.sum()).alias("investering.andel_av_driftsinntekter"),
        (1000 * invested.sum() / pl.col("folkemengde").sum()).alias("investering.per_innbygger"),
    )
    before = both.select(
        (pl.col("brutto_investeringsutgifter_foer").sum() / MILLION).alias(
            "investering.brutto_fjor"
        ),
        (
            100
            * pl.col("brutto_driftsresultat_foer").sum()
            / pl.col("brutto_driftsinntekter_foer").sum()
        ).alias("resultat.brutto_pst_fjor"),
    )
    return told.row(0, named=True) | before.row(0, named=True)
