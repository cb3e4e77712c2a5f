"""What is kept proves itself when it is opened, and is cleaned out by when it was used, never while it is open."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.support import cache
from tests.helpers import tampering
from tests.sources.test_hostile_files import unprivileged

FRAMES = {
    "tall": pl.DataFrame({"a": [1, 2, 3], "b": ["x", None, "z"]}),
    "rader": pl.DataFrame({"c": [0.5]}),
}
NAME = "2024-kasse-0"
FAR = (0, 4_102_444_800)  # 1970 and 2100
OPEN = """
import resource, sys
from pathlib import Path
from kommuneregnskap.support import cache
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
for name in sys.argv[1:]:
    assert cache.opened(Path(name)), name
print("open", flush=True)
sys.stdin.read()
"""
KEEP = """
import sys
from pathlib import Path
import polars as pl
from kommuneregnskap.support import cache
for _ in range(30):
    kept = cache.keep({"tall": pl.DataFrame({"a": list(range(1000))})}, Path(sys.argv[1]))
    assert kept.frame("tall")["a"].sum() == 499500
"""
AGAIN = """
import sys
from pathlib import Path
import polars as pl
from kommuneregnskap.support import cache
from kommuneregnskap.support.errors import NotWrittenError
store = Path(sys.argv[1])
assert cache.opened(store) is None
try:
    cache.keep({"tall": pl.DataFrame({"a": [1]})}, store)
except NotWrittenError as error:
    print(error)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KOMMUNEREGNSKAP_ROOT", str(tmp_path))
    monkeypatch.setattr(cache, "CACHED_ENTRIES", 60)  # to be filled in no time
    return tmp_path / ".cache"


def process(script: str, *arguments: Path, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*before, sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def elsewhere_open(*stores: Path, before: tuple[str, ...] = ()) -> Iterator[None]:
    """Another process has these entries open."""
    with process(OPEN, *stores, before=before) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        said = other.stdout.readline()
        assert said == "open\n", other.communicate()[1]
        yield
        other.stdin.close()
        other.wait(30)


def age(store: Path, hours: float) -> None:
    then = time.time() - hours * 3600
    os.utime(store, (then, then))


def filled(folder: Path, count: int, hours: float = 100) -> list[Path]:
    """Return entries that another process made, the first the oldest."""
    stores = [folder / f"2024-kasse-ny-{number:02d}" for number in range(count)]
    for number, store in enumerate(stores):
        cache.keep({"tall": FRAMES["rader"]}, store)
        age(store, hours - number)
    cache._open.forked()  # nothing of it is open here
    os.close(cache._open._at)
    cache._open._at = -1
    return stores


def test_those_used_longest_ago_go(folder: Path) -> None:
    stores = filled(folder, cache.CACHED_ENTRIES)
    assert cache.opened(stores[0])
    new = [folder / f"2024-kasse-nyere-{number}" for number in range(3)]
    for store in new:
        cache.keep(FRAMES, store)
    assert [store for store in [*stores, *new] if not store.is_dir()] == stores[1:4]
    found = cache.opened(new[0])
    assert found is not None
    for name, frame in FRAMES.items():
        assert found.frame(name).equals(frame)
        assert found.lazy(name).collect().equals(frame)
    assert not list(folder.glob(f"{cache.PART}*"))
    assert not list(folder.glob(f"{cache.GONE}*"))


@pytest.mark.parametrize("when", [*FAR, None])
def test_what_another_process_has_open_stays_whatever_the_clock_says(
    folder: Path, when: int | None
) -> None:
    stores = filled(folder, cache.CACHED_ENTRIES + 1)
    held, free = stores[0], stores[1]
    with elsewhere_open(held):
        for store in (held, free):
            os.utime(store, (when or 1, when or 1))
        for store in stores[2:] if when == FAR[1] else ():
            os.utime(store, (when + 1, when + 1))
        cache.keep(FRAMES, folder / NAME)
        assert held.is_dir()
        assert not free.exists()
    os.utime(held, (1, 1))
    cache.keep(FRAMES, folder / f"{NAME}-2")
    assert not held.exists(), "nobody has it any more"


def test_what_this_process_has_open_stays(folder: Path) -> None:
    stores = filled(folder, cache.CACHED_ENTRIES)
    kept = cache.keep(FRAMES, folder / NAME)
    lazy = kept.lazy("tall")
    for store in (stores[5], folder / NAME):
        assert cache.opened(store)
        os.utime(store, (1, 1))
    for number in range(cache.CACHED_ENTRIES + 1):
        cache.keep(FRAMES, folder / f"2023-kasse-{number}")
    assert stores[5].is_dir()
    assert (folder / NAME).is_dir()
    shutil.rmtree(folder)
    assert lazy.collect().equals(FRAMES["tall"]), "what is read is what was proved"


def test_a_child_of_a_process_holds_what_it_opens_itself(folder: Path) -> None:
    """It has none of its parent's locks, and must not take them for its own."""
    (store,) = filled(folder, 1)
    assert cache.opened(store)
    child = os.fork()
    if child == 0:
        os._exit(1 if cache._open._held else 0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert cache._open._held


def test_few_files_are_open_however_many_entries(folder: Path) -> None:
    stores = filled(folder, cache.CACHED_ENTRIES)
    with elsewhere_open(*stores):
        cache.keep(FRAMES, folder / NAME)
        cache.keep(FRAMES, folder / f"{NAME}-2")
        assert all(store.is_dir() for store in stores)


@pytest.mark.parametrize("file", ["tall.parquet", cache.RECORD])
@pytest.mark.parametrize("way", tampering.WAYS, ids=lambda way: way.__name__)
def test_what_is_not_as_it_was_written_is_removed_and_made_again(
    folder: Path, way: tampering.Way, file: str
) -> None:
    store = folder / NAME
    cache.keep(FRAMES, store)
    way(store / file)
    assert cache.opened(store) is None
    assert not os.path.lexists(store)
    made = cache.of(store, lambda: FRAMES)
    assert made.frame("tall").equals(FRAMES["tall"])
    assert cache.opened(store) == made


@pytest.mark.parametrize("count", [100, pytest.param(3000, marks=pytest.mark.night)])
def test_every_flipped_bit_is_found(folder: Path, count: int) -> None:
    store = folder / NAME
    kept = cache.keep(FRAMES, store)
    whole = {path.name: path.read_bytes() for path in store.iterdir()}
    for file, seed in tampering.bits(store, count, seed=1):
        said = tampering.flipped(file, random.Random(seed))
        assert cache.opened(store) is None, said
        store.mkdir()
        for name, content in whole.items():
            (store / name).write_bytes(content)
        assert cache.opened(store) == kept


def test_files_and_records_of_other_entries_do_not_fit(folder: Path) -> None:
    other = folder / "2023-kasse-1"
    cache.keep({"tall": FRAMES["tall"].reverse(), "rader": FRAMES["rader"]}, other)
    cache.keep(FRAMES, folder / NAME)
    shutil.copy(other / "tall.parquet", folder / NAME / "tall.parquet")
    assert cache.opened(folder / NAME) is None
    cache.keep(FRAMES, folder / NAME)
    for path in other.iterdir():
        shutil.copy(path, folder / NAME / path.name)
    assert cache.opened(folder / NAME) is None, "whole, but of another name"
    cache.keep(FRAMES, folder / NAME)
    (folder / NAME / "mer.parquet").write_bytes(b"")
    assert cache.opened(folder / NAME) is None
    cache.keep(FRAMES, folder / NAME)
    said = json.loads((folder / NAME / cache.RECORD).read_bytes())
    (folder / NAME / cache.RECORD).write_text(json.dumps(said), "utf-8")
    assert cache.opened(folder / NAME) is None


def test_an_entry_as_former_versions_kept_it_is_made_anew(folder: Path) -> None:
    (folder / NAME).mkdir(parents=True)
    FRAMES["tall"].reverse().write_parquet(folder / NAME / "tall.parquet")
    assert cache.of(folder / NAME, lambda: FRAMES).frame("tall").equals(FRAMES["tall"])
    (folder / "tegning.svg").write_text("<svg", "utf-8")
    for _ in range(2):
        assert cache.bytes_of(folder / "tegning.svg", lambda: b"<svg></svg>") == b"<svg></svg>"


def test_a_link_to_an_entry_is_removed_and_what_it_leads_to_left_alone(folder: Path) -> None:
    shared = folder.parent / "delt" / NAME
    cache.keep(FRAMES, folder / NAME)
    shutil.move(folder / NAME, shared)
    (folder / NAME).symlink_to(shared)
    assert cache.opened(folder / NAME)
    (shared / "tall.parquet").write_bytes(b"")
    assert cache.opened(folder / NAME) is None
    assert not (folder / NAME).is_symlink()
    assert (shared / "tall.parquet").exists()


def test_two_processes_may_keep_the_same_at_once(folder: Path) -> None:
    both = [process(KEEP, folder / NAME) for _ in range(2)]
    for each in both:
        said = each.communicate(timeout=60)
        assert each.returncode == 0, said
    found = cache.opened(folder / NAME)
    assert found is not None
    assert found.frame("tall")["a"].to_list() == list(range(1000))
    assert [path.name for path in folder.glob("[!.]*")] == [NAME]
    assert {path.name for path in folder.glob(".*")} == {cache.LOCK}


def test_a_cache_that_may_not_be_written_is_read_and_damage_in_it_is_one_line(folder: Path) -> None:
    cache.keep(FRAMES, folder / NAME)
    before = tuple(unprivileged())
    folder.chmod(0o555)
    try:
        with elsewhere_open(folder / NAME, before=before):
            pass
        tampering.truncated(folder / NAME / "tall.parquet")
        with process(AGAIN, folder / NAME, before=before) as other:
            said = other.communicate(timeout=30)
    finally:
        folder.chmod(0o755)
    assert (other.returncode, said[1]) == (0, "")
    assert "cannot be written (Permission denied)" in said[0]
    assert said[0].count("\n") == 1
