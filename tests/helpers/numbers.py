"""One section number of a survey, for tests that look at few."""

from __future__ import annotations

from kommuneregnskap.numbers.table import compute
from kommuneregnskap.numbers.values import value as found
from kommuneregnskap.survey.survey import Survey


def value(survey: Survey, tall_id: str) -> float | None:
    """Return a section number of the survey year, in its own unit."""
    return found(compute(survey, [tall_id]), tall_id, survey.year)
