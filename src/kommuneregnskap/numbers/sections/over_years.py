"""The municipalities of a survey in every year that there are accounts of: what was invested, the result, the fund.

Of the survey year it is all that numbers are said of, as in the sections; of the years before the same municipalities,
with those that are split or merged since as one.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.indicators.evaluate import ratio, total
from kommuneregnskap.survey.frames import BEFORE
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import bands

REVENUE, RESULT = "brutto_driftsinntekter", "netto_driftsresultat"


def investments(survey: Survey) -> pl.DataFrame:
    """Return what was invested in each year, and the growth: aar, kommuner, mrd, vekst (percent).

    mrd of all that have the amount; vekst from the year before, of those that have it in both. A year is left out where
    too few have it (`Survey.needed`), and a growth is missing where too few have both.
    """
    concept = survey.setting("investering")
    now, before = pl.col(concept), pl.col(concept + BEFORE)
    rows = [
        _one(year, needed, units.select(kommuner=now.count(), verdi=total(now, needed) / 1e6))
        for year, needed, units in _years(survey, concept)
    ]
    levels = _stacked(rows).rename({"verdi": "mrd"})
    growth = {}
    for year in levels["aar"]:
        both = survey.compared(year).filter(now.is_not_null() & before.is_not_null())
        if both.height >= survey.needed(compared=year):
            growth[year] = both.select(ratio(now.sum() - before.sum(), before.sum())).item()
    return levels.with_columns(
        vekst=pl.col("aar").replace_strict(growth, default=None, return_dtype=pl.Float64)
    )


def results(survey: Survey) -> pl.DataFrame:
    """Return the net operating result of each year: aar, kommuner, netto_pst (percent of revenue, of the sums)."""
    both = pl.col(RESULT).is_not_null() & pl.col(REVENUE).is_not_null()
    share = ratio(total(pl.col(RESULT)), total(pl.col(REVENUE)))
    rows = [
        _one(year, needed, units.filter(both).select(kommuner=pl.len(), verdi=share))
        for year, needed, units in _years(survey, RESULT, REVENUE)
    ]
    return _stacked(rows).rename({"verdi": "netto_pst"})


def fund_bands(survey: Survey) -> pl.DataFrame:
    """Return how many municipalities had how large a fund in each year, lowest band first.

    Out: aar, baand, baand_navn, rekkefoelge, kommuner, andel (percent of those with a fund to measure).
    """
    concept = survey.setting("fond")
    share = pl.when(pl.col(REVENUE) > 0).then(ratio(pl.col(concept), pl.col(REVENUE)))
    band = bands.band(share, survey.setting("tomt_fond"), survey.setting("fondsgrense"))
    names = tables.read("fund_bands").select("baand", "rekkefoelge", baand_navn="navn")
    found = []
    for year, _, units in _years(survey, concept, REVENUE):
        counted = units.select(baand=band).drop_nulls()
        if not counted.is_empty():
            own = names.join(
                counted.group_by("baand").agg(kommuner=pl.len()), on="baand", how="left"
            )
            found.append(own.with_columns(pl.col("kommuner").fill_null(0), aar=pl.lit(year)))
    columns = ["aar", "baand", "baand_navn", "rekkefoelge", "kommuner"]
    empty = names.clear().with_columns(aar=pl.lit(0), kommuner=pl.lit(0)).select(columns)
    return (
        pl.concat([empty, *(each.select(columns) for each in found)], how="vertical_relaxed")
        .with_columns(andel=ratio(pl.col("kommuner"), pl.col("kommuner").sum().over("aar")))
        .sort("aar", "rekkefoelge")
    )


def _years(survey: Survey, *concepts: str) -> Iterator[tuple[int, int, pl.DataFrame]]:
    """Yield each year with accounts, how many must have an amount that is summed, and the amounts of each unit."""
    for year in sorted(survey.years):
        if year == survey.year:
            yield year, survey.needed(), survey.panel().select(concepts)
            continue
        # As the year after has them beside its own; where that year is missing, as the year before does.
        for other, column in ((year + 1, BEFORE), (year, "")):
            rows = survey.compared(other)
            own = rows.select(pl.col(name + column).alias(name) for name in concepts)
            if own.select(pl.any_horizontal(pl.all().is_not_null().any())).item():
                yield year, survey.needed(compared=other), own
                break


def _one(year: int, needed: int, found: pl.DataFrame) -> pl.DataFrame:
    enough = (pl.col("kommuner") >= needed) & pl.col("verdi").is_not_null()
    return found.filter(enough).select(pl.lit(year).alias("aar"), "kommuner", "verdi")


def _stacked(rows: list[pl.DataFrame]) -> pl.DataFrame:
    kinds = {"aar": pl.Int64, "kommuner": pl.Int64, "verdi": pl.Float64}
    return pl.concat([pl.DataFrame(schema=kinds), *(each.cast(kinds) for each in rows)])  # type: ignore[arg-type]
