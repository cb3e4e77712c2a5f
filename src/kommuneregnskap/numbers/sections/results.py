"""Section 2: the net operating result, how it is spread, and what drives it."""

from __future__ import annotations

import polars as pl

from kommuneregnskap import estimates, tables
from kommuneregnskap.estimates import kept
from kommuneregnskap.indicators.evaluate import percent, total
from kommuneregnskap.numbers import estimated, values
from kommuneregnskap.survey.frames import BEFORE
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices, units
from kommuneregnskap.tables import numbers as recipes

RESULT = "netto_driftsresultat"
SHARE = "netto_driftsresultat_pst"
DRIVERS = {
    "brutto_driftsinntekter": 1,
    "brutto_driftsutgifter": -1,
    "motpost_avskrivninger": 1,
    "netto_finansutgifter": -1,
    "gevinst_finansielle": 1,
    RESULT: 1,
}  # concept → the sign that it has in the result
MEASURES = "A32_resultatmaal"
# What the table of measures shows of each → the number of it that the releases print.
SHOWN = {
    "netto": "resultat.netto_pst",
    "negative": "resultat.antall_negativ",
    "andel": "resultat.andel_negativ",
}


def per_unit(survey: Survey) -> pl.DataFrame:
    """Return each respondent municipality with its result in kr and percent of revenue.

    Out: the columns of `Survey.panel` and netto_driftsresultat_pst (percent). Where a source gives no amounts but
    prints the percentage, the printed one stands.
    """
    return (
        survey.panel()
        .with_columns(percent(SHARE, survey.year))
        .join(survey.printed(SHARE), on="region", how="left", maintain_order="left")
        .with_columns(pl.coalesce(SHARE, "trykt").alias(SHARE))
        .drop("trykt")
    )


def measures() -> pl.DataFrame:
    """Return the ways to measure the result that assumption A32 names, in its order.

    Out: maal_navn, valgt (Bool: as the releases print it), begrep (of indicators.csv), tall_netto, tall_negative,
    tall_andel (ids of section numbers: percent of revenue, municipalities below zero, their percentage).
    """
    rows = choices.table().filter(pl.col("antakelse") == MEASURES)
    found = []
    for group in rows.partition_by("alternativ", maintain_order=True):
        instead = dict(group.drop_nulls("hva").select("hva", "verdi").iter_rows())
        ids = {f"tall_{shown}": instead.get(name, name) for shown, name in SHOWN.items()}
        concept = recipes.recipe(ids["tall_netto"]).teller
        named = {"maal_navn": group["navn"][0], "valgt": group["valgt"][0], "begrep": concept}
        found.append(named | ids)
    return pl.DataFrame(found)


def drivers(survey: Survey) -> pl.DataFrame:
    """Return how revenue, expenditure, finance and gains moved the result of the same respondents.

    Out: begrep, begrep_navn, foer, naa, endring (mrd. kr, with the sign they have in the result; missing where too few
    have the amount, see `Survey.needed`). Empty without the year before.
    """
    both, needed = survey.compared(), survey.needed(compared=survey.year)
    listed = tables.valid("indicators", survey.year).unique("begrep", keep="first")
    sums = both.select(
        values.billions(
            total(pl.col(name + year).filter(survey.known(name, name + BEFORE)), needed)
        ).alias(name + year)
        * sign
        for name, sign in DRIVERS.items()
        for year in ("", BEFORE)
    ).row(0, named=True)
    rows = pl.DataFrame(
        [(name, sums[name + BEFORE], sums[name]) for name in DRIVERS if len(both)],
        schema={"begrep": pl.String, "foer": pl.Float64, "naa": pl.Float64},
        orient="row",
    )
    return rows.join(
        listed.select("begrep", begrep_navn="navn"), on="begrep", how="left", maintain_order="left"
    ).select("begrep", "begrep_navn", "foer", "naa", endring=pl.col("naa") - pl.col("foer"))


def estimate(survey: Survey) -> pl.DataFrame:
    """Return the ratio estimate of the result for all municipalities outside Oslo, by size group.

    Whether Oslo belongs is a choice of the survey (A08).
    Out: as `estimates.ratio_estimate`, with `gruppe`, the name of the group, smallest first.
    """
    groups = kept.groups(survey)
    if groups is None:
        groups = estimates.ratio_estimate(*estimated.answered(survey), RESULT)
    return units.named_groups(groups)
