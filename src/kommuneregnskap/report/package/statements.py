"""What a package says to people who take it over: its README, how to cite it, what a CODECHECK is to reproduce."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files as resources
from typing import Any

import jinja2
import polars as pl
import yaml

from kommuneregnskap.report.citation import AUTHORS
from kommuneregnskap.report.licences import CC_BY
from kommuneregnskap.report.package.about import About
from kommuneregnskap.report.package.holdings import MEASURED, PLACES, Content, OneReport, place_of
from kommuneregnskap.sources.statbank import snapshot
from kommuneregnskap.support import paths

TEMPLATE = "README.md.j2"
CODECHECK = "https://codecheck.org.uk/spec/config/1.0/"
# What is measured of reports, and what the README calls it (benchmarks/commands.py).
TIMES = {
    "report of the year, nothing there yet": "the reports of open figures and of the synthetic panel, nothing kept yet",
    "report of the year, accounts evaluated": "the same again, their accounts kept",
    "report of the year, nothing changed": "the same again, nothing changed",
}
NOTEBOOK = "notebook "


@dataclass(frozen=True)
class Folder:
    """Files of one kind in the package: the pattern of PLACES, what they are, how many, how many bytes."""

    pattern: str
    what: str
    count: int
    size: int


def readme(
    about: About,
    reports: Sequence[OneReport],
    files: Mapping[str, Content],
    exhibits: pl.DataFrame,
    checked: Sequence[str],
) -> bytes:
    """Return the README: what there is, where the data come from, what it takes to make it again, and how.

    files: all in the package but the README itself; exhibits: `exhibits.Exhibits`; checked: what is to be reproduced
    (`to_check`). Numbers, names and versions in it are computed from these and from what the program is.
    """
    text = (resources(__package__) / TEMPLATE).read_text(encoding="utf-8")
    made = jinja2.Environment(
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    ).from_string(text)
    measured = pl.read_csv(paths.of_program(MEASURED))
    text = made.render(
        about=about,
        reports=reports,
        folders=list(folders(["README.md", *files], files)),
        datasets=list(_datasets(reports)),
        own_files=[
            each for each in reports if each.survey.gives.controls and not each.survey.synthetic
        ],
        synthetic=[each for each in reports if each.survey.synthetic],
        python=_oldest_python(),
        ran_on=reports[0].said["python"],
        packages=reports[0].said["pakker"],
        cores=measured["cores"].max(),
        measured_python=measured["python"].max(),
        times=list(_times(measured)),
        peak=measured.filter(pl.col("what").is_in(list(TIMES)))["peak_mb"].max(),
        figures=exhibits.filter(pl.col("kind") == "figure").to_dicts(),
        counts=exhibits.group_by("report", "kind", maintain_order=True).len().to_dicts(),
        checked=len(checked),
    )
    return text.encode()


def _oldest_python() -> str:
    """Return the oldest version of Python that the program asks for."""
    said = tomllib.loads(paths.of_program("pyproject.toml").read_text(encoding="utf-8"))
    return str(said["project"]["requires-python"]).removeprefix(">=")


def folders(names: Sequence[str], files: Mapping[str, Content]) -> Iterator[Folder]:
    """Give what lies in the package by kind, in the order of PLACES; kinds that it has none of are left out."""
    by_place = {name: place_of(name) for name in names}
    for pattern, what in PLACES.items():
        own = [name for name, place in by_place.items() if place == pattern]
        if own:
            yield Folder(pattern, what, len(own), sum(_size(files.get(name, b"")) for name in own))


def _size(content: Content) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def _datasets(reports: Sequence[OneReport]) -> Iterator[dict[str, Any]]:
    """Give the tables of open figures that the reports are made of, as their receipts name them."""
    for each in reports:
        if each.survey.gives.snapshots:
            own = snapshot.open_snapshot(each.survey.figures.snapshot)
            for table in own.receipt["tabeller"]:
                vintage = table["vintage"].get(str(each.survey.year), "")
                yield {
                    "snapshot": own.name,
                    "title": table["tittel"],
                    "updated": table["oppdatert"][:10],
                    "vintage": vintage,
                    "licence": own.receipt["lisens"],
                    "source": own.receipt["kilde"],
                    "retrieved": own.receipt["hentet"],
                    "through": own.receipt.get("lest_gjennom", ""),
                    "every": table.get("alle_kommuner", True),
                    "left_out": "; ".join(table.get("utelatt", [])),
                }


def _times(measured: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Give the measured times of this program: of notebooks and of reports, each with what it is of."""
    for row in measured.filter(pl.col("by").is_null()).iter_rows(named=True):
        what = row["what"]
        if what.startswith(NOTEBOOK) or what in TIMES:
            again = f"`{what.removeprefix(NOTEBOOK)}.ipynb`, again in the same process"
            yield row | {"what": TIMES.get(what, again)}


def to_check(files: Mapping[str, Content]) -> list[str]:
    """Return the files that whoever runs the program again is to get to the last byte: tables and figures."""
    endings = (".csv", ".svg", ".png")
    return [name for name in files if name.startswith("report/") and name.endswith(endings)]


def codecheck(about: About, exhibits: pl.DataFrame, files: Mapping[str, Content]) -> bytes:
    """Return codecheck.yml: the author's part of a CODECHECK, the files that are to be reproduced.

    What the codechecker adds (codechecker, certificate, report) is left to them.
    """
    titles = {
        name: f"{row['kind'].capitalize()} {row['number']} of the report on {row['report']}: {row['title']}"
        for row in exhibits.iter_rows(named=True)
        for name in row["files"].split()
    }
    content = {
        "version": CODECHECK,
        "paper": {
            "title": about.title,
            "authors": [{"name": AUTHORS}],
            "reference": "README.md",
        },
        "manifest": [
            {"file": name, "comment": titles.get(name) or PLACES[place_of(name)]}
            for name in to_check(files)
        ],
    }
    return b"---\n" + _yaml(content)


def citation(about: About) -> bytes:
    """Return CITATION.cff of the package, a data set; the program has its own in it."""
    return _yaml(
        {
            "cff-version": "1.2.0",
            "message": "If you use these data, please cite them together with the vintage of the accounts you used.",
            "type": "dataset",
            "title": about.title,
            "abstract": about.description,
            "authors": [{"name": AUTHORS}],
            "version": about.version,
            # One, since several mean a choice: the figures are of SSB, who are to be named.
            "license": CC_BY.name,
            "keywords": about.descriptor["keywords"],
        }
    )


def _yaml(content: Mapping[str, Any]) -> bytes:
    text: str = yaml.safe_dump(
        dict(content), sort_keys=False, allow_unicode=True, width=sys.maxsize
    )
    return text.encode()
