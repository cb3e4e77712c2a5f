"""`kr.numbers.<name>` finds every module of the sections, without a list of them."""

from __future__ import annotations

from pathlib import Path

import pytest

import kommuneregnskap as kr
from kommuneregnskap.numbers import sections
from kommuneregnskap.survey.survey import Survey


def test_every_module_of_the_sections_is_found_by_its_name() -> None:
    names = {path.stem for path in Path(sections.__path__[0]).glob("[a-z]*.py")}
    assert len(names) > 5
    assert names <= {*dir(kr.numbers)}
    for name in names:
        assert getattr(kr.numbers, name).__name__ == f"{sections.__name__}.{name}"


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(AttributeError, match=r"'fund'; there are: cartogram, .*funds, "):
        kr.numbers.fund  # noqa: B018


def test_nothing_asked_for_gives_no_numbers(survey_2024: Survey) -> None:
    """A year of which nothing is published asks for none."""
    assert kr.numbers.compute(survey_2024, []).is_empty()
