"""What lies in the package of a year: the files of its reports as they were written, and the project they came from.

Only what a manifest names, or what comes with the project, is taken: never account files, nor what lies beside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

from kommuneregnskap.estimates import simulation_table
from kommuneregnskap.report import manifest
from kommuneregnskap.report.manifest import Basis
from kommuneregnskap.report.year import REPORTS
from kommuneregnskap.sources.statbank import snapshot
from kommuneregnskap.support import paths
from kommuneregnskap.support.commands import typed
from kommuneregnskap.support.errors import DataError, shown_path
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import sections

REPORT, PROJECT = "report", "project"
Content = Path | bytes  # a file, or what is to be written as one
# Files of the project itself that a copy is installed and cited by, and the times that were measured.
OF_PROJECT = ("pyproject.toml", "requirements.lock", "README.md", "LICENSE", "CITATION.cff")
MEASURED = "benchmarks/results.csv"
BESIDE = ("explore", "municipality")  # notebooks that are in no report
TABLES = ("claims", "codes", "definitions", "demo")
# What is where, the first that fits: the README and the crate say it of every file.
PLACES = {
    "README.md": "What this package is and how to use it",
    "CITATION.cff": "How to cite it, for programs",
    "LICENSE": "The licence of code, notebooks and documentation",
    "codecheck.yml": "The files that a CODECHECK is to reproduce",
    "datapackage.json": "Every table with its columns, source, vintage and licence: a Frictionless data package",
    "ro-crate-metadata.json": "The runs with inputs, software, outputs and checksums: an RO-Crate",
    "exhibits.csv": "Every table and figure: notebook, cell, function and files",
    "report/index.html": "The front of the year: what was published and how it stands (open this first)",
    "report/evidens.*": "Every published number, tried on every source",
    "report/manifest.json": "Which reports the front is of, by checksum",
    "report/*/index.html": "The front of one report",
    "report/*/*-spor.html": "The trail of every number of a section, down to the rows",
    "report/*/*.html": "A section of a report as a page",
    "report/*/*.pdf": "A report in print, and its appendix",
    "report/*/pressemelding.*": "A draft of a release",
    "report/*/manifest.json": "What a report is made from and what it is, by checksum",
    "report/*/notebooks/*.ipynb": "The executed notebooks",
    "report/*/tabeller/*": "Every table of the notebooks: CSV, parquet and what it is",
    "report/*/figurer/*": "Every figure: SVG, PNG, and the numbers behind it with what they are",
    "report/*/*.metadata.json": "What a table beside it is: a Frictionless resource",
    "report/*/*.csv": "Numbers, verdicts and controls of a report",
    "report/*/*.parquet": "The same, with types",
    "report/*/*.xlsx": "The same, and tables of the notebooks, as workbooks",
    "project/data/ssb/*": "SSB's open figures, with the receipt of where and how they were read",
    "project/data/raw/ssb/*": "SSB's open figures, with the receipt of where and how they were read",
    "project/data/claims/*": "The published numbers, as printed",
    "project/data/codes/*": "Codes, municipalities, inhabitants, deflator",
    "project/data/definitions/*": "Definitions, assumptions and the rules of the method",
    "project/data/demo/*": "What the synthetic panel is built from",
    "project/data/README.md": "Every table under data/ and its columns",
    "project/notebooks/*": "The notebooks as they are executed",
    "project/src/*": "The code",
    "project/reports/*": "The simulation that is kept",
    "project/benchmarks/*": "Measured run times",
    "project/pyproject.toml": "How the program is installed",
    "project/requirements.lock": "The packages it runs with, with their hashes",
    "project/README.md": "What the project is; pages and commands of make that it names are in its repository",
    "project/LICENSE": "Its licence",
    "project/CITATION.cff": "How to cite it",
}


@dataclass(frozen=True)
class OneReport:
    """One report of the year: its survey, its folder, where it lies in the package."""

    survey: Survey
    folder: Path
    place: str

    @cached_property
    def said(self) -> Basis:
        """What its manifest says. Raises DataError where it is not as it was written."""
        found = manifest.read(self.folder / manifest.FILE)
        if found is None:
            raise _changed(self.folder / manifest.FILE)
        return found

    @property
    def executed(self) -> list[Path]:
        """Its executed notebooks, in order."""
        return sorted((self.folder / "notebooks").glob("*.ipynb"))


def of_reports(reports: list[OneReport], year_folder: Path, front: Basis) -> dict[str, Path]:
    """Return the files of the year's front and of its reports: place in the package → file.

    front: what the manifest of the year says. Raises DataError for a file that is not as it was written, and where the
    front is of former reports.
    """
    found = {f"{REPORT}/{manifest.FILE}": year_folder / manifest.FILE}
    found |= _written(year_folder, front[manifest.RESULTS], REPORT)
    for each in reports:
        if manifest.sum_of(each.folder / manifest.FILE) != front[REPORTS].get(each.survey.source):
            raise DataError(
                year_folder / manifest.FILE,
                problem=f"the front is of another report than that in {shown_path(each.folder)}",
                todo=f"Make the year again: {typed(f'make report YEAR={each.survey.year}')}",
            )
        found[f"{each.place}/{manifest.FILE}"] = each.folder / manifest.FILE
        found |= _written(each.folder, each.said[manifest.RESULTS], each.place)
    return found


def _written(folder: Path, sums: Mapping[str, str], place: str) -> dict[str, Path]:
    for name, own in sums.items():
        if manifest.sum_of(folder / name) != own:
            raise _changed(folder / name)
    return {f"{place}/{name}": folder / name for name in sums}


def _changed(path: Path) -> DataError:
    return DataError(
        path,
        problem="is not as the report wrote it",
        todo="Make the report again: --force (FORCE=1).",
    )


def of_project(year: int, surveys: list[Survey]) -> dict[str, Path]:
    """Return the files of the project that make the reports: place in the package → file.

    Tables, notebooks, code, the simulation of the year, the snapshots of open figures that surveys are of or show
    beside. Raises DataError where one of its own files is missing.
    """
    shipped = paths.shipped()
    found = {name: paths.of_program(name) for name in (*OF_PROJECT, MEASURED)}
    found |= {path.relative_to(shipped).as_posix(): path for path in _tables()}
    found |= {f"notebooks/{path.name}": path for path in _notebooks()}
    code = paths.code_files()
    root = paths.source_code()
    found |= {f"src/{root.name}/{path.relative_to(root).as_posix()}": path for path in code}
    found |= {f"reports/{path.name}": path for path in simulation_table.files(year)}
    found |= dict(_snapshots(surveys))
    for path in found.values():
        if not path.is_file():
            raise DataError(
                path, problem="is missing", todo="Restore it from where the project came from."
            )
    return {f"{PROJECT}/{name}": path for name, path in found.items()}


def _tables() -> Iterator[Path]:
    described = paths.tables() / "README.md"
    if described.is_file():  # not where somebody works with tables of their own
        yield described
    for folder in TABLES:
        yield from sorted((paths.tables() / folder).glob("*.csv"))


def _notebooks() -> list[Path]:
    beside = [paths.notebooks() / f"{name}.ipynb" for name in BESIDE]
    return [*sections.notebooks(), *beside]


def _snapshots(surveys: list[Survey]) -> Iterator[tuple[str, Path]]:
    """Give the files of every snapshot that comes along, or that a survey is of: place in the project → file."""
    used = [each.figures.snapshot for each in surveys if each.gives.snapshots]
    for name in dict.fromkeys([*snapshot.ids(), *used]):
        folder = snapshot.folder_of(name)
        own = "data/ssb" if folder.parent == paths.bundled() else "data/raw/ssb"
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield f"{own}/{name}/{path.relative_to(folder).as_posix()}", path


def place_of(name: str) -> str:
    """Return the pattern of PLACES that a file of the package falls under. Raises KeyError where there is none."""
    for pattern in PLACES:
        if fnmatchcase(name, pattern):
            return pattern
    raise KeyError(name)
