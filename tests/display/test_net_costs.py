"""Net operating expenditure by area: shown as such, and held against no published number."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import polars as pl
import pytest

import kommuneregnskap as kr
from kommuneregnskap.numbers import concepts as resting
from kommuneregnskap.sources.statbank import snapshot
from kommuneregnskap.survey import net_costs
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import published
from kommuneregnskap.verdicts import judgement
from tests.helpers.projects import PROJECT
from tests.helpers.statbank_national import ESTIMATE, National

OWN = PROJECT / "data/ssb"
(DAY,) = (path.name for path in OWN.iterdir())
TITLE = "Netto driftsutgifter etter område"


def text_of(html: str) -> str:
    """Return what a reader sees of a table."""
    seen = re.sub(r"<style.*?</style>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", seen)).strip()


@pytest.mark.parametrize("panel", ["uten_oslo", "alle"])
def test_what_came_along_is_ssbs_row_of_the_country(panel: str) -> None:
    own = kr.open_survey(year=2024, source="ssb", panel=panel, data_dir=DAY)
    found = net_costs.by_area(own)
    assert found.select("tjenesteomraade", "ssb_kode", "foer", "naa", "endring").rows() == [
        ("helse_og_omsorg", "FGK9", None, 174_812_321, None),
        ("grunnskole", "FGK8b", 98_934_092, 101_849_767, 2_915_675),
        ("barnehage", "FGK7", None, 62_742_390, None),
        ("sosial_med_intro", "FGK12", None, 32_082_292, None),
        ("administrasjon", "FGK1b", None, 29_189_660, None),
        ("barnevern", "FGK13", None, 17_006_980, None),
        ("samferdsel", "FGK5", None, 7_772_945, None),
    ]
    assert not found["anslag"].any()


def test_the_table_says_whose_they_are_and_what_they_are_not() -> None:
    own = kr.open_survey(year=2024, source="ssb", data_dir=DAY)
    text = text_of(kr.net_costs_by_area(own).data)
    assert f"{TITLE} (SSB, åpne tall)" in text
    assert "landet med Oslo, kommunekonsernet. Netto tall; de er ikke bruttotallene" in text
    assert "Grunnskole FGK8b 98,93 101,85 2,92" in text
    assert "Barnehage FGK7 – 62,74 –" in text


def test_a_year_without_them_is_said() -> None:
    own = kr.open_survey(year=2025, source="ssb", data_dir=DAY)
    text = text_of(kr.net_costs_by_area(own).data)
    assert text == "Uttrekket har ikke netto driftsutgifter etter område for landet dette året."


def test_of_accounts_they_are_the_sums_of_the_same_in_both_years(survey_2024: Survey) -> None:
    found = net_costs.by_area(survey_2024)
    assert len(found) == 16
    own = survey_2024.compared_areas(net_costs.CONCEPT).filter(
        pl.col("tjenesteomraade") == "barnevern"
    )
    row = found.row(by_predicate=pl.col("tjenesteomraade") == "barnevern", named=True)
    assert (row["foer"], row["naa"]) == (own["foer"].sum(), own["naa"].sum())
    assert row["endring"] == row["naa"] - row["foer"] != 0
    gross = survey_2024.compared_areas("brutto_driftsutgifter_tjeneste")
    assert gross.filter(pl.col("tjenesteomraade") == "barnevern")["naa"].sum() > row["naa"] > 0
    text = text_of(kr.net_costs_by_area(survey_2024).data)
    assert text.startswith(f"{TITLE} De samme kommunene begge år. Netto tall")
    assert "åpne tall" not in text


@pytest.mark.slow
def test_in_unrevised_figures_they_are_said_to_be_estimates(ssb: National) -> None:
    shown = {
        day: kr.open_survey(year=2024, source="ssb", data_dir=day) for day in (ssb.march, ssb.june)
    }
    marked = {
        day: "SSBs anslag" in str(kr.net_costs_by_area(own).data) for day, own in shown.items()
    }
    assert marked == {ssb.march: True, ssb.june: False}
    march, june = (
        net_costs.by_area(own).filter(pl.col("tjenesteomraade") == "barnehage")
        for own in shown.values()
    )
    assert march["naa"].item() == pytest.approx(june["naa"].item() * ESTIMATE, abs=1)
    assert len(march) == 1
    assert march["foer"].item() == june["foer"].item()


@pytest.mark.parametrize("year", published.years())
def test_no_number_rests_on_net_expenditure(year: int) -> None:
    if year >= 2020:  # the first year with definitions
        assert resting.resting_on(net_costs.CONCEPT, year) == ()
        assert resting.resting_on("brutto_driftsutgifter_tjeneste", year) != ()


def test_no_verdict_changes_with_net_expenditure(project: Path) -> None:
    """Also on figures with twice of it."""
    doubled = project / "data/ssb/2026-09-20"
    for folder in (project / "data/ssb" / DAY, doubled):
        shutil.copytree(OWN / DAY, folder)
    path = doubled / "12362.csv"
    pl.read_csv(path).with_columns(pl.col("belop") * 2).write_csv(path)
    receipt = json.loads((doubled / snapshot.RECEIPT).read_text("utf-8"))
    del receipt[snapshot.SEAL]
    receipt["filer"] = [
        snapshot.file_entry(doubled, doubled / each["fil"]) for each in receipt["filer"]
    ]
    (doubled / snapshot.RECEIPT).write_text(json.dumps(receipt), "utf-8")
    judged, shown = [], []
    for day in (DAY, doubled.name):
        own = kr.open_survey(year=2024, source="ssb", panel="alle", data_dir=day)
        judged.append(judgement.judge(judgement.read(2024), kr.numbers.compute(own), own))
        shown.append(net_costs.by_area(own)["naa"])
    first, second = (  # sums of floats are not exact in the last digits
        each.select("id", "dom", pl.col("beregnet", "klamme_nedre", "klamme_oevre").round(9))
        for each in judged
    )
    assert first.equals(second)
    assert judged[0].filter(pl.col("dom") == "gjenskapt").height > 0
    assert (shown[1] == 2 * shown[0]).all()
