"""A report of one municipality's own files: it speaks of that municipality beside all others, never of a survey."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.numbers.table import compute
from kommuneregnskap.report import contents, editions, of_one, publish
from kommuneregnskap.report.editions.pdf import appendix, printed
from kommuneregnskap.report.editions.release import EDITION as RELEASE
from kommuneregnskap.report.editions.workbook.tables import divided
from kommuneregnskap.report.pages.front import export_front
from kommuneregnskap.report.pages.made import Made
from kommuneregnskap.report.pages.one_municipality import export_one
from kommuneregnskap.report.pages.walk import Walks
from kommuneregnskap.report.year import publish_year
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.request import asked
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.verdicts import evidence, judgement
from tests.helpers.accounts import deliver, lines, sound
from tests.helpers.browser import Watch, chromium, until
from tests.helpers.outputs import html_of, page_text, text_of
from tests.helpers.projects import OWN, TYSVAER, inside

# What is said of many municipalities, of those who answered, and of what was published of them.
OF_MANY = re.compile(
    r"av kommunene|kommunene som|\bkommuner \(|\b1 kommune\b|(?<![\d,])0 prosent av|\b1 av 1\b|har svart|svarte"
    r"|svarandel|fylkeskommune|\bundersøkelse|samme kommune|[Pp]ublisert|pressemelding|tømt|Ingen av|[Ee]nhetene"
)
ADDRESS = re.compile(r'<a [^>]*href="([^"]*)"')
IDS = re.compile(r'\bid="([^"]+)"')


@pytest.fixture(scope="module")
def report(one_municipality: Path) -> Path:
    return one_municipality / "reports/2024/kostra"


@pytest.fixture(scope="module")
def survey(one_municipality: Path) -> Iterator[Survey]:
    with inside(one_municipality):
        yield open_survey(year=2024, source="kostra", data_dir=str(one_municipality / OWN))


@pytest.fixture(scope="module")
def material(report: Path, survey: Survey) -> editions.Material:
    tall = compute(survey)
    vurdering = judgement.judge(judgement.read(2024), tall, survey)
    return editions.Material(
        sorted((report / "notebooks").glob("*.ipynb")), survey, tall, vurdering
    )


def made_of(material: editions.Material, address: str) -> Made:
    return Made(Walks(material.survey, material.tall, material.vurdering), {}, address)


def opening(page: Path) -> str:
    return text_of(page.read_text("utf-8").split('<div class="ramme">', maxsplit=1)[0])


def test_the_first_screen_is_of_the_municipality(report: Path) -> None:
    first = opening(report / "index.html")
    assert "Kommuneregnskap 2024: Tysvær kommune" in first
    # By hand: 140 of 1400 set aside and transferred, and all amounts a thirteenth larger than the year before.
    assert "Netto driftsresultat i Tysvær ble 10,0 prosent av driftsinntektene i 2024." in first
    assert (
        "Driftsutgiftene økte med 7,7 prosent, driftsinntektene med 7,7 prosent og investeringene med 7,7 prosent."
        in first
    )
    for tile in (
        "Investeringer 7,7 % vekst i brutto investeringer",
        "Resultat 10,0 % netto driftsresultat av driftsinntektene → som i 2023",
        "Utgifter 7,7 % vekst i driftsutgiftene",
        "Fond 100,0 % disposisjonsfond av driftsinntektene",
    ):
        assert tile in first


def test_nothing_is_said_of_a_survey(report: Path) -> None:
    text = page_text(report)
    assert [
        text[max(found.start() - 60, 0) : found.end() + 60] for found in OF_MANY.finditer(text)
    ] == []


def test_pages_that_are_of_a_survey_are_left_out(report: Path) -> None:
    assert sorted(path.name for path in report.glob("*.html")) == [
        "definisjoner.html",
        *("fond.html", "index.html", "investeringer.html", "resultat.html", "utgifter.html"),
    ]
    assert len(list((report / "notebooks").glob("*.ipynb"))) == 4


def test_no_link_leads_nowhere(report: Path) -> None:
    ids = {path: set(IDS.findall(path.read_text("utf-8"))) for path in report.glob("*.html")}
    lost, followed = [], 0
    for path in ids:
        for address in ADDRESS.findall(path.read_text("utf-8")):
            file, _, place = address.partition("#")
            target = path.parent / file if file else path
            followed += "://" not in address
            if "://" not in address and not (
                target.exists() and (not place or place in ids.get(target, {place}))
            ):
                lost.append((path.name, address))
    assert (lost, followed > 40) == ([], True)


def test_each_section_says_where_it_stands(report: Path, survey: Survey) -> None:
    told = {each["section"]: each for each in of_one.beside(survey).measures}
    front = (report / "index.html").read_text("utf-8")
    sides = {"resultat": "resultat", "sektor": "utgifter", "investering": "investeringer"}
    for section, side in sides.items():
        sentence = told[section]["sentence"]
        assert re.search(
            r"Kommunen er nummer \d+ av \d+ i KOSTRA-gruppe \d+, \d+ av \d+ blant kommuner med 10\u202f000–19\u202f999 "
            r"innbyggere og \d+ av \d+ i hele landet\.",
            sentence,
        )
        assert sentence in front
        assert sentence in (report / f"{side}.html").read_text("utf-8")


def test_pages_say_amounts_in_millions(report: Path) -> None:
    """14 million kroner of investments divided by a thousand thousand is no number in billions."""
    text = page_text(report)
    assert "Tysvær kommune investerte for 0,7 millioner kroner." in text
    assert (
        "Disposisjonsfondet er på 1,4 millioner kroner, som er 100,0 prosent av driftsinntektene."
        in text
    )
    assert "milliard" not in text
    assert "mrd" not in text
    (table,) = re.findall(
        r"Resultatet og leddene i det.*?Netto driftsresultat +0,1 +0,1 +0,0", text
    )
    assert "Millioner kroner, med fortegnet leddet har i resultatet" in table


@pytest.mark.parametrize("name", ["index", "utgifter"])
def test_a_phone_shows_it_without_scrolling_sideways(report: Path, name: str) -> None:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 360, "height": 800})
        watch = Watch(page)
        page.goto((report / f"{name}.html").as_uri())
        until(page, "document.fonts.status === 'loaded'")
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert page.locator("h1").bounding_box()["y"] < 200
        assert watch.complaints == []


def test_nobody_is_judged(report: Path) -> None:
    found = html_of(report)
    assert "dom-" not in re.sub(r"<style>.*?</style>", "", found, flags=re.DOTALL)
    verdicts = pl.read_csv(report / "vurdering.csv", infer_schema=False)["dom"]
    assert set(verdicts) == {"ikke_vurdert", "kontekst"}
    assert "vurdering.xlsx" not in found


def test_print_speaks_of_the_municipality(material: editions.Material) -> None:
    for source in (printed.source(material), appendix.source(material)):
        assert "Kommuneregnskap 2024: Tysvær kommune" in source
        assert "Hva ble resultatet?" in source
        assert "Kommunene" not in source
        # The cards of terms tell what others mean by them, and whose those are.
        told = re.sub(
            r"#numbers\(\n  title: \"Ord (?:som|brukt).*?\n\)\n", "", source, flags=re.DOTALL
        )
        assert "Holder de publiserte" not in told
        assert "har svart" not in told
    assert "Blant andre kommuner" in printed.source(material)


def test_workbooks_have_its_tables(material: editions.Material) -> None:
    first, rest = divided(contents.tables(material.chapters), material.survey)
    assert "Driftsutgifter etter område" in first
    assert not {"Kommuner etter fond", "Resultat etter størrelse"} & {*first, *rest}
    said = [text for each in (*first.values(), *rest.values()) for text in (each.title, each.unit)]
    assert [text for text in said if OF_MANY.search(text)] == []
    assert "Tysvær kommune" in said


def test_no_release_is_drafted(
    one_municipality: Path, material: editions.Material, tmp_path: Path
) -> None:
    editions.write(material, tmp_path, {RELEASE.name})
    assert list(tmp_path.iterdir()) == []
    with (
        inside(one_municipality),
        pytest.raises(UsageError, match="several municipalities' accounts"),
    ):
        publish.publish(
            asked(2024, source="kostra", data_dir=str(one_municipality / OWN)), only=RELEASE.name
        )


def test_without_open_figures_it_stands_alone(few_choices: Path) -> None:
    """And without the year before: growth is what the files do not give, and what would is said."""
    deliver(few_choices / OWN, lines(sound(), region=TYSVAER))
    survey = open_survey(year=2024, source="kostra", data_dir=str(few_choices / OWN))
    tall = compute(survey)
    page = few_choices / "side.html"
    vurdering = judgement.judge(judgement.read(2024), tall, survey)
    export_one(Made(Walks(survey, tall, vurdering), {}, ""), page)
    text = text_of(page.read_text("utf-8"))
    assert "Netto driftsresultat i Tysvær ble 10,0 prosent av driftsinntektene i 2024." in text
    assert "vekst i driftsutgiftene. Ikke kjent; egne filer for 2023 gir det." in text
    assert (
        "Vekst i driftsutgiftene kan ikke regnes av egne filer, som ikke har tall for 2023." in text
    )
    assert "«make fetch YEAR=2024» henter dem fra SSB" in text
    assert "nummer" not in text
    assert OF_MANY.findall(text) == []


def test_the_front_of_the_year_leads_to_it_and_shows_nothing_of_it(
    material: editions.Material, survey_2024: Survey, tmp_path: Path
) -> None:
    tall = compute(survey_2024)
    panel = Walks(survey_2024, tall, judgement.judge(judgement.read(2024), tall, survey_2024))
    page = tmp_path / "index.html"
    found = pl.DataFrame(schema=evidence.SCHEMA)
    own = made_of(material, "kostra/")
    export_front([Made(panel, {}, "demo/")], found, page, alone=[own])
    text = page.read_text("utf-8")
    assert (
        '<a href="kostra/index.html">Tysvær kommune, egne filer, kommunekassen: hele rapporten</a>'
        in text
    )
    assert text.count("Tysvær") == 1


@pytest.mark.night
def test_a_year_of_its_files_and_the_panel(one_notebook: Path) -> None:
    deliver(one_notebook / OWN, lines(sound(), region=TYSVAER))
    request = asked(2024, data_dir=str(one_notebook / OWN))
    page = publish_year(request, partial(publish.begin, only="side")).read_text("utf-8")
    assert "Tysvær kommune, egne filer, kommunekassen: hele rapporten" in page
    assert "Ikke vurdert: regnskapene er fra 1 kommune" not in page
    rows = pl.read_csv(one_notebook / "reports/2024/evidens.csv", infer_schema=False)
    assert rows["grunnlag"].unique().to_list() == ["demo"]
