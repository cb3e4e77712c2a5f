"""Calibrated weights of many draws at once: linear calibration, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from kommuneregnskap.estimates import calibrated, compared
from kommuneregnskap.estimates.batched.parts import (
    Answers,
    Floats,
    Found,
    Part,
    interval,
    logit_interval,
)
from kommuneregnskap.estimates.batched.ratios import judged
from kommuneregnskap.estimates.population import Population
from kommuneregnskap.estimates.quantities import Quantity, rule
from kommuneregnskap.tables.schemas.estimates import COUNTY, SIZE_GROUP

UNSURE = 1e10  # a condition number beyond which svy says whether the weights fit


def by_calibration(
    part: Part, margins: list[str], estimator: str, everyone: Population, answered: Answers
) -> dict[str, Found]:
    """Return the quantities of a part with calibrated weights: see `calibrated`.

    The draws in which the margins hardly determine the weights are left to svy: it is the one that says
    whether they fit.
    """
    groups = part.groups
    fit = _weights(part, margins)
    found = {}
    for each in part.wanted:
        amount = part.numerator(each)
        value = fit.weights @ amount
        below: Floats = fit.weights.sum(axis=1)
        scores = np.broadcast_to(amount, fit.weights.shape)
        if each.is_share:
            value = value / below
            scores = (scores - value[:, np.newaxis]) / below[:, np.newaxis]
        elif each.denominator is not None:
            other = part.column(each.denominator)
            below = fit.weights @ other
            value = value / below
            scores = (scores - value[:, np.newaxis] * other) / below[:, np.newaxis]
        error = np.sqrt(groups.variance(fit.weights * fit.residual(scores)))
        built = (logit_interval if each.is_share else interval)(value, error, groups.df)
        found[each.stoerrelse] = judged(built.where(fit.positive), part)
    if fit.unsure.any():
        _by_svy(found, np.flatnonzero(fit.unsure), part.wanted, estimator, everyone, answered)
    return found


def _by_svy(
    found: dict[str, Found],
    draws: npt.NDArray[np.int64],
    wanted: list[Quantity],
    estimator: str,
    everyone: Population,
    answered: Answers,
) -> None:
    """Write into what was found, for some draws, what `compared.compared` says of them."""
    names = everyone.level["enhet"]
    for draw in draws:
        drawn = everyone.answered_by(names.filter(pl.Series(answered[draw])).to_list())
        rows = compared.compared(drawn, wanted, estimator)
        for each, row in zip(wanted, rows.iter_rows(named=True), strict=True):
            for name in Found.__dataclass_fields__:
                value = row[name]
                if value is not None:
                    shift = 0.0 if name == "standardfeil" else each.shift
                    value = (value - shift) / each.factor
                getattr(found[each.stoerrelse], name)[draw] = np.nan if value is None else value


@dataclass(frozen=True, eq=False)
class Fit:
    """Weights per draw that meet the margins, and the regression on these.

    weights: draws × units, nought for those who did not answer. before: the weights before; design: draws ×
    units × margins; inverse: of the weighted cross products. unsure: draws to be left to svy.
    """

    weights: Floats
    before: Floats
    design: Floats
    inverse: Floats
    positive: Answers
    unsure: Answers

    def residual(self, amount: Floats) -> Floats:
        """Return what the margins do not explain of an amount (draws × units)."""
        crossed = np.einsum("dnk,dn->dk", self.design, self.before * amount, optimize=True)
        slope = np.einsum("dkl,dl->dk", self.inverse, crossed)
        return np.asarray(amount - (self.design @ slope[:, :, np.newaxis])[:, :, 0])


def calibration(frame: pl.DataFrame, answered: Answers, margins: list[str]) -> Fit:
    """Calibrate the weights of every draw linearly, as svy does for `calibrated.calibrated`.

    frame: all municipalities, with the margins; answered: draws × rows of it.
    """
    return _weights(Part(frame, answered), margins)


def _weights(part: Part, margins: list[str]) -> Fit:
    groups = part.groups
    whole_groups = groups.met == groups.size
    rest = ~whole_groups[:, groups.codes]  # draws × units: in a group where not all answered
    sizes = [name for name in margins if name not in (SIZE_GROUP, COUNTY)]
    columns = [np.broadcast_to(groups.ones, (len(rest), *groups.ones.shape))]
    for name in sizes:
        amount = part.column(name)
        columns.append((rest * (amount / amount.max()))[:, :, np.newaxis])
    if COUNTY in margins:
        columns.append(_counties(part, rest))
    design = np.concatenate(columns, axis=2)
    with np.errstate(divide="ignore"):
        raised = np.where(groups.met > 0, 1 / groups.share, 0.0)
    before = part.mask * raised[:, groups.codes]
    weighted = design * before[:, :, np.newaxis]
    crossed = weighted.transpose(0, 2, 1) @ design
    # Margins that nobody is in, in the frame as among the answers, say nothing: their own equation is 1 · 0 = 0.
    unused = ~design.any(axis=1)
    places = np.arange(design.shape[2])
    crossed[:, places, places] += unused
    usual = ~groups.empty & ~part.complete
    scale = 1 / np.sqrt(np.where(usual[:, np.newaxis], crossed[:, places, places], 1.0))
    even = crossed * scale[:, :, np.newaxis] * scale[:, np.newaxis, :]
    even[~usual] = np.eye(len(places))
    finite = np.isfinite(even).all(axis=(1, 2))
    even[~finite] = np.eye(len(places))
    unsure = usual & (~finite | ~(np.linalg.cond(even) < UNSURE))
    even[unsure] = np.eye(len(places))
    inverse = np.linalg.inv(even) * scale[:, :, np.newaxis] * scale[:, np.newaxis, :]
    inverse[unsure | ~usual] = 0.0
    short = design.sum(axis=1) - weighted.sum(axis=1)
    slope = np.einsum("dkl,dl->dk", inverse, short)
    weights = before * (1 + (design @ slope[:, :, np.newaxis])[:, :, 0])
    positive = np.asarray(((weights > 0) | ~part.answered).all(axis=1))
    return Fit(weights, before, design, inverse, positive, unsure)


def _counties(part: Part, rest: Answers) -> Floats:
    """Return the county margins of each draw: draws × units × counties, nought where a margin is not used.

    Counties with few answers share a margin, and one margin is left out: see `calibrated.calibrated`.
    """
    names = sorted(part.frame[COUNTY].unique())
    place = {name: number for number, name in enumerate((*names, calibrated.OTHERS))}
    own = np.array([place[name] for name in part.frame[COUNTY]])
    ones = np.eye(len(place))[own]
    answers = (part.mask * rest) @ ones
    there = (rest @ ones) > 0
    least = rule("minste_svar_margin")
    which = np.full((len(rest), len(place)), -1)  # the margin of each county; -1: none
    for draw in range(len(rest)):
        counted = {
            name: int(answers[draw, place[name]]) for name in names if there[draw, place[name]]
        }
        margin = calibrated.shared(counted, least)
        used = sorted(set(margin.values()))[1:]
        for name, to in margin.items():
            if to in used:
                which[draw, place[name]] = place[to]
    each = which[:, own]
    inside = (each[:, :, np.newaxis] == np.arange(len(place))) & rest[:, :, np.newaxis]
    return np.asarray(inside, dtype=np.float64)
