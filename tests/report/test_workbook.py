"""Workbooks, CSV tables and figure files beside the page: all from the executed notebooks, all the same."""

from __future__ import annotations

import csv
import json
import re
import struct
import xml.etree.ElementTree as ET
import zipfile
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from kommuneregnskap.charts.style import WATERMARK, source_line
from kommuneregnskap.display.notebook import SYNTHETIC_WARNING
from kommuneregnskap.display.table import MIME
from kommuneregnskap.report import contents
from kommuneregnskap.report.editions import workbook
from kommuneregnskap.report.editions.workbook.tables import CONTENTS, LIST, UNITLESS
from kommuneregnskap.support.norwegian import MISSING
from kommuneregnskap.support.outside import as_text
from kommuneregnskap.survey.survey import Survey
from tests.helpers.outputs import PRINTED

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
Cell = tuple[str | float, str]


@pytest.fixture(scope="module")
def chapters(published_2024: Path) -> list[contents.Chapter]:
    return contents.chapters(sorted((published_2024 / "notebooks").glob("*.ipynb")))


def outputs(folder: Path, mime: str) -> list[Any]:
    """What the notebooks of a report put out as `mime`, read without our own code."""
    return [
        output["data"][mime]
        for path in sorted((folder / "notebooks").glob("*.ipynb"))
        for cell in json.loads(path.read_text("utf-8"))["cells"]
        for output in cell.get("outputs", [])
        if mime in output.get("data", {})
    ]


class Sheet:
    """A sheet of a workbook, read from its XML: cells with number formats, links, frozen rows."""

    def __init__(self, root: ET.Element, strings: list[str], formats: list[str]) -> None:
        self.cells: dict[str, Cell] = {}
        for cell in root.iter(f"{MAIN}c"):
            value = cell.findtext(f"{MAIN}v")
            if value is not None:
                known: str | float = strings[int(value)] if cell.get("t") == "s" else float(value)
                self.cells[str(cell.get("r"))] = known, formats[int(cell.get("s") or 0)]
        self.links = {
            str(link.get("ref")): str(link.get("location"))
            for link in root.iter(f"{MAIN}hyperlink")
        }
        pane = root.find(f".//{MAIN}pane")
        self.frozen = int(pane.get("ySplit") or 0) if pane is not None else 0

    def row(self, number: int) -> list[Cell]:
        return [cell for name, cell in self.cells.items() if re.sub(r"\D", "", name) == str(number)]


Sheets = dict[str, Sheet]


def sheets_of(file: Path) -> Sheets:
    with zipfile.ZipFile(file) as package:
        strings = [
            "".join(part.text or "" for part in item.iter(f"{MAIN}t"))
            for item in ET.fromstring(package.read("xl/sharedStrings.xml"))
        ]
        styles = ET.fromstring(package.read("xl/styles.xml"))
        codes = {
            each.get("numFmtId"): each.get("formatCode") for each in styles.iter(f"{MAIN}numFmt")
        }
        builtin = {"1": "0", "3": "#,##0", "4": "#,##0.00"}
        formats = [
            str(codes.get(each.get("numFmtId")) or builtin.get(str(each.get("numFmtId")), ""))
            for each in styles.find(f"{MAIN}cellXfs") or []
        ]
        book = ET.fromstring(package.read("xl/workbook.xml"))
        names = [str(sheet.get("name")) for sheet in book.iter(f"{MAIN}sheet")]
        return {
            name: Sheet(
                ET.fromstring(package.read(f"xl/worksheets/sheet{place}.xml")), strings, formats
            )
            for place, name in enumerate(names, start=1)
        }


@pytest.fixture(scope="module")
def books(published_2024: Path) -> list[Sheets]:
    """The sheets of both workbooks."""
    return [sheets_of(published_2024 / name) for name in (workbook.FILE, workbook.REST)]


@pytest.fixture(scope="module")
def sheets(books: list[Sheets]) -> dict[str, Sheet]:
    """The sheet of each table, by the table's title, or its number in the second workbook."""
    first, rest = books
    return {str(each.cells["A1"][0]): each for book in (first, rest) for each in book.values()}


def sheet_of(table: contents.Table, sheets: dict[str, Sheet]) -> Sheet:
    return sheets.get(f"Tabell {table.nr}. {table.title}") or sheets[table.title]


def test_every_table_of_the_notebooks_is_a_sheet_with_its_raw_numbers(
    published_2024: Path,
    chapters: list[contents.Chapter],
    books: list[Sheets],
    sheets: dict[str, Sheet],
    survey_2024: Survey,
) -> None:
    raw = outputs(published_2024, MIME)
    headings_above = {
        line.lstrip("# ")
        for path in sorted((published_2024 / "notebooks").glob("*.ipynb"))
        for cell in json.loads(path.read_text("utf-8"))["cells"]
        for line in "".join(cell["source"]).splitlines()
        if cell["cell_type"] == "markdown" and line.startswith("##")
    }
    tables = contents.tables(chapters)
    assert len(raw) == len(tables) > 60
    assert sum(map(len, books)) == len(tables) + 2
    for found, table in zip(tables, raw, strict=True):
        sheet = sheet_of(found, sheets)
        about = str(sheet.cells["A2"][0])
        # A frame that is shown as it is has the title of the heading above it, and its columns are named in words.
        assert found.title in ([table["tittel"]] if table["tittel"] else headings_above)
        assert about.startswith(table["enhet"].rstrip(".") or UNITLESS)
        assert about.endswith(source_line(survey_2024))
        assert sheet.cells["A3"][0] == SYNTHETIC_WARNING
        assert sheet.frozen == 5
        headings = [cell for cell, _ in sheet.row(5)]
        assert headings == [each["navn"] for each in found.columns]
        assert not table["tittel"] or headings == [each["navn"] for each in table["kolonner"]]
        for down, row in enumerate(table["rader"], start=6):
            # A missing value stands as a dash.
            shown = [cell for cell, _ in sheet.row(down)]
            assert shown == [MISSING if cell is None else cell for cell in row]


CODE_NAME = re.compile(r"[a-zæøå0-9]_[a-zæøå0-9]|\b(?:aar|foer|naa|oe|mrd|pst|pp)\b(?!\.)")


def test_every_heading_is_in_words(books: list[Sheets]) -> None:
    for book in books:
        for name, sheet in book.items():
            for heading, _ in sheet.row(5):
                assert not CODE_NAME.search(str(heading)), (name, heading)


@pytest.mark.parametrize("source", ["demo", "ssb"])
def test_the_first_workbook_is_about_fifteen_sheets_named_in_words(
    year_2024: Path, source: str
) -> None:
    book = sheets_of(year_2024 / source / workbook.FILE)
    names = list(book)
    assert names[0] == CONTENTS
    assert 12 <= len(names) <= 17
    assert all(len(name) <= 31 and re.fullmatch(r"[A-ZÆØÅ][a-zæøåé ]+", name) for name in names)
    for sheet in list(book.values())[1:]:
        numbers = [cell for cell, kind in sheet.cells.values() if isinstance(cell, float)]
        assert numbers or "Publiserte tall" in str(sheet.cells["A1"][0]), (
            "what has no number is no sheet"
        )
        assert "Kilde: " in str(sheet.cells["A2"][0])


def test_numbers_in_the_workbook_have_the_decimals_of_the_report(
    chapters: list[contents.Chapter], sheets: dict[str, Sheet]
) -> None:
    formats = {
        (table.nr, column["navn"]): sheet_of(table, sheets).row(6)[place][1]
        for table in contents.tables(chapters)
        if table.rows
        for place, column in enumerate(table.columns)
    }
    title = "Brutto investeringer etter tjenesteområde"
    (nr,) = (table.nr for table in contents.tables(chapters) if table.title == title)
    assert formats[nr, "Mill. kr"] == "#,##0"
    assert formats[nr, "Andel, %"] == "#,##0.0"
    assert formats[nr, "Område"] == ""
    assert {"", "#,##0", "#,##0.0", "#,##0.00"} <= set(formats.values())


def test_the_contents_lead_to_every_sheet_and_back(books: list[Sheets]) -> None:
    for book in books:
        listing = book[CONTENTS]
        assert list(listing.links.values()) == [f"'{name}'!A1" for name in list(book)[1:]]
        for name, sheet in list(book.items())[1:]:
            assert list(sheet.links.values()) == [f"'{CONTENTS}'!A1"], name
    assert workbook.REST in str(books[0][CONTENTS].cells["A2"][0])


def test_csv_files_hold_the_same_as_the_sheets(
    published_2024: Path, chapters: list[contents.Chapter]
) -> None:
    tables = contents.tables(chapters)
    folder = published_2024 / workbook.FOLDER
    names = [f"{table.name}.csv" for table in tables]
    assert sorted([*names, LIST]) == sorted(path.name for path in folder.glob("*.csv"))
    beside = {path.suffix for path in folder.iterdir()}
    assert beside == {".csv", ".json", ".parquet"}
    assert all(re.fullmatch(r"\d-\d+_[a-z0-9-]+\.csv", name) for name in names)
    with (folder / LIST).open(encoding="utf-8", newline="") as listing:
        assert [row["fil"] for row in csv.DictReader(listing)] == names
    for table, name in zip(tables, names, strict=True):
        with (folder / name).open(encoding="utf-8", newline="") as file:
            heading, *rows = list(csv.reader(file))
        assert heading == [*(column["kolonne"] for column in table.columns), "regnskaper"]
        of_nobody = {"av:definisjoner", "av:publisert"} & table.tags
        whose = "ingen" if of_nobody else "syntetiske"
        for raw, row in zip(table.rows, rows, strict=True):
            cells = ["" if cell is None else str(cell) for cell in raw]
            safe = [
                as_text(text) if isinstance(cell, str) else text
                for cell, text in zip(raw, cells, strict=True)
            ]
            assert [*safe, whose] == row


def test_every_figure_is_a_file_with_source_and_watermark_and_twice_the_pixels(
    published_2024: Path, survey_2024: Survey, chapters: list[contents.Chapter]
) -> None:
    folder = published_2024 / "figurer"
    found = contents.figures(chapters)
    assert len(found) >= 20
    kinds = ("svg", "png", "csv", "parquet", "metadata.json")
    names = {f"{figure.name}.{kind}" for figure in found for kind in kinds}
    assert {path.name for path in folder.iterdir()} == names
    start = source_line(survey_2024)[:60]
    for figure in found:
        svg = (folder / f"{figure.name}.svg").read_text("utf-8")
        words = unescape(" ".join(re.findall(r">([^<>]+)<", svg)))
        own = PRINTED not in words
        assert (start in words) == own
        assert (WATERMARK in words) == own
        assert figure.title in words
        width, height = (
            float(side) for side in re.findall(r'(?:width|height)="([\d.]+)"', svg)[:2]
        )
        size = struct.unpack(">II", (folder / f"{figure.name}.png").read_bytes()[16:24])
        assert size == pytest.approx((2 * width, 2 * height), abs=2)


def test_the_numbers_behind_a_figure_lie_beside_it_and_say_whose_they_are(
    published_2024: Path, chapters: list[contents.Chapter]
) -> None:
    for figure in contents.figures(chapters):
        head, *rows = read_csv(published_2024 / "figurer" / f"{figure.name}.csv")
        drawn = figure.spec["usermeta"]["tall"]
        assert head == [*drawn["kolonner"], "kilde_for_figuren"]
        assert len(rows) == len(drawn["rader"]) > 0
        assert {row[-1] for row in rows} == {figure.spec["usermeta"]["kilde"]}
    first = next(f for f in contents.figures(chapters) if f.title.startswith("Hvor mye investerte"))
    _, *rows = read_csv(published_2024 / "figurer" / f"{first.name}.csv")
    assert (rows[-1][0], float(rows[-1][2])) == ("2024", 56.4)


def read_csv(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.reader(text))
