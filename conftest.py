"""What holds for all tests, notebooks included: skipped is failed under CI, mismatches are readable."""

from __future__ import annotations

import os
import tempfile
from itertools import count

import nbval.kernel
import pytest
from traitlets import default

from kommuneregnskap.notebooks.kernels import ImpersonalKernel
from kommuneregnskap.verdicts.judgement import changed_lines

SOCKETS = tempfile.TemporaryDirectory(prefix="kr-", ignore_cleanup_errors=True)
NUMBERS = count(1)


class SocketKernelManager(ImpersonalKernel):
    """Nbval's kernels, as a report's: in one folder."""

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


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if os.environ.get("CI") and terminalreporter.stats.get("skipped"):
        terminalreporter.write_line("A skipped test under CI is a failure.", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
