"""From what a user asks to a trail and its workbook: opens the survey, the files and the snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kommuneregnskap.numbers.amounts import Bench
from kommuneregnskap.numbers.recipes import resolve
from kommuneregnskap.numbers.sections import all_numbers
from kommuneregnskap.numbers.trail.cells import Cells
from kommuneregnskap.numbers.trail.rows import Rows
from kommuneregnskap.numbers.trail.steps import Trail
from kommuneregnskap.numbers.trail.tracer import follow
from kommuneregnskap.report.trail_book import write_book
from kommuneregnskap.sources.kostra import delivery
from kommuneregnskap.sources.statbank.snapshot import open_snapshot
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
    tall = all_numbers(survey)
    published = judgement.read(request.year)
    tall_id, _ = resolve(text, published, tall["id"])
    vurdering = judgement.judge(published, tall, survey)
    bench = Bench(survey)
    rows = (
        Cells(bench, open_snapshot(survey.open.snapshot))
        if survey.open is not None
        else Rows(bench, delivery.source_folder(request.source, request.data_dir))
    )
    trail = follow(survey, tall, vurdering, tall_id, rows)
    file = request.folder("spor") / f"{tall_id}.xlsx"
    write_book(trail, survey, file)
    return Traced(trail, survey, file)
