"""A year: the report of every source at hand, and the front that holds them beside each other."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import polars as pl

from kommuneregnskap.report import manifest
from kommuneregnskap.report.front_files import PAGE, said
from kommuneregnskap.report.publish import prepared, publish
from kommuneregnskap.support import paths, spent
from kommuneregnskap.support.files import file_hash
from kommuneregnskap.support.processes import Ahead
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.request import Request, all_asked

REPORTS = "rapporter_sha256"
Publish = Callable[[Request], tuple[Path, pl.DataFrame]]


def publish_year(request: Request, make: Publish = publish, *, ahead: bool = False) -> Path:
    """Make the report of every source at hand for the year of a request, and the front of the year; return its page.

    Writes, beside what `publish` does for each, reports/<year>/index.html, evidens (.csv, .xlsx) and manifest.json. The
    front is made anew when one of the reports is. make: `publish` with what it is to be told besides. Raises as
    `publish`. ahead: while the first report is made, those that stand nowhere yet are read and computed by another
    process.
    """
    with opening.held_open():
        return _publish_year(all_asked(request), make, ahead=ahead)


def _publish_year(requests: list[Request], make: Publish, *, ahead: bool) -> Path:
    new = [each for each in requests[1:] if not (each.folder() / manifest.FILE).is_file()]
    reports = {}
    with Ahead(prepared, new if ahead else []) as others:
        for each in requests:
            if ahead and each in new:
                with spent.stage("what was computed ahead"):
                    others.wait(each)
            reports[each.source] = make(each)[0]
    folder = paths.reports() / str(requests[0].year)
    basis = {REPORTS: {name: file_hash(made / manifest.FILE) for name, made in reports.items()}}
    with spent.stage("comparing with what stands"):
        stands = _stands(folder, basis)
    if not stands:
        with spent.stage("loading what draws"):
            from kommuneregnskap.report.make_year import make_front  # noqa: PLC0415 (takes a second to import)

        with spent.stage("front of the year"):
            make_front(requests, reports, folder, basis)
    return folder / PAGE


def is_outdated(year: int) -> bool:
    """Return whether the front of a year is of other reports than those beside it now, or does not say."""
    folder = paths.reports() / str(year)
    if not os.path.lexists(folder / manifest.FILE):
        return False
    own = manifest.read(folder / manifest.FILE) or {}
    reports = own.get(REPORTS) or {"": ""}
    return any(
        manifest.sum_of(folder / name / manifest.FILE) != known for name, known in reports.items()
    )


def _stands(folder: Path, basis: manifest.Basis) -> bool:
    """Return whether the front that lies in the folder is of these reports, as it was written."""
    own = said(folder, basis)
    return (
        None not in own[manifest.RESULTS].values() and manifest.read(folder / manifest.FILE) == own
    )
