"""A folder that is replaced: a reader finds the former or the new one at any moment, also where a writer is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kommuneregnskap.support import files
from tests.helpers.programs import moments

WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, {helpers!r})
from moments import Moments
from kommuneregnskap.support import files

files.EXCHANGES = {exchanges!r}
folder, moment = Path(sys.argv[1]), Moments(int(sys.argv[2]), sys.argv[1])
sys.addaudithook(moment)
with files.publishing(folder / "rapport") as draft:
    for name in ("index.html", "tall.csv"):
        (draft / name).write_text("nytt", "utf-8")
print(moment.seen)
"""
NO_EXCHANGE: tuple[str, ...] = ()


def publish(
    folder: Path, moment: int, exchanges: tuple[str, ...]
) -> subprocess.CompletedProcess[str]:
    """Replace a folder in a process of its own that is killed before its change number `moment` (0: never)."""
    script = folder.with_name("skriver.py")
    helpers = str(Path(moments.__file__).parent)
    script.write_text(WRITER.format(helpers=helpers, exchanges=exchanges), "utf-8")
    return subprocess.run(
        [sys.executable, "-S", str(script), str(folder), str(moment)],
        env=os.environ | {"PYTHONPATH": str(Path(files.__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def content(folder: Path) -> dict[str, str]:
    return (
        {path.name: path.read_text("utf-8") for path in folder.iterdir()} if folder.exists() else {}
    )


def put(folder: Path, text: str) -> dict[str, str]:
    (folder / "rapport").mkdir(parents=True)
    for name in ("index.html", "tall.csv"):
        (folder / "rapport" / name).write_text(text, "utf-8")
    return content(folder / "rapport")


NEW = {"index.html": "nytt", "tall.csv": "nytt"}


@pytest.mark.parametrize("exchanges", [files.EXCHANGES, NO_EXCHANGE], ids=["exchanged", "renamed"])
def test_killed_before_each_change(tmp_path: Path, exchanges: tuple[str, ...]) -> None:
    """The folder is whole at once; where it could only be renamed twice, from the next run on at the latest."""
    put(tmp_path / "hel", "før")
    last = int(publish(tmp_path / "hel", 0, exchanges).stdout)
    assert last >= 6
    absent, found = 0, []
    for moment in range(1, last + 1):
        folder = tmp_path / f"drept {moment}"
        before = put(folder, "før")
        assert publish(folder, moment, exchanges).returncode == -signal.SIGKILL
        found.append(content(folder / "rapport"))
        absent += found[-1] == {}
        assert found[-1] in (before, NEW, {})
        assert publish(folder, 0, exchanges).returncode == 0
        assert content(folder / "rapport") == NEW
        assert {path.name for path in folder.iterdir()} == {"rapport", ".rapport.lock"}
    assert before in found
    assert NEW in found
    assert absent == (0 if exchanges else 1)


def test_the_former_folder_comes_back_where_the_next_run_fails(tmp_path: Path) -> None:
    """Killed between two renames, and the run after it comes to nothing: the former report stands all the same."""
    before = put(tmp_path, "før")
    (tmp_path / "rapport").rename(tmp_path / ".rapport.former")
    with pytest.raises(ValueError, match="nei"), files.publishing(tmp_path / "rapport"):
        raise ValueError("nei")
    assert content(tmp_path / "rapport") == before


def test_a_reader_finds_something_at_any_moment(tmp_path: Path) -> None:
    """While one publishes again and again, in another process, one that looks never finds an empty place."""
    put(tmp_path, "før")
    writer = subprocess.Popen(
        [sys.executable, "-c", AGAIN_AND_AGAIN, str(tmp_path / "rapport")],
        env=os.environ | {"PYTHONPATH": str(Path(files.__file__).parents[2])},
    )
    seen = 0
    while writer.poll() is None:
        seen += (tmp_path / "rapport").exists()
        assert (tmp_path / "rapport/index.html").exists()
    assert writer.returncode == 0
    assert seen > 100


AGAIN_AND_AGAIN = """
import sys
from pathlib import Path
from kommuneregnskap.support.files import publishing
for number in range(300):
    with publishing(Path(sys.argv[1])) as draft:
        (draft / "index.html").write_text(str(number), "utf-8")
"""
