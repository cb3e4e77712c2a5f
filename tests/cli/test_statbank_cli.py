"""`kommuneregnskap fetch` as a user runs it: one line at the end, one line on an error."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kommuneregnskap.sources.statbank import snapshot
from tests.helpers.pxweb_server import Fault, PxWebServer
from tests.helpers.steps import without_steps

pytestmark = pytest.mark.slow  # all of them together


def command(project: Path, *arguments: str) -> tuple[list[str], dict[str, str]]:
    env = os.environ | {"KOMMUNEREGNSKAP_ROOT": str(project), "NO_PROXY": "127.0.0.1"}
    return [sys.executable, "-m", "kommuneregnskap", "fetch", *arguments], env


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    line, env = command(project, *arguments)
    return subprocess.run(
        line, env=env, cwd=project, capture_output=True, text=True, timeout=120, check=False
    )


def test_a_fetch_ends_in_one_line_that_says_what_it_did(server: PxWebServer, project: Path) -> None:
    done = run(project, "--year", "2023-2024", "--url", server.url, "--retrieved", "2026-11-24")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(
        r"data/raw/ssb/2026-11-24: 15 tables, \d+ values, 31 requests, \d+ bytes, \d+\.\d s; "
        r"2023 endelig, 2024 endelig\n",
        done.stdout,
    )
    said = without_steps(done.stderr)
    assert len(said) == 4  # the server has seven municipalities and two counties
    assert said[0].startswith("Noted: table 12137, 13551, 13552, 13202, 12364, 12362, 12134, 12143")
    assert "no number of 2023 for 351 of 356 municipalities: 1101, 1106" in said[0]
    assert snapshot.open_snapshot().name == "2026-11-24"


@pytest.mark.slow
def test_what_is_left_out_is_said_and_an_interrupted_fetch_goes_on(
    server: PxWebServer, project: Path
) -> None:
    del server.tables["13542"]
    server.faults = [Fault("12143/data", "status", status=500)]
    asked = ("--year", "2023-2024", "--url", server.url, "--retrieved", "2026-11-24")
    first = run(project, *asked)
    assert first.returncode == 1
    assert first.stdout == ""
    (said,) = without_steps(first.stderr)
    assert re.fullmatch(
        r"Error: StatBank answered 500 Internal Server Error to /tables/12143/data: .*", said
    )
    second = run(project, *asked)
    assert "went on from 7 answers received before" in second.stdout
    assert len(without_steps(second.stderr)) == 1 + 4
    assert "Left out: netto_driftsresultat_pst, fri_egenkapital_drift_pst" in second.stderr
    assert "13542: expected the table; there: no table of this number" in second.stderr


def test_another_folder_and_another_day(server: PxWebServer, project: Path) -> None:
    done = run(project, "--year", "2023-2024", "--url", server.url, "--data", "øyeblikk")
    assert re.match(r"øyeblikk/20\d\d-\d\d-\d\d: ", done.stdout), done.stderr
    assert snapshot.ids() == []
    assert len(snapshot.ids(project / "øyeblikk")) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--year", "2019"), "Error: YEAR is 2019; StatBank can be asked for 2020 to 2025"),
        (("--year", "i fjor"), "Error: YEAR is 'i fjor'; allowed: a year (2024), 2023-2024"),
        (("--retrieved", "24.11.26"), "Error: RETRIEVED is '24.11.26'; allowed: a day such as"),
        (("--url", "http://127.0.0.1:9/api"), "Error: StatBank cannot be reached"),
    ],
)
def test_a_request_that_cannot_be_met_is_one_line(
    project: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = run(project, *arguments)
    assert done.returncode == 1
    (said,) = without_steps(done.stderr)
    assert said.startswith(message)
    assert snapshot.ids() == []


@pytest.mark.slow
def test_ctrl_c_keeps_what_was_received(server: PxWebServer, project: Path) -> None:
    server.faults = [Fault("12362/data", "slow", -1, seconds=30)]
    line, env = command(project, "--year", "2023-2024", "--url", server.url)
    with subprocess.Popen(
        line, env=env, cwd=project, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as started:
        limit = time.monotonic() + 60
        while not server.count("12362/metadata") and time.monotonic() < limit:
            time.sleep(0.05)
        time.sleep(0.5)
        started.send_signal(signal.SIGINT)
        out, err = started.communicate(timeout=20)
    assert started.returncode == 130
    assert out == ""
    assert without_steps(err) == ["Stopped; what was received is kept, the same command goes on."]
    server.faults = []
    again = run(project, "--year", "2023-2024", "--url", server.url)
    assert "went on from 5 answers received before" in again.stdout
