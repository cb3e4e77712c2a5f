"""Measure, and write benchmarks/results.csv and docs/speed.md: `make bench`, or `make bench CASES=help,report`.

Every case runs in a process of its own, so that its peak memory is its own. Medians; never a test: figures depend on
the machine.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from benchmarks import cases, commands, shown
from kommuneregnskap.support import paths

REPETITIONS = {1: 7, 2: 7, 5: 5, 20: 3}
LAUNCH = Path(__file__).with_name("launch.py")
LONG = 3  # repetitions of what takes long at any size: notebooks, estimates


def main() -> None:
    """Measure what is asked for; rows of other cases stand as they were."""
    wanted = [word.strip() for word in ",".join(sys.argv[1:]).split(",") if word.strip()]
    every = [*cases.CASES, *commands.COMMANDS]
    unknown = [word for word in wanted if not any(word in name for name in every)]
    if unknown:
        raise SystemExit(f"CASES is {unknown[0]!r}; allowed, or a part of one: {'; '.join(every)}")
    before = shown.read() if shown.RESULTS.is_file() else None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measured = pl.DataFrame(list(_measured(folder, wanted)), schema=shown.SCHEMA)
    shown.write(measured, before)
    print(shown.RESULTS.relative_to(paths.root()))


def _measured(folder: Path, wanted: list[str]) -> Iterator[dict[str, object]]:
    asked = [
        name
        for name in (*cases.CASES, *commands.COMMANDS)
        if not wanted or any(word in name for word in wanted)
    ]
    if any(name in cases.CASES for name in asked):
        cases.prepare(folder)
    project = folder / "prosjekt"
    if any(name in commands.COMMANDS for name in asked):
        commands.copy_project(project)
    for name in asked:
        if name in commands.COMMANDS:
            yield _command(name, project)
            continue
        for years in cases.CASES[name].sizes:
            yield _case(name, years, folder)


def _case(name: str, years: int, folder: Path) -> dict[str, object]:
    long = name == "estimates" or name.startswith("notebook")
    repetitions = LONG if long else REPETITIONS[years]
    argv = [
        sys.executable,
        "-m",
        "benchmarks.child",
        name,
        str(years),
        str(repetitions),
        str(folder),
    ]
    said = subprocess.run(argv, check=True, capture_output=True, text=True, cwd=paths.root())
    found = json.loads(said.stdout.splitlines()[-1])
    return _row(name, years, found["rows"], found["cpu"], found["wall"], found["peak"])


def _command(name: str, project: Path) -> dict[str, object]:
    """Run a command again and again. CPU: of it and all its processes; peak: of the largest of them."""
    command = commands.COMMANDS[name]
    environment = os.environ | {"KOMMUNEREGNSKAP_ROOT": str(project)}
    cpu, wall, peak = [], [], 0.0
    for number in range(not command.warms, command.repetitions + 1):
        command.before(project)
        # By a process that is small itself: what is measured of a child begins with its parent's memory.
        launched = subprocess.run(
            [sys.executable, "-S", str(LAUNCH), *command.argv],
            check=True, capture_output=True, text=True, cwd=paths.root(), env=environment,
        )  # fmt: skip
        found = json.loads(launched.stdout.splitlines()[-1])
        if found["code"]:
            raise SystemExit(f"{name}: exit code {found['code']}: {launched.stderr.strip()}")
        if number:
            wall.append(found["wall"])
            cpu.append(found["cpu"])
            peak = max(peak, found["peak"])
    return _row(name, 1, 0, cpu, wall, peak)


def _row(
    name: str, years: int, rows: int, cpu: list[float], wall: list[float], peak: float
) -> dict[str, object]:
    seconds = statistics.median(wall)
    row = {
        "what": name,
        "years": years,
        "rows": rows or None,
        "repetitions": len(wall),
        "cpu_s": round(statistics.median(cpu), 3),
        "wall_s": round(seconds, 3),
        "peak_mb": round(peak),
        "rows_per_s": round(rows / seconds) if rows else None,
        "python": platform.python_version(),
        "polars": pl.__version__,
        "cores": os.cpu_count(),
    }
    print(
        f"{name}, {years}: {row['cpu_s']} s CPU, {row['wall_s']} s, {row['peak_mb']} MB", flush=True
    )
    return row


if __name__ == "__main__":
    main()
