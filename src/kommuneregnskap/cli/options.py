"""What commands have in common: their options."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kommuneregnskap import sources
from kommuneregnskap.report import editions
from kommuneregnskap.sources.source import Source as Registered

if TYPE_CHECKING:
    from kommuneregnskap.survey.request import Request


def with_files(*, only: bool = True) -> list[Registered]:
    """Return the sources with account files, or (not `only`) all of them."""
    return [each for each in sources.REGISTERED if each.gives.controls or not only]


def source_help(*, only_files: bool = False) -> str:
    """Return the help of an option that names a source."""
    return f"{_or(f'{each.name} ({each.help})' for each in with_files(only=only_files))}."


def scope_help(*, only_files: bool = False) -> str:
    """Return the help of an option that names a scope."""
    chosen = with_files(only=only_files)
    return f"{_or(scope for each in chosen for scope in each.scope_help)}."


def panel_help() -> str:
    """Return the help of the option that names a panel."""
    having = [each for each in sources.REGISTERED if each.panels]
    return " ".join(f"For --source {each.name}: {_or(each.panels)}." for each in having)


def data_help(*, only_files: bool = False) -> str:
    """Return the help of the option that says where the accounts are."""
    having = (each for each in with_files(only=only_files) if each.data_help)
    return ", or ".join(f"{each.data_help} ({each.name})" for each in having) + "."


def _or(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


Year = Annotated[str, typer.Option(help="Accounting year, such as 2024.")]
Source = Annotated[
    str,
    typer.Option(
        help=f"{source_help()} If not given: the best at hand.",
        autocompletion=lambda: list(sources.NAMES),
    ),
]
Scope = Annotated[
    str,
    typer.Option(
        help=scope_help(),
        autocompletion=lambda: list(sources.scopes()),
    ),
]
Panel = Annotated[
    str,
    typer.Option(
        help=panel_help(),
        autocompletion=lambda: list(sources.panels()),
    ),
]
Data = Annotated[
    str,
    typer.Option("--data", help=data_help()),
]
MOST_JOBS = 512  # more than any machine that a report is made on has use for


def jobs_option(what: str) -> Any:
    """Return the option that says how many processes work at a time."""
    return typer.Option(min=1, max=MOST_JOBS, help=what)


Assume = Annotated[
    str,
    typer.Option("--assume", help="Open choices, made differently: sosial=FGK12,disse=negative."),
]


def only_completed(incomplete: str) -> list[str]:
    """Return what the shell may complete an `--only` to: the last of the names that commas part."""
    before, comma, _ = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in editions.names()]


Only = Annotated[
    str,
    typer.Option(
        help=f"{', '.join(f'{each.name} ({each.help})' for each in editions.editions())}; "
        "several with commas; the others are removed.",
        autocompletion=only_completed,
    ),
]


OPTIONS: dict[str, tuple[object, str]] = {
    "year": (Year, "2024"),
    "source": (Source, ""),
    "scope": (Scope, ""),
    "data": (Data, ""),
    "panel": (Panel, ""),
    "assume": (Assume, ""),
}
Command = Callable[..., None]


def asks(*without: str, **usual: str) -> Callable[[Command], Command]:
    """Give a command the options that say which survey it is about, and hand them to it as one `Request`.

    without: those that the command does not have; usual: other defaults (`source="kostra"`). The command's first
    parameter is the request, the others are its own options. A folder is understood from the working folder.
    """

    def given(command: Command) -> Command:
        known = command.__globals__  # what a request is, is not loaded before there is one
        own = [
            each.replace(annotation=eval(str(each.annotation), known), kind=Parameter.KEYWORD_ONLY)
            for each in list(signature(command).parameters.values())[1:]
        ]
        common = [
            Parameter(name, Parameter.KEYWORD_ONLY, annotation=kind, default=usual.get(name, plain))
            for name, (kind, plain) in OPTIONS.items()
            if name not in without
        ]

        @wraps(command)
        def run(**options: Any) -> None:
            said = {each.name: options.pop(each.name) for each in common}
            named = {name: text for name, text in said.items() if text or name == "year"}
            command(request(**{**usual, **named}), **options)

        # The options that typer sees, in the place of the command's own parameters.
        run.__signature__ = Signature([*common, *own])  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in (*common, *own)}
        return run

    return given


def request(source: str = "", data: str = "", **said: str) -> Request:
    """Return what options ask for; a folder as it is named in the working folder."""
    from kommuneregnskap.survey.request import asked, from_here  # noqa: PLC0415

    return asked(source=source, data_dir=from_here(data, source), **said)
