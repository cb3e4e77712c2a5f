"""One case in a process of its own, for `make bench`: python -m benchmarks.child NAME BY YEARS REPETITIONS FOLDER.

BY: a rival's name, or empty. What only rivals import is not in memory where ours is measured.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from pathlib import Path

from benchmarks.cases import CASES

FEW_YEARS = 2


def peak() -> float:
    """Return the most memory this process has had, in MB. getrusage would tell its parent's where that had more."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main() -> None:
    """Print rows, and CPU and wall seconds of every repetition, as JSON.

    A first time is not counted where a case is so short that reading the tables would tell.
    """
    name, by, years, repetitions, folder = sys.argv[1:]
    case = CASES[name]
    loaded, rows = case.load(Path(folder), int(years))
    run = case.run
    if by:
        from benchmarks.rivals import RIVALS  # noqa: PLC0415

        rival = RIVALS[name, by]
        loaded, run = rival.load(loaded), rival.run
    cpu, wall = [], []
    for number in range(int(years) > FEW_YEARS, int(repetitions) + 1):
        gc.collect()
        before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        run(loaded)
        ended, after = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
        if number:
            cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
            wall.append(ended - began)
    print(json.dumps({"rows": rows, "cpu": cpu, "wall": wall, "peak": peak()}))


if __name__ == "__main__":
    main()
