"""How sure intervals are: one level for all of them (estimation_rules.csv), and what follows from it."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import polars as pl

from kommuneregnskap.estimates.quantities import rule


def level() -> float:
    """Return how sure intervals are, from 0 to 1: `sikkerhet` of estimation_rules.csv."""
    return rule("sikkerhet") / 100


def middle() -> tuple[float, float]:
    """Return the quantiles between which the middle of a distribution lies, as much of it as the level says."""
    return (1 - level()) / 2, (1 + level()) / 2


def normal() -> float:
    """Return how many standard errors an interval reaches to each side, of a normal distribution."""
    return NormalDist().inv_cdf(middle()[1])


def student(df: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the same of Student's distribution, for each number of degrees of freedom; nan where there are none."""
    from scipy.stats import t  # noqa: PLC0415 (slow to import)

    return np.asarray(t.ppf(middle()[1], np.where(df > 0, df, np.nan)))


def wilson(hits: pl.Expr, count: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return the ends, in percent, of the interval of a share (Wilson 1927); missing where there is nobody.

    With all (none) among the hits, the upper (lower) end is 100 (0).
    """
    quantile = normal()
    square = quantile**2
    centre, whole = 2 * hits + square, 2 * (count + square)
    reach = quantile * (square + 4 * hits * (count - hits) / count).sqrt()
    low = pl.when(hits > 0).then(100 * (centre - reach) / whole).otherwise(0.0)
    high = pl.when(hits < count).then(100 * (centre + reach) / whole).otherwise(100.0)
    return pl.when(count > 0).then(low), pl.when(count > 0).then(high)
