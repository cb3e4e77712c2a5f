"""Two snapshots of StatBank held beside each other on the desk: tables and a page of what changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kommuneregnskap.report.pages.difference import export_difference
from kommuneregnskap.sources.statbank.snapshot import Snapshot, ids, open_snapshot, where
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.support.files import publishing
from kommuneregnskap.survey.opening import opened
from kommuneregnskap.survey.request import Request
from kommuneregnskap.verdicts import differences

KIND = "endring"


@dataclass(frozen=True)
class Compared:
    """What a comparison found, and the folder it was written to."""

    folder: Path
    found: differences.Comparison


def compare(request: Request, first: str, second: str) -> Compared:
    """Compare two snapshots, from `first` to `second`, and write what changed.

    Writes endringer.csv, begreper.csv, tall.csv, vurdering.csv and index.html into
    reports/<year>/<source>-endring-<first>-<second>/, with scope and panel in the name where they are not the
    usual ones. request: of open figures, without a snapshot. Raises UsageError for a snapshot that is not
    there, the same one twice, and a year, scope or panel that one of them lacks.
    """
    before, after = _both(first, second)
    surveys = [opened(request.of_snapshot(each.name)) for each in (before, after)]
    found = differences.compare(surveys[0], surveys[1], before.values, after.values)
    folder = request.folder(f"{KIND}-{before.name}-{after.name}")
    with publishing(folder) as draft:
        export_difference(found, draft)
    return Compared(folder, found)


def _both(first: str, second: str) -> tuple[Snapshot, Snapshot]:
    """Open both snapshots. Raises UsageError for names that cannot be compared."""
    there = ids()
    known = f"in {where()}: {', '.join(there) or 'none'}"
    for setting, name in (("FROM", first), ("TO", second)):
        if name not in there:
            raise UsageError(f"{setting} is {name!r}, which is no snapshot; {known}")
    if first == second:
        raise UsageError(f"FROM and TO are both {first!r}; give two snapshots, {known}")
    return open_snapshot(first), open_snapshot(second)
