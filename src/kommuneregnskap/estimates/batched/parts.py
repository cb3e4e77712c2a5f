"""What many draws are computed from: who answered in each, by size group, and a number per draw with its interval."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from kommuneregnskap.estimates import confidence
from kommuneregnskap.estimates.population import Population
from kommuneregnskap.estimates.quantities import Quantity, rule
from kommuneregnskap.tables.schemas.estimates import SIZE_GROUP

Floats = npt.NDArray[np.float64]
Answers = npt.NDArray[np.bool_]  # draws × units: who answered
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
class Part:
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
    def groups(self) -> Groups:
        """Return the size groups."""
        codes = self.frame[SIZE_GROUP].rank("dense").to_numpy().astype(int) - 1
        return Groups(codes, np.eye(codes.max() + 1)[codes], self.mask)

    @cached_property
    def complete(self) -> Answers:
        """Return in which draws everybody answered."""
        return np.asarray(self.answered.all(axis=1))


@dataclass(frozen=True, eq=False)
class Groups:
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


def answered_both(everyone: Population, answered: Answers) -> Answers:
    """Return who answered of the units of two years: those all of whose parts did."""
    place = {name: number for number, name in enumerate(everyone.same["kobling"])}
    silent = np.zeros((len(answered), len(place)), dtype=bool)
    seen = np.zeros(len(place), dtype=bool)
    for column, name in enumerate(everyone.level["kobling"]):
        if name in place:
            silent[:, place[name]] |= ~answered[:, column]
            seen[place[name]] = True
    return ~silent & seen


def interval(value: Floats, error: Floats, df: Floats) -> Found:
    """Return a value with its error and Student's interval; without where there are no degrees of freedom."""
    reach = confidence.student(df) * error
    return Found(value, np.where(df > 0, error, np.nan), value - reach, value + reach)


def logit_interval(value: Floats, error: Floats, df: Floats) -> Found:
    """Return a share with the interval of its logit; without where the share is nought or one."""
    from scipy.special import expit, logit  # noqa: PLC0415 (slow to import)

    inner = (value > TOLERANCE) & (value < 1 - TOLERANCE) & (df > 0)
    safe = np.where(inner, value, 0.5)
    reach = confidence.student(df) * error / (safe * (1 - safe))
    low, high = (expit(logit(safe) + side * reach) for side in (-1, 1))
    flat = error <= TOLERANCE
    low, high = (np.where(flat, safe, each) for each in (low, high))
    return Found(value, error, low, high).where(inner, precision=True)
