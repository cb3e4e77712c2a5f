"""Which files are the project's own: what git says, or what .gitignore says where there is no git."""

from __future__ import annotations

import fnmatch
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path


def files(root: Path) -> list[str]:
    """Return the files of a checkout, or of an archive without `.git`, but for what git would ignore."""
    if not (root / ".git").exists():
        return by_walking(root)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
    ).stdout.decode("utf-8")
    names = set(filter(None, listed.split("\0")))
    return sorted(name for name in names if (root / name).is_file())


def by_walking(root: Path) -> list[str]:
    """Return the files that .gitignore does not name."""
    rules = [
        line
        for line in (root / ".gitignore").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    return sorted(_kept(root, root, rules))


def _kept(root: Path, folder: Path, rules: list[str]) -> Iterator[str]:
    for entry in os.scandir(folder):
        path = Path(entry.path)
        name = path.relative_to(root).as_posix()
        is_folder = entry.is_dir(follow_symlinks=False)
        if name == ".git" or _ignored(name, rules, is_folder=is_folder):
            continue
        if is_folder:
            yield from _kept(root, path, rules)
        elif path.is_file():
            yield name


def _ignored(name: str, rules: list[str], *, is_folder: bool) -> bool:
    """Whether the last rule that fits says so: of a folder only with a slash at its end, of a path with one inside."""
    ignored = False
    for rule in rules:
        pattern = rule.removeprefix("!")
        if pattern.endswith("/") and not is_folder:
            continue
        pattern = pattern.rstrip("/")
        if "/" in pattern:
            fits = pattern.count("/") == name.count("/") and fnmatch.fnmatchcase(name, pattern)
        else:
            fits = fnmatch.fnmatchcase(name.rpartition("/")[2], pattern)
        if fits:
            ignored = not rule.startswith("!")
    return ignored
