"""The command line; the Makefile calls it. Heavy imports wait until a command needs them."""

from __future__ import annotations

import sys

import typer

from kommuneregnskap.cli import (
    accounts,
    estimates,
    hierarchies,
    klass,
    notebooks,
    partitions,
    report,
    review,
    sheets,
    statbank,
    tables,
    trace,
)
from kommuneregnskap.cli.terminal import prepare, refused, say
from kommuneregnskap.support.errors import KommuneregnskapError, UsageError

FAMILIES = (
    report,
    accounts,
    trace,
    statbank,
    estimates,
    review,
    notebooks,
    tables,
    klass,
    sheets,
    hierarchies,
    partitions,
)
app = typer.Typer(
    name="kommuneregnskap",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Norwegian municipal accounts, from KOSTRA files to published numbers with verdicts.",
)
for family in FAMILIES:
    family.register(app)


def main() -> None:
    """Run the command line: one line on an error, exit code 1; 130 when interrupted. Without a command: help."""
    prepare()
    try:
        if odd := refused(sys.argv[1:]):
            raise UsageError(odd)
        app(sys.argv[1:] or ["--help"])
    except KommuneregnskapError as error:
        say(f"Error: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        say(f"Error: {_system_error(error)}", err=True)
        sys.exit(1)


def _system_error(error: OSError) -> str:
    """Say what the system refused: a full disk, a folder that may not be written."""
    from kommuneregnskap.support.errors import shown_path  # noqa: PLC0415

    where = f"{shown_path(str(error.filename))}: " if error.filename else ""
    return (
        f"{where}{error.strerror or error}. What stood there before is as it was; make room or give "
        "write permission, and try again."
    )
