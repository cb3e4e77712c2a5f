"""What a report is made from, by content, and whether what stands in its folder is made from the same.

manifest.json says it: hashes of account files, tables, notebooks, code and versions of packages, never times or
paths of a machine. A report whose manifest says the same needs not be made again; where it says otherwise, a
notebook is executed again when something changed that it depends on. It ends with the hash of itself: one that was
tampered with says nothing.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from kommuneregnskap.estimates import simulation_table
from kommuneregnskap.sources.statbank import snapshot
from kommuneregnskap.sources.statbank.snapshot import RECEIPT
from kommuneregnskap.support import sealed
from kommuneregnskap.support.cache import code_hash, digest
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.support.files import file_hash, is_own_file
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import published, sections
from kommuneregnskap.tables.hashes import table_hashes
from kommuneregnskap.verdicts import arithmetic
from kommuneregnskap.verdicts.decide import SURVEY_SECTION

FILE, VERDICTS = "manifest.json", "vurdering.csv"
NOTEBOOKS, RESULTS, EXECUTED = "notatboeker_sha256", "resultat_sha256", "utfoert_av"
TABLES, EDITIONS = "tabeller_sha256", "utgaver"
PASSED_OVER = "forbigaatt"  # no number depends on it
SEAL = "manifest_sha256"
CHECKSUM = "grunnlag_sha256"  # how citations name what numbers were made from
CITED = 12  # of its digits
CLAIMS = "data/claims/"
KEPT = "kept"  # what is said of a notebook that was taken over
# Packages whose version can change a number, a figure or a page.
PACKAGES = (
    "polars",
    "altair",
    "great-tables",
    "jinja2",
    "mistune",
    "numpy",
    "pygments",
    "vl-convert-python",
    "papermill",
    "nbconvert",
    "svy",
    "svy-rs",
    "narwhals",
    "nbformat",
    "ipython",
    "typst",
    "xlsxwriter",
    "python-docx",
)
Basis = dict[str, Any]


def basis(
    survey: Survey,
    parameters: Mapping[str, object],
    notebooks: Sequence[Path],
    editions: Collection[str],
) -> Basis:
    """Return everything that a report depends on: what it is asked to be, and the hash of all it is made from.

    In: the survey, the notebooks' parameters and files, the editions asked for. No time, no path of a machine.
    """
    return {
        "rapport": dict(parameters),
        EDITIONS: sorted(editions),
        "syntetisk": survey.synthetic,
        "aar_med_regnskap": list(survey.years),
        "aapne_tall": _open(survey),
        "utelatt": survey.utelatt.to_dicts(),
        "rettelser": survey.rettelser.drop("linje").to_dicts(),
        "regnskapsfiler_sha256": survey.inputs,
        "linjer": survey.linjer.to_dicts(),
        PASSED_OVER: survey.forbigaatt.to_dicts(),
        TABLES: table_hashes(),
        "simulering_sha256": {
            path.name: file_hash(path) for path in simulation_table.files(survey.year)
        },
        NOTEBOOKS: {path.name: file_hash(path) for path in notebooks},
        "kode": {"versjon": version("kommuneregnskap"), "sha256": code_hash()},
        "python": ".".join(platform.python_version_tuple()[:2]),
        "pakker": {name: version(name) for name in PACKAGES},
    }


def _open(survey: Survey) -> dict[str, object] | None:
    """Return which open figures a report is made of; of account files those that stand beside one municipality's."""
    if survey.alone:
        return {name: file_hash(snapshot.folder_of(name) / RECEIPT) for name in snapshot.ids()}
    if not survey.gives.snapshots:
        return None
    names = ("snapshot", "vintage", "updated", "panel", "official")
    own = {name: getattr(survey.figures, name) for name in names}
    # What SSB has revised since, or had before, is shown beside: every snapshot there is can be that.
    others = [name for name in snapshot.ids() if name != survey.figures.snapshot]
    receipts = {name: file_hash(snapshot.folder_of(name) / RECEIPT) for name in others}
    return own | {"andre_uttrekk": receipts}


def keys(found: Basis, survey: Survey) -> dict[str, str]:
    """Return, for every notebook of a basis, the name of all that its outputs depend on: file name → sha256.

    Of the published numbers a notebook of one section depends on its own and on those that stand in a sum with
    them; on accounts that are not invented also on those of who answered, by which they are known to be the release's.
    On open figures, and where a choice is made otherwise than usual, it may depend on any: the share of
    respondents is a published number, and so is what TBU's rule starts from.
    """
    usual = {k: v for k, v in found.items() if k not in (EDITIONS, NOTEBOOKS, TABLES, PASSED_OVER)}
    all_tables = found[TABLES]
    tables = {name: own for name, own in all_tables.items() if not _is_claims(name)}
    result = {}
    of_one = sections.of_one()
    for name, own in found[NOTEBOOKS].items():
        usual_survey = survey.gives.respondents and not survey.choices
        section = of_one.get(Path(name).stem) if usual_survey else None
        rest: object = all_tables
        if section is not None:
            bearing_on = dict.fromkeys([section, *([] if survey.synthetic else [SURVEY_SECTION])])
            rest = [tables, *(_claims_text(survey.year, each) for each in bearing_on)]
        result[name] = digest([usual, own, rest])
    return result


def checksum(found: Basis) -> str:
    """Return by what citations name what a report's numbers were made from: first digits of the manifest's `CHECKSUM`.

    found: a basis, or what a manifest says. It is of accounts, tables, code and packages; neither the notebooks, which
    show the numbers, nor the editions are in it, nor what no number depends on.
    """
    return _whole_checksum(found)[:CITED]


def _whole_checksum(found: Basis) -> str:
    left_out = (EDITIONS, NOTEBOOKS, PASSED_OVER, CHECKSUM, EXECUTED, RESULTS)
    return digest({name: part for name, part in found.items() if name not in left_out})


def _is_claims(name: str) -> bool:
    """Return whether a table holds published numbers: one of data/claims named by a year."""
    return name.startswith(CLAIMS) and Path(name).stem.isdigit()


def bearing(year: int, section: str) -> set[str]:
    """Return the ids of a section's published numbers and of those that stand in a sum with them, of any year."""
    own = published.read(year).filter(pl.col("seksjon").cast(pl.String) == section)["id"].to_list()
    return {*own, *arithmetic.beside(own)}


def _claims_text(year: int, section: str) -> str:
    """Return the published numbers of a section and those that stand in a sum with them, as text."""
    rows = published.read_all().filter(pl.col("id").is_in(list(bearing(year, section))))
    return rows.drop("linje", strict=False).write_csv()


@dataclass(frozen=True)
class Former:
    """A report that stands in its folder: the folder, and what its manifest says."""

    folder: Path
    said: Basis

    def is_made_from(self, found: Basis) -> bool:
        """Return whether the report is the one that would be made now: its files as they were written, and no other."""
        same = {name: self.said.get(name) for name in found} == json.loads(sealed.plain(found))
        results = self.said[RESULTS]
        return same and VERDICTS in results and _sums(self.folder) == results

    def executed(self, found: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
        """Give the notebooks, name and executed file, whose key is what it was: they need not be run again."""
        for name, key in found.items():
            file = f"notebooks/{name}"
            if self.said[EXECUTED].get(name) == key and self._stands(file):
                yield name, self.folder / file

    def _stands(self, name: str) -> bool:
        own = sum_of(self.folder / name)
        return own is not None and own == self.said[RESULTS].get(name)


def former(folder: Path) -> Former | None:
    """Return the report in a folder; None where there is none, or none with a manifest as it was written."""
    said = read(folder / FILE)
    if said is not None and all(isinstance(said.get(part), dict) for part in (RESULTS, EXECUTED)):
        return Former(folder, said)
    return None


def read(file: Path) -> Basis | None:
    """Return what a manifest says; None where there is none, or it is not to the last byte as `text` wrote it."""
    with suppress(OSError):
        return sealed.unsealed(file.read_bytes(), SEAL) if is_own_file(file) else None
    return None


def text(content: Basis) -> str:
    """Return the text of a manifest that says this, with the hash of it at its end."""
    return sealed.text(content, SEAL)


def sum_of(path: Path) -> str | None:
    """Return the sha256 of a file; None where there is none of its own, or it cannot be read."""
    with suppress(DataError):
        return file_hash(path) if is_own_file(path) else None
    return None


def _sums(folder: Path) -> dict[str, str | None]:
    """Return the hashes of all files of a report but its manifest; None for what is no file of its own.

    What is hidden, and what an office program leaves beside a file that it has open, is none of the report's.
    """
    found = {path.relative_to(folder): path for path in sorted(folder.rglob("*"))}
    return {
        name.as_posix(): sum_of(path)
        for name, path in found.items()
        if not any(part.startswith((".", "~$")) for part in name.parts)
        and name != Path(FILE)
        and (path.is_symlink() or not path.is_dir())
    }


def write(found: Basis, notebook_keys: Mapping[str, str], folder: Path) -> None:
    """Write manifest.json into the folder of a finished report: its basis, and the hash of every file in it."""
    checked = {CHECKSUM: _whole_checksum(found)}
    content = found | checked | {EXECUTED: dict(notebook_keys), RESULTS: _sums(folder)}
    (folder / FILE).write_text(text(content), encoding="utf-8", newline="\n")
