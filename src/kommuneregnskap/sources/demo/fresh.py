"""Build the panel when it is missing, was built from other tables or other code, or is not as it was built."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

from kommuneregnskap.sources.demo.files import build_panel
from kommuneregnskap.support import locks, paths
from kommuneregnskap.support.files import file_hashes, is_own_file, rewritten

KEY_FILE = ".built_from"


def ensure_panel(folder: Path, years: Collection[int] | None = None) -> None:
    """Build the synthetic panel in `folder` unless the one there is of the same content, and as it was built.

    years: those that are read, where not all are; the files of the others are not looked into. Two processes at once:
    the second waits and finds it built. Raises DataError for a malformed table.
    """
    key = _key()
    if _stands(key, folder, years):
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / ".panel.lock").open("wb") as lock:
        locks.wait_for(lock)
        rewritten()  # perhaps by whoever had the lock
        if not _stands(key, folder, years):
            build_panel(folder)
            rewritten()
            (folder / KEY_FILE).write_bytes(_seal(key, folder))


def _stands(key: str, folder: Path, years: Collection[int] | None) -> bool:
    """Return whether the panel in a folder is that of a key, as it was built, as far as these years go."""
    file = folder / KEY_FILE
    built = file.read_bytes().splitlines() if is_own_file(file) else []
    there = _parts(folder)
    read = [path for path in there if years is None or not _is_another_year(path.name, years)]
    named = [line.partition(b" ")[2].decode("utf-8", "replace") for line in built]
    return (
        bool(built)
        and named == [path.name for path in there]
        and {_line(key, path).encode() for path in read} <= set(built)
    )


def _is_another_year(name: str, years: Collection[int]) -> bool:
    return name.isdecimal() and int(name) not in years


def _parts(folder: Path) -> list[Path]:
    """Return what stands directly in the folder of a panel: its years, and the notice."""
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if path.name != KEY_FILE)


def _seal(key: str, folder: Path) -> bytes:
    """Return what a panel is known by: of each of its years, the hash of what it is made of and of its files."""
    return "".join(f"{_line(key, path)}\n" for path in _parts(folder)).encode()


def _line(key: str, part: Path) -> str:
    """Return the hash and name of a part of a panel: read once as long as nobody has written its files."""
    files = []
    for path in sorted([part, *part.rglob("*")]):
        of = path.lstat()
        files.append((path, (of.st_mode, of.st_ino, of.st_size, of.st_mtime_ns, of.st_ctime_ns)))
    return f"{_hashed(key, part, tuple(files))} {part.name}"


@lru_cache(maxsize=20)  # the parts of two panels
def _hashed(key: str, part: Path, files: tuple[tuple[Path, tuple[int, ...]], ...]) -> str:
    digest = hashlib.sha256(key.encode())
    own = [path for path, _ in files if is_own_file(path)]
    hashes = dict(zip(own, file_hashes(own), strict=True))
    for path, _ in files:
        digest.update(f"{path.relative_to(part.parent).as_posix()}\0".encode())
        digest.update(hashes.get(path, "").encode())
    return digest.hexdigest()


def _key() -> str:
    """Hash everything that the panel is made of: its tables, the code tables and this package's code."""
    data, code = paths.tables(), paths.source_code()
    digest = hashlib.sha256()
    for path in [
        *sorted((data / "demo").glob("*.csv")),
        *sorted((data / "codes").glob("*.csv")),
        *sorted((code / "sources/demo").glob("*.py")),
        code / "tables/invented.py",
        code / "sources/kostra/records.py",
    ]:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
