"""Damages to account files, as chance has them: to a text, and to what it is packed in."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from collections.abc import Callable

from tests.helpers.by_hand import DIGITS

ODD_BYTES = [
    b"\t", b"\x00", b"\r", b"\n", b"\r\n", b"\x1f", b"\x1a", b"\x0b", b"\x0c", b"\x85", b"\xa0", b"\x7f",
    b"\xef\xbb\xbf", "æøå".encode(), "æøå".encode("latin-1"), b"\xff\xfe", "\u2212".encode(), b'"', b",",
    b";", b"+", b"-", b" ", b"0", b"9", b".", b"99999999999999999999",
]  # fmt: skip
# A byte in an archive becomes often what bears on names, lengths and numbers in it.
ARCHIVE_BYTES = [0, 1, 0xFF, *b"./\\"]


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
    """Return a file name and its bytes: mostly plain, else packed, and often damaged after it."""
    kind = chance.choice(["txt"] * 8 + ["gz", "zip"])
    if kind == "gz":
        content = gzip.compress(content, mtime=0)
    if kind == "zip":
        content = zipped(chance, content)
    if kind != "txt" and chance.random() < 0.7:
        content = spoilt(chance, content)
    return f"a.{kind}", content


def zipped(chance: random.Random, content: bytes) -> bytes:
    """Pack a text as one member or, cut between two lines, as two."""
    rows = content.split(b"\n")
    place = chance.randrange(len(rows)) if chance.random() < 0.5 else 0
    parts = [b"\n".join(rows[:place]), b"\n".join(rows[place:])][place == 0 :]
    buffer = io.BytesIO()
    method = chance.choice([zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, part in zip(("a.txt", "b.txt"), parts, strict=False):
            archive.writestr(name, part)
    return buffer.getvalue()


def spoilt(chance: random.Random, content: bytes) -> bytes:
    """Return a packed file with one or two other bytes, as often in its last lines (a zip's directory) as before."""
    for _ in range(chance.choice([1, 1, 2])):
        first = max(0, len(content) - 150) if chance.random() < 0.5 else 0
        place = chance.randrange(first, len(content))
        odd = chance.choice([*ARCHIVE_BYTES, chance.randrange(256)])
        content = content[:place] + bytes([odd]) + content[place + 1 :]
    return content
