"""The charts of a unit's sheet: its measures over the years, and its place among others."""

from __future__ import annotations

import altair as alt
import polars as pl

from kommuneregnskap.charts.style import (
    BLUE,
    EDGE,
    INK,
    NORWEGIAN,
    ORANGE,
    PALE,
    FacetChart,
    faceted,
)
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.survey.worded import whole_name
from kommuneregnskap.tables.schemas.sheets import GROWTH, PER_PERSON, PERCENT

AXES = {
    PERCENT: "prosent av driftsinntektene",
    PER_PERSON: "kroner per innbygger",
    GROWTH: "prosent fra året før",
}
PANEL, STRIP = (270, 130), (560, 34)  # width and height of a small chart
OWN = "Enheten"
MIDDLES = {  # of development's columns
    "kostragruppe": "Median i KOSTRA-gruppen",
    "stoerrelsesgruppe": "Median i størrelsesgruppen",
}
WHERE = {"kostragruppe": "KOSTRA-gruppen", "stoerrelsesgruppe": "størrelsesgruppen"}


def development(table: pl.DataFrame, survey: Survey) -> FacetChart:
    """Draw measures over the years beside the medians of its groups. In: `unit_sheet.development`."""
    drawn = {name: words for name, words in MIDDLES.items() if table[name].is_not_null().any()}
    said = [
        f"{part['maal_navn'][0]} {number(part['verdi'][-1], part['desimaler'][0])} i {part['aar'][-1]}"
        + "".join(
            f", {words[0].lower()}{words[1:]} {number(part[name][-1], part['desimaler'][0])}"
            for name, words in drawn.items()
        )
        for part in table.partition_by("rekkefoelge", maintain_order=True)
    ]
    rows = _labelled(
        table.rename({"verdi": OWN} | drawn)
        .unpivot(
            [OWN, *drawn.values()],
            index=["rekkefoelge", "maal_navn", "maal", "desimaler", "aar"],
            variable_name="hvem",
            value_name="verdi",
        )
        .drop_nulls("verdi")
        .with_columns(pl.col("aar").cast(pl.String))
        .sort("rekkefoelge", "hvem", "aar")
    )
    names, colours = [OWN, *drawn.values()], [BLUE, ORANGE, EDGE][: len(drawn) + 1]
    base = alt.Chart().encode(
        x=alt.X("aar:N", title=None, axis=alt.Axis(labelAngle=0)),
        y=alt.Y(
            "verdi:Q",
            title=None,
            axis=alt.Axis(tickCount=4, labelExpr=NORWEGIAN),
            scale=alt.Scale(zero=False),
        ),
        color=alt.Color("hvem:N", title=None, scale=alt.Scale(domain=names, range=colours)),
    )
    shapes = ["circle", "diamond", "square"][: len(names)]
    shape = alt.Shape("hvem:N", title=None, scale=alt.Scale(domain=names, range=shapes))
    tooltip = ["aar:N", "hvem:N", "tekst:N"]
    return faceted(
        [
            base.mark_line(strokeWidth=1.5),
            base.mark_point(size=60, filled=True, opacity=1).encode(shape=shape, tooltip=tooltip),
        ],
        rows,
        survey,
        by="maalet",
        columns=2,
        size=PANEL,
        title="Hvordan har det gått?",
        unit="Enheten og medianene i KOSTRA-gruppen og størrelsesgruppen, år for år"
        if drawn
        else "Enheten, år for år",
        alt_text=f"Linjer over årene, {len(said)} mål. {'; '.join(said)}.",
    )


def place(table: pl.DataFrame, survey: Survey) -> FacetChart:
    """Draw where the unit lies in its KOSTRA group, a strip per measure; alone there, its size group.

    In: `unit_sheet.peers`.
    """
    own = pl.col("enheten")
    kinds = [
        kind for kind in WHERE if (~table.filter(pl.col("sammenlikning") == kind)["enheten"]).any()
    ]
    where = WHERE[kind := (kinds or list(WHERE))[0]]
    measured = pl.col("rekkefoelge").is_in(table.filter(own)["rekkefoelge"].unique().implode())
    rows = _labelled(table.filter((pl.col("sammenlikning") == kind) & measured))
    said = [
        f"{part['maal_navn'][0]} {part.filter('enheten')['tekst'][0]}, fra {part['tekst'][0]} "
        f"til {part['tekst'][-1]}"
        for part in rows.partition_by("rekkefoelge", maintain_order=True)
        if part["enheten"].any()
    ]
    base = alt.Chart().encode(
        x=alt.X(
            "verdi:Q",
            title=None,
            axis=alt.Axis(labelExpr=NORWEGIAN, tickCount=6, grid=False),
            scale=alt.Scale(zero=False),
        )
    )
    itself = base.transform_filter("datum.enheten")
    return faceted(
        [
            base.mark_tick(color=PALE, thickness=1.5, size=18),
            base.mark_tick(color=INK, thickness=2, size=30).encode(x="median(verdi):Q"),
            itself.mark_point(shape="diamond", filled=True, size=110, color=ORANGE, opacity=1),
            itself.mark_text(dy=-14, fontWeight="bold").encode(text="tekst:N"),
        ],
        rows,
        survey,
        by="maalet",
        columns=1,
        size=STRIP,
        title=f"Hvor ligger {whole_name(survey) if survey.alone else 'enheten'} i {where}?",
        unit="En strek per kommune i gruppen, den lange er medianen; ruten med tall er kommunen selv"
        if survey.alone
        else "En strek per enhet i gruppen; enheten selv er rute med tall, medianen lang strek",
        alt_text=f"Stripediagram, {len(said)} mål. {'; '.join(said)}.",
    )


def _labelled(rows: pl.DataFrame) -> pl.DataFrame:
    """Return what is drawn: `maalet` (the heading of a small chart), `tekst` (the value as a reader sees it)."""
    texts = [
        number(value, decimals) for value, decimals in rows.select("verdi", "desimaler").rows()
    ]
    return rows.with_columns(
        maalet=pl.col("maal_navn") + ", " + pl.col("maal").replace_strict(AXES),
        tekst=pl.Series(texts, dtype=pl.String),
    ).drop("begrep", "maal", "desimaler", "figur", "sammenlikning", strict=False)
