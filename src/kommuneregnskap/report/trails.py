"""Writes the trail of a number that a user asks for: the workbook in its folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kommuneregnskap.numbers.table import compute
from kommuneregnskap.numbers.trail import Trail, followed
from kommuneregnskap.report.trail_workbook import write_book
from kommuneregnskap.survey.opening import opened
from kommuneregnskap.survey.request import Request
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.verdicts import judgement


@dataclass(frozen=True)
class Traced:
    """A trail that was followed, the survey it is of, and the workbook it was written to."""

    trail: Trail
    survey: Survey
    file: Path


def trace(request: Request, text: str) -> Traced:
    """Follow a number to its rows, and write reports/<year>/<source>-spor/<id>.xlsx.

    text: a section number, a published number, or a section number's words in another order. A report
    beside it is not touched. Raises UsageError for what is not there, TrailError where a step is not the
    sum of the next, and DataError where the workbook cannot be written.
    """
    survey = opened(request)
    tall = compute(survey)
    vurdering = judgement.judge(judgement.read(request.year), tall, survey)
    trail = followed(survey, text, tall, vurdering, files=True)
    file = request.folder("spor") / f"{trail.tall_id}.xlsx"
    write_book(trail, survey, file)
    return Traced(trail, survey, file)
