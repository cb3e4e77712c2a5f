"""Section 1: how much was invested, in what, and how it changed."""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.indicators.evaluate import by_function, ratio, total
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import units

INVESTMENT = "investering"  # the setting that says which concept of investment is meant
REVENUE = "brutto_driftsinntekter"


def by_size_group(survey: Survey) -> pl.DataFrame:
    """Return gross investment per inhabitant (kr) and in percent of revenue by size group.

    Out: stoerrelsesgruppe, gruppe, kommuner, per_innbygger (kr), andel_av_inntekt (percent), mill_kr; sums and
    ratios of sums over the respondents of the group that have both parts; mill_kr where all of them have it.
    """
    concept = survey.setting(INVESTMENT)
    known, both = survey.known(concept), survey.known(concept, REVENUE)
    amount, revenue = pl.col(concept), pl.col(REVENUE)
    return units.named_groups(
        survey.panel()
        .group_by("stoerrelsesgruppe")
        .agg(
            kommuner=pl.len(),
            per_innbygger=1000 * total(amount) / pl.col("folkemengde").filter(known).sum(),
            andel_av_inntekt=ratio(total(amount.filter(both)), total(revenue.filter(both))),
            mill_kr=pl.when(known.all()).then(total(amount) / 1000),
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
    """Return the functions with the largest gross investment: funksjon, funksjon_navn, belop (1000 kr), andel.

    Computed from the ledger itself with the terms of the definition, over the respondents.
    """
    answered = survey.enheter.filter(pl.col("svart") & (pl.col("type") == "kommune"))
    theirs = survey.poster.join(answered.lazy(), on="region", how="semi")
    functions = tables.valid("funksjon", survey.year).select("funksjon", funksjon_navn="navn")
    return (
        by_function(theirs, survey.year, survey.setting(INVESTMENT))
        .join(functions, on="funksjon", how="left")
        .with_columns(andel=ratio(pl.col("belop"), pl.col("belop").sum()))
        .sort("belop", "funksjon", descending=[True, False])
        .head(count)
        .select("funksjon", "funksjon_navn", "belop", "andel")
    )
