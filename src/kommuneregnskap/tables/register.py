"""Which regions may deliver account files in a year: municipalities, counties and special regions."""

from __future__ import annotations

import polars as pl

from kommuneregnskap.tables import reader, units

MADE_OF = (*units.IN_THE_FRAME, "saerregion")
WHOLE_UNIT = "00"  # the last two digits of a region; others are parts, such as Oslo's districts


@reader.made_of(*MADE_OF)
def regions_of(year: int, *, oppdiktet: bool = False) -> pl.DataFrame:
    """Return the regions that may deliver in `year`: region (six digits), navn, enhetstype.

    `oppdiktet`: the invented units of invented accounts in the place of the real ones.
    """
    whole = units.frame(year, oppdiktet=oppdiktet).select(
        "navn", region=pl.col("region") + WHOLE_UNIT, enhetstype="type"
    )
    special = reader.valid("saerregion", year).select(
        "region", "navn", enhetstype=pl.col("enhetstype").cast(pl.String)
    )
    return pl.concat([whole.select(special.columns), special])


@reader.made_of(*MADE_OF)
def either(year: int) -> pl.DataFrame:
    """Return the regions of `regions_of`, real and invented: for looking up what a number is."""
    both = [regions_of(year, oppdiktet=unreal) for unreal in (False, True)]
    return pl.concat(both).unique(maintain_order=True)
