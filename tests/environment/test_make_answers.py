"""What make says: eight commands to begin with, all of them when asked, and an answer to every name that is none."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.helpers.environments import make, told

COMMANDS = re.compile(r"^  make ([a-z-]+) +(\S.*)$", re.MULTILINE)
USUAL = ["report", "package", "validate", "sheets", "trace", "fetch", "diff", "lab", "test"]


def refused(run: subprocess.CompletedProcess[str]) -> str:
    """See that make did nothing but answer in one line; return that line without make's own words."""
    assert run.returncode == 2, run
    assert run.stdout == "", run.stdout
    (line,) = run.stderr.splitlines()
    said = re.fullmatch(r"Makefile:\d+: \*\*\* (.+)  Stop\.", line)
    assert said, line
    return said[1]


@pytest.mark.parametrize("words", [(), ("help",)])
def test_help_shows_eight_commands_and_the_way_to_the_others(
    checkout: Path, words: tuple[str, ...]
) -> None:
    shown = make(checkout, *words).stdout
    assert [name for name, _ in COMMANDS.findall(shown)] == USUAL
    assert "make help-all" in shown
    assert max(map(len, shown.splitlines())) <= 120


def test_all_commands_stand_in_groups_each_once(checkout: Path) -> None:
    shown = make(checkout, "help-all").stdout
    first, *others = re.split(r"^(?=\S)", shown, flags=re.MULTILINE)[1:]
    assert [name for name, _ in COMMANDS.findall(first)] == USUAL
    assert len([each for each in others if COMMANDS.search(each)]) == 3, (
        "new year, review, development"
    )
    written = (checkout / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*## ", written, re.MULTILINE))
    listed = [name for name, _ in COMMANDS.findall(shown)]
    assert sorted(listed) == sorted(targets - {"help", "help-all"})


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        ("report YEER=2023", "YEAR"),
        ("report year=2023", "YEAR"),
        ("report YEARS:=2023", "YEAR"),
        ("report SORUCE+=ssb", "SOURCE"),
        ("sheets UNIT=1103", "UNITS"),
        ("sheets SCHED=tcp://a:1", "SCHEDULER"),
        ("fetch RETREIVED=2026-11-24", "RETRIEVED"),
        ("diff FORM=2025-03-16", "FROM"),
        ("format report YEER=2023", "YEAR"),
    ],
)
def test_a_misspelt_setting_is_answered_with_the_nearest(
    checkout: Path, words: str, nearest: str
) -> None:
    said = refused(make(checkout, *words.split()))
    name = re.split(r"\W", words.rsplit(maxsplit=1)[-1])[0]
    assert said.startswith(f"{name} is no setting: do you mean {nearest}? make ")
    assert re.search(rf" takes [A-Z0-9_, ]*\b{nearest}\b", said)


NAMES = ["ÅR", "VENV", "RUN", "CURDIR", "MAKELEVEL", "a'b", "`touch", "A%B"]


@pytest.mark.parametrize(
    ("target", "name"),
    [
        *((target, "FOO") for target in ("test", "report", "lab", "clean", "help", "setup", "")),
        *(("test", name) for name in NAMES),
    ],
)
def test_what_is_no_setting_of_any_command_is_answered(
    checkout: Path, target: str, name: str
) -> None:
    """Also the Makefile's own variables and make's: they decide where things stand, and are nobody's to set."""
    run = make(checkout, *([target] if target else []), f"{name}=1")
    assert run.returncode == 2
    assert f"{name} is no setting. make {target or 'help'} takes " in run.stderr
    assert run.stdout == "" or name == "MAKELEVEL"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("lab UNITS=3", "UNITS is no setting of make lab, but of sheets. make lab takes PYTHON3."),
        ("validate SCOPE=kasse", "SCOPE is no setting of make validate, but of report, sheets, trace and others. "),
        ("clean PYTHON3=python3", "make clean takes no settings."),
        ("YEAR=2023", "YEAR is no setting of make help, but of report, package, validate and others. "),
    ],
)  # fmt: skip
def test_a_setting_of_another_command_is_answered(checkout: Path, words: str, said: str) -> None:
    assert said in refused(make(checkout, *words.split()))


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("reprot", "reprot is no command: do you mean report? "),
        ("help-al", "help-al is no command: do you mean help? "),
        ("2023", "2023 is no command. "),
        ("A B=1", "A is no command. "),
        ("$$(touch x)=1", "$$(touch is no command. "),
        ("`touch x`", "`touch is no command. "),
    ],
)
def test_what_is_no_command_is_answered(checkout: Path, word: str, said: str) -> None:
    assert refused(make(checkout, word)).startswith(said)
    assert not (checkout / "x").exists(), "run as code"


def test_a_setting_of_one_of_several_commands_is_taken(checkout: Path) -> None:
    run = make(checkout, "-n", "format", "lint", "validate", "YEAR=2023")
    assert run.returncode == 0, run.stderr
    assert "--year '2023'" in run.stdout


def test_what_runs_the_commands_may_be_said(checkout: Path) -> None:
    assert told(make(checkout, "report", "SHELL=/bin/bash"))["words"]


def test_what_an_outer_make_was_given_for_itself_is_left_to_it(
    checkout: Path, tmp_path: Path
) -> None:
    (tmp_path / "Makefile").write_text(
        f"all:\n\t@$(MAKE) --no-print-directory -C '{checkout}' validate YEAR=2023\n", "utf-8"
    )
    assert told(make(tmp_path, "CC=clang", "UNITS=3"))["words"]
    run = make(tmp_path, "YEER=2023")
    assert "YEER is no setting: do you mean YEAR?" in run.stderr
    assert run.returncode == 2
