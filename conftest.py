"""What holds for all tests, notebooks included.

What the machine has set changes no test; skipped is failed under CI; mismatches are readable. And who runs what:
`night` tests run when asked for, tests that share something costly run in one process, what takes long begins first.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
from collections import Counter
from itertools import count
from pathlib import Path

import pytest

from kommuneregnskap.support.paths import RAW

NIGHT = "KOMMUNEREGNSKAP_NIGHT"  # environment variable: `night` tests are asked for, see `tests/helpers/examples.py`

SOCKETS = tempfile.TemporaryDirectory(prefix="kr-", ignore_cleanup_errors=True)
NUMBERS = count(1)

# What shows the same to everybody: no colour or width of a terminal, no settings of the make that runs the tests.
SHOWN = (
    "CLICOLOR_FORCE",
    "COLUMNS",
    "FORCE_COLOR",
    "LANGUAGE",
    "TERMINAL_WIDTH",
    "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
)
PREFIXES = ("MAKE", "MFLAGS", "GNUMAKEFLAGS")
# What the run of tests itself has set: which project it is of, which of its processes this is.
RUNNING = ("KOMMUNEREGNSKAP_ROOT", RAW, "PYTEST_XDIST", "PYTEST_VERSION", "PYTHONDONTWRITEBYTECODE")
LOOPBACK = "127.0.0.1,localhost,::1"


def clear_settings() -> None:
    """Do for tests that are started by hand what the Makefile does for its commands, and what only tests need."""
    tool = Path(__file__).parent / "tools" / "environment.py"
    spec = importlib.util.spec_from_file_location("environment_tool", tool)
    if spec is None or spec.loader is None or not tool.is_file():
        return  # a copy of this file in a project folder of a test, which is clear already
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    before = dict(os.environ)
    kept = module.clean(before) | {"IPYTHONDIR": SOCKETS.name}
    kept.pop("KOMMUNEREGNSKAP_ROOT")
    for name, value in before.items():
        if name.startswith(RUNNING):
            kept[name] = value
        elif name in SHOWN or name.startswith(PREFIXES):
            kept.pop(name, None)
    # The cores are the workers' already; more threads only wait for each other.
    if "PYTEST_XDIST_WORKER" in before:
        kept.setdefault("POLARS_MAX_THREADS", "1")
    for name in ("NO_PROXY", "no_proxy"):  # servers of tests are on this machine
        kept[name] = ",".join(filter(None, (before.get(name), LOOPBACK)))
    kept.setdefault(RAW, str(Path(SOCKETS.name, "raw")))  # own files, and figures fetched here
    os.environ.clear()
    os.environ.update(kept)


clear_settings()

# What reads settings as it is loaded comes after them: polars has as many threads as it was told then, for good.
import nbval.kernel  # noqa: E402
from traitlets import default  # noqa: E402

from kommuneregnskap.notebooks.kernels import ImpersonalKernel  # noqa: E402
from kommuneregnskap.verdicts.judgement import changed_lines  # noqa: E402


class SocketKernelManager(ImpersonalKernel):
    """Nbval's kernels, as a report's: in one folder."""

    @default("connection_file")
    def _connection_file_default(self) -> str:
        return f"{SOCKETS.name}/k{next(NUMBERS)}.json"


nbval.kernel.KernelManager = SocketKernelManager

# Compiled once, not in every worker and every command that a test runs, whatever the environment says.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

BROWSER = {"browser", "lab"}  # fixtures that begin a browser
REPORT, OPEN_REPORT = (
    {"published_2024", "year_2024"},
    {"open_report"},
)  # reports that are made for tests
SLOW = REPORT | OPEN_REPORT | BROWSER | {"national", "mutant_world", "warm"}
WHOLE = {"tests/report", "tests/notebooks", "tests/mutants"}  # rooms of what takes it all together


def pytest_configure(config: pytest.Config) -> None:
    # Also where there is no pytest-xdist: `make check` needs nbval alone.
    config.addinivalue_line("markers", "xdist_group(name): what one process runs all of")
    config.option.loadscopereorder = False  # the order is that of `pytest_collection_modifyitems`
    if "night" in config.option.markexpr.replace("not night", ""):
        os.environ[NIGHT] = "1"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark items by what they use, leave out `night` where it is not asked for, and put groups in order."""
    for item in items:
        used = set(getattr(item, "fixturenames", ()))
        place = Path(os.path.relpath(item.path, config.rootpath))
        if used & BROWSER:
            item.add_marker("browser")
        marked = any(item.get_closest_marker(name) for name in ("heavy", "varied", "night"))
        if used & SLOW or marked or place.parent.as_posix() in WHOLE or place.suffix == ".ipynb":
            item.add_marker("slow")
        if item.get_closest_marker("xdist_group") is None:
            alone = any(marker.name == "heavy" for marker in item.own_markers)
            shared = "mutants" if "mutant_world" in used else place.as_posix()
            item.add_marker(pytest.mark.xdist_group(item.name if alone else shared))
    if os.environ.get(NIGHT):
        for item in items:
            if item.get_closest_marker("varied"):
                item.add_marker("night")
    else:
        nightly = [item for item in items if item.get_closest_marker("night")]
        config.hook.pytest_deselected(items=nightly)
        items[:] = [item for item in items if item not in nightly]
    _in_order(items)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Say of each item which group it is of, where xdist's `--dist loadgroup` looks for it: behind its name.

    xdist 3.8 writes it into an attribute that pytest 9.2 no longer reads; so groups would be torn apart in silence.
    """
    for item in session.items if getattr(session.config.option, "loadgroup", False) else ():
        if not item.nodeid.endswith(mark := f"@{group(item)}"):
            item._id = type(item.id).parse(item.nodeid + mark)


def group(item: pytest.Item) -> str:
    """Return the name of the group of an item: one process runs it all."""
    marker = item.get_closest_marker("xdist_group")
    assert marker is not None
    return str(marker.args[0] if marker.args else marker.kwargs["name"])


def _in_order(items: list[pytest.Item]) -> None:
    """First the two groups that make reports, one for each of two workers; then what takes long; readers last but one.

    So a worker seldom waits for what another makes, and no long group is begun at the end.
    """
    use: dict[str, list[set[str]]] = {}  # group → for each item of it, its fixtures
    long: set[str] = set()
    for item in items:
        use.setdefault(group(item), []).append(set(getattr(item, "fixturenames", ())))
        if item.get_closest_marker("heavy") or item.path.suffix == ".ipynb":
            long.add(group(item))

    def share(name: str, fixtures: set[str]) -> float:
        """Return how much of a group uses one of the fixtures."""
        return sum(bool(each & fixtures) for each in use[name]) / len(use[name])

    makers = []
    for fixtures in (REPORT, OPEN_REPORT):
        readers = [name for name in use if share(name, fixtures) > 0 and name not in makers]
        makers += [max(readers, key=lambda name, of=fixtures: share(name, of))] if readers else []
    place = {name: number for number, name in enumerate(use)}

    def key(item: pytest.Item) -> tuple[int, bool, int]:
        name = group(item)
        if name in makers:
            return -1, False, makers.index(name)
        reads = share(name, REPORT | OPEN_REPORT) > 0
        return (1 if reads else 0 if name in long else 2), name not in long, place[name]

    items.sort(key=key)


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Show published, stored and new value where nbval finds that a check cell's text changed."""
    if op != "==" or not isinstance(left, str) or not isinstance(right, str):
        return None
    changes = changed_lines(left, right)
    if not changes:
        return None
    return [
        f"{len(changes)} published numbers are judged differently than the notebook has stored:",
        *changes,
        "Where the new values are right: make accept, read the diff, commit it.",
    ]


COUNTED = "counted"  # property of a test: what it tried without surprise, and how many


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for what, number in counted(terminalreporter.stats.get("passed", [])).items():
        terminalreporter.write_line(f"{number} {what}, without surprise")
    if os.environ.get("CI") and terminalreporter.stats.get("skipped"):
        terminalreporter.write_line("A skipped test under CI is a failure.", red=True)


def counted(reports: list[pytest.TestReport]) -> Counter[str]:
    """Return how many of what the tests that passed have tried: each records it when it is through."""
    found: Counter[str] = Counter()
    for report in reports:
        for name, value in report.user_properties:
            if name == COUNTED:
                what, number = value
                found[str(what)] += int(number)
    return found


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
