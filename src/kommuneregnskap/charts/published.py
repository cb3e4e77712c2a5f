"""Charts of what was published: how the verdicts fall, and what was said of each year."""

from __future__ import annotations

import altair as alt
import polars as pl

from kommuneregnskap.charts.style import BLUE, ORANGE, PALE, Chart, bars, finished
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey.survey import Survey

# Whose number a mark is: colour and shape, so that either will do.
MARKS = {
    "KS": (BLUE, "circle"),
    "SSB": (ORANGE, "square"),
    "TBU": ("#444444", "diamond"),
    "presse": ("#444444", "triangle-up"),
    "regjeringen": (PALE, "triangle-down"),
    "Denne rapporten": ("#000000", "cross"),
}


def verdict_counts(table: pl.DataFrame, survey: Survey) -> Chart:
    """Draw how many published numbers got each verdict. In: `judgement.counts` (dom, dom_navn, antall)."""
    layers, height = bars(
        table.filter(pl.col("antall") > 0),
        value="antall",
        label="dom_navn",
        axis="Publiserte tall",
        decimals=0,
    )
    parts = [
        f"{name} {count}" for name, count in table.select("dom_navn", "antall").iter_rows() if count
    ]
    return finished(
        layers,
        survey,
        title="Hvordan gikk det med de publiserte tallene?",
        unit="Antall publiserte tall per dom",
        alt_text=f"Stolper: {'; '.join(parts)}.",
        height=height,
    )


def said_over_time(rows: pl.DataFrame, survey: Survey) -> Chart:
    """Draw what was said of each accounting year, in the order it was said. In: `history.marks`."""
    printed = rows.drop_nulls("id")
    parts = [
        f"{group['gjelder'][0]}: {', '.join(number(value, 1) for value in group['verdi'])}"
        for group in printed.partition_by("gjelder", maintain_order=True)
    ]
    own = [
        f"{year} {number(value, 1)}"
        for year, value in rows.filter(pl.col("id").is_null())
        .select("gjelder", "verdi")
        .iter_rows()
    ]
    return finished(
        _timeline(rows, "Prosent av driftsinntektene"),
        survey,
        title="Hva er sagt om netto driftsresultat, og når?",
        unit="Trykte tall (data/claims) med intervall, prosent, etter regnskapsår; streker binder omskrivinger sammen",
        alt_text=(
            f"Trykte tall i den rekkefølgen de kom. {'; '.join(parts)}. "
            f"Beregnet i denne rapporten: {', '.join(own) or 'ingen'} prosent."
        ),
        height=320,
    )


def _timeline(rows: pl.DataFrame, axis: str) -> list[alt.Chart]:
    """Return marks along years with their intervals, chains of them joined by lines.

    In: gjelder, plass (where on the axis of years), verdi, nedre, oevre, hvem, tekst, naar, kjede.
    """
    years = rows["gjelder"].unique().sort().to_list()
    names = [name for name in MARKS if name in set(rows["hvem"])]
    looks = [MARKS[name] for name in names]
    base = alt.Chart(rows).encode(
        x=alt.X(
            "plass:Q",
            title=None,
            scale=alt.Scale(domain=[years[0] - 0.6, years[-1] + 0.6], nice=False),
            axis=alt.Axis(values=years, format="d", grid=False),
        ),
        y=alt.Y("verdi:Q", title=axis),
    )
    lines = base.transform_filter("datum.kjede !== null").mark_line(
        color="#444444", strokeWidth=1.5
    )
    spans = base.transform_filter("datum.nedre !== null && datum.oevre !== null")
    points = base.mark_point(filled=True, size=55, opacity=1).encode(
        color=alt.Color(
            "hvem:N", title=None, scale=alt.Scale(domain=names, range=[x for x, _ in looks])
        ),
        shape=alt.Shape(
            "hvem:N", title=None, scale=alt.Scale(domain=names, range=[x for _, x in looks])
        ),
        tooltip=[
            alt.Tooltip("gjelder:Q", title="Regnskapsår", format="d"),
            alt.Tooltip("hvem:N", title="Hvem"),
            alt.Tooltip("naar:N", title="Når"),
            alt.Tooltip("tekst:N", title="Sagt"),
        ],
    )
    return [
        lines.encode(detail="kjede:N"),
        spans.mark_rule(color=PALE, strokeWidth=5).encode(y=alt.Y("nedre:Q"), y2="oevre:Q"),
        points,
    ]
