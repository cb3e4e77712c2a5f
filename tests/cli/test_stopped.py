"""Commands that are told to stop at any moment, as a terminal and as a machine do: one line, and nobody left behind."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.disturbed import (
    SEED,
    Project,
    ended,
    of_session,
    project_in,
    put_former,
    refused,
    spread,
    visible,
)
from tests.helpers.pxweb_server import PxWebServer
from tests.helpers.statbank_small import small

pytestmark = pytest.mark.night

STOPS = 8
WAITS = 60.0  # seconds for a condition on a slow machine
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
REPORT = ("report", "--year", "2024", "--only", "side", "--jobs", "2")
SHEETS = ("sheets", "--year", "2024", "--units", "6117,6118,6119,6122", "--jobs", "2")
PARTITION = ("partition", "--years", "2023-2024", "--to", "lager")
SIMULATE = ("simulate", "--draws", "500", "--jobs", "2")
FETCH = ("fetch", "--year", "2024", "--retrieved", "2026-11-24", "--data", "hentet")
TRACE = ("trace", "--year", "2024", "--id", "resultat.antall_negativ")


def until(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + WAITS
    while not condition():
        assert time.monotonic() < end, f"waited {WAITS} s for: {what}"
        time.sleep(0.01)


def listens(process: int) -> bool:
    """Return whether a process has its own way to be told to stop: Python has started, and reads the program."""
    try:
        status = Path(f"/proc/{process}/status").read_text("utf-8")
    except OSError:
        return True  # gone
    caught = re.search(r"SigCgt:\s+([0-9a-f]+)", status)
    return caught is None or bool(int(caught[1], 16) >> (signal.SIGTERM - 1) & 1)


def stopped(
    project: Project, *words: str, number: signal.Signals, after: float, group: bool
) -> bool:
    """Tell a command to stop some seconds after it began to listen; return whether it was not done by then."""
    run = project.start(*words)
    until(lambda: run.poll() is not None or listens(run.pid), "the program to listen")
    time.sleep(after)
    if run.poll() is None:
        (os.killpg if group else os.kill)(run.pid, number)
    said = ended(run)
    until(lambda: not of_session(run.pid), "all processes to end")
    if run.returncode == 0:
        assert "Stopped" not in said.stderr
        return False
    assert run.returncode == CODES[number], said
    assert refused(said).startswith("Stopped"), said
    return True


@pytest.fixture
def projects(tmp_path: Path, demo_panel: Path, evaluated: Path) -> tuple[Project, Project]:
    undisturbed, disturbed = (
        project_in(tmp_path / name, demo_panel, evaluated, small=True) for name in ("u", "f")
    )
    return undisturbed, disturbed


MADE = {
    "report": (REPORT, "reports/2024/demo"),
    "sheets": (SHEETS, "reports/2024/demo-ark"),
    "partition": (PARTITION, "lager"),
    "simulate": (SIMULATE, "reports"),
    "trace": (TRACE, "reports/2024/demo-spor"),
}


@pytest.mark.parametrize("name", MADE)
def test_stopped_at_any_moment(projects: tuple[Project, Project], name: str) -> None:
    undisturbed, disturbed = projects
    words, place = MADE[name]
    span = undisturbed.whole(*words)
    wanted = visible(undisturbed.root / place)
    times = 0
    for number, part in enumerate(spread(random.Random(SEED), STOPS)):
        if name == "report":
            before = put_former(disturbed.root / place)
        kind = (signal.SIGINT, signal.SIGTERM)[number % 2]
        held = stopped(
            disturbed, *words, number=kind, after=span * part * 0.8, group=number % 4 > 1
        )
        times += held
        if name == "report":
            assert visible(disturbed.root / place) in ((before,) if held else (wanted,)), part
        disturbed.cold()
    assert times >= STOPS // 2, "most runs were stopped before they were done"
    if name != "simulate":
        shutil.rmtree(disturbed.root / place, ignore_errors=True)
    disturbed.whole(*words)
    assert visible(disturbed.root / place) == wanted


def test_a_fetch_that_is_stopped_goes_on_from_there(
    projects: tuple[Project, Project], server: PxWebServer
) -> None:
    undisturbed, disturbed = projects
    small(server, range(2021, 2025))
    words = (*FETCH, "--url", server.url)
    span = undisturbed.whole(*words)
    wanted = visible(undisturbed.root / "hentet")
    for number, part in enumerate(spread(random.Random(SEED), STOPS)):
        kind = (signal.SIGTERM, signal.SIGINT)[number % 2]
        held = stopped(
            disturbed, *words, number=kind, after=span * part * 0.7, group=number % 4 > 1
        )
        found = visible(disturbed.root / "hentet")
        assert found == ({} if held else wanted), part
        if not held:
            shutil.rmtree(disturbed.root / "hentet")
    disturbed.whole(*words)
    assert visible(disturbed.root / "hentet") == wanted
