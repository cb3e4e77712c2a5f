"""Where municipalities lie and what they belong to: for the map and the panels by group and county."""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.indicators.evaluate import percent
from kommuneregnskap.numbers.sections import cartogram, respondents, results
from kommuneregnskap.survey.survey import Survey

FIFTHS = 5
RESULT, FUND = "netto_driftsresultat_pst", "disposisjonsfond_pst"
MEASURES = (RESULT, FUND)  # what a map of real accounts shows, the first unless asked


def everyone(survey: Survey) -> pl.DataFrame:
    """Return all municipalities outside Oslo of the survey year as circles on a map.

    Out: region, navn, folkemengde (persons), gruppe (name of the size group), fylke (name), svart (Bool),
    x, y, radius (km, see `cartogram.circles`), in the order of region. A municipality whose place is not in the table
    is left out: an invented one lies nowhere.
    """
    where = tables.valid("kommune", survey.year).select("lon", "lat", region="kommunenummer")
    people = _belonging(survey).join(where.drop_nulls(), on="region", how="inner").sort("region")
    return cartogram.circles(people).select(
        "region", "navn", "folkemengde", "gruppe", "fylke", "svart", "x", "y", "radius"
    )


def valued(survey: Survey) -> pl.DataFrame:
    """Return the map with what municipalities have; empty on invented accounts, as `everyone` is.

    Out: the columns of `everyone`, maal (name of the measure), verdi (percent of revenue; empty where nobody
    answered), femdel (1 = lowest fifth of those with a value; empty without, and where fewer than five have one),
    a row per municipality and measure.
    """
    circles = everyone(survey)
    names = dict(
        tables.valid("indicators", survey.year)
        .unique("begrep")
        .select("begrep", "navn")
        .iter_rows()
    )
    panel = results.per_unit(survey)
    known = panel.with_columns(percent(FUND, survey.year)) if FUND not in panel.columns else panel
    rank = pl.col("verdi").rank("min")  # equal values are of the same fifth
    enough = pl.col("verdi").count() >= FIFTHS
    fifth = ((rank - 1) * FIFTHS // pl.col("verdi").count() + 1).cast(pl.Int64)
    return pl.concat(
        circles.join(
            known.select("region", verdi=measure), on="region", how="left", maintain_order="left"
        )
        .with_columns(maal=pl.lit(names[measure]))
        .with_columns(femdel=pl.when(enough).then(fifth))
        for measure in MEASURES
    )


def results_spread(survey: Survey) -> pl.DataFrame:
    """Return each respondent's result with its size group and county, unnamed.

    Out: gruppe, fylke (names), plass (order of the size group),
    netto_driftsresultat_pst (percent of revenue).
    """
    groups = tables.main_groups().select(gruppe="navn", plass="rekkefoelge")
    belonging = _belonging(survey).select("region", "gruppe", "fylke")
    return (
        results.per_unit(survey)
        .select("region", RESULT)
        .drop_nulls()
        .join(belonging, on="region", how="inner")
        .join(groups, on="gruppe", how="left")
        .select("gruppe", "fylke", "plass", RESULT)
        .sort("plass", "fylke", RESULT)
    )


def _belonging(survey: Survey) -> pl.DataFrame:
    """Return the municipalities with the names of their size group and county."""
    groups = tables.read("stoerrelsesgruppe").select(stoerrelsesgruppe="gruppe", gruppe="navn")
    return (
        respondents.outside_oslo(survey)
        .join(groups, on="stoerrelsesgruppe", how="left")
        .select("region", "navn", "folkemengde", "fylke", "svart", "gruppe")
    )
