"""What a long run is at, on stderr: a bar on a terminal, gone when it ends; elsewhere a plain line for each step."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from kommuneregnskap.cli.terminal import Description, console, say
from kommuneregnskap.support.interrupts import interruptible, leave

PATIENCE = 10.0  # seconds until the first step is told: what is refused is refused before, in one line alone
LINES = 10  # of what is counted by the hundred
STOPPED = "Stopped; what stood there is as it was."


class Steps:
    """The steps of one run; made by `working`.

    As lines, each is told once: `Computing under every choice ...` when it begins, `3 of 9: 5_respondents` when it
    has ended, of many only every so many. The first one may end in an error: it is told when it lasts.
    """

    def __init__(self, first: str) -> None:
        self.bar = Progress(
            Description(),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console(err=True),
            transient=True,
            disable=not _redrawn(),
        )
        self.task = self.bar.add_task(first, total=None)
        self.told = 0
        self.first = Timer(PATIENCE, self._say, [f"{first} ..."])
        self.first.daemon = True

    def begun(self, what: str, done: int | None = None, total: int | None = None) -> None:
        """Tell that a step begins: the next one after `done` of `total`, where they are counted."""
        self.bar.update(self.task, description=what, completed=done, total=total)
        place = "" if done is None or done == total else f" ({done + 1} of {total})"
        self._say(f"{what}{place} ...")

    def ended(self, what: str, done: int, total: int) -> None:
        """Tell that a step has ended, which makes `done` of `total`."""
        self.bar.update(self.task, description=what, completed=done, total=total)
        every = max(total // LINES, 1)
        if done == total or done < self.told or done // every > self.told // every:
            self.told = done
            self._say(f"{done} of {total}: {what}")

    def _say(self, line: str) -> None:
        self.first.cancel()
        if self.bar.disable:
            say(line, err=True)

    def start(self) -> None:
        """Show the bar, or wait with the first line."""
        self.bar.start()
        if self.bar.disable:
            with suppress(RuntimeError):  # no room for a thread: then it is not told
                self.first.start()

    def stop(self) -> None:
        """Take the bar away; nothing more is told."""
        self.first.cancel()
        self.bar.stop()


def _redrawn() -> bool:
    """Return whether stderr is a terminal whose lines can be drawn anew, whatever colours are asked for elsewhere."""
    return sys.stderr.isatty() and os.environ.get("TERM", "") not in ("", "dumb", "unknown")


@contextmanager
def working(first: str, stopped: str = STOPPED, *, at_once: bool = False) -> Iterator[Steps]:
    """Show the steps of a run, the first one from the beginning; Ctrl-C and SIGTERM end it in one line.

    stopped: that line; the exit code is the shell's. at_once: without waiting for threads that wait for others, see
    `interrupts.leave`.
    """
    steps = Steps(first)
    try:
        with interruptible():
            steps.start()
            yield steps
    except KeyboardInterrupt as stop:
        steps.stop()
        say(stopped, err=True)
        code = 128 + getattr(stop, "number", signal.SIGINT)
        if at_once:
            leave(code)
        raise typer.Exit(code) from None
    finally:
        steps.stop()
