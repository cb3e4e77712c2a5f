"""The sections of the release: each module turns a survey into section numbers and tables."""

from __future__ import annotations

import polars as pl

from kommuneregnskap.sections import funds, investments, numbers, respondents, results, sector_costs
from kommuneregnskap.survey import Survey

ALL = (investments, results, sector_costs, funds, respondents)


def all_numbers(survey: Survey) -> pl.DataFrame:
    """Return the section numbers of all sections. Out: `frames.Tall`, sorted by id and year."""
    return numbers.combine(*(section.tall(survey) for section in ALL))
