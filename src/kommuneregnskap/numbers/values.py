"""The values of section numbers: the long frame id, aar, verdi, enhet that claims are judged against."""

from __future__ import annotations

import polars as pl

from kommuneregnskap.tables import frames

THOUSANDS_PER_BILLION = 1_000_000  # 1000 kr in a milliard
FINITE = pl.when(pl.col("verdi").is_finite()).then("verdi").alias("verdi")  # else it is missing


def billions(amount: pl.Expr) -> pl.Expr:
    """Return an amount in 1000 kr as milliarder kroner."""
    return amount / THOUSANDS_PER_BILLION


def growth(now: pl.Expr, before: pl.Expr) -> pl.Expr:
    """Return the growth from `before` to `now` in percent; null where `before` is not positive."""
    return pl.when(before > 0).then(100 * (now - before) / before)


SUMS, PLAIN = "summer", "uveid"  # of the choice `vekting`; the third is weighted by inhabitants


def mean_of(each: pl.Expr, sums: pl.Expr, weighing: str, inhabitants: str) -> pl.Expr:
    """Return the percentage of all units of a frame, weighed as assumption A22 has it.

    each: of each unit; sums: of all together; inhabitants: the column of persons. weighing: `summer`, the
    percentage of the sums; `uveid`, the mean of the units' own; `innbyggere`, that mean weighted by inhabitants.
    """
    if weighing == SUMS:
        return sums
    if weighing == PLAIN:
        return each.mean()
    people = pl.col(inhabitants).filter(each.is_not_null())
    return (each * pl.col(inhabitants)).sum() / people.sum()


def checked(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows id, aar, verdi, enhet as section numbers, sorted. Out: `frames.Tall`; no infinity in `verdi`.

    enheter, av: as in `rows`, empty where it does not have them.
    """
    lacking = [name for name in ("enheter", "av") if name not in rows.columns]
    whole = rows.with_columns(FINITE, *(pl.lit(None, pl.Int64).alias(name) for name in lacking))
    return frames.Tall.validate(whole.sort("id", "aar"), cast=True)


def value(tall: pl.DataFrame, number_id: str, year: int) -> float | None:
    """Return one section number, or None where it is missing."""
    hit = tall.filter((pl.col("id") == number_id) & (pl.col("aar") == year))["verdi"]
    return None if hit.is_empty() else hit[0]
