"""What is computed once and kept under the hash of all it depends on: account files, tables, this package.

Several processes may be at the same; what is older goes when there is too much of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import polars as pl

from kommuneregnskap.support import paths
from kommuneregnskap.support.files import writing

# Surveys and years, a few megabytes each; those that were used longest ago go first.
CACHED_ENTRIES = 60
IN_USE = 3600  # seconds: what was used so lately is perhaps still open, and stays


def digest(content: object) -> str:
    """Return the sha256 of anything that JSON can say, whatever the order of its keys; dates as text."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=1)
def code_hash() -> str:
    """Return the sha256 of this package's files, code and templates, as they were when first asked for."""
    digest = hashlib.sha256()
    for path in sorted(paths.source_code().rglob("*")):
        if not path.is_file() or "__pycache__" in path.parts:
            continue
        digest.update(str(path.relative_to(paths.source_code())).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def keep(frames: dict[str, pl.DataFrame], store: Path) -> None:
    """Write frames as parquet into the folder `store` of the cache; clean out older entries.

    Under a temporary name, then renamed: another process may be at the same. Raises DataError where
    the system refuses.
    """
    with writing(paths.cache()):
        store.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".part-", dir=store.parent))
        try:
            for name, frame in frames.items():
                frame.write_parquet(temporary / f"{name}.parquet")
            if not store.is_dir():  # else another process was quicker with the same content
                _rename(temporary, store)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    entries = sorted(store.parent.glob("2*"), key=written)
    lately = time.time_ns() - IN_USE * 10**9
    for path in (path for path in entries[:-CACHED_ENTRIES] if written(path) < lately):
        shutil.rmtree(path, ignore_errors=True)


def used(store: Path) -> Path:
    """Say of an entry of the cache that it is used now, and return it."""
    with suppress(OSError):  # another's cache, or one that may not be written
        os.utime(store)
    return store


def written(path: Path) -> int:
    """Return when an entry of the cache was written or used, in ns; zero when another process has cleaned it out."""
    try:
        return path.lstat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _rename(temporary: Path, store: Path) -> None:
    try:
        temporary.replace(store)
    except OSError:
        if not store.is_dir():
            raise
