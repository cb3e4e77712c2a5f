"""The command that tries the estimators where the truth is known."""

from __future__ import annotations

from typing import Annotated

import typer

from kommuneregnskap.cli.options import Year, jobs_option
from kommuneregnskap.cli.panels import REVIEW
from kommuneregnskap.cli.steps import working
from kommuneregnskap.cli.terminal import console, say


def simulate(
    year: Year = "2024",
    draws: Annotated[int, typer.Option(help="Respondents drawn per mechanism.")] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same draws.")] = 2024,
    jobs: Annotated[int, jobs_option("Processes.")] = 2,
) -> None:
    """Try the estimators where the truth is known, on the synthetic panel.

    Example: simulate --year 2024
    """
    from kommuneregnskap.cli.printed.estimates import simulated  # noqa: PLC0415
    from kommuneregnskap.estimates import simulation  # noqa: PLC0415
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415
    from kommuneregnskap.survey.request import year_of  # noqa: PLC0415

    with working("Building all municipalities", "Stopped; the former table is as it was.") as steps:

        def show(done: int, total: int) -> None:
            steps.ended("respondents drawn", done, total)

        table = simulation.simulate(year_of(year), draws, seed, jobs=jobs, progress=show)
    console().print(simulated(table))
    say(shown_path(simulation.write(table)))


def register(app: typer.Typer) -> None:
    """Give the command line the commands."""
    app.command(rich_help_panel=REVIEW)(simulate)
