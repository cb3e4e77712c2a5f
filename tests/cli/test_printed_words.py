"""What commands print has English labels, whatever is quoted under them."""

from __future__ import annotations

import re

import polars as pl
import pytest
from rich.table import Table
from rich.text import Text

from kommuneregnskap.cli.printed import review, words
from kommuneregnskap.cli.printed.trail import statement_shown, trail_shown
from kommuneregnskap.mutants import checks, matrix
from kommuneregnskap.numbers.evaluator import ROLES
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.numbers.trail import followed, labels
from kommuneregnskap.numbers.trail import words as pages
from kommuneregnskap.report import coverage
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import numbers
from kommuneregnskap.verdicts import judgement

NORWEGIAN = re.compile(
    r"\b(linje|de som|forhold|summer|bak|telles|nevner|blant|før|ledd|koder|rader|enheter|gruppe|verdi|grense|nei)\b"
)


def test_what_pages_say_in_norwegian_a_terminal_can_say_in_english() -> None:
    assert words.KINDS.keys() == pages.KINDS.keys()
    assert words.WHO.keys() == labels.UTVALG.keys()
    assert words.COUNTED.keys() == {numbers.UNITS, numbers.PEOPLE}
    assert labels.COUNTED.keys() == {recipe.enhetstype for recipe in numbers.rows()}
    assert review.CLASSES.keys() == set(coverage.CLASSES)
    assert review.OUTCOMES.keys() == {matrix.CAUGHT, matrix.SURVIVED, matrix.OTHERS}
    kinds = {checks.CLAIM, checks.RULE, checks.CONTROL, checks.IDENTITY, checks.TABLE}
    assert review.CHECKS.keys() == kinds


def test_every_role_and_count_of_codes_has_words() -> None:
    roles = {role for parts in ROLES.values() for role in parts}
    said = {words.role(each) for each in (*roles, "bak teller")}
    assert len(said) == len(roles) + 1
    assert words.codes("55 arter, 1 funksjoner, 2 kapitler") == "55 arts, 1 function, 2 chapters"
    assert words.codes("") == ""


@pytest.fixture(scope="module")
def judged(survey_2024: Survey) -> tuple[pl.DataFrame, pl.DataFrame]:
    tall = compute(survey_2024)
    return tall, judgement.judge(judgement.read(2024), tall, survey_2024)


@pytest.mark.parametrize("slag", sorted(pages.KINDS))
def test_a_trail_of_every_kind_of_number_has_english_labels(
    survey_2024: Survey, judged: tuple[pl.DataFrame, pl.DataFrame], slag: str
) -> None:
    tall, verdicts = judged
    of_kind = [name for name in sorted(set(tall["id"])) if numbers.recipe(name).slag == slag]
    # A share that svy estimates is made of no rows.
    there = [name for name in of_kind if slag != "anslag" or "andel" not in name]
    assert there or not of_kind
    for name in there[:2]:
        trail = followed(survey_2024, name, tall, verdicts)
        for part in trail_shown(trail, survey_2024):
            if isinstance(part, Table):
                headings = [str(column.header) for column in part.columns]
                allowed = {each.capitalize() for each in words.COLUMNS.values()}
                assert set(headings) <= allowed | {"Unit", "Row", "File and line"}
                assert not NORWEGIAN.search(re.sub(": .*", "", str(part.title)))
            else:
                assert isinstance(part, Text)
                own = re.sub("«[^»]*»", "", part.plain)
                own = re.sub(r"(?m)^  source .*$|^\d+\. .*?  ", "", own)
                assert not NORWEGIAN.search(own), own
        assert statement_shown(trail, survey_2024).startswith("\nCompute it yourself: SQL over ")
