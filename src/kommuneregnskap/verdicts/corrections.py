"""Changes between two snapshots held against SSB's log of corrections (data/definitions/statbank_corrections.csv).

SSB revises all figures of a year in June; what is corrected at other times it notes in a log. A change that no row of
the table is about is unexplained: most often the ordinary revision.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.support.errors import DataError

TABLE = "statbank_corrections"
UNEXPLAINED = "uforklart"
EXPLANATION = "forklaring"
LISTS = {"tabeller": "tabell", "regioner": "region", "begreper": "begrep"}  # → a column of changes


def explained(changed: pl.DataFrame, since: str, until: str) -> pl.DataFrame:
    """Add to changed values what SSB says of them (forklaring, bokmål), or UNEXPLAINED.

    changed: `differences.values`. since, until: the days (ISO) on which SSB had last updated a table in the earlier
    and the later snapshot; only corrections after the first of them and not after the last are in between. A
    correction is about a value where table, region, concept and year are among those it names; what it names none
    of, it is about all of. Several stand together, the earliest first. Raises DataError for a concept that is none.
    """
    rows = _between(since, until)
    places = changed.with_row_index("plass")
    pairs = places.select("plass", "aar", *LISTS.values()).join(rows, how="cross")
    about = [
        pl.col(names).list.len().eq(0) | pl.col(names).list.contains(pl.col(own))
        for names, own in LISTS.items()
    ]
    about += [
        (pl.col("aar") >= pl.col("fra_aar")).fill_null(value=True),
        (pl.col("aar") <= pl.col("til_aar")).fill_null(value=True),
    ]
    said = (
        pairs.filter(pl.all_horizontal(about))
        .group_by("plass", maintain_order=True)
        .agg(pl.format("{} (rettet {})", "hva", "rettet").str.join("; ").alias(EXPLANATION))
    )
    return (
        places.join(said, on="plass", how="left", maintain_order="left")
        .with_columns(pl.col(EXPLANATION).fill_null(UNEXPLAINED))
        .drop("plass")
    )


def _between(since: str, until: str) -> pl.DataFrame:
    """Return the corrections made after a day and not after another, with what they name as lists."""
    rows = tables.read(TABLE)
    _refuse_unknown(rows)
    day = pl.col("rettet")
    named = (
        pl.col(name).fill_null("").str.split(";").list.filter(pl.element() != "") for name in LISTS
    )
    return (
        rows.filter((day > since) & (day <= until))
        .sort("rettet", maintain_order=True)
        .select("rettet", "hva", "fra_aar", "til_aar", *named)
    )


def _refuse_unknown(rows: pl.DataFrame) -> None:
    known = tables.read("indicators")["begrep"].unique()
    cited = rows.select("linje", pl.col("begreper").str.split(";")).explode("begreper").drop_nulls()
    odd = cited.filter(~pl.col("begreper").is_in(known.to_list()))
    if len(odd):
        raise DataError(
            tables.file_of(TABLE),
            line=int(odd["linje"][0]),
            field="begreper",
            value=odd["begreper"][0],
            allowed="concepts of indicators.csv",
        )
