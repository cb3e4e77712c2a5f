"""The page of a report with scripts, in a real browser without a network: choices, sorting, help for all readers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page

from kommuneregnskap.tables import sections
from tests.helpers.browser import ALIVE, LAID_OUT, Watch, barriers, chromium, enliven
from tests.helpers.examples import by_day
from tests.report.test_html_export import address

SIDES = sections.table()["side"].to_list()
# A table has its buttons when it has been near.
COME_TO_TABLES = """async () => {
  for (const table of document.querySelectorAll(".tabell")) {
    table.scrollIntoView();
    for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
  }
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


Opened = Callable[[str], tuple[Page, Watch]]


@pytest.fixture(scope="module")
def opened(browser: Browser, published_2024: Path) -> Iterator[Opened]:
    """What opens a page of the report with the network cut, its folds open and every figure pointed at."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    known: dict[str, tuple[Page, Watch]] = {}

    def open_(name: str) -> tuple[Page, Watch]:
        if name not in known:
            page = context.new_page()
            watch = Watch(page)
            page.goto(address(published_2024, name))
            page.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")
            enliven(page.locator(ALIVE))
            known[name] = page, watch
        return known[name]

    yield open_
    context.close()


def figure(page: Page, title: str) -> Locator:
    """The living figure that asks a question."""
    return page.locator(ALIVE).filter(has_text=title)


@pytest.mark.parametrize("name", ["index", *SIDES])
def test_every_chart_is_drawn_without_a_request_or_a_complaint(opened: Opened, name: str) -> None:
    page, watch = opened(name)
    assert watch.complaints == []
    assert watch.requests == [page.url]
    for drawn in page.locator(f"{ALIVE} .levende svg").all():
        assert drawn.locator("path").count() > 3
        box = drawn.bounding_box()
        assert box
        assert box["width"] > 500
    assert page.locator(".er-levende .tegning > svg").count() == page.locator(ALIVE).count()
    assert not page.locator(".er-levende .tegning > svg >> visible=true").count()


def test_another_measure_draws_other_bars(opened: Opened) -> None:
    page, _ = opened("investeringer")
    chart = figure(page, "Hvor mye investerte små og store kommuner?")

    def shown() -> list[str]:
        return sorted(chart.locator(".levende svg text").all_text_contents())

    before = shown()
    choices = chart.locator(".valg")
    assert choices.get_by_role("radio").count() == 3
    choices.get_by_label("millioner kroner").check()
    page.wait_for_timeout(300)
    assert shown() != before
    choices.get_by_label("kroner per innbygger").check()
    page.wait_for_timeout(300)
    assert shown() == before


def test_a_size_group_can_be_highlighted(opened: Opened) -> None:
    page, _ = opened("resultat")
    chart = figure(page, "Hvor mange kommuner gikk i minus?")
    before = chart.locator(".levende svg").inner_html()
    chart.get_by_label("Framhev størrelsesgruppe").select_option("Under 3 000 innbyggere")
    page.wait_for_timeout(300)
    assert chart.locator(".levende svg").inner_html() != before
    chart.get_by_label("Framhev størrelsesgruppe").select_option("alle")


def test_a_mark_tells_its_numbers_when_pointed_at(opened: Opened) -> None:
    page, _ = opened("investeringer")
    chart = figure(page, "Hva investerte kommunene i?")
    chart.locator(".levende .mark-rect path").first.hover()
    tip = page.locator("#vg-tooltip-element")
    tip.wait_for(state="visible")
    assert "Vann, avløp og renovasjon" in tip.inner_text()
    assert re.search(r"\d,\d", tip.inner_text())


def column(table: Locator, place: int) -> list[str]:
    return [
        text.strip() for text in table.locator(f"tbody tr td:nth-child({place})").all_inner_texts()
    ]


def test_a_table_sorts_by_number_and_by_word_with_the_keyboard(opened: Opened) -> None:
    page, _ = opened("investeringer")
    table = page.locator(
        ".tabell table", has_text="Brutto investeringer etter tjenesteområde"
    ).first
    heads = table.locator("thead tr:last-child th")
    names = [text.strip() for text in heads.all_inner_texts()]
    amount, name = names.index("Mill. kr") + 1, names.index("Område") + 1
    was = column(table, amount)

    def numbers(texts: list[str]) -> list[float]:
        return [
            float(re.sub(r"\s", "", text).replace("−", "-").replace(",", ".")) for text in texts
        ]

    button = heads.nth(amount - 1).get_by_role("button")
    button.focus()
    page.keyboard.press("Enter")
    assert heads.nth(amount - 1).get_attribute("aria-sort") == "ascending"
    assert numbers(column(table, amount)) == sorted(numbers(was))
    page.keyboard.press("Enter")
    assert heads.nth(amount - 1).get_attribute("aria-sort") == "descending"
    assert numbers(column(table, amount)) == sorted(numbers(was), reverse=True)
    page.keyboard.press("Enter")
    assert heads.nth(amount - 1).get_attribute("aria-sort") is None
    assert column(table, amount) == was  # back to how it came
    heads.nth(name - 1).get_by_role("button").click()
    assert heads.nth(amount - 1).get_attribute("aria-sort") is None
    words = column(table, name)
    assert words[0].startswith("Administrasjon")
    assert len(set(words)) == len(was)


def test_size_groups_sort_by_size(opened: Opened) -> None:
    page, _ = opened("resultat")
    table = page.locator(".tabell table", has_text="Netto driftsresultat etter størrelse").first
    table.locator("thead tr:last-child th").first.get_by_role("button").click()
    names = column(table, 1)
    starts = ("3", "10", "20", "Over", "Under")
    assert [name.startswith(start) for name, start in zip(names, starts, strict=True)] == [True] * 5


def test_sums_stay_below_what_they_sum(opened: Opened) -> None:
    """Whatever a table is sorted by; the tables of the trails."""
    page, _ = opened("investeringer-spor")
    page.evaluate(COME_TO_TABLES)
    kept = page.evaluate(
        """() => [...document.querySelectorAll(".tabell table")]
          .filter(t => t.querySelector(".sorter") && /^Sum/.test([...t.tBodies[0].rows].at(-1).textContent.trim()))
          .map(t => [...t.querySelectorAll(".sorter")].every(button => {
            button.click();
            return /^Sum/.test([...t.tBodies[0].rows].at(-1).textContent.trim());
          }))"""
    )
    assert len(kept) > 10
    assert all(kept)


@pytest.mark.parametrize(
    "name",
    by_day(
        ["index", "resultat-spor", "definisjoner", *SIDES], 12, lambda name: name in SIDES or name
    ),
)
def test_axe_finds_nothing_serious(browser: Browser, published_2024: Path, name: str) -> None:
    """On a phone in the dark and on a wide screen, every fold open, the figures alive."""
    page = browser.new_page(viewport={"width": 360, "height": 800}, color_scheme="dark")
    page.goto(address(published_2024, name))
    page.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate(LAID_OUT)
    for width, scheme in ((360, "dark"), (1280, "light")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        if page.locator(ALIVE).count():
            enliven(page.locator(ALIVE))
        assert barriers(page) == {}, (width, scheme)
    page.close()


def test_it_prints_whole_figures(opened: Opened) -> None:
    """On paper the drawings stand as they were made, none wider or higher than a page."""
    page, _ = opened("resultat")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 1047})  # A4 less margins, 96 to the inch
    boxes = [drawing.bounding_box() for drawing in page.locator(".tegning > svg").all()]
    assert all(box and box["width"] <= 718 and box["height"] <= 1047 for box in boxes)
    assert not page.locator(".levende").first.is_visible()
    assert not page.locator(".valg:not(:empty)").first.is_visible()
    pdf = page.pdf(format="A4", margin=dict.fromkeys(("top", "bottom", "left", "right"), "1cm"))
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) > 5
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1280, "height": 900})
