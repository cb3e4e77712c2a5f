"""Controls E11-E13: could these be the accounts of the one who delivered them, in this unit, of this year?

What one municipality alone can fail, without neighbours: the amounts beside its inhabitants, and its own years
beside each other. Bounds are argued from the open figures of all municipalities, see `merknad` in controls.csv.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import polars as pl

from kommuneregnskap.controls.balances import ROWS, SIDE, sums
from kommuneregnskap.controls.changes import REVENUE, with_form
from kommuneregnskap.controls.rules import Accounts, Case, Rule, control
from kommuneregnskap.sources.kostra.numbered import combined, whole
from kommuneregnskap.tables import units
from kommuneregnskap.tables.register import WHOLE_UNIT

LEVELS = ("brutto_driftsutgifter", REVENUE)
ACCOUNT = ("regnskapsomfang", "regnskap", "funksjon_kapittel", "art_sektor")
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
    of_units = pl.col("region").str.ends_with(WHOLE_UNIT)
    own = units.with_link(
        case.posted.units.filter(rule.concerns() & of_units).with_columns(
            pl.col("region").str.strip_suffix(WHOLE_UNIT)
        ),
        year - 1,
        year,
    ).collect()
    kinds = {"kobling": pl.Enum(own["kobling"].unique())} | {
        name: pl.Enum(case.posted.accounts[name].unique().drop_nulls()) for name in ACCOUNT
    }
    forms = own.select("skjema", "kobling").unique().with_row_index("levert")
    regions = pl.Enum(own["region"].unique().sort())
    who = own.join(forms, on=["skjema", "kobling"]).select(
        "hvem",
        "levert",
        enhet=_place("kobling", kinds["kobling"]),
        region=_place("region", regions),
    )
    accounts = case.posted.accounts.select("konto", sted=_account(kinds, unknown=True))
    sizes = (len(forms), len(kinds["kobling"].categories), _accounts(kinds))
    most = sizes[1] * sizes[2]
    now = (
        case.posted.records.lazy()
        .select("hvem", "konto", "belop")
        .join(who.lazy(), on="hvem")
        .join(accounts.lazy(), on="konto")
        .group_by(konto=combined(zip(map(pl.col, ("levert", "enhet", "sted")), sizes, strict=True)))
        .agg(pl.col("region").min(), pl.col("belop").sum())
        .filter(pl.col("belop") != 0)
        .select("region", "belop", pl.col("konto") % most, levert=pl.col("konto") // most)
        .cast({"levert": pl.UInt32, "konto": whole(sizes[1:])})
        .collect()
    )
    same = now.lazy().join(_of_year_before(case.before, kinds, year), on=["konto", "belop"])
    return (
        now.lazy()
        .group_by("levert")
        .agg(pl.col("region").min(), konti=pl.len())
        .join(same.group_by("levert").agg(like=pl.len()), on="levert")
        .filter(
            (pl.col("like") >= rule.fewest) & (100 * pl.col("like") >= rule.least * pl.col("konti"))
        )
        .join(forms.lazy(), on="levert")
        .select(
            "skjema",
            region=pl.lit(regions.categories).gather("region") + WHOLE_UNIT,
            felt=pl.lit("belop"),
            funnet=pl.format(
                "{} av {} konti har samme beløp som i {}", "like", "konti", pl.lit(year - 1)
            ),
        )
    )


def _of_year_before(before: Accounts, kinds: Mapping[str, pl.Enum], year: int) -> pl.LazyFrame:
    """Return what stood on the accounts of units that deliver now: konto (a number for unit and account), belop.

    kinds: the texts that there are now, by column; what is none of them is left out.
    """
    balance = before.balanse.lazy().with_columns(regnskap=pl.lit(BALANCE))
    codes = ACCOUNT[2:]
    frames = [
        balance.rename(dict(zip(("kapittel", "sektor"), codes, strict=True))),
        before.poster.lazy().rename(dict(zip(("funksjon", "art"), codes, strict=True))),
    ]
    regions = pl.concat(each.select(pl.col("region").unique()) for each in frames).unique()
    linked = units.with_link(regions, year - 1, year).select(
        "region", enhet=_place("kobling", kinds["kobling"])
    )
    sizes = (len(kinds["kobling"].categories), _accounts(kinds))
    konto = combined(zip(map(pl.col, ("enhet", "sted")), sizes, strict=True))
    return (
        pl.concat(each.select("region", "belop", sted=_account(kinds)) for each in frames)
        .join(linked, on="region")
        .group_by(konto=konto)
        .agg(pl.col("belop").sum())
        .filter(pl.col("konto").is_not_null())
    )


def _place(name: str, kind: pl.Enum) -> pl.Expr:
    """Return the place of each text of a column among those of a kind; null for one that is none of them."""
    return pl.col(name).cast(kind, strict=False).to_physical().cast(pl.Int64)


def _account(kinds: Mapping[str, pl.Enum], *, unknown: bool = False) -> pl.Expr:
    """Return a number for each account (ACCOUNT).

    unknown: also where a text is missing, as where a form has no such class; else null where one is none of those.
    """
    return combined(
        (
            _place(name, kinds[name]).fill_null(len(kinds[name].categories))
            if unknown
            else _place(name, kinds[name]),
            len(kinds[name].categories) + 1,
        )
        for name in ACCOUNT
    )


def _accounts(kinds: Mapping[str, pl.Enum]) -> int:
    """Return how many numbers `_account` may give."""
    return prod(len(kinds[name].categories) + 1 for name in ACCOUNT)


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
