"""The commands of a reviewer: deliberate errors, and where the numbers on a page come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kommuneregnskap.cli.options import asks, jobs_option
from kommuneregnskap.cli.panels import REVIEW
from kommuneregnskap.cli.steps import working
from kommuneregnskap.cli.terminal import console, say
from kommuneregnskap.support.commands import typed
from kommuneregnskap.support.errors import UsageError

if TYPE_CHECKING:
    from kommuneregnskap.survey.request import Request


def mutants(
    jobs: Annotated[int, jobs_option("Mutants carried out at a time.")] = 2,
) -> None:
    """Make deliberate errors on the synthetic panel and check that the right checks see them.

    Example: mutants
    """
    from kommuneregnskap.cli.printed.review import (  # noqa: PLC0415
        generated_tables,
        matrix_tables,
        method_tables,
    )
    from kommuneregnskap.mutants import generated, method  # noqa: PLC0415
    from kommuneregnskap.mutants.matrix import complaints, run, write  # noqa: PLC0415
    from kommuneregnskap.sources.demo import ensure_panel  # noqa: PLC0415
    from kommuneregnskap.support import paths  # noqa: PLC0415
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415

    ensure_panel(paths.demo_panel())
    stopped = "Stopped; the former tables are as they were."
    with working("Reading accounts", stopped) as steps:
        found = run(jobs=jobs, progress=steps.ended)
    out = console()
    for part in matrix_tables(found):
        out.print(part, highlight=False)
    for path in write(found, paths.reports()):
        say(shown_path(path))
    with working("Making errors in definitions", stopped) as steps:

        def counted(done: int, total: int) -> None:
            steps.ended("errors in definitions", done, total)

        of_definitions = generated.run(generated.changes(), jobs=jobs, progress=counted)
    for part in generated_tables(of_definitions):
        out.print(part, highlight=False)
    say(shown_path(generated.write(of_definitions, paths.reports())))
    with working("Making errors in numbers.csv", stopped):
        of_method = method.run(method.worlds(), method.changes())
    for part in method_tables(of_method):
        out.print(part, highlight=False)
    say(shown_path(method.write(of_method, paths.reports())))
    wrong = [*complaints(found), *generated.complaints(of_definitions)]
    for line in wrong:
        say(line, err=True)
    if wrong:
        raise typer.Exit(1)


@asks("data", "assume")
def numbers(request: Request) -> None:
    """Say where every number on the pages of a report comes from.

    Example: numbers --year 2024
    """
    from kommuneregnskap.cli.printed.review import coverage_tables  # noqa: PLC0415
    from kommuneregnskap.report import coverage  # noqa: PLC0415
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415

    page = request.folder() / "index.html"
    if not page.is_file():
        raise UsageError(
            f"no report in {shown_path(page.parent)}; make it first: {typed(f'make report YEAR={request.year}')}"
        )
    found = coverage.of_report(page.parent, coverage.known())
    out = console()
    for part in coverage_tables(found):
        out.print(part, highlight=False)
    if len(coverage.untraced(found)):
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Give the command line the commands of a review."""
    app.command(rich_help_panel=REVIEW)(mutants)
    app.command(rich_help_panel=REVIEW)(numbers)
