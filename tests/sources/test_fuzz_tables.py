"""Damaged tables that people edit: a typed error that names the file and the line, or the rows as they stand.

respondenter.csv beside account files, corrections.csv, and the tables of published numbers. What stands is told by a
second reading, one sign after the other.
`make fuzz`, which `make night` begins with, tries as many as it is told; without FUZZ_FILES a smaller number.
"""

from __future__ import annotations

import csv
import os
import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.sources.kostra import corrections, respondents
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.tables import published, reader
from tests.helpers import csv_damages
from tests.helpers.projects import PROJECT, inside

pytestmark = pytest.mark.varied

# A table is checked whole, which takes longer than reading an account file: one for every eight of these.
FILES = max(int(os.environ.get("FUZZ_FILES") or 1200) // 8, 150)
Rows = list[tuple[int, list[str]]]
Read = Callable[[Path], pl.DataFrame | None]


def by_hand(content: bytes) -> Rows | None:
    """Return the rows with fields in them, each with its line; None for what is no such text.

    Fields are parted by commas; a field that begins with a quote ends with one, two quotes in it are one.
    """
    try:
        text = content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        return None
    if any((ord(sign) < 32 and sign not in "\n\r\t") or sign == "\x7f" for sign in text):
        return None
    found = []
    for line, own in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        row = fields(own)
        if row is None:
            return None
        if len(row) == 1 and not row[0].strip():
            continue
        found.append((line, row))
    return found


def fields(line: str) -> list[str] | None:
    """Return the fields of one line; None where a quote stands where none can."""
    found, place = [], 0
    while True:
        if line[place : place + 1] == '"':
            value, place = "", place + 1
            while True:
                end = line.find('"', place)
                if end < 0:
                    return None
                value, place = value + line[place:end], end + 1
                if line[place : place + 1] != '"':
                    break
                value, place = value + '"', place + 1
            if place < len(line) and line[place] != ",":
                return None
        else:
            end = line.find(",", place)
            end = len(line) if end < 0 else end
            value, place = line[place:end], end
        found.append(value)
        if place >= len(line):
            return found
        place += 1


def same(cell: object, text: str) -> bool:
    """Return whether a typed cell is what stands in the text, and nothing else."""
    if cell is None:
        return text == ""
    if isinstance(cell, int):
        return re.fullmatch(r"[+-]?[0-9]+", text) is not None and int(text) == cell
    if isinstance(cell, float):
        return re.fullmatch(
            r"[+-]?[0-9]*\.?[0-9]*(e[+-]?[0-9]+)?", text, re.IGNORECASE
        ) is not None and (abs(float(text) - cell) <= abs(cell) * 1e-15)
    return str(cell) == text


def held_against(found: pl.DataFrame, content: bytes, what: str) -> None:
    """See that rows are those of a file: each once, in order, on its line."""
    wanted = by_hand(content)
    assert wanted is not None, what
    (_, header), *rows = wanted
    columns = [name for name in found.columns if name in header]
    assert set(header) == set(columns), what
    own = found.select("linje", *columns).rows() if "linje" in found.columns else None
    assert own is not None, what
    assert [row[0] for row in own] == [line for line, _ in rows], what
    for (_, texts), cells in zip(rows, own, strict=True):
        assert len(texts) == len(header), what
        named = dict(zip(header, texts, strict=True))
        for name, cell in zip(columns, cells[1:], strict=True):
            assert same(cell, named[name]), f"{what}: {name} {cell!r} {named[name]!r}"


def tried(
    make: Callable[[random.Random], bytes], path: Path, read: Read, name: str, number: int = FILES
) -> Counter[str]:
    """Write damaged files and read them; count those that were read and those refused."""
    counted: Counter[str] = Counter()
    for each in range(number):
        content = make(random.Random(f"{name} {each}"))
        path.write_bytes(content)
        what = f"{name} {each}: {content[:1500]!r}"
        try:
            found = read(path)
        except DataError as error:
            line = str(error)
            assert line.isprintable(), what
            assert len(line.partition(path.name)[2]) < 700, line
            assert path.name in line, f"{line}: {what}"
            counted["refused"] += 1
        else:
            if found is not None:
                held_against(found, content, what)
            counted["read"] += 1
    assert min(counted["read"], counted["refused"]) > number / 20, counted
    return counted


def stored(name: str, chance: random.Random, most: int = 8) -> tuple[list[str], list[list[str]]]:
    """Return the header and some rows of a table of the project."""
    with (PROJECT / "data" / name).open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    first = chance.randrange(max(len(rows) - most, 1))
    return header, rows[first : first + chance.randint(1, most)]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with links to the tables of this one, but for those that are damaged."""
    for folder in ("codes", "definitions", "claims"):
        (tmp_path / "data" / folder).mkdir(parents=True)
        for path in (PROJECT / "data" / folder).glob("*.csv"):
            (tmp_path / "data" / folder / path.name).symlink_to(path)
    return tmp_path


def test_a_damaged_list_of_respondents(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """A blank line is no unit."""
    numbers = reader.read("kommune")["kommunenummer"].unique().sort().to_list()

    def make(chance: random.Random) -> bytes:
        rows = [[each] for each in chance.sample(numbers, chance.randint(1, 8))]
        return csv_damages.spoilt(chance, ["region"], rows)

    def read(path: Path) -> None:
        found = respondents.listed(path.parent, 2024)
        assert found is not None
        wanted = by_hand(path.read_bytes())
        assert wanted is not None, path.read_bytes()
        assert found.numbers.to_list() == [row[0] for _, row in wanted[1:]], path.read_bytes()
        assert all(re.fullmatch("[0-9]{4}", each) for each in found.numbers), path.read_bytes()

    counted = tried(make, tmp_path / "respondenter.csv", read, "respondenter.csv")
    record_property("counted", ("damaged lists of respondents", counted.total()))


CORRECTION = "2024,leverte,110300,0A,1,222,010,900,901,Feil tegn,2025-03-20,oppdiktet"


def test_a_damaged_table_of_corrections(
    project: Path, record_property: Callable[[str, object], None]
) -> None:
    path = project / "data/definitions/corrections.csv"
    header = path.read_text("utf-8").strip().split(",")
    path.unlink()

    def make(chance: random.Random) -> bytes:
        row = CORRECTION.split(",")
        arts = chance.sample(range(10, 480, 10), chance.randint(1, 4))
        rows = [[*row[:6], f"{art:03}", *row[7:]] for art in arts]
        return csv_damages.spoilt(chance, header, rows)

    def read(path: Path) -> pl.DataFrame:
        with inside(project):
            used = corrections.in_force(2024, "leverte")
            found = reader.read("corrections")
        whose = (pl.col("aar") == 2024) & (pl.col("regnskaper") == "leverte")
        assert used.equals(found.filter(whose))
        return found

    counted = tried(make, path, read, "corrections.csv")
    record_property("counted", ("damaged tables of corrections", counted.total()))


@pytest.mark.parametrize("name", ["2024", "2015", "arithmetic", "restatements", "long_series"])
def test_a_damaged_table_of_published_numbers(
    project: Path, name: str, record_property: Callable[[str, object], None]
) -> None:
    path = project / f"data/claims/{name}.csv"
    path.unlink()

    def make(chance: random.Random) -> bytes:
        return csv_damages.spoilt(chance, *stored(f"claims/{name}.csv", chance))

    def read(_: Path) -> pl.DataFrame:
        with inside(project):
            if not name.isdigit():
                return reader.read(name)
            added = ("nedre", "oevre", "nedre_inkludert", "oevre_inkludert")
            return published.read(int(name)).drop(*added, "forenlig_fra_pst", "avvik_under_pst")

    counted = tried(make, path, read, f"{name}.csv", max(FILES // 4, 60))
    record_property("counted", ("damaged tables of published numbers", counted.total()))
