"""Processes that do the work: told to stop, they leave nothing behind, and nothing to say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

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


WORKS = """
import os, signal, sys, time
from pathlib import Path
from kommuneregnskap.support.processes import Processes, WorkerError, done

HERE = Path(sys.argv[0]).parent

def work(task):
    first = not (HERE / task).exists()
    (HERE / task).touch()
    if task == "dør" or (task == "dør én gang" and first):
        os.kill(os.getpid(), signal.SIGKILL)
    if task == "feiler":
        raise ValueError(task)
    if task == "slutter":
        sys.exit(3)
    if task == "usendelig":
        return lambda: None
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])

if __name__ == "__main__":
    tasks = ["a", "dør", "b", "dør én gang", "feiler", "slutter", "usendelig", "c"]
    workers = Processes(2)
    for task, result in sorted(done(workers, work, tasks), key=lambda each: tasks.index(each[0])):
        print(task, type(result).__name__ if isinstance(result, BaseException) else result)
    workers.close()
"""
NO_SHARED_MEMORY = 'mount --bind /proc/sys /dev/shm && exec "$@"'


@pytest.mark.parametrize(
    "before", [[], ["unshare", "--mount", "--map-root-user", "sh", "-c", NO_SHARED_MEMORY, "sh"]]
)
def test_what_becomes_of_each_task(tmp_path: Path, before: list[str]) -> None:
    """Also on a machine without /dev/shm. Ctrl-C reaches no worker, from its first moment on."""
    script = tmp_path / "works.py"
    script.write_text(WORKS, encoding="utf-8")
    run = subprocess.run(
        [*before, sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.stderr == ""
    assert run.stdout.splitlines() == [
        "a True",
        "dør LostError",
        "b True",
        "dør én gang True",
        "feiler ValueError",
        "slutter SystemExit",
        "usendelig AttributeError",
        "c True",
    ]
    assert run.returncode == 0
