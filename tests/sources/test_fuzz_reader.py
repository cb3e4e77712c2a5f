"""Damaged files against the reader: a typed error or the right records, nothing else.

What is right is told by a second reader, written straight from the layout, one character after the
other. `make fuzz`, which `make night` begins with, tries 100 000 files; without FUZZ_FILES a smaller number.
"""

from __future__ import annotations

import gzip
import io
import os
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.sources.kostra import delivery
from kommuneregnskap.sources.kostra.records import read_records
from kommuneregnskap.support.errors import DataError
from tests.helpers.accounts import lines, sound

pytestmark = pytest.mark.varied

PARTS = 8
FILES = int(os.environ.get("FUZZ_FILES") or 2000)
DIGITS = set("0123456789")
CAPITALS = set("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
ODD_BYTES = [
    b"\t", b"\x00", b"\r", b"\n", b"\r\n", b"\x1f", b"\x1a", b"\x0b", b"\x0c", b"\x85", b"\xa0", b"\x7f",
    b"\xef\xbb\xbf", "æøå".encode(), "æøå".encode("latin-1"), b"\xff\xfe", "\u2212".encode(), b'"', b",",
    b";", b"+", b"-", b" ", b"0", b"9", b".", b"99999999999999999999",
]  # fmt: skip
Row = tuple[str | int, ...]


def damaged(chance: random.Random, content: bytes) -> bytes:
    """Return the content with one to four damages."""
    for _ in range(chance.randint(1, 4)):
        content = chance.choice(DAMAGES)(chance, content)
    return content


def overwrite(chance: random.Random, content: bytes) -> bytes:
    place = chance.randrange(len(content) + 1)
    odd = chance.choice(ODD_BYTES)
    return content[:place] + odd + content[place + len(odd) :]


def insert(chance: random.Random, content: bytes) -> bytes:
    place = chance.randrange(len(content) + 1)
    return content[:place] + chance.choice(ODD_BYTES) + content[place:]


def flip(chance: random.Random, content: bytes) -> bytes:
    if not content:
        return content
    place = chance.randrange(len(content))
    return content[:place] + bytes([chance.randrange(256)]) + content[place + 1 :]


def cut(chance: random.Random, content: bytes) -> bytes:
    start = chance.randrange(len(content) + 1)
    return content[:start] + content[start + chance.choice([1, 2, 48, 49, 200]) :]


def truncate(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def repeat(chance: random.Random, content: bytes) -> bytes:
    start = chance.randrange(len(content) + 1)
    return content + content[start : start + chance.choice([1, 48, 49, 147])]


def shift(chance: random.Random, content: bytes) -> bytes:
    """Move two fields of a line against each other: the line keeps its length."""
    rows = content.split(b"\n")
    place = chance.randrange(len(rows))
    row, at = rows[place], chance.randrange(48)
    rows[place] = row[:at] + b" " + row[at:-1]
    return b"\n".join(rows)


def line_ends(chance: random.Random, content: bytes) -> bytes:
    return content.replace(b"\n", chance.choice([b"\r\n", b"\r", b"\n\n", b"\n\r", b""]))


def change_digit(chance: random.Random, content: bytes) -> bytes:
    """Put another digit where one stands: often still a record, of something else."""
    places = [place for place, sign in enumerate(content) if chr(sign) in DIGITS]
    if not places:
        return content
    place = chance.choice(places)
    return content[:place] + str(chance.randrange(10)).encode() + content[place + 1 :]


def swap_lines(chance: random.Random, content: bytes) -> bytes:
    rows = content.split(b"\n")
    one, other = chance.randrange(len(rows)), chance.randrange(len(rows))
    rows[one], rows[other] = rows[other], rows[one]
    return b"\n".join(rows)


def repeat_line(chance: random.Random, content: bytes) -> bytes:
    rows = content.split(b"\n")
    place = chance.randrange(len(rows))
    return b"\n".join([*rows[:place], rows[place], *rows[place:]])


DAMAGES: list[Callable[[random.Random, bytes], bytes]] = [
    overwrite, insert, flip, cut, truncate, repeat, shift, line_ends,
    change_digit, change_digit, swap_lines, repeat_line,
]  # fmt: skip


def packed(chance: random.Random, content: bytes) -> tuple[str, bytes]:
    """Return a file name and its bytes: mostly plain, else packed, and sometimes damaged after it."""
    kind = chance.choice(["txt"] * 8 + ["gz", "zip"])
    if kind == "gz":
        content = gzip.compress(content, mtime=0)
    if kind == "zip":
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.txt", content)
        content = buffer.getvalue()
    if kind != "txt" and chance.random() < 0.5:
        content = flip(chance, content)
    return f"a.{kind}", content


def by_hand(content: bytes) -> list[Row] | None:
    """Return the records of a plain file, or None where a line is none: the layout, letter by letter."""
    rows = []
    for raw in content.split(b"\n"):
        line = raw.rstrip(b"\r").decode("latin-1")
        if line == "":
            continue
        row = record(line)
        if row is None:
            return None
        rows.append(row)
    return rows or None


def record(line: str) -> Row | None:
    if len(line) != 48 or any(ord(sign) < 32 or ord(sign) == 127 for sign in line):
        return None
    form, year, quarter, region = line[:2], line[2:6], line[6], line[7:13]
    numbers, account = (line[13:22], line[22:31]), line[31]
    place, kind, amount = line[32:36].rstrip(" "), line[36:39], line[39:].lstrip(" ")
    digits = amount.removeprefix("-")
    good = (
        set(form) <= DIGITS | CAPITALS
        and all(set(text) <= DIGITS for text in (year, region, account, place))
        and quarter in " 1234"
        and all(set(text) <= DIGITS or text == " " * 9 for text in numbers)
        and len(place) >= 2
        and (set(kind) <= DIGITS or kind == "   ")
        and digits != ""
        and set(digits) <= DIGITS
    )
    if not good:
        return None
    strip = [text.strip(" ") for text in numbers]
    return (
        form,
        int(year),
        quarter.strip(),
        region,
        *strip,
        account,
        place,
        kind.strip(),
        int(amount),
    )


def seed_files(chance: random.Random) -> bytes:
    posts = [(*post[:3], chance.randint(-99_999_999, 999_999_999)) for post in sound()]
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
def test_a_damaged_file_is_an_error_or_the_right_records(part: int, tmp_path: Path) -> None:
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


@pytest.mark.parametrize("part", range(PARTS))
def test_a_damaged_file_in_a_delivery_never_adds_a_wrong_amount(part: int, tmp_path: Path) -> None:
    """The forgiving road: whatever is not left out with its reason is what the layout says."""
    folder = tmp_path / "2024"
    folder.mkdir()
    for number in range(part, FILES, PARTS * 4):
        chance = random.Random(-1 - number)
        content = damaged(chance, seed_files(chance))
        (folder / "a.txt").write_bytes(content)
        delivered = delivery.read(tmp_path, 2024, "")
        rows = [record(raw.rstrip(b"\r").decode("latin-1")) for raw in content.split(b"\n")]
        if len(delivered.records):
            assert delivered.odd.is_empty()
            kept = delivered.records.filter(pl.col("belop").is_not_null())["belop"].to_list()
            sure = [row[-1] for row in rows if row is not None]
            assert [amount for amount in kept if amount in sure] == sure, f"file {-1 - number}"
        else:
            assert delivered.problems or len(delivered.broken), f"file {-1 - number}"
