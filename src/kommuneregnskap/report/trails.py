"""Writes the trail of a number that a user asks for: the workbook in its folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kommuneregnskap.numbers.sections import all_numbers
from kommuneregnskap.numbers.trail import Trail, followed
from kommuneregnskap.report.publish import folder_name, portable, usual_scope
from kommuneregnskap.report.trail_workbook import write_book
from kommuneregnskap.support import paths
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import OPEN, Survey
from kommuneregnskap.verdicts import judgement


@dataclass(frozen=True)
class Traced:
    """A trail that was followed, the survey it is of, and the workbook it was written to."""

    trail: Trail
    survey: Survey
    file: Path


def trace(
    year: int,
    text: str,
    *,
    source: str = "demo",
    scope: str = "",
    data_dir: str = "",
    panel: str = "",
) -> Traced:
    """Follow a number to its rows, and write reports/<year>/<source>-spor/<id>.xlsx.

    text: a section number, a published number, or a section number's words in another order; the others
    as for a report. A report beside it is not touched. Raises UsageError for what is not there, TrailError
    where a step is not the sum of the next, and DataError where the workbook cannot be written.
    """
    scope = scope or usual_scope(source)
    data = data_dir if source == OPEN else portable(data_dir)
    survey = open_survey(year=year, source=source, scope=scope, data_dir=data, panel=panel)
    tall = all_numbers(survey)
    vurdering = judgement.judge(judgement.read(year), tall, survey)
    trail = followed(survey, text, tall, vurdering, files=True)
    folder = paths.report(year, folder_name(f"{source}-spor", source, scope, panel))
    file = folder / f"{trail.tall_id}.xlsx"
    write_book(trail, survey, file)
    return Traced(trail, survey, file)
