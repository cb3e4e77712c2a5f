"""Writes the package of a year: reports/<year>/kommuneregnskap-<year>.zip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from kommuneregnskap.report import manifest
from kommuneregnskap.report.package import about, crate, exhibits, holdings, statements, tables
from kommuneregnskap.report.package.holdings import REPORT, Content, OneReport
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.support.files import replacing
from kommuneregnskap.survey.opening import opened
from kommuneregnskap.survey.request import Request, all_asked

DATAPACKAGE, README, CITATION, CODECHECK = (
    "datapackage.json",
    "README.md",
    "CITATION.cff",
    "codecheck.yml",
)
BEGINNING = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip knows: packages say nothing of time
READABLE = 0o644
LEVEL = 9


@dataclass(frozen=True)
class Packed:
    """A package that was written: its file, how many files and tables it holds, how many bytes it has."""

    file: Path
    files: int
    tables: int
    size: int


def pack(request: Request) -> Packed:
    """Write the package of the year whose reports stand (`year.publish_year`), and return what it is.

    A former package is as it was until the new one is whole. Same reports, same bytes. Raises DataError for a file that
    is not as the report wrote it, and where the system refuses to write.
    """
    folder = paths.reports() / str(request.year)
    front = manifest.read(folder / manifest.FILE)
    if front is None:
        raise DataError(
            folder / manifest.FILE,
            problem="is missing, or not as it was written",
            todo="Make the reports of the year again.",
        )
    reports = [
        OneReport(survey, own, f"{REPORT}/{own.relative_to(folder).as_posix()}")
        for survey in map(opened, all_asked(request))
        for own in [survey.request.folder()]
    ]
    files, held = contents(reports, folder, front)
    file = folder / f"{about.of(reports).name}.zip"
    with replacing(file) as part:
        write(files, part, file.stem)
    return Packed(file, len(files), held, file.stat().st_size)


def contents(
    reports: list[OneReport], folder: Path, front: manifest.Basis
) -> tuple[dict[str, Content], int]:
    """Return all files of the package, place → file or bytes, and how many tables it describes."""
    own = about.of(reports)
    found: dict[str, Path] = holdings.of_reports(reports, folder, front)
    found |= holdings.of_project(own.year, [each.survey for each in reports])
    listed = exhibits.listed(reports, found)
    text = listed.write_csv().encode()
    files: dict[str, Content] = {**found, exhibits.FILE: text}
    made = tables.resource(exhibits.FILE, text, exhibits.Exhibits, listed)
    data = tables.datapackage(own.descriptor, found, made)
    files["LICENSE"] = paths.of_program("LICENSE")
    files[CITATION] = statements.citation(own)
    files[CODECHECK] = statements.codecheck(own, listed, files)
    files[DATAPACKAGE] = tables.write(data)
    files[README] = statements.readme(
        own, reports, {**files, crate.FILE: b""}, listed, statements.to_check(files)
    )
    files[crate.FILE] = crate.of(own, reports, files)
    return files, len(data["resources"])


def write(files: Mapping[str, Content], target: Path, root: str) -> None:
    """Write files as an archive in which all lie in the folder `root`, in order of their places."""
    with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        for place in sorted(files):
            content = files[place]
            entry = ZipInfo(f"{root}/{place}", BEGINNING)
            entry.compress_type, entry.external_attr = ZIP_DEFLATED, READABLE << 16
            entry.create_system = 3  # as written on Linux, wherever it is written
            archive.writestr(entry, content if isinstance(content, bytes) else content.read_bytes())
