"""Levels that others hold a percentage against: what is said of them, and who lies where, counted by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import kommuneregnskap as kr
from kommuneregnskap import tables
from kommuneregnskap.numbers.sections import levels
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from tests.conftest import edit_table

RESULT, FREE = "netto_driftsresultat_pst", "fri_egenkapital_drift_pst"


def test_what_tbu_and_ssb_say() -> None:
    recommended = dict(levels.of(RESULT, 2024).select("enhetstype", "fra").iter_rows())
    assert recommended == {"kommune": 1.75, "fylkeskommune": 4.0, "sektor": 2.0}
    before = levels.of(RESULT, 2013).filter(pl.col("enhetstype") == "sektor")
    assert before["fra"].to_list() == [3.0]
    room = levels.of(FREE, 2024).select("fra", "til").rows()
    assert room == [(None, 5.0), (5.0, 8.0), (8.0, None)]
    assert tables.read("levels")["kilde"].null_count() == 0


def test_those_at_a_level_are_in_it_and_those_at_the_next_one_are_not(survey_2024: Survey) -> None:
    """Free equity of 4.9, 5, 8 and 12 percent of 1000; the fifth has no balance sheet."""
    first = survey_2024.everyone().filter("svart")["region"][:5].to_list()
    amounts = dict(zip(first, (49, 50, 80, 120, None), strict=True))
    rows = [
        (2024, region, region, "kommune", concept, None, amount)
        for region, free in amounts.items()
        for concept, amount in (("fri_egenkapital_drift", free), ("brutto_driftsinntekter", 1000))
        if amount is not None
    ]
    names = ["aar", "region", "kobling", "type", "begrep", "tjenesteomraade", "belop"]
    template = survey_2024.indikatorer.select(names).clear()
    few = replace(
        survey_2024.of_regions(first),
        indikatorer=pl.DataFrame(rows, schema=template.schema, orient="row"),
    )
    found = levels.measured(few, FREE)
    assert found["innenfor"].to_list() == [1, 1, 2]
    assert found["enheter"].to_list() == [4, 4, 4]
    assert found["andel"].to_list() == [25.0, 25.0, 50.0]
    assert found["prosent"].to_list() == pytest.approx([100 * 299 / 4000] * 3)


def test_the_sector_is_both_together(survey_2024: Survey) -> None:
    found = {row["enhetstype"]: row for row in levels.measured(survey_2024, RESULT).to_dicts()}
    both = pl.concat(
        survey_2024.panel(kind).select("netto_driftsresultat", "brutto_driftsinntekter")
        for kind in levels.KINDS
    ).sum()
    share = 100 * both["netto_driftsresultat"].item() / both["brutto_driftsinntekter"].item()
    assert found["sektor"]["prosent"] == pytest.approx(share)
    assert found["sektor"]["enheter"] == sum(found[kind]["enheter"] for kind in levels.KINDS)


def test_what_a_source_does_not_give_is_missing() -> None:
    open_ = open_survey(year=2024, source="ssb", data_dir="2026-09-19")
    found = levels.measured(open_, FREE)
    assert found.select("prosent", "enheter", "innenfor", "andel").null_count().row(0) == (3,) * 4
    drawn = kr.charts.result_distribution(kr.numbers.places.results_spread(open_), open_).to_dict()
    assert "Stiplet linje: TBUs anbefalte nivå, 1,75 prosent." in drawn["description"]


def test_a_level_without_bounds_is_refused(project: Path) -> None:
    edit_table(
        project / "data/definitions/levels.csv",
        lambda rows: rows.with_columns(fra=pl.lit(None, pl.String), til=pl.lit(None, pl.String)),
    )
    with pytest.raises(DataError, match="breaks the rule fra_or_til"):
        tables.read("levels")


def test_the_least_instalment_is_what_a_municipality_s_own_note_says() -> None:
    """Molde kommune, annual report 2020, note 7: 174 015 depreciated, loans 4 047 013 of assets of 4 521 698."""
    note = pl.DataFrame(
        {
            "motpost_avskrivninger": [174_015, 174_015, 174_015],
            "laanegjeld_uten_utlaan": [4_047_013, 4_047_013, None],
            "avskrivbare_anleggsmidler": [4_521_698, 0, 4_521_698],
        }
    )
    found = note.select(minst=levels.minimum_instalment())["minst"]
    assert found.round(0).to_list() == [155_747, None, None]


def test_instalments_are_told_where_accounts_have_a_balance_sheet(survey_2024: Survey) -> None:
    least = survey_2024.panel().select("avdrag", minst=levels.minimum_instalment())
    assert least.drop_nulls().height == 225
    assert 0.3 < least["avdrag"].sum() / least["minst"].sum() < 3
    open_ = open_survey(year=2024, source="ssb")
    assert open_.panel().select("avdrag", minst=levels.minimum_instalment()).drop_nulls().is_empty()
