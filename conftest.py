"""What holds for all tests, notebooks included.

What the machine has set changes no test; skipped is failed under CI; mismatches are readable.
"""

from __future__ import annotations

import importlib.util
import os
import tempfile
from itertools import count
from pathlib import Path

import nbval.kernel
import pytest
from traitlets import default

from kommuneregnskap.notebooks.kernels import ImpersonalKernel
from kommuneregnskap.verdicts.judgement import changed_lines

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
RUNNING = ("KOMMUNEREGNSKAP_ROOT", "PYTEST_XDIST", "PYTEST_VERSION", "PYTHONDONTWRITEBYTECODE")
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
    for name in ("NO_PROXY", "no_proxy"):  # servers of tests are on this machine
        kept[name] = ",".join(filter(None, (before.get(name), LOOPBACK)))
    os.environ.clear()
    os.environ.update(kept)


clear_settings()


class SocketKernelManager(ImpersonalKernel):
    """Nbval's kernels, as a report's: no settings of the user's, and spoken to through files, not network ports."""

    @default("transport")
    def _transport_default(self) -> str:
        return "ipc"

    @default("connection_file")
    def _connection_file_default(self) -> str:
        return f"{SOCKETS.name}/k{next(NUMBERS)}.json"


nbval.kernel.KernelManager = SocketKernelManager


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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is run in a real browser: what uses the fixture `browser`."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if os.environ.get("CI") and terminalreporter.stats.get("skipped"):
        terminalreporter.write_line("A skipped test under CI is a failure.", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
