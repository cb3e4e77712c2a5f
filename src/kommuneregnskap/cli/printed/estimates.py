"""What a simulation gave, as a terminal shows it."""

from __future__ import annotations

import polars as pl
from rich.table import Table

from kommuneregnskap.support.norwegian import number


def simulated(table: pl.DataFrame) -> Table:
    """Return what a simulation says of the first quantity, per mechanism and estimator, as a table."""
    quantity = table["stoerrelse"][0]
    shown = Table(
        title=f"{quantity}, {table['trekk'][0]} draws of invented accounts, truth {number(table['sann'][0], 2)}"
    )
    for heading in ("Mechanism", "Estimator"):
        shown.add_column(heading, no_wrap=True)
    for heading in ("Bias", "Std. dev.", "Mean s.e.", "Coverage"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for row in table.filter(pl.col("stoerrelse") == quantity).iter_rows(named=True):
        values = (number(row[name], 2) for name in ("skjevhet", "standardavvik", "standardfeil"))
        shown.add_row(row["mekanisme"], row["estimator"], *values, number(row["dekning"], 1))
    return shown
