"""A machine that is short of something: the same bytes all the same, or one line and the former report as it was."""

from __future__ import annotations

import random
import re
import shlex
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.helpers.disturbed import (
    SEED,
    Prints,
    Project,
    Said,
    ended,
    of_session,
    project_in,
    put_former,
    refused,
    visible,
)
from tests.helpers.steps import without_steps
from tests.sources.test_hostile_files import unprivileged

pytestmark = pytest.mark.night

MB = 1_000_000
REPORT = ("report", "--year", "2024", "--only", "side")
SHEETS = ("sheets", "--year", "2024", "--units", "6117,6118,6119")
TRACE = ("trace", "--year", "2024", "--id", "resultat.antall_negativ")
VALIDATE = ("validate", "--year", "2024", "--source", "demo")
PARTITION = ("partition", "--years", "2024", "--to", "lager")
MADE = {
    REPORT: "reports/2024/demo",
    SHEETS: "reports/2024/demo-ark",
    TRACE: "reports/2024/demo-spor",
    VALIDATE: "reports/2024/demo-kontroll",
    PARTITION: "lager",
}


@dataclass(frozen=True)
class Machine:
    """A project on a machine that is short of something, and one where the commands run undisturbed."""

    project: Project
    undisturbed: Project
    made: dict[tuple[str, ...], Prints] = field(default_factory=dict)

    def wanted(self, words: tuple[str, ...]) -> Prints:
        """Return what a command makes anywhere."""
        if words not in self.made:
            self.undisturbed.whole(*words)
            self.made[words] = visible(self.undisturbed.root / MADE[words])
        return self.made[words]

    def run(
        self,
        *words: str,
        before: Sequence[str] = (),
        env: dict[str, str | None] | None = None,
        more: Sequence[str] = (),
    ) -> tuple[Said, bool]:
        """Run a command over a former report; return what it said and whether it was done.

        What it makes is what it makes anywhere, or the former is what is left.
        """
        place = self.project.root / MADE[words]
        former = put_former(place) if words == REPORT else {}
        if words != REPORT:
            shutil.rmtree(place, ignore_errors=True)
        said = self.project.run(*words, *more, before=before, env=env)
        found = visible(place)
        if said.returncode == 0:
            assert found == self.wanted(words), said
            return said, True
        assert "Traceback" not in said.stderr, said
        if words in (SHEETS, PARTITION):  # each of their files is whole
            made = {
                name: each
                for name, each in found.items()
                if words == PARTITION or name[0].isdigit()
            }
            assert made.items() <= self.wanted(words).items()
        else:
            assert found == former, said
        return said, False

    def again(self, *words: str) -> None:
        """The next run, on a machine with everything, makes what it makes anywhere."""
        self.project.whole(*words)
        assert visible(self.project.root / MADE[words]) == self.wanted(words)


@pytest.fixture(scope="module")
def machine(module_folder: Path, demo_panel: Path, evaluated: Path) -> Machine:
    undisturbed, project = (
        project_in(module_folder / name, demo_panel, evaluated, small=True) for name in ("u", "k")
    )
    return Machine(project, undisturbed)


def of(*commands: tuple[str, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("words", commands, ids=lambda words: words[0])


@of(*MADE)
def test_64_open_files(machine: Machine, words: tuple[str, ...]) -> None:
    more = ("--jobs", "3") if words in (REPORT, SHEETS) else ()
    said, done = machine.run(*words, before=["prlimit", "--nofile=64:64"], more=more)
    assert done, said


@of(REPORT, SHEETS)
@pytest.mark.parametrize("files", [8, 12, 16, 24, 32])
def test_still_fewer_open_files(machine: Machine, words: tuple[str, ...], files: int) -> None:
    said, done = machine.run(*words, before=["prlimit", f"--nofile={files}:{files}"])
    assert done or len(said.stderr.splitlines()) >= 1
    machine.again(*words)


@of(REPORT, SHEETS)
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_memory_that_ends(machine: Machine, words: tuple[str, ...], jobs: str) -> None:
    """In a worker, in the main process, in Python, in a library, or before anything is loaded: one line."""
    chance = random.Random(f"{SEED} {words} {jobs}")
    limits = [chance.randrange(low, low + 400) for low in range(400, 3200, 400)]
    ends = []
    for limit in limits:
        before = ["prlimit", f"--as={limit * MB}"]
        said, done = machine.run(*words, before=before, more=("--jobs", jobs))
        ends.append(done)
        if not done and words == REPORT:
            refused(said)
        elif not done:  # a line per sheet that failed, or one
            lines = without_steps(said.stderr)
            assert 1 <= len(lines) <= 3, said
        machine.project.cold()
    assert not ends[0]
    assert not all(ends)
    machine.again(*words)


@of(REPORT, SHEETS, PARTITION)
def test_files_that_may_not_be_larger(machine: Machine, words: tuple[str, ...]) -> None:
    """As a full disk or a quota does: at any size."""
    chance = random.Random(f"{SEED} {words}")
    for size in (0, *(int(10 ** chance.uniform(2, 6.5)) for _ in range(5))):
        said, done = machine.run(*words, before=["prlimit", f"--fsize={size}"])
        if not done:
            assert "cannot be written" in said.stderr or "File too large" in said.stderr, (
                size,
                said,
            )
            if words != SHEETS:
                refused(said)
        machine.project.cold()
    machine.again(*words)


@of(REPORT, SHEETS, VALIDATE, TRACE, PARTITION)
def test_a_project_that_may_only_be_read(machine: Machine, words: tuple[str, ...]) -> None:
    root = shlex.quote(str(machine.project.root))
    inside = (
        f'mount --bind {root} {root} && mount -o remount,bind,ro {root} && cd {root} && exec "$@"'
    )
    before = ["unshare", "--mount", "--map-root-user", "sh", "-c", inside, "sh"]
    said, done = machine.run(*words, before=before)
    assert not done
    assert "cannot be written (Read-only file system)" in refused(said)
    machine.again(*words)


@of(REPORT, SHEETS)
@pytest.mark.parametrize(
    "mount", ["mount -t tmpfs -o ro tmpfs /dev/shm", "mount --bind /proc/sys /dev/shm"]
)
def test_no_shared_memory(machine: Machine, words: tuple[str, ...], mount: str) -> None:
    inside = f'{mount} && exec "$@"'
    before = ["unshare", "--mount", "--map-root-user", "sh", "-c", inside, "sh"]
    said, done = machine.run(*words, before=before, more=("--jobs", "2"))
    assert done, said


@of(REPORT, SHEETS)
@pytest.mark.parametrize("home", [None, "/ikke/der", "locked"])
def test_a_home_that_is_not_there(
    machine: Machine, words: tuple[str, ...], home: str | None
) -> None:
    locked = machine.project.root.parent / "låst"
    locked.mkdir(exist_ok=True)
    locked.chmod(0o555)
    own = str(locked) if home == "locked" else home
    env = {"HOME": own, "XDG_CACHE_HOME": own, "XDG_CONFIG_HOME": own}
    said, done = machine.run(*words, before=unprivileged(), env=env)
    assert (done, len(without_steps(said.stderr)) <= 3) == (True, True), said
    assert list(locked.iterdir()) == []


@of(REPORT, SHEETS)
@pytest.mark.parametrize("place", ["/ikke/der", "locked"])
def test_no_room_for_what_is_temporary(
    machine: Machine, words: tuple[str, ...], place: str
) -> None:
    """Others are looked for, as Python does; where there is none, one line."""
    locked = machine.project.root.parent / "låst"
    locked.mkdir(exist_ok=True)
    locked.chmod(0o555)
    env = {"TMPDIR": str(locked) if place == "locked" else place}
    said, done = machine.run(*words, before=unprivileged(), env=env)
    assert done, said


def shared_out(process: int) -> int:
    """Return the bytes that a process has in memory; what several share is shared out among them."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text("utf-8")
    except OSError:
        return 0  # gone
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def test_one_notebook_at_a_time_takes_less_than_a_gigabyte_of_memory(project: Path) -> None:
    """A whole report with all its editions, and all of its processes together."""
    run = Project(project).start("report", "--year", "2024", "--jobs", "1")
    most = 0
    while run.poll() is None:
        most = max(most, sum(map(shared_out, of_session(run.pid))))
        time.sleep(0.2)
    assert ended(run).returncode == 0
    assert most < 1000 * MB
