"""Print and its appendix: from the executed notebooks, and what is asked for of all editions."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest
import typst

from kommuneregnskap.display.notebook import SYNTHETIC_WARNING
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.report import contents, drawings, editions, headlines, publish
from kommuneregnskap.report.editions import pdf
from kommuneregnskap.report.editions.pdf import appendix, names, printed, typeset, typst_text
from kommuneregnskap.support.errors import DataError, UsageError
from kommuneregnskap.support.norwegian import GROUP, MINUS
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.request import asked
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.verdicts import judgement
from tests.helpers import pixels

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
