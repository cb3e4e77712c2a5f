"""Build the panel when it is missing or was built from other tables or other code."""

from __future__ import annotations

import fcntl
import hashlib
from pathlib import Path

from kommuneregnskap.sources.demo.files import build_panel
from kommuneregnskap.support import paths

KEY_FILE = ".built_from"


def ensure_panel(folder: Path) -> None:
    """Build the synthetic panel in `folder` unless the one there was built from the same content.

    Two processes at once: the second waits and finds it built. Raises DataError for a malformed table.
    """
    key = _key()
    if _built_from(folder) == key:
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / ".panel.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _built_from(folder) != key:
            build_panel(folder)
            (folder / KEY_FILE).write_text(key + "\n", encoding="utf-8")


def _built_from(folder: Path) -> str:
    path = folder / KEY_FILE
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def _key() -> str:
    """Hash everything that the panel is made of: its tables, the code tables and this package's code."""
    data, code = paths.root() / "data", paths.source_code()
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
