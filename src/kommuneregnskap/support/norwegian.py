"""Numbers as a Norwegian reader expects them: decimal comma, thin groups, units in words."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

GROUP = "\u202f"  # narrow no-break space between thousands
MINUS = "\u2212"
MISSING = "–"

UNIT_WORDS = {
    "mrd_kr": "milliarder kroner",
    "prosent": "prosent",
    "prosentpoeng": "prosentpoeng",
    "kr": "kroner",
    "antall": "",
    "rang": "",
    "retning": "",
    "aar": "år",
}
UNIT_DECIMALS = {
    "mrd_kr": 2,
    "prosent": 1,
    "prosentpoeng": 1,
    "kr": 0,
    "antall": 0,
    "rang": 0,
    "retning": 2,
    "aar": 0,
}
MONTHS = [
    *("januar", "februar", "mars", "april", "mai", "juni"),
    *("juli", "august", "september", "oktober", "november", "desember"),
]


def number(value: float | None, decimals: int = 0) -> str:
    """Return a number with decimal comma and grouped thousands; an en dash where it is missing.

    Rounds half away from zero, as a person does; a value that rounds to zero has no sign.
    """
    if value is None:
        return MISSING
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{abs(rounded):,.{decimals}f}".replace(",", GROUP).replace(".", ",")
    return MINUS + text if rounded < 0 else text


def with_unit(value: float | None, enhet: str, decimals: int | None = None) -> str:
    """Return a section number in words: `17,0 prosent`, `nr. 2`, `opp`; unit ids as in the tables."""
    if value is None:
        return MISSING
    if enhet == "retning":
        return "opp" if value > 0 else "ned" if value < 0 else "uendret"
    if enhet == "rang":
        return f"nr. {number(value)}"
    text = number(value, UNIT_DECIMALS[enhet] if decimals is None else decimals)
    words = UNIT_WORDS[enhet]
    return f"{text} {words}" if words else text


def in_words(value: float | None, enhet: str, decimals: int | None = None) -> str:
    """Return a section number as `with_unit`, less than a billion kroner in millions."""
    if value is not None and enhet == "mrd_kr" and 0 < abs(value) < 1:
        return f"{number(1000 * value, 1)} millioner kroner"
    return with_unit(value, enhet, decimals)


def interval(low: float | None, high: float | None, decimals: int) -> str:
    """Return an interval in words: `16,5 til 17,5`, `over 0`, `under 0`."""
    if low is None and high is None:
        return MISSING
    if low is None:
        return f"under {number(high, decimals)}"
    if high is None:
        return f"over {number(low, decimals)}"
    if low == high:
        return number(low, decimals)
    return f"{number(low, decimals)} til {number(high, decimals)}"


def date(iso: str) -> str:
    """Return a date in words: `1. januar 2025` for `2025-01-01`, `januar 2025` for `2025-01`, or the year."""
    year, *rest = iso.split("-")
    if not rest:
        return year
    month = f"{MONTHS[int(rest[0]) - 1]} {year}"
    return f"{int(rest[1])}. {month}" if len(rest) > 1 else month


def listing(words: list[str]) -> str:
    """Return words as a Norwegian list: `a`, `a og b`, `a, b og c`."""
    return (
        words[0] if len(words) == 1 else ", ".join(words[:-1]) + " og " + words[-1] if words else ""
    )
