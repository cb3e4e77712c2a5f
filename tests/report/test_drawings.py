"""A chart is drawn once as long as it is the same, and the cache of drawings does not grow for ever."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from kommuneregnskap.report import drawings
from kommuneregnskap.report.pages import figures
from kommuneregnskap.support import cache
from tests.helpers import tampering

# A machine without the fonts of this one.
BARE = 'mount -t tmpfs tmpfs /usr/share/fonts || exit 99; exec "$@"'
SPEC = {"data": {"values": [{"a": 1}]}, "mark": "point", "encoding": {"x": {"field": "a"}}}


def kept(project: Path) -> list[Path]:
    folder = project / ".cache" / drawings.FOLDER
    return sorted(folder.iterdir()) if folder.is_dir() else []


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KOMMUNEREGNSKAP_ROOT", str(tmp_path))
    drawings._svg.cache_clear()
    drawings._png.cache_clear()
    return tmp_path


def test_another_process_takes_the_drawing_that_is_kept(empty: Path) -> None:
    drawn, picture = drawings.svg(SPEC), drawings.png(SPEC)
    assert drawn.startswith("<svg")
    assert picture.startswith(b"\x89PNG")
    assert sorted(path.suffix for path in kept(empty)) == [".png", ".svg"]
    (own,) = [path for path in kept(empty) if path.suffix == ".svg"]
    shutil.rmtree(own)
    cache.bytes_of(own, lambda: b"en annen")
    drawings._svg.cache_clear()  # as another process begins
    assert drawings.svg(SPEC) == "en annen"
    assert drawings.svg(SPEC | {"mark": "bar"}) not in ("en annen", drawn)


def test_a_picture_of_other_fonts_is_drawn_again(empty: Path) -> None:
    """As after a browser was installed, which brings some: what is kept of either is that of nobody else."""
    here = drawings.png(SPEC)
    program = f"""
import sys
from kommuneregnskap.report import drawings
kept, fresh = drawings.png({SPEC!r}), drawings.png_of(drawings.svg({SPEC!r}))
assert kept == fresh
sys.stdout.buffer.write(kept)
"""
    bare = ["unshare", "--mount", "--map-root-user", "sh", "-c", BARE, "sh"]
    there = subprocess.run(
        [*bare, sys.executable, "-c", program],
        env=os.environ | {"KOMMUNEREGNSKAP_ROOT": str(empty)},
        capture_output=True,
        check=True,
    ).stdout
    assert there.startswith(b"\x89PNG")
    pictures = [path for path in kept(empty) if path.suffix == ".png"]
    assert len(pictures) == len({here, there})
    drawings._png.cache_clear()
    assert drawings.png(SPEC) == here


@pytest.mark.parametrize("way", tampering.WAYS, ids=lambda way: way.__name__)
def test_a_drawing_that_was_tampered_with_is_drawn_again(empty: Path, way: tampering.Way) -> None:
    drawn, picture = drawings.svg(SPEC), drawings.png(SPEC)
    for store in kept(empty):
        way(store / cache.OF_BYTES)
    drawings._svg.cache_clear()
    drawings._png.cache_clear()
    assert (drawings.svg(SPEC), drawings.png(SPEC)) == (drawn, picture)


def test_scripts_that_were_tampered_with_are_bundled_again(empty: Path) -> None:
    store = empty / ".cache" / f"vega-{version('vl-convert-python')}.js"
    cache.bytes_of(store, lambda: b"const tegning = 1")
    figures._vega.cache_clear()
    assert "const tegning = 1" in figures.library(figures.DATA_BLOCK), "what is kept is used"
    (store / cache.OF_BYTES).write_bytes(b"const tegning = 2")
    figures._vega.cache_clear()
    try:
        assert "const tegning" not in figures.library(figures.DATA_BLOCK)
    finally:
        figures._vega.cache_clear()


def test_a_drawing_that_is_not_to_be_kept_is_the_same_and_leaves_nothing(empty: Path) -> None:
    assert drawings.svg(SPEC, kept=False) == drawings.svg(SPEC | {"mark": "point"})
    before = kept(empty)
    drawings.svg(SPEC | {"mark": "bar"}, kept=False)
    assert kept(empty) == before


def test_the_oldest_drawings_go_first(empty: Path) -> None:
    folder = empty / ".cache" / drawings.FOLDER
    folder.mkdir(parents=True)
    for number in range(drawings.KEPT_DRAWINGS + 5):
        (folder / f"{number}.svg").mkdir()
        os.utime(folder / f"{number}.svg", (number, number))
    drawings.svg(SPEC)
    names = {path.name for path in kept(empty)}
    assert len(names) == drawings.KEPT_DRAWINGS
    assert "5.svg" not in names
    assert f"{drawings.KEPT_DRAWINGS + 4}.svg" in names
