"""The text of a check cell, and what it refuses: a notebook's values against the table of section numbers."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

import kommuneregnskap as kr
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices
from kommuneregnskap.verdicts.agreement import DifferenceError, same

EMPTIED, SHARE = "fond.antall_redusert", "fond.andel_tomme"


@pytest.fixture
def values(survey_2024: Survey) -> dict[str, float | None]:
    """What a notebook would give of the section on funds: all that the table has."""
    own = kr.numbers.compute(survey_2024).filter(
        pl.col("id").str.starts_with("fond.") & (pl.col("aar") == 2024)
    )
    return dict(own.select("id", "verdi").iter_rows())


def test_a_line_has_what_was_published_both_values_and_the_verdict(
    survey_2024: Survey, values: dict[str, float | None]
) -> None:
    lines = kr.check(survey_2024, values).splitlines()
    assert len(lines) == 5
    assert lines[2] == (
        "k2024_fond_tomme (Andel av kommunene uten disposisjonsfond): publisert 10 prosent | her 9,8 | "
        "tabellen 9,8 | kalibrert"
    )
    assert " | her ned | tabellen ned | " in lines[0]


def test_a_difference_is_refused_with_both_values(
    survey_2024: Survey, values: dict[str, float | None]
) -> None:
    values[EMPTIED] = 126
    with pytest.raises(DifferenceError) as raised:
        kr.check(survey_2024, values)
    said = str(raised.value)
    assert said.startswith(f"{EMPTIED} is 126 in the notebook and 124 in the table of numbers. ")
    assert "look at the cell that computes it" in said
    assert "\n" not in said


def test_what_is_published_is_named_before_the_rest(
    survey_2024: Survey, values: dict[str, float | None]
) -> None:
    spoilt = {name: value and 1000 * value for name, value in sorted(values.items())}
    with pytest.raises(DifferenceError, match=r"^fond\.retning is .* and \d+ more\. "):
        kr.check(survey_2024, spoilt)


@pytest.mark.parametrize("nothing", [None, float("nan"), float("inf")])
def test_a_value_that_only_one_has_is_refused(
    survey_2024: Survey, values: dict[str, float | None], nothing: float | None
) -> None:
    values[SHARE] = nothing
    with pytest.raises(DifferenceError, match=r"andel_tomme is missing in the notebook and 9\.7"):
        kr.check(survey_2024, values)


def test_what_both_lack_is_missing_in_both(
    survey_2024: Survey, values: dict[str, float | None]
) -> None:
    kept = pl.col("begrep") != survey_2024.setting("fond")
    without = replace(survey_2024, indikatorer=survey_2024.indikatorer.filter(kept))
    with pytest.raises(DifferenceError, match="in the notebook and missing in the table"):
        kr.check(without, values)
    lines = kr.check(without, dict.fromkeys(values)).splitlines()
    assert len(lines) == 5
    assert all(line.endswith(" | her mangler | tabellen mangler | ikke_vurdert") for line in lines)


def test_a_published_number_that_is_not_computed_is_refused(
    survey_2024: Survey, values: dict[str, float | None]
) -> None:
    del values[EMPTIED]
    with pytest.raises(DifferenceError, match=f"{EMPTIED} of section fond is published and not"):
        kr.check(survey_2024, values)
    with pytest.raises(DifferenceError, match=r"fond\.retning, "):
        kr.check(survey_2024, {}, "fond")


def test_an_unknown_number_is_refused_with_the_nearest(
    survey_2024: Survey, values: dict[str, float | None]
) -> None:
    values["fond.andel_tome"] = 9.8
    message = "fond.andel_tome is no number of section fond; nearest: fond.andel_tomme"
    with pytest.raises(DifferenceError, match=message):
        kr.check(survey_2024, values)


def test_one_section_at_a_time(survey_2024: Survey, values: dict[str, float | None]) -> None:
    for given in ({}, values | {"svar.antall": 225.0}):
        with pytest.raises(UsageError, match="allowed: numbers of one section"):
            kr.check(survey_2024, given)


def test_what_a_choice_puts_in_the_place_of_a_number_is_what_is_asked_for(
    survey_2024: Survey, values: dict[str, float | None]
) -> None:
    counted = survey_2024.under(choices.parse("fondsretning=antall"))
    assert kr.check(counted, values)
    del values["fond.retning_antall"]
    with pytest.raises(DifferenceError, match=r"fond\.retning_antall of section fond is published"):
        kr.check(counted, values)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (100.0, 100.000009, True),
        (100.0, 100.00002, False),
        (0.0, 9e-8, True),
        (0.0, 2e-7, False),
        (-3.7, 3.7, False),
        (0.0, None, False),
        (None, None, True),
    ],
)
def test_how_near_is_the_same(one: float | None, other: float | None, equal: bool) -> None:
    assert same(one, other) is equal
    assert same(other, one) is equal
