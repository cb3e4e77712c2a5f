"""The front in a real browser: a number opens where it stands, its switch says what Python says, pages stay small."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import polars as pl
import pytest
from playwright.sync_api import Browser, Page

from kommuneregnskap.sensitivity.switch import switched
from kommuneregnskap.survey.opening import opened
from kommuneregnskap.survey.request import asked
from kommuneregnskap.verdicts import evidence
from kommuneregnskap.verdicts.decide import VERDICTS
from kommuneregnskap.verdicts.judgement import value_and_bracket
from tests.helpers.browser import LAID_OUT, Watch, chromium, until
from tests.helpers.examples import by_day
from tests.helpers.outputs import BUNDLE, pages

SCREEN = {"width": 1280, "height": 900}
MOST_BYTES, MOST_ELEMENTS, MOST_SCREENS, SMALLEST = 1_500_000, 6_000, 6, 11
ALL_SWITCHED = "document.querySelectorAll('.bryter').length === document.querySelectorAll('table.valgt').length"
FOLDERS = ("ssb", "demo", "")
# What each choice of every switch shows: id, choice, value, verdict.
CHOSEN = """() => [...document.querySelectorAll('details.tall:has(table.valgt)')].flatMap(number => {
  const choice = number.querySelector('.bryter select');
  return [...choice.options].map(option => {
    choice.value = option.value;
    choice.dispatchEvent(new Event('change'));
    const shown = number.querySelector('output');
    return [number.id, option.value, shown.textContent, shown.querySelector('.dom').textContent];
  });
})"""
MEASURED = """() => ({
  elements: document.getElementsByTagName('*').length,
  sections: [...document.querySelectorAll('main > section')]
    .map(each => [each.id, each.getBoundingClientRect().height / innerHeight]),
  smallest: Math.min(...[...document.querySelectorAll('body *')]
    .filter(node => !node.closest('svg, .levende') && node.getClientRects().length
      && [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim()))
    .map(node => parseFloat(getComputedStyle(node).fontSize))),
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def front(browser: Browser, year_2024: Path) -> Iterator[Page]:
    page = browser.new_page(viewport=SCREEN)
    page.goto(address(year_2024 / "index.html"))
    page.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")
    until(page, ALL_SWITCHED)
    yield page
    page.close()


def address(path: Path, place: str = "") -> str:
    return f"file://{quote(str(path))}" + (f"#{place}" if place else "")


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_switch_shows_what_python_gives_for_every_number_and_choice(
    browser: Browser, year_2024: Path, folder: str
) -> None:
    """Of the front of the year those of the source that each number is followed in."""
    page = browser.new_page(viewport=SCREEN)
    page.goto(address(year_2024 / folder / "index.html"))
    page.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")
    until(page, ALL_SWITCHED)
    chosen = [(*each[:2], plain(each[2]), each[3]) for each in page.evaluate(CHOSEN)]
    whose = dict(
        page.evaluate(
            "() => [...document.querySelectorAll('.tall')].map(n => [n.id, n.dataset.kilde])"
        )
    )
    page.close()
    known = {source: switched(opened(asked(2024, source))) for source in ("ssb", "demo")}
    shown = [each for each in chosen if each[1]]
    assert len(shown) > 30
    for claim, choice, text, verdict in shown:
        row = (
            known[whose[claim]]
            .filter(pl.col("id") == claim, pl.col("spesifikasjon") == choice)
            .row(0, named=True)
        )
        value, bracket = value_and_bracket(row["beregnet_tekst"])
        said = f"{value} ({bracket})" if bracket else value
        assert text == plain(f"{said} {VERDICTS[row['dom']]} {row['hvorfor']}"), (claim, choice)
        assert verdict == VERDICTS[row["dom"]]
    for source, frame in known.items():  # none is left out
        wanted = frame.filter("endret", pl.col("beregnet").is_not_null())
        own = {
            (row["id"], row["spesifikasjon"])
            for row in wanted.iter_rows(named=True)
            if whose.get(row["id"]) == source
        }
        assert own == {each[:2] for each in shown if whose[each[0]] == source}


def test_a_number_opens_where_it_stands_with_the_keyboard(
    browser: Browser, year_2024: Path
) -> None:
    page = browser.new_page(viewport=SCREEN)
    page.goto(address(year_2024 / "index.html"))
    number = page.locator("#k2024_inv_vekst")
    assert not number.locator(".gang").is_visible()
    number.locator("summary").focus()
    page.keyboard.press("Enter")
    walk = number.locator(".gang")
    walk.wait_for(state="visible")
    text = plain(walk.inner_text())
    assert "100 · (75 146 571 − 71 785 266) / 71 785 266 = 4,7 prosent" in text
    assert "AGI1 Brutto investeringsutgifter" in text
    assert "Under 3 000 innbyggere" in text
    assert "make trace YEAR=2024 SOURCE=ssb ID=investering.vekst" in text
    page.close()


def test_an_address_opens_its_number(browser: Browser, year_2024: Path) -> None:
    page = browser.new_page(viewport=SCREEN)
    page.goto(address(year_2024 / "index.html", "k2024_res_andel_negativ"))
    page.locator("#k2024_res_andel_negativ .gang").wait_for(state="visible")
    page.goto(address(year_2024 / "ssb" / "resultat-spor.html", "resultat.andel_negativ"))
    assert page.locator("details.spor[open]").count() == 1
    page.close()


def test_without_scripts_every_alternative_stands_there(browser: Browser, year_2024: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address(year_2024 / "index.html"))
    page.locator("#k2024_inv_vekst summary").click()
    rows = page.locator("#k2024_inv_vekst table.valgt tbody tr")
    assert rows.count() > 4
    assert rows.last.is_visible()
    context.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (360, 740)])
def test_the_first_screen_says_what_the_year_was(
    browser: Browser, year_2024: Path, width: int, height: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(address(year_2024 / "index.html"))
    for part in (".aaret", ".flis >> nth=3", ".merknad >> nth=0", ".gikk p >> nth=0"):
        box = page.locator(part).bounding_box()
        assert box
        assert box["y"] + box["height"] <= height, part
    page.close()


def test_parts_by_size_add_up(front: Page) -> None:
    tables = front.evaluate(
        "() => [...document.querySelectorAll('.gang table:not(.valgt)')]"
        ".map(table => [...table.rows].map(row => [...row.cells].map(cell => cell.textContent)))"
    )
    assert len(tables) > 30
    for heading, *rows, total in tables:
        for place in range(1, len(heading)):
            whole = [
                int(re.sub(r"\s", "", row[place]).replace("−", "-").replace("–", "0"))
                for row in (*rows, total)
            ]
            assert sum(whole[:-1]) == whole[-1], heading


def test_every_number_with_a_value_can_be_followed(front: Page, year_2024: Path) -> None:
    found = pl.read_csv(year_2024 / "evidens.csv", schema=evidence.SCHEMA)
    kept = found.filter(
        (pl.col("dom") != "kontekst").any().over("id"), pl.col("beregnet").is_not_null()
    )
    followed = set(
        front.evaluate("() => [...document.querySelectorAll('.tall:has(code)')].map(n => n.id)")
    )
    own = kept.filter(~pl.col("utvalg").is_in(["alle"]) & (pl.col("omfang") != ""))["id"]
    assert set(own) <= followed


@pytest.mark.parametrize("folder", by_day(FOLDERS, 2))
def test_pages_stay_small(browser: Browser, year_2024: Path, folder: str) -> None:
    """So that they do not grow back: bytes without scripts, elements and screens at opening, the smallest text."""
    beside = sorted((year_2024 / folder).glob("definisjoner.html"))
    assert bool(beside) == bool(folder)
    for path in (*pages(year_2024 / folder), *beside):
        for width in (1280, 360) if path.stem == "index" else (1280,):
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.goto(address(path))
            page.evaluate(LAID_OUT)
            measured = page.evaluate(MEASURED)
            page.close()
            where = (path.name, width, json.dumps(measured))
            assert len(BUNDLE.sub("", path.read_text("utf-8")).encode()) < MOST_BYTES, where
            assert measured["elements"] < MOST_ELEMENTS, where
            assert measured["smallest"] >= SMALLEST, where
            if width == SCREEN["width"]:
                assert all(high < MOST_SCREENS for _, high in measured["sections"]), where


def test_the_front_asks_for_nothing(browser: Browser, year_2024: Path) -> None:
    page = browser.new_page(viewport=SCREEN)
    watch = Watch(page)
    page.goto(address(year_2024 / "index.html"), wait_until="networkidle")
    assert watch.requests == [page.url]
    assert watch.complaints == []
    page.close()
