"""A file that one process at a time holds, on every system; taken back when the process ends, however it does."""

from __future__ import annotations

import importlib
import time
from contextlib import suppress
from typing import IO, Any

AGAIN = 0.1  # seconds between two attempts, where the system cannot wait


def of_system(name: str) -> Any:
    """Return a module that not every system has; None where this one has it not."""
    with suppress(ImportError):
        return importlib.import_module(name)
    return None


# Of POSIX, and of Windows.
fcntl, msvcrt = of_system("fcntl"), of_system("msvcrt")


def take(file: IO[Any]) -> bool:
    """Hold an open file alone until it is closed; return whether nobody else does."""
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        elif msvcrt is not None:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    except OSError:
        return False
    return True


def wait_for(file: IO[Any]) -> None:
    """Hold an open file alone until it is closed; wait while another process does."""
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX)
        return
    while not take(file):
        time.sleep(AGAIN)
