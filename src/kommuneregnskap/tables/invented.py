"""What invented accounts are called: a unit by a running number, its county as invented as its accounts.

The same everywhere: on sheets, in figures. No real municipality can be told from either.
"""

from __future__ import annotations

import hashlib

import polars as pl


def renamed(municipalities: pl.DataFrame) -> pl.DataFrame:
    """Number municipalities in an order that says nothing of them, and deal them out to invented counties.

    In: all municipalities of a year with region and fylke. Out: the same rows in that order, with ark (`017`),
    tittel (`Enhet 017 (syntetisk)`) and, in the place of the county's name, an invented one; as many as there are.
    """
    order = pl.col("region").map_elements(
        lambda region: hashlib.sha256(f"enhetsark {region}".encode()).hexdigest(),
        return_dtype=pl.String,
    )
    number = pl.int_range(1, pl.len() + 1)
    county = (number - 1) % pl.col("fylke").n_unique() + 1
    return (
        municipalities.sort(order)
        .with_columns(ark=_padded(number, 3), fylke="Oppdiktet fylke " + _padded(county, 2))
        .with_columns(tittel=pl.format("Enhet {} (syntetisk)", "ark"))
    )


def _padded(number: pl.Expr, digits: int) -> pl.Expr:
    return number.cast(pl.String).str.zfill(digits)
