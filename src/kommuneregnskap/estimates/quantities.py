"""What is estimated (data/definitions/quantities.csv), as columns of the population."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.tables.bands import band
from kommuneregnskap.tables.schemas.estimates import (
    GROWTH,
    SHARE_OF_SUM,
    SHARE_OF_UNITS,
    TOTAL,
    WHOLE,
)

BEFORE = "_fjor"  # ends the column of an amount the year before
THOUSANDS_PER_BILLION = 1_000_000


@dataclass(frozen=True)
class Quantity:
    """One row of quantities.csv; see data/README.md for the columns."""

    stoerrelse: str
    navn: str
    maal: str
    teller: str
    nevner: str | None
    under: float | None
    baand: str | None
    enhet: str

    @property
    def same_units(self) -> bool:
        """Whether it compares two years, of those who have accounts in both."""
        return self.maal == GROWTH

    @property
    def denominator(self) -> str | None:
        """Return the column that the numerator is measured against, if any."""
        if self.maal == SHARE_OF_SUM:
            return self.nevner
        return self.teller + BEFORE if self.maal == GROWTH else None

    @property
    def columns(self) -> list[str]:
        """Return the columns of the population that it is computed from."""
        return [self.teller, *([self.denominator] if self.denominator else [])]

    @property
    def is_share(self) -> bool:
        """Whether it is a share of municipalities."""
        return self.maal == SHARE_OF_UNITS

    def flag(self) -> pl.Expr:
        """Return, of a share of municipalities, whether a municipality is counted: 0 or 1."""
        column = pl.col(self.teller)
        hit = band(column) == self.baand if self.baand is not None else column < self.under
        return hit.cast(pl.Int64).alias(self.stoerrelse)

    @property
    def factor(self) -> float:
        """Return what turns a sum of 1000 kr, a ratio or a share into the quantity's unit."""
        return 1 / THOUSANDS_PER_BILLION if self.maal == TOTAL else 100.0

    @property
    def shift(self) -> float:
        """Return what is added after the factor: growth is the ratio of the years less one."""
        return -100.0 if self.maal == GROWTH else 0.0


def quantities(*, simulated: bool = False) -> list[Quantity]:
    """Return the quantities in the table's order; `simulated`: only those the simulation is about."""
    rows = tables.read("quantities").sort("rekkefoelge")
    if simulated:
        rows = rows.filter(pl.col("simuleres").cast(pl.String) == "ja")
    names = list(Quantity.__dataclass_fields__)
    return [
        Quantity(**row)
        for row in rows.select(names)
        .with_columns(pl.col("maal", "enhet").cast(pl.String))
        .to_dicts()
    ]


def rule(name: str) -> float:
    """Return a number of data/definitions/estimation_rules.csv."""
    return float(dict(tables.read("estimation_rules").select("regel", "verdi").iter_rows())[name])


def main_estimator() -> dict[str, object]:
    """Return the row of estimators.csv that is the main estimate. Raises DataError unless there is one."""
    rows = tables.read("estimators").filter(pl.col("hovedanslag").cast(pl.String) == "ja")
    if len(rows) != 1:
        raise DataError(
            tables.file_of("estimators"),
            field="hovedanslag",
            value=", ".join(rows["estimator"]) or "nei",
            allowed="ja in one row, nei in the others",
            todo="Mend the column.",
        )
    return rows.row(0, named=True)


def group_column(estimator: Mapping[str, object]) -> str | None:
    """Return the column of the population that an estimator's groups stand in; None for one group of all."""
    return None if estimator["grupper"] == WHOLE else str(estimator["grupper"])
