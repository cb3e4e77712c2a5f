"""Controls E11-E13: could these be the accounts of the one who delivered them, in this unit, of this year?

What one municipality alone can fail, without neighbours: the amounts beside its inhabitants, and its own years
beside each other. Bounds are argued from the open figures of all municipalities, see `merknad` in controls.csv.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap.controls.balances import ROWS, SIDE, sums
from kommuneregnskap.controls.changes import REVENUE, with_form
from kommuneregnskap.controls.rules import Case, Rule, control, posted
from kommuneregnskap.tables import units
from kommuneregnskap.tables.register import WHOLE_UNIT

LEVELS = ("brutto_driftsutgifter", REVENUE)
ACCOUNT = ("region", "regnskapsomfang", "regnskap", "sted", "slag")
BALANCE = "balanse"
NO_FINDING = pl.LazyFrame(schema={"skjema": pl.String, "region": pl.String})


@control("E11")
def kontroll_e11(case: Case, rule: Rule) -> pl.LazyFrame:
    """The row's sum per inhabitant (1000 kr) lies within bounds that tell thousands from kroner and millions.

    The lower bound asks for as many lines as the row says: a part of an account is no account in millions.
    """
    people = units.inhabitants(case.delivery.year).select(
        "folkemengde", region=pl.col("region") + WHOLE_UNIT
    )
    each = pl.col(SIDE) / pl.col("folkemengde")
    return (
        sums(case, rule)
        .join(people.lazy(), on="region")
        .filter(_outside(each, rule) & (pl.col(ROWS) >= rule.fewest))
        .select(
            "skjema",
            "region",
            "fil",
            felt=pl.lit("belop"),
            funnet=pl.format("{} per innbygger ({} på {})", _with_comma(each), SIDE, "folkemengde"),
            differanse=SIDE,
        )
    )


@control("E12")
def kontroll_e12(case: Case, rule: Rule) -> pl.LazyFrame:
    """The accounts of a form are not those of the year before: few have the same amount (1000 kr)."""
    if case.before is None:
        return NO_FINDING
    year = case.delivery.year
    balance = case.before.balanse.lazy().with_columns(regnskap=pl.lit(BALANCE))
    before = pl.concat(
        [
            balance.select(*ACCOUNT[:3], sted="kapittel", slag="sektor", foer="belop"),
            case.before.poster.lazy().select(
                *ACCOUNT[:3], sted="funksjon", slag="art", foer="belop"
            ),
        ]
    )
    now = (
        posted(case)
        .filter(rule.concerns() & pl.col("region").str.ends_with(WHOLE_UNIT))
        .select(
            *("skjema", *ACCOUNT[1:3], "belop"),
            region=pl.col("region").str.strip_suffix(WHOLE_UNIT),
            sted="funksjon_kapittel",
            slag="art_sektor",
        )
    )
    same = pl.col("belop") == pl.col("foer")
    return (
        _summed(now, ["skjema"], "belop", year)
        .join(_summed(before, [], "foer", year), on=["kobling", *ACCOUNT[1:]], how="left")
        .group_by("skjema", "kobling")
        .agg(pl.col("region").min() + WHOLE_UNIT, like=same.sum(), konti=pl.len())
        .filter(
            (pl.col("like") >= rule.fewest) & (100 * pl.col("like") >= rule.least * pl.col("konti"))
        )
        .select(
            "skjema",
            "region",
            felt=pl.lit("belop"),
            funnet=pl.format(
                "{} av {} konti har samme beløp som i {}", "like", "konti", pl.lit(year - 1)
            ),
        )
    )


def _summed(rows: pl.LazyFrame, forms: list[str], amount: str, year: int) -> pl.LazyFrame:
    """Return what stands on each account, other than zero, with units that are tied together as one.

    Out: forms, kobling, ACCOUNT without its region, region (the first number), and the amount.
    """
    return (
        units.with_link(rows, year - 1, year)
        .group_by(*forms, "kobling", *ACCOUNT[1:])
        .agg(pl.col("region").min(), pl.col(amount).sum())
        .filter(pl.col(amount) != 0)
    )


@control("E13")
def kontroll_e13(case: Case, rule: Rule) -> pl.LazyFrame:
    """Expenditure and revenue are within bounds in percent of the year before, where all parts of a unit have both."""
    if case.before is None:
        return NO_FINDING
    year = case.delivery.year
    key = ["kobling", "regnskapsomfang", "begrep"]
    now, then = _levels(case.evaluated, year, year), _levels(case.before.evaluated, year, year - 1)
    percent = 100 * pl.col("belop") / pl.col("foer")
    return (
        with_form(
            now.join(then.select(*key, foer="belop"), on=key)
            .filter((pl.col("foer") > 0) & _outside(percent, rule))
            .collect()
            .lazy(),
            year,
        )
        .filter(rule.concerns())
        .select(
            "skjema",
            "region",
            felt="begrep",
            funnet=pl.format(
                "{} prosent av {} (fra {} til {})",
                _with_comma(percent),
                pl.lit(year - 1),
                "foer",
                "belop",
            ),
            differanse=pl.col("belop") - pl.col("foer"),
        )
    )


def _levels(evaluated: pl.DataFrame, year: int, of: int) -> pl.LazyFrame:
    """Return LEVELS of year `of`, of units that all have accounts: kobling, regnskapsomfang, begrep, region, belop."""
    parts = units.with_link(units.known(of).select("region"), year - 1, year)
    parts = parts.group_by("kobling").agg(deler=pl.len())
    return (
        units.with_link(evaluated, year - 1, year)
        .filter(pl.col("tjenesteomraade").is_null() & pl.col("begrep").is_in(LEVELS))
        .group_by("kobling", "regnskapsomfang", "begrep")
        .agg(pl.col("region").min(), pl.col("belop").sum(), har=pl.col("region").n_unique())
        .join(parts, on="kobling")
        .filter(pl.col("har") == pl.col("deler"))
    )


def _with_comma(value: pl.Expr) -> pl.Expr:
    return value.round(1).cast(pl.String).str.replace(".", ",", literal=True)


def _outside(value: pl.Expr, rule: Rule) -> pl.Expr:
    """Return whether a value is below the least or above the most that a row allows, ends allowed."""
    low = pl.lit(value=False) if rule.lowest is None else value < rule.lowest
    high = pl.lit(value=False) if rule.highest is None else value > rule.highest
    return low | high
