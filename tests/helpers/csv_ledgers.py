"""The same rows as a ledger in CSV: with the columns of the record, or as a system exports them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from kommuneregnskap.sources.kostra.records import RECORD_SCHEMA, read_records
from tests.helpers.accounts import deliver

HEADER = "aar;region;kontoklasse;funksjon;kapittel;art;sektor;beloep_kr"
# What is compared of two findings, whatever file they are of.
FINDING = ("kontroll", "region", "skjema", "linjer", "antall", "felt", "funnet", "differanse")
BALANCE = ("2", "5")  # account classes of the balance sheet
Amount = Callable[[int], str]


def rows_of(path: Path) -> list[dict[str, str | int]]:
    """Return the records of a file, a dict each."""
    return read_records([path]).collect().drop("fil", "linje").to_dicts()


def as_record(rows: list[dict[str, str | int]]) -> str:
    """Return rows as CSV with the record's own columns and comma."""
    return pl.DataFrame(rows, schema=RECORD_SCHEMA).write_csv()


def as_ledger(
    rows: list[dict[str, str | int]],
    *,
    heading: str = "Beløp i kroner",
    amount: Amount = lambda thousands: f"{thousands * 1000}",
    separator: str = ";",
    columns: tuple[str, ...] = (
        "År",
        "Kommunenummer",
        "Kontoklasse",
        "Funksjon",
        "Kapittel",
        "Art",
        "Sektor",
    ),
) -> str:
    """Return rows as an ordinary export: a column for each code, amounts as `amount` writes 1000 kr."""
    lines = [separator.join([*columns, heading])]
    for row in rows:
        balance = str(row["kontoklasse"]) in BALANCE
        place, kind = str(row["funksjon_kapittel"]), str(row["art_sektor"])
        cells = {
            "År": str(row["aar"]),
            "Kommunenummer": str(row["region"])[:4],
            "Kontoklasse": str(row["kontoklasse"]),
            "Funksjon": "" if balance else place,
            "Kapittel": place if balance else "",
            "Art": "" if balance else kind,
            "Sektor": kind if balance else "",
        }
        lines.append(
            separator.join([*(cells[name] for name in columns), amount(int(row["belop"]))])
        )
    return "\n".join(lines) + "\n"


def rows(folder: Path, year: int = 2024) -> list[dict[str, str | int]]:
    """Return the records that `deliver` wrote into a folder, a dict each."""
    return rows_of(folder / str(year) / "a.txt")


def as_csv(
    folder: Path, text: str | bytes, *, year: int = 2024, name: str = "hovedbok.csv"
) -> Path:
    """Write a ledger as CSV as a file of a year; return the folder of the source."""
    content = text.encode("utf-8") if isinstance(text, str) else text
    return deliver(folder, content, year=year, name=name)
