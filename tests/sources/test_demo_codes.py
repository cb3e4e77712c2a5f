"""The demo panel: every code that a definition can touch, and that may be used, is used by some unit."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.controls.rules import rules
from kommuneregnskap.tables.codesets import expand
from tests.helpers import demo_accounts
from tests.helpers.demo_accounts import YEARS

Code = tuple[str, str, str]  # account, kind of code, code
FORMS = {"kommune": ("A", "B", "M", "N"), "fylkeskommune": ("C", "D", "P", "Q")}
KINDS = pytest.mark.parametrize("kind", list(FORMS))
# Why no unit of the panel uses a code that it may use, besides what a control says of the code.
REASONS = {
    ("fylkeskommune", "drift", "art", "530"): "no county of the panel carries a deficit forward",
    ("fylkeskommune", "drift", "art", "589"): "see 530: the report is off where there is a deficit",
    ("fylkeskommune", "drift", "art", "980"): "no county of the panel carries a deficit forward",
    ("fylkeskommune", "drift", "art", "989"): "see 530: the report is off where there is a deficit",
    ("fylkeskommune", "balanse", "kapittel", "5900"): "no county of the panel carries a deficit",
}


BARRED = {"drift": "025", "investering": "050"}  # controls of what an account may not use


def named(year: int) -> set[Code]:
    """Return the codes that definitions name; one without functions takes in those of every service area."""
    found: set[Code] = set()
    accounts = ("drift", "investering")
    for row in tables.valid("indicators", year).to_dicts():
        account = str(row["regnskap"])
        for column, kind in (
            ("funksjoner", "funksjon"),
            ("arter", "art"),
            ("kapitler", "kapittel"),
        ):
            if row[column] and account in (*accounts, "balanse"):
                found |= {(account, kind, code) for code in codes(str(row[column]), kind, year)}
    for text in tables.valid("tjenesteomraade", year)["funksjoner"]:
        found |= {(each, "funksjon", c) for each in accounts for c in codes(text, "funksjon", year)}
    return found


def codes(text: str, kind: str, year: int) -> list[str]:
    return expand(
        text, tables.valid(kind, year)[kind].unique(), file=kind, line=None, field="codes"
    )


def allowed(unit: str, year: int) -> set[Code]:
    """Return what a unit may use: its level, the account, and no control that finds the code alone."""
    levels = {"kommune": ["alle", "kommune", "felles"], "fylkeskommune": ["alle", "felles"]}[unit]
    own = pl.col("nivaa").cast(pl.String).is_in([*levels, unit])
    functions = tables.valid("funksjon", year).filter(own)["funksjon"]
    found: set[Code] = {
        ("balanse", "kapittel", c) for c in tables.valid("kapittel", year)["kapittel"]
    }
    for account in ("drift", "investering"):
        barred = [
            code
            for rule in rules(year)
            if rule.kontroll == BARRED[account]
            for code in rule.codes["arter"]
        ]
        may = own & ~pl.col("art").is_in(barred)
        found |= {(account, "art", c) for c in tables.valid("art", year).filter(may)["art"]}
        found |= {(account, "funksjon", code) for code in functions}
    return found - remarked(unit, year)


def remarked(unit: str, year: int) -> set[Code]:
    """Return the codes that a control remarks on wherever they stand: barred ones and those that are rare."""
    limits = [
        *("kapitler", "mot_regnskap", "mot_funksjoner", "mot_arter", "mot_kapitler"),
        *("bare_regioner", "unntak_regioner"),
    ]
    rows = tables.valid("controls", year).filter(
        (pl.col("enhet").cast(pl.String) == "kode")
        & pl.col("regnskap").cast(pl.String).is_in(["drift", "investering"])
        & pl.col("skjema").str.contains(f"0{FORMS[unit][0]}")
        & pl.all_horizontal(pl.col(limits).is_null())
    )
    found: set[Code] = set()
    for row in rows.to_dicts():
        for column, kind in (("funksjoner", "funksjon"), ("arter", "art")):
            if row[column]:
                of = codes(str(row[column]), kind, year)
                found |= {(str(row["regnskap"]), kind, code) for code in of}
    return found


def used(panel: Path, unit: str, year: int) -> set[Code]:
    found: set[Code] = set()
    for letter in FORMS[unit]:
        if letter in demo_accounts.DRIFT:
            for account, read in (
                ("drift", demo_accounts.drift),
                ("investering", demo_accounts.investering),
            ):
                rows = read(panel, year, letter)
                found |= {(account, "funksjon", code) for code in rows["funksjon"].unique()}
                found |= {(account, "art", code) for code in rows["art"].unique()}
        else:
            rows = demo_accounts.balanse(panel, year, letter)
            found |= {("balanse", "kapittel", code) for code in rows["funksjon"].unique()}
    return found


@KINDS
def test_every_code_that_a_definition_names_is_used(demo_panel: Path, kind: str) -> None:
    wanted = set().union(*(named(year) & allowed(kind, year) for year in YEARS))
    found = set().union(*(used(demo_panel, kind, year) for year in YEARS))
    lacking = {(kind, *code) for code in wanted - found}
    assert lacking == {each for each in REASONS if each[0] == kind}
    assert len(wanted) > 150
