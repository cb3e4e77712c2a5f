"""The unit in which every code counts: what the tables make of it, against definitions written a second time."""

from __future__ import annotations

import polars as pl
import pytest

from kommuneregnskap.mutants import every_code
from tests.helpers import second_definitions as second


@pytest.fixture(scope="module")
def unit() -> every_code.Posted:
    """The unit posts on every code of the second list, so that one that is gone from the tables is missed."""
    return every_code.posted({kind: second.codes(kind) for kind in every_code.CODES})


@pytest.mark.parametrize("year", every_code.YEARS)
def test_every_number_of_the_unit_is_the_one_worked_out_in_plain_python(
    unit: every_code.Posted, year: int
) -> None:
    expected = second.of_tables(year)
    for (scope,), rows in unit.poster.group_by("regnskapsomfang"):
        accounts = {
            name: {(int(row[1]), int(row[2])): row[3] for row in own.iter_rows()}
            for (name,), own in rows.select("regnskap", "funksjon", "art", "belop").group_by(
                "regnskap"
            )
        }
        balance: dict[str, int] = {}
        held = unit.balanse.filter(pl.col("regnskapsomfang") == scope)
        for chapter, amount in held.select("kapittel", "belop").iter_rows():
            balance[chapter] = balance.get(chapter, 0) + amount
        expected |= second.of_scope(
            year, str(scope), accounts["drift"], accounts["investering"], balance
        )
    found = every_code.values(unit, year)
    differing = {
        name: (found.get(name), expected.get(name))
        for name in sorted({*found, *expected})
        if found.get(name) != expected.get(name)
    }
    assert differing == {}


def test_every_code_moves_something(unit: every_code.Posted) -> None:
    """No row and no column of the unit adds up to nothing: a code that is added or left out is seen."""
    for rows, names in ((unit.poster, ("funksjon", "art")), (unit.balanse, ("kapittel",))):
        assert rows["belop"].ne(0).all()
        for name in names:
            keys = [each for each in ("regnskap", name) if each in rows.columns]
            assert rows.group_by(keys).agg(pl.col("belop").sum())["belop"].ne(0).all()
