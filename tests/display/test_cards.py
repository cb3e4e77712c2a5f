"""Definition cards: who means what by a word, and what each meaning comes to."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import kommuneregnskap as kr
from kommuneregnskap.display import terms
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.survey import opening, survey
from tests.conftest import edit_table

LINKS = "data/claims/restatements.csv"
CARDS = "data/definitions/definisjonskort.csv"
RELEASES_OF_KS = (2015, 2016, 2018, 2020, 2021, 2022, 2023, 2024, 2025)


def test_the_terms_that_collide_have_a_card_each(survey_2024: survey.Survey) -> None:
    found = terms.cards(survey_2024)
    users = {
        name: set(group["hvem"]) for (name,), group in found.group_by("kort", maintain_order=True)
    }
    assert list(users) == [
        "korrigert", "netto_driftsresultat", "brutto_driftsresultat", "disposisjonsfond", "omfang",
        "premieavvik", "langsiktig_gjeld", "netto_laanegjeld",
    ]  # fmt: skip
    assert users["korrigert"] == {"KS", "TBU", "prosjektet"}
    assert users["omfang"] == {"KS", "loven", "SSB", "TBU"}


def test_variants_stand_side_by_side_with_what_they_come_to(survey_2024: survey.Survey) -> None:
    """Worked from the panel: every variant is a sum of its respondents over their revenue."""
    found = terms.cards(survey_2024)
    percent = dict(found.drop_nulls("begrep").select("begrep", "prosent").iter_rows())
    panel = survey_2024.panel()
    revenue = panel["brutto_driftsinntekter"].sum()
    assert percent["disposisjonsfond"] == pytest.approx(
        100 * panel["disposisjonsfond"].sum() / revenue
    )
    bound = panel["bundne_driftsfond"].sum()
    assert percent["driftsfond"] - percent["disposisjonsfond"] == pytest.approx(
        100 * bound / revenue
    )
    gains = panel["gevinst_finansielle"].sum()
    assert percent["netto_driftsresultat"] - percent["netto_driftsresultat_uten_gevinst"] == (
        pytest.approx(100 * gains / revenue)
    )
    depreciation = panel["motpost_avskrivninger"].sum()
    gross = percent["brutto_driftsresultat_uten_avskrivninger"] - percent["brutto_driftsresultat"]
    assert gross == pytest.approx(100 * depreciation / revenue)
    assert percent["alle_fond"] >= percent["driftsfond"] >= percent["disposisjonsfond"]
    assert found.filter(pl.col("hvem") == "TBU")["prosent"].null_count() == 2


def test_what_the_accounts_do_not_carry_is_missing_in_the_cards(invented: Path) -> None:
    for balance in invented.glob("0B*"):
        balance.unlink()
    own = opening.open_survey(year=2025, source="kostra", data_dir=str(invented))
    found = terms.cards(own).drop_nulls("begrep")
    values = dict(found.select("begrep", "prosent").iter_rows())
    assert values["disposisjonsfond"] is None
    assert values["alle_fond"] is None
    assert values["netto_driftsresultat"] == pytest.approx(100 * 29_200 / 574_250)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"begrep": "finnes_ikke"}, "begrep is 'finnes_ikke'; allowed: a begrep of indicators.csv"),
        ({"begrep": "netto_driftsresultat_pst"}, "begrep is 'netto_driftsresultat_pst'; allowed:"),
        ({"begrep": None}, "the row breaks the rule one_formula"),
        ({"formel": "også i ord"}, "the row breaks the rule one_formula"),
        ({"hvem": "naboen"}, "hvem is 'naboen'; allowed: KS | SSB"),
    ],
)
def test_a_card_that_does_not_hold_is_refused(
    project: Path, survey_2024: survey.Survey, change: dict[str, str | None], message: str
) -> None:
    first = pl.int_range(pl.len()) == 0
    edit_table(
        project / CARDS,
        lambda table: table.with_columns(
            pl.when(first).then(pl.lit(value)).otherwise(column).alias(column)
            for column, value in change.items()
        ),
    )
    with pytest.raises(DataError) as error:
        terms.cards(survey_2024)
    assert "definisjonskort.csv:2: " in str(error.value)
    assert message in str(error.value)


def test_the_cards_show_formulas_in_codes(survey_2024: survey.Survey) -> None:
    shown = str(kr.card(survey_2024).data)
    assert "balanse (kapittel 51, 53, 55, 56)" in shown
    assert "drift (funksjon 170, 171, 470, 471)" in shown
    assert "Leddene er ikke funnet" in shown
    assert "Syntetiske tall." in shown
