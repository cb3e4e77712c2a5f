"""Size groups and counties: a choice of measure, a group to highlight, the same axes once for each."""

from __future__ import annotations

import altair as alt
import polars as pl

from kommuneregnskap.charts.style import (
    BLUE,
    EVERYONE,
    INK,
    ORANGE,
    PALE,
    PAPER,
    ROW_HEIGHT,
    Chart,
    FacetChart,
    faceted,
    finished,
    groups_text,
    highlighted,
    labelled,
    row_axis,
)
from kommuneregnskap.numbers.sections import levels
from kommuneregnskap.numbers.sections.places import RESULT
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey.survey import Survey

PANEL = (180, 84)  # width and height of a small chart
STEP = 2  # percentage points of a column
EDGE = 20  # results beyond this, either way, stand in the outermost column


# What the reader may choose among: column of the table, heading, decimals. The first stands until then.
MEASURES = (
    ("per_innbygger", "kroner per innbygger", 0),
    ("andel_av_inntekt", "prosent av inntektene", 1),
    ("mill_kr", "millioner kroner", 0),
)


def investment_by_group(table: pl.DataFrame, survey: Survey) -> Chart:
    """Draw gross investment by size group, in the measure the reader chooses. In: `investments.by_size_group`."""
    rows = pl.concat(
        labelled(table.drop_nulls(column), column, places).select(
            "gruppe", "tekst", maal=pl.lit(heading), verdi=pl.col(column).cast(pl.Float64)
        )
        for column, heading, places in MEASURES
    )
    headings = [heading for _, heading, _ in MEASURES]
    chosen = alt.param(
        name="maal", value=headings[0], bind=alt.binding_radio(options=headings, name="Vis i ")
    )
    base = (
        alt.Chart(rows)
        .transform_filter("datum.maal === maal")
        .encode(
            y=row_axis("gruppe", table["gruppe"].to_list()),
            x=alt.X("verdi:Q", axis=None, scale=alt.Scale(nice=False)),
            tooltip=[
                alt.Tooltip("gruppe:N", title="Gruppe"),
                alt.Tooltip("maal:N", title="Målt i"),
                alt.Tooltip("tekst:N", title="Investert"),
            ],
        )
    )
    # What keeps room for the number at the longest bar, whichever measure is shown.
    ends = rows.group_by("maal", maintain_order=True).agg(ende=1.12 * pl.col("verdi").max())
    room = alt.Chart(ends).transform_filter("datum.maal === maal").mark_point(opacity=0)
    room = room.encode(x=alt.X("ende:Q", axis=None))
    unit = (
        alt.Chart(rows.unique("maal", maintain_order=True).select("maal"))
        .transform_filter("datum.maal === maal")
        .mark_text(align="left", fontWeight="bold", dy=-10)
        .encode(x=alt.value(0), y=alt.value(0), text="maal:N")
    )
    return finished(
        [
            base.mark_bar(height={"band": 0.72}, color=BLUE).add_params(chosen),
            unit,
            room,
            base.mark_text(align="left", dx=4).encode(text="tekst:N"),
        ],
        survey,
        title="Hvor mye investerte små og store kommuner?",
        unit="Brutto investeringsutgifter, enheten står over søylene",
        alt_text=groups_text(table, "gruppe", "per_innbygger", 0, "kroner per innbygger"),
        height=max(ROW_HEIGHT * len(table), 3 * ROW_HEIGHT),
    )


def result_distribution(rows: pl.DataFrame, survey: Survey) -> Chart:
    """Draw how results are spread, with a size group to highlight. In: `places.results_spread`.

    The dashed lines are the levels that levels.csv has of municipalities' results.
    """
    order = rows.sort("plass")["gruppe"].unique(maintain_order=True).to_list()
    choice, _ = highlighted(order)
    data = rows.select("gruppe", RESULT)
    negative = int((data[RESULT] < 0).sum())
    marks = [
        {
            "x": row["fra"],
            "tekst": f"{row['hvem']}s anbefalte nivå,|{number(row['fra'], 2)} prosent",
        }
        for row in levels.of(RESULT, survey.year)
        .filter(pl.col("enhetstype") == "kommune")
        .iter_rows(named=True)
    ]
    bins = alt.Bin(step=1)
    ticks = list(range(-100, 101, 5 if len(data) > 1 else 1))
    columns = alt.Chart(data).encode(
        x=alt.X(
            f"{RESULT}:Q",
            bin=bins,
            title="Netto driftsresultat (prosent av driftsinntektene)",
            axis=alt.Axis(format="d", values=ticks),
        ),
        y=alt.Y("count():Q", title="Kommuner", axis=alt.Axis(tickMinStep=1)),
        tooltip=[
            alt.Tooltip(f"{RESULT}:Q", bin=bins, title="Prosent"),
            alt.Tooltip("count():Q", title="Kommuner"),
        ],
    )
    below = f"datum.bin_step_1_{RESULT} < 0"
    shown = columns.transform_filter(
        f"{choice.name} === '{EVERYONE}' || datum.gruppe === {choice.name}"
    )
    rule = alt.Chart(alt.Data(values=[{"x": 0}])).mark_rule(color=INK).encode(x="x:Q")
    return finished(
        [
            columns.mark_bar(color=PALE),
            shown.mark_bar()
            .encode(color=alt.condition(below, alt.value(ORANGE), alt.value(BLUE)))
            .add_params(choice),
            rule,
            *_levels(marks),
        ],
        survey,
        title="Hvor mange kommuner gikk i minus?",
        unit=(
            "Antall kommuner etter netto driftsresultat i prosent av brutto driftsinntekter; under null er "
            f"{number(negative)} av {number(len(data))}, {number(100 * negative / len(data), 1)} prosent"
        ),
        alt_text=(
            f"Fordeling av {len(data)} kommuner i trinn på ett prosentpoeng; {negative} har negativt "
            f"resultat (oransje), {len(data) - negative} ikke (blått)."
            + "".join(f" Stiplet linje: {str(each['tekst']).replace('|', ' ')}." for each in marks)
        ),
        height=260,
    )


def _levels(marks: list[dict[str, object]]) -> list[alt.Chart]:
    """Return dashed lines at levels, each with who says so: x (percent), tekst."""
    base = alt.Chart(alt.Data(values=marks)).encode(x="x:Q")
    return [
        base.mark_rule(color=INK, strokeDash=[4, 3]),
        base.mark_text(align="left", dx=4, lineBreak="|").encode(text="tekst:N", y=alt.value(6)),
    ]


def results_by_group(rows: pl.DataFrame, survey: Survey) -> FacetChart:
    """Draw how results are spread within each size group. In: `places.results_spread`."""
    order = rows.sort("plass")["gruppe"].unique(maintain_order=True).to_list()
    return _spread(
        rows, survey, "gruppe", order, "Hvor ulike er resultatene i små og store kommuner?"
    )


def results_by_county(rows: pl.DataFrame, survey: Survey) -> FacetChart:
    """Draw how results are spread within each county. In: `places.results_spread`."""
    order = rows["fylke"].unique().sort().to_list()
    return _spread(rows, survey, "fylke", order, "Hvor ulike er resultatene i fylkene?")


def _spread(
    rows: pl.DataFrame, survey: Survey, by: str, order: list[str], title: str
) -> FacetChart:
    kept = rows.select(by, verdi=pl.col(RESULT).clip(-EDGE, EDGE - STEP / 2))
    binned = (
        kept.with_columns(fra=(pl.col("verdi") / STEP).floor() * STEP)
        .group_by(by, "fra")
        .agg(antall=pl.len())
        .with_columns(til=pl.col("fra") + STEP)
        .sort(pl.col(by).cast(pl.Enum(order)), "fra")
    )
    columns = alt.Chart().mark_bar(stroke=PAPER, strokeWidth=0.5)
    drawn = columns.encode(
        x=alt.X(
            "fra:Q",
            title=None,
            axis=alt.Axis(values=list(range(-EDGE, EDGE + 1, 10)), format="d", grid=False),
            scale=alt.Scale(domain=[-EDGE, EDGE], nice=False),
        ),
        x2="til:Q",
        y=alt.Y("antall:Q", title=None, axis=alt.Axis(tickCount=3, tickMinStep=1)),
        y2=alt.datum(0),
        color=alt.condition("datum.fra < 0", alt.value(ORANGE), alt.value(BLUE)),
        tooltip=[
            alt.Tooltip(f"{by}:N", title="Gruppe"),
            alt.Tooltip("fra:Q", title="Fra, prosent"),
            alt.Tooltip("til:Q", title="Til, prosent"),
            alt.Tooltip("antall:Q", title="Kommuner"),
        ],
    )
    middle = rows.group_by(by).agg(pl.col(RESULT).median(), antall=pl.len())
    medians = {name: (value, count) for name, value, count in middle.iter_rows()}
    parts = [f"{name} {number(medians[name][0], 1)} ({number(medians[name][1])})" for name in order]
    return faceted(
        [drawn],
        binned,
        survey,
        by=by,
        columns=3,
        size=PANEL,
        alike=True,
        title=title,
        unit=(
            "Antall kommuner etter netto driftsresultat i prosent av brutto driftsinntekter, trinn på "
            f"{STEP} prosentpoeng; de ytterste søylene har også alt utenfor"
        ),
        alt_text=f"Fordeling per gruppe. Median i prosent (kommuner): {'; '.join(parts)}.",
    )
