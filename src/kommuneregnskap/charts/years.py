"""Charts over the years: what was invested, the result, growth, the fund. In: frames of `numbers.over_years`."""

from __future__ import annotations

import altair as alt
import polars as pl

from kommuneregnskap.charts.style import (
    BETWEEN,
    BLUE,
    FIFTHS,
    GREY,
    INK,
    ORANGE,
    PALE,
    PAPER,
    TEXT,
    Chart,
    finished,
    labelled,
    zero_rule,
)
from kommuneregnskap.numbers.sections import levels
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey.survey import Survey

HEIGHT = 240
LEVEL_OF = "netto_driftsresultat_pst"
# The lowest band of a fund is what warns; on the first and the last letters stand light.
BAND_COLOURS = (*list(FIFTHS)[:3], BETWEEN, *list(FIFTHS)[3:])
ENDS = (0, len(BAND_COLOURS) - 1)
LEGIBLE = 5  # percent: a lower part of a column has no room for its number


def investment_over_years(table: pl.DataFrame, survey: Survey) -> Chart:
    """Draw what was invested each year, and the growth. In: `over_years.investments` (mrd, vekst in percent)."""
    signed = [
        None if value is None else f"{'+' if value > 0 else ''}{number(value, 1)} %"
        for value in table["vekst"]
    ]
    rows = labelled(table, "mrd", 1).with_columns(
        pl.col("aar").cast(pl.String), veksten=pl.Series(signed, dtype=pl.String)
    )
    base, bars = _columns(rows, "mrd", survey, "Milliarder kroner", room=0.2)
    amount = base.mark_text(dy=-23, fontWeight="bold").encode(text="tekst:N")
    change = base.transform_filter("datum.veksten !== null").mark_text(dy=-9, color=GREY)
    parts = [
        f"{year} {number(value, 1)}" + (f" ({change})" if change else "")
        for year, value, change in rows.select("aar", "mrd", "veksten").iter_rows()
    ]
    return finished(
        [bars, amount, change.encode(text="veksten:N"), zero_rule()],
        survey,
        title="Hvor mye investerte kommunene?",
        unit=(
            "Brutto investeringsutgifter, milliarder kroner; under beløpet veksten i summen fra året før, de samme "
            "kommunene begge år"
        ),
        alt_text=f"Søyler per år, milliarder kroner og vekst: {'; '.join(parts)}.",
        height=HEIGHT,
    )


def result_over_years(table: pl.DataFrame, survey: Survey) -> Chart:
    """Draw the net operating result of each year. In: `over_years.results` (netto_pst).

    The dashed line is the level that levels.csv has of municipalities' results in the survey year.
    """
    rows = labelled(table, "netto_pst", 1).with_columns(pl.col("aar").cast(pl.String))
    base, bars = _columns(rows, "netto_pst", survey, "Prosent av driftsinntektene", room=0.12)
    above = base.transform_filter("datum.netto_pst >= 0").mark_text(dy=-9, fontWeight="bold")
    below = base.transform_filter("datum.netto_pst < 0").mark_text(dy=10, fontWeight="bold")
    marks = levels.of(LEVEL_OF, survey.year).filter(
        (pl.col("enhetstype") == "kommune") & pl.col("fra").is_not_null()
    )
    level = alt.Chart(marks.select("fra")).mark_rule(color=INK, strokeDash=[4, 3])
    said = [
        f"{row['hvem']}s anbefalte nivå, {number(row['fra'], 2)} prosent"
        for row in marks.iter_rows(named=True)
    ]
    dashed = f"; stiplet: {' og '.join(said)}" if said else ""
    parts = [
        f"{year} {number(value, 1)}" for year, value in rows.select("aar", "netto_pst").iter_rows()
    ]
    return finished(
        [
            bars,
            *(text.encode(text="tekst:N") for text in (above, below)),
            zero_rule(),
            level.encode(y="fra:Q"),
        ],
        survey,
        title="Hvordan har netto driftsresultat utviklet seg?",
        unit=f"Netto driftsresultat i prosent av brutto driftsinntekter, summen av kommunene{dashed}",
        alt_text=f"Søyler per år, prosent av driftsinntektene: {'; '.join(parts)}{dashed}.",
        height=HEIGHT,
    )


def revenue_and_expenditure(growth: pl.DataFrame, survey: Survey) -> Chart:
    """Draw growth of revenue and expenditure. In: a row per year, aar, inntektsvekst, utgiftsvekst (percent)."""
    names = {"inntektsvekst": "Driftsinntekter", "utgiftsvekst": "Driftsutgifter"}
    rows = labelled(
        growth.select("aar", *names)
        .unpivot(index="aar", variable_name="post", value_name="vekst")
        .with_columns(pl.col("post").replace(names), pl.col("aar").cast(pl.String)),
        "vekst",
        1,
    )
    base = alt.Chart(rows).encode(
        x=_years(),
        xOffset=alt.XOffset("post:N", sort=list(names.values())),
        y=alt.Y("vekst:Q", axis=None, scale=_scale(rows["vekst"], 0.12)),
        tooltip=[
            alt.Tooltip("aar:N", title="År"),
            alt.Tooltip("post:N", title="Hva"),
            alt.Tooltip("tekst:N", title="Vekst, prosent"),
        ],
    )
    columns = base.mark_bar().encode(
        color=alt.Color(
            "post:N",
            title=None,
            scale=alt.Scale(domain=list(names.values()), range=[BLUE, ORANGE]),
        )
    )
    above = base.transform_filter("datum.vekst >= 0").mark_text(dy=-9)
    below = base.transform_filter("datum.vekst < 0").mark_text(dy=10)
    parts = [
        f"{year}: inntekter {number(revenue, 1)}, utgifter {number(cost, 1)} prosent"
        for year, revenue, cost in growth.select("aar", *names).iter_rows()
    ]
    return finished(
        [columns, *(text.encode(text="tekst:N") for text in (above, below)), zero_rule()],
        survey,
        title="Vokste utgiftene mer enn inntektene?",
        unit="Vekst i brutto driftsinntekter og brutto driftsutgifter, prosent, samme kommuner begge år",
        alt_text=f"Stolper per år. {'; '.join(parts)}.",
        height=HEIGHT,
    )


def fund_bands_over_years(table: pl.DataFrame, survey: Survey) -> Chart:
    """Draw how many had how large a fund, year by year. In: `over_years.fund_bands` (andel in percent)."""
    names = table.sort("rekkefoelge")["baand_navn"].unique(maintain_order=True).to_list()
    rows = labelled(table, "andel", 0).with_columns(pl.col("aar").cast(pl.String))
    base = alt.Chart(rows).encode(
        x=_years(),
        y=alt.Y("andel:Q", stack="zero", axis=None, scale=alt.Scale(domain=[0, 100], nice=False)),
        order=alt.Order("rekkefoelge:Q"),
        tooltip=[
            alt.Tooltip("aar:N", title="År"),
            alt.Tooltip("baand_navn:N", title="Fond, prosent av inntektene"),
            alt.Tooltip("kommuner:Q", title="Kommuner"),
            alt.Tooltip("tekst:N", title="Prosent av kommunene"),
        ],
    )
    looks = BAND_COLOURS[: len(names)]
    columns = base.mark_bar().encode(
        color=alt.Color(
            "baand_navn:N",
            title=None,
            sort=names,
            scale=alt.Scale(domain=names, range=list(looks)),
            legend=alt.Legend(columns=3),
        )
    )
    light = alt.FieldOneOfPredicate(
        field="baand_navn", oneOf=[names[place] for place in ENDS if place < len(names)]
    )
    # Text in the middle of a part of a column is stacked as the part is, around its own middle.
    texts = (
        base.transform_stack(
            stack="andel", groupby=["aar"], sort=[alt.SortField("rekkefoelge")], as_=["fra", "til"]
        )
        .transform_calculate(midt="(datum.fra + datum.til) / 2")
        .transform_filter(f"datum.andel >= {LEGIBLE}")
        .mark_text(fontSize=TEXT)
        .encode(
            y=alt.Y("midt:Q", stack=None, axis=None),
            text="tekst:N",
            color=alt.condition(light, alt.value(PAPER), alt.value(INK)),
        )
    )
    low = table.filter(pl.col("rekkefoelge") <= 2).group_by("aar", maintain_order=True)
    parts = [
        f"{rows['aar'][0]}: "
        + ", ".join(
            f"{name[:1].lower() + name[1:]} {number(share, 1)}"
            for name, share in rows.select("baand_navn", "andel").iter_rows()
        )
        for _, rows in low
    ]
    return finished(
        [columns, texts],
        survey,
        title="Har flere eller færre små disposisjonsfond enn før?",
        unit="Prosent av kommunene etter disposisjonsfond i prosent av egne driftsinntekter",
        alt_text=f"Stablede søyler per år, prosent av kommunene. {'; '.join(parts)}.",
        height=HEIGHT + 60,
    )


def _years() -> alt.X:
    axis = alt.Axis(labelAngle=0, ticks=False, domain=False, labelPadding=6)
    return alt.X("aar:N", title=None, axis=axis, scale=alt.Scale(paddingInner=0.3))


def _scale(values: pl.Series, room: float) -> alt.Scale:
    """Return a scale from zero, with room for the numbers at the ends of columns."""
    low, high = min(0.0, float(values.min() or 0)), max(0.0, float(values.max() or 0))  # type: ignore[arg-type]
    more = room * ((high - low) or 1)
    return alt.Scale(domain=[low - more if low < 0 else 0, high + more], nice=False)


def _columns(
    rows: pl.DataFrame, value: str, survey: Survey, unit: str, *, room: float
) -> tuple[alt.Chart, alt.Chart]:
    """Return a column for each year, that of the survey in the stronger colour, and what text at it is made of."""
    base = alt.Chart(rows).encode(
        x=_years(),
        y=alt.Y(f"{value}:Q", axis=None, scale=_scale(rows[value], room)),
        tooltip=[
            alt.Tooltip("aar:N", title="År"),
            alt.Tooltip("tekst:N", title=unit),
            alt.Tooltip("kommuner:Q", title="Kommuner"),
        ],
    )
    own = alt.condition(f"datum.aar === '{survey.year}'", alt.value(BLUE), alt.value(PALE))
    return base, base.mark_bar().encode(color=own)
