"""Proof that the checks can fail: one amount, one definition or one claim is altered, and exactly
the named published numbers turn, no other. What turns was worked out from the definitions, see the
remark at each mutant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import survey
from tests.conftest import edit_table
from tests.mutants import LEVELS, RESULT, SHARES, YEAR, LazyChange, evaluated_anew, turned, verdicts


@pytest.fixture(scope="module")
def unaltered(survey_2024: survey.Survey) -> dict[str, str]:
    return verdicts(survey_2024)


# --- altered accounts ----------------------------------------------------------------------------

THIS_YEAR = pl.col("aar") == YEAR


def plus(*rows: dict[str, object]) -> LazyChange:
    """Add ledger rows (amounts add up with what is there)."""

    def change(frame: pl.LazyFrame) -> pl.LazyFrame:
        schema = frame.collect_schema()
        keys = [name for name in schema if name != "belop"]
        added = pl.LazyFrame(rows, schema=schema)
        return pl.concat([frame, added]).group_by(keys).agg(pl.col("belop").sum())

    return change


def posting(
    region: str, funksjon: str, art: str, belop: int, regnskap: str = "drift"
) -> dict[str, object]:
    return {
        "aar": YEAR,
        "region": region,
        "regnskapsomfang": "kasse",
        "regnskap": regnskap,
        "funksjon": funksjon,
        "art": art,
        "belop": belop,
    }


def scaled(part: pl.Expr, percent: int) -> LazyChange:
    amount = pl.when(THIS_YEAR & part).then(pl.col("belop") * percent // 100).otherwise("belop")
    return lambda frame: frame.with_columns(amount.alias("belop"))


def not_answering(opened: survey.Survey, region: str) -> survey.Survey:
    answered = pl.col("svart") & (pl.col("region") != region)
    return replace(opened, enheter=opened.enheter.with_columns(svart=answered))


def least_negative(opened: survey.Survey) -> dict[str, object]:
    rows = opened.panel().filter(pl.col("netto_driftsresultat") < 0)
    return rows.sort("netto_driftsresultat").row(-1, named=True)


def test_one_amount_that_lifts_one_result_above_zero_turns_only_the_count(
    survey_2024: survey.Survey, unaltered: dict[str, str]
) -> None:
    unit = least_negative(survey_2024)
    missing = int(str(unit["netto_driftsresultat"])) - 1  # more tax, as income negative
    lifted = evaluated_anew(survey_2024, plus(posting(str(unit["region"]), "800", "870", missing)))
    assert turned(unaltered, lifted) == {"res_antall_negativ"}


def test_one_large_pipe_turns_the_level_and_its_share(
    survey_2024: survey.Survey, unaltered: dict[str, str]
) -> None:
    pipe = plus(posting("4601", "353", "230", 1_000_000, "investering"))
    assert turned(unaltered, evaluated_anew(survey_2024, pipe)) == LEVELS | {"inv_var_andel"}


def test_one_thousand_kroner_in_every_empty_fund_turns_only_the_bands(
    survey_2024: survey.Survey, unaltered: dict[str, str]
) -> None:
    empty = survey_2024.panel().filter(pl.col("disposisjonsfond") <= 0)["region"]
    rows = [
        {
            "aar": YEAR,
            "region": region,
            "regnskapsomfang": "kasse",
            "kapittel": "56",
            "sektor": "080",
            "belop": -1,
        }
        for region in empty
    ]
    changed = evaluated_anew(survey_2024, balanse=plus(*rows))
    assert turned(unaltered, changed) == {"fond_0_5", "fond_tomme"}


def test_a_turned_sign_in_the_balance_is_seen(
    survey_2024: survey.Survey, unaltered: dict[str, str]
) -> None:
    changed = evaluated_anew(survey_2024, balanse=lambda b: b.with_columns(belop=-pl.col("belop")))
    assert turned(unaltered, changed) == {"fond_0_5", "fond_retning", "fond_tomme"}


def test_two_percent_less_livsopphold_turns_sosial(
    survey_2024: survey.Survey, unaltered: dict[str, str]
) -> None:
    changed = turned(
        unaltered, evaluated_anew(survey_2024, scaled(pl.col("funksjon") == "281", 98))
    )
    assert {"sek_livsopphold_del", "sek_sosial_vekst", "sek_sosial_vekst_mrd"} <= changed
    assert not changed & (LEVELS | SHARES | {"sek_barnevern_vekst", "fond_tomme"})


def test_gains_left_out_turn_the_results_and_the_remark_about_returns(
    survey_2024: survey.Survey, unaltered: dict[str, str]
) -> None:
    changed = evaluated_anew(survey_2024, scaled(pl.col("art") == "909", 0))
    assert turned(unaltered, changed) == RESULT | {"res_finansavkastning"}


def test_operating_and_investment_account_mixed_up_is_seen_everywhere(
    survey_2024: survey.Survey, unaltered: dict[str, str]
) -> None:
    swap = {"drift": "investering", "investering": "drift"}
    changed = evaluated_anew(
        survey_2024, lambda rows: rows.with_columns(pl.col("regnskap").replace(swap))
    )
    assert turned(unaltered, changed) >= SHARES | {"inv_brutto", "sek_sosial_vekst", "res_minus_4"}


def test_the_years_mixed_up_are_seen_everywhere(
    survey_2024: survey.Survey, unaltered: dict[str, str]
) -> None:
    def swap(rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.with_columns(pl.col("aar").replace({YEAR: YEAR - 1, YEAR - 1: YEAR}))

    changed = turned(unaltered, evaluated_anew(survey_2024, swap, swap))
    assert changed >= LEVELS | {"inv_retning", "res_retning", "sek_gap", "fond_retning"}


def test_a_missing_large_city_is_seen(
    survey_2024: survey.Survey, unaltered: dict[str, str]
) -> None:
    changed = turned(unaltered, not_answering(survey_2024, "4601"))
    assert changed >= {"svar_antall", "svar_folkeandel", "svar_over_50000", "inv_brutto"}


def test_a_missing_county_turns_only_the_counties(
    survey_2024: survey.Survey, unaltered: dict[str, str]
) -> None:
    assert turned(unaltered, not_answering(survey_2024, "4600")) == {"svar_fylkeskommuner"}


def test_oslo_among_the_respondents_turns_only_that_statement(
    survey_2024: survey.Survey, unaltered: dict[str, str]
) -> None:
    answered = pl.col("svart") | (pl.col("region") == "0301")
    with_oslo = replace(survey_2024, enheter=survey_2024.enheter.with_columns(svart=answered))
    assert turned(unaltered, with_oslo) == {"svar_oslo"}


def test_without_the_year_before_no_change_is_judged(
    survey_2024: survey.Survey, unaltered: dict[str, str]
) -> None:
    alone = replace(
        survey_2024, years=(YEAR,), indikatorer=survey_2024.indikatorer.filter(THIS_YEAR)
    )
    after = verdicts(alone)
    changed = {name for name in after if after[name] != unaltered[name]}
    assert {after[name] for name in changed} == {"ikke_vurdert"}
    assert {"k2024_inv_vekst", "k2024_sek_sosial_vekst", "k2024_fond_retning"} <= changed
    assert after["k2024_inv_brutto"] == "kalibrert"


# --- altered claims ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "verdi"),
    [
        ("inv_brutto", "56.6"),
        ("res_folkeandel_under_m2", "50"),
        ("sek_barnevern_vekst", "7.1"),
        ("fond_tomme", "12"),
        ("svar_folkeandel", "84.6"),
        ("inv_var_rang", "2"),
    ],
)
def test_an_altered_claim_turns_itself_and_no_other(
    project: Path, survey_2024: survey.Survey, unaltered: dict[str, str], claim: str, verdi: str
) -> None:
    row = pl.col("id") == f"k2024_{claim}"
    edit_table(
        project / "data/claims/2024.csv",
        lambda t: t.with_columns(verdi=pl.when(row).then(pl.lit(verdi)).otherwise("verdi")),
    )
    assert turned(unaltered, survey_2024) == {claim}
