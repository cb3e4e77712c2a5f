"""The command that makes a sheet for every municipality."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kommuneregnskap.cli.options import asks, jobs_option
from kommuneregnskap.cli.panels import EVERYBODY
from kommuneregnskap.cli.steps import working
from kommuneregnskap.cli.terminal import say

if TYPE_CHECKING:
    from kommuneregnskap.survey.request import Request


@asks()
def sheets(
    request: Request,
    units: Annotated[str, typer.Option(help="Only these municipalities: 1103,1106.")] = "",
    jobs: Annotated[int, jobs_option("Processes of this machine.")] = 2,
    scheduler: Annotated[
        str,
        typer.Option(help="A dask scheduler whose workers are used instead: tcp://machine:8786."),
    ] = "",
) -> None:
    """Make a page for every municipality; run again, it makes those that are missing.

    Example: sheets --year 2024
    """
    from kommuneregnskap.report.sheets import make_sheets  # noqa: PLC0415
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415

    stopped = "Stopped; finished sheets are kept, the same command goes on."
    with working(f"Reading accounts ({request.source})", stopped) as steps:

        def show(done: int, total: int, name: str) -> None:
            if name:
                steps.ended(name, done, total)
            else:
                steps.begun(f"Making {total - done} of {total} sheets")

        found = make_sheets(
            request,
            units=units,
            jobs=jobs,
            scheduler=scheduler,
            progress=show,
        )
    for ark, reason in found.failed.items():
        say(f"{ark}: {reason}", err=True)
    say(
        f"{shown_path(found.folder / 'index.html')}: {found.made} made, {found.kept} unchanged, "
        f"{len(found.failed)} failed"
    )
    if found.failed:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Give the command line the command."""
    app.command(rich_help_panel=EVERYBODY)(sheets)
