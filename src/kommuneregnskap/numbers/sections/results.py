"""Section 2: the net operating result, how it is spread, and what drives it."""

from __future__ import annotations

import polars as pl

from kommuneregnskap import estimates, tables
from kommuneregnskap.estimates import kept
from kommuneregnskap.indicators import evaluate
from kommuneregnskap.indicators.evaluate import percent, ratio, total
from kommuneregnskap.numbers import estimated, values
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import units

RESULT = "netto_driftsresultat"
AFTER_BOUND = "netto_driftsresultat_etter_bundne"
REVENUE = "brutto_driftsinntekter"
SHARE = "netto_driftsresultat_pst"
LOW_LIMIT = -2  # percent of revenue: the limit the release uses


def per_unit(survey: Survey) -> pl.DataFrame:
    """Return each respondent municipality with its result in kr and percent of revenue.

    Out: the columns of `Survey.panel` and netto_driftsresultat_pst, brutto_driftsresultat_pst
    (percent), negativ, under_m2 (Bool). Where a source gives no amounts but prints the percentage, the
    printed one stands.
    """
    return (
        survey.panel()
        .with_columns(
            percent(SHARE, survey.year), percent("brutto_driftsresultat_pst", survey.year)
        )
        .join(survey.printed(SHARE), on="region", how="left", maintain_order="left")
        .with_columns(pl.coalesce(SHARE, "trykt").alias(SHARE))
        .drop("trykt")
        .with_columns(
            negativ=pl.coalesce(pl.col(RESULT), pl.col(SHARE)) < 0,
            under_m2=pl.col(SHARE) < LOW_LIMIT,
        )
    )


def before_and_now(survey: Survey, kind: str = "kommune", *, whose: str = "") -> pl.DataFrame:
    """Return the same respondents in the survey year and the year before, a row each.

    `whose`: see `Survey.matched`. Out: aar, kobling, one column per concept (1000 kr),
    netto_driftsresultat_pst. Empty when the source lacks the year before.
    """
    matched = survey.matched(survey.year, kind, whose=whose)
    if matched.is_empty():
        return pl.DataFrame()
    wide = evaluate.completed(evaluate.wide(matched, "aar", "kobling"), survey.year)
    return wide.with_columns(percent(SHARE, survey.year))


def by_size_group(survey: Survey) -> pl.DataFrame:
    """Return the result by size group, smallest first.

    Out: stoerrelsesgruppe, navn, kommuner, netto_pst, brutto_pst, etter_bundne_fond (percent of
    revenue, ratios of sums), median_pst (percent, of municipalities), andel_negativ (percent).
    """
    revenue = total(REVENUE)
    return units.named_groups(
        per_unit(survey)
        .group_by("stoerrelsesgruppe")
        .agg(
            kommuner=pl.len(),
            netto_pst=ratio(total(RESULT), revenue),
            brutto_pst=ratio(total("brutto_driftsresultat"), revenue),
            etter_bundne_fond=ratio(total(AFTER_BOUND), revenue),
            median_pst=pl.col(SHARE).median(),
            andel_negativ=100 * pl.col("negativ").mean(),
        )
    )


def drivers(survey: Survey) -> pl.DataFrame:
    """Return how revenue, expenditure, finance and gains moved the result of the same respondents.

    Out: post, navn (bokmål), foer, naa, endring (mrd. kr, with the sign they have in the result). Empty
    without the year before.
    """
    rows = before_and_now(survey)
    signs = {
        "brutto_driftsinntekter": 1,
        "brutto_driftsutgifter": -1,
        "motpost_avskrivninger": 1,
        "netto_finansutgifter": -1,
        "gevinst_finansielle": 1,
        RESULT: 1,
    }
    schema = {"post": pl.String, "navn": pl.String} | dict.fromkeys(
        ("foer", "naa", "endring"), pl.Float64
    )
    if rows.is_empty():
        return pl.DataFrame(schema=schema)
    listed = tables.valid("indicators", survey.year).unique("begrep", keep="first")
    return (
        rows.group_by("aar")
        .agg(values.billions(total(name)).alias(name) * sign for name, sign in signs.items())
        .sort("aar")
        .drop("aar")
        .transpose(include_header=True, header_name="post", column_names=["foer", "naa"])
        .join(
            listed.select(post="begrep", navn="navn"), on="post", how="left", maintain_order="left"
        )
        .with_columns(endring=pl.col("naa") - pl.col("foer"))
        .select(list(schema))
    )


def estimate(survey: Survey, concept: str = RESULT) -> pl.DataFrame:
    """Return the ratio estimate of a concept for all municipalities outside Oslo, by size group.

    Whether Oslo belongs is a choice of the survey (A08).
    Out: as `estimates.ratio_estimate`, with `navn` of the group, smallest first.
    """
    groups = kept.groups(survey) if concept == RESULT else None
    if groups is None:
        groups = estimates.ratio_estimate(*estimated.answered(survey), concept)
    return units.named_groups(groups)
