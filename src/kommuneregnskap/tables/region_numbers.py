"""Numbers of municipalities as systems write them: `301`, `301.0`, `K-0301`, `0301 Oslo` are all `0301`."""

from __future__ import annotations

import polars as pl

# A whole number of three or four digits, with what StatBank puts before it and a name that may follow it.
WRITTEN = r"^\s*(?:K[-_ ]?)?(\d{3,4})(?:[.,]0+)?(?:\s+\D.*)?\s*$"
DIGITS = 4


def four_digits(written: pl.Expr) -> pl.Expr:
    """Return the number of a municipality or county municipality, four digits; null of what is none."""
    return written.cast(pl.String).str.extract(WRITTEN).str.zfill(DIGITS)


def number_of(written: object) -> str | None:
    """Return the same of one value; None of what is no number, such as a name."""
    found = pl.select(four_digits(pl.lit(str(written)))).item()
    return None if found is None else str(found)
