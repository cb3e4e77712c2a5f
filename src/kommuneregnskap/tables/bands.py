"""The bands of the discretionary fund: which one a share of revenue falls in.

Where the two lowest end is an open choice of the releases (assumptions A12 and A13).
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap.support.errors import DataError
from kommuneregnskap.tables import reader

EMPTY, LITTLE = "tomt", "0_5"  # the two lowest bands of fund_bands.csv
ZERO_OR_LESS, ZERO, ROUNDS_TO_ZERO = "null_eller_lavere", "null", "runder"
OVER_0_UNDER_5, OVER_0_TO_5, FROM_0_UNDER_5 = "over_0_under_5", "over_0_til_5", "fra_0_under_5"


@reader.made_of("fund_bands")
def bands() -> pl.DataFrame:
    """Return the fund bands of data/definitions/fund_bands.csv, lowest first: baand, navn, fra, til (percent).

    Raises DataError where one of the two lowest is missing, or a band does not begin where the one below it ends.
    """
    found = reader.read("fund_bands").sort("rekkefoelge")
    if found["baand"].head(2).to_list() != [EMPTY, LITTLE]:
        raise DataError(
            reader.file_of("fund_bands"),
            field="baand",
            value=", ".join(found["baand"].head(2)),
            allowed=f"{EMPTY} and {LITTLE} as the two lowest",
        )
    reader.refuse_gaps(found, "fund_bands", step=0.0)
    return found


def empty(share: pl.Expr, used_up: str = ZERO_OR_LESS) -> pl.Expr:
    """Return whether a fund of `share` (percent of revenue) counts as used up.

    The limit is where the lowest band ends: zero. used_up: `null_eller_lavere`, `null` (zero exactly) or
    `runder` (rounds to zero percent, or is lower).
    """
    limit = float(bands().filter(pl.col("baand") == EMPTY)["til"].item())
    if used_up == ZERO:
        return share == limit
    return (share.round(0) if used_up == ROUNDS_TO_ZERO else share) <= limit


def little(share: pl.Expr, used_up: str = ZERO_OR_LESS, ends: str = OVER_0_UNDER_5) -> pl.Expr:
    """Return whether a fund of `share` (percent) is in the band next to empty.

    ends: `over_0_under_5`, `over_0_til_5` or `fra_0_under_5`; only the last takes in zero, which then counts
    as used up too.
    """
    low, high = bands().filter(pl.col("baand") == LITTLE).select("fra", "til").row(0)
    above = (share >= low) if ends == FROM_0_UNDER_5 else (share > low) & ~empty(share, used_up)
    below = (share <= high) if ends == OVER_0_TO_5 else (share < high)
    return pl.all_horizontal(above, below)


def band(share: pl.Expr, used_up: str = ZERO_OR_LESS, ends: str = OVER_0_UNDER_5) -> pl.Expr:
    """Return the id of the fund band that a share (percent of revenue) falls in; null where it is missing.

    A band takes in shares from `fra` up to, not including, `til`; the two lowest as `empty` and `little`.
    """
    result = pl.lit(None, dtype=pl.String)
    higher = bands().filter(~pl.col("baand").is_in([EMPTY, LITTLE]))
    for name, low, high in higher.select("baand", "fra", "til").iter_rows():
        hit = (share >= low) & (pl.lit(value=True) if high is None else share < high)
        result = pl.when(hit).then(pl.lit(name)).otherwise(result)
    result = pl.when(little(share, used_up, ends)).then(pl.lit(LITTLE)).otherwise(result)
    return pl.when(empty(share, used_up)).then(pl.lit(EMPTY)).otherwise(result)


def is_in(
    share: pl.Expr, name: str, used_up: str = ZERO_OR_LESS, ends: str = OVER_0_UNDER_5
) -> pl.Expr:
    """Return whether a share (percent of revenue) is within the limits of a band; null where it is missing.

    As `band` has it, but where a choice lets the two lowest bands overlap: there it may be in both.
    """
    if name == LITTLE:
        return little(share, used_up, ends)
    return band(share, used_up, ends) == name
