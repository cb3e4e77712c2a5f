"""Section 4: the discretionary fund (disposisjonsfond): who has emptied it, who has little left."""

from __future__ import annotations

import polars as pl

from kommuneregnskap import indicators, units
from kommuneregnskap.bands import band, bands
from kommuneregnskap.indicators import percent, ratio, total
from kommuneregnskap.sections import numbers
from kommuneregnskap.survey import Survey

FUND = "disposisjonsfond"
REVENUE = "brutto_driftsinntekter"
SHARE = "disposisjonsfond_pst"


def per_unit(survey: Survey) -> pl.DataFrame:
    """Return each respondent municipality that delivered a balance sheet, with its fund.

    Out: the columns of `Survey.panel`, disposisjonsfond_pst and fri_egenkapital_drift_pst (percent of
    revenue), baand (id of the fund band).
    """
    return (
        survey.panel()
        .filter(pl.col(FUND).is_not_null())
        .with_columns(
            percent(SHARE, survey.year), percent("fri_egenkapital_drift_pst", survey.year)
        )
        .with_columns(baand=band(pl.col(SHARE)))
    )


def by_band(survey: Survey) -> pl.DataFrame:
    """Return municipalities per fund band: baand, navn, kommuner, andel (percent), folkeandel (percent).

    Empty where nobody's fund is known.
    """
    rows = per_unit(survey)
    if rows.is_empty():  # nobody's fund is known: that is not a band of nobody
        return pl.DataFrame(
            schema={"baand": pl.String, "navn": pl.String, "kommuner": pl.Int64}
            | dict.fromkeys(("andel", "folkeandel"), pl.Float64)
        )
    counted = rows.group_by("baand").agg(kommuner=pl.len(), folk=pl.col("folkemengde").sum())
    return (
        bands()
        .select("baand", "navn")
        .join(counted, on="baand", how="left", maintain_order="left")
        .with_columns(pl.col("kommuner", "folk").fill_null(0))
        .with_columns(
            andel=ratio(pl.col("kommuner"), pl.col("kommuner").sum()),
            folkeandel=ratio(pl.col("folk"), pl.col("folk").sum()),
        )
        .drop("folk")
    )


def by_size_group(survey: Survey) -> pl.DataFrame:
    """Return the fund in percent of revenue by size group (ratios of sums), smallest first.

    Out: stoerrelsesgruppe, navn, kommuner, fond_pst, fri_egenkapital_pst, median_pst (percent),
    tomme (municipalities with an empty fund).
    """
    revenue = total(REVENUE)
    return units.named_groups(
        per_unit(survey)
        .group_by("stoerrelsesgruppe")
        .agg(
            kommuner=pl.len(),
            fond_pst=ratio(total(FUND), revenue),
            fri_egenkapital_pst=ratio(total("fri_egenkapital_drift"), revenue),
            median_pst=pl.col(SHARE).median(),
            tomme=(pl.col(FUND) <= 0).sum(),
        )
    )


def movement_in_all(survey: Survey) -> pl.DataFrame:
    """Return one row, mrd. kr: the funds at the start, increases, reductions, the funds at the end.

    Out: kommuner, foer, oekt, redusert, naa; the same respondents, empty without the year before.
    """
    rows = movement(survey)
    change = pl.col("endring")
    return rows.select(
        kommuner=pl.len(),
        foer=numbers.billions(pl.col("foer").sum()),
        oekt=numbers.billions(change.filter(change > 0).sum()),
        redusert=numbers.billions(change.filter(change < 0).sum()),
        naa=numbers.billions(pl.col("naa").sum()),
    ).filter(pl.col("kommuner") > 0)


def movement(survey: Survey, kind: str = "kommune") -> pl.DataFrame:
    """Return each respondent's fund at the end of the year before and of the survey year.

    Out: kobling, foer, naa, endring (1000 kr); the same respondents, empty without the year before.
    """
    schema = {"kobling": pl.String} | dict.fromkeys(("foer", "naa", "endring"), pl.Int64)
    matched = survey.matched(survey.year, kind).filter(pl.col("begrep") == FUND)
    if matched.is_empty():
        return pl.DataFrame(schema=schema)
    both = indicators.wide(matched, "aar", "kobling")
    return (
        both.group_by("kobling")
        .agg(
            foer=pl.col(FUND).filter(pl.col("aar") == survey.year - 1).first(),
            naa=pl.col(FUND).filter(pl.col("aar") == survey.year).first(),
        )
        .drop_nulls()
        .with_columns(endring=pl.col("naa") - pl.col("foer"))
        .sort("endring", "kobling")
    )


def level(survey: Survey) -> pl.DataFrame:
    """Return one row: the fund of the respondents and its change; see the units in `tall`."""
    rows, moved = per_unit(survey), movement(survey)
    counties = survey.panel("fylkeskommune")
    moved_counties = movement(survey, "fylkeskommune")
    fund = rows.select(
        mrd=numbers.billions(total(FUND)),
        pst=ratio(total(FUND), total(REVENUE)),
        antall_tomme=pl.when(pl.len() > 0).then((pl.col("baand") == "tomt").sum()),
        andel_tomme=100 * (pl.col("baand") == "tomt").mean(),
        antall_0_5=pl.when(pl.len() > 0).then((pl.col("baand") == "0_5").sum()),
        andel_0_5=100 * (pl.col("baand") == "0_5").mean(),
        andel_under_5=100 * pl.col("baand").is_in(["tomt", "0_5"]).mean(),
    )
    change = moved.select(
        endring_mrd=pl.when(pl.len() > 0).then(numbers.billions(pl.col("endring").sum())),
        antall_redusert=pl.when(pl.len() > 0).then((pl.col("endring") < 0).sum()),
    ).with_columns(retning=pl.col("endring_mrd"))
    county_fund = counties.select(fylke_mrd=numbers.billions(total(FUND)))
    county_change = moved_counties.select(
        fylke_endring_mrd=pl.when(pl.len() > 0).then(numbers.billions(pl.col("endring").sum()))
    )
    return pl.concat([fund, change, county_fund, county_change], how="horizontal")


def tall(survey: Survey) -> pl.DataFrame:
    """Return the section numbers `fond.*` of the survey year. Out: `frames.Tall`."""
    table = by_band(survey) if len(per_unit(survey)) else None
    row = numbers.from_row(
        level(survey),
        survey.year,
        "fond",
        {
            "mrd": "mrd_kr",
            "pst": "prosent",
            "antall_tomme": "antall",
            "andel_tomme": "prosent",
            "antall_0_5": "antall",
            "andel_0_5": "prosent",
            "andel_under_5": "prosent",
            "endring_mrd": "mrd_kr",
            "antall_redusert": "antall",
            "retning": "retning",
            "fylke_mrd": "mrd_kr",
            "fylke_endring_mrd": "mrd_kr",
        },
    )
    if table is None:
        return numbers.combine(row)
    return numbers.combine(
        row,
        numbers.from_table(table, survey.year, "fond.andel_i_baand", "baand", "andel", "prosent"),
    )
