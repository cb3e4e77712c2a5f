"""One engine adds up indicators and hierarchies; here it is held against plain sums over the rows."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.indicators import evaluate, sums
from kommuneregnskap.support.errors import DataError, UsageError
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import definitions
from kommuneregnskap.tables.definitions import Term

YEAR = 2024


@pytest.fixture(scope="module")
def survey() -> Survey:
    """Opened here: what other tests compute may have crowded the kept accounts out of the cache."""
    return open_survey(year=YEAR, source="demo")


def amount(term: Term, rows: pl.LazyFrame, keys: list[str]) -> dict[tuple[str, ...], int]:
    """Return the sum of a term by filtering its rows, one condition after the other."""
    if term.regnskap != "balanse":
        rows = rows.filter(pl.col("regnskap") == term.regnskap)
    codes = {"funksjon": term.funksjoner, "art": term.arter, "kapittel": term.kapitler}
    for column, allowed in codes.items():
        if allowed:
            rows = rows.filter(pl.col(column).is_in(allowed))
    found = rows.group_by(keys).agg(pl.col("belop").sum() * term.fortegn).collect()
    return {tuple(row[:-1]): row[-1] for row in found.iter_rows()}


def single_terms(*, by_area: bool) -> list[Term]:
    """Concepts of one term on accounts, so that their amount is the term's; those that the scope has."""
    found = [term for term in definitions.terms(YEAR) if term.omfang in ("", "kasse")]
    names = pl.Series([term.begrep for term in found])
    once = set(names.filter(names.is_unique()))
    return [
        term
        for term in found
        if term.begrep in once and not term.begreper and (term.omraader or not by_area)
    ]


@pytest.mark.parametrize("by_area", [False, True])
def test_a_concept_of_every_unit_is_the_sum_of_its_rows(survey: Survey, *, by_area: bool) -> None:
    evaluated = evaluate.evaluate(survey.poster, survey.balanse, YEAR)
    keys = ["region"] + ["tjenesteomraade"] * by_area
    area = pl.col("tjenesteomraade")
    own = evaluated.filter(area.is_not_null() if by_area else area.is_null())
    posted = survey.poster.filter(pl.col("aar") == YEAR)
    if by_area:
        posted = posted.join(definitions.areas(YEAR).lazy(), on="funksjon")
    terms = single_terms(by_area=by_area)
    everybody = set(posted.select("region").unique().collect()["region"])
    assert len(terms) > (3 if by_area else 20)
    for term in terms:
        balance = survey.balanse.filter(pl.col("aar") == YEAR)
        expected = amount(term, balance if term.regnskap == "balanse" else posted, keys)
        found = own.filter(pl.col("begrep") == term.begrep).select(*keys, "belop")
        shown = {tuple(row[:-1]): row[-1] for row in found.iter_rows()}
        assert {k: v for k, v in shown.items() if v} == {k: v for k, v in expected.items() if v}
        if not by_area and term.regnskap != "balanse":  # nothing posted is zero, not missing
            assert {region for (region,) in shown} == everybody


def test_a_unit_counts_in_an_area_where_it_has_rows_there_and_nowhere_else(
    survey: Survey,
) -> None:
    evaluated = evaluate.evaluate(survey.poster, survey.balanse, YEAR)
    keys = ["region", "tjenesteomraade"]
    there = (
        survey.poster.filter(pl.col("aar") == YEAR)
        .join(definitions.areas(YEAR).lazy(), on="funksjon")
        .select(keys)
        .unique()
        .sort(keys)
        .collect()
    )
    assert evaluated.select(keys).drop_nulls().unique().sort(keys).equals(there)


def test_a_concept_by_function_is_the_concept(survey: Survey) -> None:
    evaluated = evaluate.evaluate(survey.poster, survey.balanse, YEAR)
    for begrep in (
        "brutto_investeringsutgifter",
        "sum_investeringsutgifter",
        "brutto_driftsutgifter",
    ):
        of_units = evaluated.filter(
            (pl.col("begrep") == begrep) & pl.col("tjenesteomraade").is_null()
        )
        by_function = evaluate.by_function(survey.poster, YEAR, begrep)
        assert by_function["funksjon"].is_unique().all()
        assert by_function["belop"].sum() == of_units["belop"].sum() != 0


def test_no_rows_are_no_units_and_unknown_codes_count_nowhere() -> None:
    rows = pl.DataFrame(
        {
            "enhet": ["a", "a", "b"],
            "funksjon": ["1", "9", "9"],
            "art": ["1", "1", "1"],
            "belop": [5, 7, 9],
        }
    )
    given = ({"F": {"1": 2}}, {"A": {"1": 1}}, ("enhet",))
    found = sums.evaluate(rows, *given)
    assert found.rows() == [("a", "F", "A", 10)]
    assert sums.evaluate(rows.clear(), *given).is_empty()
    assert sums.evaluate(rows.clear(), *given).schema == found.schema
    assert sums.evaluate(rows, {}, {}, ("enhet",)).is_empty()


@pytest.mark.parametrize("amounts", [[2**53, 0], [2**62 + 1, -(2**62)]])
def test_amounts_too_large_to_be_added_exactly_are_refused(amounts: list[int]) -> None:
    rows = pl.DataFrame({"enhet": "a", "funksjon": "1", "art": "1", "belop": amounts})
    with pytest.raises(UsageError, match="too large to be added exactly"):
        sums.evaluate(rows, {"F": {"1": 1}}, {"A": {"1": 1}}, ("enhet",))


@pytest.mark.parametrize(
    ("concept", "field", "said"),
    [
        ("brutto_driftsutgifter", "kapitler", "kapitler is '56'; allowed: with regnskap drift: funksjoner and arter"),
        ("disposisjonsfond", "arter", "arter is '56'; allowed: with regnskap balanse: kapitler only"),
        ("sum_investeringsutgifter", "begreper", "begreper is ''; allowed: a begrep of the same table"),
    ],
)  # fmt: skip
def test_a_definition_that_names_codes_its_account_does_not_have_is_refused(
    project: Path, concept: str, field: str, said: str
) -> None:
    table = project / "data/definitions/indicators.csv"
    rows = pl.read_csv(table, infer_schema=False)
    own = (pl.col("begrep") == concept) & (pl.col("ledd") == "1")
    value = "56" if field != "begreper" else ""
    rows.with_columns(pl.when(own).then(pl.lit(value)).otherwise(field).alias(field)).write_csv(
        table
    )
    with pytest.raises(DataError, match=re.escape(said)):
        definitions.terms(YEAR)
