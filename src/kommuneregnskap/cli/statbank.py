"""The commands about SSB's published figures: fetch a snapshot, compare two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kommuneregnskap.cli.options import asks
from kommuneregnskap.cli.panels import EVERYBODY
from kommuneregnskap.cli.steps import working
from kommuneregnskap.cli.terminal import console, say
from kommuneregnskap.sources import published_figures
from kommuneregnskap.support.errors import UsageError

if TYPE_CHECKING:
    from kommuneregnskap.survey.request import Request


def fetch(
    year: Annotated[
        str, typer.Option(help="Accounting years: 2024, 2023-2024 or 2021,2023.")
    ] = "2024",
    url: Annotated[str, typer.Option(help="A PxWebApi 2 server other than SSB's.")] = "",
    retrieved: Annotated[
        str, typer.Option(help="The day of the fetch, such as 2026-11-24; today if not given.")
    ] = "",
    data: Annotated[
        str, typer.Option("--data", help="Folder for the snapshots; data/raw/ssb if not given.")
    ] = "",
) -> None:
    """Fetch SSB's published figures into a new snapshot.

    Example: fetch --year 2024
    """
    import logging  # noqa: PLC0415
    from datetime import date  # noqa: PLC0415

    from kommuneregnskap.cli.printed.statbank import (  # noqa: PLC0415
        fetched,
        first_fetched,
        left_out,
        noted,
    )
    from kommuneregnskap.report.first_fetch import against_bundled  # noqa: PLC0415
    from kommuneregnskap.sources.statbank import catalogue  # noqa: PLC0415
    from kommuneregnskap.sources.statbank.fetch import fetch as run  # noqa: PLC0415
    from kommuneregnskap.support import paths  # noqa: PLC0415
    from kommuneregnskap.survey.accounts import YEARS_BEFORE  # noqa: PLC0415

    logging.getLogger("urllib3").setLevel(logging.ERROR)  # what passes is waited for in silence
    years = catalogue.years_asked(year, YEARS_BEFORE)
    try:
        day = date.fromisoformat(retrieved) if retrieved else date.today()
    except ValueError:
        raise UsageError(f"RETRIEVED is {retrieved!r}; allowed: a day such as 2026-11-24") from None
    folder = paths.root() / data if data else paths.snapshots()
    stopped = "Stopped; what was received is kept, the same command goes on."
    with working("Asking StatBank", stopped) as steps:
        found = run(years, retrieved=day, url=url, folder=folder, progress=steps.begun)
    for line in (*left_out(found), *noted(found)):
        say(line, err=True)
    say(fetched(found))
    first = against_bundled(found.snapshot, folder)
    for line in first_fetched(first) if first else ():
        say(line)


@asks("source", "data", "assume", source=published_figures.SOURCE.name)
def diff(
    request: Request,
    first: Annotated[
        str, typer.Option("--from", help="The earlier snapshot, such as 2025-03-16.")
    ] = "",
    second: Annotated[
        str, typer.Option("--to", help="The later snapshot, such as 2025-06-20.")
    ] = "",
) -> None:
    """Show what changed between two snapshots.

    Example: diff --year 2024 --from 2025-03-16 --to 2025-06-20
    """
    from kommuneregnskap.cli.printed.statbank import differences  # noqa: PLC0415
    from kommuneregnskap.report.differences import compare  # noqa: PLC0415
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415

    with working("Comparing snapshots"):
        done = compare(request, first, second)
    out = console()
    for part in differences(done.found):
        out.print(part, soft_wrap=isinstance(part, str), highlight=False)
    say(shown_path(done.folder / "index.html"))


def register(app: typer.Typer) -> None:
    """Give the command line the commands."""
    app.command(rich_help_panel=EVERYBODY)(fetch)
    app.command(rich_help_panel=EVERYBODY)(diff)
