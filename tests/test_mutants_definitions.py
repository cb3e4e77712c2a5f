"""Proof that the checks can fail: one definition is altered, and exactly the published numbers that
rest on it turn, no other; see `test_mutants.py`."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import survey
from tests.conftest import edit_table
from tests.mutants import LEVELS, RESULT, SHARES, Change, evaluated_anew, turned, verdicts


@pytest.fixture(scope="module")
def unaltered(survey_2024: survey.Survey) -> dict[str, str]:
    return verdicts(survey_2024)


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
