"""Somebody who sees how this process ends, and says it in a line where it cannot say it itself.

Where memory ends, a library may end the process on the spot, and the system may kill it: no `except` is reached.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from kommuneregnskap.support.commands import typed
from kommuneregnskap.support.locks import of_system

DONE, SAID = b"d", b"s"  # how a run that came to its end tells it: well, or after saying why not
HELD = 64_000  # bytes of what libraries say that are held until the end
ENDED = (
    "Error: the run ended in the middle: killed, or out of memory{said}. What stood there is as it was; give it "
    f"more memory, or less to do at a time ({typed('JOBS=1')}), and try again."
)
KINDS = ("MemoryError", "PanicException")
WORDS = ("start new thread", "failed to map segment", "cannot allocate memory")
MOST = 0.8  # of the address space
LEAST = 1_000  # MB of address space that the libraries alone take
resource = of_system("resource")
_end: int | None = None  # where this process tells how it ends


@contextmanager
def witnessed() -> Iterator[None]:
    """Have the block seen by a process of its own.

    What libraries write to the terminal behind Python's back is held until the end, and shown where nothing more to
    the point is said. To be entered before there are threads. Exits with one line where memory ends. On Windows,
    where no process can be forked, nobody sees it.
    """
    global _end
    refuse_narrow()
    if sys.platform == "win32":
        yield
        return
    heard, spoken = os.pipe()
    known, _end = os.pipe()
    if os.fork() == 0:
        os.close(spoken)
        os.close(_end)
        _witness(heard, known)
    os.close(heard)
    os.close(known)
    # Python goes on saying what it has to say where it did; file descriptor 2 is what libraries write to.
    sys.stderr.flush()
    terminal = os.dup(2)
    sys.stderr = os.fdopen(
        terminal, "w", encoding=sys.stderr.encoding, errors=sys.stderr.errors, buffering=1
    )
    os.dup2(spoken, 2)
    os.close(spoken)
    try:
        yield
    except SystemExit as end:
        told(well=not end.code)
        raise
    except BaseException as error:
        if not out_of_memory(error):
            told(well=True)  # and what libraries have said belongs to it
            raise
        sys.stderr.write(ENDED.format(said=f" ({type(error).__name__})") + "\n")
        told(well=False)
        sys.exit(1)
    told(well=True)


def told(*, well: bool) -> None:
    """Tell the witness, where there is one, that this process now ends in order."""
    if _end is not None:
        sys.stderr.flush()
        with suppress(OSError):
            os.write(_end, DONE if well else SAID)


def refuse_narrow() -> None:
    """Exit with one line where so little address space is given that not even the libraries can be loaded."""
    limit = _limit()
    if limit is not None and limit < LEAST * 1_000_000:
        sys.exit(
            f"Error: the limit of memory (ulimit -v) is {limit // 1_000_000} MB, and at least {LEAST} MB are needed. "
            "What stood there is as it was; raise it, and try again."
        )


def out_of_memory(error: BaseException | None) -> bool:
    """Return whether an error, or one that it came of, says that the system gave no memory or no thread.

    Where address space is limited and nearly used up, any error that nobody expected does: half a library is loaded.
    """
    if _nearly_used_up():
        return True
    while error is not None:
        of_system = isinstance(error, OSError) and error.errno in (errno.ENOMEM, errno.EAGAIN)
        kind, text = type(error).__name__, str(error).lower()
        if of_system or kind in KINDS or any(words in text for words in WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False


def _nearly_used_up() -> bool:
    """Return whether this process once had most of the address space that it may have."""
    limit = _limit()
    if limit is None:
        return False
    with suppress(OSError):
        found = re.search(r"VmPeak:\s+(\d+) kB", Path("/proc/self/status").read_text("utf-8"))
        return found is not None and int(found[1]) * 1024 > MOST * limit
    return False


def _limit() -> int | None:
    """Return the bytes of address space that this process may have; None where the system sets no limit."""
    if resource is None:
        return None
    limit = int(resource.getrlimit(resource.RLIMIT_AS)[0])
    return None if limit == resource.RLIM_INFINITY else limit


def _witness(heard: int, known: int) -> NoReturn:
    """Hold what is heard until nobody can say more; then show it, or say that the run ended without a word."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    held = b""
    while part := os.read(heard, HELD):
        held += part[: HELD - len(held)]
    how = os.read(known, 1)
    if how == DONE:
        os.write(2, held)
    elif how != SAID:
        lines = held.decode("utf-8", "replace").splitlines()
        first = next((line.strip("# ") for line in lines if any(map(str.isalpha, line))), "")
        said = f" ({first[:160].rstrip('.')})" if first else ""
        os.write(2, (ENDED.format(said=said) + "\n").encode())
    os._exit(0)
