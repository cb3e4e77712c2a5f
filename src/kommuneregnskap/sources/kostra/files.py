"""The door for files from outside: found, opened and unpacked within bounds, never trusted."""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import re
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath
from typing import IO

from kommuneregnskap.support.errors import DataError
from kommuneregnskap.support.files import refuse_special

# All files of a year together, unpacked. A national year of records is about 30 MB; far more is no
# account file. The bound also keeps every sum of nine-digit amounts within 64 bits:
# 2e9 bytes / 48 * 1e9 (1000 kr) = 4e16 < 9.2e18.
MAX_UNPACKED_BYTES = 2_000_000_000
RESPONDENTS_FILE = "respondenter.csv"
RECEIPT = "SOURCES.csv"
NOTES = ".md"
# What systems and programs leave beside files: thumbnails and views of folders, marks of where a file came from,
# drafts and locks of open documents, copies that editors keep, shortcuts.
LEFT_BY_SYSTEMS = re.compile(
    r"desktop\.ini|(?:eh)?thumbs\.db(?::.*)?|icon\r|.*:zone\.identifier(?::.*)?|.*:com\.apple\..*"
    r"|~\$.*|~.*\.tmp|\.?~lock\..*|.*~|#.*#|.*\.(?:lnk|url|webloc)",
    re.IGNORECASE | re.DOTALL,
)
FOLDERS_OF_SYSTEMS = {
    name.lower()
    for name in (
        "__MACOSX",
        "$RECYCLE.BIN",
        "System Volume Information",
        "@eaDir",
        "lost+found",
        "Network Trash Folder",
        "Temporary Items",
    )
}
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
END_OF_TEXT = b"\x1a"  # what old programs end a text with
# The last record of a zip. How many members there are stands in two bytes of it; MANY: in another record.
END_OF_ARCHIVE = b"PK\x05\x06"
MANY = 0xFFFF
LONGEST_END = 22 + 0xFFFF  # with the longest comment
FOREIGN_LINK = "a link that leads out of its folder"  # in the place of the hash of a file
UNDECODED = re.compile("[\ud800-\udfff]")  # how Python keeps the bytes of a name that is no text
Content = tuple[str, bytes]


@dataclass(frozen=True)
class Opened:
    """What lay in files: `contents`, name and bytes of every text; `problems`, what could not be read.

    hashes: sha256 of the bytes that were read of each file, the same bytes that the texts are. passed: members of
    archives that were passed over, with why (`why_passed_over`).
    """

    contents: list[Content] = field(default_factory=list)
    problems: list[DataError] = field(default_factory=list)
    hashes: dict[Path, str] = field(default_factory=dict)
    passed: dict[str, str] = field(default_factory=dict)


def candidates(folder: Path) -> list[Path]:
    """Return the files of a folder that may hold records, sorted by name: those that are not passed over.

    Folders inside are not entered; see `folders_inside`. Raises DataError for a name that is no text: nothing could
    tell of the file.
    """
    if not folder.is_dir():
        return []
    found = sorted(
        path for path in folder.iterdir() if not path.is_dir() and not why_passed_over(path)
    )
    for path in found:
        if UNDECODED.search(path.name):
            raise DataError(
                path,
                problem=f"has a name that is no text in {sys.getfilesystemencoding()}",
                todo="Give the file another name.",
            )
    return found


def passed_over(folder: Path) -> dict[str, str]:
    """Return what lies in a folder and is not read as accounts, with why: path → `why_passed_over`.

    The list of respondents is read, if not as accounts, and is none of them.
    """
    if not folder.is_dir():
        return {}
    return {
        str(path).encode(errors="backslashreplace").decode(): why
        for path in sorted(folder.iterdir())
        if (why := why_passed_over(path, folder=path.is_dir())) and path.name != RESPONDENTS_FILE
    }


def below(folder: Path, named: Mapping[str, str]) -> dict[str, str]:
    """Return what is said of paths, of each by its name below a folder where it lies there."""
    return {name.removeprefix(f"{folder}/"): said for name, said in named.items()}


def why_passed_over(path: PurePath, *, folder: bool = False) -> str:
    """Return why a file (or folder) of this name is not read, in bokmål; empty where it is."""
    name = path.name
    if name.startswith(".") and name != "..":
        return "skjult"
    if folder:
        return "fra operativsystemet" if name.lower() in FOLDERS_OF_SYSTEMS else ""
    if LEFT_BY_SYSTEMS.fullmatch(name):
        return "fra operativsystemet eller et program"
    if name == RESPONDENTS_FILE:
        return "listen over svar"
    if name == RECEIPT:
        return "kvittering"
    return "notat" if path.suffix.lower() == NOTES else ""


def folders_inside(folder: Path) -> list[Path]:
    """Return the folders below a year's folder: files in them would be overlooked in silence."""
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_dir() and not why_passed_over(path, folder=True)
    )


def read_contents(paths: Iterable[Path]) -> tuple[list[Content], list[DataError]]:
    """Return name and bytes of every text file in `paths`, and what could not be read: as `open_files`."""
    opened = open_files(paths)
    return opened.contents, opened.problems


def open_files(paths: Iterable[Path]) -> Opened:
    """Read files, each once, and unpack them.

    Plain files, `.gz` and `.zip` (every member that may hold records, named `archive.zip!member`).
    Refused: a link that leads out of its folder, an archive member whose path climbs out, that has no
    name or whose name stands twice, an archive that has lost members or has none to be read, what is no
    ordinary file, anything that cannot be opened or unpacked, and more than MAX_UNPACKED_BYTES in all.
    """
    opened = Opened()
    left = MAX_UNPACKED_BYTES
    for path in paths:
        try:
            for name, content in _contents(path, left, opened):
                left -= len(content)
                opened.contents.append((name, content))
        except DataError as error:
            opened.problems.append(error)
    return opened


def _contents(path: Path, left: int, opened: Opened) -> Iterator[Content]:
    if is_foreign_link(path):
        opened.hashes[path] = FOREIGN_LINK
        raise DataError(
            path,
            problem="is a link that leads out of its folder",
            allowed="files, and links within the folder",
            todo="Put the file itself there.",
        )
    try:
        refuse_special(path)
        with path.open("rb") as stream:
            data = _bounded(stream, path, left)
        # What is hashed is what is parsed, whatever becomes of the file meanwhile.
        opened.hashes[path] = hashlib.sha256(data).hexdigest()
        if path.suffix.lower() == ".zip":
            yield from _members(path, data, left, opened.passed)
        elif path.suffix.lower() == ".gz":
            with gzip.open(io.BytesIO(data)) as unpacked:
                yield str(path), _text(_bounded(unpacked, path, left))
        else:
            yield str(path), _text(data)
    except UNREADABLE as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(
            path,
            problem=f"cannot be read ({reason})",
            todo="Check the file and its permissions, or deliver it again.",
        ) from None


def _text(data: bytes) -> bytes:
    return data.rstrip(END_OF_TEXT)


def is_foreign_link(path: Path) -> bool:
    """Return whether a file is a link that leads out of its folder: what it leads to is not read."""
    return path.is_symlink() and not path.resolve().is_relative_to(path.parent.resolve())


def _members(path: Path, data: bytes, left: int, passed: dict[str, str]) -> Iterator[Content]:
    """Hand out the members that may hold records; an archive without any is refused as an empty file is."""
    found = False
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = sorted(archive.infolist(), key=lambda info: info.filename)
        _refuse_lost(path, data, entries)
        seen: set[str] = set()
        for entry in entries:
            why = _why_passed_over(path, entry, seen)
            # Also what is passed over is opened: a name stands in an archive twice, and where one of them
            # is damaged, the other tells that this is no note, folder or hidden file.
            with archive.open(entry) as stream:
                if why is not None:
                    if why:
                        passed[f"{path}!{entry.filename}"] = why
                    continue
                content = _text(_bounded(stream, path, left))
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


def _refuse_lost(path: Path, data: bytes, entries: list[zipfile.ZipInfo]) -> None:
    """Stop at an archive that has members which its directory does not lead to: they would be overlooked.

    A length that is damaged in the directory swallows the members behind it, and of two archives in one
    file only the last has a directory that is looked at.
    """
    told = _members_told(data)
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


def _members_told(data: bytes) -> int:
    """Return how many members the end of an archive says that it has, MANY where it does not say."""
    end = data[-LONGEST_END:]
    record = end[end.rfind(END_OF_ARCHIVE) :]
    return int.from_bytes(record[10:12], "little")


def _why_passed_over(path: Path, entry: zipfile.ZipInfo, seen: set[str]) -> str | None:
    """Return why a member is passed over (empty for a folder, which holds nothing), None where it may hold records.

    Stops at a name that is none; `seen`: the names before it.
    """
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
    if text.endswith("/"):
        return ""
    above = (why_passed_over(folder, folder=True) for folder in place.parents if folder.name)
    return next((why for why in above if why), why_passed_over(place)) or None


def _bounded(stream: IO[bytes] | gzip.GzipFile, path: Path, left: int) -> bytes:
    content = stream.read(left + 1)
    if len(content) > left:
        raise DataError(
            path,
            problem=f"unpacks to more than the {MAX_UNPACKED_BYTES} bytes that a year may hold",
            allowed="account files",
            todo="Check what the file is.",
        )
    return content
