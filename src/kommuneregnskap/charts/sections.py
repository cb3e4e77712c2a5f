"""Charts of the sections that are bars: what was invested in, where costs grew, how large the funds are."""

from __future__ import annotations

import polars as pl

from kommuneregnskap.charts.style import (
    ORANGE,
    Chart,
    bars,
    finished,
    groups_text,
)
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey.survey import Survey


def investment_shares(table: pl.DataFrame, survey: Survey) -> Chart:
    """Draw shares of gross investment. In: a row per service area, oppdeling, omraade, belop, andel (percent)."""
    rows = table.filter((pl.col("oppdeling") == "hoved") & (pl.col("belop") != 0)).sort(
        "andel", descending=True
    )
    layers, height = bars(
        rows,
        value="andel",
        label="omraade",
        axis="Andel av investeringene (prosent)",
        decimals=1,
        emphasised=rows["omraade"].head(2).to_list(),
    )
    top = [
        f"{name} {number(share, 1)}"
        for name, share in rows.select("omraade", "andel").head(3).iter_rows()
    ]
    return finished(
        layers,
        survey,
        title="Hva investerte kommunene i?",
        unit="Andel av brutto investeringsutgifter, prosent",
        alt_text=f"Stolpediagram over {len(rows)} tjenesteområder. Størst: {'; '.join(top)} prosent.",
        height=height,
    )


def growth_by_area(table: pl.DataFrame, survey: Survey) -> Chart:
    """Draw growth of expenditure. In: a row per service area, oppdeling, omraade, vekst (percent)."""
    rows = table.filter((pl.col("oppdeling") == "hoved") & pl.col("vekst").is_not_null())
    rows = rows.sort("vekst", descending=True)
    layers, height = bars(
        rows,
        value="vekst",
        label="omraade",
        axis="Vekst fra året før (prosent)",
        decimals=1,
    )
    ends = rows.select("omraade", "vekst").rows()
    text = (
        f"Stolper for {len(rows)} områder; sterkest {ends[0][0]} {number(ends[0][1], 1)}, svakest "
        f"{ends[-1][0]} {number(ends[-1][1], 1)} prosent."
        if ends
        else "Ingen tall."
    )
    return finished(
        layers,
        survey,
        title="Hvor vokste utgiftene mest?",
        unit="Vekst i brutto driftsutgifter per tjenesteområde, prosent, samme kommuner begge år",
        alt_text=text,
        height=height,
    )


def fund_bands(table: pl.DataFrame, survey: Survey) -> Chart:
    """Draw how many have how large a fund. In: a row per band, baand_navn, andel (percent of the municipalities)."""
    layers, height = bars(
        table,
        value="andel",
        label="baand_navn",
        axis="Andel av kommunene (prosent)",
        decimals=1,
        emphasised=table["baand_navn"].head(2).to_list(),
        color=ORANGE,
    )
    return finished(
        layers,
        survey,
        title="Hvor mange kommuner har tømt disposisjonsfondet?",
        unit="Kommuner etter disposisjonsfond i prosent av brutto driftsinntekter, prosent av kommunene",
        alt_text=groups_text(table, "baand_navn", "andel", 1, "prosent av kommunene"),
        height=height,
    )
