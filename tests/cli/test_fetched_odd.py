"""A server like SSB's whose tables have become others under the same labels: what a user sees of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kommuneregnskap import tables
from kommuneregnskap.sources.statbank import snapshot
from tests.cli.test_statbank_cli import run
from tests.helpers import statbank_real as real
from tests.helpers.pxweb_server import Fault, PxWebServer
from tests.helpers.steps import without_steps

pytestmark = pytest.mark.slow  # whole fetches

YEAR, DAY = 2025, "2026-11-24"
TABLE, AMOUNT = "12137", "KOSbelop0000"


@pytest.fixture(scope="module")
def served() -> Iterator[PxWebServer]:
    with real.serve_real([YEAR], limit=(40, 1.0)) as server:
        yield server


@pytest.fixture
def server(served: PxWebServer) -> Iterator[PxWebServer]:
    """The server, mended after each test."""
    table = served.tables[TABLE]
    cells, codes = dict(table.cells), dict(table.dims[0].codes)
    units = dict(table.dims[-2].units)
    yield served
    served.faults, table.cells, table.dims[0].codes = [], cells, codes
    table.dims[-2].units = units


def in_kroner(server: PxWebServer) -> None:
    """Give amounts in kroner under the label and the unit of thousands."""
    cells = server.tables[TABLE].cells
    for key, found in cells.items():
        cells[key] = found * 1000 if isinstance(found, int) else found


def in_millions(server: PxWebServer) -> None:
    """Say another unit under the same label."""
    server.tables[TABLE].dims[-2].units[AMOUNT] = "mill. kr"


def two_at_one_place(part: str) -> Callable[[PxWebServer], None]:
    """Put the second region where the first one is, in a table's description or in its figures."""

    def change(answer: dict[str, Any]) -> dict[str, Any]:
        first = answer["id"][0]
        own = answer["dimension"][first]
        listed = own["category"]["index"]
        codes = list(listed)
        index = {code: max(place - 1, 0) for place, code in enumerate(codes)}
        category = own["category"] | {"index": index}
        return answer | {"dimension": answer["dimension"] | {first: own | {"category": category}}}

    def spoil(server: PxWebServer) -> None:
        server.faults = [Fault(f"{TABLE}/{part}", "changed", -1, change=change)]

    return spoil


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (in_kroner, ["statbank_scale.csv:2", "6.", "in 1000 kr", "are in another unit"]),
        (in_millions, ["statbank.csv:", "in 1000 kr; there: in «mill. kr»"]),
        (two_at_one_place("metadata"), ["description of table 12137 cannot be read", "place"]),
        (two_at_one_place("data"), ["12137", "place"]),
    ],
)
def test_what_means_something_else_under_the_same_label_stops_with_one_line(
    server: PxWebServer, project: Path, spoil: Callable[[PxWebServer], None], words: list[str]
) -> None:
    spoil(server)
    done = run(project, "--year", f"{YEAR}-{YEAR}", "--url", server.url, "--retrieved", DAY)
    assert (done.returncode, done.stdout) == (1, "")
    (said,) = without_steps(done.stderr)
    assert said.startswith("Error: ")
    assert [word for word in words if word not in said] == []
    assert snapshot.ids() == []


def test_half_of_the_regions_gone_is_named_on_the_screen_and_in_the_receipt(
    server: PxWebServer, project: Path
) -> None:
    table = server.tables[TABLE]
    numbers = sorted(tables.valid("kommune", YEAR)["kommunenummer"])
    gone = numbers[::2]
    for number in gone:
        del table.dims[0].codes[number]
    done = run(project, "--year", f"{YEAR}-{YEAR}", "--url", server.url, "--retrieved", DAY)
    assert done.returncode == 0, done.stderr
    words = f"no number of {YEAR} for {len(gone)} of {len(numbers)} municipalities: {', '.join(gone[:5])} …"
    (line,) = (each for each in done.stderr.splitlines() if each.startswith("Noted"))
    assert line == f"Noted: table {TABLE}: {words}."
    made = snapshot.open_snapshot()
    assert json.loads((made.folder / snapshot.RECEIPT).read_text("utf-8"))["merknader"] == [
        {"tabell": TABLE, "merknad": words}
    ]
    absent = {each["tabell"]: each["kommuner_mangler"] for each in made.receipt["tabeller"]}
    assert absent[TABLE] == {str(YEAR): gone}
    assert absent["12362"] == {}
