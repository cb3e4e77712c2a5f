"""The bands of the discretionary fund: which one a share of revenue falls in."""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables


def bands() -> pl.DataFrame:
    """Return the fund bands of data/definitions/fund_bands.csv: baand, navn, fra, til (percent)."""
    return tables.read("fund_bands").sort("rekkefoelge")


def band(share: pl.Expr) -> pl.Expr:
    """Return the id of the fund band that a share (percent of revenue) falls in.

    A band takes in shares from `fra` up to, not including, `til`. Zero itself is empty: the band that
    ends at zero takes it in, the one that begins there does not. Null where the share is missing.
    """
    result = pl.lit(None, dtype=pl.String)
    for name, low, high in bands().select("baand", "fra", "til").iter_rows():
        hit = share.is_not_null()
        if low is not None:
            hit = hit & ((share > 0) if low == 0 else (share >= low))
        if high is not None:
            hit = hit & ((share <= 0) if high == 0 else (share < high))
        result = pl.when(hit).then(pl.lit(name)).otherwise(result)
    return result
