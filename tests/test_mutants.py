"""Proof that the checks can fail: one amount, one definition or one claim is altered, and exactly
the named published numbers turn, no other. What turns was worked out from the definitions, see the
remark at each mutant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import claims, evaluation, sections, survey
from tests.conftest import edit_table

YEAR = 2024
Change = Callable[[pl.DataFrame], pl.DataFrame]
LazyChange = Callable[[pl.LazyFrame], pl.LazyFrame]


def verdicts(opened: survey.Survey) -> dict[str, str]:
    judged = claims.judge(claims.read(YEAR), sections.all_numbers(opened), opened)
    return dict(judged.select("id", "dom").iter_rows())


@pytest.fixture(scope="module")
def unaltered(survey_2024: survey.Survey) -> dict[str, str]:
    return verdicts(survey_2024)


def turned(unaltered: dict[str, str], opened: survey.Survey) -> set[str]:
    """The claims whose verdict is not what it was, without their common prefix."""
    after = verdicts(opened)
    return {name.removeprefix("k2024_") for name in after if after[name] != unaltered[name]}


def evaluated_anew(
    opened: survey.Survey, poster: LazyChange | None = None, balanse: LazyChange | None = None
) -> survey.Survey:
    """The same survey from an altered ledger, or under altered definitions."""
    rows = poster(opened.poster) if poster else opened.poster
    balances = balanse(opened.balanse) if balanse else opened.balanse
    return replace(
        opened,
        poster=rows,
        balanse=balances,
        indikatorer=evaluation.evaluate_years(rows, balances, opened.years),
    )


# --- altered definitions -------------------------------------------------------------------------

INDICATORS = "data/definitions/indicators.csv"
AREAS = "data/definitions/tjenesteomraade.csv"


def without_term(begrep: str, ledd: int) -> Change:
    return lambda t: t.filter((pl.col("begrep") != begrep) | (pl.col("ledd") != str(ledd)))


def with_set(key: str, column: str, old: str, new: str) -> Change:
    def change(table: pl.DataFrame) -> pl.DataFrame:
        row = pl.col(table.columns[0]) == key
        assert table.filter(row)[column].str.contains(old, literal=True).any(), "must bite"
        altered = pl.col(column).str.replace(old, new, literal=True)
        return table.with_columns(pl.when(row).then(altered).otherwise(column).alias(column))

    return change


def both(first: Change, second: Change) -> Change:
    return lambda table: second(first(table))


RESULT = {  # whatever moves every municipality's net operating result
    "presse_seks_av_ti",
    "res_andel_under_m2",
    "res_antall_negativ",
    "res_folkeandel_under_m2",
    "res_minus_4",
    "res_minus_naer_4",
    "senere_ndr_m06",
}
LEVELS = {"inv_brutto", "inv_endring", "inv_vekst"}
SHARES = {"inv_grunnskole_andel", "inv_omsorg_andel", "inv_var_andel"}
# mutant: table, change, the published numbers that turn
DEFINITIONS: dict[str, tuple[str, Change, set[str]]] = {
    # depreciation is charged but not added back: every result falls, this year's and last year's
    "990 forgotten": (
        INDICATORS,
        without_term("netto_driftsresultat", 4),
        RESULT | {"presse_fire_av_ti"},
    ),
    "net finance left out": (
        INDICATORS,
        without_term("netto_driftsresultat", 2),
        RESULT | {"presse_fire_av_ti"},
    ),
    "590 left out of expenditure": (
        INDICATORS,
        with_set("brutto_driftsutgifter", "arter", ", 590", ""),
        RESULT | {"presse_fire_av_ti"},
    ),
    "finance counted as revenue": (
        INDICATORS,
        with_set("brutto_driftsinntekter", "arter", "600..890, 920", "600..909, 920"),
        RESULT | {"presse_fire_av_ti"},
    ),
    "loans and shares counted as investment": (
        INDICATORS,
        with_set("brutto_investeringsutgifter", "arter", "010..501", "010..529"),
        LEVELS | SHARES,
    ),
    # compensable VAT is about a fifth of what is built; its share differs between areas
    "VAT left out of investment": (
        INDICATORS,
        with_set("brutto_investeringsutgifter", "arter", " uten 298", " uten 429, 298"),
        {"inv_brutto", "inv_endring", "inv_grunnskole_andel", "inv_var_andel"},
    ),
    # only livsopphold has no refunds, so only its part of the growth gives this one away
    "refunds not deducted from service expenditure": (
        INDICATORS,
        with_set("brutto_driftsutgifter_tjeneste", "arter", ", 710, 729", ""),
        {"sek_livsopphold_del"},
    ),
    "introduction programme counted as sosial": (
        AREAS,
        both(
            with_set("sosial", "funksjoner", "273,", "273, 275,"),
            lambda t: t.filter(pl.col("tjenesteomraade") != "introduksjonsordning"),
        ),
        {"sek_livsopphold_del", "sek_sosial_vekst", "sek_sosial_vekst_mrd"},
    ),
    "fire counted as water, sewage and waste": (
        AREAS,
        both(
            with_set("vann_avloep_renovasjon", "funksjoner", "353..355", "353..355, 338, 339"),
            lambda t: t.filter(pl.col("tjenesteomraade") != "brann"),
        ),
        {"inv_var_andel"},
    ),
    "school buildings outside school": (
        AREAS,
        both(
            with_set("grunnskole", "funksjoner", ", 222", ""),
            with_set("andre_formaal", "funksjoner", "285", "222, 285"),
        ),
        {"inv_grunnskole_andel", "inv_grunnskole_rang"},
    ),
    "another part of sosial called livsopphold": (
        AREAS,
        with_set("livsopphold", "funksjoner", "281", "242"),
        {"sek_livsopphold_del"},
    ),
    "bound fund taken for the discretionary one": (
        INDICATORS,
        with_set("disposisjonsfond", "kapitler", "56", "51"),
        {"fond_0_5", "fond_tomme"},
    ),
}


@pytest.mark.parametrize("name", sorted(DEFINITIONS))
def test_an_altered_definition_turns_exactly_the_numbers_that_rest_on_it(
    project: Path, survey_2024: survey.Survey, unaltered: dict[str, str], name: str
) -> None:
    table, change, expected = DEFINITIONS[name]
    edit_table(project / table, change)
    assert turned(unaltered, evaluated_anew(survey_2024)) == expected


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
