"""The door for files from outside: found, opened and unpacked within bounds, never trusted."""

from __future__ import annotations

import gzip
import lzma
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath, PurePosixPath
from typing import IO

from kommuneregnskap.support.errors import DataError
from kommuneregnskap.support.files import refuse_special

# All files of a year together, unpacked. A national year of records is about 30 MB; far more is no
# account file. The bound also keeps every sum of nine-digit amounts within 64 bits:
# 2e9 bytes / 48 * 1e9 (1000 kr) = 4e16 < 9.2e18.
MAX_UNPACKED_BYTES = 2_000_000_000
RESPONDENTS_FILE = "respondenter.csv"
NOT_RECORDS = {RESPONDENTS_FILE, "SOURCES.csv"}
NOT_RECORD_SUFFIXES = {".md"}
# What the standard library raises for what it cannot open, unpack or decode.
UNREADABLE = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    RuntimeError,
    NotImplementedError,
    ValueError,
)
FOREIGN = "__MACOSX"  # what a Mac puts into archives beside the files
END_OF_TEXT = b"\x1a"  # what old programs end a text with
# The last record of a zip. How many members there are stands in two bytes of it; MANY: in another record.
END_OF_ARCHIVE = b"PK\x05\x06"
MANY = 0xFFFF
LONGEST_END = 22 + 0xFFFF  # with the longest comment
Content = tuple[str, bytes]


def candidates(folder: Path) -> list[Path]:
    """Return the files of a folder that may hold records, sorted by name.

    Notes (`.md`), receipts, the list of respondents and hidden files are none. Folders inside are
    not entered; see `folders_inside`.
    """
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if not path.is_dir() and may_hold_records(path))


def may_hold_records(path: PurePath) -> bool:
    """Return whether a file of this name may hold records: no note, receipt, list or hidden file."""
    hidden = any(part.startswith(".") and part != ".." for part in path.parts[-1:])
    return (
        not hidden
        and path.name not in NOT_RECORDS
        and path.suffix.lower() not in NOT_RECORD_SUFFIXES
    )


def folders_inside(folder: Path) -> list[Path]:
    """Return the folders below a year's folder: files in them would be overlooked in silence."""
    if not folder.is_dir():
        return []
    return sorted(
        path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")
    )


def read_contents(paths: Iterable[Path]) -> tuple[list[Content], list[DataError]]:
    """Return name and bytes of every text file in `paths`, and what could not be read.

    Plain files, `.gz` and `.zip` (every member that may hold records, named `archive.zip!member`).
    Refused: a link that leads out of its folder, an archive member whose path climbs out, that has no
    name or whose name stands twice, an archive that has lost members or has none to be read, what is no
    ordinary file, anything that cannot be opened or unpacked, and more than MAX_UNPACKED_BYTES in all.
    """
    contents: list[Content] = []
    problems: list[DataError] = []
    left = MAX_UNPACKED_BYTES
    for path in paths:
        try:
            for name, content in _contents(path, left):
                left -= len(content)
                contents.append((name, content))
        except DataError as error:
            problems.append(error)
    return contents, problems


def _contents(path: Path, left: int) -> Iterator[Content]:
    _refuse_foreign_link(path)
    try:
        refuse_special(path)
        if path.suffix.lower() == ".zip":
            yield from _members(path, left)
        elif path.suffix.lower() == ".gz":
            with gzip.open(path) as stream:
                yield str(path), _bounded(stream, path, left)
        else:
            with path.open("rb") as stream:
                yield str(path), _bounded(stream, path, left)
    except UNREADABLE as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(
            path,
            problem=f"cannot be read ({reason})",
            todo="Check the file and its permissions, or deliver it again.",
        ) from None


def is_foreign_link(path: Path) -> bool:
    """Return whether a file is a link that leads out of its folder: what it leads to is not read."""
    return path.is_symlink() and not path.resolve().is_relative_to(path.parent.resolve())


def _refuse_foreign_link(path: Path) -> None:
    if is_foreign_link(path):
        raise DataError(
            path,
            problem="is a link that leads out of its folder",
            allowed="files, and links within the folder",
            todo="Put the file itself there.",
        )


def _members(path: Path, left: int) -> Iterator[Content]:
    """Hand out the members that may hold records; an archive without any is refused as an empty file is."""
    found = False
    with zipfile.ZipFile(path) as archive:
        entries = sorted(archive.infolist(), key=lambda info: info.filename)
        _refuse_lost(path, entries)
        seen: set[str] = set()
        for entry in entries:
            may_hold = _may_member_hold(path, entry, seen)
            # Also what is passed over is opened: a name stands in an archive twice, and where one of them
            # is damaged, the other tells that this is no note, folder or hidden file.
            with archive.open(entry) as stream:
                if not may_hold:
                    continue
                content = _bounded(stream, path, left)
            left -= len(content)
            found = True
            yield f"{path}!{entry.filename}", content
    if not found:
        raise DataError(
            path,
            problem="has no member that may hold records",
            allowed="account files, also in folders; notes, lists and hidden files are passed over",
            todo="Pack the account files, or take the archive out of the folder.",
        )


def _refuse_lost(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    """Stop at an archive that has members which its directory does not lead to: they would be overlooked.

    A length that is damaged in the directory swallows the members behind it, and of two archives in one
    file only the last has a directory that is looked at.
    """
    told = _members_told(path)
    if told not in (len(entries), MANY):
        raise DataError(
            path,
            problem=f"has another number of members than it says ({len(entries)} ≠ {told})",
            allowed="a whole archive",
            todo="Pack the files again.",
        )
    if entries and min(entry.header_offset for entry in entries) > 0:
        raise DataError(
            path,
            problem="begins with something else than its first member",
            allowed="one archive in a file, with nothing before it",
            todo="Pack the files again.",
        )


def _members_told(path: Path) -> int:
    """Return how many members the end of an archive says that it has, MANY where it does not say."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - LONGEST_END))
        end = stream.read()
    record = end[end.rfind(END_OF_ARCHIVE) :]
    return int.from_bytes(record[10:12], "little")


def _may_member_hold(path: Path, entry: zipfile.ZipInfo, seen: set[str]) -> bool:
    """Return whether a member may hold records, or stop at its name; `seen`: the names before it."""
    member = entry.filename
    # zipfile cuts a name at a NUL: what is left of it is not the member's name, and may be nothing.
    if not member or "\0" in entry.orig_filename:
        raise DataError(
            path,
            problem=f"has a member without a name, or with a NUL byte in it ({entry.orig_filename!r})",
            allowed="members with a name",
            todo="Pack the files again.",
        )
    if member in seen:
        raise DataError(
            path,
            problem=f"the archive's member {member!r} stands in it twice",
            allowed="each name once",
            todo="Pack the files again.",
        )
    seen.add(member)
    text = member.replace("\\", "/")
    place = PurePosixPath(text)
    if place.is_absolute() or ".." in place.parts:
        raise DataError(
            path,
            problem=f"the archive's member {member!r} climbs out of the archive",
            allowed="members below the archive",
            todo="Pack the files again.",
        )
    return not text.endswith("/") and FOREIGN not in place.parts and may_hold_records(place)


def _bounded(stream: IO[bytes] | gzip.GzipFile, path: Path, left: int) -> bytes:
    content = stream.read(left + 1)
    if len(content) > left:
        raise DataError(
            path,
            problem=f"unpacks to more than the {MAX_UNPACKED_BYTES} bytes that a year may hold",
            allowed="account files",
            todo="Check what the file is.",
        )
    return content.rstrip(END_OF_TEXT)
