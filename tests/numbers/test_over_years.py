"""The sections' municipalities over the years: the last year is the section's own number, and gaps are gaps."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.numbers.sections import over_years
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from tests.helpers.numbers import value


@pytest.fixture(scope="module")
def open_figures() -> Survey:
    return open_survey(year=2024, source="ssb")


def test_the_last_year_is_the_number_that_the_section_tells(
    survey_2024: Survey, open_figures: Survey
) -> None:
    for survey in (survey_2024, open_figures):
        tall = compute(survey)
        told = dict(tall.filter(pl.col("aar") == survey.year).select("id", "verdi").iter_rows())
        invested = over_years.investments(survey).row(-1, named=True)
        assert invested["aar"] == survey.year
        assert invested["mrd"] == pytest.approx(told["investering.brutto"])
        assert invested["vekst"] == pytest.approx(told["investering.vekst"])
        result = over_years.results(survey).row(-1, named=True)
        assert result["netto_pst"] == pytest.approx(told["resultat.netto_pst"])
        bands = over_years.fund_bands(survey).filter(pl.col("aar") == survey.year)
        assert bands.filter(pl.col("baand") == "tomt")["andel"].item() == pytest.approx(
            told["fond.andel_tomme"]
        )
    assert value(survey_2024, "resultat.netto_pst_fjor") == pytest.approx(
        over_years.results(survey_2024).filter(pl.col("aar") == 2023)["netto_pst"].item()
    )


def test_each_year_has_all_bands_and_they_are_everybody(open_figures: Survey) -> None:
    found = over_years.fund_bands(open_figures)
    sums = found.group_by("aar").agg(pl.col("andel").sum(), baand=pl.len())
    assert sums["aar"].sort().to_list() == [2021, 2022, 2023, 2024]
    assert sums["andel"].to_list() == [pytest.approx(100)] * 4
    assert set(sums["baand"]) == {6}


def test_open_figures_without_a_year_s_amounts_leave_the_year_out(open_figures: Survey) -> None:
    """The snapshot has no investments of 2021: the first year has no growth, and none is invented."""
    rows = over_years.investments(open_figures)
    assert rows["aar"].to_list() == [2022, 2023, 2024]
    assert rows["vekst"].is_null().to_list() == [True, False, False]


def test_own_files_of_one_year_give_that_year(invented: Path) -> None:
    own = open_survey(year=2025, source="kostra", data_dir=str(invented))
    rows = over_years.investments(own)
    assert rows["aar"].to_list() == [2025]
    assert rows["vekst"].to_list() == [None]
    assert over_years.results(own)["aar"].to_list() == [2025]
