"""The section notebooks run by others: jupyter execute (the yardstick J), papermill's command line, nbmake.

All run the same files, copies of the project's own with the parameters that they come with, and no output in any cell.
What the check cells say when they are run is held against what ours say.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from itertools import zip_longest
from pathlib import Path

from kommuneregnskap.notebooks import files

PYTHON = sys.executable
NOTEBOOKS = "section notebooks"
OURS, YARDSTICK, PAPERMILL, NBMAKE = "", "jupyter execute", "papermill", "nbmake"
# By whom, and how often: ours and the yardstick are shown beside more than each other.
TOOLS = {OURS: 3, YARDSTICK: 3, PAPERMILL: 1, NBMAKE: 1}


def folder_of(project: Path, by: str) -> Path:
    """Return where the notebooks lie that a tool executes."""
    return project / "kjoert" / (by or "egne").replace(" ", "-")


def prepared(project: Path) -> Path:
    """Return where the notebooks lie that are to be executed."""
    return project / "notatboeker"


def prepare(project: Path, notebooks: list[Path]) -> None:
    """Write copies of notebooks without the output that their check cells have stored: no tool is to be read by it."""
    prepared(project).mkdir()
    for path in notebooks:
        notebook = files.read(path)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        files.write(notebook, prepared(project) / path.name)


def lay_out(project: Path, by: str) -> None:
    """Lay the notebooks where a tool executes them: most do it in place."""
    target = folder_of(project, by)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(prepared(project), target)
    (target / "pytest.ini").write_text("[pytest]\n")  # nbmake is not to find this project's own


def command(project: Path, by: str) -> list[str]:
    """Return the command by which a tool executes the notebooks."""
    folder = folder_of(project, by)
    programs = Path(PYTHON).parent
    names = [str(folder / path.name) for path in sorted(prepared(project).glob("*.ipynb"))]
    match by:
        case "jupyter execute":
            return [str(programs / "jupyter"), "execute", "--inplace", *names]
        case "papermill":
            each = [shlex.join([str(programs / "papermill"), name, name]) for name in names]
            return ["/bin/sh", "-c", " && ".join(each)]
        case "nbmake":
            alone = ["--disable-plugin-autoload", "-p", "nbmake.pytest_plugin"]
            return [PYTHON, "-m", "pytest", *alone, "--nbmake", "--overwrite", str(folder)]
    return [PYTHON, "-m", "benchmarks.run", "warm", str(prepared(project)), str(folder)]


def compare(project: Path, by: str) -> str:
    """Return in what the check cells that a tool has executed differ from ours, in words; empty where in nothing."""
    for path in sorted(prepared(project).glob("*.ipynb")):
        own, other = (
            files.check_texts(files.read(folder_of(project, each) / path.name))
            for each in (OURS, by)
        )
        if not own or not all(own):
            return f"{path.name}: no check cell with output here"
        for number, (ours, theirs) in enumerate(zip_longest(own, other, fillvalue=""), start=1):
            if ours != theirs:
                return f"{path.name}, check cell {number}: {_first_difference(ours, theirs)}"
    return ""


def _first_difference(ours: str, theirs: str) -> str:
    pairs = zip_longest(ours.splitlines(), theirs.splitlines(), fillvalue="")
    own, other = next((pair for pair in pairs if pair[0] != pair[1]), (ours[-1:], theirs[-1:]))
    return f"{other!r}, and {own!r} here"
