"""What a number is of its sums, or of other numbers: the arithmetic of each kind of row of numbers.csv.

Plain numbers in and out: who is counted, and what each adds, is the evaluator's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile

from kommuneregnskap.numbers.values import THOUSANDS_PER_BILLION
from kommuneregnskap.tables import deflator
from kommuneregnskap.tables.numbers import AREA_SIGN, PEOPLE, UNITS, Recipe
from kommuneregnskap.tables.schemas import numbers as schema

FIRST, SECOND = "teller", "nevner"  # the roles of the sums in a number, now and the year before
LAST = "_foer"
ROLES: Mapping[str, tuple[str, ...]] = {
    "sum": (FIRST,),
    "forhold": (FIRST, SECOND),
    "endring": (FIRST, FIRST + LAST),
    "vekst": (FIRST, FIRST + LAST),
    "endringsandel": (FIRST, FIRST + LAST, SECOND, SECOND + LAST),
    "lavest": (FIRST, SECOND),
    "hoeyest": (FIRST, SECOND),
}
PER_UNIT = {"kr": 1000}  # 1000 kr per person in kroner; other ratios are in percent


def in_kroner(one: Recipe) -> bool:
    """Return whether a number is a sum of amounts, or its change: one that a part of the units makes too small.

    Of a direction only the sign counts.
    """
    begrep = one.teller.partition(AREA_SIGN)[0]
    amount = one.slag in ("sum", "endring") and begrep not in (UNITS, PEOPLE)
    return amount and one.enhet != schema.DIRECTION


def field_of(rolle: str) -> str:
    """Return the column of numbers.csv that a part of a number stands in: `teller` or `nevner`, of whatever year."""
    return SECOND if rolle.startswith(SECOND) else FIRST


def value_of(one: Recipe, sums: Sequence[float | None]) -> float | None:
    """Return a number of its sums, in the order of ROLES; None where one is missing, or the divisor not positive."""
    known = [each for each in sums if each is not None]
    if len(known) < len(sums):
        return None
    if one.slag == "sum":
        return scaled(known[0], one.enhet)
    if one.slag == "forhold":
        return PER_UNIT.get(one.enhet, 100) * known[0] / known[1] if known[1] > 0 else None
    now, before = known[:2]
    if one.slag == "endring":
        return scaled(now - before, one.enhet)
    if one.slag == "vekst":
        return 100 * (now - before) / before if before > 0 else None
    whole = known[2] - known[3]
    return 100 * (now - before) / whole if whole else None


def scaled(amount: int | float | None, enhet: str) -> float | None:
    """Return a sum in the unit of a number: 1000 kr as mrd. kr, a count as it is."""
    if amount is None:
        return None
    return (
        amount / THOUSANDS_PER_BILLION if enhet in ("mrd_kr", schema.DIRECTION) else float(amount)
    )


def combined(slag: str, values: Sequence[float | None]) -> float | None:
    """Return a number made of one or two others; None where one is missing or what divides is zero."""
    known = [each for each in values if each is not None]
    if len(known) < len(values):
        return None
    if slag == "likt":
        return known[0]
    first, second = known
    if slag == "differanse":
        return first - second
    if slag == "sum_av_tall":
        return first + second
    if slag == schema.FIXED_PRICES:
        return deflator.real(first, second)
    return 100 * first / second if second else None


def rank(own: float | None, values: Iterable[float | None], *, highest: bool) -> float | None:
    """Return the place of a value among all, from 1; equal ones share the better place. None where it is missing."""
    if own is None:
        return None
    known = [each for each in values if each is not None]
    return 1.0 + sum(each > own if highest else each < own for each in known)


def in_a_row(values: Iterable[float | None]) -> float | None:
    """Return how many values are positive from the first on, until one is not or is missing; None without the first."""
    each = list(values)
    if not each or each[0] is None:
        return None
    return float(len(list(takewhile(lambda value: value is not None and value > 0, each))))
