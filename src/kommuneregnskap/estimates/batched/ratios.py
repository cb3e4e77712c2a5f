"""Ratios to a known total, of many draws at once: within size groups, or one of all."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kommuneregnskap.estimates.batched.parts import Floats, Found, Part, interval, logit_interval
from kommuneregnskap.estimates.quantities import group_column, rule


def by_ratio(part: Part, estimator: Mapping[str, object]) -> dict[str, Found]:
    """Return the quantities of a part by a ratio to a known total, in groups or as one."""
    auxiliary = str(estimator["hjelpestoerrelse"])
    if part.frame[auxiliary].null_count():
        return {}
    one = group_column(estimator) is None
    found = {}
    for each in part.wanted:
        known = np.ones(len(part.frame)) if each.is_share else part.column(auxiliary)
        other = None if each.denominator is None else part.column(each.denominator)
        made = _one_ratio if one else in_groups
        value, error, df = made(part, part.numerator(each), other, known, share=each.is_share)
        built = (logit_interval if each.is_share else interval)(value, error, df)
        if one:
            low = df + 1 < rule("minste_svar_gruppe")
            built = built.where(~low, precision=True).exact(part.complete)
            found[each.stoerrelse] = built.where(part.mask.sum(axis=1) > 0)
        else:
            found[each.stoerrelse] = judged(built, part)
    return found


def judged(found: Found, part: Part) -> Found:
    """Return it without what too few answers give, and exact where all answered: as `Grouped.judged`."""
    return (
        found.where(~part.groups.alone, precision=True)
        .exact(part.complete)
        .where(~part.groups.empty)
    )


def _one_ratio(
    part: Part, amount: Floats, other: Floats | None, known: Floats, *, share: bool
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


def in_groups(
    part: Part, amount: Floats, other: Floats | None, known: Floats, *, share: bool
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
