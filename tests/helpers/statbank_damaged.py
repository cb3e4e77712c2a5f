"""Copies of the figures that come with the project, in the form of fetched ones, with cells taken out."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from kommuneregnskap.sources.statbank import snapshot
from tests.helpers.projects import PROJECT

OWN = PROJECT / "data" / "ssb"
(DAY,) = (path.name for path in OWN.iterdir())
WHOLE = snapshot.open_snapshot(DAY, OWN)
MUNICIPALITIES = pl.col("regiontype") == "kommune"
ALL, ALL_BUT_ONE, HALF = "alle", "alle uten én", "halvparten"


def concepts() -> list[str]:
    """Return the concepts that municipalities have without service areas, in order."""
    own = WHOLE.values.filter(MUNICIPALITIES & pl.col("tjenesteomraade").is_null())
    return own["begrep"].unique().sort().to_list()


def without(project: Path, name: str, gone: pl.Expr) -> str:
    """Write a snapshot without some of the values into data/raw/ssb of a project; return its name."""
    folder = project / "data/raw/ssb" / name
    folder.mkdir(parents=True)
    file = folder / snapshot.VALUES
    WHOLE.values.filter(~gone).write_parquet(file)
    whole = {key: value for key, value in WHOLE.receipt.items() if key != "form"}
    receipt = {**whole, "filer": [snapshot.file_entry(folder, file)]}
    (folder / snapshot.RECEIPT).write_text(json.dumps(receipt), encoding="utf-8")
    return name


def lacking(begrep: str, year: int, whose: str = ALL) -> pl.Expr:
    """Return which values go where a concept is lacking in a year: of all municipalities, all but one, or half."""
    own = MUNICIPALITIES & (pl.col("begrep") == begrep) & (pl.col("aar") == year)
    regions = WHOLE.values.filter(own)["region"].unique().sort()
    left = {ALL: regions.clear(), ALL_BUT_ONE: regions.head(1), HALF: regions.gather_every(2)}[
        whose
    ]
    return own & ~pl.col("region").is_in(left.to_list())
