"""A run that is stopped from outside, as a user or a machine does it: the former report stands."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kommuneregnskap.notebooks import OWN_KERNEL, WARM
from tests.conftest import edit_table
from tests.helpers.outputs import fingerprints
from tests.helpers.steps import without_steps
from tests.notebooks.test_run import notebook

DEADLINE = 60.0  # seconds to wait for a condition on a slow machine


@pytest.fixture
def slow(project: Path) -> Path:
    """A project whose only section says that it runs, with its kernel's number, and does not end.

    Nothing is published in it, so that nothing is of the sections that it lacks.
    """
    for path in (project / "notebooks").glob("*.ipynb"):
        path.unlink()
    for path in (project / "data/claims").glob("*.csv"):
        edit_table(path, lambda table: table.clear())
    edit_table(project / "data/definitions/sections.csv", lambda table: table.head(1))
    mark = project / "kjører"
    cell = f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    path = notebook(project / "notebooks", cell, name="1_investments")
    text = path.read_text("utf-8").replace(
        'kommune: str = \\"0000\\"',
        'source: str = \\"demo\\"\\nscope: str = \\"kasse\\"\\ndata_dir: str = \\"\\"\\npanel: str = \\"\\"'
        '\\nassume: str = \\"\\"',
    )
    path.write_text(text, "utf-8")
    former = project / "reports/2024/demo"
    former.mkdir(parents=True)
    (former / "index.html").write_text("forrige", "utf-8")
    return project


def start(project: Path, engine: str = WARM) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "kommuneregnskap", "report", "--year", "2024", "--engine", engine],
        cwd=project,
        env=os.environ | {"KOMMUNEREGNSKAP_ROOT": str(project)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell that runs the tests in the background lets its children ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )


def wait_for(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, f"waited {DEADLINE} s for: {what}"
        time.sleep(0.05)


def gone(number: int) -> bool:
    """Return whether a process has ended (a zombie has)."""
    try:
        state = Path(f"/proc/{number}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


@pytest.fixture
def running(
    slow: Path, request: pytest.FixtureRequest
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A run in the middle of its notebook, and the number of the process that runs it."""
    process = start(slow, getattr(request, "param", WARM))
    mark = slow / "kjører"
    try:
        wait_for(
            lambda: process.poll() is not None or (mark.is_file() and mark.read_text() != ""),
            "the notebook to run",
        )
        assert process.poll() is None, process.communicate()[1]
        yield process, int(mark.read_text())
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("running", "number", "code"),
    [
        (WARM, signal.SIGINT, 130),
        (WARM, signal.SIGTERM, 143),
        pytest.param(OWN_KERNEL, signal.SIGINT, 130, marks=pytest.mark.night),
    ],
    indirect=["running"],
)
def test_a_stopped_run_says_so_and_leaves_the_former_report(
    slow: Path, running: tuple[subprocess.Popen[str], int], number: signal.Signals, code: int
) -> None:
    process, kernel = running
    before = fingerprints(slow / "reports/2024/demo")
    process.send_signal(number)
    out, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == code
    assert out == ""
    assert without_steps(err) == ["Stopped; the former report is as it was."]
    assert fingerprints(slow / "reports/2024/demo") == before
    assert not (slow / "reports/2024/.demo.draft").exists()
    wait_for(lambda: gone(kernel), "the kernel to end")


def test_a_run_lets_no_second_one_in_and_killed_leaves_the_former_report_and_the_next_one_clears_up(
    slow: Path, running: tuple[subprocess.Popen[str], int]
) -> None:
    process, kernel = running
    before = fingerprints(slow / "reports/2024/demo")
    second = start(slow)
    out, err = second.communicate(timeout=DEADLINE)
    assert second.returncode == 1
    assert out == ""
    assert err == (
        "Error: another run is making reports/2024/demo; wait for it, or stop it, and try again\n"
    )
    assert process.poll() is None
    process.kill()
    process.communicate(timeout=DEADLINE)
    assert fingerprints(slow / "reports/2024/demo") == before
    assert (slow / "reports/2024/.demo.draft").exists()
    wait_for(lambda: gone(kernel), "the kernel to end")
    path = slow / "notebooks/1_investments.ipynb"
    path.write_text(path.read_text("utf-8").replace("time.sleep(600)", "time.sleep(0)"), "utf-8")
    run = start(slow)
    out, err = run.communicate(timeout=DEADLINE)
    assert run.returncode == 0, err
    assert out.startswith("reports/2024/demo/index.html: ")
    assert not (slow / "reports/2024/.demo.draft").exists()
    assert "forrige" not in (slow / "reports/2024/demo/index.html").read_text("utf-8")


def test_a_failing_notebook_is_one_line_on_the_terminal(slow: Path) -> None:
    path = slow / "notebooks/1_investments.ipynb"
    path.write_text(path.read_text("utf-8").replace("time.sleep(600)", "1 / 0"), "utf-8")
    run = start(slow)
    out, err = run.communicate(timeout=DEADLINE)
    assert run.returncode == 1
    assert out == ""
    assert without_steps(err) == [
        "Error: notebooks/1_investments.ipynb, cell 4 (Beregning): ZeroDivisionError: division by zero"
    ]
    assert (slow / "reports/2024/demo/index.html").read_text("utf-8") == "forrige"
    assert not (slow / "reports/2024/.demo.draft").exists()
