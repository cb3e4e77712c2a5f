"""A full national fetch of two years from a server on this machine: requests, bytes, seconds, memory.

Run: `.venv/bin/python -m benchmarks.statbank`. The server (tests/pxweb_server.py) runs in a process of
its own, without a rate limit, with invented figures of all municipalities; then come the differences
of the reconciliation with its rows. Never a test: figures depend on the machine.
"""

from __future__ import annotations

import multiprocessing
import resource
import tempfile
import time
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path

import polars as pl

from kommuneregnskap.sources.statbank import reconcile
from kommuneregnskap.sources.statbank.fetch import fetch

YEARS = (2023, 2024)


def serve(pipe: Connection) -> None:
    """Serve until told to stop; tell the address first, then requests and bytes."""
    from tests.helpers.statbank_national import serve_national  # noqa: PLC0415

    with serve_national(YEARS) as server:
        pipe.send(server.url)
        pipe.recv()
        pipe.send((len(server.seen), sum(each.bytes for each in server.seen)))


def main() -> None:
    """Measure and print."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(there,), daemon=True)
    process.start()
    url = here.recv()
    with tempfile.TemporaryDirectory() as temporary:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        start = time.perf_counter()
        done = fetch(YEARS, retrieved=date(2026, 11, 24), url=url, folder=Path(temporary))
        seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    here.send("stop")
    requests, sent = here.recv()
    process.join()
    print(
        f"years {YEARS[0]}-{YEARS[-1]}: {done.tables} tables, {done.snapshot.values.height} values"
    )
    print(f"{requests} requests, {sent / 1e6:.2f} MB, {seconds:.2f} s")
    print(f"peak memory: {peak:.0f} MB ({before:.0f} MB before the fetch)")
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


if __name__ == "__main__":
    main()
