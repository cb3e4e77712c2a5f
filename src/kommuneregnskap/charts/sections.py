"""Charts of the sections: what was invested, the result, growth, funds, who answered."""

from __future__ import annotations

import altair as alt
import polars as pl

from kommuneregnskap.charts.style import (
    BLUE,
    ORANGE,
    Chart,
    bars,
    finished,
    groups_text,
    labelled,
    worded,
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


def result_by_group(table: pl.DataFrame, survey: Survey) -> Chart:
    """Draw the net operating result. In: a row per size group, gruppe, netto_pst (percent of revenue)."""
    layers, height = bars(
        table, value="netto_pst", label="gruppe", axis="Prosent av driftsinntektene", decimals=1
    )
    return finished(
        layers,
        survey,
        title="Hvilke kommuner hadde svakest resultat?",
        unit="Netto driftsresultat i prosent av brutto driftsinntekter, sum av gruppen",
        alt_text=groups_text(table, "gruppe", "netto_pst", 1, "prosent av driftsinntektene"),
        height=height,
    )


def revenue_and_expenditure(growth: pl.DataFrame, survey: Survey) -> Chart:
    """Draw growth of revenue and expenditure. In: a row per year, aar, inntektsvekst, utgiftsvekst (percent)."""
    height = 260
    names = {"inntektsvekst": "Driftsinntekter", "utgiftsvekst": "Driftsutgifter"}
    rows = labelled(
        growth.select("aar", *names)
        .unpivot(index="aar", variable_name="post", value_name="vekst")
        .with_columns(pl.col("post").replace(names), pl.col("aar").cast(pl.String)),
        "vekst",
        1,
    )
    base = alt.Chart(rows).encode(
        x=alt.X("aar:N", title=None, axis=alt.Axis(labelAngle=0)),
        xOffset=alt.XOffset("post:N", sort=list(names.values())),
        y=alt.Y("vekst:Q", title="Vekst fra året før (prosent)"),
        tooltip=["aar:N", "post:N", "tekst:N"],
    )
    columns = base.mark_bar().encode(
        color=alt.Color(
            "post:N",
            title=None,
            scale=alt.Scale(domain=list(names.values()), range=[BLUE, ORANGE]),
        )
    )
    text = base.mark_text(dy=-7, fontSize=12).encode(text="tekst:N")
    parts = [
        f"{year}: inntekter {number(revenue, 1)}, utgifter {number(cost, 1)} prosent"
        for year, revenue, cost in growth.select("aar", *names).iter_rows()
    ]
    return finished(
        [columns, text],
        survey,
        title="Vokste utgiftene mer enn inntektene?",
        unit="Vekst i brutto driftsinntekter og brutto driftsutgifter, prosent, samme kommuner begge år",
        alt_text=f"Stolper per år. {'; '.join(parts)}.",
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


def fund_by_group(table: pl.DataFrame, survey: Survey) -> Chart:
    """Draw the fund. In: a row per size group, gruppe, fond_pst (percent of revenue): `funds.by_size_group`."""
    layers, height = bars(
        table, value="fond_pst", label="gruppe", axis="Prosent av driftsinntektene", decimals=1
    )
    return finished(
        layers,
        survey,
        title="Hvor store fond har små og store kommuner?",
        unit="Disposisjonsfond i prosent av brutto driftsinntekter, sum av gruppen",
        alt_text=groups_text(table, "gruppe", "fond_pst", 1, "prosent av driftsinntektene"),
        height=height,
    )


def response_by_group(table: pl.DataFrame, survey: Survey) -> Chart:
    """Draw the response rate. In: a row per size group, gruppe, andel (percent)."""
    layers, height = bars(
        table,
        value="andel",
        label="gruppe",
        axis=worded("Andel som har svart (prosent)", survey),
        decimals=1,
    )
    return finished(
        layers,
        survey,
        title="Hvem har svart?",
        unit="Kommuner utenom Oslo som har svart, prosent av gruppen",
        alt_text=groups_text(table, "gruppe", "andel", 1, "prosent"),
        height=height,
    )
