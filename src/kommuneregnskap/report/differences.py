"""Two snapshots of StatBank held beside each other on the desk: tables and a page of what changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kommuneregnskap.report.pages.difference import export_difference
from kommuneregnskap.sources.statbank.snapshot import Snapshot, folder_of, ids, open_snapshot, where
from kommuneregnskap.support import paths
from kommuneregnskap.support.commands import typed
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
    before, after = _both(first, second, request.year)
    surveys = [opened(request.of_snapshot(each.name)) for each in (before, after)]
    found = differences.compare(surveys[0], surveys[1], before.values, after.values)
    folder = request.folder(f"{KIND}-{before.name}-{after.name}")
    with publishing(folder) as draft:
        export_difference(found, draft)
    return Compared(folder, found)


def _both(first: str, second: str, year: int) -> tuple[Snapshot, Snapshot]:
    """Open both snapshots. Raises UsageError for names that cannot be compared, with what can be."""
    there = ids()
    given = {"FROM": first, "TO": second}
    for setting, name in given.items():
        if name and name not in there:
            raise UsageError(
                f"{setting} is {name!r}, which is no snapshot; {_snapshots(there, year)}"
            )
    lacking = [setting for setting, name in given.items() if not name]
    if lacking:
        raise UsageError(
            f"{' and '.join(lacking)} not given: which two snapshots to compare; {_snapshots(there, year)}"
        )
    if first == second:
        raise UsageError(
            f"FROM and TO are both {first!r}, and nothing to compare; {_snapshots(there, year)}"
        )
    return open_snapshot(first), open_snapshot(second)


def _snapshots(there: list[str], year: int) -> str:
    """Say which snapshots there are, and how two of them are compared or another one is got."""
    bundled = paths.bundled()
    named = ", ".join(
        f"{name} (bundled)" if folder_of(name).parent == bundled else name for name in there
    )
    known = f"in {where()}: {named or 'none'}. "
    if len(there) > 1:
        such = typed(f"make diff YEAR={year} FROM={there[-2]} TO={there[-1]}")
        return f"{known}Such as: {such}"
    fetch = typed(f"make fetch YEAR={year}")
    if not there:
        return f"{known}To get one: {fetch}"
    again = typed(f"make diff YEAR={year} FROM={there[0]} TO=that name")
    return f"{known}To get another: {fetch}, which says its name; then: {again}"
