"""The package of a year: what it says of itself is what is in it, and it can be used, checked and run without us."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import frictionless
import polars as pl
import pytest
from rocrate.rocrate import ROCrate

from kommuneregnskap.numbers.table import compute
from kommuneregnskap.report import manifest
from kommuneregnskap.report.package import archive, exhibits, holdings, statements
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.request import asked
from tests.helpers import projects
from tests.helpers.addresses import SOURCES
from tests.helpers.crates import issues
from tests.helpers.projects import PROJECT, inside
from tests.helpers.statbank_national import National

NAME = projects.PACKAGE
MACHINE = re.compile(r"(?<![\w.:/])/(?:home|root|tmp|work|usr|Users)/[\w.-]+")
pytestmark = pytest.mark.slow


def test_it_holds_the_reports_as_they_stand_and_the_project_that_makes_them(
    package: Path, names: list[str], year_2024: Path
) -> None:
    for source in SOURCES:
        said = json.loads((year_2024 / source / "manifest.json").read_text("utf-8"))
        for name, own in said["resultat_sha256"].items():
            data = (package / "report" / source / name).read_bytes()
            assert hashlib.sha256(data).hexdigest() == own
    code = [name for name in names if name.startswith("project/src/")]
    for name in code:
        own = PROJECT / name.removeprefix("project/")
        assert (package / name).read_bytes() == own.read_bytes()
    tables = {name for name in names if re.match(r"project/data/\w+/\w+\.csv", name)}
    assert len(code) > 400
    assert {f"project/data/claims/{year}.csv" for year in (2024, 2025)} < tables
    assert all(
        (package / name).read_bytes() == (PROJECT / name.removeprefix("project/")).read_bytes()
        for name in tables
    )


def test_nobodys_own_files_are_taken_along(project: Path, tmp_path: Path) -> None:
    for name in (
        "data/raw/2024/0A.txt",
        "data/raw/SOURCES.csv",
        "notebooks/mine.ipynb",
        "notebooks/.ipynb_checkpoints/1_investments.ipynb",
        "reports/mitt.csv",
        "data/notater.csv",
        ".env",
    ):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("mitt eget", "utf-8")
    shutil.copytree(PROJECT / "data/ssb", project / "data/ssb")
    taken = holdings.of_project(2024, [open_survey(2024, "ssb")])
    assert not [name for name, path in taken.items() if path.read_bytes() == b"mitt eget"]
    assert "project/data/ssb/2026-09-19/12137.csv" in taken


def test_frictionless_finds_nothing_to_mend(package: Path, names: list[str]) -> None:
    found = frictionless.Package(str(package / "datapackage.json"))
    report = found.validate()
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "type", "note"])[:5]
    described = {resource.path for resource in found.resources}
    assert described == {name for name in names if name.endswith(".csv")}
    assert len(described) > 300
    for resource in found.resources:
        assert resource.title, resource.path
        assert resource.sources, resource.path
        assert resource.licenses, resource.path
        assert all(field.type != "any" for field in resource.schema.fields)
        own = resource.to_dict()
        assert own.get("parquet") is None or own["parquet"] in names


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("report/ssb/tall.csv", ",prosent,", ",hest,"),
        ("report/evidens.csv", ",1,ja,", ",en,ja,"),
        ("project/data/codes/deflator.csv", "2024", "1066"),
    ],
)
def test_frictionless_sees_a_table_that_was_changed(
    package: Path, tmp_path: Path, name: str, before: str, after: str
) -> None:
    said = json.loads((package / "datapackage.json").read_text("utf-8"))
    said["resources"] = [each for each in said["resources"] if each["path"] == name]
    text = (package / name).read_text("utf-8")
    assert before in text
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text(text.replace(before, after, 1), "utf-8", newline="\n")
    (tmp_path / "datapackage.json").write_text(json.dumps(said), "utf-8")
    assert not frictionless.validate(str(tmp_path / "datapackage.json")).valid


def files_of(crate: ROCrate) -> dict[str, Any]:
    return {
        each.id: each.properties()
        for each in crate.data_entities
        if each.properties()["@type"] == "File"
    }


def test_the_crate_has_every_file_with_its_checksum(package: Path, names: list[str]) -> None:
    held = files_of(ROCrate(str(package)))
    assert {*held, "ro-crate-metadata.json"} == set(names)
    for name, said in held.items():
        data = (package / name).read_bytes()
        assert said["sha256"] == hashlib.sha256(data).hexdigest()
        assert said["contentSize"] == str(len(data))
        assert said["description"]
        assert said["encodingFormat"] != "application/octet-stream", name


@pytest.mark.parametrize("source", SOURCES)
def test_the_crate_tells_each_run_as_the_manifest_does(package: Path, source: str) -> None:
    crate = ROCrate(str(package))
    said = json.loads((package / "report" / source / "manifest.json").read_text("utf-8"))
    run = crate.get(f"#run-{source}")
    assert run.type == "CreateAction"
    assert [each.id for each in run["result"]] == [
        f"report/{source}/{name}" for name in said["resultat_sha256"]
    ]
    program, *books = run["instrument"]
    assert [each.id for each in books] == [
        f"project/notebooks/{name}" for name in said["notatboeker_sha256"]
    ]
    assert program["softwareVersion"] == said["kode"]["versjon"]
    needs = {each["name"]: each["version"] for each in program["softwareRequirements"]}
    assert needs == {"python": said["python"], **said["pakker"]}
    objects = run["object"]
    sums = {each.id: each.get("sha256") for each in objects}
    for name, own in {**said["tabeller_sha256"], **said["notatboeker_sha256"]}.items():
        place = name if name.startswith("data/") else f"notebooks/{name}"
        assert crate.get(f"project/{place}")["sha256"] == own
    assert {f"project/{name}" for name in said["tabeller_sha256"]} < sums.keys()
    if source == "ssb":
        for name, own in said["regnskapsfiler_sha256"].items():
            assert sums[f"project/data/ssb/2026-09-19/{name}"] == own
    else:
        told = {each["name"]: each["sha256"] for each in objects if "account-file" in each.id}
        assert told == said["regnskapsfiler_sha256"]
    parameters = {each["name"]: each["value"] for each in objects if each.type == "PropertyValue"}
    assert parameters == {
        name: str(value) for name, value in said["rapport"].items() if value != ""
    }


@pytest.mark.heavy
def test_the_crate_is_as_its_specification_requires(one_municipality: Path, tmp_path: Path) -> None:
    """Of a small year: one municipality's own files, page alone. The whole year, and what is recommended: by night."""
    folder = small_year(one_municipality, tmp_path)
    assert not issues(folder, tmp_path / "kept")
    crate = json.loads((folder / "ro-crate-metadata.json").read_text("utf-8"))
    about = {each["@id"]: each for each in crate["@graph"]}
    root = {name: said for name, said in about["./"].items() if name not in ("license", "hasPart")}
    crate["@graph"] = [about["ro-crate-metadata.json"], root | {"datePublished": "i fjor"}]
    (folder / "ro-crate-metadata.json").write_text(json.dumps(crate), "utf-8")
    lacks = " ".join(issues(folder, tmp_path / "kept"))
    assert "license" in lacks
    assert "datePublished" in lacks


def small_year(one_municipality: Path, tmp_path: Path) -> Path:
    """Return the unpacked package of one report: its code left out, which makes the crate large."""
    with inside(one_municipality):
        report = open_survey(2024, "kostra", data_dir=str(one_municipality / projects.OWN))
        own = holdings.OneReport(report, report.request.folder(), "report/kostra")
        said = own.said[manifest.RESULTS]
        files: dict[str, holdings.Content] = {
            name: path
            for name, path in holdings.of_project(2024, [report]).items()
            if not name.startswith("project/src/")
        }
        files |= {f"report/kostra/{name}": own.folder / name for name in said}
        about = archive.about.of([own])
        files["ro-crate-metadata.json"] = archive.crate.of(about, [own], files)
    archive.write(files, tmp_path / "liten.zip", NAME)
    with zipfile.ZipFile(tmp_path / "liten.zip") as package:
        package.extractall(tmp_path)
    return tmp_path / NAME


@pytest.mark.night
def test_the_crate_of_the_whole_year_lacks_what_only_known_people_have(
    package: Path, tmp_path: Path
) -> None:
    """Nothing that is required; of what is recommended, addresses and contacts of those who made it."""
    assert not issues(package, tmp_path / "kept")
    found = issues(package, tmp_path / "kept", recommended=True)
    assert all("Organization" in text or "organization" in text for text in found)


def test_the_project_in_it_gives_the_numbers_of_its_report(package: Path, tmp_path: Path) -> None:
    with inside(Path(shutil.copytree(package / "project", tmp_path / "project"))):
        found = compute(open_survey(2024, "ssb")).select("id", "aar", "verdi")
    told = pl.read_csv(package / "report/ssb/tall.csv", schema_overrides={"aar": pl.Int32})
    joined = found.join(told, on=["id", "aar"], how="full", suffix="_fortalt")
    assert joined.height == told.height == found.height
    assert joined.filter((pl.col("verdi") - pl.col("verdi_fortalt")).abs() > 1e-6).is_empty()
    assert joined["verdi"].drop_nulls().len() > 50


def test_the_project_in_it_can_be_installed(package: Path, tmp_path: Path) -> None:
    shutil.copytree(package / "project", tmp_path / "project")
    run = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=tmp_path / "project",
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as built:
        inside_it = set(built.namelist())
    assert "kommuneregnskap/project/data/definitions/numbers.csv" in inside_it
    assert "kommuneregnskap/report/package/README.md.j2" in inside_it


def test_nothing_in_it_is_of_the_machine_or_the_moment(packed: Path, package: Path) -> None:
    own = ("README.md", "CITATION.cff", "codecheck.yml", "datapackage.json", "exhibits.csv")
    for name in (*own, "ro-crate-metadata.json"):
        text = (package / name).read_text("utf-8")
        assert not MACHINE.search(text), name
        assert str(packed) not in text
    with zipfile.ZipFile(archive_of(packed)) as file:
        assert {entry.date_time for entry in file.infolist()} == {archive.BEGINNING}
        assert [entry.filename for entry in file.infolist()] == sorted(file.namelist())


def archive_of(packed: Path) -> Path:
    return packed / projects.NAME / "reports" / "2024" / f"{NAME}.zip"


@pytest.fixture
def copied(packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project that the year is packed in, to be changed."""
    folder = tmp_path / "kopi"
    shutil.copytree(packed / projects.NAME, folder, symlinks=True)
    monkeypatch.setenv("KOMMUNEREGNSKAP_ROOT", str(folder))
    return folder


def test_figures_that_were_fetched_come_along_and_are_told_of(
    ssb: National, open_report: Path
) -> None:
    survey = open_survey(2024, "ssb", data_dir=ssb.unmarked[1])
    report = holdings.OneReport(survey, open_report, "report/ssb")
    files: dict[str, holdings.Content] = {**holdings.of_project(2024, [survey])}
    own = f"project/data/raw/ssb/{survey.figures.snapshot}"
    assert {f"{own}/verdier.parquet", f"{own}/kvittering.json"} < files.keys()
    assert all(holdings.place_of(name) for name in files)
    about = archive.about.of([report])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", about.date)
    listed = exhibits.listed([report], {})
    told = statements.readme(about, [report], files, listed, []).decode()
    for table in json.loads((files_path(files, own)).read_text("utf-8"))["tabeller"]:
        assert f"| {table['tittel']} | {table['oppdatert'][:10]} |" in told
    assert f"This is snapshot `{survey.figures.snapshot}`, retrieved on 20" in told
    assert "public copy" not in told


def files_path(files: dict[str, holdings.Content], folder: str) -> Path:
    receipt = files[f"{folder}/kvittering.json"]
    assert isinstance(receipt, Path)
    return receipt


def test_the_same_year_is_the_same_package(copied: Path, packed: Path) -> None:
    again = archive.pack(asked(2024))
    assert again.file.read_bytes() == archive_of(packed).read_bytes()
    with zipfile.ZipFile(again.file) as file:
        assert again.files == len(file.namelist())
    assert again.size == again.file.stat().st_size


def test_a_report_that_was_changed_is_not_packed(copied: Path) -> None:
    before = (copied / "reports/2024" / f"{NAME}.zip").read_bytes()
    file = copied / "reports/2024/ssb/tall.csv"
    file.write_text(file.read_text("utf-8").replace("prosent", "PROSENT", 1), "utf-8", newline="\n")
    with pytest.raises(DataError, match=r"ssb/tall\.csv: is not as the report wrote it") as said:
        archive.pack(asked(2024))
    assert "--force (FORCE=1)" in str(said.value)
    assert (copied / "reports/2024" / f"{NAME}.zip").read_bytes() == before
    assert [path.name for path in (copied / "reports/2024").glob("*.part")] == []


def test_a_front_of_former_reports_is_not_packed(copied: Path) -> None:
    """As after `make report SOURCE=ssb`, which makes one report and not the front."""
    file = copied / "reports/2024/manifest.json"
    front = manifest.read(file)
    assert front is not None
    former = front | {"rapporter_sha256": front["rapporter_sha256"] | {"ssb": "0" * 64}}
    file.write_text(manifest.text(former), "utf-8", newline="\n")
    with pytest.raises(DataError, match="the front is of another report than that in") as said:
        archive.pack(asked(2024))
    assert "make report YEAR=2024" in str(said.value)


def test_what_is_in_no_list_of_a_report_is_left_out(copied: Path, names: list[str]) -> None:
    (copied / "reports/2024/ssb/.hemmelig").write_text("x", "utf-8")
    (copied / "reports/2024/notat.txt").write_text("x", "utf-8")
    (copied / "reports/2024/ssb-ark").mkdir()
    (copied / "reports/2024/ssb-ark/index.html").write_text("x", "utf-8")
    with zipfile.ZipFile(archive.pack(asked(2024)).file) as file:
        assert [name.partition("/")[2] for name in file.namelist()] == names
