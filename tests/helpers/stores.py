"""Stores of partitioned parquet for tests, in a folder or in the bucket of `s3_server`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from kommuneregnskap.sources.kostra.ledger import Ledger
from kommuneregnskap.survey import store
from tests.helpers.s3_server import BUCKET, S3

FRAMES = ("poster", "balanse")
Ledgers = dict[int, Ledger]


def put(place: str, ledgers: Ledgers, scope: str = "kasse") -> None:
    for year, own in ledgers.items():
        store.write(own, year, place, scope=scope, accounts="syntetiske")


def overwrite(place: str, address: str, content: bytes, server: S3) -> None:
    """Put other bytes in a file's or object's place."""
    if address.startswith("s3://"):
        server.put(address.removeprefix(f"s3://{BUCKET}/"), content)
    else:
        Path(address).write_bytes(content)


def content(address: str, server: S3) -> bytes:
    if address.startswith("s3://"):
        return server.get(address.removeprefix(f"s3://{BUCKET}/"))
    return Path(address).read_bytes()


def one_scope(frame: pl.LazyFrame, scope: str) -> pl.DataFrame:
    return frame.filter(regnskapsomfang=scope).collect()


def made(schema: Any, year: int, rows: dict[tuple[str, ...], int]) -> pl.LazyFrame:
    names = [name for name in schema.column_names() if name not in ("aar", "regnskapsomfang")]
    return pl.LazyFrame(
        [
            {"aar": year, "regnskapsomfang": "kasse"}
            | dict(zip(names, (*key, amount), strict=True))
            for key, amount in rows.items()
        ],
        schema=schema.create_empty().schema,
    )
