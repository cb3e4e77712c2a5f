"""Section 1: how much was invested, in what, and how it changed."""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.indicators.evaluate import by_function, ratio, total
from kommuneregnskap.numbers import values
from kommuneregnskap.numbers.sections import areas
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices, units

INVESTMENT = "investering"  # the setting that says which concept of investment is meant
REVENUE = "brutto_driftsinntekter"


def by_area(survey: Survey) -> pl.DataFrame:
    """Return gross investment by service area: shares and ranks of the respondents' total.

    Out: tjenesteomraade, navn, ssb_kode, oppdeling, belop, naa, foer, endring (1000 kr), vekst,
    andel (percent), rang (1 = largest; null for alternatives outside the partition). Source: AGI5 over
    AGI1; shares are ratios of sums over the respondents.
    """
    concept = survey.setting(INVESTMENT)
    table = areas.amounts(survey, concept, survey.year)
    whole = survey.panel().select(total(concept)).item()
    shares = table.with_columns(andel=ratio(pl.col("belop"), pl.lit(whole, dtype=pl.Int64)))
    shares = _weighed(shares, survey, concept)
    ranks = areas.ranked(shares, "belop", every=areas.every(survey)).select(
        "tjenesteomraade", "rang"
    )
    return shares.join(ranks, on="tjenesteomraade", how="left").sort(
        "rang", "tjenesteomraade", nulls_last=True
    )


def _weighed(shares: pl.DataFrame, survey: Survey, concept: str) -> pl.DataFrame:
    """Put means of the units' own shares in the place of ratios of sums where that is the choice (A22)."""
    weighing = survey.setting("vekting")
    if weighing == values.SUMS:
        return shares
    whole = survey.panel().select("region", "folkemengde", hele=concept)
    own = survey.indikatorer.filter(
        (pl.col("aar") == survey.year)
        & (pl.col("begrep") == concept)
        & pl.col("tjenesteomraade").is_not_null()
    ).join(whole, on="region")
    means = (
        own.sort("tjenesteomraade", "region")
        .group_by("tjenesteomraade", maintain_order=True)
        .agg(snitt=values.share("belop", "hele", weighing))
        .with_columns(deler="tjenesteomraade")
        .drop("tjenesteomraade")
    )
    made_of = pl.col("tjenesteomraade").replace(choices.areas(survey.choices))
    return (
        shares.with_columns(deler=made_of)
        .join(means, on="deler", how="left", maintain_order="left")
        .with_columns(andel="snitt")
        .drop("deler", "snitt")
    )


def by_size_group(survey: Survey) -> pl.DataFrame:
    """Return gross investment per inhabitant (kr) and in percent of revenue by size group.

    Out: stoerrelsesgruppe, navn, kommuner, per_innbygger (kr), andel_av_inntekt (percent), mill_kr; sums and
    ratios of sums over the respondents of the group.
    """
    concept = survey.setting(INVESTMENT)
    return units.named_groups(
        survey.panel()
        .group_by("stoerrelsesgruppe")
        .agg(
            kommuner=pl.len(),
            per_innbygger=1000 * total(concept) / pl.col("folkemengde").sum(),
            andel_av_inntekt=ratio(total(concept), total(REVENUE)),
            mill_kr=total(concept) / 1000,
        )
    )


def distribution(survey: Survey) -> pl.DataFrame:
    """Return gross investment of each respondent, unnamed: kr per inhabitant and percent of revenue.

    Out: stoerrelsesgruppe, per_innbygger (kr), brutto_investeringsutgifter_pst (percent), sorted by
    per_innbygger.
    """
    concept = survey.setting(INVESTMENT)
    return (
        survey.panel()
        .select(
            "stoerrelsesgruppe",
            ratio(pl.col(concept), pl.col(REVENUE)).alias("brutto_investeringsutgifter_pst"),
            per_innbygger=1000 * pl.col(concept) / pl.col("folkemengde"),
        )
        .sort("per_innbygger")
    )


def top_functions(survey: Survey, count: int = 10) -> pl.DataFrame:
    """Return the functions with the largest gross investment: funksjon, navn, belop (1000 kr), andel.

    Computed from the ledger itself with the terms of the definition, over the respondents.
    """
    answered = survey.enheter.filter(pl.col("svart") & (pl.col("type") == "kommune"))
    theirs = survey.poster.join(answered.lazy(), on="region", how="semi")
    functions = tables.valid("funksjon", survey.year).select("funksjon", "navn")
    return (
        by_function(theirs, survey.year, survey.setting(INVESTMENT))
        .join(functions, on="funksjon", how="left")
        .with_columns(andel=ratio(pl.col("belop"), pl.col("belop").sum()))
        .sort("belop", "funksjon", descending=[True, False])
        .head(count)
        .select("funksjon", "navn", "belop", "andel")
    )
