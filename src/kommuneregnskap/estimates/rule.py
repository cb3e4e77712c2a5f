"""TBU's rule for 2020: those who did not answer had a change that was a little weaker.

The committee's note says that municipalities outside KS' survey are assumed to have had a
development of the net operating result that was 0.125 per cent weaker from 2019 to 2020 than those
in it. Read as percentage points of operating revenue. A rule, not a sample: it has no standard error.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap.estimates import values
from kommuneregnskap.estimates.population import RESULT, REVENUE, Population
from kommuneregnskap.estimates.quantities import BEFORE, rule
from kommuneregnskap.estimates.values import Value

NO_LEVEL = (
    "Regelen går ut fra resultatet året før, som verken er kjent for dem som ikke har svart, eller "
    "publisert for alle."
)
NO_CHANGE = "Regelen går ut fra endringen hos dem som har svart, og kilden har ikke året før."
NO_INTERVAL = "En regel, ikke et utvalg: den har ingen standardfeil."
OTHER = "Regelen gjelder bare netto driftsresultat."


def percent(population: Population, revenue: float | None) -> Value:
    """Return the net operating result of all municipalities in percent of revenue, by the rule.

    Those who have not answered: their percent the year before, plus the respondents' change, less the
    rule's percentage points; weighed by revenue the year before. Where the year before is not known of
    all of them, the published percent of all municipalities that year plus the respondents' change, less
    the rule's points for the share of revenue that did not answer. revenue: the estimated revenue of all
    (1000 kr), which that share is of.
    """
    known = population.same.filter("svart")
    columns = (RESULT, REVENUE, RESULT + BEFORE, REVENUE + BEFORE)
    if known.is_empty() or not set(columns) <= set(known.columns):
        return values.missing(NO_CHANGE)
    known = known.drop_nulls(columns)
    if known.is_empty():
        return values.missing(NO_CHANGE)
    now, then = _percent(known, ""), _percent(known, BEFORE)
    weaker = rule("tbu_svakere")
    rest = population.same.filter(~pl.col("svart"))
    if rest.is_empty():
        return Value(verdi=now, hvorfor=NO_INTERVAL)
    if not rest.select(pl.any_horizontal(pl.col(columns[2:]).is_null().any())).item():
        heard, others = (int(part[REVENUE + BEFORE].sum()) for part in (known, rest))
        silent = _percent(rest, BEFORE) + (now - then) - weaker
        return Value(verdi=(heard * now + others * silent) / (heard + others), hvorfor=NO_INTERVAL)
    if population.published is None or not revenue:
        return values.missing(NO_LEVEL)
    part = 1 - float(known[REVENUE].sum()) / revenue
    return Value(verdi=population.published + (now - then) - weaker * part, hvorfor=NO_INTERVAL)


def amount(share: Value, revenue: float | None) -> Value:
    """Return the result in 1000 kr: the rule's percent of the estimated revenue of all (1000 kr)."""
    if share.verdi is None or revenue is None:
        return share if share.verdi is None else values.missing(values.EMPTY_GROUP)
    return Value(verdi=share.verdi * revenue / 100, hvorfor=NO_INTERVAL)


def _percent(rows: pl.DataFrame, when: str) -> float:
    return 100 * float(rows[RESULT + when].sum()) / float(rows[REVENUE + when].sum())
