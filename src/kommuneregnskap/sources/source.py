"""What a source of accounts is: one module beside this one, registered in `kommuneregnskap.sources`.

A source says what may be asked of it, what a survey on it can give, and how its figures are called; the rest of
the code asks these, never its name. It is of one of two kinds: it has account files (`HasFiles`), which are
controlled and summed to a ledger, or snapshots (`HasSnapshots`), whose figures are sums already.

Light on purpose: the command line asks it for words before anything is read.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from kommuneregnskap.sources.statbank.snapshot import Snapshot

SCOPES = ("kasse", "konsolidert")  # of account files, the usual one first
INVENTED = "syntetiske"  # what rows on invented accounts say of their origin, whatever the source


@dataclass(frozen=True)
class Gives:
    """What a survey on a source can give.

    controls: account files, controlled before they are used. rows: a ledger of rows behind the sums.
    respondents: who answered KS, so that a number may be the published one and not only be compatible
    with it. counties: accounts of counties. whole: whoever has accounts has all of its amounts, so that one
    that is not there is nothing, and not unknown. snapshots: figures as published on a day, with a vintage,
    other days beside them and the publisher's own sums.
    """

    controls: bool
    rows: bool
    respondents: bool
    counties: bool
    whole: bool
    snapshots: bool


ACCOUNT_FILES = Gives(
    controls=True, rows=True, respondents=True, counties=True, whole=True, snapshots=False
)
PUBLISHED_SUMS = Gives(
    controls=False, rows=False, respondents=False, counties=False, whole=False, snapshots=True
)


class Source(Protocol):
    """A source of accounts: what may be asked of it, what it gives, how it is called."""

    @property
    def name(self) -> str:
        """What SOURCE= and --source call it."""

    @property
    def help(self) -> str:
        """What it is, in the help of a command."""

    @property
    def scope_help(self) -> tuple[str, ...]:
        """Its scopes as the help of a command says them; none where another source says the same."""

    @property
    def data_help(self) -> str:
        """What --data is to it, in the help of a command; empty for nothing."""

    @property
    def words(self) -> str:
        """What it is, in bokmål, for the reader; empty where the figures say it (`survey.Survey.figures`)."""

    @property
    def origin(self) -> str:
        """The same under a figure."""

    @property
    def note(self) -> str:
        """What a page of it opens with, in bokmål; empty where the figures say it."""

    @property
    def title(self) -> str:
        """What the title of a report says of it, after the year."""

    @property
    def accounts(self) -> str:
        """What every row of a table says of where its number comes from (`regnskaper`)."""

    @property
    def synthetic(self) -> bool:
        """Whether all of its figures are invented."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that may be asked for, the usual one first."""

    @property
    def panels(self) -> tuple[str, ...]:
        """The panels that may be asked for, the usual one first; mostly none."""

    @property
    def gives(self) -> Gives:
        """What a survey on it can give."""

    def years(self) -> list[int]:
        """Return the years it has accounts for on this machine, in order, without opening them."""


@runtime_checkable
class HasFiles(Source, Protocol):
    """A source whose accounts lie in a folder of files, as `kostra.delivery` reads them."""

    def folder(self, data_dir: str | Path | None = None) -> Path:
        """Return the folder of its files; `data_dir` may be relative to the project."""

    def prepare(self, folder: Path, years: Collection[int] | None = None) -> None:
        """Make the files in the folder where the source makes them itself; years: those that are read, None for all."""


@runtime_checkable
class HasSnapshots(Source, Protocol):
    """A source of figures that were published, kept as snapshots."""

    def snapshot(self, name: str, year: int) -> Snapshot:
        """Return the snapshot of that name, empty for the newest of a year. Raises UsageError where there is none."""
