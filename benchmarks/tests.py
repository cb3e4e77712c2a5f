"""What the tests cost: `python -m benchmarks.tests [arguments of pytest]`, by file, by fixture, the slowest twenty.

CPU of a process and of its children that have ended; a kernel's counts where it is ended, with the last cell of its
notebook. Also a pytest plugin, of all workers: it writes a line for each phase of each test.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FILE = "KOMMUNEREGNSKAP_TEST_COSTS"  # environment variable: where the lines go
SHOWN = 20


def spent() -> float:
    """Return the seconds of CPU of this process and of its children that have ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


@contextmanager
def _counted(kind: str, name: str) -> Iterator[None]:
    before = spent()
    try:
        yield
    finally:
        line = json.dumps([kind, name, round(spent() - before, 4)], ensure_ascii=False) + "\n"
        with Path(os.environ[FILE]).open("a", encoding="utf-8") as file:
            file.write(line)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    with _counted("collection", "collection"):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    with _counted("test", item.nodeid):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    if fixturedef.scope == "function":
        return (yield)
    with _counted("fixture", fixturedef.argname):
        return (yield)


def main() -> int:
    """Run the tests and show what they cost; return pytest's exit code."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "costs"
        file.touch()
        arguments = sys.argv[1:] or ["-n", "2", "--dist", "loadgroup"]
        began = time.monotonic()
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "benchmarks.tests", *arguments],
            check=False, env=os.environ | {FILE: str(file)},
        )  # fmt: skip
        wall = time.monotonic() - began
        lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    for title, rows in _tables(lines).items():
        print(f"\n{title}")
        for name, cost, number in rows:
            print(f"{cost:9.1f} s  {name}{f' ({number})' if number > 1 else ''}")
    print(f"\n{spent():9.1f} s CPU in all, {wall:.0f} s from beginning to end")
    return run.returncode


def _tables(lines: list[tuple[str, str, float]]) -> dict[str, list[tuple[str, float, int]]]:
    tests = [(name, cost) for kind, name, cost in lines if kind == "test"]
    return {
        "By file": _summed((name.split("::")[0], cost) for name, cost in tests),
        "Fixtures that several tests share, and what they build on": _summed(
            (name, cost) for kind, name, cost in lines if kind != "test"
        )[:SHOWN],
        f"The slowest {SHOWN}": _summed(tests)[:SHOWN],
    }


def _summed(
    costs: Iterator[tuple[str, float]] | list[tuple[str, float]],
) -> list[tuple[str, float, int]]:
    found: dict[str, list[float]] = defaultdict(list)
    for name, cost in costs:
        found[name].append(cost)
    summed = [(name, sum(each), len(each)) for name, each in found.items()]
    return sorted(summed, key=lambda row: -row[1])


if __name__ == "__main__":
    sys.exit(main())
