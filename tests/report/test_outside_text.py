"""Names and files from outside in every output of a report, and what a browser lets a page do."""

from __future__ import annotations

import csv
import io
import re
import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import docx
import polars as pl
import pytest
from playwright.sync_api import Browser

from kommuneregnskap.report import publish
from kommuneregnskap.support.outside import BEGINS, NUMBER
from kommuneregnskap.survey.request import asked
from tests.conftest import edit_table
from tests.helpers.accounts import deliver, lines, sound
from tests.helpers.browser import Watch, chromium
from tests.helpers.outputs import said
from tests.helpers.workbook import Workbook

NAME = (
    '=1+1 <script>window.kapret=1</script><img src="x" onerror="window.kapret=1"> '
    '[trykk](javascript:1) **fet** `kode` #read("x") $x$ [red]r[/] {{ 7*7 }} ;=2+2'
)
FILE = "=1+1 <img src=x onerror=window.kapret=1> [red]\x1b[31m\u202e.txt"
SHOWN = FILE.replace("\x1b", "\\x1b").replace("\u202e", "\\u202e")
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
AMOUNT = "=9-8+7-6"
KAPRET = "window.kapret"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def address(page: Path) -> str:
    return f"file://{quote(str(page))}"


def text_of(browser: Browser, page: Path) -> str:
    """What a reader sees of a page that asks for nothing, complains of nothing and runs nothing from outside."""
    opened = browser.new_page()
    watch = Watch(opened)
    opened.goto(address(page))
    text = opened.locator("body").inner_text()
    assert watch.requests == [address(page)]
    assert watch.complaints == []
    assert opened.evaluate(KAPRET) is None
    assert opened.locator("img").count() == 0
    opened.close()
    return " ".join(text.split())


def cells_of(file: Path) -> Iterator[str]:
    """The cells of a CSV, whichever sign a spreadsheet parts them by."""
    text = file.read_text("utf-8")
    for separator in ",;":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            yield from row


def test_a_file_from_outside_is_text_in_all_that_a_validation_writes(
    project: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    first, *others = lines(sound())
    deliver(
        project / "filer", [f"{first[:-9]}{AMOUNT} ", *others, first.replace("110300", "=@1300")]
    )
    (project / "filer/2024/a.txt").rename(project / "filer/2024" / FILE)
    run = said(project, "validate", "--data", "filer")
    assert SHOWN in " ".join(run.stdout.split())
    assert "\x1b" not in run.stdout
    folder = project / "reports/2024/kostra-kontroll"
    cells = [cell.strip() for cell in cells_of(folder / "kontroll.csv")]
    assert {f"'{AMOUNT}", "'=@1300"} <= set(cells)
    assert [c for c in cells if BEGINS.match(c) and not NUMBER.fullmatch(c)] == []
    assert SHOWN in text_of(browser, folder / "index.html")
    book = Workbook(folder / "kontroll.xlsx")
    assert not any(book.formulas.values())
    (values,) = book.values.values()
    assert {AMOUNT, "=@1300"} <= {str(cell).strip() for cell in values.values()}


@pytest.mark.night
def test_a_name_is_text_in_every_edition_of_a_report(
    project: Path, one_notebook: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    own = pl.col("kommunenummer") == "1103"
    named = pl.when(own).then(pl.lit(NAME)).otherwise("navn").alias("navn")
    edit_table(project / "data/codes/kommune.csv", lambda rows: rows.with_columns(named))
    deliver(project / "filer", lines(sound()))
    report, _ = publish.publish(asked(2024, source="kostra", data_dir="filer"))
    assert NAME in text_of(browser, report / "index.html")
    for file in report.rglob("*.csv"):
        assert [c for c in cells_of(file) if BEGINS.match(c) and not NUMBER.fullmatch(c)] == []
        if file.parent == report:
            assert file.with_suffix(".xlsx").is_file()
    for file in report.glob("*.xlsx"):
        assert not any(Workbook(file).formulas.values()), file.name
    word = docx.Document(str(report / "pressemelding.docx"))
    assert any(NAME in part.text for part in word.paragraphs)
    written = (report / "pressemelding.md").read_text("utf-8")
    assert "<script" not in written.replace("\\<", "")
    assert zipfile.is_zipfile(report / "tall.xlsx")


def test_every_page_says_what_it_carries_and_nothing_else(year_2024: Path) -> None:
    pages = sorted(year_2024.rglob("*.html"))
    assert len(pages) > 4
    for page in pages:
        text = page.read_text("utf-8")
        (policy,) = POLICY.findall(text)
        assert text.index("Content-Security-Policy") < text.index("<title>")
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert rules["default-src"] == "'none'"
        # What the page runs, and what it may unpack and run.
        run = text.count('<script type="module">') + text.count('<script type="application/gzip"')
        scripts = rules["script-src"].split(" ")
        assert len(scripts) == run or scripts == ["'none'"], page
        assert run == 0 or all(re.fullmatch(r"'sha256-[\w+/]{43}='", each) for each in scripts), (
            page
        )
        assert re.fullmatch(r"'sha256-[\w+/]{43}='", rules["style-src"])
        assert {name for name, value in rules.items() if "unsafe" in value} == {"style-src-attr"}
        assert "http" not in policy


INJECTED = """
<script>window.kapret = 1</script>
<script type="module">window.kapret = 2</script>
<img src="x" onerror="window.kapret = 3">
<iframe src="javascript:parent.kapret = 4"></iframe>
<iframe srcdoc="<script>parent.kapret = 5</script>"></iframe>
<img src="http://127.0.0.1:PORT/x"><link rel="stylesheet" href="http://127.0.0.1:PORT/x">
<object data="http://127.0.0.1:PORT/x"></object>
<base href="http://127.0.0.1:PORT/">
<style>body { display: none }</style>
"""


def test_what_is_put_into_a_page_does_not_run(
    browser: Browser, published_2024: Path, tmp_path: Path
) -> None:
    text = (published_2024 / "resultat.html").read_text("utf-8")
    page = tmp_path / "index.html"
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setblocking(False)
    injected = INJECTED.replace("PORT", str(listening.getsockname()[1]))
    page.write_text(text.replace("<main", f"{injected}<main", 1), encoding="utf-8")
    opened = browser.new_page()
    watch = Watch(opened)
    opened.goto(address(page))
    opened.wait_for_timeout(500)
    assert opened.evaluate(KAPRET) is None
    assert opened.locator("main").is_visible()
    opened.locator(".tabell:visible").first.scroll_into_view_if_needed()
    opened.locator(".sorter").first.wait_for()  # its own script runs
    assert opened.evaluate("document.baseURI") == address(page)
    with listening, pytest.raises(BlockingIOError):
        listening.accept()
    said = " ".join(watch.complaints)
    for rule in ("script-src", "style-src", "base-uri", "default-src"):
        assert re.search(rf"Content Security Policy directive[^.]*{rule}", said), rule
    opened.close()
