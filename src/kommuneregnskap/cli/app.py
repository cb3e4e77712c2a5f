"""The command line; the Makefile calls it. Heavy imports wait until a command needs them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from kommuneregnskap.cli import hierarchies, notebooks, partitions, review, sheets, tables
from kommuneregnskap.cli.options import Only, Scope, Year, asks, progress, stoppable
from kommuneregnskap.support.errors import KommuneregnskapError, UsageError

if TYPE_CHECKING:
    from kommuneregnskap.survey.request import Request

app = typer.Typer(
    name="kommuneregnskap",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Norwegian municipal accounts, from KOSTRA files to published numbers with verdicts.",
)


@app.command()
@asks()
def report(
    request: Request,
    jobs: Annotated[int, typer.Option(min=1, help="Notebooks run at a time.")] = 3,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop when the controls keep a unit out.")
    ] = False,
    only: Only = "",
    engine: Annotated[
        str, typer.Option(help="warm: processes that stay; kernel: a Jupyter kernel for each.")
    ] = "warm",
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Run and write everything anew, also what nothing changed for."
        ),
    ] = False,
) -> None:
    """Make the report of a year. Example: report --year 2024"""
    from kommuneregnskap.report.manifest import KEPT  # noqa: PLC0415
    from kommuneregnskap.report.publish import UNCHANGED, publish, section_notebooks  # noqa: PLC0415
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415
    from kommuneregnskap.verdicts.judgement import counts  # noqa: PLC0415

    standing: list[str] = []

    with progress() as bar:
        task = bar.add_task("Reading accounts", total=len(section_notebooks()))

        def show(notebook: str, state: str) -> None:
            bar.update(task, description=notebook, advance=state in ("done", KEPT))
            if state in (KEPT, UNCHANGED):
                standing.append(notebook)

        with stoppable(bar, "Stopped; the former report is as it was.", at_once=True):
            folder, vurdering = publish(
                request,
                jobs=jobs,
                strict=strict,
                only=only,
                engine=engine,
                force=force,
                progress=show,
            )
    found = counts(vurdering)
    verdicts = ", ".join(f"{n} {dom}" for dom, n in found.select("dom", "antall").iter_rows() if n)
    typer.echo(
        f"{shown_path(folder / 'index.html')}: {verdicts or 'no published numbers for the year'}"
    )
    if standing == [folder.name]:
        typer.echo("Nothing has changed since it was made; make it anew with --force (FORCE=1).")
    elif standing:
        typer.echo(f"Nothing has changed for {', '.join(standing)}: taken over.")


@app.command()
@asks("scope", "panel", "assume", source="kostra")
def validate(request: Request, scope: Scope = "") -> None:
    """Control account files without making a report. Example: validate --year 2024 --data folder"""
    from kommuneregnskap.cli.shown import summary  # noqa: PLC0415
    from kommuneregnskap.report.controls import validate as run  # noqa: PLC0415
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415

    found = run(request, scope)
    console = Console()
    for part in summary(found, synthetic=request.source == "demo"):
        console.print(part)
    typer.echo(shown_path(found.folder / "index.html"))
    if found.blocks:
        raise typer.Exit(1)


@app.command()
@asks("assume")
def trace(
    request: Request,
    number: Annotated[
        str, typer.Option("--id", help="A section number or a published number.")
    ] = "investering.andel.grunnskole",
) -> None:
    """Follow a number to its rows. Example: trace --id investering.andel.grunnskole --year 2024"""
    from kommuneregnskap.cli.trail import trail_shown  # noqa: PLC0415
    from kommuneregnskap.report.trails import trace as run  # noqa: PLC0415
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415

    found = run(request, number)
    console = Console()
    for part in trail_shown(found.trail, found.survey):
        console.print(part)
    typer.echo(shown_path(found.file))


@app.command()
def fetch(
    year: Annotated[str, typer.Option(help="2024, 2023-2024 or 2021,2023.")] = "2024",
    url: Annotated[str, typer.Option(help="Another PxWebApi 2 than SSB's.")] = "",
    retrieved: Annotated[str, typer.Option(help="The day it is fetched, 2026-11-24.")] = "",
    data: Annotated[str, typer.Option("--data", help="Folder of the snapshots.")] = "",
) -> None:
    """Fetch SSB's published figures into a new snapshot. Example: fetch --year 2024"""
    import logging  # noqa: PLC0415
    from datetime import date  # noqa: PLC0415

    from kommuneregnskap.cli.shown import fetched, left_out  # noqa: PLC0415
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
    with progress() as bar:
        task = bar.add_task("StatBank", total=None)

        def show(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        folder = paths.root() / data if data else paths.snapshots()
        with stoppable(bar, "Stopped; what was received is kept, the same command goes on."):
            found = run(years, retrieved=day, url=url, folder=folder, progress=show)
    for line in left_out(found):
        typer.echo(line, err=True)
    typer.echo(fetched(found))


@app.command()
@asks("source", "data", "assume", source="ssb")
def diff(
    request: Request,
    first: Annotated[str, typer.Option("--from", help="The earlier snapshot, 2025-03-16.")],
    second: Annotated[str, typer.Option("--to", help="The later snapshot, 2025-06-20.")],
) -> None:
    """Show what changed between two snapshots. Example: diff --year 2024 --from 2025-03-16 --to 2025-06-20"""
    from kommuneregnskap.cli.shown import differences  # noqa: PLC0415
    from kommuneregnskap.report.differences import compare  # noqa: PLC0415
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415

    done = compare(request, first, second)
    console = Console()
    for part in differences(done.found):
        console.print(part, soft_wrap=isinstance(part, str), highlight=False)
    typer.echo(shown_path(done.folder / "index.html"))


@app.command()
def simulate(
    year: Year = "2024",
    draws: Annotated[int, typer.Option(help="Respondents drawn per mechanism.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed, the same draws.")] = 2024,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
) -> None:
    """Try the estimators where the truth is known, on the synthetic panel. Example: simulate --year 2024"""
    from kommuneregnskap.cli.shown import simulated  # noqa: PLC0415
    from kommuneregnskap.estimates import simulation  # noqa: PLC0415
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415
    from kommuneregnskap.survey.request import year_of  # noqa: PLC0415

    with progress() as bar:
        task = bar.add_task("Building all municipalities", total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, description="Drawing respondents", completed=done, total=total)

        with stoppable(bar, "Stopped; the former table is as it was."):
            table = simulation.simulate(year_of(year), draws, seed, jobs=jobs, progress=show)
    Console().print(simulated(table))
    typer.echo(shown_path(simulation.write(table)))


@app.command()
def demo() -> None:
    """Build the synthetic panel anew. Example: demo"""
    from kommuneregnskap.sources.demo import build_panel  # noqa: PLC0415
    from kommuneregnskap.support import paths  # noqa: PLC0415
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415

    build_panel(paths.demo_panel())
    typer.echo(f"{shown_path(paths.demo_panel())}: synthetic account files, 2020-2025")


review.register(app)
notebooks.register(app)
sheets.register(app)
tables.register(app)
app.command()(hierarchies.hierarchies)
partitions.register(app)


def main() -> None:
    """Run the command line: one line on an error, exit code 1; 130 when interrupted. Without a command: help."""
    try:
        app(sys.argv[1:] or ["--help"])
    except KommuneregnskapError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        typer.echo(f"Error: {_system_error(error)}", err=True)
        sys.exit(1)


def _system_error(error: OSError) -> str:
    """Say what the system refused: a full disk, a folder that may not be written."""
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415

    where = f"{shown_path(str(error.filename))}: " if error.filename else ""
    return (
        f"{where}{error.strerror or error}. What stood there before is as it was; make room or give "
        "write permission, and try again."
    )
