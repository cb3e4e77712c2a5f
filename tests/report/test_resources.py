"""Beside every CSV of a report stands what it is: frictionless finds nothing to mend, and the parquet is the same."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from frictionless import Resource, system
from polars.testing import assert_frame_equal

from kommuneregnskap.report import contents, resources
from kommuneregnskap.report.endings import METADATA, PARQUET
from kommuneregnskap.report.headings import Heading
from kommuneregnskap.report.licences import CC_BY, MIT
from kommuneregnskap.report.resources import About, Origin
from kommuneregnskap.sources import synthetic_panel
from kommuneregnskap.support.outside import text_cells, write_csv

SOURCES = ["demo", "ssb"]
NUMBERS = ("integer", "number")
KINDS = {"integer": pl.Int64, "number": pl.Float64, "boolean": pl.Boolean, "string": pl.String}
SNAPSHOT = {"snapshot": "2026-09-19", "vintage": "endelig", "updated": "2026-06-15"}
Told = dict[str, Any]


def tables(year: Path, source: str) -> list[Path]:
    """The CSV files of a report; with the first source the one of the year."""
    of_year = [year / "evidens.csv"] if source == SOURCES[0] else []
    return of_year + sorted((year / source).rglob("*.csv"))


def told(table: Path) -> Told:
    found: Told = json.loads(table.with_suffix(METADATA).read_text("utf-8"))
    return found


def every_column(year: Path, source: str) -> list[tuple[str, Told]]:
    return [
        (f"{table.stem}: {column['name']}", column)
        for table in tables(year, source)
        for column in told(table)["schema"]["fields"]
    ]


def errors(table: Path) -> set[str]:
    """What frictionless finds in a table with its metadata, by kind."""
    with system.use_context(trusted=True):
        report = Resource(str(table.with_suffix(METADATA))).validate()
    return {kind for (kind,) in report.flatten(["type"])}


@pytest.mark.parametrize("source", SOURCES)
def test_every_table_says_what_it_is_and_nothing_is_to_mend(year_2024: Path, source: str) -> None:
    found = tables(year_2024, source)
    assert len(found) > 100
    assert [table for table in found if not table.with_suffix(METADATA).is_file()] == []
    assert {table.name: errors(table) for table in found} == {table.name: set() for table in found}


@pytest.mark.parametrize("source", SOURCES)
def test_every_column_has_a_name_a_title_a_description_and_numbers_a_unit(
    year_2024: Path, source: str
) -> None:
    found = every_column(year_2024, source)
    assert len(found) > 700
    assert [
        name for name, column in found if not re.fullmatch("[a-z][a-z0-9_]*", column["name"])
    ] == []
    assert [name for name, column in found if not column.get("description")] == []
    numbers = [(name, column) for name, column in found if column["type"] in NUMBERS]
    assert [name for name, column in numbers if not {"unit", "unitColumn"} & column.keys()] == []
    assert [name for name, column in found if column.keys() >= {"unit", "unitColumn"}] == []


@pytest.mark.parametrize(("source", "most"), [("ssb", 171), ("demo", 204)])
def test_no_more_columns_than_now_are_told_by_their_heading_alone(
    year_2024: Path, source: str, most: int
) -> None:
    """`Verdi, i «…»` says little: fewer may say no more, never more."""
    said = [column["description"] for _, column in every_column(year_2024, source)]
    assert sum(bool(re.search(r", i «[^»]+»$", text)) for text in said) <= most


@pytest.mark.parametrize("source", SOURCES)
def test_no_two_columns_of_a_table_are_called_the_same(year_2024: Path, source: str) -> None:
    for table in tables(year_2024, source):
        counted = Counter(column["title"] for column in told(table)["schema"]["fields"])
        assert set(counted.values()) == {1}, (table.name, counted)


@pytest.mark.parametrize("source", SOURCES)
def test_a_column_of_units_is_beside_what_it_is_of(year_2024: Path, source: str) -> None:
    named = 0
    for table in tables(year_2024, source):
        known = {column["name"]: column for column in told(table)["schema"]["fields"]}
        of_rows = [each["unitColumn"] for each in known.values() if "unitColumn" in each]
        assert [name for name in of_rows if known[name]["type"] != "string"] == []
        named += len(of_rows)
    assert named > 10


@pytest.mark.parametrize("source", SOURCES)
def test_a_table_says_which_it_is_and_where_it_was_made(year_2024: Path, source: str) -> None:
    place = re.compile(
        r"(?:Tabell|Figur) \d\.\d+ i «\d\. [^»]+», notatbok \d_[a-z_]+, celle [\w-]+\. ?"
    )
    for table in tables(year_2024, source):
        said = told(table)["description"]
        of_notebook = table.parent.name in ("tabeller", "figurer") and table.name != "innhold.csv"
        assert said
        assert bool(place.match(said)) == of_notebook, (table.name, said)
    (areas,) = (year_2024 / source / "tabeller").glob("1-?_brutto-investeringer-etter*.csv")
    assert told(areas)["description"].startswith(
        "Tabell 1.8 i «1. Hva investerte kommunene i?», notatbok 1_investments, celle 1-14."
    )


@pytest.mark.parametrize("source", SOURCES)
def test_the_parquet_has_the_rows_and_types_of_the_csv(year_2024: Path, source: str) -> None:
    beside = [each for each in tables(year_2024, source) if each.with_suffix(PARQUET).is_file()]
    assert len(beside) > 60
    assert {each.stem for each in beside} >= {"tall", "vurdering"}
    for table in beside:
        types = {each["name"]: KINDS[each["type"]] for each in told(table)["schema"]["fields"]}
        rows = pl.read_csv(table, schema=types)
        kept = pl.read_parquet(table.with_suffix(PARQUET))
        kinds = {name: "number" if kind.is_float() else kind for name, kind in kept.schema.items()}
        assert {name for name, kind in kinds.items() if kind == "number"} == {
            name for name, kind in types.items() if kind == pl.Float64
        }, table.name
        words = pl.col(pl.String).replace("", None)
        same = text_cells(kept).cast(types)  # type: ignore[arg-type]
        assert_frame_equal(rows.with_columns(words), same.with_columns(words))


def whose(table: Path) -> set[str]:
    """Whose numbers the rows of a table say that they are."""
    with table.open(encoding="utf-8", newline="") as text:
        return {
            row.get("regnskaper") or row.get("kilde_for_figuren") or ""
            for row in csv.DictReader(text)
        }


@pytest.mark.parametrize("source", SOURCES)
def test_what_is_invented_says_so_and_what_is_of_no_accounts_as_well(
    year_2024: Path, source: str
) -> None:
    report = year_2024 / source
    kinds: Counter[str] = Counter()
    for chapter in contents.chapters(sorted((report / "notebooks").glob("*.ipynb"))):
        for part in chapter.parts:
            if not isinstance(part, contents.Table | contents.Figure):
                continue
            folder = "tabeller" if isinstance(part, contents.Table) else "figurer"
            table = report / folder / f"{part.name}.csv"
            said, sources = told(table), " ".join(each["title"] for each in told(table)["sources"])
            of = {tag for tag in part.tags if tag.startswith("av:")}
            simulated = part.name.startswith(("9-10", "9-3_hvor-ofte"))
            kinds.update(of or ({"simulert"} if simulated else {"regnskaper"}))
            nobodys = bool(of & {"av:definisjoner", "av:publisert"})
            assert said["synthetic"] == (not nobodys and (source == "demo" or simulated)), (
                table.name
            )
            assert ("oppdiktede" in sources) == said["synthetic"], table.name
            assert ("vintages" in said) == (source == "ssb" and not nobodys and not simulated)
            assert ("Publiserte tall" in sources) == bool(of & {"av:publisert", "av:begge"}) or (
                folder == "figurer"
            )
            if folder == "tabeller" and nobodys:
                assert whose(table) <= {"ingen"}, table.name
            elif folder == "tabeller":
                own = {"ssb": "aapne tall", "demo": "syntetiske"}[source]
                assert whose(table) <= {"syntetiske" if simulated else own}, table.name
    assert kinds["av:definisjoner"] == 18
    assert kinds["av:publisert"] == 6
    assert kinds["simulert"] == 2
    assert kinds["regnskaper"] > 60


def test_what_is_of_all_sources_is_not_invented(year_2024: Path) -> None:
    said = told(year_2024 / "evidens.csv")
    assert not said["synthetic"]
    assert len(said["sources"]) == len(SOURCES) + 1, "and where the published numbers are"


def test_a_figure_of_printed_numbers_is_nobody_s_accounts(year_2024: Path) -> None:
    for source in SOURCES:
        (table,) = (year_2024 / source / "figurer").glob("7-2_*.csv")
        said = told(table)
        assert not said["synthetic"]
        assert "vintages" not in said
        (printed,) = said["sources"]
        assert "NOU 2024:23" in printed["title"]


def test_open_figures_have_the_licence_and_the_vintage_of_ssb(year_2024: Path) -> None:
    said = told(year_2024 / "ssb" / "tall.csv")
    assert said["licenses"] == [
        {
            "name": "MIT",
            "title": "MIT License",
            "path": "https://spdx.org/licenses/MIT.html",
        },
        {
            "name": "CC-BY-4.0",
            "title": "Creative Commons Attribution 4.0 International",
            "path": "https://creativecommons.org/licenses/by/4.0/",
        },
    ]
    (vintage,) = said["vintages"]
    assert vintage == SNAPSHOT
    (source,) = said["sources"]
    assert "Statistikkbanken, uttrekk 2026-09-19, endelige" in source["title"]


def test_a_spoilt_cell_is_found(year_2024: Path, tmp_path: Path) -> None:
    table = year_2024 / "ssb" / "tall.csv"
    for file in (table, table.with_suffix(METADATA)):
        shutil.copy(file, tmp_path)
    copy = tmp_path / table.name
    assert errors(copy) == set()
    text = copy.read_text("utf-8")
    copy.write_text(text.replace(",2024,", ",tjuefire,", 1), "utf-8")
    assert errors(copy) >= {"type-error", "hash-count"}
    # Also where nobody would see it: a number that is another than the one that was written.
    copy.write_text(text.replace(",2024,", ",2023,", 1), "utf-8")
    assert errors(copy) == {"hash-count"}


def example(folder: Path) -> Path:
    folder.mkdir()
    file = folder / "1-1_Fond i år.csv"
    frame = pl.DataFrame({"gruppe": ["Små", "Store"], "kommuner": [3, 4], "fond": [1.5, None]})
    write_csv(frame, file)
    vintage = {"snapshot": "2026-01-02", "vintage": "endelig", "updated": "2025-06-15"}
    about = About(
        "Fond",
        Origin(("Kilde: SSB",), (MIT, CC_BY), synthetic=False, vintages=(vintage,)),
        "Tabell 1.1.",
        "Milliarder kroner",
        headings={"fond": Heading("Fondet")},
    )
    resources.write_beside(frame, file, about)
    return file


def test_a_table_is_a_resource_worked_by_hand_and_the_same_bytes_twice(tmp_path: Path) -> None:
    file, again = example(tmp_path / "en"), example(tmp_path / "to")
    said = told(file)
    content = "gruppe,kommuner,fond\nSmå,3,1.5\nStore,4,\n".encode()
    assert file.read_bytes() == content
    version = said.pop("version")
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", version)
    assert said == {
        "name": "1-1_fond-i-r",
        "type": "table",
        "profile": "tabular-data-resource",
        "path": "1-1_Fond i år.csv",
        "title": "Fond",
        "description": "Tabell 1.1.",
        "subtitle": "Milliarder kroner",
        "unit": "mrd. kr",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": 41,
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "sources": [{"title": "Kilde: SSB"}],
        "licenses": [
            {"name": each.name, "title": each.title, "path": each.address} for each in (MIT, CC_BY)
        ],
        "synthetic": False,
        "vintages": [{"snapshot": "2026-01-02", "vintage": "endelig", "updated": "2025-06-15"}],
        "schema": {
            "fields": [
                {
                    "name": "gruppe",
                    "type": "string",
                    "title": "Gruppe",
                    "description": "Størrelsesgruppen, etter innbyggertall",
                },
                {
                    "name": "kommuner",
                    "type": "integer",
                    "title": "Kommuner",
                    "description": "Hvor mange kommuner",
                    "unit": "antall",
                },
                {
                    "name": "fond",
                    "type": "number",
                    "title": "Fondet",
                    "description": "Fondet, i «Fond»",
                    "unit": "mrd. kr",
                },
            ],
            "missingValues": [""],
        },
    }
    for ending in (METADATA, PARQUET):
        one, other = (each.with_suffix(ending).read_bytes() for each in (file, again))
        assert one == other


def test_of_several_sources_all_is_told_once() -> None:
    ours = Origin(
        ("Kilde: SSB",), (MIT, CC_BY), synthetic=False, vintages=({"vintage": "endelig"},)
    )
    both = resources.together([resources.INVENTED, ours])
    assert both == Origin(
        (synthetic_panel.SOURCE.origin, "Kilde: SSB"),
        (MIT, CC_BY),
        synthetic=False,
        vintages=({"vintage": "endelig"},),
    )
