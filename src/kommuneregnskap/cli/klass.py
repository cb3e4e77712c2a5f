"""The command that holds a new edition of Klass against the one that is kept, and against the definition tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kommuneregnskap.cli.panels import REVIEW
from kommuneregnskap.cli.terminal import say


def klass(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="The JSON of SSB's lists of functions, arts and regnskapsbegrep, or a folder of them.",
        ),
    ],
    write: Annotated[
        bool, typer.Option("--write", help="Keep this edition in data/codes/klass.csv.")
    ] = False,
) -> None:
    """Say what a new edition of SSB's Klass changes for the definitions.

    Example: klass folder
    """
    from kommuneregnskap import tables  # noqa: PLC0415
    from kommuneregnskap.sources import klass as source  # noqa: PLC0415
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415
    from kommuneregnskap.support.files import replacing  # noqa: PLC0415
    from kommuneregnskap.support.paths import refuse_shipped  # noqa: PLC0415
    from kommuneregnskap.tables import klass as held  # noqa: PLC0415

    if write:
        refuse_shipped()
    paths = sorted(
        each for path in files for each in (path.glob("*.json") if path.is_dir() else [path])
    )
    edition = held.used(source.edition(paths))
    file = tables.file_of("klass")
    found = held.changed(edition, held.kept()) if file.is_file() else []
    for change in found:
        named = " ".join(filter(None, (change.liste, change.kode, change.omfang)))
        ours = held.named_by(change.kode)
        whose = f" ({ours})" if ours else ""
        say(f"{named}, {change.hva}: «{change.var}» → «{change.er}»{whose}")
    odd = held.unexplained(edition)
    for row in odd.iter_rows(named=True):
        say(
            f"{row['tabell']}.csv {row['rad']}, {row['felt']}: more than SSB: {row['mer'] or 'nothing'}; "
            f"less: {row['mindre'] or 'nothing'}"
        )
    say(
        f"{len(found)} changes since the edition that is kept; {len(odd)} differences of the definition tables "
        "from this one without a reason in klass_differences.csv"
    )
    if write:
        with replacing(file) as temporary:
            edition.write_csv(temporary)
        say(shown_path(file))
    if odd.height or (found and not write):
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Give the command line the command."""
    app.command(rich_help_panel=REVIEW)(klass)
