"""The wheel of this checkout, environments that it is installed in, and the Pythons of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.helpers import listing
from tests.helpers.environments import PROJECT

OLDEST, NEWEST = 11, 19  # minor versions of Python 3 that are looked for
ASK = "import sys; print(sys.version_info[1], sys.implementation.name, sys.executable)"


def checkout(folder: Path) -> Path:
    """Return a copy of the project's own files, without git."""
    for name in listing.files(PROJECT):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / name, folder / name)
    return folder


def built(project: Path, folder: Path) -> Path:
    """Build the wheel of a checkout into a folder; return the file."""
    run = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


@dataclass(frozen=True)
class Installed:
    """An environment that the wheel is installed in, and a home of its own."""

    folder: Path
    home: Path

    @property
    def program(self) -> Path:
        return self.folder / "bin" / "kommuneregnskap"

    @property
    def cache(self) -> Path:
        """The folder of what is kept, as the system has it for a user."""
        return self.home / ".cache" / "kommuneregnskap"

    def environment(self, **machine: str) -> dict[str, str]:
        """Return the variables of a machine where nothing is set, but for how much of it may be used."""
        threads = os.environ.get("POLARS_MAX_THREADS")
        given = {"POLARS_MAX_THREADS": threads} if threads else {}
        return given | {"PATH": "/usr/bin:/bin", "HOME": str(self.home)} | machine

    def run(self, where: Path, *words: str, **machine: str) -> subprocess.CompletedProcess[str]:
        """Run the installed program in a folder."""
        return subprocess.run(
            [str(self.program), *words],
            cwd=where,
            env=self.environment(**machine),
            capture_output=True,
            text=True,
            check=False,
        )


def beside_these_packages(wheel: Path, folder: Path) -> Installed:
    """Install the wheel alone into an environment that finds all other packages in the one that runs the tests."""
    made = Installed(folder / "venv", folder / "hjem")
    made.home.mkdir(parents=True)
    python = _environment(Path(sys.executable), made.folder)
    (place,) = made.folder.glob("lib/python3.*/site-packages")
    (place / "packages.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    _pip("--python", str(python), "install", "--no-deps", "--no-index", str(wheel))
    return made


def into_nothing(wheel: Path, python: Path, folder: Path) -> Installed:
    """Install the wheel as a user does, with what it asks for, into an empty environment of some Python."""
    made = Installed(folder / "venv", folder / "hjem")
    made.home.mkdir(parents=True)
    _pip("--python", str(_environment(python, made.folder)), "install", str(wheel))
    return made


def _environment(python: Path, folder: Path) -> Path:
    subprocess.run([str(python), "-m", "venv", "--without-pip", str(folder)], check=True)
    return folder / "bin" / "python"


def _pip(*words: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "--no-input", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


@cache
def pythons() -> dict[int, Path]:
    """Return the Pythons of this machine that the package is for: minor version of Python 3 → program, oldest first.

    Those on the path, and those that pyenv has, which has programs on the path that only say what it has.
    """
    found: dict[int, Path] = {}
    for name in (f"python3.{minor}" for minor in range(OLDEST, NEWEST + 1)):
        for program in filter(None, (shutil.which(name), *_of_pyenv(name))):
            run = subprocess.run(
                [program, "-I", "-c", ASK], capture_output=True, text=True, check=False
            )
            minor, kind, own = (*run.stdout.strip().split(" ", 2), "", "")[:3]
            if run.returncode == 0 and kind == "cpython":
                found.setdefault(int(minor), Path(own))
    return dict(sorted(found.items()))


def _of_pyenv(name: str) -> list[str]:
    pyenv = shutil.which("pyenv")
    if pyenv is None:
        return []
    asked = subprocess.run([pyenv, "root"], capture_output=True, text=True, check=False)
    return sorted(map(str, Path(asked.stdout.strip()).glob(f"versions/*/bin/{name}")))
