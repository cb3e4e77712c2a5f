"""One process at a time: a lock that ends with the process, however that ends."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kommuneregnskap.errors import UsageError, writing


@contextmanager
def alone(folder: Path, name: str, busy: str, target: Path | None = None) -> Iterator[None]:
    """Hold the lock `folder/name`; the folder is made when it is missing.

    Raises UsageError with the words of `busy` where another process holds it, DataError where the system
    refuses to write, naming `target` (what is to be made; without it the folder).
    """
    with writing(target or folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / name).open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UsageError(busy) from None
        yield
