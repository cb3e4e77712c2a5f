"""A trail in a notebook: the same values as the trail itself, from the printed number to the largest rows."""

from __future__ import annotations

import re

import pytest

import kommuneregnskap as kr
from kommuneregnskap import tables
from kommuneregnskap.display.notebook import SYNTHETIC_WARNING
from kommuneregnskap.display.statement import WITH, sql_fold
from kommuneregnskap.numbers import sql
from kommuneregnskap.numbers.trail.tables import of_sum
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.survey import Survey
from tests.helpers.statbank_national import National

SCHOOLS, PRINTED = "investering.andel.grunnskole", "k2024_inv_grunnskole_andel"


def whole(text: str) -> int:
    return int(re.sub(r"[\s\u202f]", "", text).replace("\u2212", "-"))


def sums(markdown: str) -> list[tuple[list[int], int]]:
    """Return, of each table that ends in a sum, the last column without it, and the sum."""
    found = []
    for block in markdown.split("\n\n"):
        rows = [line.strip("| ").split(" | ") for line in block.splitlines()[2:]]
        if rows and rows[-1][0] == "Sum":
            *parts, total = (whole(row[-1]) for row in rows)
            found.append((parts, total))
    return found


def test_a_trail_is_shown_from_its_values_and_adds_up(survey_2024: Survey) -> None:
    shown = kr.trail(survey_2024, SCHOOLS)
    assert repr(shown).startswith("<")
    assert "17,0 prosent" in repr(shown)
    for text in (str(shown.data), shown.markdown):
        assert "«17 prosent»" in text
        assert "16,5 til 17,5" in text
        assert "Stilt inn" in text
        assert "100 · 9\u202f588\u202f000 / 56\u202f400\u202f000" in text
        assert SYNTHETIC_WARNING in text
    assert str(shown.data).count("<table") == 1 + 3 * len(shown.trail.sums)
    tables_ = sums(shown.markdown)
    assert len(tables_) == 3 * len(shown.trail.sums)
    assert all(sum(parts) == total for parts, total in tables_)
    assert [total for _, total in tables_[::3]] == [s.amount.verdi for s in shown.trail.sums]
    for each in shown.trail.sums:
        for table in of_sum(each, survey_2024):
            assert number(table.frame.to_series(-1)[-1]) in str(shown.data)


def test_a_published_number_leads_to_the_same(survey_2024: Survey) -> None:
    assert kr.trail(survey_2024, PRINTED).data == kr.trail(survey_2024, SCHOOLS).data


def test_a_count_shows_who_is_near_the_limit_and_a_rank_its_competitors(
    survey_2024: Survey,
) -> None:
    count = kr.trail(survey_2024, "resultat.antall_negativ")
    assert "Nærmest grensen i sum 1" in str(count.data)
    assert "**Rangert**" in kr.trail(survey_2024, "investering.rang.grunnskole").markdown


def test_invented_units_are_not_named(survey_2024: Survey) -> None:
    text = kr.trail(survey_2024, "resultat.netto_pst").markdown
    names = set(tables.read("kommune")["navn"]) - set(tables.read("fylke")["navn"]) - {"Os"}
    assert not {name for name in names if re.search(rf"\b{re.escape(name)}\b", text)}


def test_open_figures_are_followed_to_cells(ssb: National) -> None:
    survey = opening.open_survey(year=2024, source="ssb", scope="konsern", data_dir=ssb.unmarked[1])
    shown = kr.trail(survey, "resultat.netto_pst")
    assert "SSB 12137" in shown.markdown
    assert f"uttrekk {ssb.unmarked[1]}" in shown.markdown
    assert "yntetisk" not in shown.markdown
    assert "har svart" not in shown.markdown
    assert all(sum(parts) == total for parts, total in sums(shown.markdown))


def test_a_trail_ends_with_the_statement_that_computes_it(survey_2024: Survey) -> None:
    shown = kr.trail(survey_2024, SCHOOLS)
    told = sql.statement(survey_2024, SCHOOLS)
    assert shown.markdown.endswith(f"```sql\n{told}\n```")
    assert "**Regn selv**" in shown.markdown
    assert str(shown.data).endswith(sql_fold(told))
    estimate = kr.trail(survey_2024, "resultat.estimat_mrd")
    assert estimate.markdown.endswith(f"**Regn selv**\n\n```sql\n-- {sql.OF_ESTIMATE}\n```")
    assert WITH not in str(estimate.data)


def test_what_is_no_number_is_answered_with_the_nearest(survey_2024: Survey) -> None:
    with pytest.raises(
        UsageError, match=r"'investering\.grunskole'.*investering\.andel\.grunnskole"
    ):
        kr.trail(survey_2024, "investering.grunskole")
    with pytest.raises(UsageError, match=r"k2024_inv_skolebygg_tiaar.*not computed from accounts"):
        kr.trail(survey_2024, "k2024_inv_skolebygg_tiaar")


def test_other_choices_have_no_trail() -> None:
    chosen = opening.open_survey(year=2024, assume="sosial=FGK12", source="demo")
    with pytest.raises(UsageError, match="without assume"):
        kr.trail(chosen, SCHOOLS)
