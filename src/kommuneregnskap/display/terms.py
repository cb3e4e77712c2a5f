"""Terms that several use and mean different things by: who means what, and what each comes to.

Method: data/definitions/definisjonskort.csv; formulas are those of indicators.csv.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.indicators.evaluate import ratio
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.survey.survey import Survey

REVENUE = "brutto_driftsinntekter"


def cards(survey: Survey) -> pl.DataFrame:
    """Return the definition cards with the value of each variant in this survey.

    Out, in the order of the table: kort, navn, hvem, variant, definisjon, begrep (of indicators.csv;
    null: no formula), formel (in words where there is no begrep), brukt, foerer_til, kilde, mrd_kr and
    prosent (sum of the respondent municipalities, in mrd. kr and in percent of their operating
    revenue; null where it cannot be computed). Raises DataError for a begrep that is no amount of
    indicators.csv in the year.
    """
    rows = tables.read("definisjonskort").with_columns(pl.col("hvem").cast(pl.String))
    known = tables.valid("indicators", survey.year).filter(
        pl.col("regnskap").cast(pl.String) != "prosent"
    )
    odd = rows.drop_nulls("begrep").filter(~pl.col("begrep").is_in(known["begrep"].to_list()))
    if len(odd):
        raise DataError(
            tables.file_of("definisjonskort"),
            line=int(odd["linje"][0]),
            field="begrep",
            value=odd["begrep"][0],
            allowed="a begrep of indicators.csv, in 1000 kr, valid in the year",
            todo="Mend the cell, or add the definition.",
        )
    return rows.join(_values(survey), on="begrep", how="left", maintain_order="left").drop("linje")


def _values(survey: Survey) -> pl.DataFrame:
    """Return begrep, mrd_kr, prosent; of the units that have the concept."""
    panel = survey.panel()
    concepts = [name for name in panel.columns if panel.schema[name] == pl.Int64]
    return (
        panel.unpivot(concepts, index="region", variable_name="begrep", value_name="belop")
        .drop_nulls("belop")
        .join(panel.select("region", inntekt=REVENUE), on="region")
        .group_by("begrep")
        .agg(
            mrd_kr=pl.col("belop").sum() / 1e6,
            prosent=ratio(pl.col("belop").sum(), pl.col("inntekt").sum()),
        )
    )
