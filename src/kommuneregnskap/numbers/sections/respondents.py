"""Section 5: who answered, how much of the country they are, and who is missing."""

from __future__ import annotations

import polars as pl

from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import units


def outside_oslo(survey: Survey) -> pl.DataFrame:
    """Return all municipalities outside Oslo of the survey year. Out: the columns of `enheter`."""
    return survey.enheter.filter(
        (pl.col("type") == "kommune") & ~pl.col("region").is_in(units.oslo(survey.year))
    )


def missing(survey: Survey) -> pl.DataFrame:
    """Return those who did not answer by size group, smallest first.

    Out: stoerrelsesgruppe, gruppe, kommuner (municipalities), innbyggere and median_innbyggere (persons).
    """
    people = pl.col("folkemengde")
    return units.named_groups(
        outside_oslo(survey)
        .filter(~pl.col("svart"))
        .group_by("stoerrelsesgruppe")
        .agg(kommuner=pl.len(), innbyggere=people.sum(), median_innbyggere=people.median())
    )
