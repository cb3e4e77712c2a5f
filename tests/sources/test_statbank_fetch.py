"""Fetching: from a server over HTTP to a snapshot of values, missing ones and vintages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from kommuneregnskap.sources.statbank import fetch, reconcile, snapshot, values
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.support.files import alone
from tests.helpers.pxweb_server import Fault, PxWebServer, running
from tests.helpers.statbank_small import cell, get, hidden, small, total
from tests.helpers.statbank_tables import IDS

pytestmark = pytest.mark.slow  # all of them together


def test_a_fetch_makes_a_snapshot_with_answers_values_and_receipt(
    server: PxWebServer, project: Path
) -> None:
    done = get(server)
    assert done.snapshot.folder == paths.snapshots() / "2026-11-24"
    assert snapshot.ids() == ["2026-11-24"]
    assert hidden(paths.snapshots()) == []
    assert done.requests == len(server.seen)
    assert done.tables == len(server.tables) == 15
    receipt = json.loads((done.snapshot.folder / "kvittering.json").read_text("utf-8"))
    assert receipt["hentet"] == "2026-11-24"
    assert receipt["lisens"] == "CC BY 4.0"
    assert receipt["kilde"] == server.url
    assert [each["oppdatert"] for each in receipt["tabeller"]] == ["2026-06-15T06:00:00Z"] * 15
    assert all(each["spoerring"][IDS["år"]] == ["2023", "2024"] for each in receipt["tabeller"])
    kept = {path.name for path in (done.snapshot.folder / "raw").iterdir()}
    assert kept == {Path(each["fil"]).name for each in receipt["filer"]} - {"verdier.parquet"}
    assert len(kept) == 30
    absent = receipt["tabeller"][0]["kommuner_mangler"]
    assert {year: len(numbers) for year, numbers in absent.items()} == {"2023": 351, "2024": 352}
    opened = snapshot.open_snapshot()
    assert opened.values.equals(done.snapshot.values)
    assert opened.synthetic
    assert not opened.official
    assert total(opened, "brutto_driftsinntekter", "1103", 2024)["verdi"] == 1000


def test_answers_are_kept_byte_for_byte_as_they_came(server: PxWebServer, root: Path) -> None:
    done = get(server, folder=root)
    sizes = {each.bytes for each in server.seen if "/data" in each.path or "/metadata" in each.path}
    assert {each.stat().st_size for each in (done.snapshot.folder / "raw").iterdir()} == sizes
    raw = next((done.snapshot.folder / "raw").glob("12137-data-*.json"))
    answer = json.loads(raw.read_bytes())
    assert answer["class"] == "dataset"
    assert answer["status"]


def test_the_same_answers_give_the_same_bytes(server: PxWebServer, tmp_path: Path) -> None:
    first = get(server, folder=tmp_path / "a").snapshot.folder
    second = get(server, folder=tmp_path / "b").snapshot.folder
    names = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(second) for path in second.rglob("*") if path.is_file())
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)


def test_regions_of_no_kind_in_the_year_are_never_asked_for_or_never_municipalities(
    server: PxWebServer, root: Path
) -> None:
    table = server.tables["12137"]
    table.cells[cell(table, "1507", 2024, code="AGD13")] = 5_000_000  # split up before 2024
    done = get(server, folder=root)
    receipt = done.snapshot.receipt["tabeller"][0]["spoerring"][IDS["region"]]
    assert "2100" not in receipt
    assert "9999" not in receipt
    kinds = done.snapshot.values.select("aar", "region", "regiontype").unique()
    assert kinds.filter(pl.col("regiontype") == "annet").rows() == [(2024, "1507", "annet")]
    assert set(kinds.filter(pl.col("regiontype") == "kommune")["region"]) == {
        *("0301", "1103", "1121", "1144", "1507", "1508")
    }
    assert set(kinds.filter(pl.col("region") == "EKA30")["aar"]) == {2023}
    sums = reconcile.reconcile(done.snapshot.values, 2024).filter(
        (pl.col("begrep") == "brutto_driftsinntekter") & (pl.col("regiontype") == "land")
    )
    assert sums["beregnet"].to_list() == [5 * 1000]  # 0301, 1103, 1121, 1144 and 1508


def test_a_query_over_the_cell_limit_is_split_with_an_identical_result(
    server: PxWebServer, tmp_path: Path
) -> None:
    whole = get(server, folder=tmp_path / "a")
    asked = len(server.seen)
    server.max_cells = 100
    split = get(server, folder=tmp_path / "b")
    assert len(server.seen) - asked > 2 * asked
    assert not [each for each in server.seen if each.status != 200]
    assert split.snapshot.values.equals(whole.snapshot.values)


def test_fetched_again_on_the_same_day_a_snapshot_is_never_overwritten(
    server: PxWebServer, root: Path
) -> None:
    first = get(server, folder=root).snapshot
    before = {path: path.read_bytes() for path in first.folder.rglob("*") if path.is_file()}
    table = server.tables["12137"]
    table.cells[cell(table, "1103", 2024, code="AGD13")] = 7777
    second, third = get(server, folder=root).snapshot, get(server, folder=root).snapshot
    assert [first.name, second.name, third.name] == ["2026-11-24", "2026-11-24-2", "2026-11-24-3"]
    assert {path: path.read_bytes() for path in before} == before
    assert snapshot.open_snapshot("", root).name == "2026-11-24-3"
    old = snapshot.open_snapshot("2026-11-24", root)
    assert total(old, "brutto_driftsinntekter", "1103", 2024)["verdi"] == 1000
    assert total(second, "brutto_driftsinntekter", "1103", 2024)["verdi"] == 7777


def test_only_one_fetch_at_a_time(server: PxWebServer, root: Path) -> None:
    with (
        alone(root, fetch.LOCK, "busy"),
        pytest.raises(UsageError, match=r"another fetch into .* is under way"),
    ):
        get(server, folder=root)


@pytest.mark.parametrize("years", [[2019], [2030], []])
def test_a_year_that_cannot_be_asked_for_is_answered_with_those_that_can(
    server: PxWebServer, root: Path, years: list[int]
) -> None:
    with pytest.raises(UsageError, match="StatBank can be asked for 2020 to 2025"):
        get(server, years, root)
    assert server.seen == []


@pytest.mark.parametrize("symbol", [".", "..", "...", ":"])
def test_a_symbol_is_a_missing_value_and_never_zero(
    server: PxWebServer, root: Path, symbol: str
) -> None:
    table = server.tables["12137"]
    table.cells[cell(table, "1103", 2024, code="AGD13")] = symbol
    done = get(server, folder=root)
    row = total(done.snapshot, "brutto_driftsinntekter", "1103", 2024)
    assert (row["verdi"], row["merke"]) == (None, symbol)
    assert total(done.snapshot, "brutto_driftsinntekter", "1103", 2023)["merke"] is None
    check = reconcile.reconcile(done.snapshot.values, 2024).filter(
        (pl.col("begrep") == "brutto_driftsinntekter") & (pl.col("region") == "EKA11")
    )
    # 23 municipalities in the county, of which the small StatBank has three and one is missing now.
    assert check.select("enheter", "mangler", "beregnet").rows() == [(23, 21, 2000.0)]


def test_a_symbol_beside_a_number_is_still_missing_and_a_dash_is_the_number(
    server: PxWebServer, root: Path
) -> None:
    def mark(answer: dict[str, Any]) -> dict[str, Any]:
        numbers = [place for place, each in enumerate(answer["value"]) if each is not None]
        return answer | {
            "status": {str(numbers[0]): ":", str(numbers[1]): "-"},
            "value": values_of(answer, numbers),
        }

    def values_of(answer: dict[str, Any], numbers: list[int]) -> list[Any]:
        found = list(answer["value"])
        found[numbers[0]] = found[numbers[1]] = 0
        return found

    server.faults = [Fault("12137/data", "changed", change=mark)]
    done = get(server, folder=root)
    table = done.snapshot.values.filter((pl.col("tabell") == "12137") & (pl.col("region") == "EAK"))
    assert table.filter(pl.col("merke") == ":")["verdi"].to_list() == [None]
    assert table.filter(pl.col("verdi") == 0)["merke"].to_list() == [None]


def test_a_missing_value_without_a_symbol_is_missing_and_says_so(
    server: PxWebServer, root: Path
) -> None:
    server.faults = [
        Fault("12137/data", "changed", change=lambda answer: answer | {"status": None})
    ]
    done = get(server, folder=root)
    marks = done.snapshot.values.filter((pl.col("tabell") == "12137") & pl.col("verdi").is_null())[
        "merke"
    ]
    assert set(marks) == {values.NO_SYMBOL}


def test_a_concept_is_missing_where_a_term_of_it_is(server: PxWebServer, root: Path) -> None:
    table = server.tables["12364"]
    table.cells[cell(table, "1103", 2024, code="56")] = 900
    table.cells[cell(table, "1103", 2024, code="5900")] = 200
    table.cells[cell(table, "1144", 2024, code="5900")] = ".."
    found = get(server, folder=root).snapshot
    assert total(found, "fri_egenkapital_drift", "1103", 2024)["verdi"] == 700
    assert total(found, "fri_egenkapital_drift", "1144", 2024)["verdi"] is None
    assert total(found, "fri_egenkapital_drift", "1144", 2024)["merke"] == ".."


@pytest.mark.parametrize(
    ("updated", "vintage"),
    [
        ("2025-03-14T23:59:59Z", "endelig"),
        ("2025-03-15T00:00:00Z", "forelopig"),
        ("2025-06-14T23:59:59Z", "forelopig"),
        ("2025-06-15T06:00:00Z", "endelig"),
        ("2026-03-16T07:00:00Z", "endelig"),
    ],
)
def test_the_vintage_of_2024_follows_from_the_time_of_the_update(
    updated: str, vintage: str
) -> None:
    assert values.vintage_of(updated, 2024) == vintage


def test_a_snapshot_of_spring_has_the_last_year_preliminary_and_the_year_before_final(
    root: Path,
) -> None:
    with running() as server:
        small(server, updated="2025-03-17T07:00:00Z")
        server.tables["13202"].updated = "2025-06-15T06:00:00Z"
        found = get(server, folder=root)
    assert found.vintages == {2023: "endelig", 2024: "forelopig"}
    assert found.snapshot.vintage(2024) == "forelopig"
    own = found.snapshot.values.filter(pl.col("aar") == 2024)
    assert set(own.filter(pl.col("tabell") == "13202")["vintage"]) == {"endelig"}
    assert set(own.filter(pl.col("tabell") == "12137")["vintage"]) == {"forelopig"}
    with pytest.raises(UsageError, match="the snapshot 2026-11-24 has: 2023, 2024"):
        found.snapshot.vintage(2022)
