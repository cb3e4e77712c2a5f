"""What commands have in common: options, the progress bar, how they are stopped."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from kommuneregnskap.report import editions
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.support.interrupts import interruptible, leave

Year = Annotated[str, typer.Option(help="Accounting year, such as 2024.")]
Source = Annotated[
    str,
    typer.Option(
        help="demo (synthetic panel), kostra (account files) or ssb (a snapshot).",
        autocompletion=lambda: ["demo", "kostra", "ssb"],
    ),
]
Scope = Annotated[
    str,
    typer.Option(
        help="kasse (0A-0D), konsolidert (0M-0Q) or konsern (ssb).",
        autocompletion=lambda: ["kasse", "konsolidert", "konsern"],
    ),
]
Panel = Annotated[
    str,
    typer.Option(
        help="For --source ssb: uten_oslo, alle or pseudo.",
        autocompletion=lambda: ["uten_oslo", "alle", "pseudo"],
    ),
]
Data = Annotated[
    str,
    typer.Option("--data", help="Folder with KOSTRA files (kostra), or name of a snapshot (ssb)."),
]
Assume = Annotated[
    str,
    typer.Option("--assume", help="Open choices made otherwise: sosial=FGK12,disse=negative."),
]


def only_completed(incomplete: str) -> list[str]:
    """Return what the shell may complete an `--only` to: the last of the names that commas part."""
    before, comma, _ = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in editions.names()]


Only = Annotated[
    str,
    typer.Option(
        help=f"{', '.join(f'{each.name} ({each.help})' for each in editions.editions())}; "
        "several with commas, the others are removed.",
        autocompletion=only_completed,
    ),
]


def year(text: str) -> int:
    """Return the accounting year of an option. Raises UsageError for what is no year."""
    if not text.isdigit():
        raise UsageError(f"YEAR is {text!r}; an accounting year has four digits, such as 2024")
    return int(text)


def progress() -> Progress:
    """Return a progress bar on the terminal, silent where there is none, gone when it ends."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


@contextmanager
def stoppable(bar: Progress, said: str, *, at_once: bool = False) -> Iterator[None]:
    """End a command that is told to stop (Ctrl-C, SIGTERM) with one line and the shell's exit code.

    at_once: without waiting for threads that wait for others, see `interrupts.leave`.
    """
    try:
        with interruptible():
            yield
    except KeyboardInterrupt as stop:
        bar.stop()
        typer.echo(said, err=True)
        code = 128 + getattr(stop, "number", signal.SIGINT)
        if at_once:
            leave(code)
        raise typer.Exit(code) from None


as_year = year  # an option has the same name
