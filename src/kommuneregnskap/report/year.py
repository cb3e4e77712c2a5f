"""A year: the report of every source at hand, and the front that holds them beside each other."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import polars as pl

from kommuneregnskap.numbers.table import compute
from kommuneregnskap.report import manifest, resources
from kommuneregnskap.report.beside import WORKBOOK, write_table
from kommuneregnskap.report.editions import Download
from kommuneregnskap.report.publish import publish
from kommuneregnskap.report.resources import METADATA, PARQUET, About, together
from kommuneregnskap.support import paths
from kommuneregnskap.support.files import file_hash, is_own_file, remove, replacing
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.request import Request, all_asked
from kommuneregnskap.tables import reader
from kommuneregnskap.tables.written import Evidens
from kommuneregnskap.verdicts import evidence, judgement

PAGE, TABLE = "index.html", "evidens.csv"
BOOK, *DATA = (Path(TABLE).with_suffix(ending).name for ending in (WORKBOOK, METADATA, PARQUET))
REPORTS = "rapporter_sha256"
Publish = Callable[[Request], tuple[Path, pl.DataFrame]]


def publish_year(request: Request, make: Publish = publish) -> Path:
    """Make the report of every source at hand for the year of a request, and the front of the year; return its page.

    Writes, beside what `publish` does for each, reports/<year>/index.html, evidens (.csv, .xlsx) and manifest.json. The
    front is made anew when one of the reports is. make: `publish` with what it is to be told besides. Raises as
    `publish`.
    """
    requests = all_asked(request)
    folder = paths.reports() / str(request.year)
    with opening.held_open():
        reports = {each.source: make(each)[0] for each in requests}
        basis = {REPORTS: {name: file_hash(made / manifest.FILE) for name, made in reports.items()}}
        if not _stands(folder, basis):
            _write(requests, reports, folder, basis)
    return folder / PAGE


def is_outdated(year: int) -> bool:
    """Return whether the front of a year is of other reports than those beside it now, or does not say."""
    folder = paths.reports() / str(year)
    if not os.path.lexists(folder / manifest.FILE):
        return False
    said = manifest.read(folder / manifest.FILE) or {}
    reports = said.get(REPORTS) or {"": ""}
    return any(
        manifest.sum_of(folder / name / manifest.FILE) != own for name, own in reports.items()
    )


def _stands(folder: Path, basis: manifest.Basis) -> bool:
    """Return whether the front that lies in the folder is of these reports, as it was written."""
    own = _said(folder, basis)
    return (
        None not in own[manifest.RESULTS].values() and manifest.read(folder / manifest.FILE) == own
    )


def _said(folder: Path, basis: manifest.Basis) -> manifest.Basis:
    return basis | {
        manifest.RESULTS: {
            name: manifest.sum_of(folder / name) for name in (TABLE, BOOK, *DATA, PAGE)
        }
    }


def _beside(folder: Path) -> list[Download]:
    names = {BOOK: "Alle publiserte tall med alt som er prøvd (Excel)", TABLE: "Det samme som CSV"}
    return [
        Download(name, words, 1, (folder / name).stat().st_size) for name, words in names.items()
    ]


@reader.held()
def _write(
    requests: list[Request],
    reports: dict[str, Path],
    folder: Path,
    basis: manifest.Basis,
) -> None:
    """Write the table, the front, and the manifest last: a front without it is made again."""
    from kommuneregnskap.report.editions.figures import FOLDER  # noqa: PLC0415
    from kommuneregnskap.report.pages.figures import by_name  # noqa: PLC0415 (what draws takes a second to import)
    from kommuneregnskap.report.pages.front import export_front  # noqa: PLC0415
    from kommuneregnskap.report.pages.made import Made  # noqa: PLC0415
    from kommuneregnskap.report.pages.one_municipality import export_one  # noqa: PLC0415
    from kommuneregnskap.report.pages.walk import Walks  # noqa: PLC0415

    surveys = [opening.opened(each) for each in requests]
    claims = judgement.read(requests[0].year)
    made = []
    for survey in surveys:
        own = reports[survey.source]
        tall = compute(survey)
        executed = sorted((own / "notebooks").glob("*.ipynb"))
        files = own / FOLDER
        charts = f"{files.relative_to(folder).as_posix()}/" if files.is_dir() else ""
        vurdering = judgement.judge(claims, tall, survey)
        address = f"{own.relative_to(folder).as_posix()}/"
        checksum = manifest.checksum(manifest.read(own / manifest.FILE) or {})
        walks = Walks(survey, tall, vurdering)
        made.append(Made(walks, by_name(executed, charts), address, checksum))
    for name in (manifest.FILE, TABLE, BOOK, *DATA, PAGE):
        if name == manifest.FILE or not is_own_file(folder / name):
            remove(folder / name)
    # One municipality's own accounts are no evidence for what was published of many.
    of_many = [each for each in made if not each.survey.alone]
    found = evidence.of([each.survey for each in of_many])
    origins = [resources.origin(each.survey) for each in of_many]
    origin = together([*origins, resources.PUBLISHED])
    title = f"De publiserte tallene for {requests[0].year}, prøvd på hver kilde"
    said = "Hvert publisert tall med vurderingen på hver kilde som er lest, den beste kilden først."
    write_table(found, folder / TABLE, About(title, origin, said, schema=Evidens))
    with replacing(folder / PAGE) as part:
        if of_many:
            alone = [each for each in made if each.survey.alone]
            export_front(of_many, found, part, downloads=_beside(folder), alone=alone)
        else:
            export_one(made[0], part, downloads=_beside(folder))
    with replacing(folder / manifest.FILE) as part:
        part.write_text(manifest.text(_said(folder, basis)), encoding="utf-8", newline="\n")
