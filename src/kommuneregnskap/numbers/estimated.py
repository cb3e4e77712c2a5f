"""Estimates of section numbers for all municipalities: by `estimates`, with the estimator that is chosen."""

from __future__ import annotations

import numpy as np
import polars as pl

from kommuneregnskap import estimates
from kommuneregnskap.estimates import batched, kept
from kommuneregnskap.estimates.population import Population
from kommuneregnskap.estimates.quantities import in_section_numbers, main_estimator
from kommuneregnskap.estimates.values import Value
from kommuneregnskap.numbers import wide
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices

RESULT, SHARE = "netto_driftsresultat", "netto_driftsresultat_pst"


def found(survey: Survey) -> dict[str, Value]:
    """Return the estimates that section numbers are made of, by `anslaas_som`, in the unit of the number.

    The estimator is the survey's choice (A24); shares of municipalities are of their number, and so by the main one
    whatever is chosen.
    """
    estimator = survey.setting("anslag")
    # What is kept does not say what choices it was read of.
    kept_ones = None if choices.is_noting() else kept.headline(survey, estimator)
    if kept_ones is None:  # one of many panels, or before they are kept
        return _computed(survey, estimator)
    # More are kept than numbers are made of: what is refused does not depend on what is kept.
    return {each.stoerrelse: kept_ones[each.stoerrelse] for each in in_section_numbers()}


def alone(survey: Survey, people: Population, name: str) -> Value:
    """Return one of those estimates, by arrays: of many choices each asks for another.

    people: `population.of` the survey. See `estimates.batched`, which is held to svy.
    """
    quantity = next(each for each in in_section_numbers() if each.stoerrelse == name)
    main = str(main_estimator()["estimator"])
    estimator = main if quantity.is_share else survey.setting("anslag")
    answered = people.level["svart"].to_numpy()[np.newaxis, :]
    one = batched.by_one(people, answered, [quantity], estimator)[name]

    def known(values: batched.Floats) -> float | None:
        return float(values[0]) if np.isfinite(values[0]) else None

    return Value(known(one.verdi), known(one.standardfeil), known(one.nedre), known(one.oevre))


def _computed(survey: Survey, estimator: str) -> dict[str, Value]:
    wanted = in_section_numbers()
    by_main = estimator == str(main_estimator()["estimator"])
    direct = [each for each in wanted if by_main or each.is_share]
    panel, everyone = answered(survey)
    shares = wide.with_shares(panel, survey.year).join(
        survey.printed(SHARE), on="region", how="left", maintain_order="left"
    )
    known = shares.with_columns(pl.coalesce(SHARE, "trykt").alias(SHARE))
    values = estimates.headline(known, everyone, direct)
    rest = [each for each in wanted if each not in direct]
    return values | (estimates.result_by(survey, estimator, rest) if rest else {})


def answered(survey: Survey) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return those who answered and everybody estimated for: without Oslo, or with it (A08)."""
    everyone = estimates.estimated_for(survey)
    return survey.panel().join(everyone, on="region", how="semi"), everyone
