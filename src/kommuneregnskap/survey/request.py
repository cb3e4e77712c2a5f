"""What is asked for: a year, from a source, of a scope, on whose accounts, under which choices.

Parsed and checked once, where it is typed; after that it travels as one thing. It knows the usual scope, what its
folders are called and what its notebooks are told.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from kommuneregnskap import sources
from kommuneregnskap.sources.source import Source
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.tables import choices
from kommuneregnskap.tables.choices import Choices

YEAR = re.compile(r"[0-9]{4}")


@dataclass(frozen=True)
class Request:
    """One survey that is asked for; made by `asked`, which checks it.

    year: accounting year. source: one of `sources.NAMES`. scope: one of those of the source. data_dir: the folder
    of the account files (relative to the project), or the name of a snapshot; empty: the usual place, the newest.
    panel: one of those of the source or empty. choices: those of the open choices that are not made as usual.
    named: whether it was said which survey, and not only which year: nothing about the survey itself.
    """

    year: int
    source: str
    scope: str
    data_dir: str
    panel: str
    choices: Choices
    named: bool = field(default=True, compare=False)

    @property
    def accounts_scope(self) -> str:
        """The scope of the accounts to open: another one where a choice says what the published numbers are of."""
        usual = sources.named(self.source).scopes[0]
        assumed = choices.setting(self.choices, "omfang")
        return assumed if self.scope == usual and assumed not in (usual, self.scope) else self.scope

    @property
    def parameters(self) -> dict[str, str | int]:
        """What the notebooks are told: the names of `asked`, and their values as a person would type them."""
        return {
            "year": self.year,
            "source": self.source,
            "scope": self.scope,
            "data_dir": self.data_dir,
            "panel": self.panel,
            "assume": choices.text(self.choices),
        }

    def folder(self, kind: str = "") -> Path:
        """Return the folder of what is made: reports/<year>/<source>, with what is not as usual in the name.

        kind: what is made besides the report (`ark`: `demo-ark`).
        """
        origin = sources.named(self.source)
        parts = [self.source, kind, "" if self.scope == origin.scopes[0] else self.scope]
        parts += ["" if self.panel in origin.panels[:1] else self.panel]
        parts += [f"{valg}_{alternative}" for valg, alternative in self.choices]
        return paths.report(self.year, "-".join(part for part in parts if part))

    def of_snapshot(self, name: str) -> Request:
        """Return the same of one snapshot, so that a newer one changes nothing."""
        return replace(self, data_dir=name)

    def under(self, made: Choices, scope: str) -> Request:
        """Return the same under other choices, and of the scope that they are of."""
        return replace(self, choices=made, scope=scope)


def asked(
    year: int | str,
    source: str = "",
    scope: str = "",
    data_dir: str = "",
    panel: str = "",
    assume: str = "",
) -> Request:
    """Return what is asked for, checked: from a command, a notebook's parameters or a person.

    year: accounting year, also as text. source: `kostra` (account files in the folder `data_dir`, else in data/raw),
    `ssb` (the snapshot of StatBank named `data_dir`, else the newest) or `demo` (the bundled synthetic panel); empty:
    that of `data_dir`, else the first of these that has the year, the scope and the panel (`sources.at_hand`).
    scope: `kasse` or `konsolidert`; of ssb `konsern` or `kasse`; empty: the first. panel: of ssb one of
    its panels (empty: `uten_oslo`), else empty. assume: open choices that are made otherwise than
    usual, such as `sosial=FGK12,disse=negative` (`choices.parse`).

    Raises UsageError for what is not there, naming what is.
    """
    found = year_of(year)
    source, scope, data_dir, panel, assume = (
        _text(name, value)
        for name, value in (
            ("SOURCE", source),
            ("SCOPE", scope),
            ("DATA", data_dir),
            ("PANEL", panel),
            ("ASSUME", assume),
        )
    )
    named = bool(source or scope or panel or assume)
    origin = sources.named(source) if source else _best(found, scope, data_dir, panel)
    source = origin.name
    made = choices.parse(assume)
    if scope and scope not in origin.scopes:
        allowed = f"for the source {source}" if origin.panels else "allowed"
        raise UsageError(f"SCOPE is {scope!r}; {allowed}: {', '.join(origin.scopes)}")
    if panel and not origin.panels:
        have = ", ".join(each.name for each in sources.REGISTERED if each.panels)
        raise UsageError(
            f"PANEL is {panel!r}; only the source {have} has panels, {source} has respondents"
        )
    if panel and panel not in origin.panels:
        raise UsageError(f"PANEL is {panel!r}; allowed: {', '.join(origin.panels)}")
    if data_dir and origin.gives.controls:
        data_dir = _portable(data_dir, paths.root())
    return Request(found, source, scope or origin.scopes[0], data_dir, panel, made, named)


def all_asked(request: Request) -> list[Request]:
    """Return what a request asks for, best evidence first: itself where it was named, else one of every source at hand.

    Own account files are those of its folder, where it has one. Raises as `asked`.
    """
    if request.named:
        return [request]
    if not request.data_dir:
        return [asked(request.year, each.name) for each in sources.at_hand(request.year)]
    return [
        request if each.name == request.source else asked(request.year, each.name)
        for each in sources.REGISTERED
        if each.name == request.source or request.year in each.years()
    ]


def _best(year: int, scope: str, data_dir: str, panel: str) -> Source:
    """Return the source of what is asked for without one: that of the folder or snapshot, else the best at hand."""
    if not data_dir:
        return sources.at_hand(year, scope, panel)[0]
    files = not _is_snapshot(data_dir)
    return next(each for each in sources.REGISTERED if each.gives.controls == files)


def _is_snapshot(data_dir: str) -> bool:
    """Return whether what is given as DATA names a snapshot, and no folder."""
    from kommuneregnskap.sources.statbank import snapshot  # noqa: PLC0415

    return bool(snapshot.NAME.fullmatch(data_dir)) and data_dir in snapshot.ids()


def year_of(year: object) -> int:
    """Return an accounting year given as a number or as text. Raises UsageError for what is none."""
    try:
        said = str(year).strip()
    except ValueError:  # a whole number of thousands of digits
        raise UsageError("YEAR is a number of thousands of digits; such as 2024") from None
    if not YEAR.fullmatch(said):
        raise UsageError(f"YEAR is {year!r}; an accounting year has four digits, such as 2024")
    return int(said)


def _text(setting: str, value: object) -> str:
    """Return a setting as text; nothing given is empty."""
    if value is not None and not isinstance(value, str):
        raise UsageError(f"{setting} is {value!r}; it is given as text, such as {str(value)!r}")
    return value or ""


def from_here(data_dir: str, source: str) -> str:
    """Return a folder as a command was given it, from the working folder, as `asked` takes it. Raises as `asked`."""
    files = data_dir and (
        sources.named(source).gives.controls if source else not _is_snapshot(data_dir)
    )
    return _portable(data_dir, Path.cwd()) if files else data_dir


def _portable(data_dir: str, base: Path) -> str:
    """Return a folder relative to the project, so that no output names a machine's folders."""
    folder = base / data_dir
    if not folder.is_dir():
        raise UsageError(
            f"DATA is {data_dir!r}, which is no folder; give the folder of the account files"
        )
    return Path(
        os.path.relpath(os.path.realpath(folder), os.path.realpath(paths.root()))
    ).as_posix()
