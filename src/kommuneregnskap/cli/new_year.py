"""The commands of a new year: begin it, check its claims file, hold a text against it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kommuneregnskap.cli.options import Year
from kommuneregnskap.cli.panels import NEW_YEAR
from kommuneregnskap.cli.terminal import say
from kommuneregnskap.support.commands import typed
from kommuneregnskap.support.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
Text = Annotated[
    str, typer.Option("--text", help="The release as a plain text file, such as omtale.txt.")
]


def new_year(year: Year = "2024", text: Text = "") -> None:
    """Begin a year: carry codes and inhabitants forward, propose its claims file from a release's text.

    Example: new-year --year 2026 --text omtale.txt
    """
    from kommuneregnskap.cli.printed.new_year import begun  # noqa: PLC0415
    from kommuneregnskap.report.new_year import begin  # noqa: PLC0415

    _print(begun(begin(_year(year), Path(text) if text else None)))


def claims(year: Year = "2024") -> None:
    """Check the claims file of a year: its rows, the arithmetic of the text, what is still proposed.

    Example: claims --year 2026
    """
    from kommuneregnskap.cli.printed.new_year import checked  # noqa: PLC0415
    from kommuneregnskap.support import paths  # noqa: PLC0415
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415
    from kommuneregnskap.verdicts.text.checked import check  # noqa: PLC0415

    asked = _year(year)
    file = paths.claims(str(asked))
    if not file.exists():
        raise UsageError(
            f"there is no {shown_path(file)}; propose one: "
            + typed(f"make new-year YEAR={asked} TEXT=omtale.txt")
        )
    _print(checked(check(asked), asked))


def coverage(text: Text = "", year: Year = "2024") -> None:
    """Say which numbers of a release, or of a draft, are registered in the claims file of a year.

    Example: coverage --text omtale.txt --year 2024
    """
    from kommuneregnskap.cli.printed.new_year import covered  # noqa: PLC0415
    from kommuneregnskap.report.new_year import text_of  # noqa: PLC0415
    from kommuneregnskap.verdicts.text.registered import of_text  # noqa: PLC0415

    if not text:
        raise UsageError(
            "TEXT is not given; name the text: " + typed("make coverage TEXT=omtale.txt YEAR=2024")
        )
    _print(covered(of_text(text_of(Path(text)), _year(year))))


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        say(line)


def _year(said: str) -> int:
    from kommuneregnskap.survey.request import year_of  # noqa: PLC0415

    return year_of(said)


def register(app: typer.Typer) -> None:
    """Give the command line the commands of a new year."""
    app.command("new-year", rich_help_panel=NEW_YEAR)(new_year)
    app.command(rich_help_panel=NEW_YEAR)(claims)
    app.command(rich_help_panel=NEW_YEAR)(coverage)
