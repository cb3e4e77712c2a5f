"""What a long run is at: lines where nobody draws them anew, a bar on a terminal; results alone on stdout."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kommuneregnskap.cli import steps
from kommuneregnskap.cli.steps import working
from tests.helpers.steps import STEP, without_steps

STEERS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


def command(project: Path, *words: str, **machine: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kommuneregnskap", *words],
        cwd=project,
        env=os.environ | {"KOMMUNEREGNSKAP_ROOT": str(project)} | machine,
        capture_output=True,
        text=True,
        check=False,
    )


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


def test_each_step_is_a_line_when_it_begins_or_has_ended(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with working("Reading accounts") as run:
        run.begun("Computing")
        run.begun("table 12137", 3, 15)
        for done in range(1, 4):
            run.ended(f"del {done}", done, 3)
    said = told(capsys)
    assert said == [
        *("Computing ...", "table 12137 (4 of 15) ..."),
        *("1 of 3: del 1", "2 of 3: del 2", "3 of 3: del 3"),
    ]
    assert without_steps("\n".join(said)) == []


@pytest.mark.parametrize("stride", [1, 7, 50])
def test_of_many_only_every_so_many_is_told_and_always_the_last(
    capsys: pytest.CaptureFixture[str], stride: int
) -> None:
    with working("Reading accounts") as run:
        for done in [*range(stride, 356, stride), 356]:
            run.ended("ark", done, 356)
    said = told(capsys)
    assert 7 <= len(said) <= steps.LINES + 2
    assert said[-1] == "356 of 356: ark"


def test_the_first_step_is_told_where_it_lasts_and_only_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is refused is refused before, in one line alone."""
    with pytest.raises(ValueError, match="no"), working("Reading accounts"):
        raise ValueError("no")
    assert told(capsys) == []
    monkeypatch.setattr(steps, "PATIENCE", 0.0)
    with working("Reading accounts") as run:
        run.first.join(60)
        assert told(capsys) == ["Reading accounts ..."]
        run.begun("Computing")
    assert told(capsys) == ["Computing ..."]


RUN = """
from kommuneregnskap.cli.steps import working
with working("Reading accounts") as run:
    run.begun("Computing")
    for done in range(1, 4):
        run.ended(f"del {done}", done, 3)
print("made")
"""
COLOURS = {"FORCE_COLOR": "1", "TERM": "xterm-256color"}


@pytest.mark.parametrize("machine", [{}, COLOURS])
def test_without_a_terminal_steps_are_plain_lines(machine: dict[str, str]) -> None:
    """Also where colours are asked for: a bar that is drawn anew is nothing for a file."""
    run = subprocess.run(
        [sys.executable, "-c", RUN],
        env=os.environ | machine,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "made\n"
    assert run.stderr.splitlines() == ["Computing ...", *(f"{n} of 3: del {n}" for n in (1, 2, 3))]


@pytest.mark.slow
def test_a_run_without_a_terminal_tells_its_steps_in_plain_lines(project: Path) -> None:
    run = command(
        project, "sheets", "--source", "demo", "--units", "6117,6118", "--jobs", "1", **COLOURS
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout == "reports/2024/demo-ark/index.html: 2 made, 0 unchanged, 0 failed\n"
    said = [line for line in run.stderr.splitlines() if line != "Reading accounts (demo) ..."]
    assert said[0] == "Making 2 of 2 sheets ..."
    assert [line.split(":")[0] for line in said[1:]] == ["1 of 2", "2 of 2"]
    assert all(STEP.fullmatch(line) for line in said)
    assert not STEERS.search(run.stderr)


def on_a_terminal(*words: str, **machine: str) -> bytes:
    """Return what a program writes to a terminal, its results apart."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, *words],
        env=os.environ | machine,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    ) as run:
        os.close(theirs)
        said = b""
        end = time.monotonic() + 300
        while time.monotonic() < end:
            try:
                part = os.read(ours, 4096)
            except OSError:  # how Linux says that nobody writes there any more
                break
            if not part:
                break
            said += part
    os.close(ours)
    assert run.returncode == 0, said
    return said


@pytest.mark.parametrize(("term", "drawn"), [("xterm-256color", True), ("dumb", False)])
def test_a_terminal_gets_a_bar_where_it_can_draw_one(term: str, drawn: bool) -> None:
    said = on_a_terminal("-c", RUN, TERM=term)
    assert (b"\x1b[" in said) == drawn
    assert (b"3 of 3: del 3" in said) != drawn


@pytest.mark.slow
def test_the_simulation_draws_a_bar(project: Path) -> None:
    words = ("-m", "kommuneregnskap", "simulate", "--draws", "100")
    said = on_a_terminal(*words, TERM="xterm-256color", KOMMUNEREGNSKAP_ROOT=str(project))
    assert b"\x1b[" in said
    assert b"respondents drawn" in said
