"""The files of the front of a year, and what its manifest says of them."""

from __future__ import annotations

from pathlib import Path

from kommuneregnskap.report import manifest
from kommuneregnskap.report.endings import METADATA, PARQUET, WORKBOOK

PAGE, TABLE = "index.html", "evidens.csv"
BOOK, *DATA = (Path(TABLE).with_suffix(ending).name for ending in (WORKBOOK, METADATA, PARQUET))


def said(folder: Path, basis: manifest.Basis) -> manifest.Basis:
    """Return what the manifest of a front says: the reports that it is of, and its files as they lie in the folder."""
    return basis | {
        manifest.RESULTS: {
            name: manifest.sum_of(folder / name) for name in (TABLE, BOOK, *DATA, PAGE)
        }
    }
