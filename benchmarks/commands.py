"""What is measured as a user meets it: whole commands, in a project folder of their own."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import v4

from kommuneregnskap.report.publish import section_notebooks
from kommuneregnskap.support import paths

PYTHON = sys.executable
REPORT = [PYTHON, "-m", "kommuneregnskap", "report", "--year", "2024", "--jobs", "2"]
EMPTY = "tomme"
SHARE = re.compile(r"grunnskole,2024,2024,,(\d+) prosent,\1,")
# What the notebooks of a report import before they compute anything.
IMPORTS = (
    "import altair\nimport polars\nimport kommuneregnskap as kr\n"
    "_ = [getattr(kr, name) for name in kr.__all__]"
)
DECLARED = "\n".join(
    [
        "year = 2024",
        *(f'{name} = ""' for name in ("source", "scope", "data_dir", "panel", "assume")),
    ]
)


@dataclass(frozen=True)
class Command:
    """A command, and what is done to the project folder before each time (nothing of it is measured).

    warms: whether a first time, not counted, fills the file cache; not where nothing is to be there yet.
    """

    argv: list[str]
    before: Callable[[Path], None]
    repetitions: int
    warms: bool = True


def _nothing(_project: Path) -> None:
    pass


def _forget(project: Path) -> None:
    shutil.rmtree(project / ".cache", ignore_errors=True)
    shutil.rmtree(project / "reports" / "2024", ignore_errors=True)


def _change_a_number(project: Path) -> None:
    """Print the published share of schools as another number than ever before: nothing of it is kept yet."""
    table = project / "data" / "claims" / "2024.csv"

    def one_more(found: re.Match[str]) -> str:
        more = int(found[1]) + 1
        return f"grunnskole,2024,2024,,{more} prosent,{more},"

    changed = SHARE.sub(one_more, table.read_text("utf-8"), count=1)
    table.write_text(changed, encoding="utf-8")


def write_empty(project: Path) -> None:
    """Write as many notebooks as a report has that import what those do, and compute nothing."""
    (project / EMPTY).mkdir()
    for path in section_notebooks():
        cells = [v4.new_code_cell(DECLARED), v4.new_code_cell(IMPORTS)]
        cells[0].metadata["tags"] = ["parameters"]
        for number, cell in enumerate(cells):
            cell.id = f"celle-{number}"
        notebook = v4.new_notebook(cells=cells)
        notebook.metadata = nbformat.read(path, as_version=4).metadata
        nbformat.write(notebook, project / EMPTY / path.name)


COMMANDS: dict[str, Command] = {
    "kommuneregnskap --help": Command([PYTHON, "-m", "kommuneregnskap", "--help"], _nothing, 9),
    "floor: empty notebooks, warm processes": Command(
        [PYTHON, "-m", "benchmarks.floor", "warm"], _nothing, 3
    ),
    "floor: empty notebooks, kernels": Command(
        [PYTHON, "-m", "benchmarks.floor", "kernel"], _nothing, 3
    ),
    "report, nothing there yet": Command(REPORT, _forget, 3, warms=False),
    "report, accounts evaluated": Command([*REPORT, "--force"], _nothing, 3),
    "report, accounts evaluated, page only": Command(
        [*REPORT, "--force", "--only", "side"], _nothing, 3
    ),
    "report, accounts evaluated, kernels": Command(
        [*REPORT, "--force", "--engine", "kernel"], _nothing, 3
    ),
    "report, a published number changed": Command(REPORT, _change_a_number, 3, warms=False),
    "report, nothing changed": Command(REPORT, _nothing, 5),
}


def copy_project(project: Path) -> None:
    """Copy tables, notebooks and the built panel to a folder of its own, so that no report of the user is touched."""
    for name in ("codes", "definitions", "claims", "demo"):
        shutil.copytree(paths.root() / "data" / name, project / "data" / name)
    skipped = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    shutil.copytree(paths.notebooks(), project / "notebooks", ignore=skipped)
    (project / "reports").mkdir()
    for path in paths.reports().glob("simulering-*.csv"):
        shutil.copy(path, project / "reports")
    write_empty(project)
