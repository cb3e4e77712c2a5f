"""How many must have all that a number needs, for it to be told: data/definitions/coverage.csv."""

from __future__ import annotations

import polars as pl

from kommuneregnskap.tables import reader
from kommuneregnskap.tables.schemas.method import AMOUNTS, OTHERS

__all__ = ["AMOUNTS", "OTHERS", "few", "least"]


def least(tall: str) -> float:
    """Return the limit of a kind of number (`AMOUNTS`, `OTHERS`): percent of the units it is said of."""
    rows = reader.read("coverage").filter(pl.col("tall").cast(pl.String) == tall)
    return float(rows["minst_pst"].item())


def few(enheter: pl.Expr, av: pl.Expr) -> pl.Expr:
    """Return whether too few units have what a number needs. In: how many have, of how many; not where unknown."""
    return (100 * enheter < least(OTHERS) * av).fill_null(value=False)
