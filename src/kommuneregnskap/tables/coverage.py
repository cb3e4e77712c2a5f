"""How many must have all that a number needs, for it to be told: data/definitions/coverage.csv."""

from __future__ import annotations

from functools import lru_cache
from math import ceil

import polars as pl

from kommuneregnskap.tables import reader
from kommuneregnskap.tables.schemas.method import AMOUNTS, OTHERS

NAME = "coverage"

__all__ = ["AMOUNTS", "OTHERS", "few", "least", "needed"]


def least(tall: str) -> float:
    """Return the limit of a kind of number (`AMOUNTS`, `OTHERS`): percent of the units it is said of."""
    return _limits(reader.contents(NAME)[0])[tall]


@lru_cache(maxsize=8)
def _limits(_read: reader.Content) -> dict[str, float]:
    rows = reader.read(NAME).select(pl.col("tall").cast(pl.String), pl.col("minst_pst").cast(float))
    return dict(rows.iter_rows())


def needed(tall: str, of: int) -> int:
    """Return how many of so many units must have what a number of a kind needs; at least one."""
    return max(1, ceil(least(tall) * of / 100))


def few(enheter: pl.Expr, av: pl.Expr) -> pl.Expr:
    """Return whether too few units have what a number needs. In: how many have, of how many; not where unknown."""
    return (100 * enheter < least(OTHERS) * av).fill_null(value=False)
