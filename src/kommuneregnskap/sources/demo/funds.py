"""What the net operating result is used for, and the operating funds that follow from year to year.

netto driftsresultat = bound funds + disposition fund + transfer to investment + cover of earlier
deficit − deficit carried forward. The disposition fund is set in the base year and rolled backwards
and forwards from there, so that closing(t) = closing(t−1) + allocation − use holds exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kommuneregnskap.sources.demo.frame import Frame
from kommuneregnskap.sources.demo.inputs import KOMMUNE, YEARS, Inputs
from kommuneregnskap.sources.demo.integers import Ints, Mask, allocate, bell, uniform
from kommuneregnskap.sources.demo.levels import MILLION
from kommuneregnskap.sources.demo.results import PARTS, Results


@dataclass(frozen=True)
class Funds:
    """By unit and year, 1000 kr, all zero or positive; funds and deficit are closing amounts."""

    to_bound: Ints
    from_bound: Ints
    bound: Ints
    to_free: Ints
    from_free: Ints
    free: Ints  # disposition fund
    to_investment: Ints
    cover: Ints  # cover of earlier deficit
    new_deficit: Ints
    deficit: Ints


def funds(frame: Frame, inputs: Inputs, results: Results) -> Funds:
    """Return the use of the net result and the funds."""
    to_bound, from_bound, bound = _bound_funds(frame, inputs, results)
    left = results.net - results.bound
    if frame.kind == KOMMUNE:
        change, free, invested, cover, deficit = _municipal(frame, inputs, results, left)
    else:
        change, free, invested = _county(frame, inputs, results, left)
        cover, deficit = np.zeros_like(left), np.zeros_like(left)
    turnover = results.revenue * inputs.parametre["omsetning_ubundne"] // PARTS
    own = turnover * (1000 + bell("fond omsetning", frame.keys[:, np.newaxis]) // 4) // 1000
    opening = free - change
    both_ways = np.minimum(own, opening - np.maximum(-change, 0))
    return Funds(
        to_bound=to_bound,
        from_bound=from_bound,
        bound=bound,
        to_free=np.maximum(change, 0) + both_ways,
        from_free=np.maximum(-change, 0) + both_ways,
        free=free,
        to_investment=invested,
        cover=cover,
        new_deficit=deficit,
        deficit=np.cumsum(deficit - cover, axis=1),
    )


def _bound_funds(frame: Frame, inputs: Inputs, results: Results) -> tuple[Ints, Ints, Ints]:
    both_ways = results.revenue * inputs.parametre["omsetning_bundne"] // PARTS
    to_bound = both_ways + np.maximum(results.bound, 0)
    from_bound = both_ways + np.maximum(-results.bound, 0)
    moved = np.cumsum(results.bound, axis=1)
    level = results.revenue[:, 0] * inputs.parametre["bundne_fond"] // PARTS
    level = level * (1000 + bell("bundne fond nivaa", frame.keys) // 4) // 1000
    # Opening funds are large enough for every later use, both ways included.
    floor = -(moved - both_ways).min(axis=1) + both_ways.max(axis=1)
    return to_bound, from_bound, np.maximum(level, floor)[:, np.newaxis] + moved


def _municipal(
    frame: Frame, inputs: Inputs, results: Results, left: Ints
) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Return change and closing of the fund, transfer to investment, cover and new deficit."""
    base = frame.index(inputs.parametre["basisaar"])
    wish = _wished_transfer(frame, inputs, left)
    empty, closing = _closing_in_base_year(frame, inputs, results, base)
    change, free, deficit, cover = (np.zeros_like(left) for _ in range(4))
    # Half of the empty funds ended in a deficit carried forward, too.
    short = empty & (left[:, base] < 0) & (uniform("merforbruk", frame.keys) < 500)
    deficit[short, base] = -left[short, base] // 2
    free[:, base] = closing
    for column in range(base, -1, -1):
        room = free[:, column]
        change[:, column] = np.minimum(left[:, column] + deficit[:, column] - wish[:, column], room)
        if column:
            free[:, column - 1] = room - change[:, column]
    for column in range(base + 1, len(YEARS)):
        before = deficit[:, :column].sum(axis=1) - cover[:, :column].sum(axis=1)
        cover[:, column] = np.clip(left[:, column], 0, before)
        after = left[:, column] - cover[:, column]
        change[:, column] = np.maximum(
            after - np.minimum(wish[:, column], np.maximum(after, 0)), -free[:, column - 1]
        )
        deficit[:, column] = np.maximum(-(after + free[:, column - 1]), 0)
        free[:, column] = free[:, column - 1] + change[:, column]
    invested = left + deficit - cover - change
    return change, free, invested, cover, deficit


def _wished_transfer(frame: Frame, inputs: Inputs, left: Ints) -> Ints:
    """Return how much of a positive result a unit would move to its investments."""
    years = np.array(YEARS, dtype=np.int64)
    share = inputs.parametre["avsatt_til_investering"] + (
        bell("overføring", frame.keys[:, np.newaxis], years) // 6
    )
    return np.maximum(left, 0) * np.clip(share, 0, 1000) // 1000


def _closing_in_base_year(
    frame: Frame, inputs: Inputs, results: Results, base: int
) -> tuple[Mask, Ints]:
    """Return which units have an empty fund, and the fund of every unit, in the base year.

    The counts among the respondents are exact; low results make an empty fund likelier.
    """
    revenue, net = results.revenue[:, base], results.net[:, base]
    empties, small = inputs.parametre["tomme_fond"], inputs.parametre["smaa_fond"]
    score = net * PARTS // revenue + bell("fond", frame.keys) * 2 // 3
    answered = frame.answered[:, base]
    score = score * len(score) + np.arange(len(score))  # no two alike
    ordered = np.sort(score[answered])
    empty = score < ordered[empties]
    little = ~empty & (score < ordered[empties + small])
    low = 40 + uniform("fond lav", frame.keys, parts=430)
    level = inputs.parametre["fond_nivaa"] + bell("fond nivaa", frame.keys) * 2 // 3
    people = frame.population[:, base]
    level += np.where(people < 10_000, uniform("fond liten", frame.keys, parts=900), 0)
    rate = np.where(empty, 0, np.where(little, low, np.maximum(level, 530)))
    return empty, revenue * rate // PARTS


def _county(frame: Frame, inputs: Inputs, results: Results, left: Ints) -> tuple[Ints, Ints, Ints]:
    """Return change and closing of the fund and the transfer to investment."""
    weight = results.revenue * (1000 + bell("fylke fond", frame.keys[:, np.newaxis]) // 5)
    totals = inputs.fylkesfond.sort("aar")["endring"].to_numpy() * MILLION
    change = allocate(totals, weight.T).T
    column = frame.index(inputs.parametre["fylke_fondsaar"])
    total = np.array(inputs.parametre["fylke_fond"] * MILLION)
    closing = allocate(total, weight[:, column])
    path = np.cumsum(change, axis=1)
    free = closing[:, np.newaxis] + path - path[:, column : column + 1]
    return change, free, left - change
