"""Runs the command line under another clock: `CLOCK=0 python clock.py report --year 2024` in 1970.

No library that every machine has can set the clock of one process, so Python is told another time before it reads the
program; the processes that it starts read this file too.
"""

from __future__ import annotations

import ctypes
import datetime
import gc
import os
import sys
import time
from typing import Any

CLOCK = "CLOCK"  # environment variable: seconds since 1970 that the program begins at


def begin_at(begin: float) -> None:
    """Let this process believe that it is `begin` now; the clock goes on from there."""
    clock: Any = time
    real, shift = time.time_ns, int(begin * 10**9) - time.time_ns()
    clock.time_ns = lambda: real() + shift
    clock.time = lambda: clock.time_ns() / 10**9
    for name in ("gmtime", "localtime", "ctime"):
        setattr(clock, name, _of_now(getattr(clock, name)))
    shown = time.strftime
    clock.strftime = lambda form, at=None: shown(form, at or clock.localtime())
    # `date.today` asks `time.time`; `datetime.now` is of a type that can only be changed from below.
    methods: Any = gc.get_referents(datetime.datetime.__dict__)[0]
    methods["now"] = classmethod(lambda own, tz=None: own.fromtimestamp(time.time(), tz))
    methods["utcnow"] = classmethod(lambda own: own.utcfromtimestamp(time.time()))
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime.datetime))


def _of_now(own: Any) -> Any:
    return lambda seconds=None: own(time.time() if seconds is None else seconds)


def main() -> None:
    from kommuneregnskap.__main__ import main as run

    sys.argv[0] = "kommuneregnskap"
    run()


if CLOCK in os.environ:
    begin_at(float(os.environ[CLOCK]))
if __name__ == "__main__":
    main()
