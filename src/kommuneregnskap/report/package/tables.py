"""Every table of a package as a Frictionless data package: those of the reports, and those of the project."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import dataframely as dy
import polars as pl
from frictionless import Package

from kommuneregnskap.report import headings
from kommuneregnskap.report.citation import PACKAGE
from kommuneregnskap.report.endings import METADATA, PARQUET
from kommuneregnskap.report.licences import CC_BY, MIT, Licence
from kommuneregnskap.report.package.holdings import PROJECT
from kommuneregnskap.report.resources import INVENTED, PROFILE, name_of
from kommuneregnskap.sources.statbank import snapshot
from kommuneregnskap.tables import fields, reader
from kommuneregnskap.tables.schemas.claims import Paastand
from kommuneregnskap.tables.schemas.columns import Table, unit
from kommuneregnskap.tables.schemas.estimates import Simulert
from kommuneregnskap.tables.schemas.statbank import Figur
from kommuneregnskap.tables.written import Vist

SOURCE = "kilde"
OF_OTHERS = ("SSB", "Kartverket")  # whose facts are CC BY, where a row's source names them
MOST = 12  # sources that are told one by one; of more the column `kilde` says it of each row
Resource = dict[str, Any]


@reader.held()
def datapackage(
    about: Mapping[str, Any], files: Mapping[str, Path], *more: Resource
) -> dict[str, Any]:
    """Return the descriptor of the data package: what it is, and a resource per table.

    about: its own properties (name, title …). files: place in the package → file; more: resources of tables that the
    package itself makes. Raises frictionless.FrictionlessException for a descriptor that does not hold.
    """
    resources = [*more, *_of_reports(files), *_of_project(files)]
    found: dict[str, Any] = Package.from_descriptor({**about, "resources": resources}).to_dict()
    return found


def write(descriptor: Mapping[str, Any]) -> bytes:
    """Return a descriptor as the bytes of its file."""
    return (json.dumps(descriptor, ensure_ascii=False, indent=1) + "\n").encode()


def _of_reports(files: Mapping[str, Path]) -> Iterator[Resource]:
    """Give the tables of the reports, as the metadata beside each says it, with its place in the package."""
    for place, file in files.items():
        if not place.endswith(METADATA):
            continue
        own = PurePosixPath(place)
        said = json.loads(file.read_text(encoding="utf-8"))
        parquet = place.removesuffix(METADATA) + PARQUET
        yield (
            said
            | {
                "name": name_of(place.removesuffix(METADATA).replace("/", "-")),
                "path": str(own.with_name(said["path"])),
            }
            | ({"parquet": parquet} if parquet in files else {})
        )


def _of_project(files: Mapping[str, Path]) -> Iterator[Resource]:
    """Give the tables that come with the project, described by their schemas."""
    for place, file in files.items():
        schema = _schema_of(PurePosixPath(place))
        if schema is None:
            continue
        content = file.read_bytes()
        frame = pl.read_csv(content, infer_schema=False)
        found = resource(place, content, schema, frame)
        if schema is Figur:
            found |= _of_receipt(PurePosixPath(place).name, file.parent)
        if "/demo/" in place or schema is Simulert:
            found |= {"synthetic": True, "sources": [{"title": INVENTED.sources[0]}]}
        yield found


def _of_receipt(name: str, folder: Path) -> Resource:
    """Return what the receipt of a snapshot says of the table in one of its files: title, source, vintages."""
    receipt = snapshot.open_snapshot(folder.name, folder.parent).receipt
    (table,) = (each for each in receipt["tabeller"] if name in each["svar"])
    through = receipt.get("lest_gjennom")
    read = f", lest gjennom {through}" if through else ""
    return {
        "title": table["tittel"],
        "sources": [{"title": f"{receipt['kilde']}{read}"}],
        "vintages": [
            {
                "snapshot": folder.name,
                "year": year,
                "vintage": vintage,
                "updated": table["oppdatert"],
            }
            for year, vintage in table["vintage"].items()
        ],
    }


def resource(place: str, content: bytes, schema: type[dy.Schema], frame: pl.DataFrame) -> Resource:
    """Return a table that a schema describes; its docstring says what it is, or what one row of it is."""
    title, _, more = " ".join((inspect.getdoc(schema) or "").split()).partition(". ")
    return {
        "name": name_of(place.removesuffix(".csv").replace("/", "-")),
        "type": "table",
        "profile": PROFILE,
        "path": place,
        "title": title.rstrip("."),
        **({"description": more} if more else {}),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "sources": [{"title": text} for text in _sources(frame, schema)],
        "licenses": [licence_of(each) for each in _licences(frame, schema)],
        "schema": _with_titles(fields.of_table(schema, frame.columns)),
    }


def _with_titles(schema: Resource) -> Resource:
    """Return a schema whose fields have titles, and descriptions where only the report's tables have them."""
    known = Vist.columns()
    own = [
        {"name": each["name"], "type": each["type"], "title": headings.of(each["name"], "").title}
        | ({"description": known[each["name"]].description} if each["name"] in known else {})
        | each
        for each in schema["fields"]
    ]
    return schema | {"fields": own}


class RunTime(dy.Schema):
    """How long something takes, measured. Medians, each case in a process of its own (`make bench`)."""

    what = dy.String(description="What is measured")
    by = dy.String(nullable=True, description="Who else does the same work; empty: this program")
    years = dy.Int64(nullable=True, description="How many national years of accounts it is of")
    rows = dy.Int64(nullable=True, description="How many rows these have")
    repetitions = dy.Int64(description="How often it was measured")
    cpu_s = dy.Float64(description="CPU time of all its processes", metadata=unit("s"))
    wall_s = dy.Float64(description="Time on the clock", metadata=unit("s"))
    peak_mb = dy.Float64(description="Most memory of the largest process", metadata=unit("MB"))
    cpu_ratio = dy.Float64(
        nullable=True,
        description="CPU time of this program to that of who else does it (by); of a report to that of "
        "`jupyter execute` of the section notebooks",
    )
    wall_ratio = dy.Float64(nullable=True, description="The same of the time on the clock")
    rows_per_s = dy.Float64(nullable=True, description="Rows a second of the clock")
    python = dy.String(description="The version of Python")
    polars = dy.String(description="The version of polars")
    cores = dy.Int64(description="How many cores the machine had")


def _schema_of(place: PurePosixPath) -> type[dy.Schema] | None:
    """Return the schema of a table of the project; None for what is no table of it."""
    known: Mapping[str, type[Table]] = {}
    match place.parts:
        case (_, "data", "ssb", _, name) if name.endswith(".csv"):
            return Figur
        case (_, "data", "claims", name) if Path(name).stem.isdigit():
            return Paastand
        case (_, "data", "demo", _):
            known = reader.DEMO_TABLES
        case (_, "data", "codes" | "definitions" | "claims", _):
            known = reader.ALLOWED_TABLES
        case (folder, "reports" | "benchmarks" as kind, _) if folder == PROJECT:
            return Simulert if kind == "reports" else RunTime
    return known.get(place.stem)


def _sources(frame: pl.DataFrame, schema: type[dy.Schema]) -> list[str]:
    """Return what a table's rows name as their sources; the project itself where they name none."""
    if SOURCE not in frame.columns:
        return [PACKAGE]
    found = frame[SOURCE].drop_nulls().unique(maintain_order=True).to_list()
    several = len(found) > MOST
    return [f"{len(found)} kilder, i kolonnen {SOURCE}"] if several else found or [PACKAGE]


def _licences(frame: pl.DataFrame, schema: type[dy.Schema]) -> tuple[Licence, ...]:
    """Return the licences of a table: the project's own, and CC BY where its rows are of SSB or Kartverket."""
    if schema is Figur:
        return (CC_BY,)
    named = SOURCE in frame.columns and frame[SOURCE].str.contains_any(list(OF_OTHERS)).any()
    return (MIT, CC_BY) if named else (MIT,)


def licence_of(licence: Licence) -> dict[str, str]:
    """Return a licence as a Frictionless descriptor has it."""
    return {"name": licence.name, "title": licence.title, "path": licence.address}
