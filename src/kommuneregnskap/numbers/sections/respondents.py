"""Section 5: who answered, how much of the country they are, and who is missing."""

from __future__ import annotations

import polars as pl

from kommuneregnskap.indicators.evaluate import ratio
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import units


def outside_oslo(survey: Survey) -> pl.DataFrame:
    """Return all municipalities outside Oslo of the survey year. Out: the columns of `enheter`."""
    return survey.enheter.filter(
        (pl.col("type") == "kommune") & ~pl.col("region").is_in(units.oslo(survey.year))
    )


def by_size_group(survey: Survey) -> pl.DataFrame:
    """Return response by size group, smallest first.

    Out: stoerrelsesgruppe, navn, kommuner, svart (municipalities), andel (percent), folkemengde,
    folk_svart (persons), folkeandel (percent), rang_lavest (1 = lowest response rate).
    """
    return units.named_groups(
        _response(outside_oslo(survey), "stoerrelsesgruppe").with_columns(
            rang_lavest=pl.col("andel").rank("min")
        )
    )


def missing(survey: Survey) -> pl.DataFrame:
    """Return those who did not answer by size group, smallest first.

    Out: stoerrelsesgruppe, navn, kommuner (municipalities), innbyggere, median (persons).
    """
    people = pl.col("folkemengde")
    return units.named_groups(
        outside_oslo(survey)
        .filter(~pl.col("svart"))
        .group_by("stoerrelsesgruppe")
        .agg(kommuner=pl.len(), innbyggere=people.sum(), median=people.median())
    )


def by_county(survey: Survey) -> pl.DataFrame:
    """Return response by county, highest share of inhabitants first. Columns as `by_size_group`."""
    return _response(outside_oslo(survey), "fylke").sort(
        "folkeandel", "fylke", descending=[True, False]
    )


def _response(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    people = pl.col("folkemengde")
    return (
        frame.group_by(key)
        .agg(
            kommuner=pl.len(),
            svart=pl.col("svart").sum(),
            folkemengde=people.sum(),
            folk_svart=people.filter("svart").sum(),
        )
        .with_columns(
            andel=ratio(pl.col("svart"), pl.col("kommuner")),
            folkeandel=ratio(pl.col("folk_svart"), pl.col("folkemengde")),
        )
    )
