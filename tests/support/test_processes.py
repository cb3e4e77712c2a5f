"""Processes that do the work: told to stop, they leave nothing behind, and nothing to say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

STOPPED = """
import os, sys, time
from pathlib import Path
from kommuneregnskap.support.processes import Processes

def work(mark):
    mark.touch()
    time.sleep(600)

if __name__ == "__main__":
    workers = Processes(2)
    marks = [Path(sys.argv[0]).with_name(str(number)) for number in range(4)]
    tasks = [workers.executor.submit(work, mark) for mark in marks]
    while not all(mark.exists() for mark in marks[:2]):
        time.sleep(0.01)
    workers.stop()
    os._exit(0)  # as a command does that was told to stop: nothing is cleared up behind it
"""


def test_processes_that_are_stopped_in_the_middle_give_back_what_they_took_of_the_system(
    tmp_path: Path,
) -> None:
    script = tmp_path / "stopped.py"
    script.write_text(STOPPED, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False, timeout=60
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
