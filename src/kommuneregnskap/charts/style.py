"""How every chart looks and what it must carry.

A title that asks the question, the unit in the subtitle, a source line, a text alternative
(`description`), colours that the colour-blind and a printer can tell apart (Okabe and Ito), and on
invented accounts a mark, above the figure and never over a value. Only features that JupyterLab's Vega-Lite 5 knows.

A chart is as wide as `WIDTH` with all that stands beside it, so that its text is as large as it says wherever it is
shown at that width; `narrow` makes of it the drawing for a phone. What pages show as text of their own (title, unit,
source) stands in `usermeta` too, where the drawing breaks its lines.
"""

from __future__ import annotations

import textwrap
from typing import Any, Literal, TypeVar, cast

import altair as alt
import polars as pl

from kommuneregnskap.support.norwegian import date, number
from kommuneregnskap.survey.open_figures import PANEL_WORDS
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.survey.worded import worded
from kommuneregnskap.tables import choices

# The one table of colours: each with what takes its place on a dark page (pages/figures.css says the same in CSS).
BLUE, ORANGE = (
    "#0072B2",
    "#D55E00",
)  # what a chart is of, and what it warns of or holds that against
PALE = "#9db7c9"  # bars that are not the point, fields behind marks
INK, GREY, GRID, PAPER = "#1b1f24", "#4d5660", "#e1e5e9", "#ffffff"
EDGE = "#5b6672"  # of circles that touch
DARK = {
    BLUE: "#56B4E9",
    ORANGE: "#F28E3C",
    PALE: "#4f6b80",
    INK: "#e8ebee",
    GREY: "#b3bcc5",
    GRID: "#333c45",
    PAPER: "#14181c",
    EDGE: "#8d98a3",
}
# Low to high, from what is worrying to what is not; the middle is the palest.
FIFTHS = {
    "#b35806": "#ff9a3c",
    "#f1a340": "#8f541a",
    "#cfcfd4": "#4a525b",
    "#7fb0d6": "#2f628f",
    "#08519c": "#7cc4f2",
}
BETWEEN = "#b3d0e6"  # where there are six
PALETTE = DARK | FIFTHS | {BETWEEN: "#41576a"}
# Axis numbers with decimal comma and a thin space between thousands.
NORWEGIAN = "replace(replace(datum.label, /,/g, '\u202f'), '.', ',')"
WIDTH, ROW_HEIGHT = 640, 24
TEXT, TITLE = 12, 16  # the two sizes of letters there are
TICKS = 6  # about so many along an axis
LINE = 112  # characters of a subtitle's line: a longer one would widen the figure
TITLE_LINE = 68  # characters of a title's line
WATERMARK = "SYNTETISKE TALL"
EVERYONE = "alle"  # the choice in `highlighted` that highlights nobody
FADED = 0.18
# What `usermeta` says of a figure; and by what the report finds it again, and the numbers it was made of.
SAID = ("tittel", "enhet", "kilde", "merke")
FIGURE, NUMBERS = "figur", "tall"
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
    width: int = WIDTH,
    printed: str = "",
) -> Chart:
    """Put layers together with title, unit, source line, text alternative and the mark of invented accounts.

    printed: who printed the numbers of a figure that has none of the survey's, and so none that is invented.
    """
    said = _said(survey, title, unit, printed)
    chart = alt.layer(*layers).properties(
        width=width,
        height=height,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        description=_described(said, worded(alt_text, survey)),
        title=_title(said, width),
        usermeta=said,
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
    room: int,
) -> StackedChart:
    """Put two panels one above the other, along the same horizontal axis; else as `finished`.

    room: what stands to their left, in pixels: panels do not fit themselves to a width.
    """
    said = _said(survey, title, unit)
    width = WIDTH - room
    chart = alt.vconcat(
        alt.layer(*above).properties(width=width, height=heights[0]),
        alt.layer(*below).properties(width=width, height=heights[1]),
        spacing=6,
    ).properties(
        description=_described(said, worded(alt_text, survey)),
        title=_title(said),
        usermeta=said,
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
    said = _said(survey, title, unit)
    width, height = size
    header = alt.Header(
        title=None,
        labelFontSize=TEXT,
        labelFontWeight="bold",
        labelColor=INK,
        labelAnchor="start",
        labelLimit=width + 60,
    )
    scales: Literal["shared", "independent"] = "shared" if alike else "independent"
    facet = alt.Facet(f"{by}:N", sort=rows[by].unique(maintain_order=True).to_list(), header=header)
    chart = (
        alt.layer(*layers)
        .properties(width=width, height=height)
        .facet(facet, data=rows, columns=columns, spacing=16)
        .resolve_scale(x=scales, y=scales)
        .resolve_axis(x="independent", y="independent")
        .properties(
            description=_described(said, worded(alt_text, survey)),
            title=_title(said),
            usermeta=said,
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


def _said(survey: Survey, title: str, unit: str, printed: str = "") -> dict[str, Any]:
    """Return what a figure says of itself in words, see `SAID`."""
    return {
        "tittel": worded(title, survey),
        "enhet": worded(unit, survey),
        "kilde": f"Kilde: {printed}." if printed else source_line(survey),
        "merke": WATERMARK if survey.synthetic and not printed else "",
    }


def _described(said: dict[str, Any], alt_text: str) -> str:
    return f"{said['tittel']} {'Syntetiske tall. ' if said['merke'] else ''}{alt_text}"


def _title(said: dict[str, Any], width: int = WIDTH) -> alt.TitleParams:
    marked = [said["merke"]] if said["merke"] else []
    of_line = LINE * width // WIDTH
    lines = [each for name in ("enhet", "kilde") for each in textwrap.wrap(said[name], of_line)]
    title = textwrap.wrap(said["tittel"], TITLE_LINE * width // WIDTH)
    return alt.TitleParams(
        text=title[0] if len(title) == 1 else title,
        subtitle=[*marked, *lines],
        anchor="start",
        frame="bounds",
    )


def _styled(chart: AnyChart) -> AnyChart:
    styled: AnyChart = (
        chart.configure_view(stroke=None)
        .configure_axis(
            labelFontSize=TEXT,
            titleFontSize=TEXT,
            titleFontWeight="normal",
            labelColor=INK,
            titleColor=INK,
            domainColor=GREY,
            tickColor=GREY,
            gridColor=GRID,
            labelLimit=330,
            labelPadding=5,
        )
        .configure_axisQuantitative(labelExpr=NORWEGIAN, tickCount=TICKS)
        .configure_title(
            fontSize=TITLE, subtitleFontSize=TEXT, color=INK, subtitleColor=GREY, offset=14
        )
        .configure_legend(
            labelFontSize=TEXT,
            titleFontSize=TEXT,
            labelColor=INK,
            symbolBaseFillColor=INK,
            symbolBaseStrokeColor=INK,
            orient="top",
            labelLimit=300,
            rowPadding=4,
        )
        .configure_text(fontSize=TEXT, color=INK)
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
    """Return horizontal bars in the order of the table, each with its number, and the height.

    The numbers stand at the bars, so that there is no axis but the line where they begin.
    """
    rows = labelled(table.drop_nulls(value), value, decimals)
    height = max(ROW_HEIGHT * len(rows), 2 * ROW_HEIGHT)
    low = min(0.0, float(rows[value].min() or 0))  # type: ignore[arg-type]
    high = max(0.0, float(rows[value].max() or 1))  # type: ignore[arg-type]
    room = 0.12 * ((high - low) or 1)
    domain = [low - room if low < 0 else 0, high + room if high > 0 else 0]
    base = alt.Chart(rows).encode(
        y=row_axis(label, rows[label].to_list()),
        x=alt.X(f"{value}:Q", axis=None, scale=alt.Scale(domain=domain, nice=False)),
        tooltip=[alt.Tooltip(f"{label}:N", title="Gruppe"), alt.Tooltip("tekst:N", title=axis)],
    )
    chosen = alt.FieldOneOfPredicate(
        field=label, oneOf=rows[label].to_list() if emphasised is None else emphasised
    )
    fill = alt.condition(chosen, alt.value(color), alt.value(PALE))
    above = base.transform_filter(f"datum['{value}'] >= 0").mark_text(align="left", dx=4)
    below = base.transform_filter(f"datum['{value}'] < 0").mark_text(align="right", dx=-4)
    texts = [text.encode(text="tekst:N") for text in (above, below)]
    zero = alt.Chart(alt.Data(values=[{"x": 0}])).mark_rule(color=GREY).encode(x="x:Q")
    return [base.mark_bar(height={"band": 0.72}).encode(color=fill), *texts, zero], height


def row_axis(label: str, names: list[str], **axis: Any) -> alt.Y:
    """Return a vertical axis of names, a row each in their order: to the left, and above the marks on a phone."""
    return alt.Y(
        f"{label}:N",
        sort=names,
        title=None,
        axis=alt.Axis(ticks=False, domain=False, **axis),
    )


def zero_rule() -> alt.Chart:
    """Return the horizontal line at zero."""
    zero: alt.Chart = alt.Chart(alt.Data(values=[{"y": 0}])).mark_rule(color=GREY).encode(y="y:Q")
    return zero


def groups_text(table: pl.DataFrame, label: str, value: str, decimals: int, unit: str) -> str:
    """Return the text alternative of bars per group: every label with its number."""
    parts = [
        f"{name} {number(amount, decimals)}"
        for name, amount in table.select(label, value).iter_rows()
    ]
    return f"Stolper per størrelsesgruppe, {unit}: {'; '.join(parts)}."
