"""The values of section numbers: the long frame id, aar, verdi, enhet that claims are judged against."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from kommuneregnskap.indicators.evaluate import ratio, total
from kommuneregnskap.tables import frames

THOUSANDS_PER_BILLION = 1_000_000  # 1000 kr in a milliard


def billions(amount: pl.Expr) -> pl.Expr:
    """Return an amount in 1000 kr as milliarder kroner."""
    return amount / THOUSANDS_PER_BILLION


def growth(now: pl.Expr, before: pl.Expr) -> pl.Expr:
    """Return the growth from `before` to `now` in percent; null where `before` is not positive."""
    return pl.when(before > 0).then(100 * (now - before) / before)


SUMS, PLAIN, PEOPLE = "summer", "uveid", "innbyggere"


def share(numerator: str, denominator: str, weighing: str = SUMS) -> pl.Expr:
    """Return 100 · numerator / denominator over a frame with a row per unit, in percent.

    weighing: `summer`, a ratio of sums (null where nobody has an amount in the numerator); `uveid`, the
    mean of the units' own percentages; `innbyggere`, that mean weighted by `folkemengde`. Assumption A22.
    """
    return mean_of(
        ratio(pl.col(numerator), pl.col(denominator)),
        ratio(total(numerator), total(denominator)),
        weighing,
    )


def mean_of(
    each: pl.Expr, sums: pl.Expr, weighing: str, inhabitants: str = "folkemengde"
) -> pl.Expr:
    """Return the percentage of all: `sums`, or the mean of `each` unit's, weighted or not; see `share`."""
    if weighing == SUMS:
        return sums
    if weighing == PLAIN:
        return each.mean()
    people = pl.col(inhabitants).filter(each.is_not_null())
    return (each * pl.col(inhabitants)).sum() / people.sum()


def from_row(
    row: pl.DataFrame, year: int, section: str, enheter: Mapping[str, str]
) -> pl.DataFrame:
    """Return the columns of a one-row frame as section numbers `<section>.<column>`.

    `enheter`: the unit of each column that becomes a number. Out: `frames.Tall`.
    """
    return _tall(
        row.select(pl.col(name).cast(pl.Float64) for name in enheter)
        .unpivot(variable_name="navn", value_name="verdi")
        .with_columns(
            id=section + "." + pl.col("navn"),
            enhet=pl.col("navn").replace_strict(dict(enheter), return_dtype=pl.String),
        ),
        year,
    )


def from_table(
    table: pl.DataFrame, year: int, prefix: str, key: str, value: str, enhet: str
) -> pl.DataFrame:
    """Return a column of a table as section numbers `<prefix>.<key>`. Out: `frames.Tall`."""
    return _tall(
        table.select(
            id=prefix + "." + pl.col(key),
            verdi=pl.col(value).cast(pl.Float64),
            enhet=pl.lit(enhet),
        ),
        year,
    )


def _tall(rows: pl.DataFrame, year: int) -> pl.DataFrame:
    return rows.select("id", pl.lit(year, dtype=pl.Int32).alias("aar"), "verdi", "enhet")


def combine(*parts: pl.DataFrame) -> pl.DataFrame:
    """Return all parts as one checked frame of section numbers, sorted; none: without rows. Out: `frames.Tall`."""
    rows = pl.concat([frames.Tall.create_empty(), *parts], how="vertical_relaxed").with_columns(
        pl.when(pl.col("verdi").is_finite()).then(pl.col("verdi")).alias("verdi")
    )
    return frames.Tall.validate(rows.sort("id", "aar"), cast=True)


def value(tall: pl.DataFrame, number_id: str, year: int) -> float | None:
    """Return one section number, or None where it is missing."""
    hit = tall.filter((pl.col("id") == number_id) & (pl.col("aar") == year))["verdi"]
    return None if hit.is_empty() else hit[0]
