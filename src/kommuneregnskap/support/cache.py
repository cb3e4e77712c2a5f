"""What is computed once and kept under the hash of all it depends on: account files, tables, this package.

What is kept proves itself. An entry is a folder of files and a record that says which entry it is and what bytes each
of its files has; whoever opens it reads the bytes once, holds them against the record and uses those. What does not
fit is removed and made again. Several processes may be at the same; what is older goes when there is too much of it,
but nothing that somebody has open.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import stat
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import polars as pl

from kommuneregnskap.support import locks, paths
from kommuneregnskap.support.files import remove, writing

# A year's report of all sources keeps forty: brackets of kilobytes, years of a megabyte, surveys of five. So those of
# several years stay, in a few hundred megabytes; what was used longest ago goes first.
CACHED_ENTRIES = 300
ENTRIES = "2*"  # they are named by a year
RECORD = "record.json"
PART, GONE = ".part-", ".gone-"  # what is being written, what is being removed
LOCK = ".open.lock"
OF_BYTES = "content"  # the file of an entry that is no frames
# How the files of an entry are opened: no link is followed and no pipe waited for, where the system knows of that.
OPENED = os.O_RDONLY
for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):
    OPENED |= getattr(os, flag, 0)


def digest(content: object) -> str:
    """Return the sha256 of anything that JSON can say, whatever the order of its keys; dates as text."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Kept:
    """The frames of an entry as they were read and proved: its parquet files, in memory."""

    files: Mapping[str, bytes]

    def frame(self, name: str) -> pl.DataFrame:
        """Return one of the frames."""
        return pl.read_parquet(BytesIO(self.files[_file(name)]))

    def lazy(self, name: str) -> pl.LazyFrame:
        """Return one of the frames, of which only what is asked for is unpacked."""
        return pl.scan_parquet(BytesIO(self.files[_file(name)]))


def _file(name: str) -> str:
    return f"{name}.parquet"


def of(store: Path, make: Callable[[], Mapping[str, pl.DataFrame]]) -> Kept:
    """Return the frames of the folder `store` of the cache, made and kept where they are not there or do not fit.

    Raises DataError where the system refuses to write.
    """
    return opened(store) or keep(make(), store)


def opened(store: Path) -> Kept | None:
    """Return the frames of an entry; None where it is not there, or was not as it was written and is removed."""
    files = _proved(store)
    return None if files is None else Kept(files)


def keep(frames: Mapping[str, pl.DataFrame], store: Path) -> Kept:
    """Keep frames as the entry `store`, and return them as they are read from there; clean out older entries.

    Raises DataError where the system refuses to write.
    """
    kept = in_memory(frames)
    _write(kept.files, store)
    clean_out(store.parent, CACHED_ENTRIES, ENTRIES)
    return kept


def in_memory(frames: Mapping[str, pl.DataFrame]) -> Kept:
    """Return frames as an entry has them, kept nowhere."""
    files = {}
    for name, frame in frames.items():
        buffer = BytesIO()
        frame.write_parquet(buffer)
        files[_file(name)] = buffer.getvalue()
    return Kept(files)


def bytes_of(store: Path, make: Callable[[], bytes]) -> bytes:
    """Return the bytes that are kept as the entry `store`, made where they are not there or do not fit.

    Raises DataError where the system refuses to write.
    """
    files = _proved(store)
    if files is None:
        files = {OF_BYTES: make()}
        _write(files, store)
    return files[OF_BYTES]


def clean_out(folder: Path, most: int, entries: str = "[!.]*") -> None:
    """Remove the entries of a folder that were used longest ago, where there are too many and nobody has them open."""
    found = sorted(folder.glob(entries), key=_written)
    for store in found[: max(0, len(found) - most)]:
        _open.evict(store)
    for left in folder.glob(f"{GONE}*"):  # of a run that was killed
        remove(left)


def _written(path: Path) -> int:
    """Return when an entry was written or used, in ns; zero when another process has cleaned it out."""
    try:
        return path.lstat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _proved(store: Path) -> dict[str, bytes] | None:
    """Return the files of an entry, each as its record says; None where it is not there or did not fit: it is gone."""
    _open.hold(store)
    try:
        seen = store.lstat()
    except OSError:
        return None
    with suppress(OSError):
        files = {path.name: _bytes(path) for path in store.iterdir()}
        if files.pop(RECORD, None) == _record(store, files):
            with suppress(OSError):  # another's cache, or one that may not be written
                os.utime(store)
            return files
    _remove(store, seen)
    return None


def _bytes(path: Path) -> bytes:
    """Return the bytes of a file. Raises OSError for what is none: a link, a folder, a pipe."""
    descriptor = os.open(path, OPENED)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{path} is no file")
        return file.read()


def _record(store: Path, files: Mapping[str, bytes]) -> bytes:
    """Return the record of an entry with these files: no other entry, and no other bytes, have the same."""
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    text = json.dumps({"entry": store.name, "sha256": sums}, indent=1, sort_keys=True)
    return f"{text}\n".encode()


def _write(files: Mapping[str, bytes], store: Path) -> None:
    """Write an entry under a temporary name, the record last, then rename it: another process may be at the same."""
    with writing(paths.cache()):
        store.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=PART, dir=store.parent))
        try:
            for name, content in files.items():
                (temporary / name).write_bytes(content)
            (temporary / RECORD).write_bytes(_record(store, files))
            if _proved(store) is None:  # else another process was quicker with the same content
                _rename(temporary, store)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    _open.hold(store)


def _rename(temporary: Path, store: Path) -> None:
    try:
        temporary.replace(store)
    except OSError:
        if not store.is_dir():
            raise


def _remove(store: Path, seen: os.stat_result) -> None:
    """Remove an entry that is still the one seen, aside first: another process finds all of it or nothing.

    It may have removed it and written it anew meanwhile.
    """
    aside = store.with_name(f"{GONE}{secrets.token_hex(8)}")
    with suppress(OSError):  # not there; or another's cache, or one that may not be written
        now = store.lstat()
        if os.path.samestat(now, seen) and now.st_ctime_ns == seen.st_ctime_ns:
            store.rename(aside)
            remove(aside)


class _Open:
    """What this process has open, as others see it: a shared lock on a byte of one file, a byte for each entry.

    One file, since a process may have few open; no clock, since clocks differ. The system takes the locks back when
    the process ends, however it does, and when it closes that file, which nobody else may open. Windows has no such
    locks: there the entries used longest ago go unseen, and one that was wanted is made again.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._at = -1
        self._held: set[int] = set()

    def forked(self) -> None:
        """Begin anew in a child process, which has none of the locks."""
        self._guard = threading.Lock()
        self._held = set()

    def hold(self, store: Path) -> None:
        """Say of an entry that this process uses it, until it ends."""
        place = _place(store)
        # Where there is no lock to be had: a cache that may not be written, or that is being cleaned of this entry.
        with self._guard, suppress(OSError):
            at = self._file()
            if place not in self._held:
                _lock(at, "shared", place)
                self._held.add(place)

    def evict(self, store: Path) -> None:
        """Remove an entry that nobody has open."""
        place = _place(store)
        with self._guard, suppress(OSError):
            at = self._file()
            if place not in self._held:
                _lock(at, "alone", place)
                try:
                    _remove(store, store.lstat())
                finally:
                    _lock(at, "free", place)

    def _file(self) -> int:
        """Return the open file of locks of the cache as it is now: a test has many, one after the other."""
        file = paths.cache() / LOCK
        with suppress(OSError):
            if self._at >= 0 and os.path.samestat(os.fstat(self._at), file.stat()):
                return self._at
        try:
            new = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
        except PermissionError:
            new = os.open(file, os.O_RDONLY)
        if self._at >= 0:
            os.close(self._at)
        self._at, self._held = new, set()
        return new


def _lock(at: int, how: str, place: int) -> None:
    """Lock or unlock a byte of an open file. Raises OSError where another process holds it."""
    system = locks.fcntl
    if system is not None:
        kinds = {
            "shared": system.LOCK_SH | system.LOCK_NB,
            "alone": system.LOCK_EX | system.LOCK_NB,
            "free": system.LOCK_UN,
        }
        system.lockf(at, kinds[how], 1, place)


def _place(store: Path) -> int:
    """Return the byte that stands for an entry."""
    name = os.path.relpath(store, paths.cache())
    return int.from_bytes(hashlib.sha256(os.fsencode(name)).digest()[:7])


_open = _Open()
if sys.platform != "win32":
    os.register_at_fork(after_in_child=_open.forked)
