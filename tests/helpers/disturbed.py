"""Runs that are killed, stopped or kept short, in a project beside one where the same runs undisturbed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.outputs import fingerprints
from tests.helpers.projects import (
    NAME,
    copy_project,
    copy_simulation,
    no_combinations,
    one_notebook,
    own_cache,
)
from tests.helpers.steps import without_steps

SEED = 2024
DEADLINE = 900  # seconds for an undisturbed run
PROGRAM = ("-m", "kommuneregnskap")
MOMENTS = (str(Path(__file__).with_name("programs") / "moments.py"),)
FORMER = {"index.html": "forrige rapport", "tall.csv": "id\n"}
Prints = dict[str, str]
Said = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Project:
    """A project, with what it had in its cache before anything was made in it."""

    root: Path
    cached: frozenset[str] = frozenset()

    def folder(self, name: str) -> Path:
        return self.root / "reports/2024" / name

    def start(
        self,
        *words: str,
        program: Sequence[str] = PROGRAM,
        before: Sequence[str] = (),
        env: Mapping[str, str | None] | None = None,
    ) -> subprocess.Popen[str]:
        """Begin a command. before: what stands before it (`prlimit …`). env: variables; None: one that is not set."""
        own = os.environ | {"KOMMUNEREGNSKAP_ROOT": str(self.root)} | dict(env or {})
        return subprocess.Popen(
            [*before, sys.executable, *program, *words],
            cwd=self.root,
            env={name: value for name, value in own.items() if value is not None},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # A shell that runs the tests in the background lets its children ignore Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )

    def run(
        self,
        *words: str,
        program: Sequence[str] = PROGRAM,
        before: Sequence[str] = (),
        env: Mapping[str, str | None] | None = None,
    ) -> Said:
        """Run a command to its end, whatever that is."""
        process = self.start(*words, program=program, before=before, env=env)
        return ended(process)

    def whole(self, *words: str) -> float:
        """Run a command to its end; return the seconds it took."""
        begun = time.monotonic()
        said = self.run(*words)
        assert said.returncode == 0, said
        return time.monotonic() - begun

    def killed(self, *words: str, after: float, group: bool) -> bool:
        """Kill a command after some seconds, alone or with all its processes; return whether it had ended before."""
        run = self.start(*words)
        try:
            run.wait(after)
        except subprocess.TimeoutExpired:
            pass
        finally:
            if group and run.poll() is None:
                os.killpg(run.pid, signal.SIGKILL)
            run.kill()
        said = run.communicate(timeout=DEADLINE)
        assert run.returncode in (0, -signal.SIGKILL), said
        return run.returncode == 0

    def moments(self, *words: str) -> int:
        """Run a command to its end; return how many times it changes something among the project's files."""
        said = self.run("0", *words, program=MOMENTS)
        assert said.returncode == 0, said
        return int(said.stderr.split()[-1])

    def killed_at(self, moment: int, *words: str) -> bool:
        """Kill a command just before its change number `moment`; return whether it had ended before."""
        said = self.run(str(moment), *words, program=MOMENTS)
        assert said.returncode in (0, -signal.SIGKILL), said
        return said.returncode == 0

    def cold(self) -> None:
        """Take out of the cache what was computed here."""
        for store in (self.root / ".cache").iterdir():
            if store.name not in self.cached:
                shutil.rmtree(
                    store
                ) if store.is_dir() and not store.is_symlink() else store.unlink()


def ended(process: subprocess.Popen[str]) -> Said:
    """Wait for the end of a command."""
    out, err = process.communicate(timeout=DEADLINE)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def of_session(session: int) -> list[int]:
    """Return the processes of a session that have not ended."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, _group, own = place.read_text("utf-8").rsplit(")", 1)[1].split()[:4]
        except OSError:
            continue
        if int(own) == session and state != "Z":
            found.append(int(place.parent.name))
    return found


def project_in(folder: Path, panel: Path, cache: Path, *, small: bool = False) -> Project:
    """Make a project with the evaluated accounts of 2024, without combinations of choices: the most of a report.

    small: as `one_notebook` leaves it.
    """
    root = folder / NAME
    copy_project(root, panel, cache)
    held = own_cache(root, "2024-kasse-*", "2024-sannhet-*")
    copy_simulation(root)
    no_combinations(root)
    if small:
        one_notebook(root)
    return Project(root, frozenset(path.name for path in held.iterdir()))


def put_former(folder: Path) -> Prints:
    """Put a former report into a folder; return its fingerprints."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, text in FORMER.items():
        (folder / name).write_text(text, "utf-8")
    return fingerprints(folder)


def visible(folder: Path) -> Prints:
    """Return the fingerprints of what stands in a folder, without what is hidden; nothing where there is none."""
    found = fingerprints(folder) if folder.is_dir() else {}
    return {
        name: each
        for name, each in found.items()
        if not any(part.startswith(".") for part in Path(name).parts)
    }


def spread(chance: random.Random, count: int) -> list[float]:
    """Return random parts of a whole, one in each of `count` equal stretches of it."""
    return [(number + chance.random()) / count for number in range(count)]


def refused(said: Said) -> str:
    """Return the one line that a command said when it could not do what it was asked for."""
    assert said.returncode != 0, said
    assert said.stdout == "", said
    assert said.stderr.endswith("\n"), said
    lines = without_steps(said.stderr)
    assert len(lines) == 1, said
    assert "Traceback" not in lines[0]
    return lines[0]
