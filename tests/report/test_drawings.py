"""A chart is drawn once as long as it is the same, and the cache of drawings does not grow for ever."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kommuneregnskap.report import drawings

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
    own.write_text("en annen", encoding="utf-8")
    drawings._svg.cache_clear()  # as another process begins
    assert drawings.svg(SPEC) == "en annen"
    assert drawings.svg(SPEC | {"mark": "bar"}) not in ("en annen", drawn)


def test_a_drawing_that_is_not_to_be_kept_is_the_same_and_leaves_nothing(empty: Path) -> None:
    assert drawings.svg(SPEC, kept=False) == drawings.svg(SPEC | {"mark": "point"})
    before = kept(empty)
    drawings.svg(SPEC | {"mark": "bar"}, kept=False)
    assert kept(empty) == before


def test_the_oldest_drawings_go_first(empty: Path) -> None:
    folder = empty / ".cache" / drawings.FOLDER
    folder.mkdir(parents=True)
    for number in range(drawings.KEPT_FILES + 5):
        (folder / f"{number}.svg").write_text("", encoding="utf-8")
        os.utime(folder / f"{number}.svg", (number, number))
    drawings.svg(SPEC)
    names = {path.name for path in kept(empty)}
    assert len(names) == drawings.KEPT_FILES
    assert "5.svg" not in names
    assert f"{drawings.KEPT_FILES + 4}.svg" in names
