"""Damaged files against the reader: a typed error or the right records, nothing else.

What is right is told by a second reader, written straight from the layout, one character after the
other. Three roads: the strict one, which stops at the first line that is no record; the forgiving one, which
hands over all lines of the right shape; and from there to the ledger, past the controls.
`make fuzz`, which `make night` begins with, tries 100 000 files; without FUZZ_FILES a smaller number.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.controls import findings
from kommuneregnskap.sources.kostra import delivery
from kommuneregnskap.sources.kostra.records import read_records
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.survey import accounts
from kommuneregnskap.tables import register
from tests.helpers.accounts import lines, sound
from tests.helpers.by_hand import (
    HANDED_OVER,
    Posts,
    Row,
    added_up,
    by_hand,
    form_named,
    handed_over,
    lines_delivered,
    meant_as_records,
    numbered,
    shaped,
)
from tests.helpers.damages import damaged, packed

pytestmark = pytest.mark.varied

PARTS = 8
FEW = 2  # parts of what takes longer for each file, and is tried on fewer
FILES = int(os.environ.get("FUZZ_FILES") or 1200)


def seed_files(chance: random.Random, least: int = -99_999_999, most: int = 999_999_999) -> bytes:
    posts = [(*post[:3], chance.randint(least, most)) for post in sound()]
    text = lines(posts, region=chance.choice(["110300", "460100", "030100"]))
    return ("\n".join(text) + chance.choice(["", "\n"])).encode("latin-1")


def outcome(path: Path) -> list[Row] | None:
    """Return what the reader makes of a file; any error but a typed one comes through."""
    try:
        frame = read_records([path]).collect()
    except DataError as error:
        message = str(error)
        assert "\n" not in message, message
        assert path.name in message
        return None
    return [tuple(row) for row in frame.drop("fil", "linje").rows()]


@pytest.mark.parametrize("part", range(PARTS))
def test_a_damaged_file_is_an_error_or_the_right_records(
    part: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    read = refused = 0
    for number in range(part, FILES, PARTS):
        chance = random.Random(number)
        content = damaged(chance, seed_files(chance))
        name, raw = packed(chance, content)
        path = tmp_path / name
        path.write_bytes(raw)
        found, wanted = outcome(path), by_hand(content)
        # A packed file that is damaged afterwards may be refused, but never give other records.
        if found is None and name != "a.txt":
            refused += 1
        else:
            assert found == wanted, f"file {number}: {content!r}"
            read, refused = read + (found is not None), refused + (found is None)
    # Both outcomes must have been tried: a reader that refuses everything is no reader.
    assert read > FILES / PARTS / 20
    assert refused > FILES / PARTS / 3
    record_property("counted", ("damaged account files, read", read + refused))


def delivered_damaged(folder: Path, number: int, **amounts: int) -> bytes:
    """Put a damaged file into the folder of 2024."""
    chance = random.Random(-1 - number)
    content = damaged(chance, seed_files(chance, **amounts))
    (folder / "2024").mkdir(exist_ok=True)
    (folder / "2024" / "a.txt").write_bytes(content)
    return content


@pytest.mark.parametrize("part", range(PARTS))
def test_a_damaged_file_in_a_delivery_is_handed_over_line_by_line_as_it_stands(
    part: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """The forgiving road: all lines, each once, or none of a file with lines of another shape, and these named."""
    others = tables.read("andre_skjema")["skjema"].to_list()
    left_out = 0
    for number in range(part, FILES, PARTS * 4):
        content = delivered_damaged(tmp_path, number)
        found = numbered(content)
        delivered = delivery.read(tmp_path, 2024, "")
        # A line of a form that is not asked for is left to those who ask for it, odd ones as well.
        ours = [(at, line) for at, line in found if form_named(line) not in others]
        odd = [at for at, line in ours if not shaped(line)]
        own = [(at, line) for at, line in found if shaped(line) and line[:2] not in others]
        readable = meant_as_records(content)
        wanted = [] if odd or not readable else [handed_over(at, line) for at, line in own]
        what = f"file {-1 - number}"
        assert delivered.records.select(HANDED_OVER).rows() == wanted, what
        assert delivered.odd["linje"].to_list() == (odd if readable else []), what
        assert (delivered.broken.is_empty(), delivered.problems == []) == (
            not (odd and readable),
            readable,
        ), what
        assert delivered.lines["antall"].sum() == lines_delivered(content), what
        left_out += wanted == []
    assert 0 < left_out < len(range(part, FILES, PARTS * 4))
    record_property(
        "counted", ("damaged account files, handed over", len(range(part, FILES, PARTS * 4)))
    )


def added(found: accounts.Controlled) -> dict[str, Posts]:
    """Return what the ledger has, as `added_up` does."""
    units: dict[str, Posts] = {}
    balance = found.balanse.with_columns(regnskap=pl.lit("balanse"))
    for frame, codes in ((found.poster, ("funksjon", "art")), (balance, ("kapittel", "sektor"))):
        for unit, *key, amount in frame.select("region", "regnskap", *codes, "belop").rows():
            units.setdefault(f"{unit}00", Counter())[tuple(key)] += amount
    return units


def counted(found: accounts.Controlled) -> set[str]:
    """Return the units that are counted, or could be: not those with what cannot be added up."""
    stopped = findings.stopped(found.kontroll).filter(~pl.col("kan_regnes"))["region"].to_list()
    if "" in stopped:  # nobody knows whose the file is: no report is made
        return set()
    special = tables.read("saerregion")["region"].to_list()
    return set(register.regions_of(2024)["region"]) - {*special, *stopped}


@pytest.mark.parametrize("part", range(FEW))
def test_what_the_ledger_has_of_a_damaged_file_is_what_its_records_come_to(
    part: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """To the end of the road: a line that is no record adds nothing, and none that is one is lost."""
    tried = came_through = 0
    for number in range(part, FILES, FEW * 16):
        # Amounts that a municipality could have (E11), so that it is counted.
        content = delivered_damaged(tmp_path, number, least=-9_999_999, most=30_000_000)
        if not all(shaped(line) for _, line in numbered(content)):
            continue  # of such a file nothing is handed over, see above
        wanted = added_up(content)
        found = accounts.control_years(tmp_path, [2024], "", "leverte")[2024]
        ledger = added(found)
        units = counted(found)
        for region in units:
            what = f"file {-1 - number}, {region}"
            assert ledger.get(region, {}) == wanted.get(region, {}), what
        tried += 1
        came_through += any(region in units for region in wanted)
    # Some are stopped, some are not: a road that is closed to all shows nothing.
    assert 0 < came_through < tried
    record_property("counted", ("damaged account files, to the ledger", tried))
