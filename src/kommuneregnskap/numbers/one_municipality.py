"""One municipality's own accounts beside all others, of whom there are open figures of the same year."""

from __future__ import annotations

import polars as pl

from kommuneregnskap.numbers import municipalities, unit_sheet, unit_years
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import coverage

OWN = [*unit_sheet.MEASURE, "seksjon", "setning"]


def measures(survey: Survey) -> pl.DataFrame:
    """Return the municipality's measures in the survey year from its own files, in the finder's order.

    Out: finner, MEASURE of `unit_sheet`, seksjon, setning, verdi, beroert (whether errors that the controls found bear
    on it). The survey is of one municipality (`Survey.alone`).
    """
    asked = municipalities.measures(survey)
    values = municipalities.values(survey).filter(
        (pl.col("aar") == survey.year) & (pl.col("region") == _own(survey))
    )
    wrong = frozenset[str]().union(*survey.touched.values())
    bearing = [
        bool(wrong & set(unit_years.value(begrep, maal, survey.year).meta.root_names()))
        for begrep, maal in asked.select("begrep", "maal").iter_rows()
    ]
    return (
        asked.with_columns(beroert=pl.Series(bearing, dtype=pl.Boolean))
        .join(values.select("rekkefoelge", "verdi"), on="rekkefoelge", how="left")
        .select("finner", *OWN, "verdi", "beroert")
        .sort("finner")
    )


def beside(survey: Survey, others: Survey) -> pl.DataFrame:
    """Return where the municipality's own numbers would stand among all others, a row per measure and comparison.

    others: open figures of the same year. Out: finner, sammenlikning, gruppe_navn, rang (1: highest; among the others
    and itself, by its own number), antall (those who have the measure, and itself), av (all), median (of the others),
    aapne (what the open figures say of itself). Rank and median are missing where too few of the others have the
    measure (coverage.csv), and rank where its own files do not give it. No row of a comparison in which it is alone.
    """
    own = _own(survey)
    of_all = municipalities.measures(others).select("finner", place="rekkefoelge")
    values = (
        municipalities.values(others)
        .filter(pl.col("aar") == others.year)
        .join(of_all, left_on="rekkefoelge", right_on="place")
    )
    groups = unit_sheet.members(others)
    mine = groups.filter(pl.col("region") == own)
    peers = groups.join(mine.select("sammenlikning", "gruppe"), on=["sammenlikning", "gruppe"])
    peers = peers.filter(pl.col("region") != own)
    value = pl.col("verdi")
    higher = (value > pl.col("egen")).sum()
    known = value.count().cast(pl.Int64)
    few = coverage.few(known, pl.len())
    return (
        peers.join(values.select("region", "finner", "verdi"), on="region")
        .join(measures(survey).select("finner", egen="verdi"), on="finner")
        .group_by("finner", "sammenlikning", "gruppe_navn")
        .agg(
            rang=pl.when(~few & pl.col("egen").first().is_not_null()).then(
                higher.cast(pl.Int64) + 1
            ),
            antall=known + 1,
            av=pl.len().cast(pl.Int64) + 1,
            median=pl.when(~few).then(value.median()),
        )
        .join(
            values.filter(pl.col("region") == own).select("finner", aapne="verdi"),
            on="finner",
            how="left",
        )
        .sort(
            "finner",
            pl.col("sammenlikning").replace_strict(
                {name: place for place, name in enumerate(unit_sheet.COMPARISONS)}
            ),
        )
    )


def peers(survey: Survey, others: Survey) -> pl.DataFrame:
    """Return the measures of the municipality and of all it is compared with: as `unit_sheet.peers`.

    Its own are those of its own files, also where they stand beside open figures (others).
    """
    own = measures(survey).drop_nulls("verdi")
    mine = unit_sheet.members(others).filter(pl.col("region") == _own(survey))
    among = unit_sheet.members(others).filter(pl.col("region") != _own(survey))
    among = among.join(mine.select("sammenlikning", "gruppe"), on=["sammenlikning", "gruppe"])
    others_own = (
        municipalities.values(others)
        .filter(pl.col("aar") == others.year)
        .drop_nulls("verdi")
        .join(municipalities.measures(others).select("finner", "rekkefoelge"), on="rekkefoelge")
        .join(among.select("region", "sammenlikning"), on="region")
        .select("sammenlikning", "finner", "verdi", enheten=pl.lit(value=False))
    )
    itself = own.join(mine.select("sammenlikning"), how="cross").select(
        "sammenlikning", "finner", "verdi", enheten=pl.lit(value=True)
    )
    return (
        pl.concat([others_own, itself])
        .join(own.select("finner", *unit_sheet.MEASURE), on="finner")
        .select("sammenlikning", *unit_sheet.MEASURE, "verdi", "enheten")
        .sort("sammenlikning", "rekkefoelge", "verdi", "enheten")
    )


def _own(survey: Survey) -> str:
    own = survey.alone
    if own is None:
        raise ValueError("a survey of more than one municipality")
    return own["region"]
