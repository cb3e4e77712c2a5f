"""Fetching: from a server over HTTP to a snapshot, with everything that goes wrong on the way."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from kommuneregnskap import paths
from kommuneregnskap.errors import DataError, ServerError, UsageError
from kommuneregnskap.statbank import fetch as fetch_module
from kommuneregnskap.statbank import reconcile, snapshot, values
from tests.pxweb_server import Dim, Fault, PxWebServer, Table, running
from tests.statbank_small import DAY, HURRIED, IDS, QUICK, cell, get, small


@pytest.fixture
def server() -> Iterator[PxWebServer]:
    with running() as started:
        yield small(started)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "øyeblikk"


def hidden(root: Path) -> list[Path]:
    return [path for path in root.iterdir() if path.name.startswith(".utkast")]


def total(found: snapshot.Snapshot, begrep: str, region: str, year: int, scope: str = "konsern"):
    rows = found.values.filter(
        (pl.col("begrep") == begrep)
        & (pl.col("region") == region)
        & (pl.col("aar") == year)
        & (pl.col("regnskapsomfang") == scope)
        & pl.col("tjenesteomraade").is_null()
    )
    assert len(rows) == 1
    return rows.row(0, named=True)


# --- what a fetch makes -----------------------------------------------------------------------


def test_a_fetch_makes_a_snapshot_with_answers_values_and_receipt(
    server: PxWebServer, project: Path
) -> None:
    done = get(server)
    assert done.snapshot.folder == paths.snapshots() / "2026-11-24"
    assert snapshot.ids() == ["2026-11-24"]
    assert hidden(paths.snapshots()) == []
    assert done.requests == len(server.seen)
    assert done.tables == len(server.tables) == 10
    receipt = json.loads((done.snapshot.folder / "kvittering.json").read_text("utf-8"))
    assert receipt["hentet"] == "2026-11-24"
    assert receipt["lisens"] == "CC BY 4.0"
    assert receipt["kilde"] == server.url
    assert [each["oppdatert"] for each in receipt["tabeller"]] == ["2026-06-15T06:00:00Z"] * 10
    assert all(each["spoerring"][IDS["år"]] == ["2023", "2024"] for each in receipt["tabeller"])
    kept = {path.name for path in (done.snapshot.folder / "raw").iterdir()}
    assert kept == {Path(each["fil"]).name for each in receipt["filer"]} - {"verdier.parquet"}
    assert len(kept) == 20
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
        *("0301", "1103", "1144", "1507", "1508")
    }
    assert set(kinds.filter(pl.col("region") == "EKA30")["aar"]) == {2023}
    sums = reconcile.reconcile(done.snapshot.values, 2024).filter(
        (pl.col("begrep") == "brutto_driftsinntekter") & (pl.col("regiontype") == "land")
    )
    assert sums["beregnet"].to_list() == [4 * 1000]  # 0301, 1103, 1144 and 1508


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
        fetch_module._alone(root),
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


# --- missing values and vintages ----------------------------------------------------------------


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
    # 23 municipalities in the county, of which the small StatBank has two and one is missing now.
    assert check.select("enheter", "mangler", "beregnet").rows() == [(23, 22, 1000.0)]


def changed(part: str, **values_: Any) -> Fault:
    return Fault(part, "changed", change=lambda answer: answer | values_)


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


# --- tables that changed --------------------------------------------------------------------------


def rename_label(table: Table) -> None:
    table.dims[1].codes["AGD13"] = "Driftsinntekter før overføringer"


def rename_dimension(table: Table) -> None:
    table.dims[1] = replace(table.dims[1], label="begrep i regnskapet")


def drop_code(table: Table) -> None:
    del table.dims[1].codes["AGD13"]


def rename_title(table: Table) -> None:
    table.label = "12137: Barnehager, etter region (K)"


def drop_year(table: Table) -> None:
    del table.dims[-1].codes["2024"]


def add_dimension(table: Table) -> None:
    table.dims.insert(1, Dim("KOKny0000", "eierform", {"0": "Alle", "1": "Egne"}))


def two_contents(table: Table) -> None:
    table.dims[2].codes["KOSbelop0001"] = "Beløp (1000 kr), faste priser"


@pytest.mark.parametrize(
    ("change", "expected", "there"),
    [
        (
            rename_label,
            "expected «Brutto driftsinntekter i alt» with the code AGD13 in «regnskapsbegrep»",
            "there: AGD13 «Driftsinntekter før overføringer»",
        ),
        (rename_dimension, "expected one dimension «regnskapsbegrep»", "«begrep i regnskapet»"),
        (drop_code, "«Brutto driftsinntekter i alt» with the code AGD13", "AGD9 «Brutto drifts"),
        (rename_title, "expected a title with «Finansielle nøkkeltall»", "there: «12137: Barneh"),
        (drop_year, "expected the year 2024", "there: 2023 to 2023"),
        (add_dimension, "dimensions that the catalogue knows", "«eierform» (KOKny0000)"),
        (two_contents, "expected «Beløp (1000 kr)» once", ""),
    ],
)
def test_a_changed_table_stops_with_what_was_expected_and_what_is_there(
    server: PxWebServer,
    root: Path,
    change: Callable[[Table], None],
    expected: str,
    there: str,
) -> None:
    change(server.tables["12137"])
    server.add(Table("14999", "14999: Finansielle nøkkeltall, ny utgave (K)", "2026-06-15", []))
    if change is two_contents:
        # A label that is the words themselves goes before one that only contains them.
        assert get(server, folder=root).left_out == []
        return
    with pytest.raises(DataError) as error:
        get(server, folder=root)
    text = str(error.value)
    assert "statbank.csv:2: StatBank's table 12137: expected" in text
    assert expected in text
    assert there in text
    assert "14999 «14999: Finansielle nøkkeltall, ny utgave (K)»" in text
    assert "\n" not in text
    assert snapshot.ids(root) == []


def test_a_replaced_table_stops_with_the_candidate_that_took_over(
    server: PxWebServer, root: Path
) -> None:
    gone = server.tables.pop("12362")
    server.add(replace(gone, id="14998", label="14998: Utgifter til tjenesteområdene, nytt (K)"))
    with pytest.raises(DataError) as error:
        get(server, folder=root)
    assert "table 12362: expected the table; there: no table of this number" in str(error.value)
    assert "Candidate tables: 14998 «14998: Utgifter til tjenesteområdene, nytt (K)»" in str(
        error.value
    )


def test_the_successor_that_the_catalogue_names_is_the_first_candidate(
    server: PxWebServer, project: Path
) -> None:
    path = project / "data/definitions/statbank.csv"
    table = pl.read_csv(path, infer_schema=False)
    table.with_columns(
        etterfoelger=pl.when(pl.col("tabell") == "12362").then(pl.lit("14997"))
    ).write_csv(path)
    del server.tables["12362"]
    with pytest.raises(DataError, match="Candidate tables: 14997 «in the catalogue»"):
        get(server)


def test_a_service_area_that_the_table_must_have_stops_and_a_changed_label_too(
    server: PxWebServer, root: Path
) -> None:
    function = server.tables["12362"].dims[1]
    function.codes["FGK14"] = "Kino og teater"
    with pytest.raises(DataError, match=r"statbank_areas.csv:\d+: .*FGK14 «Kino og teater»"):
        get(server, folder=root)
    del function.codes["FGK14"]
    with pytest.raises(DataError, match=r"expected «VAR \| Vann» with the code FGK14"):
        get(server, folder=root)


def test_what_need_not_be_there_is_left_out_and_said(server: PxWebServer, root: Path) -> None:
    del server.tables["13542"]
    del server.tables["12362"].dims[1].codes["FGK12a"]
    server.tables["12364"].dims[1].codes["5900"] = "Noe annet"
    done = get(server, folder=root)
    said = {(each["tabell"], each["begrep"], each["omraade"]) for each in done.left_out}
    assert ("13542", "netto_driftsresultat_pst", "") in said
    assert ("12362", "brutto_investeringsutgifter", "sosial_fgk12a") in said
    assert ("12364", "merforbruk", "") in said
    assert ("12364", "fri_egenkapital_drift", "") in said  # 56 alone is not the concept
    assert done.snapshot.receipt["utelatt"] == done.left_out
    found = done.snapshot.values
    assert found.filter(pl.col("begrep") == "fri_egenkapital_drift").is_empty()
    assert found.filter(pl.col("tjenesteomraade") == "sosial_fgk12a")[
        "tabell"
    ].unique().to_list() == ["12367"]


# --- a server that misbehaves -------------------------------------------------------------------

PASSING = [
    Fault("12362/data", "status", status=429, headers={"Retry-After": "0"}),
    Fault("12362/data", "status", times=2, status=503),
    Fault("12362/data", "status", status=503, headers={"Retry-After": "1"}),
    Fault("12362/data", "broken", times=2),
    Fault("12362/data", "text", text="<html>vedlikehold</html>"),
    Fault("12362/data", "text", text='{"class": "dataset", "id": ["a"], "size": [3]}'),
    Fault("12362/metadata", "status", status=503),
    Fault("12362/metadata", "broken"),
    Fault("/config", "status", status=503),
]


@pytest.mark.parametrize(
    "fault", PASSING, ids=lambda each: f"{each.part}-{each.kind}-{each.status}"
)
def test_what_passes_is_waited_for(server: PxWebServer, tmp_path: Path, fault: Fault) -> None:
    undisturbed = get(server, folder=tmp_path / "a").snapshot.values
    server.faults = [replace(fault)]
    start = time.monotonic()
    done = get(server, folder=tmp_path / "b")
    assert time.monotonic() - start >= float(fault.headers.get("Retry-After", "0"))
    assert done.snapshot.values.equals(undisturbed)
    assert all(each.times == 0 for each in server.faults)


LASTING = [
    (Fault("12362/data", "status", -1, status=429, headers={"Retry-After": "0"}), "429"),
    (Fault("12362/data", "status", -1, status=503), r"503 \(.*\) 3 times"),
    (Fault("12362/data", "broken", -1), "is not whole .the connection broke off, 3 attempts"),
    (Fault("12362/data", "text", -1, text="<html>"), "the answer is not JSON"),
    (Fault("12362/data", "text", -1, text="[]"), "not a json-stat2 dataset"),
    (Fault("12362/metadata", "text", -1, text="<html>"), "the answer is not JSON"),
    (Fault("12362/metadata", "text", -1, text="{}"), "description of table 12362 cannot be read"),
    (
        Fault("12362/data", "status", -1, status=400),
        "Error 400: Bad Request, .*Title: Out of order",
    ),
    (Fault("12362/data", "status", -1, status=500), "Error 500"),
    (
        Fault("12362/data", "status", -1, status=429, headers={"Retry-After": "3600"}),
        "asks for a pause of 3600 seconds",
    ),
    (changed("12362/data", size=[1, 2]), "is not whole|not fit|Malformed|cells"),
]


@pytest.mark.parametrize(("fault", "message"), LASTING, ids=lambda each: str(each)[:60])
def test_what_does_not_pass_stops_with_one_line_and_no_snapshot(
    server: PxWebServer, root: Path, fault: Fault, message: str
) -> None:
    server.faults = [replace(fault, times=-1)]
    with pytest.raises(ServerError, match=message) as error:
        get(server, folder=root)
    assert "\n" not in str(error.value)
    assert snapshot.ids(root) == []
    assert list((hidden(root)[0] / "raw").glob("12137-data-*.json"))


@pytest.mark.parametrize("part", ["/config", "/tables", "12137/metadata", "12362/data"])
def test_a_server_that_does_not_answer_stops_the_fetch_in_time(
    server: PxWebServer, root: Path, part: str
) -> None:
    server.faults = [Fault(part, "slow", -1, seconds=4)]
    start = time.monotonic()
    with pytest.raises(ServerError, match=r"did not answer within 0\.[48] seconds"):
        get(server, folder=root, manners=HURRIED)
    assert time.monotonic() - start < 4
    assert snapshot.ids(root) == []


def test_nobody_there_and_something_else_there(root: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/api/v2"
    with pytest.raises(ServerError, match="StatBank cannot be reached"):
        fetch_module.fetch([2024], retrieved=DAY, url=address, folder=root, manners=QUICK)
    with (
        running() as server,
        pytest.raises(ServerError, match=r"config is not that of a PxWebApi 2 \(status 404"),
    ):
        fetch_module.fetch(
            [2024], retrieved=DAY, url=server.url + "/galt", folder=root, manners=QUICK
        )
    with pytest.raises(ServerError, match="give the address of a PxWebApi 2"):
        fetch_module.fetch([2024], retrieved=DAY, url="tull", folder=root, manners=QUICK)


def test_the_rate_limit_of_the_server_is_kept(root: Path) -> None:
    with running() as server:
        small(server)
        server.max_calls, server.window = 12, 1
        server.enforced = (14, 1.0)  # what pxwebpy keeps, and the two calls before it knows
        start = time.monotonic()
        done = get(server, folder=root)
        assert time.monotonic() - start > 0.9
    assert done.tables == 10
    refused = [each for each in server.seen if each.status == 429]
    assert len(refused) <= 1


# --- going on after an interruption ---------------------------------------------------------------


def test_an_interrupted_fetch_goes_on_from_what_was_received(
    server: PxWebServer, tmp_path: Path
) -> None:
    undisturbed = get(server, folder=tmp_path / "a").snapshot.folder
    root = tmp_path / "b"
    server.faults = [Fault("12134/data", "status", -1, status=503)]
    with pytest.raises(ServerError):
        get(server, folder=root)
    assert snapshot.ids(root) == []
    server.faults, server.seen = [], []
    done = get(server, folder=root)
    assert done.resumed == 6
    assert server.count("/data") == 4
    for path in undisturbed.rglob("*"):
        if path.is_file():
            again = done.snapshot.folder / path.relative_to(undisturbed)
            assert again.read_bytes() == path.read_bytes(), path.name


def test_a_split_query_goes_on_in_the_middle_of_a_table(server: PxWebServer, root: Path) -> None:
    server.max_cells = 400
    server.faults = [Fault("12362/data", "status", -1, after=2, status=503)]
    with pytest.raises(ServerError):
        get(server, folder=root)
    server.faults, server.seen = [], []
    assert get(server, folder=root).resumed >= 7
    assert server.count("12137/data") == 0
    assert server.count("12362/data") > 0


def test_what_was_received_before_a_new_publication_is_not_used(
    server: PxWebServer, root: Path
) -> None:
    server.faults = [Fault("12134/data", "status", -1, status=503)]
    with pytest.raises(ServerError):
        get(server, folder=root)
    server.faults, server.seen = [], []
    table = server.tables["12137"]
    table.updated = "2026-07-01T06:00:00Z"
    table.cells[cell(table, "1103", 2024, code="AGD13")] = 4242
    done = get(server, folder=root)
    assert server.count("12137/data") == 1
    assert total(done.snapshot, "brutto_driftsinntekter", "1103", 2024)["verdi"] == 4242
    assert len(list((done.snapshot.folder / "raw").glob("12137-data-*"))) == 1


def test_a_broken_file_of_an_earlier_attempt_is_asked_for_again(
    server: PxWebServer, root: Path
) -> None:
    server.faults = [Fault("12134/data", "status", -1, status=503)]
    with pytest.raises(ServerError):
        get(server, folder=root)
    kept = next((hidden(root)[0] / "raw").glob("12137-data-*.json"))
    kept.write_bytes(kept.read_bytes()[:100])
    (kept.parent / "fremmed.txt").write_text("x")
    server.faults, server.seen = [], []
    done = get(server, folder=root)
    assert server.count("12137/data") == 1
    assert not (done.snapshot.folder / "raw" / "fremmed.txt").exists()


def test_a_table_published_anew_while_it_is_fetched_is_not_mixed(
    server: PxWebServer, root: Path
) -> None:
    server.faults = [changed("12362/data", updated="2026-07-01T06:00:00Z")]
    with pytest.raises(ServerError, match="table 12362 was published anew while it was fetched"):
        get(server, folder=root)
    assert snapshot.ids(root) == []


def test_an_update_that_is_no_date_stops(server: PxWebServer, root: Path) -> None:
    server.tables["12137"].updated = "i går"
    with pytest.raises(ServerError, match="updated 'i går', which is no date"):
        get(server, folder=root)


def test_requests_go_through_the_adapter_and_none_beside_it(
    server: PxWebServer, root: Path
) -> None:
    """The private attribute of pxwebpy that the adapter is mounted on is still the right one."""
    done = get(server, folder=root)
    assert done.requests == len(server.seen)
    opening = [
        each
        for each in server.seen
        if each.path.endswith(("/config", "/tables?lang=no", "lang=no"))
    ]
    assert done.bytes == sum(each.bytes for each in server.seen) - sum(
        each.bytes for each in opening[1:3]
    )
