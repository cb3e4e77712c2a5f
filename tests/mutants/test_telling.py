"""Surveys with odd cases: the notebooks and the table of numbers, which compute apart, agree on them too."""

from __future__ import annotations

import polars as pl
import pytest

from kommuneregnskap.mutants import method, telling
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.survey import Survey


@pytest.fixture(scope="module")
def odd(survey_2024: Survey) -> tuple[Survey, Survey]:
    return telling.panels(survey_2024)


@pytest.fixture(scope="module")
def lacking() -> Survey:
    return telling.lacking(opening.open_survey(year=2024, source="ssb"))


def test_the_two_roads_agree_on_odd_panels(odd: tuple[Survey, Survey]) -> None:
    for each in odd:
        assert len(method.world(each).computed) > 100


def test_the_two_roads_agree_where_cells_are_missing(lacking: Survey) -> None:
    assert len(method.world(lacking).computed) > 100


def test_what_is_missing_once_is_not_compared(
    odd: tuple[Survey, Survey], survey_2024: Survey
) -> None:
    """Who had a balance sheet alone the year before has a fund to compare, and no revenue that grew from nothing."""
    before = survey_2024.compared().select(
        "kobling", "brutto_driftsinntekter_foer", "disposisjonsfond_foer"
    )
    now = (
        odd[0].compared().select("kobling", "brutto_driftsinntekter_foer", "disposisjonsfond_foer")
    )
    both = before.join(now, on="kobling", suffix="_odde")
    lost = both.filter(
        pl.col("brutto_driftsinntekter_foer").is_not_null()
        & pl.col("brutto_driftsinntekter_foer_odde").is_null()
    )
    assert len(lost) == 1
    assert lost["disposisjonsfond_foer"].equals(
        lost["disposisjonsfond_foer_odde"].rename("disposisjonsfond_foer")
    )
    growth = {
        str(name): value
        for name, value in compute(odd[0], ["sektor.inntektsvekst_mrd"])
        .select("aar", "verdi")
        .iter_rows()
    }
    sums = odd[0].compared().drop_nulls(["brutto_driftsinntekter", "brutto_driftsinntekter_foer"])
    now_, then = sums["brutto_driftsinntekter"].sum(), sums["brutto_driftsinntekter_foer"].sum()
    assert growth["2024"] == pytest.approx((now_ - then) / 1e6)
    assert lost["kobling"].item() not in sums["kobling"]


def test_nothing_that_is_kept_of_them_stands_for_the_real_one(
    odd: tuple[Survey, Survey], lacking: Survey, survey_2024: Survey
) -> None:
    """Brackets and estimates are kept by a survey's inputs: one with odd cases has others."""
    found = [survey_2024.inputs, *(each.inputs for each in odd), lacking.inputs]
    assert all(one != other for place, one in enumerate(found) for other in found[:place])
    assert lacking.inputs != opening.open_survey(year=2024, source="ssb").inputs


def test_oslo_answered_and_a_county_did_not(odd: tuple[Survey, Survey]) -> None:
    assert odd[0].everyone().filter("oslo")["svart"].all()
    counties = odd[0].enheter.filter(pl.col("type") == "fylkeskommune")
    assert counties["svart"].sum() == len(counties) - 1
