"""A machine that refuses: a full disk, folders that may not be written, a checkout in an odd place."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from kommuneregnskap.survey import opening
from tests.helpers.accounts import deliver, lines, sound
from tests.helpers.environments import with_environment
from tests.helpers.outputs import fingerprints
from tests.helpers.projects import own_cache
from tests.helpers.steps import without_steps
from tests.sources.test_hostile_files import unprivileged

NO_ROOM = "What stood there is as it was. Make room, and try again."
NOT_ALLOWED = "What stood there is as it was. Give write permission, and try again."


@pytest.fixture
def former(project: Path) -> Path:
    """A former report of the synthetic panel."""
    folder = project / "reports" / "2024" / "demo"
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("forrige rapport", encoding="utf-8")
    (folder / "tall.csv").write_text("id\n", encoding="utf-8")
    return folder


def report(
    project: Path, *before: str, year: str = "2024", own: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*before, sys.executable, "-m", "kommuneregnskap", "report", "--year", year, *own],
        cwd=project,
        env=os.environ | {"KOMMUNEREGNSKAP_ROOT": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )


def own_files(project: Path) -> tuple[str, ...]:
    """Deliver accounts of one municipality, which are evaluated in no time; how a report of them is asked for."""
    deliver(project / "filer", lines(sound()))
    return "--source", "kostra", "--data", "filer"


def one_line(run: subprocess.CompletedProcess[str], message: str) -> None:
    assert without_steps(run.stderr) == [f"Error: {message}"]
    assert (run.returncode, run.stdout) == (1, "")


class TestFullDisk:
    """A small file system of its own, mounted where only the run sees it, that the run fills up."""

    def run_on_small_disk(
        self, project: Path, folder: Path, size: str, own: Sequence[str] = ()
    ) -> tuple[subprocess.CompletedProcess[str], list[str]]:
        """Report with `folder` on a disk of `size`; return the run, and checksums of what is left."""
        copy = project.parent / "kopi"
        shutil.copytree(folder, copy)
        left = project.parent / "etterpå"
        inside = f"""
            mount -t tmpfs -o size={size} tmpfs {shlex.quote(str(folder))} || exit 99
            cp -r {shlex.quote(str(copy))}/. {shlex.quote(str(folder))} || exit 99
            {shlex.join([sys.executable, "-m", "kommuneregnskap", "report", *own])}; code=$?
            cd {shlex.quote(str(folder))} && find . -type f ! -name '.*.lock' -exec sha256sum {{}} + \
                | sort > {shlex.quote(str(left))}
            exit $code
        """
        run = subprocess.run(
            ["unshare", "--mount", "--map-root-user", "sh", "-c", inside],
            cwd=project,
            env=os.environ | {"KOMMUNEREGNSKAP_ROOT": str(project)},
            capture_output=True,
            text=True,
            check=False,
        )
        return run, left.read_text("utf-8").splitlines()

    def test_no_room_for_the_evaluated_accounts(self, project: Path, former: Path) -> None:
        before = fingerprints(former)
        run, left = self.run_on_small_disk(project, own_cache(project), "4k", own_files(project))
        one_line(run, f".cache: cannot be written (No space left on device). {NO_ROOM}")
        assert left == []
        assert fingerprints(former) == before

    def test_no_room_for_a_notebook(self, one_notebook: Path, former: Path) -> None:
        self.no_room_for_the_report(one_notebook, former, "40k")

    @pytest.mark.night
    def test_no_room_for_the_page(self, project: Path, former: Path) -> None:
        self.no_room_for_the_report(project, former, "900k")

    def no_room_for_the_report(self, project: Path, former: Path, size: str) -> None:
        """Wherever it happens: the former report is what is left."""
        opening.open_survey(year=2024, source="demo")  # the accounts are evaluated already
        run, left = self.run_on_small_disk(project, project / "reports", size)
        one_line(run, f"reports/2024/demo: cannot be written (No space left on device). {NO_ROOM}")
        stood = fingerprints(former)
        assert left == sorted(f"{digest}  ./2024/demo/{name}" for name, digest in stood.items())
        assert len(stood) == 2


@pytest.mark.parametrize(
    ("place", "year"),
    [("reports/2024", "2024"), pytest.param("reports", "2023", marks=pytest.mark.night)],
)
def test_a_read_only_reports_folder(project: Path, former: Path, place: str, year: str) -> None:
    before = fingerprints(former)
    (project / place).chmod(0o555)
    run = report(project, *unprivileged(), year=year)
    (project / place).chmod(0o755)
    one_line(run, f"reports/{year}/demo: cannot be written (Permission denied). {NOT_ALLOWED}")
    assert fingerprints(former) == before


def test_a_read_only_cache_folder(project: Path, former: Path) -> None:
    before = fingerprints(former)
    own_cache(project).chmod(0o555)
    run = report(project, *unprivileged(), own=own_files(project))
    (project / ".cache").chmod(0o755)
    one_line(run, f".cache: cannot be written (Permission denied). {NOT_ALLOWED}")
    assert fingerprints(former) == before


@pytest.fixture
def checkout(one_notebook: Path) -> Path:
    """The Makefile and what it needs in a folder with a blank and æøå in its path."""
    return with_environment(one_notebook)


def make(
    checkout: Path, *words: str, before: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """Run make as a user does, also where the tests themselves were started by make."""
    outer = {name for name in os.environ if name.startswith(("MAKE", "MFLAGS"))}
    own = {name: value for name, value in os.environ.items() if name not in outer}
    return subprocess.run(
        [*before, "make", *words],
        cwd=checkout,
        env=own | {"KOMMUNEREGNSKAP_ROOT": str(checkout)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.heavy
def test_a_checkout_with_blanks_and_letters_in_its_path(checkout: Path) -> None:
    assert " " in str(checkout)
    assert "æ" in str(checkout)
    deliver(checkout / "mine regnskap", lines(sound()))
    run = make(checkout, "validate", "YEAR=2024", "DATA=mine regnskap")
    assert run.returncode == 0, run.stderr
    assert "reports/2024/kostra-kontroll/index.html" in run.stdout
    run = make(checkout, "report", "YEAR=2024", "SOURCE=kostra", "DATA=mine regnskap", "JOBS=1")
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("reports/2024/kostra/index.html: ")


@pytest.mark.parametrize("place", [".", ".venv"])
def test_an_environment_that_may_not_be_written(checkout: Path, place: str) -> None:
    """Stale: one line, and what is there stays. Complete: it is only read, and works."""
    (checkout / place).chmod(0o555)
    fresh = make(checkout, "setup", before=unprivileged())
    with (checkout / "requirements.lock").open("a", encoding="utf-8") as lock:
        lock.write("# another\n")
    stale = make(checkout, "report", before=unprivileged())
    (checkout / place).chmod(0o755)
    assert fresh.returncode == 0, fresh.stderr
    assert stale.returncode == 2
    assert stale.stderr.splitlines()[0] == (
        ".venv must be rebuilt, and there is no permission to write it. Give write permission to "
        "this folder and .venv, or work in a copy of your own."
    )
    assert "Traceback" not in stale.stderr
    assert (checkout / ".venv/bin/python").is_file()
    assert not (checkout / "reports").exists()
