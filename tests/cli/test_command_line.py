"""The command line as a newcomer meets it: help, examples that hold, completion in a real shell."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
import typer

from kommuneregnskap.cli.app import app
from tests.conftest import PROJECT

COMMANDS = typer.main.get_command(app)
assert isinstance(COMMANDS, click.Group) or hasattr(COMMANDS, "commands")
NAMES = sorted(COMMANDS.commands)  # type: ignore[attr-defined]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kommuneregnskap", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_command_it_helps() -> None:
    alone = run()
    assert alone.returncode == 0, alone.stderr
    assert alone.stdout == run("--help").stdout
    for name in NAMES:
        assert re.search(rf"\b{name}\b", alone.stdout), name


@pytest.mark.parametrize("name", NAMES)
def test_a_command_s_help_has_an_example_that_parses(name: str) -> None:
    command = COMMANDS.commands[name]  # type: ignore[attr-defined]
    (example,) = re.findall(r"Example: (.+)$", command.help or "")
    first, *arguments = shlex.split(example)
    assert first == name
    context = command.make_context(name, list(arguments))
    given = {word.removeprefix("--") for word in arguments if word.startswith("--")}
    options = {
        option.removeprefix("--"): parameter.name
        for parameter in command.params
        for option in parameter.opts
    }
    assert given <= set(options)
    assert all(context.params[options[word]] not in (None, "") for word in given)
    assert all(getattr(parameter, "help", None) for parameter in command.params), (
        "each option says what it is"
    )


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("kommuneregnskap sh", ["sheets"]),
        ("kommuneregnskap report --so", ["--source"]),
        ("kommuneregnskap sheets --source ", ["kostra", "ssb", "demo"]),
        ("kommuneregnskap sheets --panel p", ["pseudo"]),
    ],
)
def test_bash_completes(tmp_path: Path, typed: str, expected: list[str]) -> None:
    """Bash itself loads what --show-completion gives, and asks it as on a press of the tabulator."""
    bash, program = shutil.which("bash"), Path(sys.executable).with_name("kommuneregnskap")
    assert bash
    script = f"""
        PATH="{program.parent}:$PATH"
        eval "$(kommuneregnskap --show-completion)"
        complete -p kommuneregnskap > /dev/null || exit 3
        line={shlex.quote(typed)}
        COMP_WORDS=($line); [[ "$line" == *" " ]] && COMP_WORDS+=("")
        COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
        _kommuneregnskap_completion kommuneregnskap
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    file = tmp_path / "proeve.sh"
    file.write_text(script, "utf-8")
    found = subprocess.run(
        [bash, str(file)], capture_output=True, text=True, check=False, env=os.environ, cwd=PROJECT
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.split() == expected


def test_help_waits_for_no_heavy_import() -> None:
    code = (
        "import sys\nsys.argv = ['kommuneregnskap', '--help']\nfrom kommuneregnskap.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print([n for n in ('polars', 'altair', 'papermill', 'distributed', 'IPython') if n in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1] == "[]"
