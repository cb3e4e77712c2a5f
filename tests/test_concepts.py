"""Definition cards: one for every concept, made of the tables, with what guards it."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

import kommuneregnskap as kr
from kommuneregnskap import tables
from kommuneregnskap.display import concepts
from kommuneregnskap.indicators import evaluate
from kommuneregnskap.mutants import every_code
from kommuneregnskap.numbers import concepts as resting
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.report import publish
from kommuneregnskap.report.pages.definitions import export_definitions, shown_in
from kommuneregnskap.support.errors import DataError, UsageError
from kommuneregnskap.survey import survey
from tests.conftest import edit_table
from tests.helpers.outputs import pages

pytestmark = pytest.mark.slow  # all of them together

# A few postings (1000 kr, signs of the file), and the concepts that stand beside others, by hand.
POSTED = [
    ("investering", "222", "400", 300),
    ("investering", "222", "430", 700),
    ("drift", "170", "090", -40),
    ("drift", "171", "090", 15),
    ("drift", "173", "090", -30),
    ("drift", "473", "090", 5),
    ("drift", "860", "990", -9),
    ("drift", "870", "909", -4),
    ("drift", "880", "540", 20),
    ("drift", "880", "940", -6),
]
BALANCES = [
    ("22", 30),
    ("23", 8),
    ("411", -100),
    ("454", -60),
    ("47", -25),
    ("51", -12),
    ("53", -5),
    ("55", -7),
    ("56", -70),
    ("9100", 6),
    ("9110", 3),
]
BESIDE = {
    "tilskudd_andres_investeringer": 1000,
    # premium deviation -40 + 15 is negative expenditure: it lifts the result by 25
    "netto_premieavvik": -25,
    # 30 taken from the premium fund, 5 put into another's: it lifts the result by 25 as well
    "netto_premiefond": -25,
    "netto_driftsresultat": 25 + 25 + 4 + 9,
    "netto_driftsresultat_uten_premieavvik": 25 + 4 + 9,
    "netto_driftsresultat_uten_premiefond": 4 + 9,
    "netto_driftsresultat_uten_gevinst": 25 + 25 + 9,
    "brutto_driftsresultat_uten_avskrivninger": 25 + 25 + 9,
    "netto_avsetning_disposisjonsfond": 14,
    "driftsfond": 82,
    "alle_fond": 94,
}
# Debt as SSB defines it for each scope (KG32, KG17, KG116; KG31, KG16, KG117), of the same balance sheet.
OUTSIDE, WITHIN, LENT, LENT_WITHIN, UNUSED, UNUSED_WITHIN = 100 + 60, 25, 30, 8, 6, 3
DEBT = {
    "konsern": {"langsiktig_gjeld": OUTSIDE, "netto_laanegjeld": OUTSIDE - LENT - UNUSED},
    "kasse": {
        "langsiktig_gjeld_kasse": OUTSIDE + WITHIN,
        "netto_laanegjeld_kasse": OUTSIDE + WITHIN - LENT - UNUSED,
    },
    "konsolidert": {
        "langsiktig_gjeld_konsolidert": OUTSIDE + WITHIN,
        "netto_laanegjeld_konsolidert": (
            OUTSIDE + WITHIN - LENT - LENT_WITHIN - UNUSED - UNUSED_WITHIN
        ),
    },
}


@pytest.fixture(scope="module")
def in_use() -> set[str]:
    return concepts.used(2024, shown_in(publish.section_notebooks()))


def evaluated(scope: str) -> dict[str, int]:
    """Return the concepts of the few postings, as accounts of a scope: name, 1000 kr."""
    key = {"aar": [2024], "region": ["1103"], "regnskapsomfang": [scope]}
    poster = pl.LazyFrame(POSTED, schema=["regnskap", "funksjon", "art", "belop"], orient="row")
    balanse = pl.LazyFrame(BALANCES, schema=["kapittel", "belop"], orient="row")
    unit = pl.LazyFrame(key, schema_overrides={"aar": pl.Int32})
    found = evaluate.evaluate(
        poster.join(unit, how="cross"),
        balanse.join(unit, how="cross").with_columns(sektor=pl.lit("080")),
        2024,
    )
    totals = found.filter(pl.col("tjenesteomraade").is_null())
    return dict(totals.select("begrep", "belop").iter_rows())


@pytest.mark.parametrize("begrep", sorted(BESIDE))
def test_concepts_that_stand_beside_others_by_hand(begrep: str) -> None:
    assert evaluated("kasse")[begrep] == BESIDE[begrep]


@pytest.mark.parametrize("scope", DEBT)
def test_each_scope_has_its_own_debt_and_no_other(scope: str) -> None:
    found = evaluated(scope)
    every = {name for own in DEBT.values() for name in own}
    assert {name: found[name] for name in every & set(found)} == DEBT[scope]


def test_the_terms_of_a_concept_are_of_one_scope(project: Path) -> None:
    edit_table(
        project / "data/definitions/indicators.csv",
        lambda rows: rows.with_columns(
            omfang=pl.when(pl.col("begrep") == "netto_laanegjeld_kasse", pl.col("ledd") == "2")
            .then(pl.lit("konsern"))
            .otherwise("omfang")
        ),
    )
    with pytest.raises(DataError, match="breaks the rule terms_of_one_omfang"):
        tables.read("indicators")


@pytest.mark.parametrize("year", every_code.YEARS)
def test_every_concept_in_use_has_a_card_and_is_tried_with_every_code(year: int) -> None:
    used = concepts.used(year, shown_in(publish.section_notebooks()))
    found = {card.begrep: card for card in concepts.cards(year)}
    assert used <= set(found)
    tried = every_code.values(every_code.posted(every_code.codes()), year)
    told = {name.partition(" ")[2] for name in tried}
    assert set(found) <= told
    assert all(concepts.EVERY_CODE in card.vern for card in found.values())


def test_every_section_number_of_accounts_names_its_concepts(survey_2024: survey.Survey) -> None:
    """Each number but those of who answered, and prices, rests on a concept of the year, and says so itself."""
    numbers = compute(survey_2024)["id"].unique().to_list()
    found = resting.of_numbers(2024)
    for name in numbers:
        of = [made for pattern, made in found.items() if concepts.meet(name, pattern)]
        assert len(of) > 0, name
        assert all(of) != (name.startswith("svar.") or name == "sektor.prisvekst"), name
    defined = set(tables.valid("indicators", 2024)["begrep"])
    assert {name for made in found.values() for name in made} <= defined


def test_what_a_number_rests_on_by_hand() -> None:
    found = resting.of_numbers(2024)
    revenue, cost = "brutto_driftsinntekter", "brutto_driftsutgifter"
    assert found["sektor.aar_paa_rad"] == {revenue, cost}
    assert found["sektor.rang.*"] == {"brutto_driftsutgifter_tjeneste"}
    fund = {"disposisjonsfond", "disposisjonsfond_pst"}
    assert found["fond.andel_i_baand.*"] == fund
    assert found["fond.pst"] == {*fund, revenue}
    assert found["svar.andel.*"] == set()
    assert resting.resting_on("varige_driftsmidler", 2024) == ("investering.varige_driftsmidler",)


def test_a_card_says_what_the_tables_say(survey_2024: survey.Survey) -> None:
    card = concepts.card("netto_driftsresultat", 2024)
    assert card.formel == (
        "Brutto driftsresultat − Netto finansutgifter og avdrag − drift (art 521, 921) "
        "+ Motpost avskrivninger"
    )
    assert card.ledd[0].loest == "Brutto driftsinntekter − Brutto driftsutgifter"
    assert {name for name, _, _ in card.antakelser} >= {"A01_omfang", "A24_estimat"}
    assert {guard.id for guard in card.vern} >= {"A06", "E04", "alle koder"}
    fund = concepts.card("disposisjonsfond", 2024)
    assert fund.fortegn[0].startswith("Snudd: gjeld og egenkapital står med minus i filen")
    debt = {year: concepts.card("langsiktig_gjeld_kasse", year).formel for year in (2023, 2024)}
    assert "41, 42, 43, 45" in debt[2023]
    assert "411, 412" in debt[2024]
    spending = concepts.card("brutto_driftsutgifter", 2024).ledd[0].ord
    assert "010–480 (fra Fastlønn til " in spending
    shown = str(kr.card(survey_2024, "netto_driftsresultat").data)
    assert "Formel i ord" in shown
    assert "href" not in shown, "a notebook has no other cards to lead to"
    assert "<dt>Regn selv</dt>" in shown
    assert "<summary>resultat.netto_mrd 2024 i SQL</summary>" in shown
    assert "Regn selv" not in str(kr.card(survey_2024, "bruk_av_laan").data), (
        "no number rests on it"
    )
    with pytest.raises(UsageError, match="no concept 'finnes_ikke' in 2024"):
        kr.card(survey_2024, "finnes_ikke")


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.places: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a":
            self.targets.append(str(values["href"]))
        self.places += [str(values["id"])] if "id" in values else []


def test_every_link_on_the_page_and_from_the_report_leads_to_a_card(
    tmp_path: Path, published_2024: Path, in_use: set[str], survey_2024: survey.Survey
) -> None:
    def links(path: Path) -> Links:
        found = Links()
        found.feed(path.read_text("utf-8"))
        return found

    page, front = (links(published_2024 / name) for name in ("definisjoner.html", "index.html"))
    targets = [each for path in pages(published_2024) for each in links(path).targets]
    assert len(page.places) == len(set(page.places))
    assert in_use <= set(page.places)
    assert {each[1:] for each in page.targets if each.startswith("#")} <= set(page.places)
    outside = {each.partition("#")[2] for each in targets if "definisjoner.html#" in each}
    assert {"netto_driftsresultat", "disposisjonsfond", "brutto_investeringsutgifter"} <= outside
    assert outside <= set(page.places)
    assert "definisjoner.html" in front.targets
    again = tmp_path / "igjen.html"
    text = (published_2024 / "definisjoner.html").read_text("utf-8")
    banner = text.split('role="note"><strong>')[1].split("</strong>")[0]
    export_definitions(survey_2024, publish.section_notebooks(), again, banner=banner)
    assert again.read_text("utf-8") == text
