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

    def years(self) -> list[int]:
        """Return the years of the snapshots, fetched or come along."""
        from kommuneregnskap.sources.statbank import snapshot  # noqa: PLC0415

        return sorted({year for name in snapshot.ids() for year in snapshot.years_of(name)})

    def snapshot(self, name: str, year: int) -> Snapshot:
        """Return the snapshot of that name, empty for the newest of a year. Raises UsageError where there is none."""
        from kommuneregnskap.sources.statbank import snapshot  # noqa: PLC0415

        return snapshot.open_snapshot(name or snapshot.newest(year))


SOURCE = PublishedFigures()
