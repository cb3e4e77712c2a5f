"""The sections of the release: each module turns a survey into section numbers and tables."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from kommuneregnskap.numbers import section_numbers
from kommuneregnskap.numbers.sections import (
    funds,
    investments,
    places,
    respondents,
    results,
    sector_costs,
)
from kommuneregnskap.survey.survey import Survey

__all__ = [
    "ALL",
    "BY_NAME",
    "all_numbers",
    "funds",
    "investments",
    "places",
    "respondents",
    "results",
    "sector_costs",
    "some_numbers",
]

# By the first word of their section numbers.
BY_NAME = {
    "investering": investments,
    "resultat": results,
    "sektor": sector_costs,
    "fond": funds,
    "svar": respondents,
}
ALL = tuple(BY_NAME.values())


def all_numbers(survey: Survey) -> pl.DataFrame:
    """Return the section numbers of all sections. Out: `frames.Tall`, sorted by id and year."""
    return some_numbers(survey, BY_NAME)


def some_numbers(survey: Survey, names: Iterable[str]) -> pl.DataFrame:
    """Return the section numbers of the sections with these first words. Out: `frames.Tall`, sorted."""
    wanted = set(names)
    return section_numbers.combine(
        *(section.tall(survey) for name, section in BY_NAME.items() if name in wanted)
    )
