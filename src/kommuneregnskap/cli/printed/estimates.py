"""What a simulation gave, as a terminal shows it."""

from __future__ import annotations

import polars as pl
from rich.table import Table

from kommuneregnskap.support.norwegian import number


def simulated(table: pl.DataFrame) -> Table:
    """Return what a simulation says of the first quantity, per mechanism and estimator, as a table.

    Bias and coverage with what so many draws leave unsure of them (95 percent).
    """
    quantity, before = table["stoerrelse"][0], None
    shown = Table(
        title=f"{quantity}, {table['trekk'][0]} draws of invented accounts, truth {number(table['sann'][0], 2)}",
        caption="±: half the 95 percent interval that so many draws leave",
    )
    shown.add_column("Mechanism, estimator", no_wrap=True)
    for heading in ("Bias", "Std. dev.", "Mean s.e.", "Coverage"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for row in table.filter(pl.col("stoerrelse") == quantity).iter_rows(named=True):
        if row["mekanisme"] != before:
            shown.add_section()
            shown.add_row(row["mekanisme"])
        before = row["mekanisme"]
        shown.add_row(
            f"  {row['estimator']}",
            _with_error(row, "skjevhet", 2),
            *(number(row[name], 2) for name in ("standardavvik", "standardfeil")),
            _with_error(row, "dekning", 1),
        )
    return shown


def _with_error(row: dict[str, float], name: str, decimals: int) -> str:
    """Return a number with half the width of its interval after it; alone where it has none."""
    value, low, high = (row[name + end] for end in ("", "_nedre", "_oevre"))
    text = number(value, decimals)
    return text if low is None else f"{text} ±{number((high - low) / 2, decimals)}"
