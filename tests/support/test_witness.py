"""A process that is ended by a library or by the system: somebody else says so in a line."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

BEGIN = """
import errno, os, resource, signal, sys
from kommuneregnskap.support.interrupts import leave, stopped_anywhere
from kommuneregnskap.support.witness import witnessed

def noise():
    os.write(2, b"\\n#\\n# memory allocation of 42 bytes failed.\\nstack backtrace:\\n")

class PanicException(BaseException):
    pass

with witnessed(), stopped_anywhere():
"""
ENDED = (
    "Error: the run ended in the middle: killed, or out of memory{}. What stood there is as it was; give it more "
    "memory, or less to do at a time (JOBS=1), and try again.\n"
)


def said(tmp_path: Path, *block: str, limit: int | None = None) -> tuple[int, str, str]:
    script = tmp_path / "program.py"
    script.write_text(BEGIN + "".join(f"    {line}\n" for line in block), encoding="utf-8")
    before = ["prlimit", f"--as={limit}"] if limit else []
    run = subprocess.run(
        [*before, sys.executable, "-S", str(script)],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return run.returncode, run.stdout, run.stderr


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("os.abort()", -signal.SIGABRT),
        ("os.kill(os.getpid(), 9)", -signal.SIGKILL),
        ("os._exit(1)", 1),
    ],
)
def test_an_end_without_a_word(tmp_path: Path, end: str, code: int) -> None:
    """What a library said last stands in the line, and nothing else of it."""
    first = " (memory allocation of 42 bytes failed)"
    assert said(tmp_path, "noise()", end) == (code, "", ENDED.format(first))
    assert said(tmp_path, end) == (code, "", ENDED.format(""))


@pytest.mark.parametrize(
    "error",
    [
        "MemoryError()",
        "PanicException('Option::unwrap')",
        "OSError(errno.ENOMEM, 'no memory')",
        'RuntimeError("can\'t start new thread")',
        "ImportError('lib.so: failed to map segment from shared object')",
    ],
)
def test_an_error_that_says_that_memory_ended(tmp_path: Path, error: str) -> None:
    name = error.partition("(")[0]
    assert said(tmp_path, "noise()", f"raise {error}") == (1, "", ENDED.format(f" ({name})"))
    chained = ("try:", f"    raise {error}", "except BaseException:", "    raise ValueError(1)")
    assert said(tmp_path, *chained) == (1, "", ENDED.format(" (ValueError)"))


def test_any_other_error_is_told_as_it_is_with_what_libraries_said(tmp_path: Path) -> None:
    code, out, err = said(tmp_path, "noise()", "raise ValueError(1)")
    assert (code, out) == (1, "")
    assert "# memory allocation of 42 bytes failed.\nstack backtrace:\n" in err
    assert "ValueError: 1\n" in err
    assert "ended in the middle" not in err


@pytest.mark.parametrize("end", ["pass", "sys.exit()", "sys.exit(0)"])
def test_what_libraries_say_in_a_run_that_ends_well_is_shown(tmp_path: Path, end: str) -> None:
    begin = ("print('svar')", "print('melding', file=sys.stderr)", "noise()", end)
    assert said(tmp_path, *begin) == (
        0,
        "svar\n",
        "melding\n\n#\n# memory allocation of 42 bytes failed.\nstack backtrace:\n",
    )


@pytest.mark.parametrize("end", ["sys.exit(3)", "leave(3)"])
def test_a_run_that_said_itself_why_it_ends_is_left_alone(tmp_path: Path, end: str) -> None:
    said_why = ("noise()", "print('Error: hvorfor', file=sys.stderr)", end)
    assert said(tmp_path, *said_why) == (3, "", "Error: hvorfor\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_anywhere(tmp_path: Path, number: signal.Signals) -> None:
    block = (f"os.kill(os.getpid(), {int(number)})", "signal.pause()")
    stopped = (128 + number, "", "Stopped; what stood there is as it was.\n")
    assert said(tmp_path, *block) == stopped


def test_too_little_address_space_is_refused_before_anything_is_loaded(tmp_path: Path) -> None:
    code, out, err = said(tmp_path, "print('hit')", limit=500_000_000)
    assert (code, out) == (1, "")
    assert err.startswith("Error: the limit of memory (ulimit -v) is 500 MB, and at least")
    assert len(err.splitlines()) == 1


def test_where_address_space_is_nearly_used_up_any_error_comes_of_it(tmp_path: Path) -> None:
    limit = 1_500_000_000
    block = ("import mmap", "held = mmap.mmap(-1, {})", "raise NameError('PyDataFrame')")
    full, roomy = (
        said(tmp_path, *(line.format(size) for line in block), limit=limit)
        for size in (1_350_000_000, 1_000_000)
    )
    assert full == (1, "", ENDED.format(" (NameError)"))
    assert re.search("NameError: PyDataFrame", roomy[2])
