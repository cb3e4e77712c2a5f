"""Control E06 at its limits: the z-score, the share of revenue, the size of the group, every form.

The z-scores are worked out here from the standard library's medians and means. All units have the
same revenue, so changes in thousand kroner compare as changes in percent of it do.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi, sqrt
from pathlib import Path
from statistics import NormalDist, mean, median

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.survey.accounts import control_years
from tests.helpers.accounts import Post, deliver, lines, sound

YEAR = 2022
BEFORE = 400_000
SCHOOL = "brutto_driftsutgifter_tjeneste på grunnskole"


def municipalities(number: int) -> list[str]:
    """Return municipalities of one size group, with six digits."""
    people = tables.read("folkemengde").filter(
        (pl.col("dato") == f"{YEAR + 1}-01-01") & pl.col("folkemengde").is_between(10_000, 19_999)
    )
    return [region + "00" for region in people["kommunenummer"].sort().to_list()[:number]]


def accounts(form: str, cost: int, revenue: int) -> list[Post]:
    """Return accounts that spend `cost` beside the sound 950 on one service, and get `revenue` in all."""
    service, other = ("520", "430") if form in ("0C", "0P") else ("202", "120")
    more = revenue - 1000  # the sound accounts have 1000
    return [
        *sound(form),
        ("drift", service, "010", cost),
        ("drift", other, "010", more - cost),
        ("drift", "800", "870", -more),
    ]


def jumps(
    folder: Path,
    costs: Sequence[int],
    *,
    before: int = BEFORE,
    revenue: int = 600_000,
    regions: Sequence[str] | None = None,
    forms: Sequence[str] = ("0A",),
    year: int = YEAR,
) -> pl.DataFrame:
    """Return what E06 finds in the first of some units that spend `before`, and then `costs`."""
    units = regions or municipalities(len(costs))
    for at, spent in ((year - 1, [before] * len(costs)), (year, costs)):
        text = [
            line
            for region, cost in zip(units, spent, strict=True)
            for form in forms
            for line in lines(accounts(form, cost, revenue), form=form, year=at, region=region)
        ]
        deliver(folder, text, year=at)
    found = control_years(folder, [year - 1, year], "", "leverte")[year].kontroll
    return found.filter((pl.col("kontroll") == "E06") & (pl.col("region") == units[0]))


def others(number: int, before: int = BEFORE) -> list[int]:
    """Return what the others spend: a tenth more than before, and a little more for each."""
    return [round(before * (1.10 + 0.002 * place)) for place in range(1, number)]


def z_score(costs: Sequence[int]) -> float:
    """Return the modified z-score of the first unit's change (Iglewicz and Hoaglin 1993)."""
    off = [cost - median(costs) for cost in costs]
    spread = median(abs(value) for value in off)
    if spread:
        return NormalDist().inv_cdf(0.75) * off[0] / spread
    return off[0] / (sqrt(pi / 2) * mean(abs(value) for value in off))


@pytest.mark.parametrize("direction", [1, -1])
def test_the_limit_is_three_and_a_half(tmp_path: Path, direction: int) -> None:
    """One thousand kroner more or less carries the odd unit over the limit, upwards and downwards."""
    rest = others(8)
    start = rest[3]
    steps = (
        step for step in range(1, 200_000) if abs(z_score([start + direction * step, *rest])) > 3.5
    )
    over = start + direction * next(steps)
    under = over - direction
    assert 3.499 < abs(z_score([under, *rest])) <= 3.5 < abs(z_score([over, *rest])) < 3.501
    assert SCHOOL in jumps(tmp_path / "over", [over, *rest])["felt"].to_list()
    assert SCHOOL not in jumps(tmp_path / "under", [under, *rest])["felt"].to_list()


@pytest.mark.parametrize(("revenue", "named"), [(500_000, True), (500_050, False)])
def test_two_percent_of_revenue_is_worth_a_look(
    tmp_path: Path, revenue: int, *, named: bool
) -> None:
    """Spending goes from 10 000 to 20 000: exactly 2 percent of 500 000, a little less of 500 050."""
    rows = jumps(tmp_path, [20_000, *others(8, 10_000)], before=10_000, revenue=revenue)
    assert (SCHOOL in rows["felt"].to_list()) is named


@pytest.mark.parametrize(("units", "named"), [(8, True), (7, False)])
def test_eight_units_are_a_group_and_seven_are_not(
    tmp_path: Path, units: int, *, named: bool
) -> None:
    rows = jumps(tmp_path, [800_000, *others(units)], revenue=1_000_000)
    assert (SCHOOL in rows["felt"].to_list()) is named


@pytest.mark.parametrize(("odd", "alike", "named"), [(2, 7, True), (2, 6, False), (1, 7, True)])
def test_where_most_grow_alike_the_mean_deviation_is_the_measure(
    tmp_path: Path, odd: int, alike: int, *, named: bool
) -> None:
    costs = [*[500_000] * odd, *[440_000] * alike]
    assert (z_score(costs) > 3.5) is named
    assert (SCHOOL in jumps(tmp_path, costs)["felt"].to_list()) is named


def test_where_all_grow_alike_nothing_is_said(tmp_path: Path) -> None:
    assert jumps(tmp_path, [500_000] * 8).is_empty()


def test_both_forms_of_municipalities(tmp_path: Path) -> None:
    costs = [800_000, *others(8)]
    rows = jumps(tmp_path, costs, revenue=1_000_000, forms=("0A", "0M"))
    assert set(rows["skjema"]) == {"0A", "0M"}
    assert rows.select("alvorlighet", "kan_regnes").unique().rows() == [("info", True)]


@pytest.mark.parametrize("year", [2021, 2026])
def test_both_forms_of_counties_in_the_first_and_the_last_year(tmp_path: Path, year: int) -> None:
    counties = tables.valid("fylke", year)["fylkeskommune"].drop_nulls().sort()
    regions = [county + "00" for county in counties]
    costs = [800_000, *others(len(regions))]
    rows = jumps(tmp_path, costs, revenue=1_000_000, forms=("0C", "0P"), regions=regions, year=year)
    assert set(rows["skjema"]) == {"0C", "0P"}
    assert rows.select("alvorlighet", "kan_regnes").unique().rows() == [("info", True)]
