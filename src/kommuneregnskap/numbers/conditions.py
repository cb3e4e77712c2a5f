"""Conditions on units as utregning.csv writes them: `netto_driftsresultat < 0 og folkemengde >= 50000`."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.numbers.recipes import NAME, Recipe
from kommuneregnskap.support.errors import DataError

OR, AND = " eller ", " og "
BEFORE = "foer"
BEFORE_SIGN = "|foer"  # ends the name of a column that holds the year before
ATOM = re.compile(
    r"^(?P<what>[a-z0-9_]+) (?:(?P<found>finnes)|er (?P<word>[a-z0-9_]+)|i (?P<band>[a-z0-9_]+)"
    r"|(?P<sign><=|>=|<|>) (?P<limit>-?\d+(?:\.\d+)?|foer))$"
)
YES = "ja"


@dataclass(frozen=True)
class Condition:
    """A condition: its expression over a frame of units, the columns it looks at, the limits it sets.

    grenser: limits as (column, number; null: the year before), in the order of the text.
    """

    expr: pl.Expr
    columns: list[str]
    grenser: list[tuple[str, float | None]]


def parse(text: str, recipe: Recipe) -> Condition:
    """Return the condition that `text` states; an empty text holds for all.

    Parts are joined by ` og `, those by ` eller `. A part is `<column> finnes` (in both years, where
    the same units are compared), `<column> er <word>`, `<column> i <fund band>` or a comparison with a
    number or with `foer`, the year before. Raises DataError for another text.
    """
    columns: list[str] = []
    limits: list[tuple[str, float | None]] = []
    any_of = pl.lit(value=True)
    for place, either in enumerate(text.split(OR) if text else []):
        all_of = pl.lit(value=True)
        for part in either.split(AND):
            all_of = all_of & _atom(part, recipe, columns, limits)
        any_of = all_of if place == 0 else any_of | all_of
    return Condition(any_of, list(dict.fromkeys(columns)), limits)


def _atom(
    part: str, recipe: Recipe, columns: list[str], limits: list[tuple[str, float | None]]
) -> pl.Expr:
    match = ATOM.match(part)
    if match is None:
        raise DataError(
            tables.file_of(NAME),
            line=recipe.linje,
            field="vilkaar",
            value=part,
            allowed="«begrep < 0», «begrep < foer», «begrep finnes», «begrep i baand», «felt er ord»",
            todo="Mend the cell.",
        )
    name = match["what"]
    value = pl.col(name)
    if match["word"]:
        return value == (True if match["word"] == YES else match["word"])
    columns.append(name)
    if match["found"]:
        compared = recipe.utvalg == "samme" and recipe.aar != BEFORE
        return (
            value.is_not_null() & pl.col(name + BEFORE_SIGN).is_not_null()
            if compared
            else value.is_not_null()
        )
    if match["band"]:
        return _band(value, name, match["band"], limits)
    if match["limit"] == BEFORE:
        limits.append((name, None))
        return _compared(value, match["sign"], pl.col(name + BEFORE_SIGN))
    limits.append((name, float(match["limit"])))
    return _compared(value, match["sign"], pl.lit(float(match["limit"])))


def _compared(left: pl.Expr, sign: str, right: pl.Expr) -> pl.Expr:
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[sign]


def _band(value: pl.Expr, name: str, band: str, limits: list[tuple[str, float | None]]) -> pl.Expr:
    """From `fra` up to, not including, `til`; zero itself is empty: it is in the band that ends there."""
    row = tables.read("fund_bands").filter(pl.col("baand") == band).row(0, named=True)
    low, high = row["fra"], row["til"]
    inside = pl.lit(value=True)
    if low is not None:
        limits.append((name, low))
        inside = inside & ((value > 0) if low == 0 else (value >= low))
    if high is not None:
        limits.append((name, high))
        inside = inside & ((value <= 0) if high == 0 else (value < high))
    return inside
