"""A table beside a page: as CSV for programs, and as the workbook that a double click opens."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from kommuneregnskap.report.endings import WORKBOOK
from kommuneregnskap.report.resources import About, write_beside
from kommuneregnskap.support.files import replacing
from kommuneregnskap.support.outside import write_csv
from kommuneregnskap.support.workbook import write_workbook

DECIMALS = 6


def write_table(frame: pl.DataFrame, file: Path, about: About | None = None) -> None:
    """Write a frame as `file` (CSV) and beside it, under the same name, as a workbook; numbers with DECIMALS.

    about: what it is; with it metadata and parquet stand beside too (`resources.write_beside`). Text from outside is
    text in all. Same frame, same bytes. Raises DataError where the system refuses to write.
    """
    rounded = frame.with_columns(pl.col(pl.Float64).round(DECIMALS))
    with replacing(file) as part:
        write_csv(rounded, part, DECIMALS)
    with replacing(file.with_suffix(WORKBOOK)) as part:
        write_workbook(rounded, part)
    if about:
        write_beside(rounded, file, about)
