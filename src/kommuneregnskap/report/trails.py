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
from kommuneregnskap.report.publish import folder_name, portable, usual_scope
from kommuneregnskap.report.trail_book import write_book
from kommuneregnskap.sources import named, with_files
from kommuneregnskap.sources.statbank.snapshot import open_snapshot
from kommuneregnskap.support import paths
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
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
    data = portable(data_dir) if named(source).gives.controls else data_dir
    survey = open_survey(year=year, source=source, scope=scope, data_dir=data, panel=panel)
    tall = all_numbers(survey)
    published = judgement.read(year)
    tall_id, _ = resolve(text, published, tall["id"])
    vurdering = judgement.judge(published, tall, survey)
    bench = Bench(survey)
    rows = (
        Rows(bench, with_files(source).folder(data))
        if survey.gives.rows
        else Cells(bench, open_snapshot(survey.figures.snapshot))
    )
    trail = follow(survey, tall, vurdering, tall_id, rows)
    folder = paths.report(year, folder_name(f"{source}-spor", source, scope, panel))
    file = folder / f"{tall_id}.xlsx"
    write_book(trail, survey, file)
    return Traced(trail, survey, file)
