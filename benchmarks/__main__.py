"""Measure, and write benchmarks/results.csv and docs/speed.md: `make bench`, or `make bench CASES=help,report`.

Every case runs in a process of its own, so that its peak memory is its own. Medians; never a test: figures depend on
the machine. What is shown as a ratio is measured in the same run: whoever asks for one of the two gets both. All that
others give is held against what we give before a time of anything is shown.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks import cases, commands, rivals, rivals_notebooks, shown
from benchmarks.commands import Key
from kommuneregnskap.support import paths

REPETITIONS = {1: 7, 2: 7, 5: 3, 20: 1}  # by national years
LAUNCH = Path(__file__).with_name("launch.py")
PROJECT = "prosjekt"
LONG = 3  # repetitions of what takes long at any size: notebooks, estimates, what others do


def main() -> None:
    """Measure what is asked for; rows of other cases stand as they were."""
    wanted = [word.strip() for word in ",".join(sys.argv[1:]).split(",") if word.strip()]
    every = {rivals.named(*key): key for key in shown.everything()}
    unknown = [word for word in wanted if not any(word in name for name in every)]
    if unknown:
        raise SystemExit(f"CASES is {unknown[0]!r}; allowed, or a part of one: {'; '.join(every)}")
    asked = [
        key for name, key in every.items() if not wanted or any(word in name for word in wanted)
    ]
    before = shown.read() if shown.RESULTS.is_file() else None
    together = with_others(asked)
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name), together)
        found = list(measured(Path(name), together))
    rows = shown.with_ratios(pl.DataFrame(found, schema=shown.SCHEMA))
    shown.write(rows, before)
    for made in shown.TABLES.values():
        print(f"\n{made(rows)}")
    print(f"\n{shown.RESULTS.relative_to(paths.root())}")


def with_others(asked: Sequence[Key]) -> list[Key]:
    """Return what is asked for with what it is shown beside, and what that is shown beside."""
    found = set(asked)
    for _ in range(2):
        found |= {key for each in found if (key := shown.beside(each))}
    return [key for key in shown.everything() if key in found]


def prepare(folder: Path, asked: Sequence[Key]) -> None:
    """Write what is measured on."""
    if any(what in cases.CASES for what, _ in asked):
        cases.prepare(folder)
    if any(key in commands.COMMANDS for key in asked):
        commands.copy_project(folder / PROJECT)


def measured(folder: Path, asked: Sequence[Key]) -> Iterator[dict[str, object]]:
    """Give a row of SCHEMA for each thing asked for and each of its sizes; ends before the first where one is unequal.

    folder: as `prepare` leaves it.
    """
    rivals.refuse_unequal(folder, asked)
    notebooks = [key for key in asked if key[0] == rivals_notebooks.NOTEBOOKS]
    yield from run_notebooks(notebooks, folder / PROJECT)
    for what, by in asked:
        if what in cases.CASES:
            for years in (rivals.YEARS,) if by else cases.CASES[what].sizes:
                yield _case((what, by), years, folder)
        elif (what, by) not in notebooks:
            yield _row((what, by), 1, 0, *_command((what, by), folder / PROJECT))


def run_notebooks(asked: Sequence[Key], project: Path) -> list[dict[str, object]]:
    """Run the section notebooks by everyone asked for, ours first, and compare what they gave; then return the rows."""
    taken = {}
    for key in asked:
        taken[key] = _command(key, project)
        if key[1]:
            rivals.refuse(key, rivals_notebooks.compare(project, key[1]))
    return [_row(key, 1, 0, *found) for key, found in taken.items()]


def _run(*argv: str) -> str:
    """Run a part of the benchmarks and return what it printed; end with what it said where it failed."""
    done = subprocess.run(
        [sys.executable, *argv], check=False, capture_output=True, text=True, cwd=paths.root()
    )
    if done.returncode:
        raise SystemExit(done.stderr.strip())
    return done.stdout


def _case(key: Key, years: int, folder: Path) -> dict[str, object]:
    what, by = key
    long = by or what == "estimates" or what.startswith("notebook")
    repetitions = LONG if long else REPETITIONS[years]
    said = _run("-m", "benchmarks.child", what, by, str(years), str(repetitions), str(folder))
    found = json.loads(said.splitlines()[-1])
    return _row(key, years, found["rows"], found["cpu"], found["wall"], found["peak"])


def _command(key: Key, project: Path) -> tuple[list[float], list[float], float]:
    """Run a command again and again. CPU: of it and all its processes, wall, and peak: of the largest of them."""
    command = commands.COMMANDS[key]
    if command.warms:
        launch(key, project)
    found = [launch(key, project) for _ in range(command.repetitions)]
    cpu, wall, peak = ([each[name] for each in found] for name in ("cpu", "wall", "peak"))
    return cpu, wall, max(peak)


def launch(key: Key, project: Path) -> dict[str, Any]:
    """Run a command once in a project folder: code, wall, cpu (seconds), peak (MB). Ends where the command fails."""
    command = commands.COMMANDS[key]
    command.before(project)
    # By a process that is small itself: what is measured of a child begins with its parent's memory.
    launched = subprocess.run(
        [sys.executable, "-S", str(LAUNCH), *command.argv(project)],
        check=True, capture_output=True, text=True, cwd=paths.root(),
        env=os.environ | {"KOMMUNEREGNSKAP_ROOT": str(project)},
    )  # fmt: skip
    found: dict[str, Any] = json.loads(launched.stdout.splitlines()[-1])
    if found["code"]:
        said = launched.stderr.strip().splitlines() or ["it said nothing"]
        raise SystemExit(f"{rivals.named(*key)}: exit code {found['code']}: {said[-1]}")
    return found


def _row(
    key: Key, years: int, rows: int, cpu: list[float], wall: list[float], peak: float
) -> dict[str, object]:
    seconds = statistics.median(wall)
    row: dict[str, object] = {
        "what": key[0],
        "by": key[1] or None,
        "years": years,
        "rows": rows or None,
        "repetitions": len(wall),
        "cpu_s": round(statistics.median(cpu), 3),
        "wall_s": round(seconds, 3),
        "peak_mb": round(peak),
        **dict.fromkeys(shown.RATIOS.values()),  # when all is measured
        "rows_per_s": round(rows / seconds) if rows else None,
        "python": platform.python_version(),
        "polars": pl.__version__,
        "cores": os.cpu_count(),
    }
    print(
        f"{rivals.named(*key)}, {years}: {row['cpu_s']} s CPU, {row['wall_s']} s, {row['peak_mb']} MB",
        flush=True,
    )
    return row


if __name__ == "__main__":
    main()
