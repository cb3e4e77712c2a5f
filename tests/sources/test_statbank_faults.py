"""A server that misbehaves: what passes is waited for, what does not stops in one line, and a fetch goes on."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest

from kommuneregnskap.sources.statbank import fetch, snapshot
from kommuneregnskap.support.errors import ServerError, UsageError
from tests.helpers.examples import by_day
from tests.helpers.pxweb_server import Fault, PxWebServer, running
from tests.helpers.statbank_small import (
    DAY,
    HURRIED,
    QUICK,
    cell,
    changed,
    get,
    hidden,
    total,
)

pytestmark = pytest.mark.slow  # all of them together

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
    "fault",
    by_day(PASSING, 2, lambda each: each.kind),
    ids=lambda each: f"{each.part}-{each.kind}-{each.status}",
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
    (Fault("12362/data", "status", -1, status=429, headers={"Retry-After": "0"}), "answered 429"),
    (
        Fault("12362/data", "status", -1, status=503),
        r"answered 503 .* to /tables/12362/data \(3 attempts\); what was received is kept",
    ),
    (Fault("12362/data", "broken", -1), r"broke off its answer to .* \(3 attempts\)"),
    (Fault("12362/data", "text", -1, text="<html>"), "is not whole: it is not JSON"),
    (Fault("12362/data", "text", -1, text="[]"), "not a json-stat2 dataset"),
    (Fault("12362/metadata", "text", -1, text="<html>"), "is not whole: it is not JSON"),
    (Fault("12362/metadata", "text", -1, text="{}"), "description of table 12362 cannot be read"),
    (
        Fault("12362/data", "status", -1, status=400),
        "answered 400 Bad Request to /tables/12362/data: Parameter error Out of order",
    ),
    (Fault("12362/data", "status", -1, status=500), "answered 500 Internal Server Error"),
    (
        Fault("12362/data", "status", -1, status=429, headers={"Retry-After": "3600"}),
        "asks for a pause of 3600 seconds",
    ),
    (
        changed("12362/data", size=[1, 2]),
        r"it is with sizes \[1, 2\] that do not fit the dimensions",
    ),
]


@pytest.mark.parametrize(
    ("fault", "message"),
    by_day(LASTING, 2, lambda each: (each[0].kind, each[0].status)),
    ids=lambda each: str(each)[:60],
)
def test_what_does_not_pass_stops_with_one_line_and_no_snapshot(
    server: PxWebServer, root: Path, fault: Fault, message: str
) -> None:
    server.faults = [replace(fault, times=-1)]
    with pytest.raises(ServerError, match=message) as error:
        get(server, folder=root)
    assert "\n" not in str(error.value)
    assert snapshot.ids(root) == []
    assert list((hidden(root)[0] / "raw").glob("12137-data-*.json"))


@pytest.mark.parametrize("part", ["/config", "12137/metadata", "12362/data"])
def test_a_server_that_does_not_answer_stops_the_fetch_in_time(
    server: PxWebServer, root: Path, part: str
) -> None:
    server.faults = [Fault(part, "slow", -1, seconds=4)]
    start = time.monotonic()
    with pytest.raises(ServerError, match=r"did not answer within 0\.4 seconds \(2 attempts\)"):
        get(server, folder=root, manners=HURRIED)
    assert time.monotonic() - start < 4
    assert snapshot.ids(root) == []


def test_nobody_there_and_something_else_there(root: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/api/v2"
    with pytest.raises(ServerError, match="StatBank cannot be reached"):
        fetch.fetch([2024], retrieved=DAY, url=address, folder=root, manners=QUICK)
    assert hidden(root) == []
    with (
        running() as server,
        pytest.raises(ServerError, match=r"config is not that of a PxWebApi 2 \(.* 404 Not Found"),
    ):
        fetch.fetch([2024], retrieved=DAY, url=server.url + "/galt", folder=root, manners=QUICK)
    with pytest.raises(UsageError, match="URL is 'tull', which is no address; give the address of"):
        fetch.fetch([2024], retrieved=DAY, url="tull", folder=root, manners=QUICK)


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
    assert server.count("/data") == 9
    for path in undisturbed.rglob("*"):
        if path.is_file():
            again = done.snapshot.folder / path.relative_to(undisturbed)
            assert again.read_bytes() == path.read_bytes(), path.name


def test_an_answer_that_is_not_as_it_came_is_asked_for_again(
    server: PxWebServer, tmp_path: Path
) -> None:
    """Another number in it would be read like any other."""
    undisturbed = get(server, folder=tmp_path / "a").snapshot
    root = tmp_path / "b"
    server.faults = [Fault("12134/data", "status", -1, status=503)]
    with pytest.raises(ServerError):
        get(server, folder=root)
    (draft,) = hidden(root)
    answer = next((draft / "raw").glob("12137-data-*"))
    answer.write_bytes(answer.read_bytes().replace(b"1000", b"1001", 1))
    server.faults, server.seen = [], []
    done = get(server, folder=root)
    assert done.resumed == 5
    assert server.count("12137/data") == 1
    assert done.snapshot.values.equals(undisturbed.values)
    names = {path.name for path in undisturbed.folder.iterdir()}
    assert {path.name for path in done.snapshot.folder.iterdir()} == names


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
    """pxwebpy asks nothing that does not go through the adapter, from the first request on."""
    done = get(server, folder=root)
    assert done.requests == len(server.seen) == 1 + 2 * 15
    assert done.bytes == sum(each.bytes for each in server.seen)
    assert [each.path for each in server.seen if "/tables/" not in each.path] == ["/api/v2/config"]


def test_answers_may_be_zipped(server: PxWebServer, tmp_path: Path) -> None:
    plain = get(server, folder=tmp_path / "a")
    server.zipped = True
    zipped = get(server, folder=tmp_path / "b")
    assert zipped.snapshot.values.equals(plain.snapshot.values)
    assert zipped.bytes == plain.bytes
