"""Damaged answers of a StatBank: a typed error in one line or the right values, and no half snapshot.

What is right is told by a second reader, written straight from the format. Two roads: answers handed to the readers of
data and of descriptions, and, of one in so many, a whole fetch from a real server.
`make fuzz`, which `make night` begins with, tries as many as it is told; without FUZZ_FILES a smaller number.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from kommuneregnskap.sources.statbank import jsonstat, metadata, snapshot, values
from kommuneregnskap.sources.statbank.client import Manners
from kommuneregnskap.support.errors import KommuneregnskapError, ServerError, one_line
from tests.helpers import json_damages, jsonstat_by_hand
from tests.helpers.jsonstat_by_hand import Cells, NoneError, codes_of, must, parsed
from tests.helpers.pxweb_attacks import say
from tests.helpers.pxweb_server import Dim, Fault, PxWebServer, Table, running
from tests.helpers.statbank_small import get, small

pytestmark = pytest.mark.varied

PARTS = 4
FILES = int(os.environ.get("FUZZ_FILES") or 1200)
FETCHED = 200  # one answer in so many is sent to a whole fetch
ONCE = Manners(
    timeout=2, answer=2, deadline=15, attempts=1, backoff=0.01, longest_wait=0.1, most_calls=50
)
SYMBOLS = [".", "..", ":", "", None]


def table(chance: random.Random) -> Table:
    """Return a small table: one to three dimensions, some cells with symbols."""
    dims = [
        Dim(
            f"d{place}",
            chance.choice(["region", "år", "x"]),
            {f"{place}{n}": f"Navn {n}" for n in range(size)},
        )
        for place, size in enumerate(chance.choices([1, 2, 3, 4], k=chance.choice([1, 2, 3])))
    ]
    dims[0].decimals = chance.choice([None, 0, 1])
    return Table(
        "12137", "12137: Tabell", "2026-06-15T06:00:00Z", dims, default=7, notes=("En note", "To")
    )


def in_some_form(chance: random.Random, answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with values, and in one of the forms that the format permits."""
    answer = deepcopy(answer)
    if "value" in answer:
        numbers = [
            chance.choice([chance.randint(-(10**6), 10**6), chance.random(), None])
            for _ in answer["value"]
        ]
        signs = [chance.choice(SYMBOLS) for _ in numbers]
        by_place = {str(place): each for place, each in enumerate(numbers) if each is not None}
        answer["value"] = chance.choice([numbers, by_place])
        answer["status"] = chance.choice(
            [
                signs,
                {str(place): each for place, each in enumerate(signs) if each},
                None,
                "..",
                ["."],
            ]
        )
    for each in answer["dimension"].values():
        category = each["category"]
        form = chance.choice(["object", "list", "label"])
        if form == "list":
            category["index"] = list(category["index"])
        elif form == "label":
            del category["index"]
    if chance.random() < 0.1:
        answer["dimension"] |= {"id": answer.pop("id"), "size": answer.pop("size")}
    return answer


def one_short_line(error: Exception, most: int) -> None:
    line = str(error)
    assert line.isprintable(), line
    assert len(line) < most, line


def read(content: bytes, asked: dict[str, list[str]]) -> Cells | None:
    """Return what the reader makes of an answer; any error but a typed one comes through."""
    try:
        frame = jsonstat.read(content, asked).frame
    except jsonstat.MalformedError as error:
        one_short_line(error, 300)
        return None
    rows = frame.select(*asked, jsonstat.VALUE, jsonstat.STATUS).rows()
    found = {row[:-2]: (row[-2], row[-1]) for row in rows}
    assert len(found) == len(rows), "a cell twice"
    return found


@pytest.mark.parametrize("part", range(PARTS))
def test_a_damaged_answer_is_an_error_or_the_right_cells(
    part: int, record_property: Callable[[str, object], None]
) -> None:
    counted: Counter[str] = Counter()
    for number in range(part, FILES, PARTS):
        chance = random.Random(number)
        made = table(chance)
        asked = {each.id: list(each.codes) for each in made.dims}
        content = json_damages.spoilt(chance, in_some_form(chance, made.dataset(asked, data=True)))
        wanted = jsonstat_by_hand.cells(content, asked)
        if wanted is not None:  # what a symbol may look like is the first reader's own
            wanted = {
                key: (value, sign and one_line(sign, 20)) for key, (value, sign) in wanted.items()
            }
        assert read(content, asked) == wanted, f"answer {number}: {content[:3000]!r}"
        counted["refused" if wanted is None else "read"] += 1
    assert min(counted["refused"], counted["read"]) > FILES / PARTS / 10
    record_property("counted", ("damaged answers with data", counted.total()))


def described(content: bytes) -> dict[str, Any]:
    """Return what a description says, read by hand: title, update, codes with labels, decimals, notes."""
    found = parsed(content)
    must(isinstance(found, dict) and isinstance(found.get("dimension"), dict))
    both = found if "id" in found else found["dimension"]
    must(
        isinstance(both.get("id"), list)
        and "size" in both
        and "label" in found
        and "updated" in found
    )
    dimensions = {}
    for each in both["id"]:
        must(isinstance(each, str) and each in found["dimension"])
        dimensions[each] = codes_of(found["dimension"][each])
    return {
        "label": one_line(found["label"]),
        "updated": one_line(found["updated"], 40),
        "codes": dimensions,
    }


@pytest.mark.parametrize("dimension", [[], "To", None])
@pytest.mark.parametrize("ids", [[], ["d0"]])
def test_what_lists_no_dimensions_must_have_them_all_the_same(
    dimension: object, ids: list[str]
) -> None:
    """Found among 100 000: nothing was looked up in what stood in their place."""
    said = {"label": "12137: Tabell", "updated": "2026-06-15T06:00:00Z", "id": ids, "size": [1]}
    with pytest.raises(ServerError, match="without its dimensions"):
        metadata.read("12137", said | {"dimension": dimension})


@pytest.mark.parametrize("part", range(PARTS))
def test_a_damaged_description_is_an_error_or_what_it_says(
    part: int, record_property: Callable[[str, object], None]
) -> None:
    counted: Counter[str] = Counter()
    for number in range(part, FILES, PARTS):
        chance = random.Random(-1 - number)
        made = table(chance)
        whole = {each.id: list(each.codes) for each in made.dims}
        content = json_damages.spoilt(chance, in_some_form(chance, made.dataset(whole, data=False)))
        try:
            found = metadata.read("12137", jsonstat.loaded(content))
        except (ServerError, jsonstat.MalformedError) as error:
            one_short_line(error, 700)
            counted["refused"] += 1
            continue
        own = {name: list(each.codes) for name, each in found.dimensions.items()}
        said = {"label": found.label, "updated": found.updated, "codes": own}
        try:
            assert said == described(content), f"description {number}: {content[:3000]!r}"
        except NoneError:
            pytest.fail(f"description {number} is none: {content[:3000]!r}")
        counted["read"] += 1
    assert min(counted["refused"], counted["read"]) > FILES / PARTS / 10
    record_property("counted", ("damaged descriptions of tables", counted.total()))


PLACES = ("/config", "12137/metadata", "12137/data", "13551/data")


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with running() as server:
        small(server)
        whole = get(server, folder=tmp_path_factory.mktemp("hel"))
        yield server, whole.snapshot


def kept_answer(found: snapshot.Snapshot, tabell: str) -> dict[str, Any]:
    (path,) = (found.folder / "raw").glob(f"{tabell}-data-*.json")
    answer: dict[str, Any] = json.loads(path.read_bytes())
    return answer


def test_a_fetch_from_a_server_that_damages_one_answer_is_an_error_or_the_right_snapshot(
    bank: tuple[PxWebServer, snapshot.Snapshot],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    server, whole = bank
    counted: Counter[str] = Counter()
    for number in range(0, max(FILES, 2000), FETCHED):
        chance = random.Random(f"fetch {number}")
        part = PLACES[number // FETCHED % len(PLACES)]
        tabell, _, kind = part.partition("/")
        if kind == "data":
            answer: Any = kept_answer(whole, tabell)
        elif kind == "metadata":
            made = server.tables[tabell]
            answer = made.dataset({each.id: list(each.codes) for each in made.dims}, data=False)
        else:
            answer = {
                "apiVersion": "2.0.0",
                "maxDataCells": 800_000,
                "maxCallsPerTimeWindow": 0,
                "timeWindow": 60,
            }
        content = json_damages.spoilt(chance, deepcopy(answer))
        server.faults = [Fault(part, "raw", 1, act=say(json_damages.sent(chance, content)))]
        root = tmp_path / str(number)
        what = f"fetch {number}, {part}: {content[:2000]!r}"
        try:
            found = get(server, folder=root, manners=ONCE).snapshot
        except KommuneregnskapError as error:
            one_short_line(error, 700)
            assert snapshot.ids(root) == [], what
            counted["refused"] += 1
        else:
            again(server, found, part, content, what)
            counted["read"] += 1
    server.faults = []
    assert min(counted["refused"], counted["read"]) > 0
    record_property("counted", ("fetches with a damaged answer", counted.total()))


def again(
    server: PxWebServer, found: snapshot.Snapshot, part: str, content: bytes, what: str
) -> None:
    """See that a snapshot is the one of the same answers in their plainest form."""
    tabell, _, kind = part.partition("/")
    server.faults = []
    made = server.tables.get(tabell)
    before = dict(made.cells) if made else {}
    if kind == "data":
        assert made is not None
        asked = {
            name: jsonstat.codes(each["category"])
            for name, each in kept_answer(found, tabell)["dimension"].items()
            if name not in ("id", "size")
        }
        cells = jsonstat_by_hand.cells(content, asked)
        assert cells is not None, what
        for key, (value, sign) in cells.items():
            by_id = dict(zip(asked, key, strict=True))
            full = tuple(by_id.get(each.id) or next(iter(each.codes)) for each in made.dims)
            made.cells[full] = sign or value
    try:
        plain = get(server, folder=found.folder.parent / "igjen").snapshot.values
    finally:
        if made:
            made.cells = before
    same = [*values.KEY, "verdi"]
    assert found.values.select(same).equals(plain.select(same)), what
