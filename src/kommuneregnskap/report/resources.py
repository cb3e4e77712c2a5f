"""A table of a report for programs: beside its CSV what it is, as a Frictionless resource, and the same as parquet.

`<name>.metadata.json` says title, source, vintage, licence and what each column is; `<name>.parquet` has the types.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl

from kommuneregnskap.charts.style import source_line
from kommuneregnskap.notebooks import files as notebooks
from kommuneregnskap.report import columns, headings, licences
from kommuneregnskap.report.citation import PACKAGE
from kommuneregnskap.report.endings import METADATA, PARQUET
from kommuneregnskap.report.headings import Heading
from kommuneregnskap.report.licences import Licence
from kommuneregnskap.sources import synthetic_panel
from kommuneregnskap.support.files import file_hash, replacing
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import fields, reader

PROFILE = (
    "tabular-data-resource"  # without it some readers, such as frictionless in R, know no table
)


@dataclass(frozen=True)
class Origin:
    """Whose numbers a table has: the source in words, licences, what is known of open figures, whether invented."""

    sources: tuple[str, ...]
    licences: tuple[Licence, ...]
    synthetic: bool
    vintages: tuple[Mapping[str, str], ...] = ()


INVENTED = Origin((synthetic_panel.SOURCE.origin,), (licences.MIT,), synthetic=True)


def origin(survey: Survey) -> Origin:
    """Return whose numbers the tables of a survey's report have."""
    vintages = []
    if survey.gives.snapshots:
        known = survey.figures
        vintages = [
            {"snapshot": known.snapshot, "vintage": known.vintage, "updated": known.updated}
        ]
    return Origin((source_line(survey),), licences.of(survey), survey.synthetic, tuple(vintages))


DEFINITIONS = Origin(
    ("Prosjektets tabeller i data/definitions, hver rad med kilde der den har en",),
    (licences.MIT, licences.CC_BY),
    synthetic=False,
)
PUBLISHED = Origin(
    ("Publiserte tall, i data/claims med kilde for hvert",), (licences.MIT,), synthetic=False
)


def of_part(tags: Collection[str], usual: Origin) -> Origin:
    """Return whose numbers a table or figure of a notebook has, by the tags of its cell; usual: those of the survey.

    What holds printed numbers beside computed ones is of both, and invented where these are.
    """
    if notebooks.DEFINITIONS_TAG in tags:
        return DEFINITIONS
    if notebooks.PUBLISHED_TAG in tags:
        return PUBLISHED
    if notebooks.BOTH_TAG in tags:
        return with_published(usual)
    return usual


def with_published(usual: Origin) -> Origin:
    """Return whose numbers a table has in which published numbers stand beside those of the survey."""
    return replace(together([usual, PUBLISHED]), synthetic=usual.synthetic)


def together(found: Sequence[Origin]) -> Origin:
    """Return whose numbers a table has that is of several: all there is to say of each, once."""
    return Origin(
        tuple(dict.fromkeys(text for each in found for text in each.sources)),
        tuple(dict.fromkeys(one for each in found for one in each.licences)),
        all(each.synthetic for each in found),
        tuple(one for each in found for one in each.vintages),
    )


@dataclass(frozen=True)
class About:
    """What there is to say of a table: title, whose numbers, description, unit; and of its columns.

    unit: what stands under the title, with the unit. schema: describes those columns that it has; headings: theirs
    where they are not as in `headings.of`.
    """

    title: str
    origin: Origin
    description: str = ""
    unit: str = ""
    schema: type[dy.Schema] | None = None
    headings: Mapping[str, Heading] = field(default_factory=dict)


def write_beside(frame: pl.DataFrame, file: Path, about: About) -> None:
    """Write, beside a CSV that was written of a frame, what it is (METADATA) and the same rows as parquet.

    Raises DataError where the system refuses to write. Same frame, same bytes.
    """
    typed = columns.typed(frame, about.schema)
    said = json.dumps(described(typed, file, about), ensure_ascii=False, indent=1)
    with replacing(file.with_suffix(METADATA)) as part:
        part.write_text(f"{said}\n", encoding="utf-8", newline="\n")
    with replacing(file.with_suffix(PARQUET)) as part:
        typed.write_parquet(part)


@lru_cache(maxsize=1)
def _version() -> str:
    return version(PACKAGE)


@reader.held()
def described(frame: pl.DataFrame, file: Path, about: About) -> dict[str, Any]:
    """Return what a table is as a Frictionless resource, with what it says of units and vintages besides.

    frame: the rows of the CSV `file`, whose bytes and hash are told.
    """
    named = {name: about.headings.get(name) or headings.of(name, "") for name in frame.columns}
    found = columns.described(frame, named, title=about.title, line=about.unit, schema=about.schema)
    return {
        "name": name_of(file.stem),
        "type": "table",
        "profile": PROFILE,
        "path": file.name,
        "title": about.title,
        **_if("description", about.description),
        **_if("subtitle", about.unit),
        **_if("unit", columns.of_line(about.unit)),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": file.stat().st_size,
        "hash": f"sha256:{file_hash(file)}",
        "sources": [{"title": text} for text in about.origin.sources],
        "licenses": [
            {"name": each.name, "title": each.title, "path": each.address}
            for each in about.origin.licences
        ],
        "synthetic": about.origin.synthetic,
        **_if("vintages", [dict(each) for each in about.origin.vintages]),
        "version": _version(),
        "schema": {
            "fields": found,
            "missingValues": fields.MISSING,
        },
    }


def name_of(text: str) -> str:
    """Return a name as Frictionless has it: small letters, digits, `-`, `_`, `.` and `/`."""
    return re.sub(r"[^a-z0-9._/-]+", "-", text.lower())


def _if(name: str, value: object) -> dict[str, object]:
    return {name: value} if value else {}
