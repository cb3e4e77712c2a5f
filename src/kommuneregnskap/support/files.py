"""Files: written whole or not at all, one process at a time; known by the hash of their content."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import os
import re
import shutil
import stat
import sys
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from kommuneregnskap.support import locks
from kommuneregnskap.support.errors import DataError, NotWrittenError, UsageError, shown_path
from kommuneregnskap.support.memory import c_library

REFUSED = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.EIO,
    errno.ENAMETOOLONG,
}
EXCHANGES = ("renameat2", "renameatx_np")  # what Linux and macOS call it
EXCHANGE = 2
OF_THE_SYSTEM = " (os error"  # how polars ends what the system told it
_HASHED: ContextVar[dict[Path, str] | None] = ContextVar("hashed", default=None)


@contextmanager
def writing(target: Path, draft: Path | None = None) -> Iterator[None]:
    """Turn what the system refuses while `target` is written into one line for the user: NotWrittenError.

    Also what polars passes on of it. Writing goes to a temporary name first, so that `target` is as it
    was. A file refused below `draft`, the folder that is to become `target`, is said of `target`: the
    draft is gone when the user reads the line.
    """
    try:
        yield
    except NotWrittenError as error:
        if draft is None or draft not in Path(error.file).parents:
            raise
        raise NotWrittenError(target, error.reason, error.number) from None
    except OSError as error:
        if error.errno not in REFUSED and OF_THE_SYSTEM not in str(error):
            raise
        reason, number = _reason(error.strerror or str(error)), error.errno or _number(str(error))
        raise NotWrittenError(target, reason, number) from None
    except Exception as error:
        if not _of_polars(error) or OF_THE_SYSTEM not in str(error):
            raise
        raise NotWrittenError(target, _reason(str(error)), _number(str(error))) from None


def _of_polars(error: Exception) -> bool:
    """Return whether polars raised this, without importing it: the command line has to start fast."""
    polars = sys.modules.get("polars")
    return polars is not None and isinstance(error, polars.exceptions.PolarsError)


def _reason(said: str) -> str:
    return said.partition(OF_THE_SYSTEM)[0].rsplit(": ", 1)[-1]


def _number(said: str) -> int | None:
    found = re.search(rf"{re.escape(OF_THE_SYSTEM)} (\d+)", said)
    return int(found[1]) if found else None


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a temporary name to write to, that becomes `target` when the block ends well.

    Its folder is made where there is none. Another process may be at the same. Raises NotWrittenError, as `writing`,
    where the system refuses; `target` is then as it was.
    """
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def publishing(target: Path) -> Iterator[Path]:
    """Give a draft folder that replaces `target` when the block ends well, and is removed otherwise.

    A failed, interrupted or killed run leaves the former folder as it was; what a killed run left
    behind is cleared at the next start. Whoever looks finds the former folder or the new one at any moment (where a
    file system cannot exchange two folders, neither for an instant). Raises UsageError while another run makes the
    same folder, and DataError where the system refuses to write.
    """
    draft, former = (target.with_name(f".{target.name}.{kind}") for kind in ("draft", "former"))
    busy = f"another run is making {shown_path(target)}; wait for it, or stop it, and try again"
    with writing(target, draft), alone(target.parent, f".{target.name}.lock", busy, target):
        if former.exists() and not target.exists():
            former.rename(target)
        for left in (draft, former):
            shutil.rmtree(left, ignore_errors=True)
        draft.mkdir()
        try:
            yield draft
            if not (target.exists() and _exchanged(draft, target)):
                if target.exists():
                    target.rename(former)
                draft.rename(target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
            shutil.rmtree(former, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    """Let two folders change names in one step; return whether this system and file system can."""
    system = c_library()
    for name in EXCHANGES:
        if hasattr(system, name):
            first, second = (os.fsencode(path.absolute()) for path in (one, other))
            return int(getattr(system, name)(-1, first, -1, second, EXCHANGE)) == 0
    return False


@contextmanager
def alone(folder: Path, name: str, busy: str, target: Path | None = None) -> Iterator[None]:
    """Hold the lock `folder/name`; the folder is made when it is missing.

    Raises UsageError with the words of `busy` where another process holds it, DataError where the system
    refuses to write, naming `target` (what is to be made; without it the folder).
    """
    with writing(target or folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / name).open("wb")
    with lock:
        if not locks.take(lock):
            raise UsageError(busy)
        yield


def remove(path: Path) -> None:
    """Remove what is there: a file, a folder with all in it, a link (not what it leads to). Nothing is fine too."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def is_own_file(path: Path) -> bool:
    """Return whether there is an ordinary file: no link, whose bytes are another's, no folder, no pipe."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


@contextmanager
def hashed_once() -> Iterator[None]:
    """Take files as `file_hash` first finds them for all that asks for it inside: each is read for it once.

    Whoever writes files in between says so (`rewritten`). What is kept under such a hash is of the bytes that stood
    there when the block had begun.
    """
    token = _HASHED.set({})
    try:
        yield
    finally:
        _HASHED.reset(token)


def rewritten() -> None:
    """Say that files were written: `file_hash` reads all of them anew."""
    known = _HASHED.get()
    if known is not None:
        known.clear()


def file_hash(path: Path) -> str:
    """Return the sha256 of a file's content. Raises DataError where it cannot be read."""
    known = _HASHED.get()
    if known is None:
        return _hash(path)
    if path not in known:
        known[path] = _hash(path)
    return known[path]


def file_hashes(files: Collection[Path]) -> list[str]:
    """Return the sha256 of each file's content, several read at a time. Raises as `file_hash`."""
    known = _HASHED.get()
    done = {} if known is None else known
    new = [path for path in files if path not in done]
    with ThreadPoolExecutor(max_workers=min(max(len(new), 1), os.cpu_count() or 1)) as readers:
        found = dict(zip(new, readers.map(_hash, new), strict=True))
    done.update(found)
    return [done[path] for path in files]


def _hash(path: Path) -> str:
    try:
        refuse_special(path)
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise DataError(
            path,
            problem=f"cannot be read ({error.strerror})",
            todo="Check the file and its permissions, or deliver it again.",
        ) from None


def refuse_special(path: Path) -> None:
    """Raise DataError for what is there and no file: a pipe or a device would be waited for in vain."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise DataError(path, problem="is no ordinary file", todo="Take it out of the folder.")


def packed(content: bytes) -> bytes:
    """Return content as gzip: the same bytes whenever it is packed, by whichever Python and on whichever system.

    `gzip.compress` names the system that zlib was built for in the tenth byte, and other Pythons name none there.
    """
    target = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=target, mtime=0) as stream:
        stream.write(content)
    return target.getvalue()
