"""Of whom the numbers of a survey are said, whether or not the source has all of their figures."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from kommuneregnskap.sources.published_figures import EVERYONE, PSEUDO
from kommuneregnskap.survey import matching
from kommuneregnskap.tables import units

MUNICIPALITY = "kommune"


def said_of(
    enheter: pl.DataFrame, year: int, kind: str, panel: str, regions: Collection[str] | None
) -> pl.DataFrame:
    """Return the units of a kind that numbers are said of: rows of `enheter`.

    Of account files (panel empty), of a panel drawn, and of county municipalities: those who answered. Of open figures
    all municipalities of the panel, also who has no figures. regions: those of whom alone the numbers are.
    """
    own = enheter.filter(pl.col("type") == kind)
    if panel in ("", PSEUDO) or kind != MUNICIPALITY:
        return own.filter("svart")
    if regions is not None:
        return own.filter(pl.col("region").is_in(list(regions)))
    return own if panel == EVERYONE else own.filter(~pl.col("region").is_in(units.oslo(year)))


def compared(
    enheter: pl.DataFrame, own: pl.DataFrame, year: int, parts: pl.DataFrame, kind: str
) -> pl.DataFrame:
    """Return the units of two years that numbers are said of, all their parts among them: kobling.

    own: `said_of`; parts: `matching.Everyone.parts`, none where one of the years has no accounts at all.
    """
    among = pl.col("region").is_in(own["region"].to_list())
    both = matching.whole(enheter.with_columns(svart=among), year, parts, kind).sort("kobling")
    return both if parts.is_empty() else both.join(parts, on="kobling", how="semi")
