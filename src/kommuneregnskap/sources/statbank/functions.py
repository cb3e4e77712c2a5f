"""Service areas as sums of single functions.

SSB's table 12362 has rows of its own for 17 areas and 80 functions. Areas that are told apart here are not all among
the 17, so that each is added up from its functions by tjenesteomraade.csv, as everywhere else. The rows that SSB has
for an area are what the sums are held against: where they agree, a function without a number is nothing, and only
there; where they do not, that is said.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from kommuneregnskap.sources.statbank.catalogue import Area

VALUE, SYMBOL = "verdi", "merke"
HALF = 0.5  # a printed amount lies within half a unit of the amount
UNIT = ["aar", "region"]
AREA = [*UNIT, "tjenesteomraade"]


def added(cells: pl.DataFrame, areas: Sequence[Area]) -> tuple[pl.DataFrame, list[str]]:
    """Return the service areas of all regions, and what there is to say of them.

    cells: aar, region, kode (a function, or SSB's code of an area), verdi (1000 kr), merke. Out: aar, region,
    tjenesteomraade, verdi, merke. An area is the sum of its functions. One that lacks a number counts as nothing where
    SSB's own row of an area that it is part of is what the others add up to. Else the area is what SSB's own row of
    it says, or missing, with the symbol of a function that is.
    """
    members = _members(areas)
    known = cells.select(*UNIT, "kode", VALUE, SYMBOL)
    parts = (
        known.select(UNIT)
        .unique()
        .join(members, on="aar")
        .join(known, on=[*UNIT, "kode"], how="left")
    )
    own = known.select(*UNIT, pl.col("kode").alias("ssb_kode"), ssb=VALUE)
    held = _sums(parts).join(own, on=[*UNIT, "ssb_kode"], how="left")
    nothing = (
        held.filter((pl.col("ssb") - pl.col("gitt")).abs() < HALF)
        .select(AREA)
        .join(members, on=["aar", "tjenesteomraade"])
        .select(*UNIT, "kode", ingenting=pl.lit(0.0))
        .unique()
    )
    filled = parts.join(nothing, on=[*UNIT, "kode"], how="left").with_columns(
        pl.coalesce(VALUE, "ingenting").alias(VALUE)
    )
    whole = _sums(filled).join(own, on=[*UNIT, "ssb_kode"], how="left")
    complete = pl.col("mangler") == 0
    value = pl.when(complete).then("gitt").otherwise("ssb")
    found = whole.select(
        *AREA, value.alias(VALUE), pl.when(value.is_null()).then(SYMBOL).alias(SYMBOL)
    )
    return found, [*_differences(whole.filter(complete)), *_replaced(whole.filter(~complete))]


def _members(areas: Sequence[Area]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (year, area.tjenesteomraade, area.ssb_kode, code)
            for area in areas
            for year, functions in area.functions.items()
            for code in functions
        ],
        schema={
            **{"aar": pl.Int32, "tjenesteomraade": pl.String, "ssb_kode": pl.String},
            "kode": pl.String,
        },
        orient="row",
    )


def _sums(parts: pl.DataFrame) -> pl.DataFrame:
    """Return per region and area: gitt (the sum of what is given), mangler, deler, merke of one that lacks."""
    return parts.group_by(*AREA, "ssb_kode").agg(
        gitt=pl.col(VALUE).sum(),
        mangler=pl.col(VALUE).null_count(),
        deler=pl.len(),
        **{SYMBOL: pl.col(SYMBOL).drop_nulls().sort().first()},
    )


def _differences(whole: pl.DataFrame) -> list[str]:
    """Say where the functions of an area do not add up to SSB's own row of it, by more than rounding."""
    difference = pl.col("gitt") - pl.col("ssb")
    off = whole.with_columns(differanse=difference).filter(
        difference.abs() > HALF * pl.col("deler")
    )
    return [
        f"the functions of {area} do not add up to SSB's own row ({code}) in {len(rows)} cases; furthest off: "
        f"{worst['region']} in {worst['aar']}, {worst['differanse']:+.0f}"
        for (area, code), rows in off.group_by("tjenesteomraade", "ssb_kode", maintain_order=False)
        for worst in [rows.sort(pl.col("differanse").abs(), *UNIT).row(-1, named=True)]
    ]


def _replaced(whole: pl.DataFrame) -> list[str]:
    """Say which areas are SSB's own row, since a function of them has no number."""
    own = whole.filter(pl.col("ssb").is_not_null())
    return [
        f"{area} is SSB's own row ({code}) in {len(rows)} cases where a function has no number"
        for (area, code), rows in own.group_by("tjenesteomraade", "ssb_kode")
    ]
