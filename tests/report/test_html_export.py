"""The page of a report, in a real browser: alone, readable, operable, marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import nbformat
import polars as pl
import pytest
from playwright.sync_api import Browser, Page

from kommuneregnskap.display.notebook import SYNTHETIC_WARNING
from kommuneregnskap.display.renderer import MIME
from kommuneregnskap.display.table import frame_bundle
from kommuneregnskap.report.pages.html import export_section, section
from kommuneregnskap.support.norwegian import GROUP, MISSING
from kommuneregnskap.tables import sections
from tests.helpers.browser import LAID_OUT, Watch, chromium
from tests.helpers.examples import by_day
from tests.helpers.outputs import PRINTED, html_of, pages

# The contrast of every text of the page against the first background behind it that is not clear.
CONTRASTS = """() => {
  const channels = text => text.match(/[\\d.]+/g).map(Number);
  const light = rgb => rgb.slice(0, 3).map(c => c / 255)
    .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = node => {
    for (let at = node; at; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color.length < 4 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const found = {};
  for (const node of document.querySelectorAll('body *')) {
    if (node.closest('svg, pre')) continue;
    const own = [...node.childNodes].some(c => c.nodeType === 3 && c.textContent.trim());
    if (!own || !node.getClientRects().length) continue;
    const pair = [light(channels(getComputedStyle(node).color)), light(behind(node))].sort();
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    const name = node.tagName + '.' + node.className;
    found[name] = Math.min(found[name] ?? 99, ratio);
  }
  return found;
}"""


SIDES = sections.table()["side"].to_list()
NAMES = ["index", *SIDES, *(f"{side}-spor" for side in SIDES[:5])]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser, published_2024: Path) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    opened.goto(address(published_2024, "resultat"))
    yield opened
    opened.close()


def address(folder: Path, name: str = "index") -> str:
    return f"file://{quote(str(folder / f'{name}.html'))}"


@pytest.mark.parametrize("name", by_day(NAMES, 2))
def test_a_page_asks_for_nothing_is_marked_in_order_fits_and_stands_out(
    browser: Browser, published_2024: Path, name: str
) -> None:
    page = browser.new_page()
    watch = Watch(page)
    page.goto(address(published_2024, name), wait_until="networkidle")
    assert watch.requests == [page.url]
    page.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate(LAID_OUT)
    in_order(page)
    for width in (360, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        inner, whole = page.evaluate(
            "() => [document.documentElement.clientWidth, document.documentElement.scrollWidth]"
        )
        assert whole <= inner, width
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        weak = {each: ratio for each, ratio in page.evaluate(CONTRASTS).items() if ratio < 4.5}
        assert weak == {}, scheme
    assert watch.complaints == []
    page.close()


def in_order(page: Page) -> None:
    """Headings follow each other, ids are unique, and cells name headings that are there."""
    levels = page.evaluate(
        "() => [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => Number(h.tagName[1]))"
    )
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(next_ - level <= 1 for level, next_ in pairwise(levels))
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map(node => node.id)")
    assert len(ids) == len(set(ids))
    headers = page.evaluate(
        "() => [...document.querySelectorAll('td[headers]')].flatMap(c => c.headers.split(' '))"
    )
    assert set(headers) <= set(ids)
    assert page.evaluate("() => document.documentElement.lang") == "nb"


def test_all_pages_together_have_what_one_page_had(published_2024: Path) -> None:
    whole = html_of(published_2024)
    assert len(re.findall(r'<td[^>]* headers="', whole)) > 1000
    assert whole.count('<details class="kode">') > 20
    sides = "".join(path.read_text("utf-8") for path in pages(published_2024) if path.stem in SIDES)
    executed = (published_2024 / "notebooks").glob("*.ipynb")
    drawn = sum(path.read_text("utf-8").count(f'"{MIME}": {{') for path in executed)
    assert sides.count('<figure class="figur"') == drawn > 20


def test_a_report_is_its_front_its_sections_and_their_trails(published_2024: Path) -> None:
    made = {path.stem for path in published_2024.glob("*.html")}
    assert made == {*NAMES, "definisjoner"}
    assert [path.stem for path in pages(published_2024)] == NAMES


def test_every_link_leads_to_what_is_there(year_2024: Path) -> None:
    """Of the front of the year, of each report and of their pages: the file, and the place in it."""
    followed = set()
    for page in (path for folder in ("", "ssb", "demo") for path in pages(year_2024 / folder)):
        for link in re.findall(r'href="([^"]+)"', page.read_text("utf-8")):
            name, _, place = link.partition("#")
            target = page.parent / name if name else page
            assert target.exists(), (page.name, link)
            if place:
                assert f'id="{place}"' in target.read_text("utf-8"), (page.name, link)
            followed.add(target.relative_to(year_2024).as_posix())
    for each in ("rapport.pdf", "tabeller.xlsx", "resultat.html", "resultat-spor.html"):
        assert f"ssb/{each}" in followed


@pytest.mark.parametrize(("side", "notebook"), sections.table().select("side", "notatbok").rows())
def test_every_figure_is_drawn_and_says_what_it_shows(
    browser: Browser, published_2024: Path, side: str, notebook: str
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address(published_2024, side))
    page.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate(LAID_OUT)
    figures = page.locator("figure.figur")
    executed = (published_2024 / "notebooks" / f"{notebook}.ipynb").read_text("utf-8")
    assert figures.count() == executed.count(f'"{MIME}": {{')
    for number in range(figures.count()):
        drawing = figures.nth(number).locator(".tegning")
        assert drawing.get_attribute("role") == "img"
        assert len(drawing.get_attribute("aria-label") or "") > 60
        text = figures.nth(number).inner_text()
        own = PRINTED not in text
        assert ("Kilde: syntetisk demopanel" in text) == own
        assert ("Syntetiske tall" in text) == own
        box = figures.nth(number).bounding_box()
        assert box
        assert box["width"] > 500
        assert box["height"] > 100
    page.close()


def test_the_warning_stays_on_the_screen(page: Page) -> None:
    page.evaluate("() => window.scrollTo(0, document.body.scrollHeight)")
    banner = page.locator(".banner")
    box = banner.bounding_box()
    assert banner.inner_text() == SYNTHETIC_WARNING
    assert box
    assert 0 <= box["y"] < 10


def test_code_is_folded_and_opens_without_a_script(browser: Browser, published_2024: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address(published_2024, "resultat"))
    folds = page.locator("details.kode")
    assert folds.count() > 10
    code = folds.first.locator("pre")
    assert not code.is_visible()
    folds.first.locator("summary").click()
    assert code.is_visible()
    context.close()


def test_print_shows_figures_and_no_controls(page: Page) -> None:
    page.emulate_media(media="print")
    assert page.locator("figure.figur svg:visible").count()
    assert not page.locator("details.kode").first.is_visible()
    assert page.locator(".banner").is_visible()
    widths = page.evaluate(
        "() => [...document.querySelectorAll('figure.figur')].map(f => f.scrollWidth - f.clientWidth)"
    )
    assert max(widths) <= 0


def small_notebook(folder: Path) -> Path:
    v4 = nbformat.v4
    cells = [
        v4.new_markdown_cell("# 1. Prøve\n\n## Spørsmål\n\nEr 1 < 2?"),
        v4.new_code_cell("year = 2024", metadata={"tags": ["parameters"]}),
        v4.new_code_cell(
            "print('<b>')",
            outputs=[v4.new_output("stream", name="stdout", text="<b>ikke fet</b>\n")],
            execution_count=1,
        ),
        v4.new_code_cell(
            "'<i>'",
            outputs=[
                v4.new_output("execute_result", data={"text/plain": "'<i>'"}, execution_count=2)
            ],
            execution_count=2,
        ),
        v4.new_code_cell(
            "hemmelig = 'bare i notatboka'",
            outputs=[v4.new_output("stream", name="stdout", text="bare i notatboka\n")],
            metadata={"tags": ["kun-notatbok"]},
            execution_count=3,
        ),
    ]
    path = folder / "1_prøve.ipynb"
    nbformat.write(v4.new_notebook(cells=cells), path)
    return path


def test_output_is_text_and_never_markup(tmp_path: Path) -> None:
    notebook = small_notebook(tmp_path)
    for name in ("a.html", "b.html"):
        export_section(section(notebook), tmp_path / name, whole="Æ <prøve>", banner="")
    html = (tmp_path / "a.html").read_text("utf-8")
    assert "&lt;b&gt;ikke fet&lt;/b&gt;" in html
    assert "&lt;i&gt;" in html
    assert "Æ &lt;prøve&gt;" in html
    assert "year = 2024" not in html
    assert "bare i notatboka" not in html
    assert "banner" not in re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    assert (tmp_path / "b.html").read_bytes() == (tmp_path / "a.html").read_bytes()


def test_a_frame_shown_as_it_is_has_its_columns_in_words(tmp_path: Path) -> None:
    """One row stands as a list of what and value; several under their headings. Text stays text."""
    frames = (
        pl.DataFrame({"brutto": [75.146571], "varige_driftsmidler": [None], "aar": [2024]}),
        pl.DataFrame({"status": ["<b>", "endelig"], "stoerste_avvik_mrd": [1234.5, None]}),
    )
    cells = [
        nbformat.v4.new_code_cell(
            f"ramme_{number}",
            outputs=[
                nbformat.v4.new_output(
                    "execute_result", data=frame_bundle(frame), execution_count=1
                )
            ],
            execution_count=1,
        )
        for number, frame in enumerate(frames)
    ]
    file = tmp_path / "1_investments.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), file)
    shown = section(file).body
    assert '<th scope="row">Brutto investeringsutgifter, mrd. kr</th>' in shown
    assert '<td class="tall-kolonne">75,15</td>' in shown
    assert '<th scope="row">År</th><td>2024</td>' in shown
    assert (
        f'<th scope="row">Investeringer i varige driftsmidler, mrd. kr</th><td>{MISSING}</td>'
        in shown
    )
    assert '<th scope="col">Status</th>' in shown
    assert '<th scope="col" class="tall-kolonne">Største avvik, mrd. kr</th>' in shown
    assert "<td>&lt;b&gt;</td>" in shown
    assert f'<td class="tall-kolonne">1{GROUP}234,50</td>' in shown
    assert "varige_driftsmidler" not in shown


def test_no_page_has_the_codes_own_names_as_headings(published_2024: Path) -> None:
    for path in pages(published_2024):
        text = path.read_text("utf-8")
        headings = re.findall(r"<th\b[^>]*>([^<]*)</th>", text)
        assert [each for each in headings if re.search(r"[a-z]_[a-z]", each)] == [], path.name
    assert "Største avvik" in (published_2024 / "resultat.html").read_text("utf-8")


def test_an_address_opens_its_card_and_the_others_stay_folded(
    browser: Browser, published_2024: Path
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    watch = Watch(page)
    page.goto(f"{address(published_2024, 'definisjoner')}#netto_driftsresultat")
    cards = page.locator("details.begrepskort")
    assert cards.count() > 40
    opened = page.locator("details.begrepskort[open]")
    assert [each.get_attribute("id") for each in opened.all()] == ["netto_driftsresultat"]
    assert page.locator("#netto_driftsresultat dl").first.is_visible()
    page.locator('#netto_driftsresultat a[href^="#"]').first.click()
    assert opened.count() == 2
    other = cards.nth(20)
    other.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert other.locator("dl").first.is_visible()
    assert watch.complaints == []
    assert {each.partition("#")[0] for each in watch.requests} == {
        address(published_2024, "definisjoner")
    }
    page.close()
