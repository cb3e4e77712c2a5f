"""Controls 020-081: functions and arts that may not, or hardly ever, stand together in an account.

Method: Statistics Norway's control program, see `kilde` in controls.csv. A row names the records it
is about (regnskap, funksjoner, arter) and, where it has any, what they must go with
(mot_funksjoner, mot_arter). Every function returns its breaches; empty is good.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap.controls.rules import CONTROLS, Case, Rule, control


def _against(case: Case, rule: Rule) -> pl.LazyFrame:
    """Return the records that lie in the row's sets and not in what they must go with."""
    wrong = misplaced(rule) & pl.col("regnskap").is_in(accounts(rule))
    return (
        case.posted.of_accounts(rule.of_forms() & wrong)
        .filter(rule.concerns())
        .select(
            "skjema",
            "region",
            "fil",
            "linje",
            felt=pl.lit("funksjon og art"),
            funnet=pl.format(
                "funksjon {}, art {} i {}", "funksjon_kapittel", "art_sektor", "regnskap"
            ),
            differanse="belop",
        )
    )


def misplaced(rule: Rule) -> pl.Expr:
    """Return which records have codes of the row's sets without what they must go with."""
    bad = rule.within()
    return bad & ~rule.within("mot_") if rule.has_sets("mot_") else bad


def accounts(rule: Rule) -> list[str]:
    """Return the accounts that the row is about."""
    return [rule.regnskap] if rule.regnskap else ["drift", "investering"]


@control("020")
def kontroll_020(case: Case, rule: Rule) -> pl.LazyFrame:
    """Functions that the operating account may not use."""
    return _against(case, rule)


@control("025")
def kontroll_025(case: Case, rule: Rule) -> pl.LazyFrame:
    """Arts that the operating account may not use; four consolidated accounts are let off one of them."""
    return _against(case, rule)


@control("030")
def kontroll_030(case: Case, rule: Rule) -> pl.LazyFrame:
    """Arts that are unlikely in the operating account: buying and selling buildings and equipment."""
    return _against(case, rule)


@control("035")
def kontroll_035(case: Case, rule: Rule) -> pl.LazyFrame:
    """Loans granted and instalments received are unlikely in the operating account."""
    return _against(case, rule)


@control("040")
def kontroll_040(case: Case, rule: Rule) -> pl.LazyFrame:
    """Functions that the investment account may not use."""
    return _against(case, rule)


@control("045")
def kontroll_045(case: Case, rule: Rule) -> pl.LazyFrame:
    """Functions that are unlikely in the investment account."""
    return _against(case, rule)


@control("050")
def kontroll_050(case: Case, rule: Rule) -> pl.LazyFrame:
    """Arts that the investment account may not use."""
    return _against(case, rule)


@control("055")
def kontroll_055(case: Case, rule: Rule) -> pl.LazyFrame:
    """Arts that are unlikely in the investment account: sales and interest."""
    return _against(case, rule)


@control("060")
def kontroll_060(case: Case, rule: Rule) -> pl.LazyFrame:
    """Compensation for VAT in the investment account stands on its own function only."""
    return _against(case, rule)


@control("065")
def kontroll_065(case: Case, rule: Rule) -> pl.LazyFrame:
    """Shortfall, surplus and cover stand on their function only, and it holds nothing else."""
    return _against(case, rule)


@control("070")
def kontroll_070(case: Case, rule: Rule) -> pl.LazyFrame:
    """Cover of former shortfalls stands on its function only."""
    return _against(case, rule)


@control("075")
def kontroll_075(case: Case, rule: Rule) -> pl.LazyFrame:
    """Taxes stand on the function of taxes only (municipalities)."""
    return _against(case, rule)


@control("080")
def kontroll_080(case: Case, rule: Rule) -> pl.LazyFrame:
    """The block grant stands on its function only."""
    return _against(case, rule)


@control("081")
def kontroll_081(case: Case, rule: Rule) -> pl.LazyFrame:
    """The function of general state grants holds transfers only (municipalities)."""
    return _against(case, rule)


NUMBERS = frozenset(name for name, each in CONTROLS.items() if each.__module__ == __name__)
