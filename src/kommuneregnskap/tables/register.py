"""Which regions may deliver account files in a year: municipalities, counties and special regions."""

from __future__ import annotations

import polars as pl

from kommuneregnskap.tables import reader

WHOLE_UNIT = "00"  # the last two digits of a region; others are parts, such as Oslo's districts


def regions_of(year: int) -> pl.DataFrame:
    """Return the regions that may deliver in `year`: region (six digits), navn, enhetstype."""
    municipalities = reader.valid("kommune", year).select(
        region=pl.col("kommunenummer") + WHOLE_UNIT, navn="navn", enhetstype=pl.lit("kommune")
    )
    counties = (
        reader.valid("fylke", year)
        .drop_nulls("fylkeskommune")
        .select(
            region=pl.col("fylkeskommune") + WHOLE_UNIT,
            navn=pl.col("navn") + " fylkeskommune",
            enhetstype=pl.lit("fylkeskommune"),
        )
    )
    special = reader.valid("saerregion", year).select(
        "region", "navn", pl.col("enhetstype").cast(pl.String)
    )
    return pl.concat([municipalities, counties, special])
