"""What is kept is cleaned out by when it was used, and never while it may be open."""

from __future__ import annotations

import os
import time
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.support import cache

FRAME = {"tall": pl.DataFrame({"a": [1]})}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KOMMUNEREGNSKAP_ROOT", str(tmp_path))
    return tmp_path / ".cache"


def age(store: Path, hours: float) -> None:
    then = time.time() - hours * 3600
    os.utime(store, (then, then))


def test_those_used_longest_ago_go_and_those_used_lately_stay(folder: Path) -> None:
    stores = [folder / f"2024-kasse-{number:02d}" for number in range(cache.CACHED_ENTRIES + 3)]
    for store in stores:
        cache.keep(FRAME, store)
    assert all(store.is_dir() for store in stores), "all were used within the hour"
    for hours, store in enumerate(reversed(stores), start=2):
        age(store, hours)
    cache.used(stores[0])
    cache.keep(FRAME, folder / "2024-kasse-ny")
    assert [store.name for store in stores if not store.is_dir()] == [
        store.name for store in stores[1:5]
    ]
    assert pl.read_parquet(stores[0] / "tall.parquet").equals(FRAME["tall"])
