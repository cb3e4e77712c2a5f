"""How long hierarchies take on a national year, against Statistics Norway's engine (8.6 CPU seconds, 585 MB).

Invented account rows, as many as a year has: 534 000 rows, 15 art groups and 65 function groups, two accounts, kasse
and konsern. Run: .venv/bin/python -m benchmarks.hierarchies
"""

from __future__ import annotations

import resource
import statistics
import time

import numpy as np
import polars as pl

from kommuneregnskap import hierarchies as h

ROWS, UNITS, FUNCTIONS, ARTS = 534_000, 371, 130, 150
FUNCTION_GROUPS, ART_GROUPS = 65, 15
REPETITIONS = 7


def account_rows(count: int, seed: int) -> pl.DataFrame:
    """Invented rows: as many units, functions and arts as a national year has."""
    draw = np.random.default_rng(seed)

    def codes(number: int, first: int) -> pl.Series:
        return pl.Series(draw.integers(first, first + number, count)).cast(pl.String)

    return pl.DataFrame(
        {
            "region": codes(UNITS, 1101),
            "kontoklasse": pl.Series(draw.choice(["D", "I"], count)),
            "funksjon": codes(FUNCTIONS, 100),
            "art": codes(ARTS, 100),
            "belop": draw.integers(-9_999, 99_999, count),
        }
    )


def groups(count: int, leaves: int, seed: int, sign: int = 1) -> h.Coefficients:
    """Invented groups of a third of the codes, some with coefficients beyond one."""
    draw = np.random.default_rng(seed)
    return {
        f"G{number}": {
            str(code): int(sign * draw.choice([1, 1, 1, -1, 2]))
            for code in sorted(
                draw.choice(np.arange(100, 100 + leaves), leaves // 3, replace=False)
            )
        }
        for number in range(count)
    }


def once(treasury: pl.DataFrame, enterprises: pl.DataFrame) -> int:
    functions, arts = groups(FUNCTION_GROUPS, FUNCTIONS, 1), groups(ART_GROUPS, ARTS, 2)
    nets = groups(ART_GROUPS, ARTS, 3, -1)
    kasse = h.evaluate(treasury, functions, arts)
    parts = [
        kasse,
        h.evaluate(enterprises, functions, arts),
        h.evaluate(treasury, functions, nets),
        h.evaluate(enterprises, functions, nets),
    ]
    konsern = pl.concat(parts).group_by(h.CELL).agg(pl.col("belop").sum())
    return len(kasse) + len(konsern)


def main() -> None:
    treasury, enterprises = account_rows(ROWS * 9 // 10, 4), account_rows(ROWS // 10, 5)
    cpu, wall = [], []
    for _ in range(REPETITIONS):
        before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        cells = once(treasury, enterprises)
        after = resource.getrusage(resource.RUSAGE_SELF)
        cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        wall.append(time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{ROWS} rows, {cells} cells: median of {REPETITIONS}: {statistics.median(cpu):.2f} s CPU, "
        f"{statistics.median(wall):.2f} s wall, peak {peak:.0f} MB (polars {pl.__version__})"
    )


if __name__ == "__main__":
    main()
