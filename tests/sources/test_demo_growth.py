"""The demo panel: areas come to what the tables say, and their functions and arts grow apart."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.helpers import demo_accounts
from tests.helpers.demo_accounts import EXPENDITURE, GROSS_BY_AREA, PROJECT, SERVICE, YEARS

BASE = 2024  # whose respondents have the sums of omraader.csv
LEAST = 0.005  # percentage points of its area's growth that the least function must move
Sums = dict[str, int]


def sums(panel: Path, year: int, what: pl.Expr, by: str) -> Sums:
    numbers = demo_accounts.in_year(demo_accounts.municipalities(panel, BASE), year)
    rows = demo_accounts.of(demo_accounts.drift(panel, year), numbers).filter(what)
    return dict(rows.group_by(by).agg(pl.col("belop").sum()).iter_rows())


def growth(now: Sums, before: Sums) -> float:
    return 100 * (sum(now.values()) / sum(before.values()) - 1)


def without(amounts: Sums, code: str) -> Sums:
    return {key: amount for key, amount in amounts.items() if key != code}


@pytest.mark.parametrize("year", YEARS)
def test_areas_come_to_what_the_table_says(demo_panel: Path, year: int) -> None:
    """However its functions grow: over the respondents of the base year, to the last 1000 kr."""
    table = pl.read_csv(PROJECT / "data/demo/omraader.csv").filter(
        pl.col("enhetstype") == "kommune"
    )
    numbers = demo_accounts.in_year(demo_accounts.municipalities(demo_panel, BASE), year)
    for account in ("drift", "investering"):
        name = f"{account}_{year}"
        wanted = table.group_by("tjenesteomraade").agg(1000 * pl.col(name).sum())
        found = demo_accounts.by_area(demo_panel, year, numbers, account=account)
        expected = {area: amount for area, amount in wanted.iter_rows() if amount}
        assert {area: amount for area, amount in found.items() if amount} == expected


def test_a_definition_without_one_function_gives_another_growth(demo_panel: Path) -> None:
    """Of its area, in some year; 290 is shared with others and comes to nothing."""
    apart: dict[str, float] = {}
    for year in YEARS[1:]:
        areas = demo_accounts.functions_by_area(year - 1) | demo_accounts.functions_by_area(year)
        both = [
            sums(demo_panel, each, GROSS_BY_AREA & SERVICE, "funksjon") for each in (year, year - 1)
        ]
        for area in set(areas.values()) - {"andre_formaal"}:
            now, before = (
                {code: amount for code, amount in each.items() if areas[code] == area and amount}
                for each in both
            )
            for code in now.keys() & before.keys() if len(now) > 1 else ():
                rest = growth(without(now, code), without(before, code))
                apart[code] = max(apart.get(code, 0), abs(rest - growth(now, before)))
    assert len(apart) > 60
    assert min(apart.values()) > LEAST


def test_every_art_grows_otherwise_than_the_rest(demo_panel: Path) -> None:
    """In some year, so that a definition without it gives another growth then."""
    apart: dict[str, float] = {}
    for year in YEARS[1:]:
        now, before = (sums(demo_panel, y, EXPENDITURE, "art") for y in (year, year - 1))
        for art in now.keys() & before.keys():
            own = growth({art: now[art]}, {art: before[art]})
            rest = growth(without(now, art), without(before, art))
            apart[art] = max(apart.get(art, 0), abs(own - rest))
    assert len(apart) > 50
    assert min(apart.values()) > 1
