"""Charts of estimates: each with its interval, and how the estimators fare where the truth is known."""

from __future__ import annotations

from dataclasses import replace

import altair as alt
import polars as pl

from kommuneregnskap.charts.style import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    PALE,
    ROW_HEIGHT,
    Chart,
    finished,
    labelled,
    row_axis,
)
from kommuneregnskap.estimates.quantities import rule
from kommuneregnskap.sources.synthetic_panel import SOURCE as PANEL
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey.survey import Survey

PRINTED = "trykt"


def result_by_estimator(rows: pl.DataFrame, survey: Survey) -> Chart:
    """Draw the net operating result of all by estimator, after what was printed. In: `shown.beside_print`."""
    layers, height, text = _intervals(rows, "anslag_navn", "Milliarder kroner", 2)
    return finished(
        layers,
        survey,
        title="Hva er resultatet for alle, og hvor sikkert er det?",
        unit=(
            f"Netto driftsresultat for alle kommuner utenom Oslo, milliarder kroner; streken er {_sure()} prosent "
            "konfidensintervall, for trykte tall intervallet som følger av slik de er trykt"
        ),
        alt_text=f"Punkter med intervall, milliarder kroner. {text}",
        height=height,
    )


def result_by_domain(rows: pl.DataFrame, survey: Survey) -> Chart:
    """Draw the result in percent of revenue by size group or county. In: `shown.of`, one quantity."""
    layers, height, text = _intervals(rows, "domene_navn", "Prosent av driftsinntektene", 1)
    return finished(
        layers,
        survey,
        title="Hvor usikkert er resultatet i hver gruppe?",
        unit=(
            "Netto driftsresultat i prosent av brutto driftsinntekter, anslått for hele gruppen; streken er "
            f"{_sure()} prosent konfidensintervall, og der alle har svart, er det ingen"
        ),
        alt_text=f"Punkter med intervall, prosent. {text}",
        height=height,
    )


def coverage(rows: pl.DataFrame, survey: Survey) -> Chart:
    """Draw how often the intervals held the truth, by estimator and mechanism, with what so many draws leave unsure.

    In: `shown.simulated`, one quantity at a time. The accounts are invented whatever the survey is of, and the
    figure says so.
    """
    invented = replace(
        survey, year=int(rows["aar"][0]), source=PANEL.name, scope=PANEL.scopes[0], open=None
    )
    shown = labelled(rows.drop_nulls("dekning"), "dekning", 1)
    names = rows["estimator_navn"].unique(maintain_order=True).to_list()
    mechanisms = rows["mekanisme_navn"].unique(maintain_order=True).to_list()
    base = alt.Chart(shown).encode(
        y=row_axis("estimator_navn", names),
        x=alt.X(
            "dekning:Q",
            title="Intervaller som dekker den sanne verdien (prosent)",
            scale=alt.Scale(domain=[0, 100]),
        ),
        # Side by side: where both are at the end of the scale, one would hide the other.
        yOffset=alt.YOffset("mekanisme_navn:N", sort=mechanisms),
        tooltip=["estimator_navn:N", "mekanisme_navn:N", "tekst:N"],
    )
    points = base.mark_point(filled=True, size=90, opacity=1).encode(
        color=alt.Color(
            "mekanisme_navn:N",
            title=None,
            scale=alt.Scale(domain=mechanisms, range=[BLUE, ORANGE]),
        ),
        shape=alt.Shape(
            "mekanisme_navn:N",
            title=None,
            scale=alt.Scale(domain=mechanisms, range=["circle", "square"]),
        ),
    )
    unsure = base.mark_rule(strokeWidth=3, color=PALE).encode(
        x=alt.X("dekning_nedre:Q"), x2="dekning_oevre:Q"
    )
    promised = (
        alt.Chart(alt.Data(values=[{"x": rule("sikkerhet")}]))
        .mark_rule(color=INK, strokeDash=[4, 3])
        .encode(x="x:Q")
    )
    parts = [
        f"{name}, {how.lower()}: {number(share, 1)} ({number(low, 1)} til {number(high, 1)})"
        for name, how, share, low, high in shown.select(
            "estimator_navn", "mekanisme_navn", "dekning", "dekning_nedre", "dekning_oevre"
        ).iter_rows()
    ]
    return finished(
        [promised, unsure, points],
        invented,
        title="Hvor ofte dekker intervallet sannheten?",
        unit=(
            f"{rows['stoerrelse_navn'][0]}: prosent av {number(rows['trekk'][0])} trekninger av hvem som "
            "svarer, fra oppdiktede regnskaper; strekene er det så mange trekninger lar være usikkert, den stiplede "
            "linjen er det intervallet lover"
        ),
        alt_text=f"Punkter, prosent: {'; '.join(parts)}.",
        height=(ROW_HEIGHT + 8) * max(len(names), 3),
    )


def _sure() -> str:
    return number(rule("sikkerhet"))


def _intervals(
    rows: pl.DataFrame, label: str, axis: str, decimals: int
) -> tuple[list[alt.Chart], int, str]:
    """Return a point with its interval per row, in the rows' order, the height, and all of it in words."""
    shown = labelled(rows.drop_nulls("verdi"), "verdi", decimals)
    if "slag" not in shown.columns:
        shown = shown.with_columns(slag=pl.lit("beregnet"))
    names = shown[label].to_list()
    base = alt.Chart(shown.select(label, "slag", "verdi", "nedre", "oevre", "tekst")).encode(
        y=row_axis(label, names),
        x=alt.X("verdi:Q", title=axis, scale=alt.Scale(padding=25)),
        tooltip=[alt.Tooltip(f"{label}:N", title="Anslag"), alt.Tooltip("tekst:N", title=axis)],
    )
    spans = base.transform_filter("datum.nedre !== null && datum.oevre !== null")
    chosen = alt.condition(f"datum.slag === '{PRINTED}'", alt.value(ORANGE), alt.value(BLUE))
    zero = alt.Chart(alt.Data(values=[{"x": 0}])).mark_rule(color=GREY).encode(x="x:Q")
    parts = [
        f"{name}: {number(value, decimals)}"
        + (f" ({number(low, decimals)} til {number(high, decimals)})" if low is not None else "")
        for name, value, low, high in shown.select(label, "verdi", "nedre", "oevre").iter_rows()
    ]
    layers = [
        zero,
        spans.mark_rule(color=PALE, strokeWidth=7).encode(x=alt.X("nedre:Q"), x2="oevre:Q"),
        base.mark_point(filled=True, size=70, opacity=1).encode(color=chosen),
        base.mark_text(dy=-10).encode(text="tekst:N"),
    ]
    return layers, (ROW_HEIGHT + 8) * max(len(names), 3), f"{'; '.join(parts)}."
