"""Section 4: the discretionary fund (disposisjonsfond): who has emptied it, who has little left."""

from __future__ import annotations

import polars as pl

from kommuneregnskap.indicators import evaluate
from kommuneregnskap.indicators.evaluate import percent, ratio, total
from kommuneregnskap.numbers import values
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import bands, units

FUND = "fond"  # the setting that says which concept is meant by the fund
REVENUE = "brutto_driftsinntekter"
COUNTY_FUND = "fylkesfond"  # the same for county municipalities
SHARE = "disposisjonsfond_pst"


def empty(survey: Survey, share: pl.Expr) -> pl.Expr:
    """Return whether a fund of `share` (percent of revenue) counts as used up: assumption A12."""
    return bands.empty(share, survey.setting("tomt_fond"))


def little(survey: Survey, share: pl.Expr) -> pl.Expr:
    """Return whether a fund of `share` (percent) is in the band next to empty: assumptions A12 and A13."""
    return bands.little(share, survey.setting("tomt_fond"), survey.setting("fondsgrense"))


def band(survey: Survey, share: pl.Expr) -> pl.Expr:
    """Return the id of the fund band that a share (percent) falls in, as the survey's choices have them."""
    return bands.band(share, survey.setting("tomt_fond"), survey.setting("fondsgrense"))


def per_unit(survey: Survey) -> pl.DataFrame:
    """Return each respondent municipality that delivered a balance sheet, with its fund.

    Out: the columns of `Survey.panel`, fond (1000 kr: the concept that is meant by the fund, assumption A14),
    disposisjonsfond_pst (that in percent of revenue) and fri_egenkapital_drift_pst (percent of
    revenue), baand (id of the fund band).
    """
    return (
        survey.panel()
        .with_columns(fond=survey.setting(FUND))
        .filter(pl.col(FUND).is_not_null())
        .with_columns(
            ratio(pl.col(FUND), pl.col(REVENUE)).alias(SHARE),
            percent("fri_egenkapital_drift_pst", survey.year),
        )
        .with_columns(baand=band(survey, pl.col(SHARE)))
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
        bands.bands()
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
            tomme=empty(survey, pl.col(SHARE)).sum(),
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
        foer=values.billions(pl.col("foer").sum()),
        oekt=values.billions(change.filter(change > 0).sum()),
        redusert=values.billions(change.filter(change < 0).sum()),
        naa=values.billions(pl.col("naa").sum()),
    ).filter(pl.col("kommuner") > 0)


def movement(survey: Survey, kind: str = "kommune") -> pl.DataFrame:
    """Return each respondent's fund at the end of the year before and of the survey year.

    Out: kobling, foer, naa, endring (1000 kr); the same respondents, empty without the year before.
    """
    schema = {"kobling": pl.String} | dict.fromkeys(("foer", "naa", "endring"), pl.Int64)
    concept = survey.setting(FUND if kind == "kommune" else COUNTY_FUND)
    matched = survey.matched(survey.year, kind).filter(pl.col("begrep") == concept)
    if matched.is_empty():
        return pl.DataFrame(schema=schema)
    both = evaluate.wide(matched, "aar", "kobling")
    return (
        both.group_by("kobling")
        .agg(
            foer=pl.col(concept).filter(pl.col("aar") == survey.year - 1).first(),
            naa=pl.col(concept).filter(pl.col("aar") == survey.year).first(),
        )
        .drop_nulls()
        .with_columns(endring=pl.col("naa") - pl.col("foer"))
        .sort("endring", "kobling")
    )
