"""Maps: a circle for each municipality at its place, as large as its population (`cartogram`)."""

from __future__ import annotations

import math

import altair as alt
import polars as pl

from kommuneregnskap.charts.style import (
    BLUE,
    EDGE,
    FIFTHS,
    INK,
    PALE,
    PAPER,
    TEXT,
    Chart,
    finished,
    highlighted,
    labelled,
)
from kommuneregnskap.numbers.sections import respondents
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.survey.worded import worded

WIDTH, INSET = 520, 10  # a country higher than it is wide; what Vega keeps clear at its sides
AREA = "Sirkelens flate er innbyggertallet, stedet omtrent kommunens"
NOBODY, FEW = "ikke med", "med (for få til femdeler)"
LEGEND = alt.Legend(orient="top-left", direction="vertical", symbolOpacity=1)  # over the sea


def response(circles: pl.DataFrame, survey: Survey) -> Chart:
    """Draw who answered. In: `places.everyone`."""
    answered, not_answered = worded("har svart", survey), worded("har ikke svart", survey)
    if not survey.gives.respondents:
        not_answered = NOBODY
    rows = circles.with_columns(
        hvem=pl.when("svart").then(pl.lit(answered)).otherwise(pl.lit(not_answered))
    )
    color = alt.Color(
        "hvem:N",
        title=None,
        scale=alt.Scale(domain=[answered, not_answered], range=[BLUE, PALE]),
        legend=LEGEND,
    )
    layers, height = _map(rows, color, [alt.Tooltip("hvem:N", title="Svar")])
    placeless = len(respondents.outside_oslo(survey)) - len(circles)
    left_out = f"; {number(placeless)} uten kjent sted er utelatt" if placeless else ""
    counted = rows.group_by("fylke").agg(pl.col("svart").sum(), kommuner=pl.len()).sort("fylke")
    parts = [f"{name} {number(yes)} av {number(all_)}" for name, yes, all_ in counted.iter_rows()]
    return finished(
        layers,
        survey,
        title="Hvor i landet er de som har svart?",
        unit=f"{AREA}; kommuner som har svart, er blå{left_out}",
        alt_text=f"Kart med en sirkel per kommune. Kommuner som har svart, per fylke: {'; '.join(parts)}.",
        height=height,
        width=WIDTH,
    )


def values(rows: pl.DataFrame, survey: Survey) -> Chart:
    """Draw what the municipalities have, by fifths, with a choice of measure. In: `places.valued`."""
    measures = rows["maal"].unique(maintain_order=True).to_list()
    chosen = alt.param(
        name="maal",
        value=measures[0],
        bind=alt.binding_radio(options=measures, name="Vis "),
    )
    fifths = dict(
        enumerate(["laveste femdel", "nest lavest", "midterst", "nest høyest", "høyeste femdel"], 1)
    )
    known = pl.when(pl.col("verdi").is_null()).then(pl.lit(NOBODY)).otherwise(pl.lit(FEW))
    shown = labelled(rows, "verdi", 1).with_columns(
        femdel=pl.coalesce(
            pl.col("femdel").replace_strict(fifths, default=None, return_dtype=pl.String), known
        )
    )
    looks = dict(zip([*fifths.values(), FEW, NOBODY], [*FIFTHS, BLUE, PAPER], strict=True))
    names = [name for name in looks if name in set(shown["femdel"])]
    color = alt.Color(
        "femdel:N",
        title=None,
        sort=names,
        scale=alt.Scale(domain=names, range=[looks[name] for name in names]),
        legend=LEGEND,
    )
    tips = [
        alt.Tooltip("maal:N", title="Mål"),
        alt.Tooltip("tekst:N", title="Prosent av inntektene"),
    ]
    layers, height = _map(shown, color, tips, chosen=chosen)
    own = rows.filter(pl.col("maal") == measures[0]).drop_nulls("verdi")
    middle = own.group_by("fylke").agg(pl.col("verdi").median()).sort("verdi", "fylke")
    parts = [f"{name} {number(value, 1)}" for name, value in middle.iter_rows()]
    return finished(
        layers,
        survey,
        title="Hvor i landet er resultatene svakest?",
        unit=f"{AREA}; farge etter femdel av kommunene, prosent av brutto driftsinntekter",
        alt_text=(
            f"Kart med en sirkel per kommune for {measures[0].lower()}. "
            f"Median per fylke, lavest først: {'; '.join(parts)} prosent."
        ),
        height=height,
        width=WIDTH,
    )


def _map(
    rows: pl.DataFrame,
    color: alt.Color,
    tips: list[alt.Tooltip],
    chosen: alt.Parameter | None = None,
) -> tuple[list[alt.Chart], int]:
    """Return the layers of a map and its height; the same scale to the north as to the east."""
    room = float(rows["radius"].max() or 0)  # type: ignore[arg-type]
    west, east = (float(end) for end in (rows["x"].min() - room, rows["x"].max() + room))  # type: ignore[operator]
    south, north = (float(end) for end in (rows["y"].min() - room, rows["y"].max() + room))  # type: ignore[operator]
    scale = (WIDTH - INSET) / (east - west)
    height = round((north - south) * scale)
    # Vega measures a circle by its area in square pixels.
    drawn = rows.with_columns(
        flate=(math.pi * (pl.col("radius") * scale) ** 2).round(2),
        innbyggere=pl.col("folkemengde").map_elements(number, return_dtype=pl.String),
    ).drop("region", "folkemengde", "radius")
    largest = float(drawn["flate"].max() or 1)  # type: ignore[arg-type]
    areas = alt.Scale(domain=[0, largest], range=[0, largest])
    groups = rows.sort("folkemengde")["gruppe"].unique(maintain_order=True).to_list()
    choice, opacity = highlighted(groups)
    base = alt.Chart(drawn).encode(
        x=alt.X("x:Q", axis=None, scale=alt.Scale(domain=[west, east], nice=False)),
        y=alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[south, north], nice=False)),
    )
    marks = (
        base.mark_circle(stroke=EDGE, strokeWidth=0.5)
        .encode(
            color=color,
            size=alt.Size("flate:Q", scale=areas, legend=None),
            opacity=opacity,
            tooltip=[
                alt.Tooltip("navn:N", title="Kommune"),
                alt.Tooltip("innbyggere:N", title="Innbyggere"),
                alt.Tooltip("fylke:N", title="Fylke"),
                alt.Tooltip("gruppe:N", title="Størrelse"),
                *tips,
            ],
        )
        .add_params(choice)
    )
    if chosen is not None:
        marks = marks.add_params(chosen).transform_filter("datum.maal === maal")
    return [marks, *_county_names(rows, base)], height


def _county_names(rows: pl.DataFrame, base: alt.Chart) -> list[alt.Chart]:
    """Return the names of the counties, each in the middle of its circles, on a white edge."""
    weight = pl.col("folkemengde") / pl.col("folkemengde").sum()
    middle = (
        rows.unique("region", maintain_order=True)
        .group_by("fylke", maintain_order=True)
        .agg((pl.col("x") * weight).sum(), (pl.col("y") * weight).sum())
    )
    text = base.properties(data=middle).encode(text="fylke:N")
    return [
        text.mark_text(fontSize=TEXT, fontWeight="bold", stroke=PAPER, strokeWidth=3, opacity=0.85),
        text.mark_text(fontSize=TEXT, fontWeight="bold", color=INK),
    ]
