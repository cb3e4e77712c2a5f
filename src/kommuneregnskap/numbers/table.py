"""The table of section numbers: what a survey gives, of how many units each is, and what may be told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from kommuneregnskap.numbers.evaluator import Evaluator
from kommuneregnskap.numbers.values import checked
from kommuneregnskap.survey.accounts import YEARS_BEFORE
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import coverage, reader
from kommuneregnskap.tables.numbers import Recipe, counts_units
from kommuneregnskap.tables.schemas import numbers as schema

ENDS = ("nedre", "oevre")  # what the names of an interval's ends end with


def compute(survey: Survey, ids: Sequence[str] | None = None) -> pl.DataFrame:
    """Return section numbers of a survey. Out: `frames.Tall`, sorted by id and year.

    ids: which (None: all that the table says are in the report). Those of `hvert` year are there for the two years
    before as well, where the source has them. Method: data/definitions/numbers.csv. Computed once for a survey, its
    choices and the tables as they stand (`Survey.once`). Raises DataError, with row and column, where the table names
    what there is not.
    """
    key = ("tall", None if ids is None else tuple(ids))
    return survey.once(key, lambda: _computed(survey, ids))


@reader.held()
def _computed(survey: Survey, ids: Sequence[str] | None) -> pl.DataFrame:
    found = Evaluator(survey)
    wanted = found.ids if ids is None else list(ids)
    recipes = {name: found.recipe(name) for name in wanted}
    if ids is None:
        recipes = {name: one for name, one in recipes.items() if one.vises}
    rows = []
    for year in range(survey.year, survey.year - YEARS_BEFORE, -1):
        for name, value in found.values(of_year(found, recipes, year), year).items():
            of = found.count(name, year)
            count = (None, None) if of is None else (of.enheter, of.av)
            rows.append((name, year, value, recipes[name].enhet, *count))
    return checked(pl.DataFrame(rows, schema=TALL, orient="row"))


TALL = {
    **{"id": pl.String, "aar": pl.Int32, "verdi": pl.Float64, "enhet": pl.String},
    **{"enheter": pl.Int64, "av": pl.Int64},
}


def of_year(found: Evaluator, recipes: Mapping[str, Recipe], year: int) -> list[str]:
    """Return which of the numbers there are of a year: all of the survey year, few of those before."""
    if year == found.survey.year:
        return list(recipes)
    every = [name for name, one in recipes.items() if one.aar == schema.EVERY]
    compared = {recipes[name].enhetstype for name in every}
    there = {kind for kind in compared if len(found.frame((kind, schema.SAME, year)))}
    return [name for name in every if recipes[name].enhetstype in there]


def told(survey: Survey, tall: pl.DataFrame) -> pl.DataFrame:
    """Return section numbers as sentences may tell them: without those that too few have all of.

    In and out: `frames.Tall`. Of accounts in which an amount that is not there is nothing: all. Limit: coverage.csv.
    Where everybody answered, an estimate has no interval to tell of. Of one municipality's own accounts nothing is told
    that counts or ranks municipalities, nor of how many a number is.
    """
    tall = _without_points(tall)
    if survey.alone:
        counting = [name for name in tall["id"].unique() if counts_units(name, survey.choices)]
        alone = ~pl.col("id").is_in(counting)
        return tall.with_columns(
            pl.when(alone).then("verdi").alias("verdi"), enheter=pl.lit(None, pl.Int64)
        )
    if survey.gives.whole:
        return tall
    few = coverage.few(pl.col("enheter"), pl.col("av"))
    return tall.with_columns(pl.when(~few).then("verdi").alias("verdi"))


def _without_points(tall: pl.DataFrame) -> pl.DataFrame:
    """Return section numbers without the values of both ends of an interval that are the same one."""
    of = pl.col("id").str.extract(f"^(.+)_(?:{'|'.join(ENDS)})$")
    value = pl.col("verdi")
    same = (value.count() == len(ENDS)) & (value.min() == value.max())
    point = of.is_not_null() & same.over(of, "aar")
    return tall.with_columns(pl.when(~point).then("verdi").alias("verdi"))
