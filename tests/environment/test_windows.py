"""A machine that has what Windows has, as far as that can be had here: the same bytes, in names that hold there."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kommuneregnskap.support import paths
from tests.helpers.disturbed import Project, project_in
from tests.helpers.elsewhere import differing
from tests.helpers.environments import PROJECT
from tests.helpers.examples import asked_for_all
from tests.helpers.windows import as_on_windows

pytestmark = pytest.mark.slow

SMALL = ("report", "--year", "2024", "--source", "demo", "--force")
# What no file may be called on Windows: signs, ends, devices.
NO_NAME = re.compile(
    r'[<>:"\\|?*\x00-\x1f]|[. ]$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)', re.IGNORECASE
)
TOOLS = sorted((PROJECT / "tools").glob("*.py"))
LONGEST = 150  # signs of a path below the folder one works in; Windows has 260 for all of it


@pytest.fixture(scope="module")
def machine(module_folder: Path) -> dict[str, str]:
    return as_on_windows(module_folder / "site")


@pytest.fixture(scope="module")
def reported(
    module_folder: Path, demo_panel: Path, evaluated: Path, machine: dict[str, str]
) -> tuple[Project, Project]:
    """The same small report, made here and there; there the panel is built too, and by night nothing has been kept."""
    here, there = (
        project_in(module_folder / name, demo_panel, evaluated, small=True)
        for name in ("her", "der")
    )
    here.whole(*SMALL)
    (there.root / "data/demo/panel").unlink()
    if asked_for_all():
        for kept in (there.root / ".cache").iterdir():
            kept.unlink()
    said = there.run(*SMALL, env=machine)
    assert said.returncode == 0, said
    assert "Traceback" not in said.stderr
    return here, there


def test_every_module_can_be_loaded_there(machine: dict[str, str]) -> None:
    names = [
        ".".join(("kommuneregnskap", *path.relative_to(paths.source_code()).with_suffix("").parts))
        for path in paths.code_files()
        if path.suffix == ".py" and path.stem not in ("__init__", "__main__")
    ]
    assert len(names) > 300
    program = f"import importlib\nfor name in {names!r}:\n    importlib.import_module(name)\n"
    run = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | machine,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert (Path(machine["PYTHONPATH"]) / "begun").is_file()


def test_text_is_written_in_one_way_everywhere() -> None:
    """Also where no test comes by: who writes text says its encoding and line ends, who reads it the former."""
    odd, seen = [], 0
    for path in (*(path for path in paths.code_files() if path.suffix == ".py"), *TOOLS):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            said = {each.arg for each in node.keywords}
            if node.func.attr == "write_text":
                seen += 1
                odd += [f"{path}:{node.lineno}"] * (not {"encoding", "newline"} <= said)
            if node.func.attr == "read_text":
                odd += [f"{path}:{node.lineno}"] * (not node.args and "encoding" not in said)
    assert seen > 20
    assert not odd


def test_what_windows_has_not_is_really_not_there(tmp_path: Path, machine: dict[str, str]) -> None:
    """Else nothing here is tried: a module of ours that asked for it would fail."""
    package = tmp_path / "kommuneregnskap_proeve"
    package.mkdir()
    (package / "__init__.py").touch()
    for asked in (
        "import fcntl",
        "import resource",
        "import os; os.fork",
        "from os import O_NOFOLLOW",
        "import signal; signal.SIGALRM",
        "from pathlib import Path; Path(__file__).read_text()",
        "import ctypes; ctypes.CDLL(None)",
        "import sys; assert sys.platform == 'linux'",
    ):
        (package / "trial.py").write_text(asked + "\n", "utf-8")
        run = subprocess.run(
            [sys.executable, "-c", "import kommuneregnskap_proeve.trial"],
            cwd=tmp_path,
            env=os.environ | machine,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 1, asked
        assert "trial.py" in run.stderr, run.stderr


@pytest.mark.varied
def test_a_report_has_the_same_bytes_there(reported: tuple[Project, Project]) -> None:
    """With its panel: no line ends of Windows, no backslash, no other encoding; the commands it names are others."""
    here, there = reported
    assert not differing(here.folder("demo"), there.folder("demo"))
    assert not differing(PROJECT / "data/demo/panel", there.root / "data/demo/panel")


@pytest.mark.varied
def test_a_report_that_stands_is_taken_for_the_same_there(
    reported: tuple[Project, Project], machine: dict[str, str]
) -> None:
    """What is sealed and what is kept is known again: read as it was written."""
    _, there = reported
    before = {path.name for path in (there.root / ".cache").iterdir()}
    said = there.run(*SMALL[:-1], env=machine)
    assert "Nothing has changed since it was made" in said.stdout, said
    assert {path.name for path in (there.root / ".cache").iterdir()} == before


def test_files_have_names_that_windows_can_have(
    reported: tuple[Project, Project], year_2024: Path
) -> None:
    _, there = reported
    project = year_2024.parents[1]
    places = [*project.rglob("*"), *(there.root / ".cache").rglob("*")]
    names = [
        path.relative_to(there.root if there.root in path.parents else project) for path in places
    ]
    assert len(names) > 500
    assert not [name for name in names if any(map(NO_NAME.search, name.parts))]
    assert max(len(str(name)) for name in names) < LONGEST


@pytest.mark.parametrize("name", ["a:b", "hva?", "slutt.", "AUX.csv", "com1", 'a"b', "a\\b"])
def test_other_names_are_seen(name: str) -> None:
    assert NO_NAME.search(name)


def test_a_second_run_is_refused_there(
    reported: tuple[Project, Project], machine: dict[str, str]
) -> None:
    """Locks are others there: taken at once, by one process at a time, and given back."""
    _, there = reported
    lock = there.root / "reports/2024/.demo.lock"
    holds = (
        "import kommuneregnskap.support.locks as locks, sys\n"
        "held = open(sys.argv[1], 'w')\nassert locks.take(held)\nprint('held', flush=True)\ninput()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holds, str(lock)],
        env=os.environ | machine,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        refused = there.run(*SMALL, env=machine)
        holder.communicate("\n")
    assert refused.returncode == 1
    assert "another run is making" in refused.stderr
    assert there.run(*SMALL[:-1], env=machine).returncode == 0


def test_a_cell_over_its_time_is_stopped_there(tmp_path: Path, machine: dict[str, str]) -> None:
    """There is no alarm."""
    program = (
        "import nbformat\nfrom nbformat import v4\n"
        "from kommuneregnskap.notebooks import shell\n"
        "with shell.fresh() as own:\n"
        "    shell.run(own, v4.new_code_cell('while True: pass'), 1)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=os.environ | machine,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "CellTimeoutError" in run.stderr
