"""Amounts as Norwegian systems write them, read exactly: in whole parts of 1000 kr and what is left.

Decimal comma or point, thousands in groups of three with spaces, dots or commas, minus before (- or −), behind,
or as parentheses. A single dot or comma before three digits may be either. It is read as what the other amounts
of the file show it to be; where they show nothing, or both, the amount is none. In kroner it is then between
thousands: øre have two digits.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap.tables.schemas.ledger import KRONER, THOUSANDS

PARTS = 100_000  # of 1000 kr: øre
WHOLE, REST = "hele", "rest"
# A unit's decimals at most, down to øre, and how many parts one of it is.
DECIMALS = {KRONER: 2, THOUSANDS: 5}
DIGITS = {KRONER: 12, THOUSANDS: 9}  # what a record can hold, 999 999 999 (1000 kr)
SPACES = "[ \t\u00a0\u2007\u2009\u202f]+"
MINUS = "[\u2212\u2013]"
SPACED = r"(?:\d+|\d{1,3}(?: \d{3})+)"
NUMBER = r"\d(?:[\d ,.]*\d)?"
SIGNED = (rf"- ?({NUMBER})", rf"({NUMBER}) ?-", rf"\( ?({NUMBER}) ?\)")


def read(texts: pl.Series, unit: str) -> pl.DataFrame:
    """Return the amounts of a file: hele (whole 1000 kr, rounded down), rest (øre); null where it is none.

    unit: `kr` or `1000 kr`.
    """
    decimals = DECIMALS[unit]
    text = texts.str.strip_chars().str.replace_all(SPACES, " ").str.replace_all(MINUS, "-")
    frame = text.to_frame("tekst").select(_magnitude(), negative=_negative())
    number = pl.col("number").str.replace_all(" ", "", literal=True)
    readings = [pl.when(_matches(SPACED)).then(number)]
    for sign, other, between, decimal in _signs(frame, unit):
        either = _matches(_either(sign))
        in_groups = _matches(_groups(sign, other, f"1,{decimals}")) | (either & pl.lit(between))
        at_point = _matches(_point(sign, f"1,{decimals}")) & (~either | pl.lit(decimal))
        ungrouped = number.str.replace_all(sign, "", literal=True)
        readings += [
            pl.when(in_groups).then(ungrouped.str.replace(other, ".", literal=True)),
            pl.when(at_point).then(number.str.replace(sign, ".", literal=True)),
        ]
    point = pl.coalesce(readings)
    parts = point.str.splitn(".", 2)
    whole = parts.struct.field("field_0").str.strip_chars_start("0")
    small = parts.struct.field("field_1").fill_null("").str.pad_end(decimals, "0")
    fits = whole.str.len_chars() <= DIGITS[unit]
    ore = pl.when(fits).then(pl.concat_str(whole, small).cast(pl.Int64, strict=False))
    signed = frame.select(ore=pl.when("negative").then(-ore).otherwise(ore))
    return signed.select(
        (pl.col("ore") // PARTS).alias(WHOLE),
        (pl.col("ore") - pl.col("ore") // PARTS * PARTS).alias(REST),
    )


def _magnitude() -> pl.Expr:
    """Return the text of an amount without its sign; null where it begins or ends otherwise."""
    return pl.coalesce(
        pl.col("tekst").str.extract(f"^{form}$") for form in (*SIGNED, rf"({NUMBER})")
    ).alias("number")


def _negative() -> pl.Expr:
    return pl.any_horizontal(pl.col("tekst").str.contains(f"^{form}$") for form in SIGNED)


def _matches(pattern: str) -> pl.Expr:
    return pl.col("number").str.contains(f"^(?:{pattern})$").fill_null(value=False)


def _either(sign: str) -> str:
    """Return the pattern of amounts that may be thousands or decimals."""
    return rf"[1-9]\d{{0,2}}[{sign}]\d{{3}}"


def _groups(sign: str, other: str, decimals: str) -> str:
    """Return the pattern of amounts with `sign` between thousands, and nowhere else."""
    group = rf"[{sign}]\d{{3}}"
    return rf"\d{{1,3}}(?:{group})+[{other}]\d{{{decimals}}}|\d{{1,3}}(?:{group}){{2,}}"


def _point(sign: str, decimals: str) -> str:
    return rf"{SPACED}[{sign}]\d{{{decimals}}}"


def _signs(frame: pl.DataFrame, unit: str) -> list[tuple[str, str, bool, bool]]:
    """Return dot and comma, each with the other one, and what it is in this file where it may be either.

    What it is: between thousands, before decimals; neither where the file shows nothing (in kroner:
    between thousands), or both. A sign that is the one shows that the other sign is the other, and spaces
    between thousands that both stand before decimals.
    """
    pairs = ((".", ","), (",", "."))
    spaced = r"\d{1,3}(?: \d{3})+(?:[.,]\d+)?"
    shown = frame.select(
        _matches(spaced).any().alias("spaces"),
        *(_matches(_groups(*pair, "1,")).any().alias("groups" + pair[0]) for pair in pairs),
        *(
            (_matches(_point(sign, "1,")) & ~_matches(_either(sign))).any().alias("point" + sign)
            for sign, _ in pairs
        ),
    ).row(0, named=True)
    found = []
    for sign, other in pairs:
        between = bool(shown["groups" + sign] or shown["point" + other])
        decimal = bool(shown["point" + sign] or shown["groups" + other] or shown["spaces"])
        alone = between != decimal
        silent = unit == KRONER and not between and not decimal
        found.append((sign, other, (alone and between) or silent, alone and decimal))
    return found


def exact() -> pl.Expr:
    """Return `hele` and `rest` as one number of øre."""
    return pl.col(WHOLE) * PARTS + pl.col(REST)


def rounded(whole: pl.Expr, rest: pl.Expr) -> pl.Expr:
    """Return sums of `hele` and `rest` in 1000 kr, rounded half away from zero."""
    carried = whole + rest // PARTS
    left = rest - rest // PARTS * PARTS
    up = pl.when(carried < 0).then(2 * left > PARTS).otherwise(2 * left >= PARTS)
    return carried + up.cast(pl.Int64)
