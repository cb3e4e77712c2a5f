"""Accounting year 2026: codes and controls are known before anyone has accounts or inhabitants."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.controls import CONTROLS, rules
from kommuneregnskap.tables import definitions
from tests.helpers.accounts import found

SPLIT, PARTS = "270", ["271", "272"]


def arts(year: int) -> list[str]:
    return tables.valid("art", year)["art"].to_list()


def test_270_became_271_and_272() -> None:
    assert set(arts(2026)) - set(arts(2025)) == set(PARTS)
    assert set(arts(2025)) - set(arts(2026)) == {SPLIT}
    named = pl.col("art").is_in([SPLIT, *PARTS])
    said = tables.read("art").filter(named).select("gruppe", "side", "nivaa")
    assert said.n_unique() == 1


@pytest.mark.parametrize(
    "name", ["funksjon", "kapittel", "sektor", "kommune", "fylke", "saerregion"]
)
def test_other_codes_go_on(name: str) -> None:
    years = [
        tables.valid(name, year)[tables.ALLOWED_TABLES[name].key[0]].to_list()
        for year in (2025, 2026)
    ]
    assert years[0] == years[1]


def test_every_definition_takes_in_the_parts_where_it_took_in_the_whole() -> None:
    def sets(year: int) -> dict[str, list[str]]:
        return {term.column: term.arter for term in definitions.terms(year)}

    before, after = sets(2025), sets(2026)
    assert before.keys() == after.keys()
    for name, codes in before.items():
        expected = [part for code in codes for part in (PARTS if code == SPLIT else [code])]
        assert after[name] == expected, name
    assert sum(SPLIT in codes for codes in before.values()) >= 5


def described(rule: rules.Rule) -> dict[str, object]:
    """Return a rule's fields, its code sets without their order."""
    return {**vars(rule), "codes": {name: set(codes) for name, codes in rule.codes.items()}}


def test_the_controls_of_2025_hold() -> None:
    """Row by row the same: code sets that named the whole name the parts as well."""
    now, then = rules.rules(2026), rules.rules(2025)
    assert {rule.kontroll for rule in now} == set(CONTROLS)
    for rule, former in zip(now, then, strict=True):
        assert described(rule) == {**described(former), "year": 2026}
    whole = [rule for rule in now if SPLIT in rule.codes["arter"]]
    assert whole
    assert all(set(PARTS) <= set(rule.codes["arter"]) for rule in whole)


@pytest.mark.parametrize("account", ["drift", "investering"])
def test_files_use_the_code_of_their_year(tmp_path: Path, account: str) -> None:
    for year, good, bad in ((2025, [SPLIT], PARTS), (2026, PARTS, [SPLIT])):
        for art in (*good, *bad):
            posts = [(account, "222", art, 5), (account, "222", "230", -5)]
            fired = found(tmp_path / f"{year}{art}", *posts, year=year)
            assert fired == (set() if art in good else {"012"}), (year, art)


def test_amounts_on_the_parts_are_counted(tmp_path: Path) -> None:
    """The result agrees with its disposition (E04) only where both arts are expenditure."""
    posts = [("drift", "222", art, 500) for art in PARTS]
    assert found(tmp_path, *posts, ("drift", "800", "870", -1000), year=2026) == set()
