"""The source `ssb`: Statistics Norway's open figures of all municipalities, kept as snapshots of StatBank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kommuneregnskap.sources.source import PUBLISHED_SUMS, Gives

if TYPE_CHECKING:
    from kommuneregnskap.sources.statbank.snapshot import Snapshot

EVERYONE, WITHOUT_OSLO, PSEUDO = "alle", "uten_oslo", "pseudo"


@dataclass(frozen=True)
class PublishedFigures:
    """See `source.Source` and `source.HasSnapshots`."""

    name: str = "ssb"
    help: str = "a snapshot"
    scope_help: tuple[str, ...] = ("konsern (ssb)",)
    data_help: str = "name of a snapshot"
    words: str = ""
    origin: str = ""
    note: str = ""
    title: str = ", åpne tall"
    accounts: str = "aapne tall"
    synthetic: bool = False
    panels: tuple[str, ...] = (WITHOUT_OSLO, EVERYONE, PSEUDO)
    gives: Gives = PUBLISHED_SUMS

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes of StatBank's tables, the usual one first."""
        from kommuneregnskap.tables.schemas.statbank import SCOPES  # noqa: PLC0415

        return SCOPES

    def snapshot(self, name: str) -> Snapshot:
        """Return the snapshot of that name, empty for the newest. Raises UsageError where there is none."""
        from kommuneregnskap.sources.statbank.snapshot import open_snapshot  # noqa: PLC0415

        return open_snapshot(name)


SOURCE = PublishedFigures()
