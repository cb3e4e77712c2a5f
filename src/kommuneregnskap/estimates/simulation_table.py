"""The simulation that is kept: reports/simulering-<year>-demo.csv; reading it needs no svy."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.sources.synthetic_panel import SOURCE as PANEL
from kommuneregnskap.support import paths
from kommuneregnskap.tables.schemas.estimates import Simulert

SOURCE = PANEL.name


def file_of(year: int) -> Path:
    """Return the file of a year's simulation on the synthetic panel."""
    return paths.reports() / f"simulering-{year}-{SOURCE}.csv"


def files(year: int) -> list[Path]:
    """Return the kept simulation of a year, else of the latest year that has one; none where none has."""
    folders = dict.fromkeys(
        (paths.shipped_reports(), paths.reports())
    )  # one's own after those that come along
    there = {
        path.name: path for each in folders for path in each.glob(f"simulering-*-{SOURCE}.csv")
    }
    own = there.get(file_of(year).name)
    return [own] if own else [there[name] for name in sorted(there)[-1:]]


def read(year: int) -> pl.DataFrame:
    """Return the simulation of `files`; without rows where there is none.

    Out: `schemas.estimates.Simulert`. Raises DataError for a file that is not as it must be.
    """
    for path in files(year):
        return tables.read_csv(path, Simulert)
    return Simulert.create_empty()
