"""What the sources printed: intervals of their numbers.

A printed number is an interval that follows from its printed precision and its qualifying word
(data/definitions/qualifiers.csv), never from a result.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path

import polars as pl

from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.support.norwegian import date
from kommuneregnskap.tables import reader, reads
from kommuneregnskap.tables.schemas.claims import PROPOSED, Paastand

REFERRED = ("qualifiers", "sections", "series", "assumptions")  # tables that claims refer to
YEAR = re.compile(r"[0-9]{4}")
ROUNDING = 9  # decimals kept when a value meets an interval: far below any printed digit


def years() -> list[int]:
    """Return the years that have a claims file. Raises DataError for one that is named by something else."""
    files = reads.files_in(paths.claims("x").parent, "[0-9]*.csv")
    for path in files:
        if not YEAR.fullmatch(path.stem):
            raise DataError(
                path,
                problem="is not named by a year",
                allowed="such as 2024.csv",
                todo="Name it by its year, or take it out of the folder.",
            )
    return [int(path.stem) for path in files]


def read(year: int) -> pl.DataFrame:
    """Return the published numbers of a year with their intervals.

    Out: the columns of `schemas.claims.Paastand` and nedre, oevre (Float64; null: unbounded),
    nedre_inkludert, oevre_inkludert (Bool). No claims file for the year: no rows. What is only proposed is left out,
    see `with_proposed`. Raises DataError for a malformed table, an unknown qualifier, section, series or assumption,
    and an id of another year.
    """
    return with_proposed(year).filter(pl.col("status").cast(pl.String) != PROPOSED)


def with_proposed(year: int) -> pl.DataFrame:
    """Return the rows of a claims file with their intervals, those of status `foreslått` too; else as `read`."""
    path = paths.claims(str(year))
    if not os.path.lexists(path):
        reads.files_in(path.parent, path.name)  # so that it is known that there was none
        return with_intervals(Paastand.create_empty())
    claims = reader.read_csv(path, Paastand)
    own = claims["id"].filter(claims["id"].str.starts_with(f"k{year}_"))
    _check_references(claims, "id", own, path, f"an id that begins with k{year}_")
    _check_references(claims, "kvalifikator", reader.read("qualifiers")["kvalifikator"], path)
    _check_references(claims, "seksjon", reader.read("sections")["seksjon"], path)
    _check_references(claims.drop_nulls("serie"), "serie", reader.read("series")["serie"], path)
    cited = claims.select("linje", pl.col("antakelser").str.split(";")).explode("antakelser")
    _check_references(cited.drop_nulls(), "antakelser", reader.read("assumptions")["id"], path)
    return with_intervals(claims)


def proposed(year: int) -> pl.DataFrame:
    """Return the rows of a claims file that nobody has accepted yet: as `with_proposed`."""
    return with_proposed(year).filter(pl.col("status").cast(pl.String) == PROPOSED)


def read_all() -> pl.DataFrame:
    """Return the published numbers of all years, in the order of files and lines.

    Out: the columns of `read`, and fil_aar (Int32): the year of the file. Raises DataError as `read`.
    """
    files = tuple((year, reader.content(paths.claims(str(year)))) for year in years())
    return _all_once(files, reader.contents(*REFERRED)).clone()


def long_series(*series: str) -> pl.DataFrame:
    """Return what a source prints of series for many years: the columns of `schemas.claims.Langtidstall`.

    In: ids of series.csv. Raises DataError for a malformed table and for a series that series.csv does not have.
    """
    rows = reader.read("long_series")
    known = reader.read("series")["serie"]
    _check_references(rows, "serie", known, reader.file_of("long_series"))
    return rows.filter(pl.col("serie").is_in(series)).sort("serie", "gjelder")


@lru_cache(maxsize=4)
def _all_once(
    files: tuple[tuple[int, reader.Content], ...], _referred: tuple[reader.Content, ...]
) -> pl.DataFrame:
    return pl.concat(
        read(year).with_columns(fil_aar=pl.lit(year, dtype=pl.Int32)) for year, _ in files
    )


def _check_references(
    rows: pl.DataFrame, column: str, known: pl.Series, path: Path, allowed: str = ""
) -> None:
    odd = rows.filter(~pl.col(column).is_in(known.to_list()))
    if len(odd):
        raise DataError(
            path,
            line=int(odd["linje"][0]),
            field=column,
            value=odd[column][0],
            allowed=allowed or ", ".join(known.to_list()),
            todo="Mend the cell, or add the row it refers to.",
        )


def with_intervals(claims: pl.DataFrame) -> pl.DataFrame:
    """Add the interval that each printed number stands for.

    From `verdi` (to `verdi_til` for a range) half a unit of the last printed digit to each side, or what the
    qualifier says instead; for negative numbers mirrored, since words speak of the magnitude.
    """
    qualifiers = reader.read("qualifiers").select(
        "kvalifikator",
        "nedre_enheter",
        "oevre_enheter",
        pl.col("nedre_inkludert", "oevre_inkludert").cast(pl.String) == "ja",
        "forenlig_fra_pst",
        "avvik_under_pst",
    )
    step = pl.col("opploesning").fill_null(1.0)
    low = pl.col("verdi") - pl.col("nedre_enheter") * step
    high = pl.coalesce("verdi_til", "verdi") + pl.col("oevre_enheter") * step
    mirrored_low = pl.col("verdi") - pl.col("oevre_enheter") * step
    mirrored_high = pl.coalesce("verdi_til", "verdi") + pl.col("nedre_enheter") * step
    negative = pl.col("verdi") < 0
    return (
        claims.join(qualifiers, on="kvalifikator", how="left", maintain_order="left")
        .with_columns(
            nedre=pl.when(negative).then(mirrored_low).otherwise(low).round(ROUNDING),
            oevre=pl.when(negative).then(mirrored_high).otherwise(high).round(ROUNDING),
            nedre_inkludert=pl.when(negative).then("oevre_inkludert").otherwise("nedre_inkludert"),
            oevre_inkludert=pl.when(negative).then("nedre_inkludert").otherwise("oevre_inkludert"),
        )
        .drop("nedre_enheter", "oevre_enheter")
    )


def inside(value: pl.Expr) -> pl.Expr:
    """Return whether a value lies in the printed interval; null where there is no value.

    Over columns of `with_intervals`: nedre, oevre, nedre_inkludert, oevre_inkludert.
    """
    value = value.round(ROUNDING)
    above = (
        pl.col("nedre").is_null()
        | (value > pl.col("nedre"))
        | (pl.col("nedre_inkludert") & (value == pl.col("nedre")))
    )
    below = (
        pl.col("oevre").is_null()
        | (value < pl.col("oevre"))
        | (pl.col("oevre_inkludert") & (value == pl.col("oevre")))
    )
    return above & below


def middle() -> pl.Expr:
    """Return the printed value, for a range the middle of it; in the unit of the claim."""
    return (pl.col("verdi") + pl.coalesce("verdi_til", "verdi")) / 2


def when() -> pl.Expr:
    """Return the date of publication to sort by: what is only known to the year or month comes last in it."""
    return pl.col("vintage") + pl.col("vintage").str.len_chars().replace_strict(
        {4: "-99-99", 7: "-99", 10: ""}, return_dtype=pl.String
    )


def said_when() -> pl.Expr:
    """Return the date of publication in words, as far as it is known."""
    return pl.col("vintage").map_elements(date, return_dtype=pl.String)
