"""How a run is told to stop, and how it ends then."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

from kommuneregnskap.support.witness import told

Handler = Callable[[int, FrameType | None], Any]


class Interrupted(KeyboardInterrupt):
    """The run was told to stop by SIGTERM. A library it passes through may make it anew, of its text alone."""

    number = signal.SIGTERM


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn SIGTERM and Ctrl-C into exceptions, so that a stopped run clears up after itself."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Interrupted

    with _handled(signal.SIGTERM, stop), _handled(signal.SIGINT, signal.default_int_handler):
        yield


@contextmanager
def stopped_anywhere() -> Iterator[None]:
    """End with a line and the shell's exit code where a run is told to stop outside of `interruptible`.

    While it loads what it needs, or says what it has done: a command has nothing of its own to say of that.
    """

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        sys.stderr.write("Stopped; what stood there is as it was.\n")
        raise SystemExit(128 + number)

    with _handled(signal.SIGTERM, end), _handled(signal.SIGINT, end):
        yield


@contextmanager
def _handled(number: int, handler: Handler) -> Iterator[None]:
    """Have a signal handled; one that is ignored, as Ctrl-C is behind a shell's `&`, stays so."""
    before = signal.getsignal(number)
    if before == signal.SIG_IGN:
        yield
        return
    signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


def leave(code: int) -> NoReturn:
    """End the process at once: threads that wait for kernels would hold it, kernels end with it."""
    told(well=False)
    os._exit(code)
