"""Frames computed once and kept: by what they were made from, the code behind them and the tables that they read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import polars as pl

from kommuneregnskap.support import cache, code, paths
from kommuneregnskap.support.cache import Kept, digest
from kommuneregnskap.tables import reader, reads
from kommuneregnskap.tables.reads import Reads

NAMED = 20  # signs of a hash in the name of an entry
READ, NAME = "leste", "navn"  # the frame that says which tables were read


def of(
    named: tuple[int, str],
    content: object,
    behind: Collection[str],
    make: Callable[[], Mapping[str, pl.DataFrame]],
    opened_by: Reads | None = None,
) -> Kept:
    """Return the frames that `make` makes, from the cache folder where they were made of the same before.

    named: the year and kind they are found by. content: all they are made from besides tables and code: account
    files, choices. behind: the modules that make them (`code.hash_of`). opened_by: the tables that came before
    (`Survey.reads`). Which tables they read is noted as they are made; kept frames are served as long as all of
    these say the same. Raises DataError where the system refuses to write.
    """
    stem = _stem(named, content, behind)
    if (found := _standing(stem)) is not None:
        return found
    with reader.held(), reads.noted() as read:
        if opened_by is not None:
            reads.note_again(opened_by)
        frames = make()
    if (
        read.changed
    ):  # a table became another meanwhile, and which of the two it was made of is not known
        return cache.in_memory(frames)
    names = pl.DataFrame({NAME: list(read.hashes())}, schema={NAME: pl.String})
    return cache.keep({**frames, READ: names}, _store(stem, read))


def opened(named: tuple[int, str], content: object, behind: Collection[str]) -> Kept | None:
    """Return the frames that are kept of the same, and of tables as they stand now; None where there are none."""
    return _standing(_stem(named, content, behind))


def _standing(stem: str) -> Kept | None:
    for place in sorted(paths.cache().glob(f"{stem}-*")):
        try:
            names = pl.read_parquet(place / f"{READ}.parquet")[NAME].to_list()
        except (OSError, pl.exceptions.PolarsError):
            continue  # no entry, or a broken one: it is written anew
        now = reads.now(names)
        if place == _store(stem, now) and (found := cache.opened(place)) is not None:
            reads.note_again(now)
            return found
    return None


def _stem(named: tuple[int, str], content: object, behind: Collection[str]) -> str:
    year, kind = named
    whole = [content, code.hash_of(*sorted(behind)), code.versions()]
    return f"{year}-{kind}-{digest(whole)[:NAMED]}"


def _store(stem: str, read: Reads) -> Path:
    return paths.cache() / f"{stem}-{digest(read.hashes())[:NAMED]}"
