"""Sums against SSB's rows and percentages against what it prints, by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.sources.statbank import reconcile
from kommuneregnskap.sources.statbank.snapshot import open_snapshot
from kommuneregnskap.support.paths import bundled
from kommuneregnskap.tables.schemas.statbank import AGGREGATES, VINTAGES
from tests.conftest import edit_table
from tests.helpers.statbank_small import as_values, figure

YEAR = 2024
ROGALAND = [
    number
    for number, county in tables.valid("kommune", YEAR)
    .select("kommunenummer", "fylkesnummer")
    .iter_rows()
    if county == "11"
]


def row(region: str, regiontype: str, verdi: float | None, **changes: Any) -> dict[str, Any]:
    return figure(region, verdi, regiontype=regiontype, **changes)


def rogaland(**amounts: float | None) -> list[dict[str, Any]]:
    """Return a row per municipality of the county, 100 each unless said otherwise."""
    return [row(each, "kommune", amounts.get(f"r{each}", 100)) for each in ROGALAND]


def sums(found: pl.DataFrame) -> dict[str, Any]:
    only = found.filter(pl.col("kontroll") == "sum")
    assert len(only) == 1
    return only.row(0, named=True)


def test_the_county_has_the_municipalities_of_the_year() -> None:
    assert len(ROGALAND) == 23
    members = reconcile.members(YEAR)
    assert members.group_by("regiontype").len().sort("regiontype").rows() == [
        *(("fylke", 357), ("fylkeskommunene_uten_oslo", 14), ("land", 357)),
        ("land_uten_oslo", 356),
    ]
    assert "0301" not in members.filter(pl.col("regiontype") == "land_uten_oslo")["region"]


def test_a_sum_that_agrees() -> None:
    found = sums(reconcile.reconcile(as_values(*rogaland(), row("EKA11", "fylke", 2300)), YEAR))
    assert (found["beregnet"], found["ssb"], found["differanse"]) == (2300, 2300, 0)
    assert (found["enheter"], found["mangler"], found["forklaring"]) == (23, 0, "sum")
    assert found["grense"] == 11.5
    assert found["innenfor"]


@pytest.mark.parametrize(("ssb", "inside"), [(2311, True), (2312, False), (2289, True)])
def test_rounding_of_each_amount_is_the_limit_of_a_sum(ssb: int, inside: bool) -> None:
    found = sums(reconcile.reconcile(as_values(*rogaland(), row("EKA11", "fylke", ssb)), YEAR))
    assert found["innenfor"] is inside


def test_a_missing_municipality_is_said_and_never_counts_as_zero() -> None:
    rows = rogaland(r1103=None)[:-1]
    found = sums(reconcile.reconcile(as_values(*rows, row("EKA11", "fylke", 2300)), YEAR))
    assert (found["beregnet"], found["enheter"], found["mangler"]) == (2100, 23, 2)
    assert not found["innenfor"]


def test_nothing_to_compare_is_neither_inside_nor_outside() -> None:
    found = sums(reconcile.reconcile(as_values(*rogaland(), row("EKA11", "fylke", None)), YEAR))
    assert (found["ssb"], found["differanse"], found["innenfor"]) == (None, None, None)
    nobody = as_values(row("EKA11", "fylke", 5), row("1103", "kommune", None))
    assert sums(reconcile.reconcile(nobody, YEAR))["beregnet"] is None


def country(vintage: str, whole: float, without: float) -> pl.DataFrame:
    """Return how 1000 in each municipality agree with SSB's two rows for the country."""
    every = tables.valid("kommune", YEAR)["kommunenummer"].to_list()
    rows = [row(each, "kommune", 1000, vintage=vintage) for each in every]
    printed = [
        row("EAK", "land", whole, vintage=vintage),
        row("EAKUO", "land_uten_oslo", without, vintage=vintage),
    ]
    found = reconcile.reconcile(as_values(*rows, *printed), YEAR).sort("region")
    assert found["beregnet"].to_list() == [357_000, 356_000]
    return found


def test_the_country_is_an_estimate_whose_difference_is_shown() -> None:
    found = country("forelopig", 360_000, 400_000)
    assert found["differanse"].to_list() == [-3_000, -44_000]
    assert found["forklaring"].to_list() == ["estimat", "estimat"]
    assert found["innenfor"].to_list() == [True, False]


def test_in_revised_figures_the_country_is_the_sum_to_the_last_thousand() -> None:
    found = country("endelig", 357_000, 356_001)
    assert found["differanse"].to_list() == [0, -1]
    assert found["forklaring"].to_list() == ["sum", "sum"]
    assert found["grense"].to_list() == [0, 0]
    assert found["innenfor"].to_list() == [True, False]
    assert country("forelopig", 357_000, 356_001)["innenfor"].all()


def test_each_kind_of_row_has_a_limit_for_each_vintage_and_only_unrevised_ones_are_estimates() -> (
    None
):
    limits = tables.read("statbank_limits")
    pairs = limits.select(pl.col("aggregat", "vintage").cast(pl.String)).rows()
    assert sorted(pairs) == sorted((each, vintage) for each in AGGREGATES for vintage in VINTAGES)
    assert {vintage for _, vintage in reconcile.estimates()} == {"forelopig"}
    assert "fylke" not in {aggregate for aggregate, _ in reconcile.estimates()}


@pytest.mark.parametrize("concept", ["brutto_driftsinntekter", "netto_driftsresultat"])
def test_the_figures_that_come_along_are_within_the_limit_of_revised_ones(concept: str) -> None:
    values = open_snapshot(folder=bundled()).values
    found = reconcile.reconcile(values, YEAR).filter(
        (pl.col("regiontype") == "land") & (pl.col("begrep") == concept)
    )
    assert found.select("enheter", "mangler", "differanse", "grense", "innenfor").rows() == [
        (357, 0, 0, 0, True)
    ]


@pytest.mark.parametrize(("vintage", "inside"), [("forelopig", True), ("endelig", False)])
def test_the_counties_own_accounts_are_in_a_sum_of_their_own(vintage: str, inside: bool) -> None:
    own = tables.valid("fylke", YEAR)["fylkeskommune"].drop_nulls().to_list()
    rows = [row(each, "fylkeskommune", 10, tabell="12366") for each in own]
    odd = [row("0300", "annet", 1e6, tabell="12366"), row("EAFK", "fylkeskommunene", 1e6 + 140)]
    of_vintage = {"tabell": "12366", "vintage": vintage}
    whole = row("EAFKUO", "fylkeskommunene_uten_oslo", 141, **of_vintage)
    found = sums(reconcile.reconcile(as_values(*rows, *odd, whole, *rogaland()), YEAR))
    assert (found["region"], found["beregnet"], found["ssb"]) == ("EAFKUO", 140, 141)
    assert (found["enheter"], found["mangler"], found["innenfor"]) == (14, 0, inside)


def test_regions_that_are_no_municipalities_are_in_no_sum() -> None:
    odd = [
        row("2100", "annet", 1e6),
        row("9999", "annet", 1e6),
        row("1507", "annet", 1e6),
        row("EKG07", "kostragruppe", 1e6),
    ]
    found = sums(
        reconcile.reconcile(as_values(*rogaland(), *odd, row("EKA11", "fylke", 2300)), YEAR)
    )
    assert found["beregnet"] == 2300


def test_the_limit_is_a_table(project: Path) -> None:
    edit_table(
        project / "data/definitions/statbank_limits.csv",
        lambda t: t.with_columns(
            grense_pst=pl.when(pl.col("aggregat") == "fylke")
            .then(pl.lit("1"))
            .otherwise("grense_pst")
        ),
    )
    found = sums(reconcile.reconcile(as_values(*rogaland(), row("EKA11", "fylke", 2320)), YEAR))
    assert found["grense"] == pytest.approx(11.5 + 23.2)
    assert found["innenfor"]


def percent(
    printed: float | None, *, revenue: float | None, result: float | None
) -> dict[str, Any]:
    found = reconcile.reconcile(
        as_values(
            row("1103", "kommune", revenue),
            row("1103", "kommune", result, begrep="netto_driftsresultat"),
            row(
                *("1103", "kommune", printed),
                tabell="12134",
                begrep="netto_driftsresultat_pst",
                enhet="prosent",
            ),
        ),
        YEAR,
    )
    assert len(found) == 1
    return found.row(0, named=True)


@pytest.mark.parametrize(
    ("printed", "result", "inside"),
    [
        (-0.9, -9_958, False),  # -0.484 percent
        (-0.5, -9_958, True),
        (-0.4, -9_958, False),
        (0.2, 5_144, True),  # 0.25 percent, which rounding may take either way
        (0.3, 5_144, True),
    ],
)
def test_a_percentage_is_recomputed_and_tried_within_its_printed_precision(
    printed: float, result: float, inside: bool
) -> None:
    found = percent(printed, revenue=2_057_643, result=result)
    assert found["beregnet"] == pytest.approx(100 * result / 2_057_643)
    assert found["forklaring"] == "avrunding"
    assert found["innenfor"] is inside


def test_a_percentage_without_its_amounts_is_not_judged() -> None:
    found = percent(1.0, revenue=1000, result=None)
    assert (found["beregnet"], found["innenfor"], found["mangler"]) == (None, None, 1)
