"""Which tables are read while something is computed, as they were then: what its result is kept by.

A result that was kept is served as long as every table that was read for it says the same. Nobody names these tables:
they are noted where tables are read (`reader.content`), and noted again by whoever hands out what was made of them
before (`once`), so that whatever asks for a result has read what that was made of.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from kommuneregnskap.support import paths

FOLDERS = (
    "codes",
    "definitions",
    "claims",
    "demo",
)  # of data/; what a user brings is named by who reads it
TELL = "KOMMUNEREGNSKAP_READS"  # in the environment of a process: the file that it tells in what it reads
LISTED = "/"  # ends the name of a folder: which files are in it
Made = TypeVar("Made")


@dataclass
class Reads:
    """The files that were read, and what each held. changed: one of them was another when it was read again.

    told: the sha256 of those that another process read, by their names.
    """

    contents: dict[Path, bytes] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    changed: bool = False

    def note(self, path: Path, content: bytes) -> None:
        """Note that a file held this when it was read."""
        known = self.contents.setdefault(path, content)
        if known is not content and known != content:
            self.changed = True

    def hashes(self) -> dict[str, str]:
        """Return the sha256 of each by its name below data/, in order; of what a user brought there is none here."""
        own = {_name(path): _sha256(content) for path, content in self.contents.items()}
        return {
            name: hashed
            for name, hashed in sorted((self.told | own).items())
            if name.partition("/")[0] in FOLDERS and name.count("/") == 1
        }


Memo = dict[tuple[object, ...], tuple[object, Reads]]


@dataclass
class _Told(Reads):
    """What a whole process reads, told to the one that started it: hash and name a line, in a file that it named."""

    file: Path = Path()

    def note(self, path: Path, content: bytes) -> None:
        """Note a file as `Reads` does, and tell of it the first time, and when it is another."""
        known = self.contents.get(path)
        if known is content or known == content:
            return
        self.contents[path] = content
        with self.file.open("a", encoding="utf-8", newline="\n") as lines:
            lines.write(f"{_sha256(content)} {_name(path)}\n")


_started_by = os.environ.get(TELL)
_ACTIVE: ContextVar[tuple[Reads, ...]] = ContextVar(
    "reads", default=(_Told(file=Path(_started_by)),) if _started_by else ()
)


@contextmanager
def noted() -> Iterator[Reads]:
    """Give what is read inside, as it comes to be known; those around it note it as well."""
    found = Reads()
    token = _ACTIVE.set((*_ACTIVE.get(), found))
    try:
        yield found
    finally:
        _ACTIVE.reset(token)


@contextmanager
def unnoted() -> Iterator[None]:
    """Note nothing of what is read inside: for what is named by its value where a result is kept."""
    token = _ACTIVE.set(())
    try:
        yield
    finally:
        _ACTIVE.reset(token)


def note(path: Path, content: bytes) -> None:
    """Note that a file was read and what it held."""
    for each in _ACTIVE.get():
        each.note(path, content)


def note_again(found: Reads) -> None:
    """Note what was read when that was made which is now handed out."""
    for each in _ACTIVE.get():
        for path, content in found.contents.items():
            each.note(path, content)
        each.told |= found.told
        each.changed |= found.changed


def once(memo: Memo, key: tuple[object, ...], make: Callable[[], Made]) -> Made:
    """Return what `make` makes, made once for a key; what was read for it is noted for everyone who asks."""
    if key not in memo:
        with noted() as found:
            made = make()
        memo[key] = made, found
        return made
    known, found = memo[key]
    note_again(found)
    return known  # type: ignore[return-value]


def note_told(file: Path) -> None:
    """Note what a process that has ended read, as it told in a file (TELL)."""
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    found = Reads()
    for hashed, _, name in (line.partition(" ") for line in lines):
        found.changed |= found.told.setdefault(name, hashed) != hashed
    note_again(found)


def files_in(folder: Path, pattern: str) -> list[Path]:
    """Return the files of a folder of tables that a pattern fits, sorted; which there are is read with it."""
    note(folder, _listing(folder))
    return sorted(folder.glob(pattern))


def now(names: Iterable[str]) -> Reads:
    """Return files of these names (`Reads.hashes`) as they stand now; those that are there."""
    found = Reads()
    for name in names:
        path = paths.tables() / name
        with suppress(OSError):
            found.note(path, _listing(path) if name.endswith(LISTED) else path.read_bytes())
    return found


def _name(path: Path) -> str:
    """Return the name of a file below data/, of a folder with a stroke behind it; the path of what lies elsewhere."""
    name = os.path.relpath(path, paths.tables()).replace(os.sep, "/")
    return f"{name}{LISTED}" if path.is_dir() else name


def _listing(folder: Path) -> bytes:
    return "\n".join(sorted(path.name for path in folder.glob("*.csv"))).encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
