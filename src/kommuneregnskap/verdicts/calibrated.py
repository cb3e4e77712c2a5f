"""How many numbers that the synthetic panel agrees with it was made to agree with."""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.support.norwegian import number


def aimed(vurdering: pl.DataFrame) -> pl.DataFrame:
    """Return the published numbers with the verdict `kalibrert`, and whether the panel's construction sets them.

    In: `judgement.judge`. Out: its rows, `settes` (Bool: data/demo/targets.csv says that the tables which the panel is
    made of set the number; the others follow from what those set).
    """
    targets = tables.read_demo("targets").filter(pl.col("settes") == "ja")
    return (
        vurdering.filter(pl.col("dom") == "kalibrert")
        .join(
            targets.select(tall_id="id", aar="aar", settes=pl.lit(value=True)),
            on=["tall_id", "aar"],
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.col("settes").fill_null(value=False))
    )


def said(vurdering: pl.DataFrame) -> str:
    """Say how many of the calibrated numbers the panel was set to and how many follow; empty where there are none."""
    found = aimed(vurdering)
    if found.is_empty():
        return ""
    count, of = int(found["settes"].sum()), len(found)
    return (
        f"Panelet er stilt inn mot {number(count)} av {number(of)} kalibrerte tall; {number(of - count)} følger av det "
        "som er stilt inn. Ingen av dem er bevis."
    )
