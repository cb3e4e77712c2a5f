"""The command that follows a number to its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kommuneregnskap.cli.options import asks
from kommuneregnskap.cli.panels import EVERYBODY
from kommuneregnskap.cli.steps import working
from kommuneregnskap.cli.terminal import console, say

if TYPE_CHECKING:
    from kommuneregnskap.survey.request import Request


@asks("assume")
def trace(
    request: Request,
    number: Annotated[
        str, typer.Option("--id", help="A section number or a published number.")
    ] = "resultat.antall_negativ",
) -> None:
    """Follow a number to its rows.

    Example: trace --id resultat.antall_negativ --year 2024
    """
    from kommuneregnskap.cli.printed.trail import statement_shown, trail_shown  # noqa: PLC0415
    from kommuneregnskap.report.trails import trace as run  # noqa: PLC0415
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415

    with working(f"Reading accounts ({request.source})"):
        found = run(request, number)
    out = console()
    for part in trail_shown(found.trail, found.survey):
        out.print(part)
    say(statement_shown(found.trail, found.survey), lines=True)
    say(shown_path(found.file))


def register(app: typer.Typer) -> None:
    """Give the command line the commands."""
    app.command(rich_help_panel=EVERYBODY)(trace)
