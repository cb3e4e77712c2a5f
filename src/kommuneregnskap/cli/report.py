"""The commands that make the reports of a year, and pack them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kommuneregnskap.cli.options import Only, asks, jobs_option
from kommuneregnskap.cli.panels import EVERYBODY
from kommuneregnskap.cli.steps import Steps, working
from kommuneregnskap.cli.terminal import console, say

if TYPE_CHECKING:
    import polars as pl

    from kommuneregnskap.survey.request import Request
Make = Callable[["Request"], "tuple[Path, pl.DataFrame]"]


@asks()
def report(
    request: Request,
    jobs: Annotated[int, jobs_option("Notebooks run at a time.")] = 3,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop when the controls keep a unit out.")
    ] = False,
    only: Only = "",
    engine: Annotated[
        str,
        typer.Option(
            help="warm (processes that are reused) or kernel (a Jupyter kernel for each notebook)."
        ),
    ] = "warm",
    force: Annotated[
        bool,
        typer.Option("--force", help="Run and write everything again, also what has not changed."),
    ] = False,
    times: Annotated[
        bool, typer.Option("--times", help="Say at the end where the seconds went.")
    ] = False,
) -> None:
    """Make the reports of a year, one for each source at hand, and the front page of the year.

    Example: report --year 2024
    """
    make = _making(request, jobs=jobs, force=force, strict=strict, only=only, engine=engine)
    if request.named:
        _make_one(request, make)
    else:
        _make_year(request, make, jobs)
    if times:
        from kommuneregnskap.cli.printed.spent import seconds  # noqa: PLC0415

        console().print(seconds())


@asks("source", "scope", "panel", "assume")
def package(
    request: Request,
    jobs: Annotated[int, jobs_option("Notebooks run at a time.")] = 3,
) -> None:
    """Pack a year as one archive that others can use without the program; makes its reports where they are missing.

    Example: package --year 2024
    """
    from kommuneregnskap.report.package.archive import pack  # noqa: PLC0415
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415

    _make_year(request, _making(request, jobs=jobs), jobs)
    with working("Packing", "Stopped; the former package is as it was."):
        packed = pack(request)
    say(
        f"{shown_path(packed.file)}: {packed.files} files, {packed.tables} tables described, "
        f"{packed.size / 1e6:.1f} MB; its README.md says what is in it"
    )


def _make_one(request: Request, make: Make) -> None:
    """Make one report, and say where the front of the year is of another."""
    from kommuneregnskap.report.year import is_outdated  # noqa: PLC0415

    make(request)
    if is_outdated(request.year):
        say(
            f"The front of {request.year} is of the former reports; make it again without a source."
        )


def _make_year(request: Request, make: Make, jobs: int) -> None:
    """Make what is missing of a year, and say where its front is."""
    from kommuneregnskap.report.year import publish_year  # noqa: PLC0415
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415

    page = publish_year(request, make, ahead=jobs > 1)
    say(f"{shown_path(page)}: the year, with the evidence for every published number")


def _making(
    request: Request,
    *,
    jobs: int,
    force: bool = False,
    strict: bool = False,
    only: str = "",
    engine: str = "warm",
) -> Make:
    """Return what makes the report of one source, as `publish` is told, and says so."""
    from kommuneregnskap.report.publish import prepared, publish  # noqa: PLC0415
    from kommuneregnskap.support.processes import apart  # noqa: PLC0415

    asked = partial(publish, jobs=jobs, strict=strict, only=only, engine=engine)

    def make(one: Request) -> tuple[Path, pl.DataFrame]:
        standing: list[str] = []
        stopped = "Stopped; the former report is as it was."
        with working(f"Reading accounts ({one.source})", stopped, at_once=True) as steps:
            if jobs == 1 and not request.named:  # what one source takes is given back
                apart(prepared, one)
                steps.begun(f"Making the report ({one.source})")
                apart(partial(asked, force=force), one)
                folder, vurdering = asked(one)
            else:
                told = _shown(steps, one.source, standing)
                folder, vurdering = asked(one, force=force, progress=told)
        _told(folder, vurdering, standing)
        return folder, vurdering

    return make


def _shown(steps: Steps, source: str, standing: list[str]) -> Callable[[str, str], None]:
    """Return what shows the steps of a report, and collects the notebooks that were taken over."""
    from kommuneregnskap.report.manifest import KEPT  # noqa: PLC0415
    from kommuneregnskap.report.publish import EXPECTED, UNCHANGED  # noqa: PLC0415

    notebooks: set[str] = set()
    ended: list[str] = []

    def show(name: str, state: str) -> None:
        if state == EXPECTED:
            notebooks.add(name)
        if state in (KEPT, UNCHANGED):
            standing.append(name)
        if state in ("done", KEPT):
            ended.append(name)
            steps.ended(f"{name} ({source})", len(ended), len(notebooks))
        elif state == "start" and name not in notebooks:  # those begin all together
            steps.begun(f"{name} ({source})")

    return show


def _told(folder: Path, vurdering: pl.DataFrame, standing: list[str]) -> None:
    """Say where a report is, which verdicts it gives, and what of it stood already."""
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415
    from kommuneregnskap.verdicts.judgement import counts  # noqa: PLC0415

    found = counts(vurdering)
    verdicts = ", ".join(f"{n} {dom}" for dom, n in found.select("dom", "antall").iter_rows() if n)
    say(f"{shown_path(folder / 'index.html')}: {verdicts or 'no published numbers for the year'}")
    if standing == [folder.name]:
        say("Nothing has changed since it was made; to make it again: --force (FORCE=1).")
    elif standing:
        say(f"Unchanged, taken over: {', '.join(standing)}.")


def register(app: typer.Typer) -> None:
    """Give the command line the commands."""
    app.command(rich_help_panel=EVERYBODY)(report)
    app.command(rich_help_panel=EVERYBODY)(package)
