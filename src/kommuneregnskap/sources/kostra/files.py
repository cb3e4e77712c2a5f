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
    Refused: a link that leads out of its folder, an archive member whose path climbs out or whose name
    stands twice, what is no ordinary file, anything that cannot be opened or unpacked, and more than
    MAX_UNPACKED_BYTES in all.
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
    with zipfile.ZipFile(path) as archive:
        seen: set[str] = set()
        for entry in sorted(archive.infolist(), key=lambda info: info.filename):
            member = entry.filename
            place = PurePosixPath(member.replace("\\", "/"))
            if member in seen:
                raise DataError(
                    path,
                    problem=f"the archive's member {member!r} stands in it twice",
                    allowed="each name once",
                    todo="Pack the files again.",
                )
            seen.add(member)
            if place.is_absolute() or ".." in place.parts:
                raise DataError(
                    path,
                    problem=f"the archive's member {member!r} climbs out of the archive",
                    allowed="members below the archive",
                    todo="Pack the files again.",
                )
            if not entry.is_dir() and FOREIGN not in place.parts and may_hold_records(place):
                with archive.open(entry) as stream:
                    content = _bounded(stream, path, left)
                left -= len(content)
                yield f"{path}!{member}", content


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
