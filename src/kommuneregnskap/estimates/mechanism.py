"""How municipalities may come to answer: with the rate of their size group, and by their result within it."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from kommuneregnskap.estimates.population import SHARE
from kommuneregnskap.tables.schemas.estimates import SIZE_GROUP

Floats = npt.NDArray[np.float64]


def rates(level: pl.DataFrame) -> dict[str, float]:
    """Return the share of each size group that answered. In: rows of `population.Population.level`."""
    return dict(level.group_by(SIZE_GROUP).agg(pl.col("svart").mean()).sort(SIZE_GROUP).iter_rows())


def score(level: pl.DataFrame, column: str = SHARE) -> Floats:
    """Return how many standard deviations a column lies above its size group's mean; nought where all are alike.

    The column is known of everybody in `level`.
    """
    values = level[column].cast(pl.Float64).to_numpy()
    groups = level[SIZE_GROUP].to_numpy()
    found = np.zeros(len(level))
    # Sums of numpy, in the order of the rows: the same bytes for any number of threads.
    for group in set(groups):
        inside = groups == group
        own = values[inside]
        spread = float(np.std(own))
        if np.isfinite(spread) and spread > 0:
            found[inside] = (own - own.mean()) / spread
    return found


def chance(level: pl.DataFrame, share: Mapping[str, float], odds: float) -> Floats:
    """Return the chance of each municipality of `level` to answer.

    share: of each size group that answers. Within a group the odds of answering are multiplied by `odds` for
    every standard deviation that the net operating result (percent of revenue) lies above the group's
    mean; the level is set so that the mean chance is the share.
    """
    slope = math.log(odds) * score(level)
    groups = level[SIZE_GROUP].to_numpy()
    found = np.ones(len(level))
    for group, rate in share.items():
        inside = groups == group
        if rate < 1 and inside.any():
            found[inside] = _with_mean(slope[inside], rate) if rate > 0 else 0.0
    return found


def _with_mean(slope: Floats, rate: float) -> Floats:
    """Return 1 / (1 + e^-(a + slope)) with the a that makes its mean the rate."""
    from scipy.optimize import brentq  # noqa: PLC0415 (slow to import)

    def chances(level: float) -> Floats:
        return np.asarray(1 / (1 + np.exp(-(level + slope))))

    return chances(brentq(lambda level: chances(level).mean() - rate, -50, 50, xtol=1e-12))
