"""A run that is killed at any moment leaves what stood there, and the next one makes what an undisturbed one makes."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import edit_table
from tests.helpers.outputs import fingerprints
from tests.helpers.projects import NAME, copy_project, copy_simulation, own_cache

pytestmark = pytest.mark.night

KILLS = 12
SEED = 2024
DEADLINE = 900  # seconds for an undisturbed run
REPORT = ("report", "--year", "2024", "--only", "side")
SHEETS = ("sheets", "--year", "2024", "--units", "6117,6118,6119,6122", "--jobs", "2")
FORMER = {"index.html": "forrige rapport", "tall.csv": "id\n"}
Prints = dict[str, str]


@dataclass(frozen=True)
class Project:
    """A project, with what it had in its cache before anything was made in it."""

    root: Path
    cached: frozenset[str]

    def folder(self, name: str) -> Path:
        return self.root / "reports/2024" / name

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "kommuneregnskap", *words],
            cwd=self.root,
            env=os.environ | {"KOMMUNEREGNSKAP_ROOT": str(self.root)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def whole(self, *words: str) -> float:
        """Run a command to its end; return the seconds it took."""
        begun = time.monotonic()
        run = self.start(*words)
        said = run.communicate(timeout=DEADLINE)
        assert run.returncode == 0, said
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

    def cold(self) -> None:
        """Take out of the cache what was computed here."""
        for store in (self.root / ".cache").iterdir():
            if store.name not in self.cached:
                shutil.rmtree(store) if store.is_dir() else store.unlink()


def project_in(folder: Path, panel: Path, cache: Path) -> Project:
    copy_project(folder / NAME, panel, cache)
    held = own_cache(folder / NAME, "2024-kasse-*")
    copy_simulation(folder / NAME)
    # The most of what a report takes are the combinations of choices.
    edit_table(folder / NAME / "data/definitions/combinations.csv", lambda table: table.clear())
    return Project(folder / NAME, frozenset(path.name for path in held.iterdir()))


@pytest.fixture
def undisturbed(tmp_path: Path, demo_panel: Path, evaluated: Path) -> Project:
    return project_in(tmp_path / "uforstyrret", demo_panel, evaluated)


@pytest.fixture
def disturbed(tmp_path: Path, demo_panel: Path, evaluated: Path) -> Project:
    return project_in(tmp_path / "forstyrret", demo_panel, evaluated)


def put_former(folder: Path) -> Prints:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, text in FORMER.items():
        (folder / name).write_text(text, "utf-8")
    return fingerprints(folder)


def standing(folder: Path) -> Prints:
    """What a reader finds; between the two renames of a publication the former report has its other name."""
    return fingerprints(folder if folder.exists() else folder.with_name(f".{folder.name}.former"))


def test_a_report_killed_at_any_moment(undisturbed: Project, disturbed: Project) -> None:
    """The former one stands, or the new one, whole; what the killed runs left in the cache does no harm."""
    span = undisturbed.whole(*REPORT)
    wanted = fingerprints(undisturbed.folder("demo"))
    folder = disturbed.folder("demo")
    before = put_former(folder)
    chance = random.Random(SEED)
    held = 0
    for number in range(KILLS):
        after = span * (number + chance.random()) / KILLS
        ended = disturbed.killed(*REPORT, after=after, group=number % 2 == 0)
        found = standing(folder)
        assert found == wanted if ended else found in (before, wanted), f"kill {number}, {after} s"
        held += found == before
        if found == wanted:
            disturbed.cold()
            before = put_former(folder)
    assert held >= KILLS // 3, "most runs were killed before they were done"
    disturbed.whole(*REPORT)
    assert fingerprints(folder) == wanted
    left = {path.name for path in folder.parent.iterdir()}
    assert left == {path.name for path in undisturbed.folder("demo").parent.iterdir()}


def test_sheets_killed_at_any_moment(undisturbed: Project, disturbed: Project) -> None:
    """Every file there is whole; the next run makes what is missing."""
    span = undisturbed.whole(*SHEETS)
    wanted = fingerprints(undisturbed.folder("demo-ark"))
    folder = disturbed.folder("demo-ark")
    chance = random.Random(SEED)
    for number in range(KILLS):
        after = span * (number + chance.random()) / KILLS
        disturbed.killed(*SHEETS, after=after, group=number % 2 == 0)
        found = fingerprints(folder) if folder.exists() else {}
        sheets = {name: each for name, each in found.items() if name[0].isdigit()}
        assert sheets.items() <= wanted.items(), f"kill {number}, {after} s"
        if number % 3 == 2:
            disturbed.cold()
            shutil.rmtree(folder, ignore_errors=True)
    disturbed.whole(*SHEETS)
    assert fingerprints(folder) == wanted
