"""The least that polars needs from account files to the ledger: read, split, cut, add up; nothing is checked.

The same bytes of the same files, split into lines and cut where the layout cuts them, in one plan of plain polars for
a year. What our own reading does besides is what a file from outside asks for: it is told apart, hashed, every line of
it checked by its shape and counted, and every field of it kept for the controls.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.sources.kostra import delivery, ledger
from kommuneregnskap.sources.kostra.records import FIELDS

SCOPE = "kasse"
KEYS = ("region", "regnskapsomfang", "regnskap", "sted", "slag")
NO_CHARACTER = "\x1f"  # of any line, so that a line is one column


def cut_fields(folder: Path, years: Iterable[int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return `frames.Poster` and `frames.Balanse` of the treasury, of sound account files of some years in `folder`.

    Files as `national.write_files` writes them; what is wrong in others goes unseen.
    """
    summed = pl.concat(_summed(fields(folder, year), year).collect() for year in years)
    balance = pl.col("regnskap") == "balanse"
    return (
        summed.filter(~balance).rename({"sted": "funksjon", "slag": "art"}),
        summed.filter(balance).drop("regnskap").rename({"sted": "kapittel", "slag": "sektor"}),
    )


def fields(folder: Path, year: int) -> pl.LazyFrame:
    """Return the typed fields that a ledger needs of the lines of a year.

    Out: skjema, region (four digits), kontoklasse, sted (function or chapter), slag (art or sector), belop (1000 kr).
    """
    text = b"".join(path.read_bytes() for path in sorted((folder / str(year)).iterdir()))
    lines = pl.scan_csv(
        io.BytesIO(text),
        has_header=False,
        schema={"record": pl.String},
        separator=NO_CHARACTER,
        quote_char=None,
    )
    cut = {
        field.name: pl.col("record").str.slice(field.start, field.length).str.strip_chars(" ")
        for field in FIELDS
    }
    return lines.select(
        pl.col("record").str.slice(0, 2).alias("skjema"),
        pl.col("record").str.slice(7, 4).alias("region"),
        pl.col("record").str.slice(31, 1).alias("kontoklasse"),
        cut["funksjon_kapittel"].alias("sted"),
        cut["art_sektor"].alias("slag"),
        cut["belop"].cast(pl.Int64).alias("belop"),
    )


def _summed(cut: pl.LazyFrame, year: int) -> pl.LazyFrame:
    """Return what stands on each account of the treasury, other than zero, in order: aar, KEYS, belop."""
    accounts = tables.read("skjema").select(
        "skjema", "kontoklasse", pl.col("regnskapsomfang", "regnskap").cast(pl.String)
    )
    own = accounts.lazy().filter(pl.col("regnskapsomfang") == SCOPE)
    return (
        cut.join(own, on=["skjema", "kontoklasse"])
        .group_by(KEYS)
        .agg(pl.col("belop").sum())
        .filter(pl.col("belop") != 0)
        .sort(KEYS)
        .select(pl.lit(year, dtype=pl.Int32).alias("aar"), pl.all())
    )


def ours(folder: Path, years: Iterable[int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the same by our own reading."""
    read = [ledger.accept(delivery.read(folder, year, SCOPE)) for year in years]
    poster, balanse = (
        pl.concat(getattr(each, name) for each in read).collect() for name in ("poster", "balanse")
    )
    return poster, balanse
