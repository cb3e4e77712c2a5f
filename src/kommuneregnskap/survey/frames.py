"""What a notebook computes from: frames with a row per municipality, and what stands in their columns.

Amounts in 1000 kr. What nobody posted in account files is 0; what open figures do not give is empty.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.indicators import evaluate
from kommuneregnskap.tables import choices, units
from kommuneregnskap.tables.choices import Choices

BEFORE = "_foer"  # ends the column of a concept the year before
UNIT = ("region", "kobling", "folkemengde", "stoerrelsesgruppe")
AREA, PARTS = "tjenesteomraade", "deler"
KINDS = {
    "kommune": ("hoved", "alternativ"),
    "fylkeskommune": ("fylke",),
}  # `oppdeling` of their areas


def listed(enheter: pl.DataFrame, year: int, kind: str) -> pl.DataFrame:
    """Return all units of a kind, answered or not: the columns of `enheter`, and oslo (Bool)."""
    capital = pl.col("region").is_in(units.oslo(year))
    return enheter.filter(pl.col("type") == kind).with_columns(oslo=capital)


def areas(year: int, kind: str, made: Choices) -> pl.DataFrame:
    """Return the service areas of a kind of unit: tjenesteomraade, deler (the area whose functions it is made of)."""
    rows = tables.valid("tjenesteomraade", year)
    mine = rows.filter(pl.col("oppdeling").cast(pl.String).is_in(KINDS[kind]))
    return mine.select(AREA, pl.col(AREA).replace(choices.areas(made)).alias(PARTS))


def by_area(
    answered: pl.DataFrame, rows: pl.DataFrame, made_of: pl.DataFrame, *, whole: bool
) -> pl.DataFrame:
    """Return a row per unit and service area: the columns of UNIT, tjenesteomraade, belop (1000 kr), foert (Bool).

    answered: `Survey.panel`; rows: the indicators of one concept in the year; made_of: `areas`; whole: whether
    rows that are not there are of nothing (account files) and not unknown.
    """
    given = _on_areas(rows).select("region", PARTS, "belop")
    grid = answered.select(UNIT).join(made_of, how="cross")
    amounts = grid.join(given, on=["region", PARTS], how="left", maintain_order="left")
    belop = pl.col("belop").fill_null(0) if whole and len(given) else pl.col("belop")
    return amounts.select(*UNIT, AREA, belop, foert=pl.col("belop").is_not_null())


def side_by_side(matched: pl.DataFrame, year: int, people: pl.DataFrame, now: int) -> pl.DataFrame:
    """Return the same units in two years: kobling, folkemengde, stoerrelsesgruppe, `<concept>`, `<concept>_foer`.

    matched: `Survey.matched` of `year`; people: `inhabitants`; now: the survey year, whose concepts there are.
    """
    wide = evaluate.completed(evaluate.wide(matched, "aar", "kobling"), now)
    concepts = [name for name in wide.columns if name not in ("aar", "kobling")]
    own, before = (wide.filter(pl.col("aar") == each).drop("aar") for each in (year, year - 1))
    before = before.rename({name: name + BEFORE for name in concepts})
    both = own.join(before, on="kobling", how="full", coalesce=True)
    return (
        people.join(both, on="kobling", how="right")
        .select(*people.columns, pl.exclude(people.columns))
        .sort("kobling")
    )


def areas_side_by_side(
    matched: pl.DataFrame, year: int, people: pl.DataFrame, made_of: pl.DataFrame, *, whole: bool
) -> pl.DataFrame:
    """Return the same units in two years: the columns of `inhabitants`, tjenesteomraade, naa, foer (1000 kr).

    matched: `Survey.matched` of `year`, one concept of it; the others as `by_area` and `side_by_side`.
    """
    rows = _on_areas(matched)
    grid = matched.select("kobling").unique().join(made_of, how="cross")
    for name, each in (("naa", year), ("foer", year - 1)):
        own = rows.filter(pl.col("aar") == each).select(
            "kobling", PARTS, pl.col("belop").alias(name)
        )
        # A unit that is not among those of the year has nothing to be compared with, and not nothing.
        zero = pl.col("kobling").is_in(own["kobling"].unique().to_list()) & whole
        grid = grid.join(own, on=["kobling", PARTS], how="left").with_columns(
            pl.when(zero).then(pl.col(name).fill_null(0)).otherwise(name)
        )
    named = people.join(grid, on="kobling", how="right")
    return named.select(*people.columns, AREA, "naa", "foer").sort("kobling", AREA)


def inhabitants(enheter: pl.DataFrame, kind: str, made: Choices) -> pl.DataFrame:
    """Return kobling, folkemengde (persons of the survey year), stoerrelsesgruppe, all parts of a unit together."""
    own = (
        enheter.filter(pl.col("type") == kind).group_by("kobling").agg(pl.col("folkemengde").sum())
    )
    if kind != "kommune":
        return own.with_columns(stoerrelsesgruppe=pl.lit(None, dtype=pl.String))
    group = units.size_group(pl.col("folkemengde")).replace(choices.groups(made))
    return own.with_columns(stoerrelsesgruppe=group)


def _on_areas(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col(AREA).is_not_null()).rename({AREA: PARTS})
