"""Charts of what was published: how the verdicts fall, and what was said of each year."""

from __future__ import annotations

import altair as alt
import polars as pl

from kommuneregnskap.charts.style import BLUE, GREY, INK, ORANGE, PALE, Chart, bars, finished
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey.survey import Survey

# Whose number a mark is: colour and shape, so that either will do.
MARKS = {
    "KS": (BLUE, "circle"),
    "SSB": (ORANGE, "square"),
    "TBU": (GREY, "diamond"),
    "presse": (GREY, "triangle-up"),
    "regjeringen": (PALE, "triangle-down"),
    "Denne rapporten": (INK, "cross"),
}
LONG = "lang rekke"  # what is not of a single publication
OF_LONG = f"datum.utgivelse === '{LONG}'"


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
        unit="Antall publiserte tall etter vurdering",
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
        unit="Trykte tall med intervall, prosent, etter regnskapsår; streker binder omskrivinger sammen",
        alt_text=(
            f"Trykte tall i den rekkefølgen de kom. {'; '.join(parts)}. "
            f"Beregnet i denne rapporten: {', '.join(own) or 'ingen'} prosent."
        ),
        height=320,
    )


def sector_over_time(rows: pl.DataFrame, survey: Survey) -> Chart:
    """Draw result and free fund of municipalities and counties together over many years. In: `history.sector`."""
    result, fund = rows.partition_by("serie", maintain_order=True)
    advised = result.drop_nulls("anbefalt")
    told = [
        f"{line['serie_navn'][0]}: lavest {_year(line, 'verdi', 0)}, høyest {_year(line, 'verdi', -1)}, "
        f"sist {_year(line, 'gjelder', -1)}."
        for line in (result, fund)
    ]
    below = advised.filter(pl.col("verdi") < pl.col("anbefalt"))
    return finished(
        [*_columns(result), *_line(fund), *_level(advised)],
        survey,
        title="Hvordan har resultatet og fondet i kommunesektoren vært over tid?",
        unit=(
            "Prosent av driftsinntektene, kommuner og fylkeskommuner samlet: netto driftsresultat (søyler), TBUs "
            "anbefalte nivå for det (stiplet) og disposisjonsfond (linje); uten fyll: det en senere utgivelse sier"
        ),
        alt_text=(
            f"{' '.join(told)} Resultatet er under det anbefalte nivået i {len(below)} av {len(advised)} år."
        ),
        height=280,
        printed="; ".join(rows.sort("gjelder")["kilde"].unique(maintain_order=True)),
    )


def _year(line: pl.DataFrame, by: str, place: int) -> str:
    row = line.sort(by, maintain_order=True).row(place, named=True)
    return f"{number(row['verdi'], 1)} i {row['gjelder']}"


def _drawn(rows: pl.DataFrame) -> alt.Chart:
    """Return a series along the years, nothing drawn yet. In: rows of one serie of `history.sector`."""
    years = rows["gjelder"]
    fives = [year for year in range(years.min(), years.max() + 1) if year % 5 == 0]  # type: ignore[arg-type,operator]
    shown = rows.select("gjelder", "serie_navn", "verdi", pl.col("utgivelse").fill_null(LONG))
    return alt.Chart(shown).encode(
        x=alt.X(
            "gjelder:Q",
            title=None,
            scale=alt.Scale(nice=False, padding=10),
            axis=alt.Axis(format="d", grid=False, values=fives),
        ),
        y=alt.Y("verdi:Q", title="Prosent av driftsinntektene"),
        tooltip=[
            alt.Tooltip("gjelder:Q", title="Regnskapsår", format="d"),
            alt.Tooltip("serie_navn:N", title="Hva"),
            alt.Tooltip("verdi:Q", title="Prosent"),
            alt.Tooltip("utgivelse:N", title="Fra"),
        ],
    )


def _columns(rows: pl.DataFrame) -> list[alt.Chart]:
    base = _drawn(rows)
    return [
        base.transform_filter(OF_LONG).mark_bar(size=11, color=BLUE),
        base.transform_filter(f"!({OF_LONG})").mark_bar(
            size=11, color=BLUE, filled=False, strokeWidth=1.5
        ),
    ]


def _line(rows: pl.DataFrame) -> list[alt.Chart]:
    base = _drawn(rows)
    return [
        base.transform_filter(OF_LONG).mark_line(color=ORANGE, strokeWidth=2.5),
        base.transform_filter(f"!({OF_LONG})").mark_point(
            color=ORANGE, filled=False, size=55, strokeWidth=2, opacity=1
        ),
    ]


def _level(rows: pl.DataFrame) -> list[alt.Chart]:
    base = alt.Chart(rows.select("gjelder", "anbefalt"))
    line = base.mark_line(interpolate="step", strokeDash=[4, 3], color=INK, strokeWidth=1.5)
    return [line.encode(x="gjelder:Q", y="anbefalt:Q")]


def _timeline(rows: pl.DataFrame, axis: str) -> list[alt.Chart]:
    """Return marks along years with their intervals, chains of them joined by lines.

    In: gjelder, akse (where on the axis of years), verdi, nedre, oevre, hvem, tekst, naar, kjede.
    """
    years = rows["gjelder"].unique().sort().to_list()
    names = [name for name in MARKS if name in set(rows["hvem"])]
    looks = [MARKS[name] for name in names]
    base = alt.Chart(rows).encode(
        x=alt.X(
            "akse:Q",
            title=None,
            scale=alt.Scale(domain=[years[0] - 0.6, years[-1] + 0.6], nice=False),
            axis=alt.Axis(values=years, format="d", grid=False),
        ),
        y=alt.Y("verdi:Q", title=axis),
    )
    lines = base.transform_filter("datum.kjede !== null").mark_line(color=GREY, strokeWidth=1.5)
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
