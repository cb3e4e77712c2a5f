"""How every chart looks and what it must carry.

A title that asks the question, the unit in the subtitle, a source line, a text alternative
(`description`), colours that the colour-blind and a printer can tell apart (Okabe and Ito), and on
invented accounts a watermark. Only features that JupyterLab's Vega-Lite 5 knows.
"""

from __future__ import annotations

import textwrap
from typing import Literal, TypeVar, cast

import altair as alt
import polars as pl

from kommuneregnskap.support.norwegian import date, number
from kommuneregnskap.survey.open_figures import PANEL_WORDS
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices

BLUE, ORANGE = "#0072B2", "#D55E00"
# Axis numbers with decimal comma and a thin space between thousands.
NORWEGIAN = "replace(replace(datum.label, /,/g, '\u202f'), '.', ',')"
PALE = "#9db7c9"  # bars that are not the point
WIDTH, ROW_HEIGHT = 620, 24
LINE = 104  # characters of a subtitle's line: a longer one would widen the figure
WATERMARK = "SYNTETISKE TALL"
EVERYONE = "alle"  # the choice in `highlighted` that highlights nobody
FADED = 0.18
Chart = alt.LayerChart
StackedChart = alt.VConcatChart
FacetChart = alt.FacetChart
Drawn = Chart | StackedChart | FacetChart
AnyChart = TypeVar("AnyChart", Chart, StackedChart, FacetChart)


def source_line(survey: Survey) -> str:
    """Return the source line that stands under every figure."""
    origin = survey.origin.origin or open_figures(survey).removesuffix(".")
    scope = {
        "kasse": "kommunekasse",
        "konsolidert": "konsolidert regnskap",
        "konsern": "kommunekonsern",
    }[survey.scope]
    return f"Kilde: {origin}. Regnskapsåret {survey.year}, {scope}.{_chosen(survey)}"


def _chosen(survey: Survey) -> str:
    made = choices.text(survey.choices)
    return f" Andre valg enn de vanlige: {made.replace(',', ', ')}." if made else ""


VINTAGES = {"forelopig": "foreløpige (ureviderte) tall", "endelig": "endelige (reviderte) tall"}
# On open figures nobody has answered: what is said of respondents is said of those who are in it.
WORDED = {
    "har svart": "er med",
    "som svarte": "som er med",
    "Sum av svarene": "Sum av dem som er med",
    "uten svar": "som ikke er med",
    "Svart": "Med",
    "Svar etter": "Hvor mange som er med, etter",
}


def worded(text: str, survey: Survey) -> str:
    """Return a text of respondents as it must read for the survey: on open figures, of those in it."""
    if not survey.gives.respondents:
        for said, instead in WORDED.items():
            text = text.replace(said, instead)
    return text


def open_figures(survey: Survey) -> str:
    """Say, in bokmål, what the open figures of a survey are: table source, snapshot, vintage, panel.

    Empty for surveys on account files. What stands on every figure and page that uses them.
    """
    if not survey.gives.snapshots:
        return ""
    known = survey.figures
    whose = "SSB, Statistikkbanken" if known.official else "en annen tjener enn SSBs"
    invented = "syntetiske tall fra " if known.synthetic else ""
    return (
        f"{invented}{whose}, uttrekk {known.snapshot}, {VINTAGES[known.vintage]} "
        f"(oppdatert {date(known.updated)}), {PANEL_WORDS[known.panel]}."
    )


def finished(
    layers: list[alt.Chart],
    survey: Survey,
    *,
    title: str,
    unit: str,
    alt_text: str,
    height: int,
    printed: str = "",
) -> Chart:
    """Put layers together with title, unit, source line, text alternative and watermark.

    printed: who printed the numbers of a figure that has none of the survey's, and so none that is invented.
    """
    title, unit, alt_text = (worded(text, survey) for text in (title, unit, alt_text))
    mark = [] if printed else _watermark(survey, WIDTH, height)
    chart = alt.layer(*layers, *mark).properties(
        width=WIDTH,
        height=height,
        description=f"{title} {alt_text}" if printed else _described(survey, title, alt_text),
        title=_title(title, unit, f"Kilde: {printed}." if printed else source_line(survey)),
    )
    return _styled(cast("Chart", chart))


def stacked(
    above: list[alt.Chart],
    below: list[alt.Chart],
    survey: Survey,
    *,
    title: str,
    unit: str,
    alt_text: str,
    heights: tuple[int, int],
) -> StackedChart:
    """Put two panels one above the other, along the same horizontal axis; else as `finished`."""
    title, unit, alt_text = (worded(text, survey) for text in (title, unit, alt_text))
    top = alt.layer(*above, *_watermark(survey, WIDTH, heights[0]))
    chart = alt.vconcat(
        top.properties(width=WIDTH, height=heights[0]),
        alt.layer(*below).properties(width=WIDTH, height=heights[1]),
        spacing=6,
    ).properties(
        description=_described(survey, title, alt_text),
        title=_title(title, unit, source_line(survey)),
    )
    return _styled(chart)


def faceted(
    layers: list[alt.Chart],
    rows: pl.DataFrame,
    survey: Survey,
    *,
    by: str,
    columns: int,
    size: tuple[int, int],
    title: str,
    unit: str,
    alt_text: str,
    alike: bool = False,
) -> FacetChart:
    """Put small charts side by side, one for each value of the column `by`, in the order of the rows.

    layers: without data of their own, along scales of their own in each small chart, or `alike` in all. columns: in
    a row; size: width and height of each; else as `finished`.
    """
    title, unit, alt_text = (worded(text, survey) for text in (title, unit, alt_text))
    width, height = size
    header = alt.Header(
        title=None,
        labelFontSize=12,
        labelFontWeight="bold",
        labelAnchor="start",
        labelLimit=width + 60,
    )
    scales: Literal["shared", "independent"] = "shared" if alike else "independent"
    facet = alt.Facet(f"{by}:N", sort=rows[by].unique(maintain_order=True).to_list(), header=header)
    chart = (
        alt.layer(*layers, *_watermark(survey, width, height, size=18, angle=0))
        .properties(width=width, height=height)
        .facet(facet, data=rows, columns=columns, spacing=16)
        .resolve_scale(x=scales, y=scales)
        .resolve_axis(x="independent", y="independent")
        .properties(
            description=_described(survey, title, alt_text),
            title=_title(title, unit, source_line(survey)),
        )
    )
    return _styled(cast("FacetChart", chart))


def highlighted(groups: list[str], name: str = "framhev") -> tuple[alt.Parameter, alt.Condition]:
    """Return a choice among size groups for the reader, and the opacity that follows it.

    Everybody is shown alike until a group is chosen. `name` must be another for each choice in a figure.
    """
    chosen = alt.param(
        name=name,
        value=EVERYONE,
        bind=alt.binding_select(options=[EVERYONE, *groups], name="Framhev størrelsesgruppe "),
    )
    among = f"{name} === '{EVERYONE}' || datum.gruppe === {name}"
    return chosen, alt.condition(among, alt.value(1.0), alt.value(FADED))


def _watermark(
    survey: Survey, width: int, height: int, *, size: int = 42, angle: int = 340
) -> list[alt.Chart]:
    """Return the mark of invented accounts in the middle of a chart; upright where a tilted one has no room."""
    if not survey.synthetic:
        return []
    mark = alt.Chart(alt.Data(values=[{}])).mark_text(
        text=WATERMARK, fontSize=size, fontWeight="bold", opacity=0.13, color="#000000", angle=angle
    )
    return [mark.encode(x=alt.value(width / 2), y=alt.value(height / 2))]


def _described(survey: Survey, title: str, alt_text: str) -> str:
    return f"{title} {'Syntetiske tall. ' if survey.synthetic else ''}{alt_text}"


def _title(title: str, unit: str, source: str) -> alt.TitleParams:
    lines = [each for text in (unit, source) for each in textwrap.wrap(text, LINE)]
    return alt.TitleParams(text=title, subtitle=lines, anchor="start", frame="group")


def _styled(chart: AnyChart) -> AnyChart:
    styled: AnyChart = (
        chart.configure_view(stroke=None)
        .configure_axis(labelFontSize=12, titleFontSize=12, labelLimit=320, gridColor="#e5e5e5")
        .configure_axisQuantitative(labelExpr=NORWEGIAN)
        .configure_title(fontSize=16, subtitleFontSize=12, subtitleColor="#444444", offset=14)
        .configure_legend(labelFontSize=12, titleFontSize=12, orient="top")
    )
    return styled


def labelled(table: pl.DataFrame, column: str, decimals: int) -> pl.DataFrame:
    """Add `tekst`, the value as a reader sees it."""
    return table.with_columns(
        tekst=pl.col(column).map_elements(
            lambda value: number(value, decimals), return_dtype=pl.String, skip_nulls=True
        )
    )


def bars(
    table: pl.DataFrame,
    *,
    value: str,
    label: str,
    axis: str,
    decimals: int,
    emphasised: list[str] | None = None,
    color: str = BLUE,
) -> tuple[list[alt.Chart], int]:
    """Return horizontal bars in the order of the table, each with its number, and the height."""
    rows = labelled(table.drop_nulls(value), value, decimals)
    height = max(ROW_HEIGHT * len(rows), 3 * ROW_HEIGHT)
    low = min(0.0, float(rows[value].min() or 0))  # type: ignore[arg-type]
    high = max(0.0, float(rows[value].max() or 1))  # type: ignore[arg-type]
    room = 0.12 * ((high - low) or 1)
    domain = [low - room if low < 0 else 0, high + room if high > 0 else 0]
    base = alt.Chart(rows).encode(
        y=alt.Y(
            f"{label}:N",
            sort=rows[label].to_list(),
            title=None,
            axis=alt.Axis(ticks=False, domain=False),
        ),
        x=alt.X(f"{value}:Q", title=axis, scale=alt.Scale(domain=domain, nice=False)),
        tooltip=[alt.Tooltip(f"{label}:N", title="Gruppe"), alt.Tooltip("tekst:N", title=axis)],
    )
    chosen = alt.FieldOneOfPredicate(
        field=label, oneOf=rows[label].to_list() if emphasised is None else emphasised
    )
    fill = alt.condition(chosen, alt.value(color), alt.value(PALE))
    above = base.transform_filter(f"datum['{value}'] >= 0").mark_text(
        align="left", dx=4, fontSize=12
    )
    below = base.transform_filter(f"datum['{value}'] < 0").mark_text(
        align="right", dx=-4, fontSize=12
    )
    texts = [text.encode(text="tekst:N") for text in (above, below)]
    return [base.mark_bar(height={"band": 0.72}).encode(color=fill), *texts], height


def groups_text(table: pl.DataFrame, label: str, value: str, decimals: int, unit: str) -> str:
    """Return the text alternative of bars per group: every label with its number."""
    parts = [
        f"{name} {number(amount, decimals)}"
        for name, amount in table.select(label, value).iter_rows()
    ]
    return f"Stolper per størrelsesgruppe, {unit}: {'; '.join(parts)}."
