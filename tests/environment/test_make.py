"""What is typed after make arrives as it was typed; what the machine has set for other purposes does not arrive."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.environments import make, told
from tools.environment import clean

ODD = (
    'folder with "quotes", $$dollar, `backtick`, apostrophe\'s and spaces',
    "$(touch x)",
    "$(shell touch x)",
    '"; touch x; "',
    "'; touch x; '",
    "`touch x`",
    "$HOME ${HOME} ~ * ? [a] {b,c} !d",
    "a\\b\\",
    "a#b, c",
    "&& touch x | touch x > x",
    "æøå – «mappe»",
    "-",
)
FOREIGN = {
    "YEAR": "1999", "SOURCE": "kostra", "SCOPE": "kasse", "PANEL": "alle", "DATA": "/data", "JOBS": "99", "STRICT": "1",
    "FORCE": "1", "TIMES": "1", "ASSUME": "x", "ONLY": "x", "ENGINE": "x", "UNITS": "1", "SCHEDULER": "x", "URL": "x",
    "TO": "x", "RETRIEVED": "x", "FROM": "x", "ID": "x", "FUZZ_FILES": "1", "CASES": "x", "DRAWS": "1", "SEED": "1",
    "PYTHON3": "/ingen/python", "VENV": "/ingen", "RUN": "false", "IN": "false", "PYTHON": "false", "CODE": "x",
}  # fmt: skip
OTHERS = {
    "PYTHONPATH": "/ingen", "PYTHONHOME": "/ingen", "PYTHONWARNINGS": "error", "PYTHONOPTIMIZE": "2",
    "PYTHONSTARTUP": "/ingen", "PYTHONUSERBASE": "/ingen", "PYTHONIOENCODING": "ascii", "PYTHONSAFEPATH": "1",
    "PYTHONBREAKPOINT": "x", "PYTHONHASHSEED": "1", "PYTHONDONTWRITEBYTECODE": "1", "VIRTUAL_ENV": "/ingen",
    "CONDA_PREFIX": "/ingen", "PYTEST_ADDOPTS": "--ukjent", "PYTEST_PLUGINS": "ukjent", "COVERAGE_PROCESS_START": "x",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "JUPYTER_PATH": "/ingen", "POLARS_FMT_MAX_ROWS": "1", "POLARS_VERBOSE": "1",
    "MPLBACKEND": "ukjent", "RUFF_CONFIG": "/ingen", "MYPYPATH": "/ingen", "GIT_DIR": "/ingen", "GIT_INDEX_FILE": "x",
    "GIT_WORK_TREE": "/ingen", "BASH_ENV": "/ingen", "CDPATH": "/", "GREP_OPTIONS": "-v", "SOURCE_DATE_EPOCH": "1",
    "PIP_USER": "1", "HYPOTHESIS_PROFILE": "x",
}  # fmt: skip
OF_USE = {
    "POLARS_MAX_THREADS": "3", "AWS_REGION": "eu-north-1", "HTTPS_PROXY": "http://127.0.0.1:1", "TZ": "Asia/Tokyo",
    "SSL_CERT_FILE": "/cert", "JUPYTER_CONFIG_DIR": "/mine", "HOME": "/hjemme",
}  # fmt: skip


def options(run: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """Return the options of a command with their values; those without are not among them."""
    words = told(run)["words"]
    assert words[:2] == ["-m", "kommuneregnskap"]
    return dict(zip(words[3::2], words[4::2], strict=False))


@pytest.mark.parametrize("value", ODD)
def test_a_value_arrives_as_it_was_typed(checkout: Path, value: str) -> None:
    names = ("DATA", "ASSUME", "ONLY", "YEAR", "SOURCE")
    arrived = options(make(checkout, "report", *(f"{name}={value}" for name in names)))
    assert [arrived[f"--{name.lower()}"] for name in names] == [value] * 5
    assert options(make(checkout, "trace", f"ID={value}"))["--id"] == value
    assert not (checkout / "x").exists(), "run as code"


def test_a_value_with_a_line_break_stops_in_a_line(checkout: Path) -> None:
    run = make(checkout, "report", "DATA=a\ntouch x")
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1
    assert "DATA holds a line break" in run.stderr
    assert not (checkout / "x").exists()


@pytest.mark.parametrize(
    "target", ["report", "sheets", "trace", "diff", "simulate", "fetch", "validate"]
)
def test_variables_of_the_machine_are_no_settings(checkout: Path, target: str) -> None:
    """DATA, ID, URL and the like mean something else on many machines: only what is typed counts."""
    usual = told(make(checkout, target))
    foreign = told(make(checkout, target, **FOREIGN))
    assert foreign["words"] == usual["words"]
    typed = options(make(checkout, target, "YEAR=2023", **FOREIGN))
    assert typed["--year"] == "2023"


def test_what_a_machine_has_set_does_not_reach_a_command(checkout: Path) -> None:
    seen = told(make(checkout, "report", **OTHERS, **OF_USE))["environment"]
    assert not OTHERS.keys() & seen.keys()
    assert {name: seen.get(name) for name in OF_USE} == OF_USE
    assert seen["PYTHONUTF8"] == seen["PYTHONNOUSERSITE"] == seen["JUPYTER_PREFER_ENV_PATH"] == "1"


@pytest.mark.parametrize("flags", ["-j8", "-k", "-s", "w", "r -- DATA=/annet"])
def test_flags_of_make_change_nothing(checkout: Path, flags: str) -> None:
    """Also what an outer make was given is not given to one that it starts, see MAKEOVERRIDES."""
    run = make(checkout, "report", "DATA=her", MAKEFLAGS=flags)
    assert '"her"' in run.stdout, run.stderr
    assert run.returncode == 0


def test_a_command_works_in_the_checkout_it_is_started_in(checkout: Path) -> None:
    seen = told(make(checkout, "report", KOMMUNEREGNSKAP_ROOT="/et/annet/sted"))["environment"]
    assert seen["KOMMUNEREGNSKAP_ROOT"] == str(checkout)


def test_settings_typed_for_one_make_are_not_those_of_a_make_inside_it(checkout: Path) -> None:
    seen = told(make(checkout, "report", "DATA=her", "JOBS=7"))["environment"]
    assert not {"DATA", "JOBS"} & seen.keys()
    assert "her" not in seen.get("MAKEFLAGS", "")


def rest(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob(".venv/**/*") if path.is_file()}


def copied(checkout: Path, folder: Path) -> None:
    shutil.copytree(checkout, folder, symlinks=True)


def linked(checkout: Path, folder: Path) -> None:
    shutil.copytree(checkout, folder, ignore=shutil.ignore_patterns(".venv"))
    (folder / ".venv").symlink_to(checkout / ".venv")


@pytest.mark.parametrize("way", [copied, linked])
def test_an_environment_of_another_checkout_is_not_used(
    checkout: Path, tmp_path: Path, way: Callable[[Path, Path], None]
) -> None:
    """It is to be built anew; here that fails, and what is there stays, but it runs nothing."""
    before = rest(checkout)
    other = tmp_path / "kopi"
    way(checkout, other)
    run = make(other, "report", "PYTHON3=/ingen/python")
    assert run.returncode == 2
    assert run.stdout == ""
    assert run.stderr.startswith("Python 3.11 or newer is needed, found: ")
    assert rest(checkout) == before
    assert json.loads(make(checkout, "report").stdout)["words"]


def test_the_environment_stays_while_a_command_runs(checkout: Path, tmp_path: Path) -> None:
    """Who builds takes the lock alone; every command holds it with the others."""
    program = checkout / ".venv/bin/venter"
    begun, ended = tmp_path / "begun", tmp_path / "ended"
    program.write_text(
        f"#!/bin/sh\ntouch {begun}\nwhile [ ! -e {ended} ]; do sleep 0.05; done\n", "utf-8"
    )
    program.chmod(0o755)
    words = [sys.executable, "-I", "-S", "tools/environment.py", "with", "venter"]
    with subprocess.Popen(words, cwd=checkout) as running:
        while not begun.exists():
            assert running.poll() is None
            time.sleep(0.02)
        with (checkout / ".venv.lock").open("a") as lock:
            with pytest.raises(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            fcntl.flock(lock, fcntl.LOCK_UN)
            ended.touch()
            running.wait(60)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_command_does_not_wait_for_the_one_that_started_it(checkout: Path) -> None:
    """Tests run make: where the locks change meanwhile, that says so, and never waits for the tests to end."""
    lock = checkout / "requirements.lock"
    before = lock.read_bytes()
    lock.write_bytes(before + b"# another\n")
    try:
        run = make(checkout, "report", KOMMUNEREGNSKAP_ENVIRONMENT_HELD=str(checkout))
    finally:
        lock.write_bytes(before)
    assert run.returncode == 2
    assert run.stderr.startswith(".venv must be rebuilt, and is used by the command that")
    assert make(checkout, "report").returncode == 0, "the same content again"


def test_the_tests_themselves_run_in_a_clean_environment() -> None:
    """Started by make or by hand: see conftest.py."""
    kept = set(clean(os.environ))
    own = ("PYTEST_", "PYTHONDONTWRITEBYTECODE", "IPYTHONDIR", "KOMMUNEREGNSKAP_")
    assert not {name for name in os.environ if name not in kept and not name.startswith(own)}
    assert "127.0.0.1" in os.environ["NO_PROXY"].split(",")
    assert not {name for name in os.environ if name.startswith("MAKE")}
