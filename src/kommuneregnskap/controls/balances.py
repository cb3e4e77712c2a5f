"""Controls 085-190: do the accounts add up?

Method: Statistics Norway's control program, see `kilde` in controls.csv. Sums are of one form and
region, in 1000 kr with the sign of the file, over records other than zero. Expenditure and income
are the totals for balancing (finance and funds included), not gross operating expenditure and
revenue. Every function returns its breaches; empty is good; margins include their ends.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap.controls.rules import Case, Rule, alike, control

SIDE, OTHER, HITS, ROWS = "sum", "mot_sum", "poster", "rader"


def sums(case: Case, rule: Rule) -> pl.LazyFrame:
    """Return per form and region: sum of the row's sets, of the opposite sets, and how many records.

    Out: skjema, region, fil, sum and mot_sum (1000 kr), poster (records in the row's sets), rader
    (records of the row's account; only units that have any are there).
    """
    own = pl.col("regnskap") == rule.regnskap
    other = pl.col("regnskap") == rule.mot_regnskap
    inside = own & rule.within()
    opposed = other & rule.within("mot_") & pl.lit(rule.has_sets("mot_"))
    amount = pl.col("belop")
    return (
        alike(case, rule)
        .filter(rule.concerns() & (own | other))
        .group_by("skjema", "region")
        .agg(
            pl.col("fil").unique().sort().str.join(", "),
            pl.when(inside).then(amount).otherwise(0).sum().alias(SIDE),
            pl.when(opposed).then(amount).otherwise(0).sum().alias(OTHER),
            pl.when(inside).then("antall").otherwise(0).sum().alias(HITS),
            pl.col("antall").sum().alias(ROWS),
        )
    )


def _breaches(found: pl.LazyFrame, good: pl.Expr, *, sides: bool) -> pl.LazyFrame:
    """Return the units whose sums are not good, with the sums and, of two sides, their difference."""
    difference = pl.col(SIDE) + pl.col(OTHER) if sides else pl.col(SIDE)
    said = pl.format("{} mot {}: {}", SIDE, OTHER, difference) if sides else pl.format("{}", SIDE)
    return found.filter(~good).select(
        "skjema",
        "region",
        "fil",
        felt=pl.lit("belop"),
        funnet=said,
        differanse=difference,
    )


def _positive(case: Case, rule: Rule) -> pl.LazyFrame:
    return _breaches(sums(case, rule), pl.col(SIDE) > 0, sides=False)


def _negative(case: Case, rule: Rule) -> pl.LazyFrame:
    return _breaches(sums(case, rule), pl.col(SIDE) < 0, sides=False)


def _cancels(case: Case, rule: Rule) -> pl.LazyFrame:
    return _breaches(sums(case, rule), _within_margin(rule), sides=True)


def _alone_cancels(case: Case, rule: Rule) -> pl.LazyFrame:
    return _breaches(sums(case, rule), _within_margin(rule), sides=False)


def _both_sides_cancel(case: Case, rule: Rule) -> pl.LazyFrame:
    both = (pl.col(SIDE) > 0) & (pl.col(OTHER) < 0)
    return _breaches(sums(case, rule), both & _within_margin(rule), sides=True)


def _present_where_posted(case: Case, rule: Rule) -> pl.LazyFrame:
    good = (pl.col(HITS) == 0) | (pl.col(SIDE) != 0)
    return _breaches(sums(case, rule), good, sides=False)


def _within_margin(rule: Rule) -> pl.Expr:
    return (pl.col(SIDE) + pl.col(OTHER)).abs() <= rule.margin


@control("085")
def kontroll_085(case: Case, rule: Rule) -> pl.LazyFrame:
    """An investment account has expenditure."""
    return _positive(case, rule)


@control("090")
def kontroll_090(case: Case, rule: Rule) -> pl.LazyFrame:
    """An investment account has income."""
    return _negative(case, rule)


@control("095")
def kontroll_095(case: Case, rule: Rule) -> pl.LazyFrame:
    """The investment account nets to zero."""
    return _cancels(case, rule)


@control("100")
def kontroll_100(case: Case, rule: Rule) -> pl.LazyFrame:
    """An operating account has expenditure."""
    return _positive(case, rule)


@control("105")
def kontroll_105(case: Case, rule: Rule) -> pl.LazyFrame:
    """An operating account has income."""
    return _negative(case, rule)


@control("110")
def kontroll_110(case: Case, rule: Rule) -> pl.LazyFrame:
    """The operating account nets to zero, with both sides present."""
    return _both_sides_cancel(case, rule)


@control("115")
def kontroll_115(case: Case, rule: Rule) -> pl.LazyFrame:
    """A balance sheet has assets."""
    return _positive(case, rule)


@control("120")
def kontroll_120(case: Case, rule: Rule) -> pl.LazyFrame:
    """A balance sheet has liabilities and equity."""
    return _negative(case, rule)


@control("125")
def kontroll_125(case: Case, rule: Rule) -> pl.LazyFrame:
    """The balance sheet nets to zero, with both sides present."""
    return _both_sides_cancel(case, rule)


@control("126")
def kontroll_126(case: Case, rule: Rule) -> pl.LazyFrame:
    """Oslo's internal purchases and sales cancel in the operating account."""
    return _cancels(case, rule)


@control("127")
def kontroll_127(case: Case, rule: Rule) -> pl.LazyFrame:
    """Oslo's internal purchases and sales cancel in the investment account."""
    return _cancels(case, rule)


@control("130")
def kontroll_130(case: Case, rule: Rule) -> pl.LazyFrame:
    """Tax on income and wealth is there."""
    return _negative(case, rule)


@control("135")
def kontroll_135(case: Case, rule: Rule) -> pl.LazyFrame:
    """The block grant is there."""
    return _negative(case, rule)


@control("140")
def kontroll_140(case: Case, rule: Rule) -> pl.LazyFrame:
    """What operations transfer to investment is what investment receives."""
    return _cancels(case, rule)


@control("145")
def kontroll_145(case: Case, rule: Rule) -> pl.LazyFrame:
    """The counter-entry of depreciation sums to something where it is posted."""
    return _present_where_posted(case, rule)


@control("150")
def kontroll_150(case: Case, rule: Rule) -> pl.LazyFrame:
    """Depreciation sums to something where it is posted."""
    return _present_where_posted(case, rule)


@control("155")
def kontroll_155(case: Case, rule: Rule) -> pl.LazyFrame:
    """Depreciation equals its counter-entry."""
    return _cancels(case, rule)


@control("160")
def kontroll_160(case: Case, rule: Rule) -> pl.LazyFrame:
    """No depreciation on finance functions."""
    return _alone_cancels(case, rule)


@control("165")
def kontroll_165(case: Case, rule: Rule) -> pl.LazyFrame:
    """No counter-entry of depreciation outside its function."""
    return _alone_cancels(case, rule)


@control("170")
def kontroll_170(case: Case, rule: Rule) -> pl.LazyFrame:
    """Cooperation between municipalities nets to zero in the investment account."""
    return _alone_cancels(case, rule)


@control("175")
def kontroll_175(case: Case, rule: Rule) -> pl.LazyFrame:
    """Cooperation between municipalities nets to zero in the operating account."""
    return _alone_cancels(case, rule)


@control("180")
def kontroll_180(case: Case, rule: Rule) -> pl.LazyFrame:
    """Cooperation between counties nets to zero in the investment account."""
    return _alone_cancels(case, rule)


@control("185")
def kontroll_185(case: Case, rule: Rule) -> pl.LazyFrame:
    """Cooperation between counties nets to zero in the operating account."""
    return _alone_cancels(case, rule)


@control("190")
def kontroll_190(case: Case, rule: Rule) -> pl.LazyFrame:
    """Memorandum accounts cancel their counter-account."""
    return _cancels(case, rule)
