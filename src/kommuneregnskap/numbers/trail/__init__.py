"""The line-level trail: from a published number to its rows, with sums that add up at each step.

`terms` of the room follows a concept to the codes it is made of; here `rows` goes on to the rows of the account files,
`cells` to the cells of SSB's tables, `tracer` sets it together, `steps` says what a trail is and that each step is the
sum of the next; `words` and `labels` say it to a reader. What a trail is shown as stands where it is shown.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap.numbers.amounts import Bench
from kommuneregnskap.numbers.asked import resolve
from kommuneregnskap.numbers.trail.cells import Cells
from kommuneregnskap.numbers.trail.rows import Rows
from kommuneregnskap.numbers.trail.steps import Sum, Trail, TrailError
from kommuneregnskap.numbers.trail.tracer import TOP, Tracer
from kommuneregnskap.sources import with_files
from kommuneregnskap.sources.statbank.snapshot import open_snapshot
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey.survey import Survey

__all__ = ["Sum", "Trail", "TrailError", "followed", "follower"]


def follower(
    survey: Survey,
    tall: pl.DataFrame,
    vurdering: pl.DataFrame,
    *,
    top: int = TOP,
    files: bool = False,
    short: bool = False,
) -> Tracer:
    """Return what follows the section numbers of a survey, from the rows that its source has.

    In: the survey, its section numbers (`frames.Tall`) and its verdicts (`judgement.judge`). top: how many of the
    largest rows are kept. files: down to the lines of the account files, or the answers of the snapshot, not only to
    the rows of the ledger or the cells. short: see `Tracer`.
    """
    bench = Bench(survey)
    if survey.gives.rows:
        place = with_files(survey.source).folder(survey.request.data_dir) if files else None
        source: Rows | Cells = Rows(bench, place)
    else:
        source = Cells(bench, open_snapshot(survey.figures.snapshot) if files else None)
    return Tracer(survey, tall, vurdering, source, top, short=short)


def followed(
    survey: Survey,
    text: str,
    tall: pl.DataFrame,
    vurdering: pl.DataFrame,
    *,
    top: int = TOP,
    files: bool = False,
) -> Trail:
    """Return the checked trail of a number of the survey year; as `follower`.

    text: a section number, a published number, or a section number's words in another order. Raises UsageError,
    naming the closest, for what is neither, and TrailError where a step is not the sum of the next.
    """
    own = tall.filter(pl.col("aar") == survey.year)
    tall_id, _ = resolve(text, vurdering, own["id"])
    if tall_id not in own["id"]:
        raise UsageError(f"ID is {text!r}, of {tall_id}, which is no number of {survey.year}")
    found = follower(survey, tall, vurdering, top=top, files=files)
    return found.follow(tall_id, survey.year).checked()
