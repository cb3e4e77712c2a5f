"""Links and citations copied from a page in a real browser: with a clipboard and without, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from kommuneregnskap.numbers.table import compute
from kommuneregnskap.report import citation, manifest
from kommuneregnskap.survey.opening import opened
from kommuneregnskap.survey.request import asked
from tests.helpers.browser import Watch, chromium
from tests.report.test_front import address, plain

SCREEN = {"width": 1280, "height": 900}
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"
NO_COPY = f"{NO_CLIPBOARD}; document.execCommand = () => false"
NUMBER = "k2024_res_antall_negativ"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport=SCREEN, offline=True)
    yield made
    made.close()


def pasted(context: BrowserContext) -> str:
    """What is on the clipboard, as a page gets it that something is pasted into."""
    page = context.new_page()
    page.set_content("<textarea></textarea>")
    page.locator("textarea").press("Control+V")
    text = page.locator("textarea").input_value()
    page.close()
    return text


def buttons(place: Locator) -> tuple[Locator, Locator]:
    """The buttons for link and citation in a place, once they are made."""
    place.locator(".kopier").wait_for()
    link, quote = place.locator(".kopier button").all()
    return link, quote


def copied(context: BrowserContext, pressed: Locator) -> str:
    """What a button puts on the clipboard, once it says that it did."""
    pressed.click()
    expect(pressed).to_have_text("Kopiert")
    return pasted(context)


def text_of(place: Locator) -> str:
    """What stands to be cited, without its link and buttons."""
    return plain(
        place.evaluate(
            "each => [...each.childNodes].filter(node => node.nodeType === 3).map(node => node.data).join('')"
        )
    )


@pytest.mark.parametrize("script", ["", NO_CLIPBOARD])
def test_a_published_number_gives_its_link_and_its_citation(
    context: BrowserContext, year_2024: Path, script: str
) -> None:
    page = context.new_page()
    page.add_init_script(script)
    watch = Watch(page)
    page.goto(address(year_2024 / "index.html", NUMBER))
    number = page.locator(f"#{NUMBER}")
    link, quote = buttons(number)
    assert link.get_attribute("aria-label") == (
        "Kopier lenke: Antall kommuner med netto driftsresultat under null"
    )
    assert copied(context, link) == page.url
    said = copied(context, quote)
    assert said == text_of(number.locator(".siter"))
    assert said.startswith(
        "Antall kommuner med netto driftsresultat under null, 2024: «138 kommuner» (KS' "
    )
    assert "Vurdering: Kan stemme, mot SSBs åpne tall, uttrekk " in said
    assert watch.complaints == []
    assert watch.requests == [page.url.partition("#")[0]]


def test_where_nothing_can_be_copied_the_button_says_so(
    context: BrowserContext, year_2024: Path
) -> None:
    page = context.new_page()
    page.add_init_script(NO_COPY)
    page.goto(address(year_2024 / "index.html", NUMBER))
    page.locator(f"#{NUMBER} .kopier button").first.click()
    page.get_by_role("button", name="Kopier lenke: Antall").get_by_text("Ikke kopiert").wait_for()


def test_a_section_number_is_copied_with_the_keyboard_as_python_cites_it(
    context: BrowserContext, year_2024: Path
) -> None:
    page = context.new_page()
    page.goto(address(year_2024 / "ssb/resultat.html", "tall-resultat.antall_negativ"))
    row = page.locator('[id="tall-resultat.antall_negativ"]')
    row.wait_for(state="visible")
    row.locator("a").focus()
    buttons(row)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Kopier sitat"
    page.keyboard.press("Enter")
    row.get_by_text("Kopiert", exact=True).wait_for()
    survey = opened(asked(2024, "ssb"))
    checksum = manifest.checksum(manifest.read(year_2024 / "ssb/manifest.json") or {})
    count = compute(survey).filter(id="resultat.antall_negativ", aar=2024)["enheter"][0]
    name, of = "Kommuner med netto driftsresultat under null", f"{count} av 356 kommuner"
    head = citation.of_number(name, 2024, "206", of)
    assert pasted(context) == f"{head} {citation.of(survey, checksum).rest}"
    page.mouse.move(0, 0)
    page.locator('[id="tall-resultat.andel_negativ"]').hover()
    assert row.locator(".kopier").count() == 1, "the pair stays where the focus is"
    page.locator('[id="tall-resultat.andel_negativ"] a').focus()
    assert page.locator(".alletall .kopier").count() == 1
    assert row.locator(".kopier").count() == 0


@pytest.mark.parametrize("place", ["figur-2-12", "tabell-2-13"])
def test_figures_and_tables_give_theirs(
    context: BrowserContext, year_2024: Path, place: str
) -> None:
    page = context.new_page()
    page.goto(address(year_2024 / "ssb/resultat.html", place))
    fold = page.locator("details.siter", has=page.locator(f'a[href="#{place}"]'))
    fold.locator("summary").click()
    link, quote = buttons(fold)
    assert copied(context, link) == page.url
    assert copied(context, quote) == text_of(fold)
    assert "Kilde: SSB" in text_of(fold)
    assert page.locator(f"#{place}").is_visible()


@pytest.mark.parametrize(
    "name", ["k2024_res_antal_negativ", "tall-resultat.gammelt", "%E0%A4%A", "<img src=x onerror=alert(1)>"]
)  # fmt: skip
def test_an_address_that_leads_nowhere_says_so(
    context: BrowserContext, year_2024: Path, name: str
) -> None:
    page = context.new_page()
    watch = Watch(page)
    page.goto(address(year_2024 / "index.html", name))
    said = page.get_by_role("alert")
    said.wait_for()
    assert said.inner_text().startswith("Fant ikke «")
    assert "Lenken kan være gammel eller skrevet feil." in said.inner_text()
    assert page.locator("img").count() == 0
    page.evaluate(f"location.hash = '{NUMBER}'")
    page.locator(f"#{NUMBER} .gang").wait_for(state="visible")
    assert said.count() == 0
    assert watch.complaints == []


@pytest.mark.parametrize("name", ["", "del-2", "kommune=1127", NUMBER, "k2024_presse_ndr_2023"])
def test_an_address_that_leads_somewhere_is_shown(
    context: BrowserContext, year_2024: Path, name: str
) -> None:
    page = context.new_page()
    page.goto(address(year_2024 / "index.html", name))
    page.wait_for_timeout(200)
    assert page.locator(".ikke-funnet").count() == 0
    if name.startswith("k2024"):
        place = page.locator(f"#{name}")
        box = place.bounding_box()
        assert box
        assert 0 <= box["y"] < SCREEN["height"]
        buttons(place)


def test_without_scripts_the_citation_and_the_link_can_be_read(
    browser: Browser, year_2024: Path
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address(year_2024 / "index.html"))
    page.locator(f"#{NUMBER} summary").click()
    text = page.locator(f"#{NUMBER} .siter")
    assert text.is_visible()
    assert "kontrollsum" in unescape(text.inner_text())
    assert text.locator("a").get_attribute("href") == f"#{NUMBER}"
    context.close()


def buttons_in_print(page: Page) -> int:
    return page.locator(".kopier button >> visible=true").count()


def test_no_button_is_printed(context: BrowserContext, year_2024: Path) -> None:
    page = context.new_page()
    page.goto(address(year_2024 / "index.html", NUMBER))
    page.locator(f"#{NUMBER} .kopier").wait_for()
    assert buttons_in_print(page) == 2
    page.emulate_media(media="print")
    assert buttons_in_print(page) == 0
    assert page.locator(f"#{NUMBER} .siter").is_visible(), "the citation is"
