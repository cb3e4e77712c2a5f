"""The commands that keep accounts as partitioned parquet, in a folder or in object storage, and evaluate them there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kommuneregnskap import sources
from kommuneregnskap.cli.options import (
    data_help,
    scope_help,
    source_help,
    with_files,
)
from kommuneregnskap.cli.panels import MANY_YEARS
from kommuneregnskap.cli.steps import Steps, working
from kommuneregnskap.cli.terminal import say
from kommuneregnskap.sources import synthetic_panel
from kommuneregnskap.sources.source import INVENTED
from kommuneregnskap.support.commands import typed

if TYPE_CHECKING:
    import polars as pl

Years = Annotated[str, typer.Option(help="Accounting years: 2024, 2021-2024 or 2021,2023.")]
Scope = Annotated[
    str,
    typer.Option(
        help=scope_help(only_files=True),
        autocompletion=lambda: list(sources.scopes(only_files=True)),
    ),
]
To = Annotated[str, typer.Option("--to", help="A folder, or s3://bucket/prefix.")]
STOPPED = "Stopped; the years written so far are whole, the same command writes all."


# Without `options.asks`: a `Request` is of one year, here there are several.
def partition(
    to: To,
    years: Years = "2024",
    source: Annotated[
        str,
        typer.Option(
            help=source_help(only_files=True),
            autocompletion=lambda: [each.name for each in with_files()],
        ),
    ] = synthetic_panel.SOURCE.name,
    scope: Scope = "kasse",
    data: Annotated[str, typer.Option("--data", help=data_help(only_files=True))] = "",
) -> None:
    """Write accounts as parquet by year and scope.

    Example: partition --years 2021-2024 --to store
    """
    from kommuneregnskap.sources.statbank.catalogue import years_of  # noqa: PLC0415
    from kommuneregnskap.survey import store  # noqa: PLC0415

    asked = years_of(years, "YEARS")
    with working("Reading accounts", STOPPED) as steps:
        folder = _folder(source, data, asked)
        written = store.partition(
            folder,
            asked,
            to,
            scope=scope,
            accounts=sources.with_files(source).accounts,
            progress=_counted(steps, asked),
        )
    for row in written.iter_rows(named=True):
        if row["utelatt"]:
            see = typed(f"make validate YEAR={row['aar']}")
            say(f"{row['aar']}: kept out by the controls: {row['utelatt']}, see {see}", err=True)
    say(_summary(to, years, scope, written, "rows"))


def _folder(source: str, data: str, years: list[int]) -> Path:
    """Return the folder of a source's account files after seeing that it has all the years."""
    from kommuneregnskap.sources.kostra import files_of_year  # noqa: PLC0415
    from kommuneregnskap.support.errors import UsageError, shown_path  # noqa: PLC0415

    data = str(Path(data).absolute()) if data else ""  # from where the command is given
    origin = sources.with_files(source)
    folder = origin.folder(data)
    origin.prepare(folder)
    available = files_of_year.years_available(folder)
    lacking = [year for year in years if year not in available]
    if lacking or not years:
        has = sources.listed(available) or "no year"
        asked, how = (lacking[0], f". {sources.adding(lacking[0])}") if lacking else ("empty", "")
        raise UsageError(f"YEARS is {asked}; {shown_path(folder)} has account files of {has}{how}")
    return folder


def evaluate(
    place: Annotated[str, typer.Option("--from", help="What `partition` wrote to.")],
    to: To,
    years: Years = "2024",
    scope: Scope = "kasse",
) -> None:
    """Evaluate partitioned accounts, a year at a time.

    Example: evaluate --from store --years 2021-2024 --to store
    """
    from kommuneregnskap.sources.statbank.catalogue import years_of  # noqa: PLC0415
    from kommuneregnskap.survey import store  # noqa: PLC0415

    asked = years_of(years, "YEARS")
    with working("Evaluating", STOPPED) as steps:
        found = store.evaluate_years(place, asked, to, scope=scope, progress=_counted(steps, asked))
    say(_summary(to, years, scope, found, "values"))


def _counted(steps: Steps, years: list[int]) -> Callable[[int], None]:
    """Return what tells that a year is done."""
    ended: list[int] = []

    def show(year: int) -> None:
        ended.append(year)
        steps.ended(str(year), len(ended), len(years))

    return show


def _summary(to: str, years: str, scope: str, written: pl.DataFrame, what: str) -> str:
    """Say in a line what was written where, and which years of it are invented."""
    most = max(written["enheter"])
    said = f"{to}: {years} {scope}, {what}: {written['rader'].sum()}, units in a year: up to {most}"
    own = written.filter(regnskaper=INVENTED)["aar"].to_list()
    if not own:
        return said
    which = "" if len(own) == len(written) else f" of {', '.join(map(str, own))}"
    return f"{said}; synthetic accounts{which}: invented, they say nothing of any municipality"


def register(app: typer.Typer) -> None:
    """Give the command line the commands."""
    app.command(rich_help_panel=MANY_YEARS)(partition)
    app.command(rich_help_panel=MANY_YEARS)(evaluate)
