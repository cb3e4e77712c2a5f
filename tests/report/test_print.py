"""Print, workbook, tables and figures beside the page: all from the executed notebooks, all the same."""

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

import polars as pl
import pytest
import typst

from kommuneregnskap.charts.style import WATERMARK, source_line
from kommuneregnskap.display.notebook import SYNTHETIC_WARNING
from kommuneregnskap.display.table import MIME
from kommuneregnskap.numbers import compute
from kommuneregnskap.report import contents, drawings, editions, headlines, publish
from kommuneregnskap.report.editions import pdf, workbook
from kommuneregnskap.report.editions.pdf import appendix, names, printed, typeset, typst_text
from kommuneregnskap.report.editions.workbook.tables import CONTENTS, LIST, UNITLESS
from kommuneregnskap.support.errors import DataError, UsageError
from kommuneregnskap.support.norwegian import GROUP, MINUS, MISSING
from kommuneregnskap.support.outside import as_text
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.request import asked
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.verdicts import judgement
from tests.helpers import pixels
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
    tables = contents.tables(chapters)
    assert len(raw) == len(tables) > 60
    assert sum(map(len, books)) == len(tables) + 2
    for found, table in zip(tables, raw, strict=True):
        sheet = sheet_of(found, sheets)
        about = str(sheet.cells["A2"][0])
        # A frame that is shown as it is has the title of the heading above it, and its columns are named in words.
        assert not table["tittel"] or found.title == table["tittel"]
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
    assert sorted([*names, LIST]) == sorted(path.name for path in folder.iterdir())
    assert all(re.fullmatch(r"\d-\d+_[a-z0-9-]+\.csv", name) for name in names)
    with (folder / LIST).open(encoding="utf-8", newline="") as listing:
        assert [row["fil"] for row in csv.DictReader(listing)] == names
    for table, name in zip(tables, names, strict=True):
        with (folder / name).open(encoding="utf-8", newline="") as file:
            heading, *rows = list(csv.reader(file))
        assert heading == [*(column["navn"] for column in table.columns), "regnskaper"]
        assert {row[-1] for row in rows} <= {"syntetiske"}
        for raw, row in zip(table.rows, rows, strict=True):
            cells = ["" if cell is None else str(cell) for cell in raw]
            safe = [
                as_text(text) if isinstance(cell, str) else text
                for cell, text in zip(raw, cells, strict=True)
            ]
            assert [*safe, "syntetiske"] == row


def test_every_figure_is_a_file_with_source_and_watermark_and_twice_the_pixels(
    published_2024: Path, survey_2024: Survey, chapters: list[contents.Chapter]
) -> None:
    folder = published_2024 / "figurer"
    found = contents.figures(chapters)
    assert len(found) >= 20
    names = {f"{figure.name}.{kind}" for figure in found for kind in ("svg", "png", "csv")}
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


PRINTED_FILES = (names.FILE, names.APPENDIX)


@pytest.mark.parametrize("name", PRINTED_FILES)
def test_print_is_tagged_embedded_and_in_bokmaal(published_2024: Path, name: str) -> None:
    made = (published_2024 / name).read_bytes()
    assert b"/MarkInfo" in made
    assert b"<pdfuaid:part>1</pdfuaid:part>" in made
    assert set(re.findall(rb"/Lang\s*\(([^)]*)\)", made)) == {b"nb"}
    fonts = set(re.findall(rb"/FontName\s*/([A-Za-z0-9+-]+)", made))
    assert len(fonts) == made.count(b"/FontFile")
    assert all(re.match(rb"[A-Z]{6}\+(LibertinusSerif|DejaVuSansMono)", font) for font in fonts)
    assert not re.search(rb"/CreationDate|/ModDate|xmp:CreateDate", made)
    assert b"/Subtype/Image" not in made.replace(b" ", b""), "figures are vectors"


@pytest.mark.parametrize("source", ["demo", "ssb"])
def test_the_report_is_twelve_to_twenty_pages_and_none_but_the_last_half_empty(
    year_2024: Path, source: str, tmp_path: Path
) -> None:
    folder = year_2024 / source
    made = (folder / names.FILE).read_bytes()
    pages = len(re.findall(rb"/Type\s*/Page\b", made))
    assert 12 <= pages <= 20
    material = of_report(folder, source)
    drawn = pictures(printed.source(material), material, tmp_path)
    assert len(drawn) == pages
    assert all(pixels.lowest_ink(page) > HALF for page in drawn[:-1])
    assert all(pixels.widest_gap(page) < 1 - HALF for page in drawn[:-1])


HALF = 0.6  # of the room between the margins of a page


@pytest.mark.parametrize("source", ["demo", "ssb"])
def test_the_report_says_nothing_as_code_says_it(year_2024: Path, source: str) -> None:
    """No check text, no name of a column, id or file of code; what was computed stands under words."""
    material = of_report(year_2024 / source, source)
    said = strings(printed.source(material))
    shown = [text for text in said if not text.endswith(".svg")]
    code = re.compile(
        r"[a-zæøå0-9]_[a-zæøå0-9]|\| (?:her|tabellen|beregnet)|\.csv|\bmake |data/|[Dd]om(?:men)?\b"
    )
    assert len(shown) > 300
    assert not [text for text in shown if code.search(text)]
    headings = [text for text in shown if text in ("Vurdering", "Publisert", "Publisert tall")]
    assert headings.count("Vurdering") >= 6, "four sections, the count, and what differs"
    for title in (
        "Slik er tallene regnet",
        "Hvem tallene gjelder",
        "Slik vurderes et publisert tall",
    ):
        assert f"[{title}]" in printed.source(material)
    assert any(names.APPENDIX in text for text in shown)
    assert any("61,3 prosent, ikke 58" in text for text in shown), "138 of 225 is not 58 percent"
    assert (SYNTHETIC_WARNING in shown) == (source == "demo")


def test_a_report_of_real_figures_opens_with_its_finding(year_2024: Path) -> None:
    own, shown = (
        printed.source(of_report(year_2024 / source, source)) for source in ("ssb", "demo")
    )
    assert "Mer enn halvparten av kommunene utenom Oslo gikk i minus i 2024" in own
    assert headlines.demonstration(open_survey(year=2024, source="demo")) in shown
    assert "gikk i minus i 2024" not in shown


def of_report(folder: Path, source: str) -> editions.Material:
    survey = open_survey(year=2024, source=source)
    tall = compute(survey)
    judged = judgement.judge(judgement.read(2024), tall, survey)
    return editions.Material(sorted((folder / "notebooks").glob("*.ipynb")), survey, tall, judged)


def strings(source: str) -> list[str]:
    """The strings in Typst source: all that is said in it."""
    return [
        json.loads(f'"{text}"'.replace("\u200b", ""))
        for text in re.findall(r'"((?:[^"\\]|\\.)*)"', source)
    ]


def written(source: str, material: editions.Material, folder: Path) -> Path:
    """The source as Typst reads it, its figures beside it."""
    (folder / "main.typ").write_text(source, "utf-8")
    (folder / typeset.TEMPLATE.name).write_bytes(typeset.TEMPLATE.read_bytes())
    for figure in contents.figures(material.chapters):
        (folder / f"{figure.name}.svg").write_text(drawings.for_print(figure.spec), "utf-8")
    return folder / "main.typ"


def pictures(source: str, material: editions.Material, folder: Path) -> list[pixels.Picture]:
    file = written(source, material, folder)
    made = typst.compile(file, root=folder, format="png", ppi=20, ignore_system_fonts=True)
    return [pixels.read(page) for page in (made if isinstance(made, list) else [made])]


def test_the_appendix_holds_every_figure_and_table_and_the_warning_on_every_page(
    published_2024: Path, tmp_path: Path
) -> None:
    """Read from what Typst made of it: its own query, not our source."""
    material = of_report(published_2024, "demo")
    chapters = material.chapters
    text = appendix.source(material)
    assert "survey.panel" not in text
    assert "import polars" not in text, "no code in print"
    assert "| tabellen " not in text, "no check text"
    assert (
        typeset.compiled(text, contents.figures(chapters))
        == (published_2024 / names.APPENDIX).read_bytes()
    ), "the same bytes again"
    file = written(text, material, tmp_path)
    found = {
        kind: json.loads(typst.query(file, kind, root=tmp_path, ignore_system_fonts=True))
        for kind in ("image", "table", "heading")
    }
    assert [image["alt"] for image in found["image"]] == [
        figure.alt for figure in contents.figures(chapters)
    ]
    assert len(found["table"]) == len(contents.tables(chapters))
    assert all(table["children"][0]["func"] == "header" for table in found["table"])
    chapter_headings = [each for each in found["heading"] if each["level"] == 1]
    assert len(chapter_headings) == len(chapters) + 1, "the contents have one too"
    assert text.count(SYNTHETIC_WARNING) == 1, "in the header, which every page has"


def test_a_row_stands_whole_on_one_page(tmp_path: Path) -> None:
    """Two rows of forty lines each do not fit on one page; neither do both begin there."""
    long = " ".join(["ord"] * 40 * 28)
    columns = [{"navn": "Hva", "slag": "tekst", "desimaler": 0}]
    shown = contents.Table("", "Lang", "", "", columns, [[f"første {long}"], [f"andre {long}"]])
    text = typeset.document(open_survey(year=2024, source="ssb"), "x", typeset.table(shown, "Lang"))
    material = editions.Material(
        [], open_survey(year=2024, source="ssb"), pl.DataFrame(), pl.DataFrame()
    )
    drawn = pictures(text.replace("whole: true", "whole: false"), material, tmp_path)
    assert len(drawn) == 2
    assert all(pixels.lowest_ink(page) < 0.95 for page in drawn)


def test_what_a_reader_needs_is_drawn_and_what_cannot_be_is_refused(
    survey_2024: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = f'#import "{typeset.TEMPLATE.name}": *\n#set text(lang: "nb")\n#show: report.with(title: "x")\n'
    for letters in ("æøå ÆØÅ", f"1{GROUP}234{MINUS}5", "«x» – š č ŋ ½"):
        assert typeset.compiled(f"{head}= Prøve\n#{typst_text.quoted(letters)}\n", [])
    monkeypatch.setattr(printed, "source", lambda _: f"{head}= Prøve\n#{typst_text.quoted('漢')}\n")
    material = editions.Material([], survey_2024, pl.DataFrame(), pl.DataFrame())
    only = "ONLY=side,regneark,figurer,pressemelding"
    with pytest.raises(DataError, match=rf"rapport\.pdf: .*could not be displayed.*{only}"):
        pdf.write(material, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "text",
    ["#panic()", "$x$ _y_ *z*", '"; #read("/etc/passwd")', "a\\b", "= nei", "<a> @b", "[x](y)"],
)
def test_no_text_is_taken_for_markup(text: str) -> None:
    """A text in a table stands as it is, whatever it would mean to Typst."""
    read = typst.eval(b"", typst_text.quoted(text))
    assert json.loads(read) == text


def test_markdown_becomes_what_it_says() -> None:
    markdown = "# En\n\nTo *tre* **fire** `fem`.\n\n- seks\n- sju\n\n> åtte\n\n[ni](https://x.no) [ti](x.csv)\n"
    text = typst_text.markup(markdown)
    for part in (
        '#heading(level: 1)[#"En";]',
        '#emph[#"tre";]',
        '#strong[#"fire";]',
        '#raw("fem")',
        '#list([#"seks";], [#"sju";], )',
        "#quote(block: true)",
        '#link("https://x.no")[#"ni";]',
    ):
        assert part in text
    assert "x.csv" not in text, "paper does not lead to a file"
    with pytest.raises(ValueError, match="image"):
        typst_text.markup("![bilde](x.png)")


def test_editions_are_listed_with_names_and_sizes(published_2024: Path) -> None:
    found = editions.downloads(published_2024)
    assert [each.address for each in found] == [
        *(
            "rapport.pdf",
            "vedlegg.pdf",
            "tabeller.xlsx",
            "tabeller-vedlegg.xlsx",
            "tall.xlsx",
            "tall.csv",
            "vurdering.xlsx",
            "vurdering.csv",
        ),
        *("kontroll.xlsx", "kontroll.csv"),
        *("tabeller/", "figurer/"),
    ]
    of_real = editions.downloads(published_2024.parent / "ssb")
    assert [each.address for each in of_real][4:6] == ["pressemelding.docx", "pressemelding.md"]
    assert all(each.bytes > 1000 and each.filer >= 1 for each in found)
    assert found[0].bytes == (published_2024 / "rapport.pdf").stat().st_size
    assert editions.downloads(published_2024 / "notebooks") == []


def test_only_what_is_asked_for() -> None:
    assert editions.parse("") == set(editions.names())
    assert editions.parse("side, pdf") == {"side", "pdf"}
    with pytest.raises(UsageError, match=r"^ONLY is 'pfd'; allowed: side, pdf, regneark, figurer"):
        publish.publish(asked(2024, source="demo"), only="pfd")
