"""The commands that make the reports of a year, and pack them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
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

    from kommuneregnskap.report.publish import Made
    from kommuneregnskap.report.workshop import Workshop
    from kommuneregnskap.survey.request import Request


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
    making = _Making(request, jobs, engine, strict=strict, only=only, force=force)
    if request.named:
        _make_one(making)
    else:
        _make_year(making)
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

    _make_year(_Making(request, jobs))
    with working("Packing", "Stopped; the former package is as it was."):
        packed = pack(request)
    say(
        f"{shown_path(packed.file)}: {packed.files} files, {packed.tables} tables described, "
        f"{packed.size / 1e6:.1f} MB; its README.md says what is in it"
    )


@dataclass
class _Making:
    """What is asked for of reports, and what is to be said of each when it is made.

    at_end: source, in order → folder, verdicts, and the notebooks that were taken over or the folder that stands; None
    as long as it is not made.
    """

    request: Request
    jobs: int
    engine: str = "warm"
    strict: bool = False
    only: str = ""
    force: bool = False
    at_end: dict[str, tuple[Path, pl.DataFrame, list[str]] | None] = field(default_factory=dict)

    @contextmanager
    def shown(self) -> Iterator[Steps]:
        """Show the steps, and say at the end which reports were made, even where another failed or was stopped."""
        stopped = "Stopped; the former report is as it was."
        with working("Reading accounts", stopped, at_once=True) as steps:
            try:
                yield steps
            finally:
                steps.stop()
                for folder, vurdering, standing in filter(None, self.at_end.values()):
                    _told(folder, vurdering, standing)

    def begin(self, one: Request, workshop: Workshop, steps: Steps) -> Callable[[], Made]:
        """Begin a report as `publish.begin` does."""
        from kommuneregnskap.report import publish  # noqa: PLC0415
        from kommuneregnskap.support.processes import apart  # noqa: PLC0415

        asked = partial(publish.begin, strict=self.strict, only=self.only, force=self.force)
        standing: list[str] = []
        self.at_end[one.source] = None
        write: Callable[[], Made]
        if self.jobs == 1 and not self.request.named:  # what one source takes is given back
            alone = partial(publish.publish, jobs=1, engine=self.engine, strict=self.strict)
            steps.begun(f"Making the report ({one.source})")
            apart(partial(alone, only=self.only, force=self.force), one)
            write = partial(alone, one, only=self.only)
        else:
            write = asked(one, workshop, progress=_shown(steps, one.source, standing))

        def written() -> Made:
            folder, vurdering = made = write()
            self.at_end[one.source] = folder, vurdering, standing
            return made

        return written


def _make_one(making: _Making) -> None:
    """Make one report, and say where the front of the year is of another."""
    from kommuneregnskap.report.workshop import Workshop  # noqa: PLC0415
    from kommuneregnskap.report.year import is_outdated  # noqa: PLC0415

    with making.shown() as steps, Workshop(making.jobs, making.engine) as workshop:
        making.begin(making.request, workshop, steps)()
    if is_outdated(making.request.year):
        say(
            f"The front of {making.request.year} is of the former reports; make it again without a source."
        )


def _make_year(making: _Making) -> None:
    """Make what is missing of a year, and say where its front is."""
    from kommuneregnskap.report.year import publish_year  # noqa: PLC0415
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415

    with making.shown() as steps:
        begin = partial(making.begin, steps=steps)
        page = publish_year(making.request, begin, jobs=making.jobs, engine=making.engine)
    say(f"{shown_path(page)}: the year, with the evidence for every published number")


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
