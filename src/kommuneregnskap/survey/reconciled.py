"""How the open figures of a survey agree with Statistics Norway's own rows."""

from __future__ import annotations

import polars as pl

from kommuneregnskap.sources.statbank import reconcile
from kommuneregnskap.sources.statbank.names import concept_name
from kommuneregnskap.sources.statbank.snapshot import open_snapshot
from kommuneregnskap.survey.survey import Survey


def reconciled(survey: Survey) -> pl.DataFrame:
    """Compare the snapshot of a survey on open figures with SSB's own rows, in the survey's scope and year.

    Out: the columns of `reconcile.reconcile` and navn (bokmål: the concept, with its service area).
    No rows for surveys on account files.
    """
    if not survey.gives.snapshots:
        return pl.DataFrame(schema={**reconcile.RESULT, "navn": pl.String})
    values = open_snapshot(survey.figures.snapshot).values
    found = reconcile.reconcile(values, survey.year).filter(
        pl.col("regnskapsomfang") == survey.scope
    )
    return found.with_columns(navn=concept_name(survey.year))
