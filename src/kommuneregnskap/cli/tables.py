"""The command that keeps what is written from the schemas of the tables."""

from __future__ import annotations

from typing import Annotated

import typer

from kommuneregnskap.cli.panels import DEVELOPMENT
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import UsageError


def tables(
    write: Annotated[
        bool, typer.Option("--write", help="Write the files that are written from the schemas.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only say which of them differ from the schemas.")
    ] = False,
) -> None:
    """Keep data/README.md and definitions/frames.csv in line with the schemas.

    Example: tables --check
    """
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415
    from kommuneregnskap.support.files import replacing  # noqa: PLC0415
    from kommuneregnskap.tables.described import written  # noqa: PLC0415

    if write == check:
        raise UsageError("say what to do: --write or --check")
    if write:
        paths.refuse_shipped()
    odd = {
        path: text
        for path, text in written().items()
        if not path.is_file() or path.read_bytes() != text.encode()
    }
    if check and odd:
        names = ", ".join(shown_path(path) for path in odd)
        raise UsageError(f"{names}: not as the schemas say; run: make format")
    for path, text in odd.items():
        with replacing(path) as temporary:
            temporary.write_bytes(text.encode())


def register(app: typer.Typer) -> None:
    """Give the command line the command."""
    app.command(rich_help_panel=DEVELOPMENT)(tables)
