"""A small StatBank for tests: ten regions, two years, quick manners."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from kommuneregnskap.sources.statbank import fetch, values
from kommuneregnskap.sources.statbank.client import Manners
from kommuneregnskap.sources.statbank.snapshot import Snapshot
from tests.helpers import statbank_tables
from tests.helpers.pxweb_server import Fault, PxWebServer, Table
from tests.helpers.statbank_tables import (
    COUNTIES,
    COUNTIES_WITHOUT_OSLO,
    NOWHERE,
    OSLO_AS_COUNTY,
    SVALBARD,
)

YEARS = (2023, 2024)
SMALL = [
    *("EAK", "EAKUO", "EKA11", "EKA30", "EKG07"),
    *("0301", "1103", "1121", "1144", "1507", "1508", SVALBARD, NOWHERE),
    *(COUNTIES, COUNTIES_WITHOUT_OSLO, OSLO_AS_COUNTY, "1100", "3000"),
]
DAY = date(2026, 11, 24)
QUICK = Manners(timeout=5, attempts=3, backoff=0.01, longest_wait=5)
HURRIED = Manners(timeout=0.4, attempts=2, backoff=0.01)


def small(
    server: PxWebServer,
    years: Sequence[int] = YEARS,
    value: statbank_tables.ValueOf = statbank_tables.flat,
    updated: str = statbank_tables.UPDATED,
) -> PxWebServer:
    """Give a server the catalogue's tables with ten regions."""
    server.add(
        *(
            replace(each, cells=dict(each.cells), dims=deepcopy(each.dims))
            for each in _small(tuple(years), value)
        )
    )
    for table in server.tables.values():
        table.updated = updated
    return server


@lru_cache(maxsize=8)
def _small(years: tuple[int, ...], value: statbank_tables.ValueOf) -> list[Table]:
    return statbank_tables.national(years, value, only=SMALL)


def get(
    server: PxWebServer,
    years: Sequence[int] = YEARS,
    folder: Path | None = None,
    manners: Manners = QUICK,
) -> fetch.Fetched:
    """Fetch from a server with quick manners."""
    return fetch.fetch(years, retrieved=DAY, url=server.url, folder=folder, manners=manners)


def cell(
    table: Table, region: str, year: int, *, code: str = "", function: str = ""
) -> tuple[str, ...]:
    """Return the key of the one cell of a table that fits."""
    found = [
        key
        for key in table.cells
        if key[0] == region
        and key[-1] == str(year)
        and (not code or code in key)
        and (not function or function in key)
    ]
    assert len(found) == 1, found[:3]
    return found[0]


def hidden(root: Path) -> list[Path]:
    """Return the drafts in a folder of snapshots."""
    return [path for path in root.iterdir() if path.name.startswith(".utkast")]


def total(
    found: Snapshot, begrep: str, region: str, year: int, scope: str = "konsern"
) -> dict[str, Any]:
    """Return the one row of a concept's total for a region."""
    rows = found.values.filter(
        (pl.col("begrep") == begrep)
        & (pl.col("region") == region)
        & (pl.col("aar") == year)
        & (pl.col("regnskapsomfang") == scope)
        & pl.col("tjenesteomraade").is_null()
    )
    assert len(rows) == 1
    return rows.row(0, named=True)


def changed(part: str, **values: Any) -> Fault:
    """Return a fault that changes members of an answer once."""
    return Fault(part, "changed", change=lambda answer: answer | values)


def figure(region: str, verdi: float | None, **changes: Any) -> dict[str, Any]:
    """Return a figure of 2024 for `as_values`: gross operating revenue of a municipality, unless said otherwise."""
    return {
        "tabell": "12137",
        "regnskapsomfang": "konsern",
        "aar": 2024,
        "region": region,
        "regiontype": "kommune",
        "begrep": "brutto_driftsinntekter",
        "tjenesteomraade": None,
        "verdi": verdi,
        "enhet": "1000 kr",
        "merke": ".." if verdi is None else None,
        "vintage": "endelig",
    } | changes


def as_values(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return rows as the values of a snapshot, checked."""
    return values.checked(
        pl.DataFrame(rows, infer_schema_length=None).cast(
            {"aar": pl.Int32, "verdi": pl.Float64, "tjenesteomraade": pl.String, "merke": pl.String}
        )
    )
