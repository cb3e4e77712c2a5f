"""Net operating expenditure by service area: what SSB prints of the country, or the sum of the accounts.

Net is expenditure less what the area takes in, and no published number of KS' is of it: the releases are gross.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.indicators.evaluate import total
from kommuneregnskap.sources.statbank import reconcile
from kommuneregnskap.sources.statbank.snapshot import open_snapshot
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables.schemas.statbank import AGGREGATES

CONCEPT = "netto_driftsutgifter_tjeneste"
COUNTRY = AGGREGATES[1]


def by_area(survey: Survey) -> pl.DataFrame:
    """Return the net operating expenditure of the areas that SSB has rows of its own for (statbank_areas.csv).

    On open figures SSB's row for the country, with Oslo whichever panel; on account files the sum of the same
    municipalities in both years. Out, the largest first: tjenesteomraade, omraade (name), ssb_kode, foer, naa, endring
    (1000 kr; null where a year is missing), anslag (whether this year's is an estimate of SSB's). Areas without a
    value this year are left out.
    """
    known = tables.valid("tjenesteomraade", survey.year).select(
        "tjenesteomraade", "ssb_kode", omraade="navn"
    )
    areas = known.filter(
        pl.col("ssb_kode").is_in(tables.read("statbank_areas")["ssb_kode"].to_list())
    )
    found = _of_country(survey) if survey.gives.snapshots else _of_accounts(survey)
    return (
        areas.join(found, on="tjenesteomraade")
        .drop_nulls("naa")
        .with_columns(endring=pl.col("naa") - pl.col("foer"))
        .select("tjenesteomraade", "omraade", "ssb_kode", "foer", "naa", "endring", "anslag")
        .sort("naa", "tjenesteomraade", descending=[True, False])
    )


def _of_country(survey: Survey) -> pl.DataFrame:
    values = open_snapshot(survey.figures.snapshot).values.filter(
        (pl.col("begrep") == CONCEPT)
        & (pl.col("regnskapsomfang") == survey.scope)
        & (pl.col("regiontype") == COUNTRY)
    )
    estimated = [vintage for kind, vintage in reconcile.estimates() if kind == COUNTRY]
    now, before = (values.filter(pl.col("aar") == year) for year in (survey.year, survey.year - 1))
    return now.select(
        "tjenesteomraade", naa="verdi", anslag=pl.col("vintage").is_in(estimated)
    ).join(before.select("tjenesteomraade", foer="verdi"), on="tjenesteomraade", how="left")


def _of_accounts(survey: Survey) -> pl.DataFrame:
    return (
        survey.compared_areas(CONCEPT)
        .group_by("tjenesteomraade")
        .agg(naa=total("naa"), foer=total("foer"))
        .with_columns(pl.col("naa", "foer").cast(pl.Float64), anslag=pl.lit(value=False))
    )
