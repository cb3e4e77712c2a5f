"""Charts of response bias: rates with intervals, frame and respondents, influence, tipping points."""

from __future__ import annotations

from math import ceil, floor, log2

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
    row_axis,
)
from kommuneregnskap.sensitivity.nonresponse import selection
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey.survey import Survey

# Odds ratios on an axis, in powers of two: 1/4, 1/2, 1, 2, 4.
ODDS = "datum.value < 1 ? '1/' + format(1 / datum.value, 'd') : format(datum.value, 'd')"


def _texts(table: pl.DataFrame, columns: dict[str, int]) -> pl.DataFrame:
    """Add `<column>_tekst`, the numbers as a reader sees them in a tooltip."""
    return table.with_columns(
        pl.Series(
            f"{name}_tekst", [number(value, places) for value in table[name]], dtype=pl.String
        )
        for name, places in columns.items()
    )


def response_rates(table: pl.DataFrame, survey: Survey) -> Chart:
    """Draw response rates with intervals by size group and county. In: `nonresponse.rates.by_group`."""
    rows = _texts(
        table.filter(pl.col("inndeling") != "alle"), dict.fromkeys(("andel", "nedre", "oevre"), 1)
    )
    rows = rows.with_columns(
        hva=pl.col("inndeling").replace({"stoerrelsesgruppe": "Størrelse", "fylke": "Fylke"})
    )
    names = rows["domene_navn"].to_list()
    whole = table.filter(pl.col("inndeling") == "alle")
    scale = alt.Scale(domain=[0, 100], nice=False)
    base = alt.Chart(rows).encode(
        y=row_axis("domene_navn", names),
        color=alt.Color(
            "hva:N",
            title=None,
            scale=alt.Scale(domain=["Størrelse", "Fylke"], range=[BLUE, ORANGE]),
        ),
    )
    spans = base.mark_rule(strokeWidth=3, opacity=0.55).encode(
        x=alt.X("nedre:Q", title="Andel som har svart (prosent)", scale=scale), x2="oevre:Q"
    )
    points = base.mark_point(filled=True, size=60, opacity=1).encode(
        x="andel:Q",
        shape=alt.Shape(
            "hva:N",
            title=None,
            scale=alt.Scale(domain=["Størrelse", "Fylke"], range=["circle", "square"]),
        ),
        tooltip=[
            alt.Tooltip("domene_navn:N", title="Gruppe"),
            alt.Tooltip("svart:Q", title="Svart"),
            alt.Tooltip("kommuner:Q", title="Kommuner"),
            alt.Tooltip("andel_tekst:N", title="Andel"),
            alt.Tooltip("nedre_tekst:N", title="Fra"),
            alt.Tooltip("oevre_tekst:N", title="Til"),
        ],
    )
    line = alt.Chart(whole).mark_rule(color=GREY, strokeDash=[4, 3]).encode(x="andel:Q")
    parts = [
        f"{name} {number(rate, 1)} ({number(low, 1)} til {number(high, 1)})"
        for name, rate, low, high in rows.select(
            "domene_navn", "andel", "nedre", "oevre"
        ).iter_rows()
    ]
    return finished(
        [line, spans, points],
        survey,
        title="Hvor sikre er svarandelene?",
        unit="Prosent av kommunene utenom Oslo; strekene er intervallet, den stiplede linjen er alle",
        alt_text=f"Punkter med intervall, prosent: {'; '.join(parts)}.",
        height=max(ROW_HEIGHT * len(names), 3 * ROW_HEIGHT),
    )


def frame_and_respondents(table: pl.DataFrame, survey: Survey) -> Chart:
    """Draw how all municipalities and the respondents are spread over groups. In: `nonresponse.frame.shares`."""
    names = table["domene_navn"].to_list()
    kinds = {"alle": "Alle kommuner utenom Oslo", "svart": "De som svarte"}
    long = _texts(
        table.unpivot(
            list(kinds), index=["domene_navn"], variable_name="hvem", value_name="andel"
        ).with_columns(pl.col("hvem").replace(kinds)),
        {"andel": 1},
    )
    axis = alt.X("andel:Q", title="Prosent av kommunene", scale=alt.Scale(zero=True))
    lines = (
        alt.Chart(table)
        .mark_rule(color=PALE, strokeWidth=3)
        .encode(y=row_axis("domene_navn", names), x=alt.X("alle:Q"), x2="svart:Q")
    )
    points = (
        alt.Chart(long)
        .mark_point(filled=True, size=70, opacity=1)
        .encode(
            y=row_axis("domene_navn", names),
            x=axis,
            color=alt.Color(
                "hvem:N",
                title=None,
                scale=alt.Scale(domain=list(kinds.values()), range=[GREY, BLUE]),
            ),
            shape=alt.Shape(
                "hvem:N",
                title=None,
                scale=alt.Scale(domain=list(kinds.values()), range=["square", "circle"]),
            ),
            tooltip=[
                alt.Tooltip("domene_navn:N", title="Gruppe"),
                alt.Tooltip("hvem:N", title="Hvem"),
                alt.Tooltip("andel_tekst:N", title="Prosent"),
            ],
        )
    )
    parts = [
        f"{name} {number(whole, 1)} og {number(answered, 1)}"
        for name, whole, answered in table.select("domene_navn", "alle", "svart").iter_rows()
    ]
    return finished(
        [lines, points],
        survey,
        title="Likner de som svarte på alle?",
        unit="Kommuner etter størrelse og fylke, prosent av kommunene utenom Oslo og av dem som svarte",
        alt_text=f"To punkter per gruppe, prosent av alle og av dem som svarte: {'; '.join(parts)}.",
        height=max(ROW_HEIGHT * len(names), 3 * ROW_HEIGHT),
    )


def influence(table: pl.DataFrame, survey: Survey) -> Chart:
    """Draw a number without each respondent in turn, by size group. In: `nonresponse.words.spread`.

    The table has gruppe (the size group), uten, verdi, nedre and oevre (the widest printed interval; null
    where none is printed), tekst (what the number is) and enhet (words), of one number.
    """
    rows = _texts(table, {"uten": 2})
    names = rows["gruppe"].unique(maintain_order=True).to_list()
    first = rows.row(0, named=True)
    axis = alt.X("uten:Q", title=first["enhet"], scale=alt.Scale(zero=False, padding=12))
    whole = rows.head(1)
    layers = []
    if first["nedre"] is not None and first["oevre"] is not None:
        band = alt.Chart(whole).mark_rect(color=PALE, opacity=0.35)
        layers.append(band.encode(x=alt.X("nedre:Q", title=first["enhet"]), x2="oevre:Q"))
    layers += [
        alt.Chart(whole).mark_rule(color=GREY, strokeDash=[4, 3]).encode(x="verdi:Q"),
        alt.Chart(rows)
        .mark_tick(thickness=2, size=16, color=BLUE, opacity=0.75)
        .encode(
            y=row_axis("gruppe", names),
            x=axis,
            tooltip=[
                alt.Tooltip("gruppe:N", title="Størrelse"),
                alt.Tooltip("uten_tekst:N", title="Uten denne kommunen"),
            ],
        ),
    ]
    ends = [number(value, 2) for value in (first["verdi"], rows["uten"].min(), rows["uten"].max())]  # type: ignore[arg-type]
    shaded = "; feltet er det bredeste trykte intervallet" if len(layers) > 2 else ""
    return finished(
        layers,
        survey,
        title="Hvor mye betyr én kommune?",
        unit=f"{first['tekst']}, {first['enhet']}, uten hver av kommunene etter tur; stiplet linje er "
        f"tallet med alle{shaded}",
        alt_text=(
            f"Streker per størrelsesgruppe. Med alle {ends[0]}; uten én kommune fra {ends[1]} til {ends[2]} "
            f"{first['enhet']}."
        ),
        height=max(ROW_HEIGHT * 1.4 * len(names), 3 * ROW_HEIGHT),  # type: ignore[arg-type]
    )


def tipping_points(table: pl.DataFrame, survey: Survey) -> Chart:
    """Draw what the others must have had beside what chance would give. In: rows of `nonresponse.tipping.points`.

    Only those with a tipping point, of limits that the table of findings gives itself.
    """
    looks = {
        "vippe": ("Måtte ha hatt", ORANGE, "diamond"),
        "regnet": ("Regnet med i anslaget", BLUE, "circle"),
    }
    names = table["hva"].to_list()
    long = _texts(
        table.unpivot(
            list(looks), index=["hva", "maal"], variable_name="hvem", value_name="verdi"
        ).with_columns(pl.col("hvem").replace({key: look[0] for key, look in looks.items()})),
        {"verdi": 1},
    )
    labels = [look[0] for look in looks.values()]
    scale = alt.Scale(zero=False, padding=20)
    spans = (
        alt.Chart(table)
        .mark_rule(color=PALE, strokeWidth=16)
        .encode(
            y=row_axis("hva", names),
            x=alt.X("trukket_lav:Q", title="Prosent eller prosentpoeng", scale=scale),
            x2="trukket_hoey:Q",
        )
    )
    points = (
        alt.Chart(long)
        .mark_point(filled=True, size=60, opacity=1)
        .encode(
            y=row_axis("hva", names),
            x="verdi:Q",
            color=alt.Color(
                "hvem:N",
                title=None,
                scale=alt.Scale(domain=labels, range=[look[1] for look in looks.values()]),
            ),
            shape=alt.Shape(
                "hvem:N",
                title=None,
                scale=alt.Scale(domain=labels, range=[look[2] for look in looks.values()]),
            ),
            tooltip=[
                alt.Tooltip("hva:N", title="Hva som skulle til"),
                alt.Tooltip("maal:N", title="Mål"),
                alt.Tooltip("hvem:N", title="Hva"),
                alt.Tooltip("verdi_tekst:N", title="Verdi"),
            ],
        )
    )
    # One above, the other below: they may lie close to each other.
    texts = [
        points.transform_filter(f"datum.hvem === '{looks[key][0]}'")
        .mark_text(dy=dy)
        .encode(text="verdi_tekst:N", color=alt.value(GREY), shape=alt.value("circle"))
        for key, dy in (("vippe", -15), ("regnet", 15))
    ]
    parts = [
        f"{name}: måtte ha hatt {number(tip, 1)}, regnet med {number(taken, 1)}"
        for name, tip, taken in table.select("hva", "vippe", "regnet").iter_rows()
    ]
    return finished(
        [spans, points, *texts],
        survey,
        title="Hva måtte de andre ha hatt?",
        unit="Samlet for kommunene uten svar, hvert mål i prosent eller prosentpoeng; striper er like "
        "store grupper trukket blant dem som svarte",
        alt_text=f"Punkter per funn, prosent eller prosentpoeng: {'; '.join(parts)}.",
        height=max(int(ROW_HEIGHT * 1.9) * len(names), 3 * ROW_HEIGHT),
    )


def result_decides(table: pl.DataFrame, survey: Survey) -> Chart:
    """Draw what the estimate would be off by, by how strongly the result decides who answers.

    In: `nonresponse.selection.drawn`: lines over odds ratios, means of the simulation as points, and the odds
    ratio that was found as a vertical line with its interval.
    """
    rows = _texts(table, {"oddsforhold": 2, "skjevhet_pp": 2})
    lines, points, found = (
        rows.filter(pl.col("slag") == kind)
        for kind in (selection.CURVE, selection.SIMULATED, selection.FOUND)
    )
    names = lines["navn"].unique(maintain_order=True).to_list()
    ends = lines["oddsforhold"].sort()[[0, -1]].to_list()
    scale = alt.Scale(type="log", base=2, domain=ends, nice=False, clamp=True)
    axis = alt.X(
        "oddsforhold:Q",
        title="Oddsen for å svare ganges med dette for hvert standardavvik bedre resultat",
        scale=scale,
        axis=alt.Axis(
            values=[2.0**n for n in range(ceil(log2(ends[0])), floor(log2(ends[1])) + 1)],
            labelExpr=ODDS,
        ),
    )
    height = alt.Y("skjevhet_pp:Q", title="Anslaget blir feil med (prosentpoeng)")
    tooltip = [
        alt.Tooltip("navn:N", title="Hva"),
        alt.Tooltip("oddsforhold_tekst:N", title="Oddsforhold"),
        alt.Tooltip("skjevhet_pp_tekst:N", title="Prosentpoeng"),
    ]
    curve = (
        alt.Chart(lines)
        .mark_line(strokeWidth=2.5)
        .encode(
            x=axis,
            y=height,
            tooltip=tooltip,
            color=alt.Color(
                "navn:N",
                title=None,
                scale=alt.Scale(domain=names, range=[BLUE, ORANGE][: len(names)]),
            ),
            strokeDash=alt.StrokeDash(
                "navn:N",
                title=None,
                scale=alt.Scale(domain=names, range=[[1, 0], [6, 3]][: len(names)]),
            ),
        )
    )
    zero = alt.Chart(alt.Data(values=[{"y": 0}])).mark_rule(color=GREY).encode(y="y:Q")
    layers = [zero, curve]
    if len(found):
        own = alt.Chart(found)
        band = own.mark_rect(color=PALE, opacity=0.4)
        layers.insert(0, band.encode(x=alt.X("odds_nedre:Q", scale=scale), x2="odds_oevre:Q"))
        layers.append(own.mark_rule(color=GREY, strokeDash=[4, 3]).encode(x=axis))
    if len(points):
        marks = alt.Chart(points).mark_point(filled=True, size=80, opacity=1, shape="diamond")
        layers.append(marks.encode(x=axis, y=height, tooltip=tooltip, color=alt.value(INK)))
    return finished(
        layers,
        survey,
        title="Hva om resultatet avgjør hvem som svarer?",
        unit=_explained(simulated=len(points) > 0, found=len(found) > 0),
        alt_text=_in_words(lines, points, found),
        height=260,
    )


def _explained(*, simulated: bool, found: bool) -> str:
    parts = [
        "Netto driftsresultat i prosent av driftsinntektene: anslaget for alle minus det alle har"
    ]
    parts += ["punktene er snitt i simuleringen"] * simulated
    parts += [
        "den stiplede loddrette streken er det fjorårets resultat tyder på, med intervall"
    ] * found
    return "; ".join(parts)


def _in_words(lines: pl.DataFrame, points: pl.DataFrame, found: pl.DataFrame) -> str:
    """Return five places of each line, the points, and the ratio found."""
    parts = []
    for name in lines["navn"].unique(maintain_order=True):
        own = lines.filter(pl.col("navn") == name).sort("oddsforhold")
        few = own.gather_every(max(1, (len(own) - 1) // 4))
        said = few.select(
            pl.format("{} gir {}", "oddsforhold_tekst", "skjevhet_pp_tekst")
        ).to_series()
        parts.append(f"{name}, oddsforhold: {', '.join(said)} prosentpoeng")
    texts = points.select("navn", "oddsforhold_tekst", "skjevhet_pp_tekst").iter_rows()
    parts += [f"{name}, oddsforhold {odds}: {off}" for name, odds, off in texts]
    ends = found.select("navn", "oddsforhold", "odds_nedre", "odds_oevre").iter_rows()
    parts += [
        f"{name}: oddsforhold {number(value, 2)} ({number(low, 2)} til {number(high, 2)})"
        for name, value, low, high in ends
    ]
    return f"Linjer. {'; '.join(parts)}."
