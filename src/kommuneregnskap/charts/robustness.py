"""Charts of what the open choices do to the published numbers. In: frames of `robustness`."""

from __future__ import annotations

import textwrap

import altair as alt
import polars as pl

from kommuneregnskap.charts.style import (
    BLUE,
    ORANGE,
    PALE,
    Chart,
    StackedChart,
    finished,
    row_axis,
    stacked,
)
from kommuneregnskap.survey.survey import Survey

FARTHEST = 6.0  # half intervals from the middle; what lies farther away is drawn at the edge
USUAL, SINGLE = "som valgt", "enkeltvis"
WHAT = {USUAL: "Som valgt", SINGLE: "Ett valg gjort om"}
TOGETHER = "Flere valg gjort om"
SHAPES = {"Som valgt": "diamond", "Ett valg gjort om": "circle", TOGETHER: "cross"}
DRAWN = {TOGETHER: 0, WHAT[SINGLE]: 1, WHAT[USUAL]: 2}  # the last on top
LABEL, TALL_ROW = 48, 34  # characters of a label's line; height of a row with labels of two lines
LEFT, LETTER = 24, 6.4  # pixels beside the names of choices, and of a letter of them
OUTCOMES = {"holder": BLUE, "faller": ORANGE}


def hanging(specified: pl.DataFrame, survey: Survey) -> Chart:
    """Draw how far from its printed interval each number comes under every choice.

    In: `robustness.hanging`. The distance is measured in half the width of the printed
    interval (at least half a unit), so that numbers of different units stand side by side.
    """
    middle = (pl.col("nedre") + pl.col("oevre")) / 2
    half = pl.max_horizontal((pl.col("oevre") - pl.col("nedre")) / 2, pl.lit(0.01))
    rows = (
        specified.filter(middle.is_not_null())
        .with_columns(
            avstand=((pl.col("beregnet") - middle) / half).clip(-FARTHEST, FARTHEST),
            slag=pl.col("kombinasjon").replace_strict(WHAT, default=TOGETHER),
        )
        .select(
            "maaler", "publisert", "avstand", "slag", "utfall", "beregnet_tekst", "spesifikasjon"
        )
        .with_columns(
            hva=pl.format("{} ({})", "maaler", "publisert").map_elements(
                lambda text: "|".join(textwrap.wrap(text, LABEL)), return_dtype=pl.String
            ),
            spesifikasjon=pl.col("spesifikasjon").replace("", "valgene som de er"),
        )
    )
    order = rows["hva"].unique(maintain_order=True).to_list()
    rows = rows.sort(pl.col("slag").replace_strict(DRAWN), maintain_order=True)
    height = max(TALL_ROW * len(order), 3 * TALL_ROW)
    band = (
        alt.Chart(alt.Data(values=[{"fra": -1, "til": 1}]))
        .mark_rect(color=PALE, opacity=0.35)
        .encode(x="fra:Q", x2="til:Q")
    )
    points = (
        alt.Chart(rows)
        .mark_point(filled=True, size=60, opacity=0.85)
        .encode(
            x=alt.X(
                "avstand:Q",
                title=["Avstand fra midten av det trykte intervallet,", "i halve intervaller"],
                scale=alt.Scale(domain=[-FARTHEST - 0.3, FARTHEST + 0.3], nice=False),
            ),
            y=row_axis("hva", order, labelExpr="split(datum.label, '|')", labelOffset=-6),
            color=alt.Color(
                "utfall:N",
                title=None,
                scale=alt.Scale(domain=list(OUTCOMES), range=list(OUTCOMES.values())),
            ),
            shape=alt.Shape(
                "slag:N",
                title=None,
                legend=alt.Legend(orient="bottom", columns=2),
                scale=alt.Scale(domain=list(SHAPES), range=list(SHAPES.values())),
            ),
            tooltip=[
                alt.Tooltip("hva:N", title="Tall"),
                alt.Tooltip("spesifikasjon:N", title="Valg"),
                alt.Tooltip("beregnet_tekst:N", title="Beregnet"),
                alt.Tooltip("utfall:N", title="Utfall"),
            ],
        )
    )
    outside = rows.filter(pl.col("utfall") == "faller").height
    return finished(
        [band, points],
        survey,
        title="Hvilke tall henger på et valg, og hvor langt flytter valgene dem?",
        unit=(
            f"Feltet er det trykte intervallet; det som ligger mer enn {FARTHEST:.0f} halve intervaller unna, "
            "står ytterst"
        ),
        alt_text=(
            f"En rad for hvert av {len(order)} publiserte tall som henger på et valg, et merke for hver måte å "
            f"regne det på: {len(rows)} i alt, {outside} utenfor intervallet (oransje)."
        ),
        height=height,
    )


def specification_curve(specified: pl.DataFrame, survey: Survey) -> StackedChart:
    """Draw one published number under every specification, sorted by value, above the choices made in each.

    In: `robustness.most_tried`.
    """
    rows = (
        specified.sort("beregnet", "spesifikasjon")
        .with_row_index("plass", offset=1)
        .with_columns(slag=pl.col("kombinasjon").replace_strict(WHAT, default=TOGETHER))
    )
    made = (
        rows.select("plass", "utfall", valg=pl.col("spesifikasjon").str.split(","))
        .explode("valg")
        .with_columns(valg=pl.col("valg").replace("", "som valgt"))
    )
    first = rows.row(0, named=True)
    x = alt.X(
        "plass:Q",
        axis=None,
        scale=alt.Scale(domain=[0, len(rows) + 1], nice=False),
    )
    color = alt.Color(
        "utfall:N",
        title=None,
        scale=alt.Scale(domain=list(OUTCOMES), range=list(OUTCOMES.values())),
    )
    layers = []
    if first["nedre"] is not None and first["oevre"] is not None:
        interval = alt.Data(values=[{"fra": first["nedre"], "til": first["oevre"]}])
        layers.append(
            alt.Chart(interval).mark_rect(color=PALE, opacity=0.35).encode(y="fra:Q", y2="til:Q")
        )
    tip = [
        alt.Tooltip("spesifikasjon:N", title="Valg"),
        alt.Tooltip("beregnet_tekst:N", title="Beregnet"),
    ]
    points = (
        alt.Chart(
            rows.select("plass", "beregnet", "utfall", "slag", "spesifikasjon", "beregnet_tekst")
        )
        .mark_point(filled=True, size=70, opacity=1)
        .encode(
            x=x,
            y=alt.Y("beregnet:Q", title=first["enhet"], scale=alt.Scale(zero=False)),
            color=color,
            shape=alt.Shape(
                "slag:N",
                title=None,
                scale=alt.Scale(domain=list(SHAPES), range=list(SHAPES.values())),
            ),
            tooltip=tip,
        )
    )
    order = made["valg"].unique(maintain_order=True).sort().to_list()
    dots = (
        alt.Chart(made)
        .mark_square(size=45, opacity=1)
        .encode(
            x=x,
            y=row_axis("valg", order, grid=True),
            color=color,
        )
    )
    holds = rows.filter(pl.col("utfall") == "holder").height
    return stacked(
        [*layers, points],
        [dots],
        survey,
        title=f"{first['maaler']}: hva gir hvert valg?",
        unit=(
            f"Publisert: {first['publisert']}. Feltet er det trykte intervallet; rutene under viser hvilke valg som "
            "er gjort om"
        ),
        alt_text=(
            f"{len(rows)} måter å regne tallet på, sortert: fra {rows['beregnet_tekst'][0]} til "
            f"{rows['beregnet_tekst'][-1]}; {holds} ligger i det trykte intervallet."
        ),
        heights=(220, 18 * max(len(order), 2)),
        room=LEFT + round(LETTER * max(map(len, order))),
    )
