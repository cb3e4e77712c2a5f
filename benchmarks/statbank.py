"""Fetches from a server on this machine: requests, bytes, seconds, memory.

Run: `.venv/bin/python -m benchmarks.statbank`: a whole national fetch of two years without a limit of calls, and the
differences of its reconciliation. With `real`: one year, and a year with the three before it (what `make fetch
YEAR=2024` takes), from a server that behaves as SSB's own was seen to do, with its 40 calls a minute, by the clock; and
a year in pieces of 10 000 cells, so that the limit is met. The server (tests/helpers) runs in a process of its own,
with invented figures of all municipalities. Never a test: figures depend on the machine.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path

import polars as pl

from kommuneregnskap.sources.statbank import reconcile
from kommuneregnskap.sources.statbank.fetch import Fetched, fetch

YEARS = (2023, 2024)
REAL = {
    "one year": ((2024,), 800_000),
    "a year and the three before it": ((2021, 2022, 2023, 2024), 800_000),
    "one year in pieces of 10 000 cells": ((2024,), 10_000),
}


@dataclass
class Server:
    """A server in a process of its own; `answers` after it has stopped: how many of each status, and bytes."""

    url: str
    answers: dict[int, int] = field(default_factory=dict)
    bytes: int = 0


def serve(pipe: Connection, years: Sequence[int], cells: int, real: bool) -> None:
    """Serve until told to stop; tell the address first, then what was answered."""
    from tests.helpers.statbank_national import serve_national  # noqa: PLC0415
    from tests.helpers.statbank_real import serve_real  # noqa: PLC0415

    with (serve_real if real else serve_national)(years) as server:
        server.max_cells = cells
        pipe.send(server.url)
        pipe.recv()
        statuses = [each.status for each in server.seen]
        answers = {each: statuses.count(each) for each in set(statuses)}
        pipe.send((answers, sum(each.bytes for each in server.seen)))


@contextmanager
def served(years: Sequence[int], cells: int = 800_000, *, real: bool = False) -> Iterator[Server]:
    """Run a server until the block is left."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(there, years, cells, real), daemon=True)
    process.start()
    server = Server(here.recv())
    yield server
    here.send("stop")
    server.answers, server.bytes = here.recv()
    process.join()


def measured(years: Sequence[int], cells: int = 800_000, *, real: bool = False) -> Fetched:
    """Fetch and print what it took."""
    with served(years, cells, real=real) as server, tempfile.TemporaryDirectory() as temporary:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        start = time.perf_counter()
        done = fetch(years, retrieved=date(2026, 11, 24), url=server.url, folder=Path(temporary))
        seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    refused = {status: count for status, count in server.answers.items() if status != 200}
    print(
        f"{years[0]}-{years[-1]}: {done.tables} tables, {done.snapshot.values.height} values; "
        f"{done.requests} requests, {server.bytes / 1e6:.2f} MB, {seconds:.2f} s; refused: {refused or 'none'}; "
        f"peak memory {peak:.0f} MB ({before:.0f} MB before)"
    )
    return done


def reconciled(done: Fetched) -> None:
    """Print the differences of the reconciliation."""
    start = time.perf_counter()
    found = pl.concat([reconcile.reconcile(done.snapshot.values, year) for year in YEARS])
    print(f"reconciliation: {time.perf_counter() - start:.2f} s, {found.height} comparisons")
    of_sums = (pl.col("kontroll") == "sum") & (pl.col("ssb") != 0)
    off = (100 * pl.col("differanse") / pl.col("ssb")).abs().filter(of_sums)
    summary = found.group_by("aar", "kontroll", "forklaring", "regiontype").agg(
        antall=pl.len(),
        utenfor=(~pl.col("innenfor")).sum(),
        mangler=pl.col("mangler").sum(),
        stoerste_differanse=pl.col("differanse").abs().max(),
        stoerste_prosent=off.max(),
    )
    with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_width_chars=140):
        print(summary.sort("aar", "kontroll", "regiontype"))


def main() -> None:
    """Measure and print."""
    if sys.argv[1:] == ["real"]:
        for name, (years, cells) in REAL.items():
            print(name, end=": ", flush=True)
            measured(years, cells, real=True)
    else:
        reconciled(measured(YEARS))


if __name__ == "__main__":
    main()
