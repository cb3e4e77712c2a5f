"""The package of a year: what it says of itself is what is in it, and it can be used, checked and run without us."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import frictionless
import nbformat
import polars as pl
import pytest
import yaml
from rocrate.rocrate import ROCrate

from kommuneregnskap.cli.app import app
from kommuneregnskap.numbers import compute
from kommuneregnskap.report import manifest
from kommuneregnskap.report.package import archive, exhibits, holdings, statements
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.request import asked
from tests.helpers import projects
from tests.helpers.addresses import SOURCES, ids
from tests.helpers.crates import issues
from tests.helpers.kept import kept
from tests.helpers.projects import PROJECT, inside
from tests.helpers.statbank_national import National

NAME = "kommuneregnskap-2024"
WRITTEN = "project/reports/2024"  # by who follows the instructions
MACHINE = re.compile(r"(?<![\w.:/])/(?:home|root|tmp|work|usr|Users)/[\w.-]+")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(year_2024: Path) -> Path:
    """A project that the year is packed in, and `ut` with the package unpacked. Nobody works in it."""
    return kept("pakke", lambda folder: projects.packed(folder, year_2024.parents[1]))


@pytest.fixture(scope="module")
def package(made: Path) -> Path:
    return made / "ut" / NAME


@pytest.fixture(scope="module")
def names(package: Path) -> list[str]:
    return sorted(
        path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()
    )


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


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
    text = (folder / "ro-crate-metadata.json").read_text("utf-8")
    (folder / "ro-crate-metadata.json").write_text(
        text.replace('"license": [', '"licens": [').replace('"datePublished"', '"date"'), "utf-8"
    )
    assert issues(folder, tmp_path / "kept")


def small_year(one_municipality: Path, tmp_path: Path) -> Path:
    """Return the unpacked package of one report: its code left out, which makes the crate large."""
    with inside(one_municipality):
        report = open_survey(2024, "kostra", data_dir=str(one_municipality / projects.OWN))
        own = holdings.OneReport(report, report.request.folder(), "report/kostra")
        said = own.said[manifest.RESULTS]
        files: dict[str, archive.Content] = {
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


def test_every_exhibit_is_where_the_list_says(package: Path) -> None:
    listed = rows(package / exhibits.FILE)
    assert Counter((row["report"], row["kind"]) for row in listed).keys() == {
        (source, kind) for source in SOURCES for kind in ("table", "figure")
    }
    places: dict[str, Counter[str]] = {}
    for row in listed:
        page, _, anchor = row["address"].partition("#")
        places.setdefault(page, ids(package / page))
        assert places[page][anchor] == 1, row["address"]
        book = nbformat.read(package / "project/notebooks" / row["notebook"], as_version=4)
        code = [each["id"] for each in book.cells if each.cell_type == "code"]
        made = row["made_in"].split()
        assert made[-1] == row["cell"]
        assert made == [each for each in code if each in made]
        endings = {Path(name).suffix for name in row["files"].split()}
        assert endings >= (
            {".csv", ".json", ".parquet"} if row["kind"] == "table" else {".svg", ".png"}
        )
        assert all((package / name).is_file() for name in row["files"].split())
        for name in row["functions"].split():
            defined(package, name)
    for source in SOURCES:
        figures = {
            name.name.partition(".")[0]
            for name in (package / "report" / source / "figurer").iterdir()
        }
        assert len(figures) == sum(
            row["report"] == source and row["kind"] == "figure" for row in listed
        )
    assert all(row["functions"] for row in listed if row["kind"] == "figure")


def defined(package: Path, name: str) -> None:
    """Fail unless the code in the package defines what a dotted name says, where it says it."""
    parts = name.split(".")
    place = next(n for n in range(len(parts), 0, -1) if _module(package, parts[:n]))
    file = _module(package, parts[:place])
    assert file is not None
    assert re.search(rf"^(?:def|class) {parts[place]}\b", file.read_text("utf-8"), re.MULTILINE), (
        name
    )


def _module(package: Path, parts: list[str]) -> Path | None:
    base = (package / "project/src").joinpath(*parts)
    return next(
        (each for each in (base.with_suffix(".py"), base / "__init__.py") if each.is_file()), None
    )


def test_cells_are_followed_back_to_where_their_numbers_come_from() -> None:
    cells = {
        "a": "survey = kr.open_survey()",
        "b": "begrep = 'x'; tall = kr.numbers.compute(survey)",
        "c": "tall = tall.filter(begrep)",
        "d": "annet = 3",
        "e": "kr.table(tall, survey=survey)",
    }
    assert exhibits.made_in("e", cells) == ["b", "c", "e"]
    assert exhibits.made_in("d", cells) == ["d"]


def test_what_a_cell_uses_is_found_by_where_it_is_defined() -> None:
    source = """
x = kr.numbers.compute(survey)
kr.figure(kr.charts.verdict_counts, x.filter(pl.col("kr") > kr_per), survey)
kr.tables.read("deflator").select("aar")
"""
    assert exhibits.functions(source, "verdict_counts") == [
        "kommuneregnskap.charts.published.verdict_counts",
        *(name for name in exhibits.functions(source) if not name.endswith("verdict_counts")),
    ]
    assert set(exhibits.functions(source)) == {
        "kommuneregnskap.numbers.table.compute",
        "kommuneregnskap.charts.published.verdict_counts",
        "kommuneregnskap.tables.reader.read",
    }
    assert exhibits.functions("nivaa") == []


@pytest.fixture(scope="module")
def readme(package: Path) -> str:
    return (package / "README.md").read_text("utf-8")


def test_the_readme_lists_what_is_there_and_nothing_else(
    package: Path, names: list[str], readme: str
) -> None:
    listed = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| (\d+) \| ([\d,]*) *\|$", readme, re.MULTILINE)
    counts = Counter(map(holdings.place_of, names))
    assert {pattern: int(count) for pattern, _, count, _ in listed} == counts
    assert all(holdings.PLACES[pattern] == what for pattern, what, _, _ in listed)
    for pattern, _, _, size in listed:
        own = [package / name for name in names if holdings.place_of(name) == pattern]
        told = int(size.replace(",", "") or 0)
        total = sum(path.stat().st_size for path in own)
        assert (told - 1) * 1024 < total <= told * 1024 or pattern in (
            "README.md",
            "ro-crate-metadata.json",
        )
    for name in set(re.findall(r"`((?:report|project)/[\w./-]+)`", readme)) - {WRITTEN}:
        assert (package / name).exists(), name


def test_the_readme_agrees_with_the_program_and_the_run(package: Path, readme: str) -> None:
    said = json.loads((package / "report/ssb/manifest.json").read_text("utf-8"))
    for name, version in said["pakker"].items():
        assert f"{name} {version}" in readme
    project = tomllib.loads((package / "project/pyproject.toml").read_text("utf-8"))
    assert project["project"]["requires-python"] == f">={said['python']}"
    assert f"- Python {said['python']} or newer" in readme
    (command,) = re.findall(r"-m kommuneregnskap (\w+) --year 2024$", readme, re.MULTILINE)
    assert command in {
        each.name or each.callback.__name__ for each in app.registered_commands if each.callback
    }
    assert re.findall(r"pip install (.+)$", readme, re.MULTILINE) == [
        "--require-hashes --no-deps -r requirements.lock",
        "--no-deps --no-build-isolation --editable .",
    ]
    measured = {row["what"]: row for row in rows(package / "project/benchmarks/results.csv")}
    first = measured["report, nothing there yet"]
    assert f"| {float(first['wall_s']):.1f} | {float(first['cpu_s']):.1f} |" in readme
    for name in said["notatboeker_sha256"]:
        assert f"| `{name}`, again in the same process |" in readme
    listed = rows(package / "exhibits.csv")
    for (source, kind), count in Counter((row["report"], row["kind"]) for row in listed).items():
        assert f"{count} {kind}s of the report on {source}" in readme
    receipt = json.loads(
        (package / "project/data/ssb/2026-09-19/kvittering.json").read_text("utf-8")
    )
    for table in receipt["tabeller"]:
        every = "yes" if table["alle_kommuner"] else "no"
        left_out = "; ".join(table["utelatt"])
        row = (
            f"| {table['tittel']} | {table['oppdatert']} | final (revised) | {every} | {left_out} |"
        )
        assert row in readme
    assert f"through a public copy ({receipt['lest_gjennom']})" in readme
    assert f"retrieved on {receipt['hentet']}" in readme
    assert ROCrate(str(package)).datePublished.date().isoformat() >= receipt["hentet"]
    check = yaml.safe_load((package / "codecheck.yml").read_text("utf-8"))
    assert f"`codecheck.yml` lists the {len(check['manifest'])} that matter" in readme
    assert not re.search(r"\{\{|\}\}|\{%|\b(None|nan|TODO)\b", readme)


def test_a_file_of_no_known_kind_is_not_packed_in_silence() -> None:
    with pytest.raises(KeyError, match=r"project/hemmelig\.txt"):
        holdings.place_of("project/hemmelig.txt")


def test_codecheck_names_every_table_and_figure(package: Path, names: list[str]) -> None:
    text = (package / "codecheck.yml").read_text("utf-8")
    assert text.startswith("---\n")
    said = yaml.safe_load(text)
    assert said["version"] == "https://codecheck.org.uk/spec/config/1.0/"
    assert said["paper"]["title"]
    assert all(each["name"] for each in said["paper"]["authors"])
    assert said["paper"]["reference"] in names
    files = [each["file"] for each in said["manifest"]]
    assert sorted(files) == [
        name for name in names if re.fullmatch(r"report/.*\.(csv|svg|png)", name)
    ]
    assert all(each["comment"] for each in said["manifest"])
    assert {"codechecker", "report", "certificate"}.isdisjoint(said), "left to who checks it"


def test_it_can_be_cited(package: Path) -> None:
    said = yaml.safe_load((package / "CITATION.cff").read_text("utf-8"))
    assert said.keys() >= {"cff-version", "message", "title", "authors", "version", "license"}
    assert said["type"] == "dataset"
    assert said["license"] == "CC-BY-4.0", "several would be a choice"
    assert said["title"] == "Norwegian municipal accounts 2024: published numbers, recomputed"


def test_the_project_in_it_gives_the_numbers_of_its_report(package: Path) -> None:
    with inside(package / "project"):
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


def test_nothing_in_it_is_of_the_machine_or_the_moment(made: Path, package: Path) -> None:
    own = ("README.md", "CITATION.cff", "codecheck.yml", "datapackage.json", "exhibits.csv")
    for name in (*own, "ro-crate-metadata.json"):
        text = (package / name).read_text("utf-8")
        assert not MACHINE.search(text), name
        assert str(made) not in text
    with zipfile.ZipFile(archive_of(made)) as file:
        assert {entry.date_time for entry in file.infolist()} == {archive.BEGINNING}
        assert [entry.filename for entry in file.infolist()] == sorted(file.namelist())


def archive_of(made: Path) -> Path:
    return made / projects.NAME / "reports" / "2024" / f"{NAME}.zip"


@pytest.fixture
def copied(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project that the year is packed in, to be changed."""
    folder = tmp_path / "kopi"
    shutil.copytree(made / projects.NAME, folder, symlinks=True)
    monkeypatch.setenv("KOMMUNEREGNSKAP_ROOT", str(folder))
    return folder


def test_figures_that_were_fetched_come_along_and_are_told_of(
    ssb: National, open_report: Path
) -> None:
    survey = open_survey(2024, "ssb", data_dir=ssb.unmarked[1])
    report = holdings.OneReport(survey, open_report, "report/ssb")
    files: dict[str, archive.Content] = {**holdings.of_project(2024, [survey])}
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


def files_path(files: dict[str, archive.Content], folder: str) -> Path:
    receipt = files[f"{folder}/kvittering.json"]
    assert isinstance(receipt, Path)
    return receipt


def test_the_same_year_is_the_same_package(copied: Path, made: Path) -> None:
    packed = archive.pack(asked(2024))
    assert packed.file.read_bytes() == archive_of(made).read_bytes()
    with zipfile.ZipFile(packed.file) as file:
        assert packed.files == len(file.namelist())
    assert packed.size == packed.file.stat().st_size


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
