"""Memory that is done with, given back to the system: else a report seems to need twice what it does."""

from __future__ import annotations

import ctypes
import gc
import os
from contextlib import suppress

# How polars' own allocator holds what is free, here and in the processes that are started from here.
ALLOCATOR, GIVES_BACK = "_RJEM_MALLOC_CONF", "dirty_decay_ms:0,muzzy_decay_ms:0"


def spare() -> None:
    """Let polars give back at once what it is done with. To be called before polars is loaded. Costs time."""
    os.environ.setdefault(ALLOCATOR, GIVES_BACK)


def give_back() -> None:
    """Give back what Python and the system's allocator hold without need."""
    gc.collect()
    trim = getattr(c_library(), "malloc_trim", None)  # glibc has it
    if trim is not None:
        trim(0)


def c_library() -> ctypes.CDLL | None:
    """Return what this process has of its system's C library; None on Windows, which has none of its own."""
    with suppress(OSError, TypeError):
        return ctypes.CDLL(None)
    return None
