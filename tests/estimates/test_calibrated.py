"""Calibrated estimates, the rule of 2020 and domains: worked by hand, and what they carry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from kommuneregnskap.estimates import calibrated, compared, kept, population, rule, shown
from kommuneregnskap.estimates.grouped import prepared
from kommuneregnskap.estimates.population import Population
from kommuneregnskap.estimates.quantities import quantities
from kommuneregnskap.numbers import estimated
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from tests.helpers.numbers import value
from tests.helpers.statbank_national import National

pytestmark = pytest.mark.filterwarnings("error::svy.core.warnings.SvyUserWarning")
MAIN = "stoerrelse"


def calibrated_2024(survey: Survey) -> tuple[Population, pl.DataFrame]:
    people = population.of(survey)
    ready = prepared(people.level, "stoerrelsesgruppe", "antall")
    margins = ["stoerrelsesgruppe", "fylke", "folkemengde"]
    sample = calibrated.calibrated(ready, ready.filter("svart"), margins)
    assert not isinstance(sample, str)
    return people, sample.data


def test_calibrated_weights_meet_every_margin_and_leave_the_largest_alone(
    survey_2024: Survey,
) -> None:
    people, rows = calibrated_2024(survey_2024)
    weight = pl.col("kalibrert")
    for margin in ("stoerrelsesgruppe", "fylke"):
        met = dict(rows.group_by(margin).agg(weight.sum()).iter_rows())
        wanted = dict(people.level.group_by(margin).len().iter_rows())
        large = {"over_50000"} if margin == "stoerrelsesgruppe" else set()
        assert set(met) == set(wanted)
        together = calibrated.counties(
            people.level.filter(pl.col("stoerrelsesgruppe") != "over_50000"),
            rows.filter(pl.col("stoerrelsesgruppe") != "over_50000"),
        )
        apart = {name for name in wanted if margin != "fylke" or together[name] == name} | large
        for name in apart:
            assert met[name] == pytest.approx(wanted[name]), name
    assert rows.select((weight * pl.col("folkemengde")).sum()).item() == pytest.approx(
        people.level["folkemengde"].sum()
    )
    assert rows.filter(pl.col("stoerrelsesgruppe") == "over_50000")["kalibrert"].to_list() == (
        pytest.approx([1.0] * 20)
    )


def test_the_calibrated_variance_is_that_of_the_residuals(survey_2024: Survey) -> None:
    """Deville and Särndal 1992: residuals of the weighted regression on the margins, by numpy."""
    people, rows = calibrated_2024(survey_2024)
    aux = rows.select(pl.selectors.starts_with("__svy_aux")).to_numpy()
    before, after = rows["vekt"].to_numpy(), rows["kalibrert"].to_numpy()
    y = rows[population.RESULT].to_numpy().astype(float)
    root = np.sqrt(before)
    slope = np.linalg.lstsq(aux * root[:, np.newaxis], y * root, rcond=None)[0]
    scores = rows.with_columns(e=pl.Series(after * (y - aux @ slope)))
    size, n = pl.col("kommuner").first(), pl.len()
    variance = (
        scores.group_by("gruppe")
        .agg(((1 - n / size) * n * pl.col("e").var()).alias("v"))["v"]
        .sum()
    )
    found = compared.compared(
        people, [each for each in quantities() if each.stoerrelse == "netto_mrd"]
    ).filter(pl.col("estimator") == "kalibrert")
    assert found["verdi"].item() == pytest.approx((after * y).sum() / 1e6)
    assert found["standardfeil"].item() == pytest.approx(variance**0.5 / 1e6)


def test_counties_with_few_answers_share_a_margin_that_has_enough() -> None:
    def of(**answers: int) -> dict[str, str]:
        frame = pl.DataFrame({"fylke": [name for name in answers for _ in range(9)]})
        rows = pl.DataFrame(
            {"fylke": [name for name, n in answers.items() for _ in range(n)]},
            schema={"fylke": pl.String},
        )
        return calibrated.counties(frame, rows)

    other = calibrated.OTHERS
    assert of(a=3, b=5, c=9) == {"a": "a", "b": "b", "c": "c"}
    assert of(a=2, b=1, c=9) == {"b": other, "a": other, "c": "c"}
    assert of(a=0, b=5, c=9) == {"a": other, "b": other, "c": "c"}


def tbu_case(*, before_known: bool) -> Population:
    """Respondents: revenue 100 to 110, result 2 to 1.1; the other one: revenue 50 and result 2 before."""
    same = pl.DataFrame(
        {
            "svart": [True, False],
            "netto_driftsresultat": [1.1, None],
            "brutto_driftsinntekter": [110.0, None],
            "netto_driftsresultat_fjor": [2.0, 2.0 if before_known else None],
            "brutto_driftsinntekter_fjor": [100.0, 50.0 if before_known else None],
        }
    )
    return Population(2024, pl.DataFrame(), same, None if before_known else 3.0)


def test_the_rule_of_2020_worked_by_hand() -> None:
    """1 % from 2 %: a change of −1. The other from 4 % to 4 − 1 − 0.125 = 2.875; weighed 100 to 50."""
    found = rule.percent(tbu_case(before_known=True), None)
    assert found.verdi == pytest.approx((100 * 1 + 50 * 2.875) / 150)
    assert (found.standardfeil, found.nedre, found.hvorfor) == (None, None, rule.NO_INTERVAL)


def test_the_rule_from_the_published_level_worked_by_hand() -> None:
    """All had 3 %, as printed; −1; and 0.125 less for the 45 % of revenue that did not answer."""
    found = rule.percent(tbu_case(before_known=False), 200.0)
    assert found.verdi == pytest.approx(3 - 1 - 0.125 * 0.45)
    silent = replace(tbu_case(before_known=False), published=None)
    assert rule.percent(silent, 200.0).hvorfor == rule.NO_LEVEL


def test_domains_say_what_they_carry(survey_2024: Survey) -> None:
    found = kept.of(survey_2024).filter(pl.col("stoerrelse") == "netto_mrd")
    groups = found.filter(pl.col("inndeling").cast(pl.String) == "stoerrelsesgruppe")
    largest = groups.row(-1, named=True)
    assert (largest["domene"], largest["svart"], largest["kommuner"]) == ("over_50000", 20, 20)
    assert largest["standardfeil"] == 0
    assert largest["nedre"] == largest["oevre"] == largest["verdi"]
    whole = found.filter(
        (pl.col("inndeling").cast(pl.String) == "alle") & (pl.col("estimator") == MAIN)
    )
    assert groups["verdi"].sum() == pytest.approx(whole["verdi"].item())
    assert (groups["standardfeil"] ** 2).sum() == pytest.approx(whole["standardfeil"].item() ** 2)


def test_a_county_that_answered_in_full_is_its_own_sum(survey_2024: Survey) -> None:
    panel, frame = estimated.answered(survey_2024)
    full = frame.group_by("fylke").agg(pl.col("svart").all()).filter("svart")["fylke"].to_list()
    assert full
    own = panel.join(frame.select("region", "fylke"), on="region")
    for county in full:
        rows = own.filter(pl.col("fylke") == county)
        found = {
            row["stoerrelse"]: row
            for row in kept.of(survey_2024).filter(pl.col("domene") == county).to_dicts()
        }
        assert found["netto_mrd"]["verdi"] == pytest.approx(rows[population.RESULT].sum() / 1e6)
        assert found["andel_negativ"]["verdi"] == pytest.approx(
            100 * (rows[population.RESULT] < 0).mean()
        )
        assert found["andel_negativ"]["standardfeil"] == 0


def test_a_domain_with_few_answers_is_missing_with_its_reason(survey_2024: Survey) -> None:
    frame = estimated.answered(survey_2024)[1]
    few = frame.filter("svart").sort("region").group_by("stoerrelsesgruppe").head(4)
    found = kept.of(survey_2024.of_regions(few["region"].to_list())).filter(
        (pl.col("inndeling").cast(pl.String) != "alle")
        & (pl.col("svart") < 5)
        & (pl.col("svart") < pl.col("kommuner"))
    )
    assert found["verdi"].null_count() == len(found)
    assert all(why in (compared.NOBODY, compared.TOO_FEW.format(5)) for why in found["hvorfor"])
    assert found.filter(pl.col("hvorfor") == compared.TOO_FEW.format(5)).height > 100


def test_a_survey_of_one_municipality_has_reasons_and_no_numbers(
    survey_2024: Survey,
) -> None:
    region = survey_2024.panel()["region"][0]
    one = survey_2024.of_regions([region])
    found = kept.of(one)
    assert found["verdi"].null_count() == len(found)
    assert found["hvorfor"].null_count() == 0
    names = ("mrd", "mrd_nedre", "mrd_oevre", "pst", "andel_negativ", "med_fylker_mrd")
    assert {value(one, f"resultat.estimat_{name}") for name in names} == {None}
    assert shown.check_lines(one).count("mangler") > 0


def test_open_figures_of_everybody_have_next_to_no_sampling_error(ssb: National) -> None:
    survey = open_survey(year=2024, source="ssb", scope="konsern", data_dir=ssb.unmarked[1])
    found = shown.whole(survey, "netto_mrd").filter(pl.col("estimator") == MAIN)
    row = found.row(0, named=True)
    own = value(survey, "resultat.netto_mrd")
    assert own is not None
    assert row["verdi"] == pytest.approx(own, abs=0.05)
    assert row["standardfeil"] < 0.05
    assert shown.whole(survey, "netto_mrd").filter(pl.col("estimator") == "inntekt_fjor")[
        "hvorfor"
    ].to_list() in ([None], [compared.NO_AUXILIARY["inntekt_fjor"].format(354, 356)])
