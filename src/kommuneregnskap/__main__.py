"""`python -m kommuneregnskap`, and the program `kommuneregnskap`."""

from __future__ import annotations

import os
import re
import sys

from kommuneregnskap.support import spent  # noqa: F401 (counts from here)
from kommuneregnskap.support.interrupts import stopped_anywhere
from kommuneregnskap.support.memory import spare
from kommuneregnskap.support.witness import witnessed

ONE_JOB = re.compile(r"--jobs[ =]1(?!\S)")  # asks for little memory rather than for speed
STRIPPED = 2  # PYTHONOPTIMIZE=2 leaves out the documentation, which libraries read


def main() -> None:
    """Run the command line, seen by a witness, to be stopped at any moment."""
    if sys.flags.optimize >= STRIPPED or sys.getfilesystemencoding() != "utf-8":
        _begin_anew()
    if ONE_JOB.search(" ".join(sys.argv[1:])):
        spare()
    with witnessed(), stopped_anywhere():
        from kommuneregnskap.cli import main as run  # noqa: PLC0415 (a worker process reads this file too)

        run()


def _begin_anew() -> None:
    """Begin with a Python that has all of its libraries and reads names of files as they are, as the Makefile does."""
    own = {name: value for name, value in os.environ.items() if name != "PYTHONOPTIMIZE"}
    words = [sys.executable, "-m", "kommuneregnskap", *sys.argv[1:]]
    speaks = (
        getattr(sys.stdout, "encoding", None) or "ascii"
    )  # as the terminal does, whatever names of files are in
    os.execve(sys.executable, words, {"PYTHONIOENCODING": speaks} | own | {"PYTHONUTF8": "1"})


if __name__ == "__main__":
    main()
