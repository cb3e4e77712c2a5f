"""The finder of the front in a real browser from a file: what it shows is what Python gives, for everybody."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from jinja2 import DictLoader
from playwright.sync_api import Browser, Page

from kommuneregnskap import tables
from kommuneregnskap.numbers import municipalities, unit_sheet
from kommuneregnskap.report.pages import municipalities as finder
from kommuneregnskap.report.pages import rendered
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from tests.helpers.browser import Watch, barriers, chromium

MOST = 350_000  # bytes of the finder
SOON = 2_000  # milliseconds from opening to a municipality's numbers
PAGE = """{% extends "base.html.j2" %}{% block body %}<main id="innhold"><h1>{{ title }}</h1>{{ finder }}</main>
{{ script }}{% endblock %}"""
# Opens every municipality by its address and reads what is shown: heading, about it, then of each measure its
# heading, unit, sentence, rows and the words of its drawing.
READ = """async numbers => {
  const text = node => node.textContent, found = {};
  for (const number of numbers) {
    const came = new Promise(resolve => addEventListener("hashchange", resolve, { once: true }));
    location.hash = `kommune=${number}`;
    await came;
    const answer = document.querySelector(".finner-svar");
    found[number] = {
      title: text(answer.querySelector("h3")), about: text(answer.querySelector("p")),
      status: text(document.querySelector(".finner-status")),
      measures: [...answer.querySelectorAll(".finner-maal")].map(card => ({
        name: text(card.querySelector("h4")), unit: text(card.querySelector("p")),
        sentence: text(card.querySelectorAll("p")[1]),
        rows: [...card.querySelectorAll("tbody tr")].map(row => [...row.cells].map(text)),
        drawn: card.querySelector("svg")?.getAttribute("aria-label") ?? null,
        labels: [...card.querySelectorAll("svg text:not(.nei)")].map(text),
        elements: card.querySelectorAll("svg, svg *").length,
      })),
    };
  }
  return found;
}"""


@dataclass(frozen=True)
class Found:
    """The page of one year, and all that Python gives for it."""

    survey: Survey
    file: Path

    @property
    def address(self) -> str:
        return self.file.as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def written(survey: Survey, file: Path) -> Found:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            rendered.TEMPLATES,
            "loader",
            _beside(rendered.TEMPLATES.loader, {"finner.html.j2": PAGE}),
        )
        page = rendered.html_page(
            "finner.html.j2",
            script=finder.script(),
            title="Kommuneregnskap",
            banner=None,
            finder=finder.municipalities_html(survey),
        )
    file.write_text(page, "utf-8")
    return Found(survey, file)


def _beside(loader: Any, templates: dict[str, str]) -> Any:
    from jinja2 import ChoiceLoader

    return ChoiceLoader([loader, DictLoader(templates)])


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    survey = open_survey(year=2024, source="ssb", scope="konsern")
    return written(survey, tmp_path_factory.mktemp("finner") / "index.html")


@pytest.fixture
def page(browser: Browser, found: Found) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    opened = context.new_page()
    watch = Watch(opened)
    opened.goto(found.address)
    yield opened
    assert watch.complaints == []
    assert {request.partition("#")[0] for request in watch.requests} == {found.address}
    context.close()


def in_words(row: dict[str, Any], value: float) -> str:
    """Return what is said of a value, as a person would: the sentence's first part."""
    unit = "kroner" if row["maal"] == "per_innbygger" else "prosent"
    shown = f"{number(value, row['desimaler'])} {unit}"
    rounded = round_to(value, row["desimaler"])
    verb = "økte" if rounded > 0 else "falt"
    change = (
        f"{verb} med {number(abs(value), row['desimaler'])} {unit}" if rounded else "var uendret"
    )
    return str(row["setning"]).replace("{verdi}", shown).replace("{endret}", change)


def round_to(value: float, decimals: int) -> float:
    """Return a value as it is shown."""
    text = number(value, decimals).replace("\u202f", "").replace("\u2212", "-").replace(",", ".")
    return float(text)


def expected(survey: Survey) -> dict[str, list[dict[str, Any]]]:
    """Return, from the frames that Python computes, what the finder must show: by municipality and measure."""
    year = survey.year
    values = {(r, m, y): v for y, r, m, v in municipalities.values(survey).iter_rows()}
    groups = {
        (row["gruppe"], row["rekkefoelge"], row["aar"]): row
        for row in municipalities.compared(survey).iter_rows(named=True)
    }
    places = {
        (row["region"], row["rekkefoelge"], row["sammenlikning"]): row
        for row in municipalities.places(survey).iter_rows(named=True)
    }
    members: dict[str, list[tuple[str, str, str]]] = {}
    of_group: dict[str, int] = {}
    for region, kind, group, name in unit_sheet.members(survey).iter_rows():
        members.setdefault(region, []).append((kind, group, name))
        of_group[group] = of_group.get(group, 0) + 1
    rows = municipalities.measures(survey).rows(named=True)
    names = dict(survey.enheter.select("region", "navn").iter_rows())

    def cell(row: dict[str, Any], value: float | None) -> str:
        return "ikke kjent" if value is None else number(value, row["desimaler"])

    def measure(region: str, row: dict[str, Any]) -> dict[str, Any]:
        place, decimals = row["rekkefoelge"], row["desimaler"]
        own = [values.get((region, place, each)) for each in survey.years]
        several = [each for each in members[region] if of_group[each[1]] > 1]
        shown, placed = [], []
        for kind, group, name in several:
            told = groups.get((group, place, year), {"samlet": None, "median": None, "antall": 0})
            rank = places.get((region, place, kind), {"rang": None})["rang"]
            where = "ikke kjent" if rank is None else f"{number(rank)} av {number(told['antall'])}"
            shown.append(
                [
                    name[0].upper() + name[1:],
                    cell(row, told["samlet"]),
                    cell(row, told["median"]),
                    where,
                ]
            )
            if rank is not None and kind in (unit_sheet.KOSTRA, unit_sheet.ALL):
                few = " med kjente tall" if told["antall"] < of_group[group] else ""
                placed.append((name, told["median"], where + few))
        if own[-1] is None:
            sentence = f"{row['maal_navn']} er ikke kjent fra åpne tall for {year}."
        else:
            sentence = in_words(row, own[-1]).replace("{aar}", str(year))
            sentence = sentence.replace("{foer}", str(year - 1))
            if placed:
                name, median, where = placed[0]
                mine, middle = round_to(own[-1], decimals), round_to(median, decimals)
                side = "over" if mine > middle else "under" if mine < middle else "lik"
                unit = "kroner" if row["maal"] == "per_innbygger" else "prosent"
                middle_text = f"{number(median, decimals)} {unit}"
                sentence += f", {side} medianen i {name} ({middle_text}): nummer {where}"
            sentence += "."
        lines = [(names[region], own)]
        for kind, group, name in members[region]:
            if kind == unit_sheet.ALL or (kind == unit_sheet.KOSTRA and of_group[group] > 1):
                each = [
                    groups.get((group, place, y), {"samlet": None})["samlet"] for y in survey.years
                ]
                lines.append((name[0].upper() + name[1:], each))
        drawn = [y for y in range(len(own)) if any(line[y] is not None for _, line in lines)]
        words = ". ".join(
            f"{name}: " + ", ".join(f"{survey.years[y]} {cell(row, line[y])}" for y in drawn)
            for name, line in lines
            if any(each is not None for each in line)
        )
        known = [each for each in own if each is not None]
        return {
            "name": row["maal_navn"],
            "sentence": sentence,
            "rows": shown,
            "words": words if known else None,
            "labels": [number(each, decimals) for each in known],
        }

    return {region: [measure(region, row) for row in rows] for region in members}


def check(browser: Browser, found: Found) -> int:
    """Hold all that is shown against Python; return how many sentences were tried."""
    wanted = expected(found.survey)
    page = browser.new_page()
    page.goto(found.address)
    shown = page.evaluate(READ, sorted(wanted))
    page.close()
    people = dict(found.survey.enheter.select("region", "folkemengde").iter_rows())
    names = dict(found.survey.enheter.select("region", "navn").iter_rows())
    tried = 0
    for region, measures in wanted.items():
        own = shown[region]
        assert own["title"] == f"{names[region]} kommune"
        assert f"Kommunenummer {region}, " in own["about"]
        assert f"{number(people[region])} innbyggere" in own["about"]
        assert own["status"] == f"Viser {len(measures)} mål for {names[region]} kommune."
        assert len(own["measures"]) == len(measures)
        for card, measure in zip(own["measures"], measures, strict=True):
            where = (region, measure["name"])
            assert card["name"] == measure["name"]
            assert card["sentence"] == measure["sentence"], where
            assert card["rows"] == measure["rows"], where
            assert card["labels"] == measure["labels"], where
            assert card["elements"] <= 40
            if measure["words"] is None:
                assert card["drawn"] is None, where
            else:
                assert card["drawn"].endswith(f". {measure['words']}."), where
            tried += 1
    return tried


def test_everything_shown_is_what_python_gives(browser: Browser, found: Found) -> None:
    assert check(browser, found) == 357 * 7


@pytest.mark.night
@pytest.mark.parametrize("year", [2022, 2023, 2025])
def test_everything_shown_is_what_python_gives_in_other_years(
    browser: Browser, tmp_path: Path, year: int
) -> None:
    survey = open_survey(year=year, source="ssb", scope="konsern", panel="alle")
    tried = check(browser, written(survey, tmp_path / "index.html"))
    assert tried == 7 * len(tables.valid("kommune", year))


def test_an_address_opens_a_municipality_soon(browser: Browser, found: Found) -> None:
    """The numbers stand there in time, also for one with a name in the address."""
    page = browser.new_page()
    for address, title in (("1127", "Randaberg kommune"), ("B%C3%A6rum", "Bærum kommune")):
        page.goto("about:blank")
        page.goto(f"{found.address}#kommune={address}")
        page.locator(".finner-svar h3", has_text=title).wait_for()
        took = page.evaluate("performance.getEntriesByName('kommune-vist')[0].startTime")
        assert took < SOON
        assert page.evaluate("document.activeElement.textContent") == title
    page.close()


def test_it_is_small() -> None:
    survey = open_survey(year=2024, source="ssb", scope="konsern")
    assert len(str(finder.municipalities_html(survey)).encode()) < MOST


def ask(page: Page, text: str) -> str:
    """Search by the keyboard alone; return what is announced."""
    page.get_by_label("Kommunens navn eller nummer").fill(text)
    page.keyboard.press("Enter")
    return page.get_by_role("status").inner_text()


def choices(page: Page) -> list[str]:
    return page.locator(".finner-forslag a").all_inner_texts()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Time", "1121"),
        ("time kommune", "1121"),
        (" 1121 ", "1121"),
        ("Time, 1121", "1121"),
        ("301", "0301"),
        ("Guovdageaidnu", "5612"),
        ("baerum", "3201"),
        ("Randab", "1127"),
        ("Skedsmo", "3205"),
        ("0602", "3301"),
    ],
)
def test_a_name_or_a_number_finds_it_by_keyboard(page: Page, text: str, number: str) -> None:
    assert "Viser 7 mål for " in ask(page, text)
    assert page.url.endswith(f"#kommune={number}")
    assert choices(page) == []


@pytest.mark.parametrize(
    ("text", "said", "offered"),
    [
        ("Herøy", "Flere kommuner heter Herøy", ["Herøy (1515, Møre og Romsdal)", "Herøy (1818, Nordland)"]),
        ("1507", "Ålesund (1507) er nå en av disse", ["Ålesund (1508", "Haram (1580"]),
        ("Randabreg", "Ingen kommune heter «Randabreg»", ["Randaberg (1127, Rogaland)"]),
        ("1128", "Ingen kommune har nummer 1128 i 2024", ["Randaberg (1127, Rogaland)"]),
        ("<img src=x>", "Ingen kommune heter «<img src=x>»", []),
        ("", "Skriv navnet eller nummeret", []),
    ],
)  # fmt: skip
def test_what_is_not_one_municipality_is_told_with_the_nearest(
    page: Page, text: str, said: str, offered: list[str]
) -> None:
    assert said in ask(page, text)
    assert not page.locator(".finner-svar").is_visible()
    for name, link in zip(offered, choices(page), strict=False):
        assert link.startswith(name)
    assert bool(choices(page)) == bool(text)


def test_a_suggestion_leads_on_and_back_and_forward_lead_through_what_was_seen(page: Page) -> None:
    title = page.locator(".finner-svar h3")
    ask(page, "Time")
    ask(page, "Herøy")
    page.locator(".finner-forslag a").last.press("Enter")
    title.filter(has_text="Herøy").wait_for()
    assert page.url.endswith("#kommune=1818")
    assert page.evaluate("document.activeElement.textContent") == "Herøy kommune"
    page.go_back()
    title.filter(has_text="Time").wait_for()
    page.go_back()
    page.wait_for_function("document.querySelector('.finner-svar').hidden")
    assert page.get_by_role("status").inner_text() == ""
    page.go_forward()
    title.filter(has_text="Time").wait_for()


def test_the_list_of_names_holds_everybody_and_a_choice_from_it_is_an_answer(page: Page) -> None:
    field = page.get_by_label("Kommunens navn eller nummer")
    assert page.locator("datalist option").count() == 0, "nothing before it is asked for"
    field.focus()
    assert page.locator("datalist option").count() == 357
    field.fill("Våler, 3419")
    page.locator(".finner-svar h3", has_text="Våler").wait_for()
    assert page.url.endswith("#kommune=3419")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_and_a_screen_reader_can_use_it(
    browser: Browser, found: Found, scheme: Any
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{found.address}#kommune=1818")
    page.locator(".finner-svar h3").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    smallest = page.evaluate(
        """Math.min(...[...document.querySelectorAll(".finner-tegning")].map(drawing => 13 *
        drawing.getBoundingClientRect().width / drawing.viewBox.baseVal.width))"""
    )
    assert smallest >= 11
    assert barriers(page) == {}
    context.close()


def test_without_scripts_the_page_says_where_the_sheets_are(
    browser: Browser, found: Found, tmp_path: Path
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(found.address)
    assert not page.get_by_role("button", name="Vis tallene").is_visible()
    assert "lager et ark per kommune" in page.locator(".finner-uten").inner_text()
    context.close()


def test_sheets_that_are_made_are_linked_and_no_others(found: Found) -> None:
    data = finder.content(found.survey, made=["1127", "9999", "index"])
    assert data["ark"] == ["ssb-ark", ["1127"]]
    assert finder.content(found.survey)["ark"] is None


def test_invented_accounts_have_no_finder(survey_2024: Survey) -> None:
    assert finder.municipalities_html(survey_2024) == ""


def test_nothing_in_the_data_ends_its_block(found: Found) -> None:
    page = found.file.read_text("utf-8")
    (block,) = re.findall(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
    assert "<" not in block
    assert [row[0] for row in json.loads(block)["kommuner"]] == sorted(
        found.survey.enheter.filter(pl.col("type") == "kommune")["region"]
    )
