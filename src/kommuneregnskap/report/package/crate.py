"""The package as an RO-Crate: every file with its checksum, and each report as a run of the program.

Made from what the manifests say: parameters, inputs, software with versions, outputs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from kommuneregnskap.report.citation import AUTHORS
from kommuneregnskap.report.licences import CC_BY, MIT
from kommuneregnskap.report.package.about import About
from kommuneregnskap.report.package.holdings import PLACES, PROJECT, Content, OneReport, place_of
from kommuneregnskap.sources.statbank import snapshot
from kommuneregnskap.tables import sections

FILE = "ro-crate-metadata.json"
AUTHOR, PROGRAM, SSB, STATBANK = "#authors", "#program", "#ssb", "https://www.ssb.no/statbank"
# What packages call the address of their pages, the best first.
PAGES = ("Homepage", "homepage", "Home-page", "Source", "Repository", "Documentation")
UNKNOWN = "application/octet-stream"
# By endings, since what a machine calls them differs.
KINDS = {
    ".csv": "text/csv",
    ".css": "text/css",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".parquet": "application/vnd.apache.parquet",
    ".ipynb": "application/x-ipynb+json",
    ".md": "text/markdown",
    ".yml": "application/yaml",
    ".cff": "application/yaml",
    ".j2": "text/plain",
    ".typ": "text/plain",
    ".toml": "application/toml",
    ".lock": "text/plain",
    "": "text/plain",
}


def of(about: About, reports: list[OneReport], files: Mapping[str, Content]) -> bytes:
    """Return the metadata file of the crate; files: all that lies in the package, place → file or its bytes.

    Same files, same bytes: nothing in it is of the time or the machine of the making.
    """
    crate = ROCrate()
    crate.name, crate.description = about.title, about.description
    crate.datePublished = about.date
    author = _add(crate, AUTHOR, "Organization", name=AUTHORS)
    root = crate.root_dataset
    root["author"] = root["publisher"] = author
    root["license"] = [
        _add(crate, each.address, "CreativeWork", name=each.title, description=each.name)
        for each in (MIT, CC_BY)
    ]
    root["version"], root["inLanguage"] = about.version, ["nb", "en"]
    root["temporalCoverage"] = str(about.year)
    if any(each.survey.gives.snapshots for each in reports):
        root["isBasedOn"] = _open_figures(crate, reports)
    held = {place: _file(crate, place, content) for place, content in files.items()}
    for each in reports:
        root.append_to("mentions", _run(crate, each, held))
    text = json.dumps(crate.metadata.generate(), ensure_ascii=False, indent=1)
    return f"{text}\n".encode()


def _add(crate: ROCrate, at: str, kind: str, /, **said: Any) -> ContextEntity:
    """Return the entity of the crate at an address that is no file, made where it is not there yet."""
    return crate.get(at) or crate.add(ContextEntity(crate, at, properties={"@type": kind, **said}))


def _file(crate: ROCrate, place: str, content: Content) -> Any:
    data = content if isinstance(content, bytes) else content.read_bytes()
    said = {
        "name": place.rpartition("/")[2],
        "description": PLACES[place_of(place)],
        "encodingFormat": KINDS.get(Path(place).suffix, UNKNOWN),
        "contentSize": str(len(data)),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    return crate.add_file(dest_path=place, properties=said)


def _open_figures(crate: ROCrate, reports: list[OneReport]) -> ContextEntity:
    """Return SSB's bank of figures, and where they were read, if not there."""
    receipts = [
        snapshot.open_snapshot(each.survey.figures.snapshot).receipt
        for each in reports
        if each.survey.gives.snapshots
    ]
    read = [each["lest_gjennom"] for each in receipts if each.get("lest_gjennom")]
    ssb = _add(crate, SSB, "Organization", name="Statistisk sentralbyrå (SSB)")
    return _add(
        crate,
        STATBANK,
        "DataCatalog",
        name="Statistikkbanken",
        description="SSB's published figures of municipal accounts"
        + "".join(f"; read through {each}" for each in read),
        creator=ssb,
        license=crate.get(CC_BY.address),
    )


def _run(crate: ROCrate, report: OneReport, held: Mapping[str, Any]) -> ContextEntity:
    """Return the making of a report as an action: by which software, of what, with which parameters, to what."""
    said, own = report.said, report.survey.source
    results = [held[f"{report.place}/{name}"] for name in said["resultat_sha256"]]
    return _add(
        crate,
        f"#run-{own}",
        "CreateAction",
        name=f"The report of {report.survey.year} on {own}",
        description=f"The notebooks executed for {report.survey.year} on the source {own}, and what is made of them",
        instrument=[_software(crate, said), *_notebooks(said, held)],
        object=[*_inputs(crate, report, held), *_parameters(crate, said, own)],
        result=results,
        agent=crate.get(AUTHOR),
    )


def _software(crate: ROCrate, said: Mapping[str, Any]) -> ContextEntity:
    """Return the program with its version and checksum, and the packages that it ran with."""
    needs = {"python": said["python"], **said["pakker"]}
    packages = [
        _add(
            crate,
            f"#{name}-{number}",
            "SoftwareApplication",
            name=name,
            softwareVersion=number,
            version=number,
            url=_home(name),
        )
        for name, number in needs.items()
    ]
    return _add(
        crate,
        PROGRAM,
        "SoftwareApplication",
        name="kommuneregnskap",
        description="KS' survey of Norwegian municipal accounts, recomputed in the open",
        softwareVersion=said["kode"]["versjon"],
        version=said["kode"]["versjon"],
        sha256=said["kode"]["sha256"],
        url=crate.get(f"{PROJECT}/README.md"),
        softwareRequirements=packages,
        license=crate.get(MIT.address),
    )


def _home(package: str) -> str:
    """Return the address of a package's own pages, as the package itself says it."""
    if package == "python":
        return "https://www.python.org/"
    said = metadata(package)
    pages = [text.split(", ", 1) for text in said.get_all("Project-URL", []) if ", " in text]
    named = dict([*pages, *(["Home-page", each] for each in said.get_all("Home-page", []))])
    return next((named[name] for name in PAGES if named.get(name)), next(iter(named.values()), ""))


def _notebooks(said: Mapping[str, Any], held: Mapping[str, Any]) -> Iterator[Any]:
    known = {path.name for path in sections.notebooks()}
    return (
        held[f"{PROJECT}/notebooks/{name}"] for name in said["notatboeker_sha256"] if name in known
    )


def _inputs(crate: ROCrate, report: OneReport, held: Mapping[str, Any]) -> Iterator[Any]:
    """Give what a report is made of: tables, simulation, open figures; account files, which are not in the package."""
    said = report.said
    for name in said["tabeller_sha256"]:
        yield held[f"{PROJECT}/{name}"]
    for name in said["simulering_sha256"]:
        yield held[f"{PROJECT}/reports/{name}"]
    if report.survey.gives.snapshots:
        own = f"/ssb/{said['aapne_tall']['snapshot']}/"
        yield from (entity for place, entity in held.items() if own in place)
        return
    for name, own in said["regnskapsfiler_sha256"].items():
        yield _add(
            crate,
            f"#account-file-{own[:12]}",
            "CreativeWork",
            name=name,
            description="An account file, known by its checksum; it is not in the package",
            sha256=own,
        )


def _parameters(crate: ROCrate, said: Mapping[str, Any], own: str) -> Iterator[ContextEntity]:
    for name, value in said["rapport"].items():
        if value != "":
            yield _add(crate, f"#{own}-{name}", "PropertyValue", name=name, value=str(value))
