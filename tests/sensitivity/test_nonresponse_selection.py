"""Nonresponse that depends on the result: the curve, the bounds, the correction and last year's result."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from scipy.optimize import minimize

import kommuneregnskap as kr
from kommuneregnskap import estimates
from kommuneregnskap.estimates import confidence, kept, mechanism, population, simulation_table
from kommuneregnskap.estimates.population import SHARE
from kommuneregnskap.estimates.quantities import Quantity, quantities, rule
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.sensitivity.nonresponse import (
    bounds,
    correction,
    propensity,
    selection,
    strength,
)
from kommuneregnskap.sensitivity.nonresponse.propensity import Known
from kommuneregnskap.sensitivity.nonresponse.strength import ALL, ANSWERS
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from tests.helpers.numbers import value
from tests.helpers.real_numbers import real
from tests.helpers.statbank_national import National

YEAR = 2024
SEED = 3


def quantity(name: str) -> Quantity:
    return next(each for each in quantities() if each.stoerrelse == name)


@pytest.fixture(scope="module")
def curve(survey_2024: Survey) -> pl.DataFrame:
    return strength.curve(survey_2024)


def at(curve: pl.DataFrame, road: str, name: str, ratio: float) -> dict[str, float]:
    (row,) = curve.filter(
        (pl.col("grunnlag") == road)
        & (pl.col("stoerrelse") == name)
        & ((pl.col("oddsforhold") - ratio).abs() < 1e-9)
    ).to_dicts()
    return row


def test_for_whom_an_answer_stands_worked_by_hand() -> None:
    """Two of three answered, at −1 and 1 standard deviation: with 4 the missing one is 4/(4 + ¼) of the first kind."""
    level = pl.DataFrame(
        {"stoerrelsesgruppe": ["a"] * 3, SHARE: [-2.0, 6.0, None], "svart": [True, True, False]}
    )
    found = strength.stands_for(level.filter("svart"), level, 4.0)
    assert found.tolist() == pytest.approx([1 + 4 / 4.25, 1 + 0.25 / 4.25])
    assert strength.stands_for(level.filter("svart"), level, 1.0).tolist() == pytest.approx(
        [1.5] * 2
    )


def test_without_influence_the_curve_is_the_main_estimate(
    survey_2024: Survey, curve: pl.DataFrame
) -> None:
    main = estimates.result_by(survey_2024, "stoerrelse", quantities(simulated=True))
    highest = rule("hoeyeste_oddsforhold")
    for name in strength.HEADLINE:
        for road in (ANSWERS, ALL):
            own = at(curve, road, name, 1.0)
            assert own["anslag"] == pytest.approx(main[name].verdi)
            assert own["skjevhet"] == pytest.approx(0, abs=1e-9)
            off = [at(curve, road, name, ratio)["skjevhet"] for ratio in (1 / highest, 1, highest)]
            assert off == sorted(off, reverse=name == "andel_negativ")
            assert off[0] * off[2] < 0
    assert (
        curve.select((pl.col("anslag") - pl.col("sann") - pl.col("skjevhet")).abs().max()).item()
        < 1e-9
    )


def test_the_curve_from_all_is_what_the_simulation_finds(curve: pl.DataFrame) -> None:
    """The mean of 10 000 draws with the odds doubled, to the first order of the estimate."""
    kept_table = simulation_table.read(YEAR).filter(
        (pl.col("mekanisme") == "etter_resultat") & (pl.col("estimator") == "stoerrelse")
    )
    for name in strength.HEADLINE:
        row = kept_table.filter(pl.col("stoerrelse") == name).row(0, named=True)
        near = pytest.approx(row["skjevhet"], abs=0.1 * row["standardavvik"])
        assert at(curve, ALL, name, 2.0)["skjevhet"] == near


def test_with_the_true_ratio_the_answers_give_what_all_have(survey_2024: Survey) -> None:
    """200 draws with the odds doubled: the estimate is off, the corrected one is not; with a wrong ratio it is."""
    everyone = kept.truth(YEAR).level
    chance = mechanism.chance(everyone, mechanism.rates(population.of(survey_2024).level), 2.0)
    one = quantity("netto_pst")
    true = strength.corrected(one, everyone, 1.0)
    keyed = np.random.default_rng(SEED)
    found: dict[float, list[float]] = {0.5: [], 1.0: [], 2.0: []}
    for _ in range(200):
        drawn = everyone.with_columns(svart=pl.Series(keyed.random(len(everyone)) < chance))
        for ratio, each in found.items():
            own = strength.corrected(one, drawn, ratio)
            assert own is not None
            each.append(own)
    assert true is not None
    off = {ratio: float(np.mean(each)) - true for ratio, each in found.items()}
    assert off[1.0] > 2 * float(np.std(found[1.0]))
    assert off[0.5] > 1.5 * off[1.0]
    assert abs(off[2.0]) < 0.15 * off[1.0]


def test_open_figures_have_all_and_the_estimate_follows(ssb: National) -> None:
    survey = open_survey(year=YEAR, source="ssb", scope="konsern", data_dir=ssb.unmarked[1])
    found = strength.curve(survey)
    assert found["grunnlag"].unique().to_list() == [ALL]
    percent = at(found, ALL, "netto_pst", 2.0)
    assert percent["sann"] == pytest.approx(value(survey, "resultat.netto_pst"))
    assert percent["skjevhet"] > 0
    pseudo = open_survey(
        year=YEAR, source="ssb", scope="konsern", data_dir=ssb.unmarked[1], panel="pseudo"
    )
    assert_frame_equal(strength.curve(pseudo), found)
    assert bounds.of(survey).is_empty()
    assert selection.outer(bounds.of(survey)).is_empty()
    asked = propensity.odds(propensity.known(survey)).row(0, named=True)
    assert (asked["oddsforhold"], asked["hvorfor"]) == (None, propensity.NOBODY_KNOWN)
    assert propensity.quintiles(propensity.known(survey)).is_empty()


def test_bounds_are_what_every_missing_one_at_the_end_gives(survey_2024: Survey) -> None:
    """Group by group in plain Python, of those who answered outside Oslo."""
    level = population.of(survey_2024).level
    total, revenue, low, high, silent = 0.0, 0.0, 0.0, 0.0, 0
    for _, group in level.group_by("stoerrelsesgruppe"):
        answered = group.filter("svart")
        missing = group.filter(~pl.col("svart"))
        shares = [
            result / income
            for result, income in answered.select(population.RESULT, population.REVENUE).iter_rows()
        ]
        per_head = answered[population.REVENUE].sum() / answered["folkemengde"].sum()
        theirs = per_head * missing["folkemengde"].sum()
        total += answered[population.RESULT].sum()
        revenue += answered[population.REVENUE].sum() + theirs
        low, high = low + theirs * min(shares), high + theirs * max(shares)
        silent += len(missing)
    found = bounds.of(survey_2024)
    whole = found.filter(pl.col("andel") == 100)
    ends = {row["tall_id"]: (row["nedre"], row["oevre"]) for row in whole.iter_rows(named=True)}
    sums = (total + low, total + high)
    assert ends["resultat.estimat_mrd"] == pytest.approx([each / 1e6 for each in sums])
    assert ends["resultat.estimat_pst"] == pytest.approx([100 * each / revenue for each in sums])
    negative = level.filter("svart")[population.RESULT].lt(0).sum()
    counts = whole.filter(tall_id="resultat.andel_negativ").select(
        "nedre_kommuner", "oevre_kommuner"
    )
    assert counts.row(0) == pytest.approx((negative, negative + silent))
    for name in bounds.HEADLINE:
        wide, middle, narrow = found.filter(pl.col("tall_id") == name).to_dicts()
        assert wide["nedre"] <= middle["nedre"] <= narrow["nedre"] <= narrow["alle"]
        assert narrow["alle"] <= narrow["oevre"] <= middle["oevre"] <= wide["oevre"]
    said = selection.outer(found)["antatt"].to_list()
    assert said == [selection.assumed(share) for share in bounds.shares()]
    assert said[1] == "i de midterste 90 prosentene"


def test_the_correction_is_printed_less_all(ssb: National, survey_2024: Survey) -> None:
    survey = open_survey(year=YEAR, source="ssb", scope="konsern", data_dir=ssb.unmarked[1])
    judged = kr.verdicts.judge(kr.verdicts.read(YEAR), compute(survey), survey)
    found = correction.of(survey, judged)
    row = found.filter(pl.col("id") == "k2024_res_andel_negativ").row(0, named=True)
    assert row["trykt"] == 58
    assert row["alle"] == pytest.approx(value(survey, "resultat.andel_negativ"))
    assert row["rettelse"] == pytest.approx(58 - row["alle"])
    for each in found.to_dicts():
        assert each["rettelse"] == pytest.approx(each["trykt"] - each["alle"])
        assert each["trukket_nedre"] <= each["trukket_midt"] <= each["trukket_oevre"]
    own = kr.verdicts.judge(kr.verdicts.read(YEAR), compute(survey_2024), survey_2024)
    assert correction.of(survey_2024, own).is_empty()


def answered_by_last_year(ratio: float, count: int = 4000) -> Known:
    """Invented municipalities in three groups, of which 40, 60 and all answer, by last year's result."""
    keyed = np.random.default_rng(SEED)
    groups = keyed.choice(["a", "b", "c"], count)
    before = keyed.normal(0, 3, count) + (groups == "b")
    rows = pl.DataFrame({"stoerrelsesgruppe": groups, "fjor": before, "svart": [True] * count})
    level = np.log(np.select([groups == "a", groups == "b"], [0.4 / 0.6, 0.6 / 0.4], np.inf))
    slope = np.log(ratio) * mechanism.score(rows, "fjor")
    answered = keyed.random(count) < 1 / (1 + np.exp(-(level + slope)))
    return Known(rows.with_columns(svart=pl.Series(answered)), "oppdiktet")


def test_the_logit_finds_the_ratio_and_is_the_top_of_the_likelihood() -> None:
    known = answered_by_last_year(1.5)
    found = propensity.odds(known).row(0, named=True)
    assert found["nedre"] < 1.5 < found["oevre"]
    assert found["oevre"] < 1.75
    rows = known.rows.with_columns(score=mechanism.score(known.rows, "fjor"))
    rows = rows.filter(pl.col("stoerrelsesgruppe") != "c")  # all answered: nothing to learn from
    assert found["kommuner"] == len(rows)
    second = (rows["stoerrelsesgruppe"] == "b").to_numpy()

    def unlikely(slopes: np.ndarray) -> float:
        level = slopes[0] * rows["score"].to_numpy() + np.where(second, slopes[2], slopes[1])
        return float(np.logaddexp(0, np.where(rows["svart"].to_numpy(), -level, level)).sum())

    best = minimize(unlikely, np.zeros(3), tol=1e-10)
    assert np.log(found["oddsforhold"]) == pytest.approx(best.x[0], abs=1e-4)
    error = (np.log(found["oevre"]) - np.log(found["nedre"])) / 2 / confidence.normal()
    # The error from the curvature at the top, by differences.
    near = 1e-3 * np.eye(3)
    curvature = np.array(
        [
            [
                unlikely(best.x + one + two)
                - unlikely(best.x + one - two)
                - unlikely(best.x - one + two)
                + unlikely(best.x - one - two)
                for two in near
            ]
            for one in near
        ]
    ) / (4e-6)
    assert error == pytest.approx(np.linalg.inv(curvature)[0, 0] ** 0.5, rel=1e-3)


def test_quintiles_are_within_the_size_groups() -> None:
    known = answered_by_last_year(3.0)
    found = propensity.quintiles(known)
    assert found["kvintil"].to_list() == [1, 2, 3, 4, 5]
    assert found["kommuner"].sum() == len(known.rows)
    assert found["svart"].sum() == known.rows["svart"].sum()
    assert found["kommuner"].max() - found["kommuner"].min() <= 3  # one a group # type: ignore[operator]
    assert found["andel"].is_sorted()
    assert (found["nedre"] < found["andel"]).all()


def test_what_does_not_part_answers_says_so() -> None:
    known = answered_by_last_year(1.0, 40)
    everybody = replace(known, rows=known.rows.with_columns(svart=pl.lit(value=True)))
    assert propensity.odds(everybody).row(0, named=True)["hvorfor"] == propensity.NO_FIT
    parted = known.rows.filter(pl.col("stoerrelsesgruppe") == "a").with_columns(
        svart=pl.col("fjor") > 0
    )
    assert (
        propensity.odds(replace(known, rows=parted)).row(0, named=True)["hvorfor"]
        == propensity.NO_FIT
    )


def test_whose_year_before_it_is(survey_2024: Survey, ssb: National) -> None:
    """Of the panel its own, which is invented; of account files open figures, where they are at hand."""
    invented = propensity.known(survey_2024)
    assert isinstance(invented, Known)
    assert invented.whose == propensity.INVENTED
    level = population.of(survey_2024).level
    assert invented.rows["svart"].sum() == pytest.approx(level["svart"].sum(), abs=2)
    own = replace(
        survey_2024,
        source="kostra",
        enheter=real(survey_2024.enheter, "region", "kobling"),
        indikatorer=real(survey_2024.indikatorer, "region", "kobling"),
        svart_foer=real(survey_2024.svart_foer, "region"),
    )
    figures = propensity.known(own)
    assert isinstance(figures, Known)
    assert figures.whose == propensity.OPEN
    assert len(figures.rows) >= propensity.NEARLY_ALL * len(level)
    assert figures.rows["svart"].sum() == pytest.approx(level["svart"].sum(), abs=2)


def test_words_and_numbers_of_the_curve(survey_2024: Survey, curve: pl.DataFrame) -> None:
    shown = selection.table(curve)
    assert shown["odds"].to_list() == ["1/4", "1/2", "1", "2", "4"]
    assert shown["skjevhet_netto_pst"][3] == pytest.approx(
        at(curve, ANSWERS, "netto_pst", 2.0)["skjevhet"]
    )
    assert selection.table(curve.clear()).is_empty()
    odds = propensity.odds(propensity.known(survey_2024))
    found = selection.tall(survey_2024, curve, bounds.of(survey_2024), odds)
    said = dict(found.select("id", "verdi").iter_rows())
    assert said["svarvalg.sann_halv.netto_mrd"] == pytest.approx(
        at(curve, ANSWERS, "netto_mrd", 0.5)["sann"]
    )
    assert said["svarvalg.odds"] == odds["oddsforhold"][0]
    assert said["svarvalg.nedre_100"] < said["svarvalg.nedre_90"] < said["svarvalg.nedre_50"]
    drawn = selection.drawn(survey_2024, curve, odds, simulation_table.read(YEAR))
    assert drawn["slag"].value_counts().sort("slag").rows() == [
        (selection.FOUND, 1),
        (selection.CURVE, 2 * len(strength.ratios())),
        (selection.SIMULATED, 2),
    ]
