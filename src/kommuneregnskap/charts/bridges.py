"""Charts of open figures: the bridge from what KS printed to what Statistics Norway publishes."""

from __future__ import annotations

import altair as alt
import polars as pl

from kommuneregnskap.charts.style import BLUE, PALE, ROW_HEIGHT, Chart, finished, labelled, row_axis
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey.survey import Survey


def bridge(rows: pl.DataFrame, survey: Survey) -> Chart:
    """Draw the steps of the bridge with their intervals, the first on top. In: `bridge.steps`, LEVEL."""
    shown = labelled(rows, "verdi", 2).with_columns(
        trinn_navn=pl.format("{}. {}", "trinn", "trinn_navn"),
    )
    names = shown["trinn_navn"].to_list()
    base = alt.Chart(shown).encode(
        y=row_axis("trinn_navn", names),
        x=alt.X(
            "verdi:Q",
            title="Prosent av driftsinntektene",
            scale=alt.Scale(zero=False, padding=30),
        ),
        tooltip=[
            alt.Tooltip("trinn_navn:N", title="Trinn"),
            alt.Tooltip("tekst:N", title="Prosent"),
            alt.Tooltip("viser:N", title="Hva endringen viser"),
        ],
    )
    spans = base.transform_filter("datum.nedre !== null && datum.oevre !== null")
    parts = [
        f"{name} {number(value, 2)}"
        for name, value in shown.select("trinn_navn", "verdi").iter_rows()
        if value is not None
    ]
    return finished(
        [
            spans.mark_rule(color=PALE, strokeWidth=7).encode(x=alt.X("nedre:Q"), x2="oevre:Q"),
            base.mark_point(filled=True, size=70, opacity=1, color=BLUE),
            base.mark_text(align="left", dx=9, dy=-8).encode(text="tekst:N"),
        ],
        survey,
        title="Hva skiller KS' tall fra SSBs?",
        unit="Netto driftsresultat i prosent av driftsinntektene; stripen er det trykte intervallet, eller utvalgene",
        alt_text=f"Punkter per trinn, prosent: {'; '.join(parts)}.",
        height=ROW_HEIGHT * max(len(names), 3) + 10,
    )
