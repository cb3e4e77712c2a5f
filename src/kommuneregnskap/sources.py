"""The door for files from outside: found, opened and unpacked within bounds, never trusted."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from kommuneregnskap.errors import DataError

# All files of a year together, unpacked. A national year of records is about 30 MB; far more is no
# account file. The bound also keeps every sum of nine-digit amounts within 64 bits:
# 2e9 bytes / 48 * 1e9 (1000 kr) = 4e16 < 9.2e18.
MAX_UNPACKED_BYTES = 2_000_000_000
RESPONDENTS_FILE = "respondenter.csv"
NOT_RECORDS = {RESPONDENTS_FILE, "SOURCES.csv"}
NOT_RECORD_SUFFIXES = {".md"}
Content = tuple[str, bytes]


def candidates(folder: Path) -> list[Path]:
    """Return the files of a folder that may hold records, sorted by name.

    Notes (`.md`), receipts, the list of respondents and hidden files are none. Folders inside are
    not entered; see `folders_inside`.
    """
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if not path.is_dir()
        and not path.name.startswith(".")
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


def read_contents(
    paths: Iterable[Path], *, limit: int | None = None
) -> tuple[list[Content], list[DataError]]:
    """Return name and bytes of every text file in `paths`, and what could not be read.

    Plain files, `.gz` and `.zip` (every member, named `archive.zip!member`). `limit` reads only so
    many bytes of each. Refused: a link that leads out of its folder, an archive member whose path
    climbs out, anything that cannot be opened or unpacked, and more than MAX_UNPACKED_BYTES in all.
    """
    contents: list[Content] = []
    problems: list[DataError] = []
    left = MAX_UNPACKED_BYTES
    for path in paths:
        try:
            for name, content in _contents(path, left, limit):
                left -= len(content)
                contents.append((name, content))
        except DataError as error:
            problems.append(error)
    return contents, problems


def _contents(path: Path, left: int, limit: int | None) -> Iterator[Content]:
    _refuse_foreign_link(path)
    try:
        if path.suffix.lower() == ".zip":
            yield from _members(path, left, limit)
        elif path.suffix.lower() == ".gz":
            with gzip.open(path) as stream:
                yield str(path), _bounded(stream, path, left, limit)
        else:
            with path.open("rb") as stream:
                yield str(path), _bounded(stream, path, left, limit)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(
            path,
            problem=f"cannot be read ({reason})",
            todo="Check the file and its permissions, or deliver it again.",
        ) from None


def _refuse_foreign_link(path: Path) -> None:
    if path.is_symlink() and not path.resolve().is_relative_to(path.parent.resolve()):
        raise DataError(
            path,
            problem="is a link that leads out of its folder",
            allowed="files, and links within the folder",
            todo="Put the file itself there.",
        )


def _members(path: Path, left: int, limit: int | None) -> Iterator[Content]:
    with zipfile.ZipFile(path) as archive:
        for member in sorted(archive.namelist()):
            place = PurePosixPath(member.replace("\\", "/"))
            if place.is_absolute() or ".." in place.parts:
                raise DataError(
                    path,
                    problem=f"the archive's member {member!r} climbs out of the archive",
                    allowed="members below the archive",
                    todo="Pack the files again.",
                )
            if not member.endswith("/"):
                with archive.open(member) as stream:
                    content = _bounded(stream, path, left, limit)
                left -= len(content)
                yield f"{path}!{member}", content


def _bounded(stream: IO[bytes] | gzip.GzipFile, path: Path, left: int, limit: int | None) -> bytes:
    if limit is not None:
        return stream.read(limit)
    content = stream.read(left + 1)
    if len(content) > left:
        raise DataError(
            path,
            problem=f"unpacks to more than the {MAX_UNPACKED_BYTES} bytes that a year may hold",
            allowed="account files",
            todo="Check what the file is.",
        )
    return content
