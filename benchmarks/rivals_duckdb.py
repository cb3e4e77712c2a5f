"""DuckDB beside polars: frames as its tables, and its tables as frames; through files, since pyarrow is not there."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import duckdb
import polars as pl


def connected(frames: Mapping[str, pl.DataFrame]) -> duckdb.DuckDBPyConnection:
    """Return a database in memory that has frames as its own tables, by their names."""
    connection = duckdb.connect(":memory:")
    with tempfile.TemporaryDirectory() as folder:
        for name, frame in frames.items():
            file = Path(folder) / f"{name}.parquet"
            frame.write_parquet(file)
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM read_parquet(?)", [str(file)])
    return connection


def frame(relation: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """Return what a relation holds as a frame."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "svar.parquet"
        relation.write_parquet(str(file))
        return pl.read_parquet(file, memory_map=False)
