"""Errors in tables: a definition or a published number altered in a copy of the project's tables."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.support import paths
from kommuneregnskap.tables.mutants import Step, column, refused

FOLDERS = ("codes", "definitions", "claims")


@contextmanager
def copied_tables() -> Iterator[Path]:
    """Let the process work, as long as the block lasts, on a copy of the project's tables.

    The user's own tables are never written. Not for threads: which folder is the project's is of the
    whole process.
    """
    own = paths.tables()
    before = os.environ.get(paths.ROOT)
    with tempfile.TemporaryDirectory(prefix="kr-mutant-") as name:
        for folder in FOLDERS:
            shutil.copytree(own / folder, Path(name) / "data" / folder)
        os.environ[paths.ROOT] = name
        try:
            yield Path(name)
        finally:
            if before is None:
                del os.environ[paths.ROOT]
            else:
                os.environ[paths.ROOT] = before


def alter(step: Step) -> None:
    """Carry out one step on a table of the copied project (all text).

    erstatt: in column `hva`, `fra` becomes `til` within the cell (an empty `fra`: the whole cell).
    fjern: the rows of `hvor` go. Raises DataError where the step touches nothing.
    """
    path = paths.claims(step.tabell) if step.tabell.isdigit() else tables.file_of(step.tabell)
    table = pl.read_csv(path, infer_schema=False)
    hit = pl.all_horizontal(
        pl.lit(value=True),
        *(pl.col(column(step, name, table.columns)) == value for name, value in step.hvor.items()),
    ).fill_null(value=False)
    if step.handling == "erstatt":
        cell = pl.col(step.hva)
        new = cell.str.replace(step.fra, step.til, literal=True) if step.fra else pl.lit(step.til)
        changed = table.with_columns(pl.when(hit).then(new).otherwise(cell).alias(step.hva))
    else:
        changed = table.filter(~hit)
    if changed.equals(table):
        raise refused(step, "fra", step.fra, f"a text that stands there in {path.name}")
    changed.write_csv(path)
