"""What the package of a year tells people (exhibits, README, codecheck.yml, citation), held against what is in it."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from collections import Counter
from pathlib import Path

import nbformat
import pytest
import yaml
from rocrate.rocrate import ROCrate

from kommuneregnskap.cli.app import app
from kommuneregnskap.report.package import exhibits, holdings
from tests.helpers.addresses import SOURCES, ids

WRITTEN = "project/reports/2024"  # by who follows the instructions
pytestmark = pytest.mark.slow


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


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
    first = measured["report of the year, nothing there yet"]
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
