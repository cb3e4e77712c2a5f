"""A year: the report of every source at hand, and the front that holds them beside each other."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from kommuneregnskap.notebooks import WARM
from kommuneregnskap.report import manifest
from kommuneregnskap.report.front_files import PAGE, said
from kommuneregnskap.report.publish import Made, begin, prepared
from kommuneregnskap.report.workshop import Workshop
from kommuneregnskap.support import paths, spent
from kommuneregnskap.support.files import file_hash
from kommuneregnskap.support.processes import ended
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.request import Request, all_asked

REPORTS = "rapporter_sha256"
Begin = Callable[[Request, Workshop], Callable[[], Made]]


def publish_year(
    request: Request, begin: Begin = begin, *, jobs: int = 3, engine: str = WARM
) -> Path:
    """Make the report of every source at hand for the year of a request, and the front of the year; return its page.

    Writes, beside what `begin` leads to for each, reports/<year>/index.html, evidens (.csv, .xlsx) and manifest.json.
    The front is made anew when one of the reports is. The pages of one report are written while the notebooks of the
    next run, and what is computed for those that stand nowhere yet is computed before (with one job everything has its
    turn). begin: `publish.begin` with what it is to be told besides. Raises as that does.
    """
    with opening.held_open():
        requests = all_asked(request)
        with Workshop(jobs, engine) as workshop:
            reports = _reports(requests, begin, workshop)
        return _front(requests, reports)


def _reports(requests: list[Request], begin: Begin, workshop: Workshop) -> dict[str, Path]:
    """Make the reports and return the folder of each by its source."""
    for each in requests[1:]:
        if not (each.folder() / manifest.FILE).is_file():
            workshop.ahead(prepared, each)

    def begun(each: Request) -> Callable[[], Made]:
        workshop.wait_for(each)
        return begin(each, workshop)

    *others, last = requests
    written = {each.source: workshop.meanwhile(begun(each)) for each in others}
    folder, _ = begun(last)()
    with spent.stage("pages and files"):
        made = {source: ended(future).result()[0] for source, future in written.items()}
    return made | {last.source: folder}


def _front(requests: list[Request], reports: dict[str, Path]) -> Path:
    """Make the front of the year where it is not of these reports, and return its page."""
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
