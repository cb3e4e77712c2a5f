"""What TBU's rule gives of many draws at once: see `estimates.rule`."""

from __future__ import annotations

import numpy as np
import polars as pl

from kommuneregnskap.estimates import compared
from kommuneregnskap.estimates.batched.parts import Answers, Floats, Found, Part, answered_both
from kommuneregnskap.estimates.batched.ratios import in_groups
from kommuneregnskap.estimates.population import RESULT, REVENUE, Population
from kommuneregnskap.estimates.quantities import BEFORE, main_estimator, rule


def by_rule(everyone: Population, answered: Answers) -> dict[str, Found]:
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
    part = Part(level, answered & has.to_numpy())
    main = main_estimator()
    inhabitants = part.column(str(main["hjelpestoerrelse"]))
    revenue, *_ = in_groups(part, part.column(REVENUE), None, inhabitants, share=False)
    revenue = np.where(part.groups.empty, np.nan, revenue)
    columns = (RESULT, REVENUE, RESULT + BEFORE, REVENUE + BEFORE)
    if not set(columns) <= set(everyone.same.columns):
        return np.full(len(answered), np.nan), revenue
    who = answered_both(everyone, answered)
    same = Part(everyone.same, who)
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
