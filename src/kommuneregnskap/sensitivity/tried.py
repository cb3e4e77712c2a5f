"""Section numbers of a survey under other choices: values alone, kept by what they are computed from.

What was published is not read here: another word or another interval of a published number leaves the values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from kommuneregnskap.numbers.otherwise import Otherwise
from kommuneregnskap.support.errors import KommuneregnskapError
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices, kept
from kommuneregnskap.tables.choices import Choices

FRAME, REASONS, BEHIND = "verdier", "grunner", ("sensitivity.tried",)
VALUE = {
    "spesifikasjon": pl.String,
    "tall_id": pl.String,
    "aar": pl.Int32,
    "holdt_mot": pl.String,
    "beregnet": pl.Float64,
}
REASON = {"spesifikasjon": pl.String, "grunn": pl.String}
Asked = Iterable[tuple[str | None, int]]  # section numbers with their years


def valued(survey: Survey, asked: Mapping[Choices, Asked]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the values of section numbers under choices: the numbers that are asked for under each of these.

    Out: spesifikasjon (choices as text), tall_id (as asked), aar, holdt_mot (the number that is taken: that one, or the
    one that the choices put in its place, `choices.numbers`), beregnet (its value in its own unit; null where it cannot
    be computed); and spesifikasjon, grunn (bokmål: why nothing can be computed under the choices; mostly no rows). Kept
    in the cache folder.
    """
    wanted = {
        choices.text(made): sorted((name, year) for name, year in ids if name is not None)
        for made, ids in asked.items()
    }
    content = survey.made_from | {"asked": wanted}
    found = kept.of(
        (survey.year, FRAME), content, BEHIND, lambda: _computed(survey, wanted), survey.reads
    )
    return found.frame(FRAME), found.frame(REASONS)


def _computed(
    survey: Survey, wanted: Mapping[str, list[tuple[str, int]]]
) -> dict[str, pl.DataFrame]:
    surveys, numbers = Surveys(survey), Otherwise()
    rows: list[tuple[str, str, int, str, float | None]] = []
    reasons: list[tuple[str, str]] = []
    for text, ids in wanted.items():
        try:
            other = surveys.under(choices.parse(text))
        except KommuneregnskapError as error:
            reasons.append((text, str(error)))
            continue
        instead = choices.numbers(other.choices)
        for name, year in ids:
            taken = instead.get(name, name)
            rows.append((text, name, year, taken, numbers.value(other, taken, year)))
    return {
        FRAME: pl.DataFrame(rows, schema=VALUE, orient="row"),
        REASONS: pl.DataFrame(reasons, schema=REASON, orient="row"),
    }


class Surveys:
    """A survey under other choices, read anew where it is of other accounts: once for each scope."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._of_scope: dict[str, Survey] = {}

    def under(self, made: Choices) -> Survey:
        """Return the survey under choices. Raises UsageError and DataError as `opening.opened`."""
        other = self._survey.under(made)
        scope = other.setting("omfang")
        if scope == self._survey.setting("omfang"):
            return other
        if scope not in self._of_scope:
            of_scope = self._survey.under((("omfang", scope),)).choices
            self._of_scope[scope] = opening.opened(self._survey.request.under(of_scope, scope))
        return self._of_scope[scope].under(made)
