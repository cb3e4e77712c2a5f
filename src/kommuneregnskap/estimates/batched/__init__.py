"""The whole by every estimator for many draws of respondents at once: matrix algebra, a row per draw.

The same numbers as `compared.compared` gives of each draw (a test holds the two to each other), in a thousandth
of the time: the simulation needs tens of thousands. Formulas: Cochran (1977), Sampling Techniques, ch. 6.11 (groups);
Särndal, Swensson and Wretman (1992), ch. 3.5 and 5.6 (one ratio of all); Deville and Särndal (1992), JASA 87
(linear calibration and the variance of its residuals).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.estimates.batched.parts import Answers, Floats, Found, Part, answered_both
from kommuneregnskap.estimates.batched.ratios import by_ratio
from kommuneregnskap.estimates.batched.tbu import by_rule
from kommuneregnskap.estimates.batched.weights import by_calibration, calibration
from kommuneregnskap.estimates.population import Population
from kommuneregnskap.estimates.quantities import Quantity, rule
from kommuneregnskap.tables.schemas.estimates import CALIBRATION, RATIO

__all__ = ["Answers", "Floats", "Found", "by_one", "calibration", "whole"]


def whole(
    everyone: Population, answered: Answers, wanted: list[Quantity]
) -> dict[tuple[str, str], Found]:
    """Return each quantity by each estimator, by (estimator, stoerrelse), in the order of the tables.

    everyone: a population with all that the draws can show; answered: draws × rows of `everyone.level`, who
    answered. A number per draw in the quantity's unit, nan where `compared.compared` of
    `everyone.answered_by` those has none.
    """
    parts = _parts(everyone, answered, wanted)
    estimators = tables.read("estimators").sort("rekkefoelge").to_dicts()
    return {
        (str(estimator["estimator"]), name): found
        for estimator in estimators
        for name, found in _by_one(everyone, answered, wanted, parts, estimator).items()
    }


def by_one(
    everyone: Population, answered: Answers, wanted: list[Quantity], estimator: str
) -> dict[str, Found]:
    """Return each quantity by one estimator, by stoerrelse: see `whole`."""
    row = tables.read("estimators").row(by_predicate=pl.col("estimator") == estimator, named=True)
    return _by_one(everyone, answered, wanted, _parts(everyone, answered, wanted), row)


def _by_one(
    everyone: Population,
    answered: Answers,
    wanted: list[Quantity],
    parts: list[Part],
    estimator: dict[str, object],
) -> dict[str, Found]:
    name, method = str(estimator["estimator"]), str(estimator["metode"])
    own: dict[str, Found] = {}
    found = {}
    with np.errstate(invalid="ignore", divide="ignore"):
        for part in parts:
            if method == RATIO:
                own |= by_ratio(part, estimator)
            elif method == CALIBRATION:
                margins = str(estimator["marginer"]).split(";")
                own |= by_calibration(part, margins, name, everyone, answered)
        if method not in (RATIO, CALIBRATION):
            own = by_rule(everyone, answered)
        for each in wanted:
            given = own.get(each.stoerrelse, _nothing(len(answered)))
            shown = _shown(given, next((p for p in parts if each in p.wanted), None))
            found[each.stoerrelse] = shown.scaled(each.factor, each.shift)
    return found


def _nothing(draws: int) -> Found:
    return Found(*(np.full(draws, np.nan) for _ in range(4)))


def _shown(found: Found, part: Part | None) -> Found:
    """Return it without the draws in which fewer answered than estimation_rules.csv says."""
    if part is None:
        return found
    count = part.mask.sum(axis=1)
    return found.where((count >= rule("minste_svar_domene")) | part.complete)


def _parts(everyone: Population, answered: Answers, wanted: list[Quantity]) -> list[Part]:
    """Sort the quantities by who has what they need."""
    found: dict[tuple[bool, bytes], Part] = {}
    same: Answers | None = None
    for each in wanted:
        frame = everyone.same if each.same_units else everyone.level
        if not set(each.columns) <= set(frame.columns):
            continue
        if each.same_units and same is None:
            same = answered_both(everyone, answered)
        who = same if each.same_units and same is not None else answered
        known = frame.select(each.known.fill_null(value=False)).to_series().to_numpy()
        key = (each.same_units, known.tobytes())
        found.setdefault(key, Part(frame, who & known)).wanted.append(each)
    return list(found.values())
