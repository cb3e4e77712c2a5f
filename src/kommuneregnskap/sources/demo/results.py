"""Net operating result by unit and year, set so that the published results come out.

Every unit has a rank in every year; a table turns the rank into a result in percent of revenue (in
1/10 000), so that counts of negative results follow from the ranks. Then the sums over size groups
of respondents are set to their targets, either by moving everyone a little (`nivaa`) or, where the
counts are published, by scaling the positive results only (`fortegn`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from kommuneregnskap.sources.demo.frame import Frame
from kommuneregnskap.sources.demo.inputs import KOMMUNE, YEARS, Inputs
from kommuneregnskap.sources.demo.integers import Ints, Mask, allocate, bell
from kommuneregnskap.sources.demo.levels import more_when_small, shocks

PARTS = 10_000  # results in the tables are per 10 000 of gross operating revenue
FINE = 100  # finer steps between the points of the distribution
MAX_SALT = 2_000


@dataclass(frozen=True)
class Results:
    """By unit and year, 1000 kr."""

    net: Ints
    revenue: Ints
    bound: Ints  # net allocation to bound funds


def results(frame: Frame, inputs: Inputs, cost: Ints) -> Results:
    """Return net results, revenue and bound-fund allocations.

    `cost`: gross expenditure + net finance − depreciation, by unit and year, which is what revenue
    has to cover: revenue = cost + net result.
    """
    net = np.zeros_like(cost)
    bound = np.zeros_like(cost)
    for column, year in enumerate(YEARS):
        rows = inputs.ndr.filter((pl.col("enhetstype") == frame.kind) & (pl.col("aar") == year))
        rates = _rates(frame, inputs, year)
        result = cost[:, column] * rates // (PARTS * FINE - rates)
        net[:, column] = _calibrated(
            frame, rows, column, cost=cost[:, column], result=result, rates=rates
        )
        revenue = cost[:, column] + net[:, column]
        bound[:, column] = _bound(frame, rows, column, revenue, net[:, column])
    return Results(net=net, revenue=cost + net, bound=bound)


def _rates(frame: Frame, inputs: Inputs, year: int) -> Ints:
    """Return each unit's drawn result in 1/1 000 000 of revenue."""
    if frame.kind != KOMMUNE:
        spread = inputs.parametre["fylke_spredning_ndr"]
        return bell("fylke ndr", frame.keys, year) * spread * FINE // 577
    points = inputs.fordeling.filter(pl.col("aar") == year).sort("rang")
    rank, value = points["rang"].to_numpy(), points["ndr"].to_numpy() * FINE
    base = inputs.parametre["basisaar"]
    if year != base:
        rates = _interpolate(_position(frame, year, _score(frame, inputs, year, 0)), rank, value)
        rates = _nearer_when_large(frame, inputs, rates)
        return _with_extremes(frame, year, rates, int(value[0]), int(value[-1]))
    for salt in range(MAX_SALT):
        rates = _interpolate(_position(frame, year, _score(frame, inputs, year, salt)), rank, value)
        if _share_below(frame, inputs, year, rates):
            return _nearer_when_large(frame, inputs, rates)
    raise ValueError("no draw gives the published share of inhabitants below the threshold")


def _nearer_when_large(frame: Frame, inputs: Inputs, rates: Ints) -> Ints:
    """Bring positive results of large units nearer to zero, and those below the threshold nearer to it.

    No result changes its sign or its side of the threshold, so that counts stay what they are.
    """
    share = more_when_small(frame, inputs) * inputs.parametre["resultat_store"] // 1000
    share = np.minimum(share, 1000)
    edge = inputs.parametre["terskel_andel"] * FINE
    low = edge - (edge - rates) * share // 1000
    nearer = np.where(rates > 0, rates * share // 1000, np.where(rates < edge, low, rates))
    return np.asarray(nearer, dtype=np.int64)


def _score(frame: Frame, inputs: Inputs, year: int, salt: int) -> Ints:
    """Return a number whose order is the order of results; it spreads more for small units.

    What a unit spends more than others in the year, its revenue does not follow.
    """
    lasting = bell("resultat vedvarende", frame.keys)
    yearly = bell("resultat aar", frame.keys, year, salt)
    spread = more_when_small(frame, inputs)
    weights = inputs.parametre
    spent = sum(each[:, frame.index(year)] for each in shocks(frame))
    score = weights["resultat_varig"] * lasting + weights["resultat_aar"] * yearly
    score = (score - weights["resultat_utgift"] * spent) * spread // 1000
    score = score * len(score) + np.arange(len(score))  # no two alike
    return score if frame.is_leader(year).all() else score[frame.leader]


def _position(frame: Frame, year: int, score: Ints) -> Ints:
    """Return the rank 0..100 000 of each unit among the respondents whose results are counted."""
    counted = _ranked(frame, year) & frame.is_leader(year)
    ordered = np.sort(score[counted])
    below = np.searchsorted(ordered, score, side="left")
    return np.asarray(np.minimum(below * 100_000 // (len(ordered) - 1), 100_000), dtype=np.int64)


def _ranked(frame: Frame, year: int) -> Mask:
    """Return the respondents of this survey and, where they contain it, of the next one."""
    column = frame.index(year)
    this = frame.answered[:, column]
    if column + 1 < len(YEARS):
        following = frame.answered[:, column + 1]
        if not (this & ~following).any():
            return following
    return this


def _interpolate(position: Ints, rank: Ints, value: Ints) -> Ints:
    segment = np.clip(np.searchsorted(rank, position, side="right") - 1, 0, len(rank) - 2)
    step = position - rank[segment]
    width = rank[segment + 1] - rank[segment]
    return np.asarray(value[segment] + (value[segment + 1] - value[segment]) * step // width)


def _with_extremes(frame: Frame, year: int, rates: Ints, low: int, high: int) -> Ints:
    """Give the lowest and the highest respondent the published ends of the range."""
    counted = np.flatnonzero(frame.answered[:, frame.index(year)] & frame.is_leader(year))
    result = rates.copy()
    result[counted[np.argmin(rates[counted])]] = low
    result[counted[np.argmax(rates[counted])]] = high
    return result


def _share_below(frame: Frame, inputs: Inputs, year: int, rates: Ints) -> bool:
    column = frame.index(year)
    answered = frame.answered[:, column]
    people = frame.population[:, column]
    low = rates < inputs.parametre["terskel_andel"] * FINE
    share = int(people[answered & low].sum()) * 10_000 // int(people[answered].sum())
    wanted = inputs.parametre["folkeandel_under_terskel"] * 10
    return abs(share - wanted) <= inputs.parametre["folkeandel_slingring"] * 10


def _calibrated(
    frame: Frame, rows: pl.DataFrame, column: int, *, cost: Ints, result: Ints, rates: Ints
) -> Ints:
    """Set the sums: this survey's respondents by size group, then the next survey's new ones."""
    totals = rows.filter(pl.col("gruppe") == "alle").sort("undersoekelse").to_dicts()
    keep_sign = totals[0]["maate"] == "fortegn"
    this = frame.answered[:, column]
    following = frame.answered[:, column + 1] if len(totals) > 1 else this
    wanted = _share_of(int(cost[this].sum()), totals[0]["ndr"])
    gap = (totals[1]["ndr"] - totals[0]["ndr"]) if len(totals) > 1 else 0
    move = _Mover(result.copy(), cost, _extremes(rates, this), keep_sign)
    for members, target in _group_cells(frame, rows, column, cost, wanted):
        both, only = members & following, members & ~following
        if gap and only.any() and both.any():
            # The published change between the two surveys' figures is shared between those who
            # answered both and those who left.
            rate = target * PARTS // (int(cost[members].sum()) + target) + gap // 2
            move.to(both, _share_of(int(cost[both].sum()), rate))
            move.to(only, target - move.sum(both))
        else:
            move.to(members, target)
    fresh = following & ~this
    if fresh.any():
        total = _share_of(int(cost[following].sum()), totals[1]["ndr"])
        move.to(fresh, total - move.sum(following & this))
    return move.result


def _group_cells(
    frame: Frame, rows: pl.DataFrame, column: int, cost: Ints, wanted: int
) -> list[tuple[Mask, int]]:
    """Return respondents of each size group with the sum they must reach; together `wanted`."""
    this = frame.answered[:, column]
    groups = rows.filter(pl.col("gruppe") != "alle")
    if groups.is_empty():
        return [(this, wanted)]
    rates = dict(groups.select("gruppe", "ndr").iter_rows())
    masks = [this & (frame.group[:, column] == number) for number in range(len(frame.groups))]
    costs = np.array([int(cost[mask].sum()) for mask in masks], dtype=np.int64)
    raw = np.array(
        [_share_of(int(c), rates[name]) for c, name in zip(costs, frame.groups, strict=True)],
        dtype=np.int64,
    )
    raw += allocate(np.array(wanted - int(raw.sum())), costs)
    return [(mask, int(target)) for mask, target in zip(masks, raw, strict=True)]


def _share_of(cost: int, rate: int) -> int:
    """Return the result that is `rate` of revenue, where revenue = cost + result."""
    return cost * rate // (PARTS - rate)


def _extremes(rates: Ints, members: Mask) -> Mask:
    inside = np.flatnonzero(members)
    fixed = np.zeros(len(rates), dtype=np.bool_)
    fixed[inside[np.argmin(rates[inside])]] = True
    fixed[inside[np.argmax(rates[inside])]] = True
    return fixed


@dataclass
class _Mover:
    """Moves results so that sums reach their targets, leaving the `fixed` units alone."""

    result: Ints
    cost: Ints
    fixed: Mask
    keep_sign: bool

    def sum(self, members: Mask) -> int:
        return int(self.result[members].sum())

    def to(self, members: Mask, target: int) -> None:
        """Bring the sum over `members` to `target`."""
        free = members & ~self.fixed
        if not free.any():
            return
        if not self.keep_sign:
            missing = np.array(target - self.sum(members))
            self.result[free] += allocate(missing, self.cost[free])
            return
        positive = free & (self.result >= 0)
        missing = np.array(target - self.sum(members & ~positive))
        if missing <= 0 or not positive.any():
            raise ValueError("the positive results cannot bring the sum to its target")
        self.result[positive] = allocate(missing, self.result[positive] + 1)


def _bound(frame: Frame, rows: pl.DataFrame, column: int, revenue: Ints, net: Ints) -> Ints:
    """Return net allocation to bound funds, so that the result after it is the table's by group."""
    result = np.zeros_like(net)
    groups = rows.filter(pl.col("etter_bundne_fond").is_not_null())
    after = dict(groups.select("gruppe", "etter_bundne_fond").iter_rows())
    for number, name in enumerate(frame.groups):
        group = frame.group[:, column] == number
        answered = group & frame.answered[:, column]
        wanted = int(net[answered].sum()) - int(revenue[answered].sum()) * after[name] // PARTS
        rate = wanted * PARTS * FINE // int(revenue[answered].sum())
        noise = bell(f"bundne fond {column}", frame.keys) // 12
        result[group] = (revenue * (rate + noise * FINE) // (PARTS * FINE))[group]
        result[answered] += allocate(
            np.array(wanted - int(result[answered].sum())), revenue[answered]
        )
    return result
