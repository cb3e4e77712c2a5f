"""Every municipality beside its KOSTRA group, its county, its size group and the country: values, groups, places.

The measures are those of data/definitions/unit_sheet.csv that have a place on the finder. A group's figure is that of
its municipalities added up; of earlier years and of growth without units that were divided between groups.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap.numbers import unit_sheet, unit_years
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import coverage

FEW = coverage.few(pl.col("antall"), pl.col("av"))


def measures(survey: Survey) -> pl.DataFrame:
    """Return the measures in the finder's order: as `unit_sheet.measures`."""
    return unit_sheet.measures(survey.scope).drop_nulls("finner").sort("finner")


def values(survey: Survey) -> pl.DataFrame:
    """Return the measures of all municipalities in all years, as on their sheets: aar, region, rekkefoelge, verdi."""
    asked = measures(survey)["rekkefoelge"].to_list()
    return (
        unit_sheet.values(survey)
        .filter(pl.col("rekkefoelge").is_in(asked))
        .select("aar", "region", "rekkefoelge", "verdi")
    )


def compared(survey: Survey) -> pl.DataFrame:
    """Return what the groups come to, a row per group, measure and year in which anybody has it.

    Out: sammenlikning, gruppe, rekkefoelge, aar, samlet (of the municipalities added up), median (of those that
    have it), antall (how many have), av (of how many). Samlet and median are missing where too few have
    (coverage.csv). The groups of all years have the municipalities of the survey year.
    """
    members = unit_sheet.members(survey).select("region", "sammenlikning", "gruppe")
    size = members.group_by("sammenlikning", "gruppe").agg(av=pl.len().cast(pl.Int64))
    medians = (
        values(survey)
        .drop_nulls("verdi")
        .join(members, on="region")
        .group_by("sammenlikning", "gruppe", "rekkefoelge", "aar")
        .agg(median=pl.col("verdi").median(), antall=pl.len().cast(pl.Int64))
    )
    together = pl.concat(
        _together(survey, members, year, row)
        for year in survey.years
        for row in measures(survey).iter_rows(named=True)
    )
    key = ["sammenlikning", "gruppe", "rekkefoelge", "aar"]
    told = pl.when(~FEW)
    return (
        medians.join(together, on=key, how="left")
        .join(size, on=["sammenlikning", "gruppe"])
        .select(
            *key,
            told.then("samlet").alias("samlet"),
            told.then("median").alias("median"),
            "antall",
            "av",
        )
        .sort(key)
    )


def _together(
    survey: Survey, members: pl.DataFrame, year: int, measure: dict[str, str]
) -> pl.DataFrame:
    """Return one measure of groups added up: sammenlikning, gruppe, rekkefoelge, aar, samlet.

    Of the units that have every amount behind it and belong to the group with all their municipalities.
    """
    begrep, maal = measure["begrep"], measure["maal"]
    rows, since = unit_years.measured(survey, year, maal)
    linked = unit_years.link(survey, since)
    whole = linked.group_by("kobling").agg(alle=pl.len())
    inside = (
        members.join(linked, on="region")
        .group_by("sammenlikning", "gruppe", "kobling")
        .agg(pl.len())
        .join(whole, on="kobling")
        .filter(pl.col("len") == pl.col("alle"))
    )
    own = unit_years.value(begrep, maal, year)
    amounts = pl.exclude("kobling", "sammenlikning", "gruppe", "len", "alle")
    return (
        rows.filter(pl.all_horizontal(pl.col(own.meta.root_names()).is_not_null()))
        .join(inside, on="kobling")
        .group_by("sammenlikning", "gruppe")
        .agg(amounts.sum())
        .select(
            "sammenlikning",
            "gruppe",
            pl.lit(measure["rekkefoelge"], dtype=pl.Int64).alias("rekkefoelge"),
            pl.lit(year, dtype=pl.Int32).alias("aar"),
            own.cast(pl.Float64).alias("samlet"),
        )
    )


def places(survey: Survey) -> pl.DataFrame:
    """Return the place of every municipality in the survey year, a row per measure that it has and comparison.

    Out: region, rekkefoelge, sammenlikning, gruppe, rang (1: highest; those who tie share the best; missing where
    too few have the measure, see coverage.csv), antall (how many have it), av (of how many).
    """
    members = unit_sheet.members(survey).select("region", "sammenlikning", "gruppe")
    sized = members.with_columns(av=pl.len().over("sammenlikning", "gruppe").cast(pl.Int64))
    key = ["sammenlikning", "gruppe", "rekkefoelge"]
    rank = pl.col("verdi").rank("min", descending=True).over(key).cast(pl.Int64)
    return (
        values(survey)
        .filter(pl.col("aar") == survey.year)
        .drop_nulls("verdi")
        .join(sized, on="region")
        .with_columns(antall=pl.len().over(key).cast(pl.Int64))
        .select("region", *key, pl.when(~FEW).then(rank).alias("rang"), "antall", "av")
        .sort("region", "rekkefoelge", "sammenlikning")
    )
