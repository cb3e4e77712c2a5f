"""Archives that lost something on their way: said in words, never a member the less in silence."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kommuneregnskap.sources.kostra.files import read_contents
from kommuneregnskap.sources.kostra.records import read_records
from kommuneregnskap.support.errors import DataError
from tests.helpers.accounts import deliver, findings_of, lines, sound

TYSVAER = "114600"
GOOD = "\n".join(lines(sound())).encode()
OTHER = "\n".join(lines(sound(), region=TYSVAER)).encode()
IN_DIRECTORY, END = (
    b"PK\x01\x02",
    b"PK\x05\x06",
)  # where a member's entry in the directory begins, and the end
NAME = 46  # where its name stands in it
COMMENT_LENGTH = 32
MEMBERS, DIRECTORY_LENGTH = 10, 12  # in the end


def archive(*members: tuple[str, bytes], comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.comment = comment
        for name, content in members:
            entry = zipfile.ZipInfo("a")
            entry.filename = name  # as it stands: ZipInfo itself would cut it at a NUL
            packed.writestr(entry, content)
    return buffer.getvalue()


def changed(raw: bytes, record: bytes, place: int, new: bytes) -> bytes:
    """Write over what stands at a place of the first record of a kind."""
    at = raw.index(record) + place
    return raw[:at] + new + raw[at + len(new) :]


TWO = archive(("a.txt", GOOD), ("b.txt", OTHER))
NAMELESS = "har et medlem uten navn, eller med tegnet NUL i navnet"
OTHER_NUMBER = "har et annet antall medlemmer enn det selv oppgir"
NONE = "har ingen fil som kan holde poster"
DAMAGED: dict[str, tuple[bytes, str]] = {
    "a name that begins with NUL in the directory": (
        changed(TWO, IN_DIRECTORY, NAME, b"\0"),
        f"{NAMELESS} ('\\x00.txt')",
    ),
    "no name at all": (archive(("", GOOD), ("b.txt", OTHER)), f"{NAMELESS} ('')"),
    "a name with a NUL": (archive(("a\0.txt", GOOD)), f"{NAMELESS} ('a\\x00.txt')"),
    "a name that became a hidden one": (
        changed(TWO, IN_DIRECTORY, NAME, b"."),
        "kan ikke leses (File name in directory '..txt' and header b'a.txt' differ.)",
    ),
    "a name that became a note's": (
        changed(TWO, IN_DIRECTORY, NAME, b"ab.md"),
        "kan ikke leses (File name in directory 'ab.md' and header b'a.txt' differ.)",
    ),
    "a name that became a folder's": (
        changed(TWO, IN_DIRECTORY, NAME + 4, b"/"),
        "kan ikke leses (File name in directory 'a.tx/' and header b'a.txt' differ.)",
    ),
    "a comment that swallows the next member": (
        changed(TWO, IN_DIRECTORY, COMMENT_LENGTH, b"\xff"),
        f"{OTHER_NUMBER} (1 ≠ 2)",
    ),
    "a directory without length": (
        changed(TWO, END, DIRECTORY_LENGTH, b"\0\0\0\0"),
        f"{OTHER_NUMBER} (0 ≠ 2)",
    ),
    "two archives in one file": (
        archive(("a.txt", GOOD)) + archive(("b.txt", OTHER)),
        "begynner med noe annet enn sitt første medlem",
    ),
    "no members": (archive(), NONE),
    "notes, folders and hidden files only": (
        archive(("LESMEG.md", b"husk"), ("mappe/", b""), ("mappe/.skjult", b"x"), ("respondenter.csv", b"")),
        NONE,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_archive_is_a_finding(tmp_path: Path, name: str) -> None:
    """Beside a sound file: what of it is lost must be told, since the others are read."""
    raw, words = DAMAGED[name]
    deliver(tmp_path, GOOD, name="a.txt")
    deliver(tmp_path, raw, name="b.zip")
    found = findings_of(tmp_path).row(0, named=True)
    assert (found["kontroll"], found["alvorlighet"], found["region"], found["fil"]) == (
        "E01",
        "fatal",
        "",
        "2024/b.zip",
    )
    assert found["funnet"] == words


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_archive_stops_who_reads_records(tmp_path: Path, name: str) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(DAMAGED[name][0])
    with pytest.raises(DataError) as error:
        read_records([path]).collect()
    assert "b.zip: " in str(error.value)
    assert "\n" not in str(error.value)


WHOLE: dict[str, Callable[[], bytes]] = {
    "two members": lambda: TWO,
    "with a comment": lambda: archive(("a.txt", GOOD), ("b.txt", OTHER), comment=b"fra oss"),
    "with notes, folders and hidden files": lambda: archive(
        ("mappe/", b""), ("mappe/a.txt", GOOD), ("mappe/b.txt", OTHER), ("LESMEG.md", b"husk"),
        ("__MACOSX/mappe/._a.txt", b"x"),
    ),
    "with folders as old programs for Windows name them": lambda: archive(
        ("mappe\\", b""), ("mappe\\a.txt", GOOD), ("mappe\\b.txt", OTHER)
    ),
    "whose end leaves the number to another record, as where there are many": lambda: changed(
        TWO, END, MEMBERS, b"\xff\xff"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_archive_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(WHOLE[name]())
    contents, problems = read_contents([path])
    assert problems == []
    assert [content for _, content in contents] == [GOOD, OTHER]
