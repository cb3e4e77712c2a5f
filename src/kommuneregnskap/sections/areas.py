"""Amounts by service area, shared by investments and sector costs."""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.sections.numbers import growth
from kommuneregnskap.survey import Survey


def names(year: int, oppdeling: str | None = "hoved") -> pl.DataFrame:
    """Return tjenesteomraade, navn, ssb_kode, oppdeling, rangeres of the areas of an `oppdeling`.

    `oppdeling` None: all areas. `rangeres` (Bool): whether the area takes part in rankings.
    """
    table = tables.valid("tjenesteomraade", year).with_columns(
        pl.col("oppdeling").cast(pl.String), rangeres=pl.col("rangeres").cast(pl.String) == "ja"
    )
    if oppdeling is not None:
        table = table.filter(pl.col("oppdeling") == oppdeling)
    return table.select("tjenesteomraade", "navn", "ssb_kode", "oppdeling", "rangeres")


def amounts(survey: Survey, begrep: str, year: int) -> pl.DataFrame:
    """Return the respondents' amounts by service area in `year` and the year before.

    Out: tjenesteomraade, navn, ssb_kode, oppdeling (`hoved` or `alternativ`), rangeres, belop (all
    respondents of the survey year; only when `year` is the survey year, else those matched), naa
    and foer (the same respondents in both years, 1000 kr), endring (1000 kr), vekst (percent). An
    area without a row has 0 in account files and null in open figures; naa and foer are null when the
    source lacks the year before.
    """
    answered = survey.enheter.filter(pl.col("svart") & (pl.col("type") == "kommune"))
    chosen = pl.col("begrep") == begrep
    on_area = pl.col("tjenesteomraade").is_not_null()
    own = (
        survey.indikatorer.filter(chosen & on_area & (pl.col("aar") == survey.year))
        .join(answered, on="region", how="semi")
        .group_by("tjenesteomraade")
        .agg(belop=pl.col("belop").sum())
    )
    matched = survey.matched(year).filter(chosen & on_area)
    both = matched.group_by("tjenesteomraade").agg(
        naa=pl.col("belop").filter(pl.col("aar") == year).sum(),
        foer=pl.col("belop").filter(pl.col("aar") == year - 1).sum(),
    )
    listed = names(year, None).filter(pl.col("oppdeling") != "fylke")
    # A file without the row has no amount; a table without it is silent, and so is nobody's file.
    zero = survey.open is None and len(answered) > 0
    return (
        listed.join(own, on="tjenesteomraade", how="left", maintain_order="left")
        .join(both, on="tjenesteomraade", how="left", maintain_order="left")
        .with_columns(pl.col(name).fill_null(0) for name in _filled(zero, len(matched) > 0))
        .with_columns(
            endring=pl.col("naa") - pl.col("foer"),
            vekst=growth(pl.col("naa"), pl.col("foer")),
        )
    )


def _filled(zero: bool, compared: bool) -> list[str]:
    """Return the columns in which an area without a row has 0."""
    return ["belop"] * zero + ["naa", "foer"] * (zero and compared)


def ranked(table: pl.DataFrame, by: str, *, descending: bool = True) -> pl.DataFrame:
    """Return the ranked areas of the partition with `rang` by a column (1 = highest, or lowest).

    Areas marked `rangeres` nei (pensions and the remainder) take no place: assumption A25.
    """
    return (
        table.filter(
            (pl.col("oppdeling") == "hoved") & pl.col("rangeres") & pl.col(by).is_not_null()
        )
        .with_columns(rang=pl.col(by).rank("min", descending=descending))
        .sort("rang", "tjenesteomraade")
    )
