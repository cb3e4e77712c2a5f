"""Figures that come with the project: SSB's open figures as tables under data/ssb/, a snapshot like any other.

Each folder is one, named by the day its figures were retrieved: a table for each of SSB's, and a receipt that says
how they were read. Every opening holds the municipalities against SSB's own rows, to the last 1000 kr.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.sources.statbank import catalogue
from kommuneregnskap.sources.statbank.values import checked
from kommuneregnskap.support import cache, paths
from kommuneregnskap.support.cache import digest
from kommuneregnskap.support.code import hash_of, versions
from kommuneregnskap.support.errors import DataError, NotWrittenError
from kommuneregnskap.support.files import file_hash
from kommuneregnskap.tables import reader, units
from kommuneregnskap.tables.reader import read_csv
from kommuneregnskap.tables.schemas.statbank import Figur

FORM, TABLES = "form", "tabeller"  # what the receipt of such a snapshot says of its files
GROUP, COUNTRY, MUNICIPALITY = "kostragruppe", "land", "kommune"
COUNTIES, COUNTY = "fylkeskommunene", "fylkeskommune"
KEPT = "verdier"  # what the cache calls them
RESTORE = "Restore the file from the repository."
SCOPE, AMOUNT = "konsern", "1000 kr"
CELL = ["aar", "begrep", "tjenesteomraade"]
# What the figures are held against: the tables that are read for it.
HELD_AGAINST = ("fylke", "fylke_endring", "kommune", "kommune_endring", "ssb_region")


def files(receipt: Mapping[str, Any]) -> list[str]:
    """Return the tables that a receipt names. Raises KeyError or TypeError where it does not say what `values` asks."""
    said = [
        (entry["svar"], entry["tabell"], entry["vintage"].keys(), entry["alle_kommuner"])
        for entry in receipt[TABLES]
    ]
    return [name for names, *_ in said for name in names]


@reader.held()
def kept_values(folder: Path, receipt: Mapping[str, Any]) -> pl.DataFrame:
    """Return what `values` does, `checked`, held against SSB's own rows once for the same files, tables and code.

    receipt: the hashes in it are those of the files. Raises as `values`; what is refused is not kept.
    """
    tables_read = zip(HELD_AGAINST, reader.contents(*HELD_AGAINST), strict=True)
    content = {
        "receipt": receipt,
        "tables": {name: hashlib.sha256(found.data).hexdigest() for name, found in tables_read},
        "code": hash_of("sources.statbank.bundled"),
        "versions": versions(),
    }
    store = paths.cache() / f"{folder.name}-{digest(content)[:20]}"
    kept = cache.opened(store)
    if kept is not None:
        return kept.frame(KEPT)
    found = checked(values(folder, receipt))
    # A file may have become another since the receipt was held against it.
    if all(file_hash(folder / each["fil"]) == each["sha256"] for each in receipt["filer"]):
        with suppress(NotWrittenError):
            cache.keep({KEPT: found}, store)
    return found


def values(folder: Path, receipt: Mapping[str, Any]) -> pl.DataFrame:
    """Return the figures of a folder as values of a snapshot. Out: `schemas.statbank.Verdier`.

    Raises DataError for a table that cannot be read, for municipalities that do not add up to SSB's own row of their
    KOSTRA group or of the country, for groups that do not add up to the country, and for counties that do not with
    Oslo to theirs.
    """
    parts = []
    for entry in receipt[TABLES]:
        for name in entry["svar"]:
            own = _known(read_csv(folder / name, Figur))
            _refuse_other_sums(folder / name, own, whole=bool(entry["alle_kommuner"]))
            vintage = _vintages(folder / name, own, entry["vintage"])
            parts.append(
                own.with_columns(tabell=pl.lit(entry["tabell"]), vintage=vintage, fil=pl.lit(name))
            )
    found = pl.concat(parts)
    _refuse_other_counties(folder, found)
    return found.select(
        "tabell",
        pl.lit(SCOPE).alias("regnskapsomfang"),
        "aar",
        "region",
        "regiontype",
        "begrep",
        "tjenesteomraade",
        pl.col("belop").cast(pl.Float64).alias("verdi"),
        pl.lit(AMOUNT).alias("enhet"),
        pl.lit(None, dtype=pl.String).alias("merke"),
        "vintage",
    ).sort("tabell", *CELL, "region")


def _vintages(path: Path, own: pl.DataFrame, said: Mapping[str, str]) -> pl.Expr:
    """Return the vintage of each figure; DataError where the receipt does not say it of a year."""
    silent = own.filter(~pl.col("aar").cast(pl.String).is_in(list(said))).sort("linje").head(1)
    for row in silent.iter_rows(named=True):
        raise DataError(
            path,
            line=row["linje"],
            field="aar",
            value=row["aar"],
            allowed=f"{', '.join(said)}, of which the receipt gives the vintage",
            todo=RESTORE,
        )
    return pl.col("aar").cast(pl.String).replace_strict(dict(said))


def _known(figures: pl.DataFrame) -> pl.DataFrame:
    """Add what each region is in its year: regiontype, and of a municipality its KOSTRA group (gruppe)."""
    parts = []
    for (year,), rows in figures.partition_by("aar", as_dict=True, maintain_order=True).items():
        kinds = catalogue.region_types(rows["region"].unique().sort().to_list(), int(year))
        groups = tables.valid("kommune", int(year)).select(
            region="kommunenummer", gruppe="kostra_gruppe"
        )
        parts.append(
            rows.join(
                kinds.select("region", "regiontype"), on="region", maintain_order="left"
            ).join(groups, on="region", how="left", maintain_order="left")
        )
    return pl.concat(parts)


def _refuse_other_sums(path: Path, own: pl.DataFrame, *, whole: bool) -> None:
    """Raise DataError where SSB's own rows are not the sums of what they are of.

    whole: whether the table has all municipalities of a year, of each concept that it has any of.
    """
    municipalities = own.filter(pl.col("regiontype") == MUNICIPALITY)
    groups = own.filter(pl.col("regiontype") == GROUP).with_columns(gruppe="region")
    country = own.filter(pl.col("regiontype") == COUNTRY)
    if whole:
        _refuse_missing(path, municipalities)
        _compare(path, groups, municipalities, [*CELL, "gruppe"])
        _compare(path, country, municipalities, CELL)
    every = pl.col("gruppe").n_unique() == tables.read("kommune")["kostra_gruppe"].n_unique()
    _compare(path, country, groups.filter(every.over(CELL)), CELL)


def _refuse_other_counties(folder: Path, own: pl.DataFrame) -> None:
    """Raise DataError where SSB's row of the counties is not their sum and Oslo's, which is both."""
    printed = own.filter(pl.col("regiontype") == COUNTIES)
    alone = {each for year in printed["aar"].unique() for each in units.oslo(year)}
    parts = own.filter((pl.col("regiontype") == COUNTY) | pl.col("region").is_in(alone))
    for (name,), rows in printed.partition_by("fil", as_dict=True, maintain_order=True).items():
        _compare(folder / str(name), rows, parts, CELL)


def _refuse_missing(path: Path, municipalities: pl.DataFrame) -> None:
    for (year, concept), rows in municipalities.group_by("aar", "begrep", maintain_order=True):
        wanted = tables.valid("kommune", int(str(year)))["kommunenummer"]
        absent = sorted(set(wanted) - set(rows["region"]))
        if absent:
            raise DataError(
                path,
                problem=f"{concept} {year} is missing for {len(absent)} of {len(wanted)} "
                f"municipalities, the first is {absent[0]}",
                todo=RESTORE,
            )


def _compare(path: Path, printed: pl.DataFrame, parts: pl.DataFrame, on: list[str]) -> None:
    summed = parts.group_by(on).agg(sum=pl.col("belop").sum())
    other = printed.join(summed, on=on, nulls_equal=True).filter(pl.col("belop") != pl.col("sum"))
    for row in other.sort("linje").iter_rows(named=True):
        raise DataError(
            path,
            line=row["linje"],
            field="belop",
            value=row["belop"],
            allowed=f"{row['sum']}, the sum of what {row['region']} {row['aar']} is of ({row['begrep']})",
            todo=RESTORE,
        )
