"""What tests need made once for each content: kept in `.cache/tests/` of the checkout, under the hash of all it is of.

A report of all notebooks costs more than most tests that read it. So the first worker that needs it makes it, other
workers do what needs it not or wait, and a later run with the same code, data, notebooks, helpers and installed
packages takes what stands. Nobody may write where it stands: what was kept is held against its digest when it is taken.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from kommuneregnskap.support import locks

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / ".cache" / "tests"
DONE = ".digest"
KEPT = 3  # hashes whose folders stay, the ones used last
MADE_OF = (
    "src",
    *(
        f"tests/helpers/{name}.py"
        for name in (
            *("accounts", "kept", "offline", "projects", "pxweb_server", "pxweb_tables"),
            *("statbank_national", "statbank_tables"),
        )
    ),
    "data/codes",
    "data/definitions",
    "data/claims",
    "data/demo",
    "data/ssb",
    "notebooks",
    "reports/simulering-2024-demo.csv",
)
NOT_OF = {"__pycache__", ".ipynb_checkpoints", "panel", ".panel.lock"}


def key() -> str:
    """Return the hash of what the made depends on: files, packages as installed, this Python, this machine's kind."""
    found = hashlib.sha256()
    for name in MADE_OF:
        for path in _files(PROJECT / name):
            found.update(f"{path.relative_to(PROJECT)}\0".encode())
            found.update(hashlib.sha256(path.read_bytes()).digest())
    packages = {path.name for folder in sys.path for path in Path(folder).glob("*.dist-info")}
    found.update(repr((sorted(packages), sys.version, platform.platform())).encode())
    return found.hexdigest()[:20]


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for inside in sorted(path.iterdir()):
        if inside.name not in NOT_OF:
            yield from _files(inside)


KEY = key()  # of the code as it is imported now
TAKEN: set[Path] = set()  # by this process: folders that nobody may write in


def kept(name: str, make: Callable[[Path], None], *, grows: bool = False) -> Path:
    """Return the folder `name` of this content, made by `make(folder)` where it is not there or not as it was made.

    One process makes it and others wait. grows: caches in it may get more entries, so only that it was finished counts.
    """
    folder = FOLDER / KEY / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{name}.lock").open("w") as lock:
        locks.wait_for(lock)
        os.utime(folder.parent)
        done = folder / DONE
        if not done.is_file() or (not grows and done.read_text("utf-8") != digest(folder)):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            if key() == KEY:  # else something was edited meanwhile: this run's, and nobody else's
                done.write_text(digest(folder), encoding="utf-8")
            _clean()
    if not grows:
        TAKEN.add(folder)
    return folder


def written_in() -> list[str]:
    """Return the names of what this process has taken and what is no longer as it was made.

    Who takes it next makes it anew, while others read it: so a test that writes there fails another one, at times.
    """
    return sorted(
        folder.name
        for folder in TAKEN
        if (folder / DONE).is_file() and (folder / DONE).read_text("utf-8") != digest(folder)
    )


def digest(folder: Path) -> str:
    """Return the hash of all files of a folder, names and bytes, and of where its links lead."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.name == DONE:
            continue
        found.update(f"{path.relative_to(folder)}\0".encode())
        if path.is_symlink():
            found.update(os.fsencode(path.readlink()))
        elif path.is_file():
            found.update(path.read_bytes())
    return found.hexdigest()


def _clean() -> None:
    """Remove the folders of content that was tested longest ago."""
    every = sorted(
        (path for path in FOLDER.iterdir() if path.is_dir()), key=lambda p: p.stat().st_mtime_ns
    )
    for path in every[:-KEPT]:
        shutil.rmtree(path, ignore_errors=True)
