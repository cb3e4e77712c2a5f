"""The whole by every estimator for many draws of respondents at once: matrix algebra, a row per draw.

The same numbers as `compared.compared` gives of each draw (a test holds the two to each other), in a thousandth
of the time: the simulation needs tens of thousands. Formulas: Cochran (1977), Sampling Techniques, ch. 6.11 (groups);
Särndal, Swensson and Wretman (1992), ch. 3.5 and 5.6 (one ratio of all); Deville and Särndal (1992), JASA 87
(linear calibration and the variance of its residuals).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import expit, logit
from scipy.stats import t as student

from kommuneregnskap import tables
from kommuneregnskap.estimates import calibrated, compared
from kommuneregnskap.estimates.population import RESULT, REVENUE, Population
from kommuneregnskap.estimates.quantities import (
    BEFORE,
    Quantity,
    group_column,
    main_estimator,
    rule,
)
from kommuneregnskap.tables.schemas.estimates import CALIBRATION, COUNTY, RATIO, SIZE_GROUP

Floats = npt.NDArray[np.float64]
Answers = npt.NDArray[np.bool_]  # draws × units: who answered
UNSURE = 1e10  # a condition number beyond which svy says whether the weights fit
TOLERANCE = (
    1e-12  # a share this near to nought or one, or an error this small, is taken as such by svy
)


@dataclass(frozen=True)
class Found:
    """One quantity by one estimator: a number per draw, nan where there is none."""

    verdi: Floats
    standardfeil: Floats
    nedre: Floats
    oevre: Floats

    def where(self, keep: Answers, *, precision: bool = False) -> Found:
        """Return it without the draws that are not to be kept; with `precision`, without their precision alone."""
        value = self.verdi if precision else np.where(keep, self.verdi, np.nan)
        rest = (np.where(keep, each, np.nan) for each in self.precision)
        return Found(value, *rest)

    @property
    def precision(self) -> tuple[Floats, Floats, Floats]:
        """Return what says how sure it is."""
        return self.standardfeil, self.nedre, self.oevre

    def exact(self, complete: Answers) -> Found:
        """Return it without error in the draws in which everybody answered."""
        error = np.where(complete, 0.0, self.standardfeil)
        low, high = (np.where(complete, self.verdi, each) for each in (self.nedre, self.oevre))
        return Found(self.verdi, error, low, high)

    def scaled(self, factor: float, shift: float) -> Found:
        """Return factor · value + shift; the factor is positive."""
        return Found(
            factor * self.verdi + shift,
            factor * self.standardfeil,
            factor * self.nedre + shift,
            factor * self.oevre + shift,
        )


@dataclass(frozen=True, eq=False)
class _Part:
    """Quantities that the same units have what is needed for, and who of these answered in each draw."""

    frame: pl.DataFrame
    answered: Answers
    wanted: list[Quantity] = field(default_factory=list)

    def column(self, name: str) -> Floats:
        """Return an amount of every unit, nought where it is not known."""
        return self.frame[name].cast(pl.Float64).fill_null(0.0).to_numpy()

    def flag(self, each: Quantity) -> Floats:
        """Return of every unit whether a share of municipalities counts it."""
        return self.frame.select(each.flag().cast(pl.Float64)).to_series().to_numpy()

    def numerator(self, each: Quantity) -> Floats:
        """Return what is added up of a quantity."""
        return self.flag(each) if each.is_share else self.column(each.teller)

    @cached_property
    def mask(self) -> Floats:
        """Return who answered as noughts and ones."""
        return self.answered.astype(float)

    @cached_property
    def groups(self) -> _Groups:
        """Return the size groups."""
        codes = self.frame[SIZE_GROUP].rank("dense").to_numpy().astype(int) - 1
        return _Groups(codes, np.eye(codes.max() + 1)[codes], self.mask)

    @cached_property
    def complete(self) -> Answers:
        """Return in which draws everybody answered."""
        return np.asarray(self.answered.all(axis=1))


@dataclass(frozen=True, eq=False)
class _Groups:
    """Size groups: the one of each unit, as a number and as noughts and ones, and how many answered per draw."""

    codes: npt.NDArray[np.int64]
    ones: Floats
    mask: Floats

    @cached_property
    def size(self) -> Floats:
        """Return how many units each has."""
        return np.asarray(self.ones.sum(axis=0))

    @cached_property
    def met(self) -> Floats:
        """Return how many answered: draws × groups."""
        return self.mask @ self.ones

    @cached_property
    def share(self) -> Floats:
        """Return which part answered: draws × groups."""
        return self.met / self.size

    @cached_property
    def empty(self) -> Answers:
        """Return in which draws nobody answered in some group."""
        return np.asarray((self.met == 0).any(axis=1))

    @cached_property
    def alone(self) -> Answers:
        """Return in which draws too few answered for several in some group."""
        few = (self.met < rule("minste_svar_gruppe")) & (self.met < self.size)
        return np.asarray(few.any(axis=1))

    @cached_property
    def df(self) -> Floats:
        """Return the degrees of freedom: answers less groups that somebody answered from."""
        return np.asarray(np.maximum(self.met - 1, 0).sum(axis=1))

    def sums(self, amount: Floats) -> Floats:
        """Return the sum of an amount (per unit, or draws × units) over those who answered: draws × groups."""
        return (self.mask * amount) @ self.ones

    def variance(self, scores: Floats) -> Floats:
        """Return the variance of a sum of scores (draws × units, nought for the others) within groups."""
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(self.met > 0, scores @ self.ones / self.met, 0.0)
            away = self.mask * (scores - mean[:, self.codes])
            raised = np.where(self.met > 1, (1 - self.share) * self.met / (self.met - 1), 0.0)
        return np.asarray((raised * (away**2 @ self.ones)).sum(axis=1))


def whole(
    everyone: Population, answered: Answers, wanted: list[Quantity]
) -> dict[tuple[str, str], Found]:
    """Return each quantity by each estimator, by (estimator, stoerrelse), in the order of the tables.

    everyone: a population with all that the draws can show; answered: draws × rows of `everyone.level`, who
    answered. A number per draw in the quantity's unit, nan where `compared.compared` of
    `everyone.answered_by` those has none.
    """
    parts = _parts(everyone, answered, wanted)
    found: dict[tuple[str, str], Found] = {}
    with np.errstate(invalid="ignore", divide="ignore"):
        for estimator in tables.read("estimators").sort("rekkefoelge").to_dicts():
            name, method = str(estimator["estimator"]), str(estimator["metode"])
            own: dict[str, Found] = {}
            for part in parts:
                if method == RATIO:
                    own |= _by_ratio(part, estimator)
                elif method == CALIBRATION:
                    margins = str(estimator["marginer"]).split(";")
                    own |= _calibrated(part, margins, name, everyone, answered)
            if method not in (RATIO, CALIBRATION):
                own = _by_rule(everyone, answered)
            for each in wanted:
                given = own.get(each.stoerrelse, _nothing(len(answered)))
                shown = _shown(given, next((p for p in parts if each in p.wanted), None))
                found[name, each.stoerrelse] = shown.scaled(each.factor, each.shift)
    return found


def _nothing(draws: int) -> Found:
    return Found(*(np.full(draws, np.nan) for _ in range(4)))


def _shown(found: Found, part: _Part | None) -> Found:
    """Return it without the draws in which fewer answered than estimation_rules.csv says."""
    if part is None:
        return found
    count = part.mask.sum(axis=1)
    return found.where((count >= rule("minste_svar_domene")) | part.complete)


def _parts(everyone: Population, answered: Answers, wanted: list[Quantity]) -> list[_Part]:
    """Sort the quantities by who has what they need."""
    found: dict[tuple[bool, bytes], _Part] = {}
    same: Answers | None = None
    for each in wanted:
        frame = everyone.same if each.same_units else everyone.level
        if not set(each.columns) <= set(frame.columns):
            continue
        if each.same_units and same is None:
            same = _same(everyone, answered)
        who = same if each.same_units and same is not None else answered
        known = frame.select(each.known.fill_null(value=False)).to_series().to_numpy()
        key = (each.same_units, known.tobytes())
        found.setdefault(key, _Part(frame, who & known)).wanted.append(each)
    return list(found.values())


def _same(everyone: Population, answered: Answers) -> Answers:
    """Return who answered of the units of two years: those all of whose parts did."""
    place = {name: number for number, name in enumerate(everyone.same["kobling"])}
    silent = np.zeros((len(answered), len(place)), dtype=bool)
    seen = np.zeros(len(place), dtype=bool)
    for column, name in enumerate(everyone.level["kobling"]):
        if name in place:
            silent[:, place[name]] |= ~answered[:, column]
            seen[place[name]] = True
    return ~silent & seen


def _interval(value: Floats, error: Floats, df: Floats) -> Found:
    """Return a value with its error and Student's interval; without where there are no degrees of freedom."""
    reach = _quantile(df) * error
    return Found(value, np.where(df > 0, error, np.nan), value - reach, value + reach)


def _logit(value: Floats, error: Floats, df: Floats) -> Found:
    """Return a share with the interval of its logit; without where the share is nought or one."""
    inner = (value > TOLERANCE) & (value < 1 - TOLERANCE) & (df > 0)
    safe = np.where(inner, value, 0.5)
    reach = _quantile(df) * error / (safe * (1 - safe))
    low, high = (expit(logit(safe) + side * reach) for side in (-1, 1))
    flat = error <= TOLERANCE
    low, high = (np.where(flat, safe, each) for each in (low, high))
    return Found(value, error, low, high).where(inner, precision=True)


def _quantile(df: Floats) -> Floats:
    return np.asarray(student.ppf((1 + rule("sikkerhet") / 100) / 2, np.where(df > 0, df, np.nan)))


def _by_ratio(part: _Part, estimator: Mapping[str, object]) -> dict[str, Found]:
    """Return the quantities of a part by a ratio to a known total, in groups or as one."""
    auxiliary = str(estimator["hjelpestoerrelse"])
    if part.frame[auxiliary].null_count():
        return {}
    one = group_column(estimator) is None
    found = {}
    for each in part.wanted:
        known = np.ones(len(part.frame)) if each.is_share else part.column(auxiliary)
        other = None if each.denominator is None else part.column(each.denominator)
        made = _one_ratio if one else _in_groups
        value, error, df = made(part, part.numerator(each), other, known, share=each.is_share)
        built = (_logit if each.is_share else _interval)(value, error, df)
        if one:
            low = df + 1 < rule("minste_svar_gruppe")
            built = built.where(~low, precision=True).exact(part.complete)
            found[each.stoerrelse] = built.where(part.mask.sum(axis=1) > 0)
        else:
            found[each.stoerrelse] = _judged(built, part)
    return found


def _judged(found: Found, part: _Part) -> Found:
    """Return it without what too few answers give, and exact where all answered: as `Grouped.judged`."""
    return (
        found.where(~part.groups.alone, precision=True)
        .exact(part.complete)
        .where(~part.groups.empty)
    )


def _one_ratio(
    part: _Part, amount: Floats, other: Floats | None, known: Floats, *, share: bool
) -> tuple[Floats, Floats, Floats]:
    """Return value, error and degrees of freedom of one ratio for all: see `ungrouped`."""
    against = known if other is None else other
    below = part.mask @ against
    ratio = part.mask @ amount / below
    residual = part.mask * (amount - ratio[:, np.newaxis] * against)
    silent = 1 - part.groups.share[:, part.groups.codes]
    error = np.sqrt((silent * residual**2).sum(axis=1)) / np.abs(below)
    raised = known.sum() if other is None and not share else 1.0
    df = (part.mask * (silent > 0)).sum(axis=1) - 1
    return raised * ratio, raised * error, df


def _in_groups(
    part: _Part, amount: Floats, other: Floats | None, known: Floats, *, share: bool
) -> tuple[Floats, Floats, Floats]:
    """Return value, error and degrees of freedom of ratios within size groups: see `grouped`."""
    groups = part.groups
    raised = (known @ groups.ones) / groups.sums(known)

    def total(of: Floats) -> tuple[Floats, Floats]:
        per = groups.sums(of) / groups.sums(known)
        scores = part.mask * raised[:, groups.codes] * (of - per[:, groups.codes] * known)
        return np.asarray((known @ groups.ones * per).sum(axis=1)), scores

    value, scores = total(amount)
    if other is not None:
        below, rest = total(other)
        value = value / below
        scores = (scores - value[:, np.newaxis] * rest) / below[:, np.newaxis]
    elif share:
        value, scores = value / len(part.frame), scores / len(part.frame)
    return value, np.sqrt(groups.variance(scores)), groups.df


def _calibrated(
    part: _Part, margins: list[str], estimator: str, everyone: Population, answered: Answers
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
        built = (_logit if each.is_share else _interval)(value, error, groups.df)
        found[each.stoerrelse] = _judged(built.where(fit.positive), part)
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
    return _weights(_Part(frame, answered), margins)


def _weights(part: _Part, margins: list[str]) -> Fit:
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


def _counties(part: _Part, rest: Answers) -> Floats:
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


def _by_rule(everyone: Population, answered: Answers) -> dict[str, Found]:
    """Return what TBU's rule gives: see `rule.percent` and `compared._by_rule`."""
    share, revenue = _rule_percent(everyone, answered)
    none = np.full(len(answered), np.nan)
    return {
        compared.NET: Found(share * revenue / 100, none, none, none),
        compared.NET_PERCENT: Found(share / 100, none, none, none),
    }


def _rule_percent(everyone: Population, answered: Answers) -> tuple[Floats, Floats]:
    """Return the result in percent of revenue by the rule, and the estimated revenue of all (1000 kr)."""
    level = everyone.level
    has = level.select(pl.all_horizontal(pl.col(RESULT, REVENUE).is_not_null())).to_series()
    part = _Part(level, answered & has.to_numpy())
    main = main_estimator()
    inhabitants = part.column(str(main["hjelpestoerrelse"]))
    revenue, *_ = _in_groups(part, part.column(REVENUE), None, inhabitants, share=False)
    revenue = np.where(part.groups.empty, np.nan, revenue)
    columns = (RESULT, REVENUE, RESULT + BEFORE, REVENUE + BEFORE)
    if not set(columns) <= set(everyone.same.columns):
        return np.full(len(answered), np.nan), revenue
    who = _same(everyone, answered)
    same = _Part(everyone.same, who)
    filled = everyone.same.select(pl.all_horizontal(pl.col(columns).is_not_null())).to_series()
    before = everyone.same.select(pl.all_horizontal(pl.col(columns[2:]).is_not_null())).to_series()
    heard = (who & filled.to_numpy()).astype(float)
    silent = (~who).astype(float)
    now, then = (
        100 * (heard @ same.column(RESULT + when)) / (heard @ same.column(REVENUE + when))
        for when in ("", BEFORE)
    )
    weaker = rule("tbu_svakere")
    last = same.column(REVENUE + BEFORE)
    others = 100 * (silent @ same.column(RESULT + BEFORE)) / (silent @ last)
    parts = (heard @ last, silent @ last)
    known = (parts[0] * now + parts[1] * (others + now - then - weaker)) / (parts[0] + parts[1])
    if everyone.published is None:
        other = np.full(len(answered), np.nan)
    else:
        missing = 1 - heard @ same.column(REVENUE) / np.where(revenue == 0, np.nan, revenue)
        other = everyone.published + (now - then) - weaker * missing
    unknown = (silent @ (~before.to_numpy()).astype(float)) > 0
    found = np.where(silent.any(axis=1), np.where(unknown, other, known), now)
    return np.where(heard.any(axis=1), found, np.nan), revenue
