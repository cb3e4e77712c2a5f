"""`python -m kommuneregnskap`, and the program `kommuneregnskap`."""

from __future__ import annotations

import os

from kommuneregnskap.support.interrupts import stopped_anywhere
from kommuneregnskap.support.witness import witnessed

# How polars' own allocator, in the processes that are started as well, holds what is free: it gives it back. Else it
# only says that the system may take it, and a report seems to need twice the memory.
ALLOCATOR, GIVES_BACK = "_RJEM_MALLOC_CONF", "muzzy_decay_ms:0"


def main() -> None:
    """Run the command line, seen by a witness, to be stopped at any moment."""
    os.environ.setdefault(ALLOCATOR, GIVES_BACK)
    with witnessed(), stopped_anywhere():
        from kommuneregnskap.cli import main as run  # noqa: PLC0415 (a worker process reads this file too)

        run()


if __name__ == "__main__":
    main()
