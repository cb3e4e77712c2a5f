"""Municipalities over the years as the units they are in the survey year: who was who, their totals, their measures.

A municipality of the survey year has a past where it was the same unit: what was merged is added up if all of it has
accounts, and what was split is one unit with the other parts, which no part alone is. Groups of municipalities may
hold all parts.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap.indicators import evaluate
from kommuneregnskap.numbers.values import growth
from kommuneregnskap.survey.survey import IN_THE_YEAR, Survey
from kommuneregnskap.tables import units
from kommuneregnskap.tables.schemas.sheets import GROWTH, PER_PERSON

MUNICIPALITY = "kommune"
BEFORE = "_foer"


def link(survey: Survey, since: int) -> pl.DataFrame:
    """Return which unit each municipality of the survey year was part of since a year: region, kobling."""
    own = survey.enheter.filter(pl.col("type") == MUNICIPALITY).select("region")
    return units.with_link(own, since, survey.year).collect()


def alone(survey: Survey, since: int) -> pl.DataFrame:
    """Return the municipalities of the survey year that are one unit, and no part of one, since a year: as `link`."""
    return link(survey, since).filter(pl.len().over("kobling") == 1)


def measured(survey: Survey, year: int, maal: str) -> tuple[pl.DataFrame, int]:
    """Return the totals that measures of a kind are taken of in a year, and since when their units are linked.

    Out: kobling, folkemengde (persons), a column per concept (1000 kr); of growth also `<concept>_foer`, and nobody
    in the first year of the survey.
    """
    if maal != GROWTH:
        return totals(survey, year, year), year
    now = totals(survey, year, year - 1)
    if year - 1 not in survey.years:
        return now.clear().with_columns(_before(now)), year - 1
    before = totals(survey, year - 1, year - 1)
    return now.join(before.select("kobling", _before(before)), on="kobling"), year - 1


def _before(rows: pl.DataFrame) -> pl.Expr:
    return pl.all().exclude("kobling").name.suffix(BEFORE)


def value(begrep: str, maal: str, year: int) -> pl.Expr:
    """Return a measure over the columns of `measured`: percent, or kroner per inhabitant."""
    if maal == GROWTH:
        return growth(pl.col(begrep), pl.col(begrep + BEFORE))
    if maal == PER_PERSON:
        return 1000 * pl.col(begrep) / pl.col("folkemengde")
    return evaluate.percent(begrep, year)


def totals(survey: Survey, year: int, since: int) -> pl.DataFrame:
    """Return the totals of a year, of units as they are linked from another year to the survey year.

    Out: kobling, folkemengde (persons), a column per concept (1000 kr). Only units all of whose municipalities of
    the year have accounts.
    """
    key = ("unit totals", year, since)
    return survey.once(key, lambda: _totals(survey, year, since))


def _totals(survey: Survey, year: int, since: int) -> pl.DataFrame:
    span = since, survey.year
    own = (pl.col("aar") == year) & (pl.col("type").cast(pl.String) == MUNICIPALITY)
    amounts = units.with_link(survey.indikatorer.filter(own).drop("kobling"), *span).collect()
    had = amounts.group_by("kobling").agg(med=pl.col("region").n_unique())
    whole = (
        units.with_link(_register(survey, year), *span)
        .group_by("kobling")
        .agg(pl.col("folkemengde").sum(), av=pl.len().cast(pl.UInt32))
        .collect()
        .join(had, on="kobling")
        .filter(pl.col("med") == pl.col("av"))
        .select("kobling", "folkemengde")
    )
    wide = evaluate.completed(evaluate.wide(amounts, "kobling"), year)
    return whole.join(wide, on="kobling").sort("kobling")


def _register(survey: Survey, year: int) -> pl.DataFrame:
    """Return the municipalities of a year: region, folkemengde."""
    known = (
        survey.enheter
        if year == survey.year
        else units.known(year, in_the_year=survey.setting("folkedato") == IN_THE_YEAR)
    )
    return known.filter(pl.col("type") == MUNICIPALITY).select("region", "folkemengde")


def printed(survey: Survey, year: int) -> pl.DataFrame:
    """Return the percentages that the source prints, of those that are one unit then and now: region, begrep, trykt."""
    then = survey.all_printed.filter(pl.col("aar") == year).drop("aar")
    linked = units.with_link(then, year, survey.year).collect()
    parts = pl.col("region").n_unique().over("kobling")
    return (
        linked.filter(parts == 1)
        .drop("region")
        .join(alone(survey, year), on="kobling")
        .select("region", "begrep", trykt="verdi")
    )
