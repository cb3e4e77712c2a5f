"""Section 5: who answered, how much of the country they are, and who is missing."""

from __future__ import annotations

import polars as pl

from kommuneregnskap.indicators.evaluate import ratio
from kommuneregnskap.numbers import values
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import units

SECTION = "svar"  # the first word of its numbers, see sections.csv


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


def level(survey: Survey) -> pl.DataFrame:
    """Return one row with the response in all; units as in `tall`."""
    people = pl.col("folkemengde")
    counties = survey.enheter.filter(pl.col("type") == "fylkeskommune").select(
        antall_fylker=pl.col("svart").sum(), andel_fylker=100 * pl.col("svart").mean()
    )
    capital = survey.enheter.filter(pl.col("region").is_in(units.oslo(survey.year))).select(
        oslo=pl.col("svart").sum()
    )
    whole = outside_oslo(survey).select(
        antall=pl.col("svart").sum(),
        kommuner_utenom_oslo=pl.len(),
        andel_kommuner=100 * pl.col("svart").mean(),
        folkeandel=ratio(people.filter("svart").sum(), people.sum()),
    )
    with_oslo = survey.enheter.filter(pl.col("type") == "kommune").select(
        andel_alle_kommuner=100 * pl.col("svart").mean()
    )
    return pl.concat([whole, with_oslo, counties, capital], how="horizontal").with_columns(
        retning_stoerrelse=pl.col("folkeandel") - pl.col("andel_kommuner")
    )


def tall(survey: Survey) -> pl.DataFrame:
    """Return the section numbers `svar.*` of the survey year. Out: `frames.Tall`."""
    year, groups = survey.year, by_size_group(survey)
    return values.combine(
        values.from_row(
            level(survey),
            year,
            "svar",
            {
                "antall": "antall",
                "kommuner_utenom_oslo": "antall",
                "andel_kommuner": "prosent",
                "andel_alle_kommuner": "prosent",
                "folkeandel": "prosent",
                "antall_fylker": "antall",
                "andel_fylker": "prosent",
                "oslo": "antall",
                "retning_stoerrelse": "prosentpoeng",
            },
        ),
        values.from_table(groups, year, "svar.andel", "stoerrelsesgruppe", "andel", "prosent"),
        values.from_table(
            groups, year, "svar.rang_lavest", "stoerrelsesgruppe", "rang_lavest", "rang"
        ),
    )
