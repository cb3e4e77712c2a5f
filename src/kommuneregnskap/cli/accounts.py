"""The commands about account files: control those delivered, build the synthetic ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from kommuneregnskap.cli.options import Scope, asks
from kommuneregnskap.cli.panels import DEVELOPMENT, EVERYBODY
from kommuneregnskap.cli.steps import working
from kommuneregnskap.cli.terminal import console, say
from kommuneregnskap.sources import account_files, named

if TYPE_CHECKING:
    from kommuneregnskap.survey.request import Request


@asks("scope", "panel", "assume", source=account_files.SOURCE.name)
def validate(request: Request, scope: Scope = "") -> None:
    """Control account files without making a report.

    Example: validate --year 2024 --data folder
    """
    from kommuneregnskap.cli.printed.accounts import summary  # noqa: PLC0415
    from kommuneregnskap.report.controls import validate as run  # noqa: PLC0415
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415

    with working(f"Controlling accounts ({request.source})"):
        found = run(request, scope)
    out = console()
    for part in summary(found, synthetic=named(request.source).synthetic):
        out.print(part)
    say(shown_path(found.folder / "index.html"))
    if found.blocks:
        raise typer.Exit(1)


def demo() -> None:
    """Build the synthetic panel again.

    Example: demo
    """
    from kommuneregnskap.sources.demo import build_panel  # noqa: PLC0415
    from kommuneregnskap.support import paths  # noqa: PLC0415
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415

    with working("Building the synthetic panel"):
        build_panel(paths.demo_panel())
    say(f"{shown_path(paths.demo_panel())}: synthetic account files, 2020-2025")


def register(app: typer.Typer) -> None:
    """Give the command line the commands."""
    app.command(rich_help_panel=EVERYBODY)(validate)
    app.command(rich_help_panel=DEVELOPMENT)(demo)
