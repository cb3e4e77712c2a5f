"""What is off screen: not laid out and not drawn, and there all the same for who searches, follows a link or prints."""

from __future__ import annotations

import base64
import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from kommuneregnskap.report.pages import figures
from kommuneregnskap.report.pages.rendered import html_page
from tests.helpers.browser import ALIVE, LAID_OUT, Watch, chromium, until
from tests.helpers.examples import by_day
from tests.helpers.outputs import pages
from tests.report.test_html_export import address

# Of an element: whether a reader who scrolls comes to it, and whether the browser has laid it out.
SHOWN = (
    """node => [node.checkVisibility(), node.checkVisibility({ contentVisibilityAuto: true })]"""
)
LAST = "#om p"
WAITING = '<figure class="figur"><script type="application/json">{}</script></figure>'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def front(browser: Browser, year_2024: Path) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address(year_2024))
    yield page
    page.close()


def test_what_is_off_screen_is_not_laid_out_until_it_comes_near(front: Page) -> None:
    last = front.locator(LAST).first
    assert front.locator("h1").evaluate(SHOWN) == [True, True]
    assert last.evaluate(SHOWN) == [True, False]
    assert front.locator("#om").evaluate("s => getComputedStyle(s).contentVisibility") == "auto"
    last.scroll_into_view_if_needed()
    until(front, f"({SHOWN})(document.querySelector('{LAST}'))[1]")


def test_a_search_in_the_page_finds_what_is_off_screen(front: Page) -> None:
    last = front.locator(LAST).first
    words = " ".join(last.evaluate("p => p.textContent").split()[:6])
    assert last.evaluate(SHOWN) == [True, False]
    assert front.evaluate("words => window.find(words)", words)
    assert front.evaluate("() => String(getSelection())") == words
    until(front, f"({SHOWN})(document.querySelector('{LAST}'))[1]")
    assert in_view(front, LAST)


def in_view(page: Page, place: str) -> bool:
    """Whether an element begins on the screen, below what stays at its top."""
    box = page.locator(place).first.bounding_box()
    assert box
    return 0 <= box["y"] < 850


# Of a place that an address names: how far down it stands on the screen, and how much of the page is below the screen.
PLACED = """id => {
  const { y } = document.getElementById(id).getBoundingClientRect();
  const page = document.scrollingElement;
  return [y, page.scrollHeight - innerHeight - page.scrollTop];
}"""
# Of the sections down to the one with a place, and of those after it: whether all that can be seen is laid out.
AROUND = """id => {
  const sections = [...document.querySelectorAll('main > section')];
  const last = sections.findIndex(section => section.contains(document.getElementById(id)));
  const laidOut = section => [section, ...section.querySelectorAll('.figur, .talliste')]
    .flatMap(each => [...each.children]).filter(each => each.checkVisibility())
    .every(each => each.checkVisibility({ contentVisibilityAuto: true }));
  return [sections.slice(0, last + 1).every(laidOut), sections.slice(last + 1).every(laidOut)];
}"""


def leads_there(page: Page, place: str) -> bool:
    """Whether a place comes to the top of the screen and stays there, or as near as the end of the page lets it.

    A machine may be busy, so it has ten seconds. A table's buttons, which come when it is in view, take some room.
    """
    there = 0
    for _ in range(40):
        page.wait_for_timeout(250)
        y, below = page.evaluate(PLACED, place)
        there = there + 1 if 0 <= y < 110 or (0 <= y < 850 and below < 2) else 0
        if there == 2:
            return True
    return False


@pytest.mark.parametrize(
    "place",
    by_day(["om", "del-3", "del-1-figur", "k2024_tbu_maks", "k2024_sek_sosial_mervekst"], 2),
)
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_an_address_far_down_leads_to_its_place(
    browser: Browser, year_2024: Path, place: str, scripts: bool
) -> None:
    """When the page opens there, and from another place on it; also where what lies between was never laid out."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, java_script_enabled=scripts
    )
    page = context.new_page()
    page.goto(f"{address(year_2024)}#{place}")
    assert leads_there(page, place), page.evaluate(PLACED, place)
    for name in ("finn-kommune", place):
        page.goto(f"{address(year_2024)}#{name}")
        assert leads_there(page, name), (name, page.evaluate(PLACED, name))
    context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_what_is_above_an_address_has_its_height(
    browser: Browser, year_2024: Path, scripts: bool
) -> None:
    """All of it is laid out, so that nothing above grows and moves the place later; what is far below is not."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, java_script_enabled=scripts
    )
    page = context.new_page()
    for place in ("del-3", "finn-kommune", "del-1-figur"):
        page.goto(f"{address(year_2024)}#{place}")
        assert leads_there(page, place)
        assert page.evaluate(AROUND, place) == [True, False], place
    context.close()


@pytest.mark.parametrize("name", ["index", "resultat"])
def test_print_has_all_that_was_never_on_the_screen(
    browser: Browser, published_2024: Path, name: str
) -> None:
    """The same paper as of a page that is laid out whole; another one where its last section is taken away."""

    def printed(before: str) -> list[bytes]:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address(published_2024, name))
        page.evaluate(before)
        paper = page.pdf(format="A4")
        page.close()
        return sorted(drawn(paper))

    fresh = printed("() => null")
    assert len(fresh) > 5
    assert fresh == printed(LAID_OUT)
    assert fresh != printed(
        "() => [...document.querySelectorAll('main > section')].at(-1).remove()"
    )


def drawn(paper: bytes) -> Iterator[bytes]:
    """What stands on the sheets of a PDF: its streams, unpacked."""
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", paper, re.DOTALL):
        try:
            yield zlib.decompress(stream)
        except zlib.error:
            continue


def test_nothing_is_drawn_before_somebody_comes_to_it(browser: Browser, year_2024: Path) -> None:
    """A figure with choices is drawn when it comes near, one with tooltips only when it is pointed at."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    watch = Watch(page)
    page.goto(address(year_2024))
    page.wait_for_timeout(500)
    assert page.locator(".er-levende").count() == 0
    assert page.evaluate("() => typeof window.vegaEmbed") == "undefined"
    assert page.locator(f"{ALIVE} .tegning > svg >> visible=true").count() > 0
    plain, choices = page.locator(ALIVE).first, page.locator(ALIVE).nth(1)
    plain.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    assert plain.locator(".levende").count() == 0
    plain.locator(".tegning").hover()
    plain.locator(".levende svg").wait_for()
    choices.scroll_into_view_if_needed()
    choices.get_by_label("Framhev størrelsesgruppe").wait_for()
    assert watch.complaints == []
    page.close()


def test_a_mark_that_is_pointed_at_tells_its_numbers_at_once(
    browser: Browser, published_2024: Path
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address(published_2024, "investeringer"))
    chart = page.locator(ALIVE).filter(has_text="Hva investerte kommunene i?")
    chart.scroll_into_view_if_needed()
    chart.locator(".bred path[fill='#0072B2']").first.hover()
    page.locator("#vg-tooltip-element.visible").wait_for()
    page.close()


def test_a_phone_shows_the_narrow_drawing_and_draws_nothing(
    browser: Browser, published_2024: Path
) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 800})
    page.goto(address(published_2024, "fond"))
    for figure in page.locator(ALIVE).all():
        figure.scroll_into_view_if_needed()
        figure.locator("svg.smal").wait_for()
        assert not figure.locator("svg.bred").is_visible()
    assert page.locator(".er-levende").count() == 0
    page.close()


def test_tables_get_their_buttons_when_they_come_near(
    browser: Browser, published_2024: Path
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address(published_2024, "resultat"))
    fold = page.locator("details:has(.tabell)").last
    fold.evaluate("fold => fold.scrollIntoView()")
    page.wait_for_timeout(500)
    assert fold.locator(".sorter").count() == 0
    fold.evaluate("fold => { fold.open = true; }")
    fold.locator(".sorter").first.wait_for()
    page.close()


def test_a_page_carries_what_draws_only_where_something_is_drawn(published_2024: Path) -> None:
    for path in pages(published_2024):
        text = path.read_text("utf-8")
        assert ('id="tegner"' in text) == (figures.DATA_BLOCK in text), path.name
    assert figures.library("<p>tekst</p>") == ""
    assert "window.vegaEmbed" in figures.library("", WAITING)


def test_what_is_carried_is_what_the_policy_knows_and_the_same_bytes_again() -> None:
    def made(library: str) -> str:
        return html_page("definitions.html.j2", script="1;", library=library, title="x", year=2024)

    text = made("const tegner = 'æ';")
    assert text == made("const tegner = 'æ';") != made("const tegner = 'å';")
    (packed,) = re.findall(r'<script type="application/gzip" id="tegner">(.*?)</script>', text)
    block = base64.b64decode(packed)
    assert gzip.decompress(block).decode() == "const tegner = 'æ';"
    assert block[:10] == b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"  # no name, no time, no system
    (policy,) = re.findall(r"script-src ([^;]*);", text)
    assert policy.split(" ") == [
        "'sha256-CImjRDTlhukYQ2AnxOi0wzgPhGQ3Mb3rVwJK24dFz1M='",
        "'sha256-fXPpq82vPa4TiX4GquENG1h6adpfQ6kWxd7jvNLY6hQ='",
    ]
    assert "application/gzip" not in made("")
