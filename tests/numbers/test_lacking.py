"""Figures of which some are not there: numbers are of those who have every part, in every road, and say of how many."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from kommuneregnskap.numbers import panels
from kommuneregnskap.numbers.evaluator import Evaluator, in_table
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.report import headlines
from kommuneregnskap.report.editions.release import draft
from kommuneregnskap.survey import open_figures
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices
from kommuneregnskap.verdicts import judgement
from tests.helpers.computing import computing, run
from tests.helpers.examples import by_day
from tests.helpers.statbank_damaged import (
    ALL,
    ALL_BUT_ONE,
    DAY,
    HALF,
    MUNICIPALITIES,
    WHOLE,
    concepts,
    lacking,
    without,
)
from tests.numbers import test_evaluator, test_sql

YEAR = 2024
FOLLOWED = ("brutto_driftsinntekter", "brutto_driftsutgifter", "disposisjonsfond")
Rows = dict[str, dict[str, float | None]]


@pytest.fixture(scope="module")
def whole() -> Survey:
    return open_survey(year=YEAR, source="ssb", panel="alle", data_dir=DAY)


def damaged(project: Path, gone: pl.Expr, year: int = YEAR, panel: str = "alle") -> Survey:
    """Open a survey on the figures that come with the project, without some of them."""
    name = without(project, "2026-10-01", gone)
    return open_survey(year=year, source="ssb", panel=panel, data_dir=name)


def rows_of(survey: Survey) -> Rows:
    own = compute(survey).filter(pl.col("aar") == survey.year)
    return {row["id"]: row for row in own.iter_rows(named=True)}


def verdicts_of(survey: Survey) -> dict[str, dict[str, str]]:
    judged = judgement.judge(judgement.read(survey.year), compute(survey), survey)
    return {row["id"]: row for row in judged.iter_rows(named=True)}


def roads_agree(survey: Survey) -> None:
    """Hold the notebooks, the trail's sums and, of what is asked there, SQL against the table of numbers."""
    for name in ("1_investments", "2_results", "3_sector_costs", "4_funds"):
        run(computing(name), survey)
    assert test_evaluator.differing(survey) == []


def test_what_the_real_figures_say(whole: Survey) -> None:
    rows = rows_of(whole)
    found = {
        name: (row["verdi"] and round(row["verdi"], 3), row["enheter"], row["av"])
        for name, row in rows.items()
    }
    assert found["resultat.antall_negativ"] == (207, 357, 357)
    assert found["resultat.netto_pst"] == (-0.417, 357, 357)
    assert found["fond.andel_under_5"] == (27.309, 249, 357)
    assert found["fond.antall_redusert"] == (160, 248, 356)
    assert found["fond.pst"] == (11.268, 249, 357)
    # Sums of those who have it are smaller than that of all; the direction is that of those who have it in both years.
    assert found["fond.mrd"] == (None, 249, 357)
    assert found["fond.endring_mrd"] == (None, 248, 356)
    assert found["fond.retning"][0] < 0
    assert found["fond.retning"][1:] == (248, 356)
    assert found["fond.retning_antall"] == (-72, 248, 356)


def test_how_many_is_said_with_the_verdict(whole: Survey) -> None:
    said = verdicts_of(whole)
    assert said["k2024_fond_antall_redusert"]["hvorfor"].endswith("regnet av 248 av 356 kommuner")
    assert said["k2024_res_antall_negativ"]["hvorfor"].endswith("det trykte intervallet")
    fund = said["k2024_fond_retning"]
    assert fund["dom"] == "forenlig"
    assert "248 av 356 kommuner" in fund["hvorfor"]


def test_the_share_of_the_fund_is_told_and_its_sum_is_not(whole: Survey) -> None:
    text = str(draft.release(whole, compute(whole)))
    assert "I 160 av 248 kommuner med slike tall ble disposisjonsfondet mindre" in text
    assert "39,9 milliarder" not in text


def test_a_ratio_is_of_those_who_have_both_parts(project: Path, whole: Survey) -> None:
    """By hand: revenue of half of them, and so their result and their expenditure."""
    own = damaged(project, lacking("brutto_driftsutgifter", YEAR - 1, HALF))
    rows, before = rows_of(own), rows_of(whole)
    both = own.compared().drop_nulls(["brutto_driftsutgifter", "brutto_driftsutgifter_foer"])
    assert 150 < len(both) < 200
    sums = both.select(
        pl.col("^brutto_drift(sutgifter|sinntekter)(_foer)?$").cast(pl.Float64).sum()
    ).row(0, named=True)
    grown = {
        name: 100 * (sums[name] / sums[f"{name}_foer"] - 1)
        for name in ("brutto_driftsutgifter", "brutto_driftsinntekter")
    }
    assert rows["sektor.utgiftsvekst"]["verdi"] == pytest.approx(grown["brutto_driftsutgifter"])
    assert rows["sektor.utgiftsvekst"]["enheter"] == rows["sektor.gap"]["enheter"] == len(both)
    # Revenue alone is of all; held against expenditure it is of those who have that too.
    assert rows["sektor.inntektsvekst"] == before["sektor.inntektsvekst"]
    gap = grown["brutto_driftsutgifter"] - grown["brutto_driftsinntekter"]
    assert rows["sektor.gap"]["verdi"] == pytest.approx(gap)
    assert rows["sektor.utgiftsvekst_mrd"]["verdi"] is None
    assert rows["sektor.inntektsvekst_mrd"] == before["sektor.inntektsvekst_mrd"]


def test_a_number_of_one_municipality_is_in_the_table_and_nowhere_else(project: Path) -> None:
    """School investment of one municipality of 357 was 0.005 percent of the investments of all."""
    name = "brutto_investeringsutgifter"
    own = damaged(project, lacking(name, YEAR, ALL_BUT_ONE))
    row = rows_of(own)["investering.andel_av_driftsinntekter"]
    assert (row["enheter"], row["av"]) == (1, 357)
    assert row["verdi"] is not None
    said = verdicts_of(own)["k2024_ssb_investering"]
    assert said["dom"] == "ikke_vurdert"
    assert "1 av 357 kommuner" in said["hvorfor"]
    tall = compute(own)
    told = headlines.news(own, tall).drop_nulls("verdi")["id"]
    assert [each for each in told if each.startswith("investering.")] == []
    assert "nvester" not in " ".join(
        text for part in draft.release(own, tall).passages for text in part.paragraphs
    )


@pytest.mark.parametrize(
    ("year", "whose"),
    by_day([(YEAR, HALF), (YEAR, ALL), (YEAR - 1, ALL), (YEAR - 1, HALF)], 2),
)
@pytest.mark.parametrize("begrep", concepts())
def test_whatever_lacks_nothing_stops_and_nothing_of_it_is_told(
    project: Path,
    whole: Survey,
    monkeypatch: pytest.MonkeyPatch,
    begrep: str,
    year: int,
    whose: str,
) -> None:
    """With few panels drawn: who has too little gets no verdict, whatever they say."""
    monkeypatch.setattr(open_figures, "DRAWS", 10)
    own = damaged(project, lacking(begrep, year, whose))
    before, rows = rows_of(whole), rows_of(own)
    assert rows.keys() == before.keys()
    for name, row in rows.items():
        if name.startswith("svar.") or row["av"] is None:  # of who answered, or of no municipality
            continue
        enough = row["av"] and 100 * row["enheter"] >= 60 * row["av"]
        changed = row["verdi"] != before[name]["verdi"]
        # What is another number than before is of fewer, and of too few; of none it is missing.
        assert not (changed and enough and row["verdi"] is not None), name
        assert row["verdi"] is None or row["enheter"], name
    for each in verdicts_of(own).values():
        few = each["av"] and 100 * each["enheter"] < 60 * each["av"]
        if few and each["dom"] != "kontekst":
            assert each["dom"] == "ikke_vurdert", each["id"]
            assert (
                f"av {each['av']} kommuner" in each["hvorfor"]
                or "hvem som svarte" in each["hvorfor"]
            )


@pytest.mark.parametrize("begrep", by_day(FOLLOWED, 2))
def test_all_roads_agree_where_half_lacks_it(project: Path, begrep: str) -> None:
    roads_agree(damaged(project, lacking(begrep, YEAR, HALF)))


@pytest.mark.parametrize("begrep", by_day(FOLLOWED, len(FOLLOWED)))
def test_sql_agrees_where_half_lacked_it_the_year_before(
    project: Path, tmp_path: Path, begrep: str
) -> None:
    own = damaged(project, lacking(begrep, YEAR - 1, HALF))
    with duckdb.connect(":memory:", config={"threads": 2}) as engine:
        compared = test_sql.differing(own, test_sql.in_duckdb(engine, tmp_path, own))
    assert compared.found == {}
    assert compared.known > test_sql.FEW


@pytest.mark.parametrize("text", ["", "vekting=uveid", "fjoraar=egen"])
def test_each_panel_has_its_own_numbers(project: Path, text: str) -> None:
    own = damaged(project, lacking("brutto_driftsutgifter", YEAR - 1, HALF)).under(
        choices.parse(text)
    )
    regions = own.enheter.filter("har_drift")["region"].sort().to_list()
    drawn = [regions[:1], regions[::3]]
    ids = in_table(own)
    found = panels.over(own, drawn, ids)
    for panel, answered in enumerate(drawn):
        alone = compute(own.of_regions(answered), ids)
        both = found.filter(pl.col("panel") == panel).join(alone, on=["id", "aar"], suffix="_alene")
        difference = (pl.col("verdi") - pl.col("verdi_alene")).abs()
        same = difference.lt(1e-9) | (pl.col("verdi").is_null() & pl.col("verdi_alene").is_null())
        assert both.filter(~same.fill_null(value=False)).is_empty()
        assert both["verdi"].count() > 20


def test_service_areas_are_ranked_only_where_all_of_them_are_known(whole: Survey) -> None:
    found = Evaluator(whole)
    one = found.recipe("sektor.rang.barnevern")
    assert found.place(one, 2.0, [1.0, 2.0, 3.0]) == 2
    assert found.place(one, 2.0, [1.0, 2.0, None]) is None


def test_a_run_that_reaches_the_edge_is_judged_where_it_is_as_long_as_printed(
    project: Path, whole: Survey
) -> None:
    claim = "k2024_sek_aar_paa_rad"
    assert verdicts_of(whole)[claim]["dom"] == "forenlig"  # three years, as printed
    own = damaged(project, MUNICIPALITIES & (pl.col("aar") == 2021))
    said = verdicts_of(own)[claim]
    assert (said["beregnet"], said["dom"]) == (2, "ikke_vurdert")
    assert "minst 2 år" in said["hvorfor"]


def test_a_run_that_ends_among_the_figures_is_judged(project: Path) -> None:
    """Expenditure of 2023 a tenth higher: it grew less than revenue in 2024, and that is no run at all."""
    name = without(project, "2026-10-02", pl.lit(value=False))
    own = open_survey(year=YEAR, source="ssb", panel="alle", data_dir=name)
    more = (pl.col("aar") == YEAR - 1) & (pl.col("begrep") == "brutto_driftsutgifter")
    raised = own.indikatorer.with_columns(
        pl.when(more).then((pl.col("belop") * 1.1).cast(pl.Int64)).otherwise("belop").alias("belop")
    )
    object.__setattr__(own, "indikatorer", raised)
    said = verdicts_of(own)["k2024_sek_aar_paa_rad"]
    assert said["beregnet"] == 0
    assert "kanten" not in said["hvorfor"]


def test_the_helper_takes_out_what_it_says() -> None:
    own = WHOLE.values.filter(MUNICIPALITIES & (pl.col("aar") == YEAR))
    of = own.filter(pl.col("begrep") == "disposisjonsfond")
    for whose, left in ((ALL, 0), (ALL_BUT_ONE, 1), (HALF, 125)):
        assert len(of.filter(~lacking("disposisjonsfond", YEAR, whose))) == left
