"""A report on open figures that were fetched: its folder, page, tables, and the same bytes again.

By day its pages alone (the report of the figures that come along is whole: `year_2024`), by night with all editions.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.charts.style import WATERMARK, source_line
from kommuneregnskap.display.notebook import SYNTHETIC_WARNING
from kommuneregnskap.notebooks import files as notebooks
from kommuneregnskap.report import publish
from kommuneregnskap.report.pages.reconciled import reconciled_html
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.reconciled import reconciled
from kommuneregnskap.survey.request import asked
from tests.helpers.browser import Watch, chromium
from tests.helpers.examples import asked_for_all, examples
from tests.helpers.outputs import (
    BUNDLE,
    FOREIGN,
    PRINTED,
    fingerprints,
    page_text,
    pages,
    texts,
)  # fmt: skip
from tests.helpers.projects import copy_simulation
from tests.helpers.statbank_national import ESTIMATE, National

YEAR = 2024
VINTAGE = "endelige (reviderte) tall"


def figures(folder: Path) -> list[str]:
    html = "".join(path.read_text("utf-8") for path in pages(folder)[1:])
    return re.findall(r"<figure.*?</figure>", html, flags=re.DOTALL)


@pytest.mark.varied
def test_the_folder_has_a_reconciliation_in_place_of_controls(open_report: Path) -> None:
    assert open_report.name == "ssb"
    there = {path.name for path in open_report.iterdir()} - {
        path.name for path in pages(open_report)
    }
    kinds = ("csv", "metadata.json", "parquet", "xlsx")
    beside = {f"{name}.{kind}" for name in ("avstemming", "tall", "vurdering") for kind in kinds}
    editions = {
        *("figurer", "pressemelding.docx", "pressemelding.md", "rapport.pdf", "vedlegg.pdf"),
        *("tabeller", "tabeller.xlsx", "tabeller-vedlegg.xlsx"),
    }
    wanted = {"definisjoner.html", "manifest.json", "notebooks"} | beside
    assert there == (wanted | editions if asked_for_all() else wanted)
    assert "kontroller, SSBs" not in page_text(open_report)


@pytest.mark.parametrize(
    ("scope", "panel", "name"),
    [
        ("konsern", "", "ssb"),
        ("konsern", "uten_oslo", "ssb"),
        ("konsern", "alle", "ssb-alle"),
        ("kasse", "", "ssb-kasse"),
        ("kasse", "pseudo", "ssb-kasse-pseudo"),
    ],
)
def test_other_scopes_and_panels_stand_beside_it(scope: str, panel: str, name: str) -> None:
    assert asked(YEAR, "ssb", scope, panel=panel).folder().name == name


def test_the_vintage_is_on_the_page_in_every_figure_table_row_and_notebook(
    open_report: Path, national: National
) -> None:
    snapshot = national.unmarked[1]
    assert page_text(open_report).count(f"uttrekk {snapshot}, {VINTAGE}") >= 2
    shown = figures(open_report)
    assert len(shown) >= 11
    for each in shown:
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", each))
        if (
            "syntetisk demopanel" in words
        ):  # the simulation's, in every report, marked for what it is
            assert WATERMARK.capitalize() in words
            continue
        if PRINTED in words:
            assert "yntetisk" not in words
            continue
        assert VINTAGE in words
        assert snapshot in words
    for name in ("tall", "vurdering", "avstemming"):
        rows = pl.read_csv(open_report / f"{name}.csv")
        assert rows["vintage"].unique().to_list() == ["endelig"], name
        assert rows["uttrekk"].unique().to_list() == [snapshot], name
        assert rows["regnskaper"].unique().to_list() == ["aapne tall"], name
    for path in (open_report / "notebooks").iterdir():
        assert VINTAGE in path.read_text("utf-8")
    known = json.loads((open_report / "manifest.json").read_text("utf-8"))["aapne_tall"]
    others = [national.march, national.unmarked[0], national.june]
    assert list(known.pop("andre_uttrekk")) == others
    assert known == {
        "snapshot": snapshot,
        "vintage": "endelig",
        "updated": "2025-06-16",
        "panel": "uten_oslo",
        "official": False,
    }


def test_unrevised_figures_say_so(ssb: National) -> None:
    survey = open_survey(year=YEAR, source="ssb", scope="konsern", data_dir=ssb.march)
    assert "foreløpige (ureviderte) tall (oppdatert 15. mars 2025)" in source_line(survey)
    before = open_survey(year=2023, source="ssb", scope="konsern", data_dir=ssb.march)
    assert VINTAGE in source_line(before)  # the year before is revised in March


@pytest.mark.varied
def test_the_pages_ask_for_nothing_and_fit(open_report: Path) -> None:
    assert len(pages(open_report)) == 1 + 9 + 5
    with chromium() as browser:
        for path in pages(open_report)[:: examples(3, 1)]:
            page = browser.new_page(viewport={"width": 1000, "height": 800})
            watch = Watch(page)
            page.goto(path.as_uri(), wait_until="networkidle")
            assert watch.requests == [page.url]
            assert watch.complaints == []
            wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert wide <= 0, path.name
            page.close()


def test_nothing_fails_and_what_is_missing_says_why(open_report: Path) -> None:
    for path in (open_report / "notebooks").iterdir():
        for cell in notebooks.read(path).cells:
            outputs = cell.get("outputs", [])
            assert all(each.output_type != "error" for each in outputs)
    text = page_text(open_report)
    assert not re.search(r"\b(nan|None|Traceback|NaN|null null)\b", text)
    top = re.search(r"Funksjonene med størst investeringer: kilden har ikke (.{0,90})", text)
    assert top
    assert "Uttrekket av SSBs tabeller gir det ikke for kommunekonsernet" in top.group(1)
    assert "netto gevinst på finansielle instrumenter" in text


def test_those_in_it_are_not_called_respondents_in_what_is_computed(open_report: Path) -> None:
    text = page_text(open_report)
    assert "354 av 356 kommuner utenom Oslo er med" in text  # two have no figures in June
    assert not re.search(r"ommunene som har svart, (investerte|gikk|ble)", text)


def test_headlines_show_what_the_published_number_is_held_against(open_report: Path) -> None:
    text = page_text(open_report)
    row = pl.read_csv(open_report / "vurdering.csv").filter(
        pl.col("id") == "k2024_res_antall_negativ"
    )
    low, high = (int(row[name].item()) for name in ("klamme_nedre", "klamme_oevre"))
    value = int(row["beregnet"].item())
    assert f"{value}, i utvalg som likner KS' {low} til {high} " in text


def test_the_reconciliation_is_counted_and_what_is_outside_shown(open_report: Path) -> None:
    rows = pl.read_csv(open_report / "avstemming.csv")
    text = page_text(open_report)
    outside = rows.filter(pl.col("innenfor") == "nei").height
    assert outside > 0
    said = " ".join(number(len(rows)).split())  # thin spaces are spaces in the text of a page
    assert f"{said} sammenlikninger: {outside} utenfor grensen" in text
    assert set(rows["regnskapsomfang"]) == {"konsern"}
    country = rows.filter(
        pl.col("regiontype").str.starts_with("land")
        & (pl.col("begrep") == "brutto_driftsinntekter")
    )
    assert len(country) == 2
    assert set(country["forklaring"]) == {"sum"}  # revised figures
    for row in country.iter_rows(named=True):
        assert (row["mangler"], row["grense"], row["innenfor"]) == (2, 0, "nei")
        assert row["differanse"] == pytest.approx(row["beregnet"] - row["ssb"])
        assert row["ssb"] > row["beregnet"]
    assert "SSBs anslag og ikke summer" not in text
    assert "Sum av fylkeskommunene mot raden for alle utenom Oslo" in text
    assert "raden for alle utenom Oslo (anslag)" not in text
    # The two without figures are missing in the sums of their counties, which are not estimates.
    assert rows.filter((pl.col("kontroll") == "sum") & (pl.col("mangler") > 0)).height > 0
    assert "Lengst utenfor grensen" in text


def test_in_unrevised_figures_the_estimate_is_shown(ssb: National) -> None:
    survey = open_survey(year=YEAR, source="ssb", scope="konsern", data_dir=ssb.march)
    found = reconciled(survey)
    own = found.filter(
        (pl.col("regiontype") == "land") & (pl.col("begrep") == "brutto_driftsinntekter")
    )
    assert own["forklaring"].to_list() == ["estimat"]
    assert own["ssb"].item() > own["beregnet"].item() * (ESTIMATE - 0.001)
    assert own["grense"].item() > 0.02 * own["ssb"].item()
    html = reconciled_html(found, survey)
    assert "De største forskjellene mot landsradene, som er SSBs anslag og ikke summer" in html
    assert "Sum av fylkeskommunene mot raden for alle utenom Oslo (anslag)" in html


def test_sums_that_agree_have_nothing_outside(ssb: National) -> None:
    survey = open_survey(year=2023, source="ssb", scope="konsern", data_dir=ssb.june)
    found = reconciled(survey)
    assert found["innenfor"].all()
    assert found["mangler"].sum() == 0
    html = reconciled_html(found, survey)
    assert "0 utenfor grensen" in html
    assert "Lengst utenfor" not in html


def test_the_kasse_has_nothing_in_kroner_to_reconcile_but_its_areas(ssb: National) -> None:
    survey = open_survey(year=YEAR, source="ssb", scope="kasse", data_dir=ssb.june)
    found = reconciled(survey)
    assert set(found["regnskapsomfang"]) == {"kasse"}
    assert found.filter(pl.col("kontroll") == "prosent").is_empty()
    assert found["tjenesteomraade"].null_count() == 0
    nothing = reconciled_html(found.clear(), survey)
    assert "Ingenting å avstemme" in nothing


def test_account_files_are_not_reconciled(survey_2024: object) -> None:
    assert reconciled(survey_2024).is_empty()  # type: ignore[arg-type]


def test_verdicts_are_of_open_figures(open_report: Path) -> None:
    rows = pl.read_csv(open_report / "vurdering.csv")
    assert {"forenlig", "avvik", "ikke_vurdert"} <= set(rows["dom"])
    assert not {"gjenskapt", "kalibrert"} & set(rows["dom"])
    text = page_text(open_report)
    tried = rows.filter(pl.col("dom") != "kontekst")
    assert f"{len(tried)} publiserte tall er prøvd mot regnskapene" in text
    front = (open_report / "index.html").read_text("utf-8")
    numbers = dict(
        re.findall(
            r'id="(k\d{4}_\w+)".*?<span class="vurdert"><span class="dom dom-(\w+)"',
            front,
            re.DOTALL,
        )
    )
    own = dict(tried.filter(pl.col("id").is_in(list(numbers))).select("id", "dom").iter_rows())
    assert len(own) > 40
    assert {name: numbers[name] for name in own} == own
    assert SYNTHETIC_WARNING not in text


def test_the_bridge_is_on_the_page_as_table_and_chart(open_report: Path) -> None:
    text = page_text(open_report)
    for words in (
        "Konsernet, alle kommuner med Oslo",
        "SSBs egen sum av alle kommuner",
        "SSB, landet uten Oslo (anslag), foreløpige tall",
        "Vintage: det SSB endret mellom de to publiseringene",
        "svarenes regnskaper er ikke offentlige",
    ):
        assert words in text
    assert any("Hva skiller KS" in each for each in figures(open_report))


@pytest.mark.varied
def test_no_machine_and_no_time(open_report: Path) -> None:
    for name, text in texts(open_report):
        for what, pattern in FOREIGN.items():
            assert not pattern.search(BUNDLE.sub("", text)), f"{name} names {what}"


@pytest.mark.night
@pytest.mark.parametrize("tried", [True, False])
def test_the_same_bytes_again(
    open_report: Path,
    national: National,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tried: bool,
) -> None:
    """Elsewhere, with nothing kept of the first but, once, what every choice gives. By day the panel's is."""
    project = tmp_path / "et annet prosjekt"
    for name in ("data", "notebooks"):
        shutil.copytree(national.project / name, project / name, symlinks=True)
    copy_simulation(project)
    standing = project / open_report.relative_to(national.project)
    shutil.copytree(open_report, standing)
    (project / ".cache").mkdir()
    for store in national.project.glob(".cache/*-robusthet-*") if tried else ():
        (project / ".cache" / store.name).symlink_to(store)
    before, place = fingerprints(open_report), standing.stat().st_ino
    monkeypatch.setenv("KOMMUNEREGNSKAP_ROOT", str(project))
    again, _ = publish.publish(
        asked(YEAR, source="ssb", data_dir=national.unmarked[1]), jobs=2, force=True
    )
    assert again == standing
    assert fingerprints(again) == before
    assert again.stat().st_ino != place  # made anew, not left as it was
