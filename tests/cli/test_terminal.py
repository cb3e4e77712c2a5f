"""What commands say on terminals of every encoding, of text that wants to be more than text."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text

from kommuneregnskap.cli import terminal
from kommuneregnskap.support import paths
from kommuneregnskap.support.outside import visible
from tests.helpers import hostile
from tests.helpers.accounts import deliver, lines, sound
from tests.helpers.steps import without_steps

UNBALANCED = lines([*sound(), ("drift", "222", "010", 31)])
# What a console of ours writes besides text: colours, and nothing where there is no terminal.
STEERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


ENCODINGS = ["utf-8", "latin-1", "cp1252", "ascii", "cp437"]


@contextmanager
def streams(encoding: str) -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """Standard output and error of an encoding, as a command finds them."""
    out, err = io.BytesIO(), io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        for name, stream in (("stdout", out), ("stderr", err)):
            patch.setattr(sys, name, io.TextIOWrapper(stream, encoding, newline="\n"))
        terminal.prepare()
        yield out, err
        sys.stdout.flush()


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_sign_is_said_in_signs_that_the_terminal_has(encoding: str) -> None:
    with streams(encoding) as both:
        terminal.say("fra −30 til 30, 3\u202f000 «Tysvær» → ½ … Å\udce5")
        terminal.say("«Ærlig» ≥ ☃", err=True)
        said, wrong = (stream.getvalue().decode(encoding) for stream in both)
    if encoding == "utf-8":
        assert said == "fra −30 til 30, 3\u202f000 «Tysvær» → ½ … Å\\udce5\n"
        assert wrong == "«Ærlig» ≥ ☃\n"
        return
    assert re.match(
        r"fra -30 til 30, 3.000 [«\"]Tysv(æ|ae)r[»\"] -> (½|1/2) (…|\.\.\.) (Å|Aa)", said
    )
    assert re.fullmatch(r"[«\"](Æ|Ae)rlig[»\"] (≥|>=) \?\n", wrong)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_text_from_outside_steers_no_terminal_and_marks_nothing_up(encoding: str) -> None:
    for text in hostile.ALL:
        table = Table(title=text[:40])
        table.add_column("x")
        table.add_row(text[:40])
        with streams(encoding) as (out, _):
            terminal.say(text)
            for part in (Text(text[:60]), table, text[:60]):
                terminal.console().print(part, soft_wrap=True)
            said = out.getvalue().decode(encoding)
        assert not STEERS.search(said), text
        if text in hostile.MARKUP:
            assert said.count(text[:4]) >= 3, text


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_line_is_one_line_but_for_texts_of_our_own(encoding: str) -> None:
    with streams(encoding) as (out, _):
        terminal.say("a\nb")
        terminal.say("a\nb", lines=True)
        assert out.getvalue().decode(encoding) == "a\\nb\na\nb\n"


@pytest.mark.parametrize("argument", ["20\x1b[31m25", "a\nb", "\u202e2024", "\x9b31m"])
def test_an_argument_that_steers_a_terminal_is_refused(argument: str) -> None:
    said = terminal.refused(["--year", argument])
    assert said.isprintable()
    assert "sign that cannot be printed" in said


def test_a_path_of_another_encoding_is_an_argument() -> None:
    assert terminal.refused(["--data", "m\udce5ned", "Å\u00a0−"]) == ""


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"PYTHONIOENCODING": "latin-1"}, "=1+1 [red]<b>\x1b[31m\n\u202e.txt"),
        ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, "æ\x1b[31m\n.txt"),
    ],
)
def test_findings_are_read_on_an_old_terminal(
    project: Path, tmp_path: Path, settings: dict[str, str], name: str
) -> None:
    deliver(tmp_path / "filer", UNBALANCED)
    (tmp_path / "filer/2024/a.txt").rename(tmp_path / "filer/2024" / name)
    machine = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG"))}
    run = subprocess.run(
        [sys.executable, "-m", "kommuneregnskap", "validate", "--data", str(tmp_path / "filer")],
        cwd=project,
        env=machine | {"KOMMUNEREGNSKAP_ROOT": str(project), "COLUMNS": "200"} | settings,
        capture_output=True,
        check=False,
    )
    said = run.stdout.decode("latin-1")
    assert (run.returncode, without_steps(run.stderr.decode("latin-1"))) == (1, [])
    assert "sum fra -30 til 30" in said
    assert f"2024/{visible(name)}".replace("æ", "ae") in said
    assert not STEERS.search(said)
    assert "kostra-kontroll" in said.splitlines()[-1]


def test_commands_say_nothing_by_another_door() -> None:
    for path in sorted((paths.source_code() / "cli").rglob("*.py")):
        if path.name != "terminal.py":
            words = path.read_text("utf-8")
            assert not re.search(r"typer\.echo|(?<!\.)\bprint\(|\bConsole\(", words), path
