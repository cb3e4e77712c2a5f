"""Values that no command is made for, and every place of the command line where one can be put.

The places are found from the command line itself: a new command, option or argument is tried without being named.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from kommuneregnskap.cli.app import app

COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
VALUES = {
    "empty": "",
    "a blank": " ",
    "a superscript": "20²5",
    "Arabic-Indic digits": "٢٠٢٤",
    "fullwidth digits": "２０２４",
    "negative": "-5",
    "zero": "0",
    "a huge number": "9" * 40,
    "a number of 5000 digits": "9" * 5000,
    "a float": "2024.0",
    "digits with underscores": "2_024",
    "beyond floats": "1e400",
    "no number": "nan",
    "bytes that are not UTF-8": os.fsdecode(b"\xff\xfe"),
    "a year in bytes that are not UTF-8": os.fsdecode(b"2024\xe6"),
    "a line break at its end": "2024\n",
    "a tab": "20\t24",
    "an escape of a terminal": "\x1b[2J\x1b[31m2024",
    "right to left": "\u202e4202",
    "quotes": "'\"`",
    "the folder above": "../..",
    "an absolute path that is not there": "/dev/null/slik/mappe",
    "a hundred thousand signs": "x" * 100_000,
    "a long name": "mappe" * 100,
    "a long path": "/".join(["mappe"] * 1500),
    "many parts": "a," * 2000,
    "a dash": "-",
    "two dashes": "--",
    "an option": "--help",
    "an equals sign": "=",
    "a semicolon": ";",
    "markup": "[red]x[/red] [/]",
    "braces": "{}{0}{year}",
    "a percent sign": "%s%n",
    "a glob": "*?[",
    "combining marks": "e\u0301" * 20,
    "no width": "\u200b",
    "a bucket": "s3://",
    "a bucket of odd name": "s3://Bøtte/../x",
    "an odd scheme": "gopher://127.0.0.1/",
    "a port that is none": "http://127.0.0.1:99999/",
    "a host that is none": "http://æ..invalid/",
    "a host of odd signs": "http://[::1/",
    "nobody there": "http://127.0.0.1:9/api",
    "a scheduler that is none": "tcp://127.0.0.1:9",
    "a day that is none": "2026-02-30",
    "years that run backwards": "2024-2020",
    "all years": "0000-9999",
    "a home": "~",
    "a comma": ",",
    "a choice of nothing": "=,=",
}


@dataclass(frozen=True)
class Place:
    """Where a value can be put: an option (with its name), an argument, or beside all of them."""

    command: str
    parameter: str
    option: str = ""

    def words(self, value: str) -> list[str]:
        """Return the value as it is typed there."""
        return [f"{self.option}={value}"] if self.option else ["--", value]


def places() -> Iterator[Place]:
    """Yield every place of every command: its options (flags too), its arguments, one argument more, no option."""
    for name, command in COMMANDS.items():
        for each in command.params:
            yield Place(name, each.name, next((o for o in each.opts if o.startswith("--")), ""))
        yield Place(name, "(one more)")
        yield Place(name, "(no option)", "--ukjent")
    yield Place("", "(command)")


def required(command: str) -> dict[str, list[str]]:
    """Return what a command cannot do without, as something that is not there."""
    return {
        each.name: Place(
            command, each.name, each.opts[0] if each.opts[0][:2] == "--" else ""
        ).words("ingenting")
        for each in COMMANDS[command].params
        if each.required
    }


def on_disk(folder: Path) -> dict[str, str]:
    """Return values that are the wrong kind of thing on a disk: made in a folder."""
    (folder / "tom mappe").mkdir()
    (folder / "fil.csv").write_bytes(b"\xff\x00 ingen tabell")
    os.mkfifo(folder / "roer")
    (folder / "loekke").symlink_to("loekke")
    (folder / os.fsdecode(b"m\xe6ppe")).mkdir()
    return {
        "an empty folder": str(folder / "tom mappe"),
        "a file": str(folder / "fil.csv"),
        "below a file": str(folder / "fil.csv" / "under"),
        "a pipe": str(folder / "roer"),
        "a device": "/dev/null",
        "a link in a circle": str(folder / "loekke"),
        "a folder whose name is not UTF-8": str(folder / os.fsdecode(b"m\xe6ppe")),
    }
