"""What a report is made from, by content, and whether what stands in its folder is made from the same.

manifest.json says it: hashes of account files, tables, notebooks, code and versions of packages, never times or
paths of a machine. A report whose manifest says the same needs not be made again; where it says otherwise, a
notebook is executed again when something changed that it depends on. It ends with the hash of itself: one that was
tampered with says nothing.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from kommuneregnskap.estimates import simulation_table
from kommuneregnskap.sources import with_files
from kommuneregnskap.sources.kostra import files_of_year
from kommuneregnskap.sources.statbank import snapshot
from kommuneregnskap.sources.statbank.snapshot import RECEIPT
from kommuneregnskap.support import code, paths, sealed
from kommuneregnskap.support.cache import digest
from kommuneregnskap.support.code import code_hash
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.support.files import file_hash, is_own_file
from kommuneregnskap.survey import accounts, open_figures
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import published, reads, sections
from kommuneregnskap.tables.hashes import table_hashes
from kommuneregnskap.verdicts import arithmetic
from kommuneregnskap.verdicts.decide import SURVEY_SECTION

FILE, VERDICTS = "manifest.json", "vurdering.csv"
NOTEBOOKS, RESULTS, EXECUTED = "notatboeker_sha256", "resultat_sha256", "utfoert_av"
TABLES, EDITIONS, CODE = "tabeller_sha256", "utgaver", "kode"
READ = "leste_tabeller"  # by each notebook
CHANGED = "endret underveis"  # of a table
RUN_BY = ("notebooks.run",)  # what executes notebooks
PASSED_OVER = "forbigaatt"  # no number depends on it
EARLIER = (
    "tidligere_regnskapsfiler_sha256"  # no notebook does, but the front shows four years before
)
EARLIER_YEARS = 2 * accounts.YEARS_BEFORE + 1
SEAL = "manifest_sha256"
CHECKSUM = "grunnlag_sha256"  # how citations name what numbers were made from
CITED = 12  # of its digits
CLAIMS = "claims/"
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
    "scipy",
    "dataframely",
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
        EARLIER: _earlier(survey),
        "linjer": survey.linjer.to_dicts(),
        PASSED_OVER: survey.forbigaatt.to_dicts(),
        TABLES: table_hashes(),
        "simulering_sha256": {
            path.name: file_hash(path) for path in simulation_table.files(survey.year)
        },
        NOTEBOOKS: {path.name: file_hash(path) for path in notebooks},
        CODE: {"versjon": version("kommuneregnskap"), "sha256": code_hash()},
        "python": ".".join(platform.python_version_tuple()[:2]),
        "pakker": {name: version(name) for name in PACKAGES},
    }


def _open(survey: Survey) -> dict[str, object] | None:
    """Return which open figures a report is made of; of account files those that may stand beside them."""
    if not survey.gives.snapshots:
        if survey.synthetic:  # nothing real stands beside it
            return None
        return {name: file_hash(snapshot.folder_of(name) / RECEIPT) for name in snapshot.ids()}
    names = ("snapshot", "vintage", "updated", "panel", "official")
    own = {name: getattr(survey.figures, name) for name in names}
    # What SSB has revised since, or had before, is shown beside: every snapshot there is can be that.
    others = [name for name in snapshot.ids() if name != survey.figures.snapshot]
    receipts = {name: file_hash(snapshot.folder_of(name) / RECEIPT) for name in others}
    return own | {"andre_uttrekk": receipts}


def _earlier(survey: Survey) -> dict[str, str]:
    """Return the hashes of account files of the years before those of a survey, which surveys of earlier years read."""
    if survey.synthetic or survey.gives.snapshots:
        return {}
    folder = with_files(survey.source).folder(survey.request.data_dir)
    first = survey.year - EARLIER_YEARS
    there = [
        each for each in files_of_year.years_available(folder) if first <= each < min(survey.years)
    ]
    found: dict[str, str] = {}
    for year in there:
        with suppress(DataError):  # whoever reads it says so
            found |= files_of_year.content_hashes(folder, year)
    return found


def keys(
    found: Basis, survey: Survey, read: Mapping[str, Mapping[str, str]] | None = None
) -> dict[str, str]:
    """Return, for every notebook of a basis, the name of all that its outputs depend on: file name → sha256.

    The notebook, what is asked for and the accounts; of the code the files behind what its cells ask for; of the tables
    those that it read when it was executed, as they were then (read: `run_notebooks`), all where that is not known. See
    `_published`.
    """
    left_out = (EDITIONS, NOTEBOOKS, TABLES, PASSED_OVER, EARLIER, CODE)
    usual = {name: part for name, part in found.items() if name not in left_out}
    usual[CODE] = found[CODE]["versjon"]
    sections_of = sections.of_one() if not survey.choices else {}
    known = read or {}
    result = {}
    for name, own in found[NOTEBOOKS].items():
        tables = known.get(name, found[TABLES])
        rest: object = tables
        if (section := sections_of.get(Path(name).stem)) is not None:
            others = {table: hashed for table, hashed in tables.items() if not _is_claims(table)}
            rest = [others, *_published(survey, section)]
        result[name] = digest([usual, own, _code((paths.notebooks() / name).read_bytes()), rest])
    return result


@lru_cache(maxsize=64)
def _code(notebook: bytes) -> str:
    """Return the hash of this package's files that a notebook runs by: all, where it is more than plain Python."""
    try:
        cells = json.loads(notebook)["cells"]
        pieces = ["".join(each["source"]) for each in cells if each["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError):  # no notebook: whoever runs it says so
        return code_hash()
    used = code.used("\n".join(pieces))
    return code_hash() if used is None else code.hash_of(*sorted({*used, *RUN_BY}))


def _published(survey: Survey, section: str) -> list[object]:
    """Return what a notebook of one section depends on of the published numbers, under the usual choices.

    Its own, and those that stand in a sum with them; on accounts that are not invented those of who answered, by which
    they are known to be the release's; on open figures the size of the panels that are drawn, which is one of them.
    """
    bearing_on = dict.fromkeys([section, *([] if survey.synthetic else [SURVEY_SECTION])])
    texts: list[object] = [_claims_text(survey.year, each) for each in bearing_on]
    drawn = None if survey.gives.respondents else open_figures.panel_size(survey.year)
    return [*texts, drawn]


def checksum(found: Basis) -> str:
    """Return by what citations name what a report's numbers were made from: first digits of the manifest's `CHECKSUM`.

    found: a basis, or what a manifest says. It is of accounts, tables, code and packages; neither the notebooks, which
    show the numbers, nor the editions are in it, nor what no number depends on.
    """
    return _whole_checksum(found)[:CITED]


def _whole_checksum(found: Basis) -> str:
    left_out = (EDITIONS, NOTEBOOKS, PASSED_OVER, EARLIER, CHECKSUM, EXECUTED, READ, RESULTS)
    return digest({name: part for name, part in found.items() if name not in left_out})


def _is_claims(name: str) -> bool:
    """Return whether a table holds published numbers: one of data/claims named by a year."""
    return name.removeprefix("data/").startswith(CLAIMS) and Path(name).stem.isdigit()


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

    def executed(self, found: Basis, survey: Survey) -> dict[str, tuple[Path, dict[str, str]]]:
        """Return the notebooks that need not be run again: name → executed file, and the tables that it read (hashes).

        Those whose key (`keys`) is what it was.
        """
        read = {
            name: reads.now(names).hashes()
            for name, names in self.read.items()
            if _are_names(names)
        }
        own, said = keys(found, survey, read), self.said[EXECUTED]
        return {
            name: (self.folder / f"notebooks/{name}", read[name])
            for name, key in own.items()
            if name in read and said.get(name) == key and self._stands(f"notebooks/{name}")
        }

    @property
    def read(self) -> dict[str, Any]:
        """What its notebooks read, as it says itself."""
        said = self.said.get(READ)
        return said if isinstance(said, dict) else {}

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


def _are_names(said: object) -> bool:
    return isinstance(said, list) and all(isinstance(each, str) for each in said)


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


def write(
    found: Basis, survey: Survey, read: Mapping[str, Mapping[str, str] | None], folder: Path
) -> None:
    """Write manifest.json into the folder of a finished report: its basis, and the hash of every file in it.

    read: the tables that its notebooks read, as they were then; None where one became another. Where tables changed
    while the report was made, it is said of no notebook that it could be taken over, and of those tables nothing: the
    report is made again.
    """
    known = {name: hashes for name, hashes in sorted(read.items()) if hashes is not None}
    moved = _moved(
        found[TABLES], [{f"data/{name}": each[name] for name in each} for each in known.values()]
    )
    settled = not moved and len(known) == len(read)
    executed = {
        READ: {name: list(hashes) for name, hashes in known.items()},
        EXECUTED: keys(found, survey, known) if settled else {},
    }
    checked = {CHECKSUM: _whole_checksum(found)}
    tables = {TABLES: found[TABLES] | dict.fromkeys(moved, CHANGED)}
    content = found | tables | checked | executed | {RESULTS: _sums(folder)}
    (folder / FILE).write_text(text(content), encoding="utf-8", newline="\n")


def _moved(tables: Mapping[str, str], others: Sequence[Mapping[str, str]]) -> list[str]:
    """Return the tables that are others now, or were when something was read, than when the report was begun."""
    seen = [table_hashes(), *({n: h for n, h in each.items() if n in tables} for each in others)]
    now = {name for name in {*tables, *seen[0]} if tables.get(name) != seen[0].get(name)}
    return sorted(now | {name for each in seen[1:] for name in each if each[name] != tables[name]})
