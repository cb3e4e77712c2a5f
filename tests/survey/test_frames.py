"""The frames that notebooks compute from: who is in them, what stands in their columns, what is zero and what empty."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices
from tests.helpers.real_numbers import invented_number

INVESTED = "brutto_investeringsutgifter"
COST, REVENUE = "brutto_driftsutgifter_tjeneste", "brutto_driftsinntekter"

UNIT = ["region", "kobling", "folkemengde", "stoerrelsesgruppe"]


def test_everyone_is_there_whether_they_answered_or_not(survey_2024: Survey) -> None:
    everyone = survey_2024.everyone()
    assert len(everyone) == 357
    assert everyone["svart"].sum() == len(survey_2024.panel())
    assert everyone.filter("oslo")["region"].to_list() == [invented_number("0301")]
    assert set(survey_2024.everyone("fylkeskommune")["type"]) == {"fylkeskommune"}


def test_the_areas_of_the_partition_add_up_to_the_whole(survey_2024: Survey) -> None:
    areas = survey_2024.areas(INVESTED)
    assert areas.columns == [*UNIT, "tjenesteomraade", "belop", "foert"]
    assert len(areas) == len(survey_2024.panel()) * areas["tjenesteomraade"].n_unique()
    listed = tables.valid("tjenesteomraade", 2024).filter(pl.col("oppdeling") == "hoved")
    added = areas.join(listed, on="tjenesteomraade", how="semi").group_by("region")
    whole = survey_2024.panel().select("region", belop=INVESTED).sort("region")
    assert added.agg(pl.col("belop").sum()).sort("region").equals(whole)


def test_an_area_that_is_made_of_anothers_functions_has_its_amounts(survey_2024: Survey) -> None:
    made = choices.parse("sosial=FGK12")
    with_intro = survey_2024.areas(COST).filter(pl.col("tjenesteomraade") == "sosial_med_intro")
    social = survey_2024.under(made).areas(COST).filter(pl.col("tjenesteomraade") == "sosial")
    assert social["belop"].to_list() == with_intro["belop"].to_list()
    assert (
        social["belop"].sum()
        > survey_2024.areas(COST).filter(pl.col("tjenesteomraade") == "sosial")["belop"].sum()
    )


def test_compared_has_the_amounts_of_both_years(survey_2024: Survey) -> None:
    both = survey_2024.compared()
    matched = survey_2024.matched(2024).filter(
        (pl.col("begrep") == REVENUE) & pl.col("tjenesteomraade").is_null()
    )
    for name, year in ((REVENUE, 2024), (f"{REVENUE}_foer", 2023)):
        expected = matched.filter(pl.col("aar") == year).sort("kobling")
        assert both["kobling"].to_list() == expected["kobling"].to_list()
        assert both[name].to_list() == expected["belop"].to_list()
    people = survey_2024.everyone().group_by("kobling").agg(pl.col("folkemengde").sum())
    assert both.select("kobling", "folkemengde").equals(
        both.select("kobling").join(people, on="kobling", how="left", maintain_order="left")
    )


def test_a_year_that_is_not_there_has_columns_and_no_rows(survey_2024: Survey) -> None:
    for year in (2024, 2015):
        both, areas = survey_2024.compared(year), survey_2024.compared_areas(COST, year)
        assert {REVENUE, f"{REVENUE}_foer", "kobling", "folkemengde"} <= set(both.columns)
        assert areas.columns[-3:] == ["tjenesteomraade", "naa", "foer"]
        assert both.is_empty() == areas.is_empty() == (year == 2015)


def test_areas_in_two_years_are_those_of_the_year_each(survey_2024: Survey) -> None:
    now = survey_2024.compared_areas(COST)
    before = survey_2024.compared_areas(COST, 2023)
    assert now["naa"].null_count() == now["foer"].null_count() == 0
    own = survey_2024.areas(COST).filter(pl.col("kobling").is_in(now["kobling"].to_list()))
    assert now["naa"].sum() == own["belop"].sum()
    assert set(before["kobling"]) <= set(now["kobling"])


def test_who_answered_the_year_before_alone_has_nothing_in_the_year(survey_2024: Survey) -> None:
    others = survey_2024.compared(whose="egen")
    answered = set(survey_2024.svart_foer.filter(pl.col("aar") == 2023)["region"])
    assert others[REVENUE].null_count() + others[f"{REVENUE}_foer"].null_count() > 0
    assert others[f"{REVENUE}_foer"].count() <= len(answered)
    same = survey_2024.compared()
    assert same[REVENUE].null_count() == same[f"{REVENUE}_foer"].null_count() == 0


def test_nothing_posted_is_zero_in_account_files(invented: Path) -> None:
    own = open_survey(year=2025, source="kostra", data_dir=str(invented))
    areas = own.areas(COST)
    assert areas["belop"].null_count() == 0
    assert areas.filter(~pl.col("foert"))["belop"].unique().to_list() == [0]
    undivided = own.areas("sum_investeringsutgifter")  # is of no service area
    assert undivided["belop"].null_count() == len(undivided) > 0
