"""The command line; the Makefile calls it. Heavy imports wait until a command needs them."""

from __future__ import annotations

import sys

import typer

from kommuneregnskap.cli import (
    accounts,
    estimates,
    hierarchies,
    klass,
    new_year,
    notebooks,
    partitions,
    report,
    review,
    sheets,
    statbank,
    tables,
    trace,
)
from kommuneregnskap.cli.panels import PANELS
from kommuneregnskap.cli.terminal import prepare, refused, say
from kommuneregnskap.support.commands import typed
from kommuneregnskap.support.errors import KommuneregnskapError, UsageError, shortened
from kommuneregnskap.support.outside import visible
from kommuneregnskap.support.refusals import system_error

FAMILIES = (
    report,
    accounts,
    sheets,
    trace,
    statbank,
    notebooks,
    new_year,
    estimates,
    review,
    klass,
    hierarchies,
    partitions,
    tables,
)
app = typer.Typer(
    name="kommuneregnskap",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Norwegian municipal accounts, from KOSTRA files to published numbers with verdicts.",
)
for family in FAMILIES:
    family.register(app)
# A family may have commands for several readers: the headings in their order, the commands as they came.
app.registered_commands.sort(key=lambda each: PANELS.index(str(each.rich_help_panel)))


def main() -> None:
    """Run the command line: one line on an error, exit code 1; 130 when interrupted. Without a command: help.

    An option that is none, or whose value is not of its kind, is one line too, with exit code 2.
    """
    prepare()
    try:
        if odd := refused(sys.argv[1:]):
            raise UsageError(odd)
        sys.exit(app(sys.argv[1:] or ["--help"], standalone_mode=False))
    except KommuneregnskapError as error:
        said, code = str(error), 1
    except typer.TyperException as error:
        said, code = _misused(error), 2
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        said, code = system_error(error), 1
    except MemoryError:
        said, code = f"there is not enough memory. Ask for less at a time ({typed('JOBS=1')}).", 1
    say(f"Error: {said}", err=True)
    sys.exit(code)


def _misused(error: typer.TyperException) -> str:
    """Say what typer refuses, and where to read what it takes."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "kommuneregnskap"
    told = error.format_message() if hasattr(error, "format_message") else str(error)
    return f"{shortened(visible(told.strip()), most=300, ends=140)} See: {path} --help"
