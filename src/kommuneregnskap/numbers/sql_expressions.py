"""SQL expressions: a number of its sums, and the conditions that say who is counted."""

from __future__ import annotations

from collections.abc import Callable

from kommuneregnskap.numbers.formulas import LAST, PER_UNIT, scaled
from kommuneregnskap.numbers.values import THOUSANDS_PER_BILLION
from kommuneregnskap.tables import bands, deflator
from kommuneregnskap.tables.conditions import (
    BEFORE_SIGN,
    FALLS,
    IN,
    IS,
    KNOWN,
    KNOWN_BOTH,
    YES,
    Condition,
    Part,
)
from kommuneregnskap.tables.numbers import Recipe


def value(one: Recipe) -> str:
    """Return a number of its sums; NULL where one is missing, or the divisor not positive."""
    scale = divided(one)
    now, before, whole, whole_before = "teller", f"teller{LAST}", "nevner", f"nevner{LAST}"
    change, of = f"({now} - {before})", f"({whole} - {whole_before})"
    return {
        "sum": f"{now}{scale}",
        "forhold": f"CASE WHEN {whole} > 0 THEN {PER_UNIT.get(one.enhet, 100)}.0 * {now} / {whole} END",
        "endring": f"{change}{scale}",
        "vekst": f"CASE WHEN {before} > 0 THEN 100.0 * {change} / {before} END",
        "endringsandel": f"CASE WHEN {of} <> 0 THEN 100.0 * {change} / {of} END",
    }[one.slag]


def divided(one: Recipe) -> str:
    """Return what brings an amount to a number's own unit; empty where it is."""
    return "" if scaled(1, one.enhet) == 1 else f" / {THOUSANDS_PER_BILLION}.0"


def looked_up(year: int) -> str:
    """Return the query of the price growth of a year, which no account has: the table's own value; NULL without."""
    found = deflator.of_year(year)
    if found is None:
        return f"-- {deflator.FILE} har ingen prisvekst for {year}.\nSELECT CAST(NULL AS REAL) AS verdi"
    return f"-- {deflator.FILE}: {found.kilde} ({found.status}).\nSELECT {found.prisvekst!r}e0 AS verdi"


def condition(asked: Condition, column: Callable[[str], str], setting: Callable[[str], str]) -> str:
    """Return a condition over the columns that `column` names; empty for one that all fulfil."""
    either = [
        " AND ".join(_part(part, column, setting) for part in all_of) for all_of in asked.any_of
    ]
    return either[0] if len(either) == 1 else " OR ".join(f"({each})" for each in either)


def _part(part: Part, column: Callable[[str], str], setting: Callable[[str], str]) -> str:
    value = column(part.what)
    if part.asked in (KNOWN, KNOWN_BOTH):
        known = f"{value} IS NOT NULL"
        before = column(part.what + BEFORE_SIGN) if part.asked == KNOWN_BOTH else ""
        return f"{known} AND {before} IS NOT NULL" if before else known
    if part.asked == IS:
        return value if part.value == YES else f"{value} = '{part.value}'"
    if part.asked in (IN, FALLS):
        return _band(value, part, setting("tomt_fond"), setting("fondsgrense"))
    other = column(part.what + BEFORE_SIGN) if part.value is None else f"{part.value:g}"
    return f"{value} {part.asked} {other}"


def _band(value: str, part: Part, used_up: str, ends: str) -> str:
    """Return whether a share is in a band: as `bands.is_in` and `bands.band` have it, where the two lowest end."""
    rows = {
        name: (low, high)
        for name, low, high in bands.bands().select("baand", "fra", "til").iter_rows()
    }
    low, high = rows[str(part.value)]
    # What rounds to an even number, half and all, is at most half above it.
    rounded = rows[bands.EMPTY][1] + (0.5 if used_up == bands.ROUNDS_TO_ZERO else 0)
    if part.value == bands.EMPTY:
        return f"{value} {'=' if used_up == bands.ZERO else '<='} {rounded:g}"
    if part.value == bands.LITTLE:
        overlaps = ends == bands.FROM_0_UNDER_5 and part.asked == IN
        above = f"{value} >= {low:g}" if overlaps else f"{value} > {rounded:g}"
        return f"{above} AND {value} {'<=' if ends == bands.OVER_0_TO_5 else '<'} {high:g}"
    taken = ends == bands.OVER_0_TO_5 and low == rows[bands.LITTLE][1]
    above = f"{value} {'>' if taken else '>='} {low:g}"
    return above if high is None else f"{above} AND {value} < {high:g}"
