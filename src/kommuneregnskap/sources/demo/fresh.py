"""Build the panel when it is missing, was built from other tables or other code, or is not as it was built."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from kommuneregnskap.sources.demo.files import build_panel
from kommuneregnskap.support import locks, paths
from kommuneregnskap.support.files import is_own_file

KEY_FILE = ".built_from"


def ensure_panel(folder: Path) -> None:
    """Build the synthetic panel in `folder` unless the one there is of the same content, and as it was built.

    Two processes at once: the second waits and finds it built. Raises DataError for a malformed table.
    """
    key = _key()
    if _built_from(folder) == _seal(key, folder):
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / ".panel.lock").open("wb") as lock:
        locks.wait_for(lock)
        if _built_from(folder) != _seal(key, folder):
            build_panel(folder)
            (folder / KEY_FILE).write_bytes(_seal(key, folder))


def _built_from(folder: Path) -> bytes:
    path = folder / KEY_FILE
    return path.read_bytes() if is_own_file(path) else b""


def _seal(key: str, folder: Path) -> bytes:
    """Return the hash of what a panel is made of and of its files: read once as long as nobody has written them."""
    files = []
    for path in sorted(folder.rglob("*")):
        if path != folder / KEY_FILE:
            of = path.lstat()
            files.append(
                (path, (of.st_mode, of.st_ino, of.st_size, of.st_mtime_ns, of.st_ctime_ns))
            )
    return _hashed(key, folder, tuple(files))


@lru_cache(maxsize=2)
def _hashed(key: str, folder: Path, files: tuple[tuple[Path, tuple[int, ...]], ...]) -> bytes:
    digest = hashlib.sha256(key.encode())
    for path, _ in files:
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        if is_own_file(path):
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return f"{digest.hexdigest()}\n".encode()


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
