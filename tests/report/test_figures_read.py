"""The figures of a page as they are read: on a phone and a wide screen, light and dark, with scripts and without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.helpers.browser import ALIVE, chromium, enliven
from tests.helpers.examples import by_day, examples
from tests.report.test_html_export import SIDES, address

SMALLEST = 11  # pixels
READABLE = 4.5
NARROW_BOX, WIDE_BOX = re.compile(r"^0 0 3\d\d "), re.compile(r"^0 0 6\d\d ")
# Of every figure: its smallest letters, letters outside of it or of the drawing, what is wider than it, the weakest
# letters against the page, and the lightness of the largest shape and of what stands behind it.
MEASURED = """() => {
  const channels = text => (text.match(/[\\d.]+/g) ?? [255, 255, 255]).map(Number);
  const light = rgb => rgb.slice(0, 3).map(c => c / 255)
    .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const clear = color => { const found = channels(color); return color === "none" || found[3] === 0; };
  const ground = light(channels(getComputedStyle(document.body).backgroundColor));
  const contrast = one => (Math.max(one, ground) + 0.05) / (Math.min(one, ground) + 0.05);
  return [...document.querySelectorAll("figure.figur")].map(figure => {
    const shown = [...figure.querySelectorAll("svg")].filter(svg => svg.getBoundingClientRect().width > 0);
    const svg = shown[0], box = figure.getBoundingClientRect(), own = svg.getBoundingClientRect();
    const grown = own.width / svg.viewBox.baseVal.width;
    const texts = [...svg.querySelectorAll("text")].filter(text => text.textContent.trim());
    const outside = texts.filter(text => {
      const at = text.getBoundingClientRect();
      return at.left < box.left - 1 || at.right > box.right + 1 || at.top < own.top - 2 || at.bottom > own.bottom + 2;
    });
    const wide = [...svg.querySelectorAll("path, rect")].filter(shape => {
      const at = shape.getBoundingClientRect();
      return at.width * at.height > 0.5 * own.width * own.height && !clear(getComputedStyle(shape).fill);
    });
    const boxes = [figure, ...figure.querySelectorAll("div, figcaption, p, svg")]
      .map(node => getComputedStyle(node).backgroundColor).filter(color => !clear(color));
    // Letters in the colour of the page stand on a mark (tests/charts/test_palette.py) or are an edge around others.
    const page = getComputedStyle(document.body).backgroundColor;
    const fills = texts.map(text => getComputedStyle(text).fill).filter(fill => fill !== page);
    const size = node => parseFloat(getComputedStyle(node).fontSize);
    return {
      id: figure.id,
      drawings: shown.length,
      letters: texts.length,
      smallest: Math.min(...texts.map(text => size(text) * grown),
        ...[...figure.querySelectorAll("p, a, label, select, span")].map(size)),
      outside: outside.map(text => text.textContent),
      cut: texts.filter(text => text.textContent.includes("…")).map(text => text.textContent),
      wider: figure.scrollWidth - figure.clientWidth,
      weakest: Math.min(...fills.map(fill => contrast(light(channels(fill))))),
      lightest: Math.max(0, ...[...wide.map(shape => getComputedStyle(shape).fill), ...boxes]
        .map(color => light(channels(color)))),
      link: figure.querySelector(".figurkilde a")?.getAttribute("href") ?? "",
    };
  });
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def measured(page: Page, *, alive: bool) -> list[dict[str, Any]]:
    page.evaluate(
        "() => document.querySelectorAll('details').forEach(fold => { fold.open = true; })"
    )
    if alive:
        enliven(page.locator(ALIVE))
    found: list[dict[str, Any]] = page.evaluate(MEASURED)
    return found


@pytest.mark.varied
@pytest.mark.parametrize(
    ("source", "width", "scheme", "alive"),
    by_day(
        [
            ("demo", 360, "dark", True),
            ("ssb", 360, "light", False),
            ("ssb", 1280, "light", True),
            ("demo", 1280, "dark", False),
        ],
        2,
    ),
)
def test_every_figure_can_be_read_where_it_is_shown(
    browser: Browser, year_2024: Path, source: str, width: int, scheme: str, alive: bool
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=alive,
    )
    found, one_in = [], examples(2, 1)  # by day every second page, and others of each source
    first = one_in - 1 if source == "ssb" else 0
    sides = SIDES[first::one_in]
    for side in sides:
        page = context.new_page()
        page.goto(address(year_2024 / source, side))
        found += measured(page, alive=alive)
        page.close()
    context.close()
    whole = {side: (year_2024 / source / f"{side}.html").read_text("utf-8") for side in SIDES}
    there = {side: text.count('<figure class="figur"') for side, text in whole.items()}
    assert sum(there.values()) > (20 if source == "demo" else 11)
    assert len(found) == sum(there[side] for side in sides) > 5
    for each in found:
        assert each["drawings"] == 1, each
        assert each["letters"] > 3, each
        assert each["smallest"] >= SMALLEST, each
        assert each["outside"] == each["cut"] == [], each
        assert each["wider"] <= 0, each
        assert each["weakest"] >= READABLE, each
        assert scheme == "light" or each["lightest"] < 0.4, each
        assert (year_2024 / source / each["link"]).is_file()


def test_a_figure_is_drawn_anew_where_another_layout_fits(
    browser: Browser, published_2024: Path
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(address(published_2024, "investeringer"))
    enliven(page.locator(ALIVE).first)
    page.set_viewport_size({"width": 360, "height": 800})
    drawing = page.locator("figure.figur").first.locator(".levende svg")
    expect(drawing).to_have_attribute("viewBox", NARROW_BOX)
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(drawing).to_have_attribute("viewBox", WIDE_BOX)
    assert page.locator("figure.figur").first.locator(".levende").count() == 1
    page.close()


def test_the_mark_of_invented_accounts_stands_beside_the_title_and_over_no_drawing(
    browser: Browser, published_2024: Path
) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 800})
    page.goto(address(published_2024, "resultat"))
    page.evaluate("() => document.querySelectorAll('details').forEach(d => { d.open = true; })")
    marks = page.locator("figure.figur .oppdiktet")
    assert marks.count() > 3
    over = page.evaluate(
        """() => [...document.querySelectorAll("figure.figur .oppdiktet")].filter(mark => {
          const drawing = mark.closest("figure").querySelector(".tegning").getBoundingClientRect();
          return mark.getBoundingClientRect().bottom > drawing.top;
        }).length"""
    )
    assert over == 0
    page.close()


def test_on_a_phone_a_line_stays_of_the_warning(browser: Browser, published_2024: Path) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 800})
    page.goto(address(published_2024))
    page.evaluate("() => window.scrollTo(0, 2000)")
    page.wait_for_timeout(100)
    line, whole = page.locator(".bannerlinje"), page.locator(".banner")
    box, gone = line.bounding_box(), whole.bounding_box()
    assert line.inner_text() == "Syntetiske tall"
    assert box
    assert gone
    assert (box["y"], box["height"] < 30) == (0, True)
    assert gone["y"] + gone["height"] < 0
    page.close()
