"""Amounts as Norwegian systems write them, read exactly: in whole parts of 1000 kr and what is left.

Decimal comma (or point), thousands in groups of three with spaces or dots, minus before (- or −), behind, or
as parentheses. A single dot before three digits may be either; it is read as what the other amounts of
the file show dots to be, and where they show nothing, the amount is none.
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
    in_groups, in_points = _dots(frame, decimals)
    number = pl.col("number").str.replace_all(" ", "", literal=True)
    point = (
        pl.when(in_points)
        .then(number)
        .when(in_groups)
        .then(number.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True))
        .when(_matches(rf"{SPACED}(?:,\d{{1,{decimals}}})?"))
        .then(number.str.replace(",", ".", literal=True))
    )
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


def _dots(frame: pl.DataFrame, decimals: int) -> tuple[pl.Expr, pl.Expr]:
    """Return where dots stand between thousands, and where one is the decimal point."""
    one_dot = _matches(r"\d{1,3}\.\d{3}")
    in_groups = _matches(
        rf"\d{{1,3}}(?:\.\d{{3}})+,\d{{1,{decimals}}}|\d{{1,3}}(?:\.\d{{3}}){{2,}}"
    )
    any_point = _matches(rf"{SPACED}\.\d{{1,{decimals}}}")
    comma = pl.col("number").str.contains(",", literal=True).fill_null(value=False)
    groups, points = frame.select(
        groups=(in_groups | comma).any(), points=(any_point & ~one_dot).any()
    ).row(0)
    return (
        in_groups | (one_dot & pl.lit(bool(groups and not points))),
        any_point & (~one_dot | pl.lit(bool(points and not groups))),
    )


def rounded(whole: pl.Expr, rest: pl.Expr) -> pl.Expr:
    """Return sums of `hele` and `rest` in 1000 kr, rounded half away from zero."""
    carried = whole + rest // PARTS
    left = rest - rest // PARTS * PARTS
    up = pl.when(carried < 0).then(2 * left > PARTS).otherwise(2 * left >= PARTS)
    return carried + up.cast(pl.Int64)
