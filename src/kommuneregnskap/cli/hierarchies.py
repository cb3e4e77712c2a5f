"""The command that evaluates hierarchies as Statistics Norway's tables give them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kommuneregnskap.cli.panels import REVIEW
from kommuneregnskap.cli.terminal import say

SHOWN = 5  # cells that differ, on the terminal


def hierarchies(
    data: Annotated[str, typer.Option("--data", help="Folder with hierarchies and account rows.")],
    out: Annotated[str, typer.Option(help="Write every cell to this CSV file.")] = "",
    answers: Annotated[
        str, typer.Option(help="Answers of another engine (.csv, .csv.gz), compared cell by cell.")
    ] = "",
) -> None:
    """Evaluate function and art hierarchies, nettings and formulas.

    Example: hierarchies --data folder
    """
    from kommuneregnskap.indicators import hierarchy_files  # noqa: PLC0415
    from kommuneregnskap.indicators.hierarchies import CELL  # noqa: PLC0415

    own = hierarchy_files.answered(Path(data))
    counts = dict(own["regnskapsomfang"].value_counts().iter_rows())
    said = ", ".join(
        f"{counts.get(code, 0)} cells of {name}" for code, name in hierarchy_files.SCOPES.items()
    )
    say(f"{said}, in {own['region'].n_unique()} units")
    if out:
        hierarchy_files.write_cells(own, Path(out))
        say(out)
    if answers:
        theirs = hierarchy_files.read_answers(Path(answers))
        other = hierarchy_files.differences(own, theirs)
        say(f"{len(theirs)} cells compared, {len(other)} differ")
        for row in other.head(SHOWN).iter_rows(named=True):
            where = " ".join(str(row[name]) for name in ("regnskapsomfang", *CELL))
            say(f"  {where}: {row['eget']}, there {row['belop']}")
        if len(other):
            raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Give the command line the command."""
    app.command(rich_help_panel=REVIEW)(hierarchies)
