"""Section 4: the discretionary fund (disposisjonsfond) by size group, and how it moved."""

from __future__ import annotations

import polars as pl

from kommuneregnskap.indicators.evaluate import ratio, total
from kommuneregnskap.numbers import values
from kommuneregnskap.survey.frames import BEFORE
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import bands, units

FUND = "fond"  # the setting that says which concept is meant by the fund
REVENUE = "brutto_driftsinntekter"


def by_size_group(survey: Survey) -> pl.DataFrame:
    """Return the fund in percent of revenue by size group (ratios of sums), smallest first.

    Of the respondents that delivered a balance sheet. Out: stoerrelsesgruppe, gruppe, kommuner, fond_pst,
    fri_egenkapital_pst, median_pst (percent), tomme (municipalities with an empty fund). Assumptions A12, A14.
    """
    fund, revenue, free = (
        pl.col(survey.setting(FUND)),
        pl.col(REVENUE),
        pl.col("fri_egenkapital_drift"),
    )
    share, both = ratio(fund, revenue), survey.known(fund, revenue)
    with_free = survey.known(free, revenue)
    return units.named_groups(
        survey.panel()
        .filter(fund.is_not_null())
        .group_by("stoerrelsesgruppe")
        .agg(
            kommuner=pl.len(),
            fond_pst=ratio(total(fund.filter(both)), total(revenue.filter(both))),
            fri_egenkapital_pst=ratio(
                total(free.filter(with_free)), total(revenue.filter(with_free))
            ),
            median_pst=share.median(),
            tomme=bands.empty(share, survey.setting("tomt_fond")).sum(),
        )
    )


def movement_in_all(survey: Survey) -> pl.DataFrame:
    """Return one row, mrd. kr: the funds at the start, increases, reductions, the funds at the end.

    Out: kommuner, foer, oekt, redusert, naa; the same respondents, empty without the year before and where too few have
    the fund in both (`Survey.needed`).
    """
    concept = survey.setting(FUND)
    naa, foer = pl.col(concept), pl.col(concept + BEFORE)
    change = naa - foer
    rows = survey.compared().filter(change.is_not_null())
    return rows.select(
        kommuner=pl.len(),
        foer=values.billions(foer.sum()),
        oekt=values.billions(change.filter(change > 0).sum()),
        redusert=values.billions(change.filter(change < 0).sum()),
        naa=values.billions(naa.sum()),
    ).filter(pl.col("kommuner") >= survey.needed(compared=survey.year))
