"""A server that does what it likes: a fetch ends in time, in one line, within bounds, and leaves no snapshot."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kommuneregnskap.sources.statbank import snapshot
from kommuneregnskap.sources.statbank.client import Manners
from kommuneregnskap.support.errors import KommuneregnskapError
from tests.helpers import pxweb_attacks as attacks
from tests.helpers.pxweb_server import Fault, PxWebServer
from tests.helpers.statbank_small import get

pytestmark = pytest.mark.slow  # all of them together

BOUNDED = Manners(
    timeout=2,
    answer=2,
    deadline=3.5,
    attempts=2,
    backoff=0.01,
    longest_wait=0.5,
    largest=300_000,
    most_calls=50,
)
HURRIED = replace(BOUNDED, answer=0.4)
ONCE = Manners(timeout=5, answer=5, deadline=20, attempts=1, backoff=0.01, longest_wait=5)
SOON = 4.0  # seconds in which every attack is over, on a machine that does other things too
PLACES = ("/config", "12137/metadata", "12137/data")


def attacked(server: PxWebServer, root: Path, manners: Manners) -> str:
    """Fetch, and return the one line that it ends in; no snapshot stands."""
    start = time.monotonic()
    with pytest.raises(KommuneregnskapError) as error:
        get(server, folder=root, manners=manners)
    assert time.monotonic() - start < SOON
    line = str(error.value)
    assert line.isprintable()
    assert len(line) < 700
    assert snapshot.ids(root) == []
    return line


@pytest.mark.parametrize("part", PLACES)
@pytest.mark.parametrize("name", attacks.DRIPS)
def test_a_drip_is_not_waited_for_without_end(
    server: PxWebServer, root: Path, name: str, part: str
) -> None:
    server.faults = [Fault(part, "raw", -1, act=attacks.DRIPS[name])]
    assert "was not whole after 0.4 seconds" in attacked(server, root, HURRIED)


@pytest.mark.parametrize("part", PLACES)
@pytest.mark.parametrize("name", attacks.FLOODS)
def test_a_flood_is_not_taken_in(server: PxWebServer, root: Path, name: str, part: str) -> None:
    server.faults = [Fault(part, "raw", -1, act=attacks.FLOODS[name])]
    tracemalloc.start()
    try:
        line = attacked(server, root, BOUNDED)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "is larger than any answer" in line or "was not whole" in line
    assert peak < 12_000_000
    assert server.sent < 30_000_000, "what fits into the buffers of two sockets, and a little"


@pytest.mark.parametrize("part", PLACES)
@pytest.mark.parametrize("name", attacks.BROKEN)
def test_what_is_no_answer_is_tried_again_and_then_told(
    server: PxWebServer, root: Path, name: str, part: str
) -> None:
    server.faults = [Fault(part, "raw", -1, act=attacks.BROKEN[name])]
    line = attacked(server, root, BOUNDED)
    assert "2 attempts" in line or "/config is not that" in line


@pytest.mark.parametrize("name", ["a drip of the body", "headers without end", "a zip bomb"])
def test_a_search_for_a_table_that_is_gone_does_not_hold_the_fetch_up(
    server: PxWebServer, root: Path, name: str
) -> None:
    del server.tables["12137"]
    act = (attacks.DRIPS | attacks.FLOODS | attacks.BROKEN)[name]
    server.faults = [Fault("/tables$", "raw", -1, act=act)]
    line = attacked(server, root, HURRIED)
    assert "12137: expected the table; there: no table of this number" in line
    assert "Candidate tables: none found" in line


def test_silence_is_tried_again_and_then_told(server: PxWebServer, root: Path) -> None:
    server.faults = [Fault("12137/data", "raw", -1, act=attacks.silent)]
    assert "did not answer within 0.3 seconds (2 attempts)" in attacked(
        server, root, replace(BOUNDED, timeout=0.3)
    )


def test_slow_answers_one_after_another_end_at_the_deadline(
    server: PxWebServer, root: Path
) -> None:
    server.faults = [Fault("/tables/", "slow", -1, seconds=0.2)]
    line = attacked(server, root, replace(BOUNDED, deadline=1.2))
    assert "(a fetch may take 1.2)" in line
    assert "what was received is kept" in line


def test_after_an_attack_the_same_command_goes_on(server: PxWebServer, root: Path) -> None:
    server.faults = [Fault("13551/data", "raw", -1, act=attacks.DRIPS["a drip of the body"])]
    attacked(server, root, replace(BOUNDED, answer=1))
    server.faults = []
    assert get(server, folder=root).resumed == 1


CONFIG: dict[str, Any] = {
    "apiVersion": "2.3.2",
    "maxDataCells": 800_000,
    "maxCallsPerTimeWindow": 0,
    "timeWindow": 0,
}
ABSURD = [
    ({"maxDataCells": 0}, "maxDataCells is 0"),
    ({"maxDataCells": -800_000}, "maxDataCells is -800000"),
    ({"maxDataCells": "800000"}, "maxDataCells is '800000'"),
    ({"maxDataCells": 8e5}, "maxDataCells is 800000.0"),
    ({"maxDataCells": True}, "maxDataCells is True"),
    ({"maxDataCells": None}, "maxDataCells is None"),
    ({"maxDataCells": [1]}, "maxDataCells is [1]"),
    ({"maxDataCells": float("inf")}, "it is with Infinity in the place of a number"),
    ({"maxDataCells": 1}, "allows 1 cells in a call; table 12137 would need 132 calls"),
    ({"maxCallsPerTimeWindow": -1}, "maxCallsPerTimeWindow is -1"),
    ({"timeWindow": 1.5}, "timeWindow is 1.5"),
    ({"maxCallsPerTimeWindow": 1, "timeWindow": 10**9}, "asks for a pause of 1e+09 seconds"),
    ({"maxCallsPerTimeWindow": 3, "timeWindow": 5}, "asks for a pause of"),
    ({"apiVersion": "1.0"}, "apiVersion is '1.0', 2.0 or newer is needed"),
    ({"apiVersion": None}, "apiVersion is 'None'"),
    ({"apiVersion": "\x1b[31m2.0"}, "apiVersion is"),
    ({"apiVersion": {"a": 1}}, "apiVersion is"),
]


@pytest.mark.parametrize(("change", "said"), ABSURD, ids=str)
def test_a_config_that_cannot_be_believed_stops(
    server: PxWebServer, root: Path, change: dict[str, Any], said: str
) -> None:
    server.faults = [Fault("/config", "changed", -1, change=lambda _: CONFIG | change)]
    assert said in attacked(server, root, BOUNDED)


@pytest.mark.parametrize(
    "text", ["", "null", "[]", '"2.0"', "<html>", "{", attacks.NESTED.decode(), '{"a":1,"a":2}']
)
def test_a_config_that_is_none_stops(server: PxWebServer, root: Path, text: str) -> None:
    server.faults = [Fault("/config", "text", -1, text=text)]
    assert "/config is not that of a PxWebApi 2" in attacked(server, root, ONCE)


def test_a_server_that_allows_more_cells_than_fit_is_asked_for_fewer(
    server: PxWebServer, root: Path
) -> None:
    server.faults = [
        Fault("/config", "changed", change=lambda _: CONFIG | {"maxDataCells": 10**15})
    ]
    assert get(server, folder=root).tables == 15


def with_value(found: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return a change that puts one value into an answer."""

    def change(answer: dict[str, Any]) -> dict[str, Any]:
        return answer | {"value": [found, *answer["value"][1:]]}

    return change


def with_codes(
    change: Callable[[list[str]], list[str]], dimension: str = "KOKkommuneregion0000"
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return a change that gives a dimension other codes, with as many places."""

    def changed(answer: dict[str, Any]) -> dict[str, Any]:
        category = answer["dimension"][dimension]["category"]
        category["index"] = change(list(category["index"]))
        answer["size"][answer["id"].index(dimension)] = len(category["index"])
        return answer

    return changed


def with_places(places: Callable[[int], list[Any]]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return a change that gives the codes of regions other places."""

    def changed(answer: dict[str, Any]) -> dict[str, Any]:
        category = answer["dimension"]["KOKkommuneregion0000"]["category"]
        codes = list(category["index"])
        category["index"] = dict(zip(codes, places(len(codes)), strict=True))
        return answer

    return changed


def with_dimension(answer: dict[str, Any]) -> dict[str, Any]:
    """Add a dimension of two codes, with twice the cells."""
    answer["dimension"]["KOKny0000"] = {"label": "ny", "category": {"index": ["a", "b"]}}
    return answer | {
        "id": [*answer["id"], "KOKny0000"],
        "size": [*answer["size"], 2],
        "value": answer["value"] * 2,
    }


ANSWERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "NaN": with_value(float("nan")),
    "Infinity": with_value(float("inf")),
    "-Infinity": with_value(float("-inf")),
    "a number beyond all money": with_value(1e300),
    "a negative one": with_value(-1e13),
    "a number of 400 digits": with_value(10**400),
    "a number of 5000 digits": lambda answer: answer | {"value": "TOO LONG"},
    "a number as text": with_value("12"),
    "a truth": with_value(True),
    "a list for a number": with_value([1]),
    "an object for a number": with_value({"v": 1}),
    "one value more": lambda answer: answer | {"value": [*answer["value"], 1]},
    "one value less": lambda answer: answer | {"value": answer["value"][1:]},
    "ten times the values": lambda answer: answer | {"value": answer["value"] * 10},
    "no values": lambda answer: {k: v for k, v in answer.items() if k != "value"},
    "values by a place beyond": lambda answer: answer | {"value": {"99999999": 1}},
    "values by a negative place": lambda answer: answer | {"value": {"-1": 1}},
    "values by a place that is a word": lambda answer: answer | {"value": {"første": 1}},
    "values by a place in Arabic digits": lambda answer: answer | {"value": {"١": 1}},
    "a status that is a number": lambda answer: answer | {"status": {"0": 1}},
    "a status of another length": lambda answer: answer | {"status": ["."] * 2},
    "a status beyond the cells": lambda answer: answer | {"status": {"123456789": "."}},
    "sizes without end": lambda answer: answer | {"size": [10**9] * len(answer["size"])},
    "sizes as text": lambda answer: answer | {"size": [str(each) for each in answer["size"]]},
    "negative sizes": lambda answer: answer | {"size": [-each for each in answer["size"]]},
    "no sizes": lambda answer: {k: v for k, v in answer.items() if k != "size"},
    "no ids": lambda answer: {k: v for k, v in answer.items() if k != "id"},
    "an id twice": lambda answer: answer | {"id": [answer["id"][0], *answer["id"][:-1]]},
    "an id that is a number": lambda answer: answer | {"id": [1, *answer["id"][1:]]},
    "a dimension that is not there": lambda answer: answer | {"dimension": {}},
    "a region more": with_codes(lambda codes: [*codes, "5001"]),
    "a region less": with_codes(lambda codes: codes[1:]),
    "another region": with_codes(lambda codes: ["5001", *codes[1:]]),
    "a region twice": with_codes(lambda codes: [codes[1], *codes[1:]]),
    "a region that is a number": with_codes(lambda codes: [1103, *codes[1:]]),  # type: ignore[list-item]
    "a region with half a sign": with_codes(lambda codes: ["\ud800", *codes[1:]]),
    "another year": with_codes(lambda _: ["1999", "2000"], "Tid"),
    "no codes": with_codes(lambda _: []),
    "two regions at one place": with_places(lambda count: [0, *range(count - 1)]),
    "places from 1": with_places(lambda count: list(range(1, count + 1))),
    "places that are no whole numbers": with_places(lambda count: [n + 0.5 for n in range(count)]),
    "places as text": with_places(lambda count: [str(n) for n in range(count)]),
    "places that are truths": with_places(lambda count: [False, True, *range(2, count)]),
    "a dimension more": with_dimension,
    "a collection": lambda answer: answer | {"class": "collection"},
    "no class": lambda answer: {k: v for k, v in answer.items() if k != "class"},
    "an object inside": lambda answer: {"dataset": answer},
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_is_not_what_was_asked_for_stops(
    server: PxWebServer, root: Path, name: str
) -> None:
    def change(answer: dict[str, Any]) -> Any:
        return ANSWERS[name](json.loads(json.dumps(answer)))

    server.faults = [Fault("12137/data", "changed", -1, change=change)]
    assert "gave an answer to /tables/12137/data that is not whole: it is" in attacked(
        server, root, ONCE
    )


TEXTS = {
    "nothing": "",
    "no JSON": "{",
    "nested without end": attacks.NESTED.decode(),
    "nested objects without end": '{"a":' * 60_000,
    "a member twice": '{"class": "dataset", "class": "dataset"}',
    "a member twice among a hundred thousand": "{"
    + ",".join(f'"a{n}": 1' for n in range(90_000))
    + ', "a89999": 2}',
    "more parts than an answer has": "[" + "0," * 200_000 + "0]",
    "a number that is too long to be read": '{"class": "dataset", "value": [' + "9" * 5000 + "]}",
    "a text": '"dataset"',
    "a number": "12",
    "null": "null",
}


@pytest.mark.parametrize("part", PLACES[1:])
@pytest.mark.parametrize("name", TEXTS)
def test_a_text_that_is_no_answer_stops(
    server: PxWebServer, root: Path, name: str, part: str
) -> None:
    server.faults = [Fault(part, "text", -1, text=TEXTS[name])]
    line = attacked(server, root, ONCE)
    assert "that is not whole: it is" in line or "description of table 12137 cannot" in line


def of_dimension(**parts: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return a change of the first dimension of a description."""

    def change(answer: dict[str, Any]) -> dict[str, Any]:
        first = answer["id"][0]
        return answer | {
            "dimension": answer["dimension"] | {first: answer["dimension"][first] | parts}
        }

    return change


DESCRIPTIONS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "nothing": lambda _: {},
    "a list": lambda answer: [answer],
    "no title": lambda answer: {k: v for k, v in answer.items() if k != "label"},
    "an update that is none": lambda answer: answer | {"updated": "i går"},
    "an update with a line break": lambda answer: answer | {"updated": "2026-06-15\n"},
    "an update that is a number": lambda answer: answer | {"updated": 20260615},
    "a category that is a list": of_dimension(category=["0301"]),
    "codes that are numbers": of_dimension(category={"index": [1, 2]}),
    "codes with half a sign": of_dimension(category={"index": ["\ud800"]}),
    "codes with line breaks": of_dimension(category={"index": ["0301\n"]}),
    "two codes at one place": of_dimension(category={"index": {"0301": 0, "1103": 0}}),
    "labels that are a list": of_dimension(category={"index": ["0301"], "label": ["Oslo"]}),
    "units that are a list": of_dimension(category={"index": ["0301"], "unit": ["kr"]}),
    "decimals that are a word": of_dimension(
        category={"index": ["0301"], "unit": {"0301": {"decimals": "to"}}}
    ),
    "an extension that is a list": of_dimension(extension=["elimination"]),
    "notes that must be shown as a list": lambda answer: (
        answer | {"note": ["a"], "extension": {"noteMandatory": [True]}}
    ),
    "an id with half a sign": lambda answer: answer | {"id": ["\ud800"]},
    "an id that is not there": lambda answer: answer | {"id": ["a"], "size": [1]},
}


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_a_description_that_is_none_stops(server: PxWebServer, root: Path, name: str) -> None:
    server.faults = [Fault("12137/metadata", "changed", -1, change=DESCRIPTIONS[name])]
    line = attacked(server, root, ONCE)
    assert "table 12137" in line


def test_signs_for_a_terminal_never_reach_it(server: PxWebServer, root: Path) -> None:
    table = server.tables["12137"]
    table.label = "12137: \x1b[2J\x07Barnehager\r\n"
    table.dims[1].codes["AGD13"] = "\u202eBrutto\x00"
    line = attacked(server, root, ONCE)
    assert "\\x1b[2J\\x07Barnehager" in line


def test_words_of_a_refusal_are_shortened_and_shown_as_they_are(
    server: PxWebServer, root: Path
) -> None:
    refusal = json.dumps({"type": "Parameter error", "title": "\x1b[2J" + "nei " * 5000}).encode()
    answer = b"HTTP/1.1 400 \x07 Bad\r\nContent-Length: %d\r\n\r\n%s" % (len(refusal), refusal)
    server.faults = [Fault("12137/data", "raw", -1, act=attacks.say(answer))]
    assert "StatBank answered 400 \\x07 Bad to /tables/12137/data: Parameter error" in attacked(
        server, root, ONCE
    )


@pytest.mark.parametrize(
    "refusal", [b"", b"<html>", attacks.NESTED, b'{"status": []}', b'{"title": {"a": 1}}', b"NaN"]
)
def test_a_refusal_in_any_words_is_one(server: PxWebServer, root: Path, refusal: bytes) -> None:
    answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n%s" % (len(refusal), refusal)
    server.faults = [Fault("12137/data", "raw", -1, act=attacks.say(answer))]
    assert "StatBank answered 400 Bad Request" in attacked(server, root, ONCE)
