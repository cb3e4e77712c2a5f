"""The second runner: a notebook executed by nbclient, its check cells compared by us."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from kommuneregnskap.cli.app import app
from kommuneregnskap.notebooks import WARM, compared, files
from kommuneregnskap.notebooks.errors import NotebookError
from kommuneregnskap.report import accepted
from kommuneregnskap.support import paths
from tests.helpers.projects import PROJECT


def stored(path: Path, old: str, new: str) -> None:
    """Put another text in what the check cells of a notebook have stored."""
    notebook = files.read(path)
    for cell in notebook.cells:
        for output in cell.outputs if files.CHECK_TAG in files.tags(cell) else ():
            output.text = output.text.replace(old, new)
    files.write(notebook, path)


def stored_on_the_panel(path: Path) -> None:
    """Let the check cell of a notebook store what is kept of the panel, which a test's project has alone."""
    notebook = files.read(path)
    (cell,) = [each for each in notebook.cells if files.CHECK_TAG in files.tags(each)]
    kept = accepted.panel_text(path.stem).relative_to(paths.root())
    cell.outputs[0].text = (PROJECT / kept).read_text("utf-8")
    files.write(notebook, path)


def test_the_second_runner_in_a_kernel_of_its_own(project: Path) -> None:
    """As `make check RUNNER=nbclient` does: what is stored, then what is no longer what the notebook says."""
    path = project / "notebooks/4_funds.ipynb"
    stored_on_the_panel(path)
    assert compared.changes(path) == []
    stored(path, "her 124", "her 126")
    (line,) = compared.changes(path)
    assert line.startswith("k2024_fond_antall_redusert (")
    assert "stored: her 126, tabellen 124, kalibrert; new: her 124, tabellen 124" in line


def test_a_notebook_that_fails_or_stores_nothing_is_told(project: Path) -> None:
    path = project / "notebooks/4_funds.ipynb"
    notebook = files.read(path)
    for cell in notebook.cells:
        cell.source = cell.source.replace("pst <= tom", "pst < tom - 1")
    files.write(notebook, path)
    with pytest.raises(NotebookError, match=r"fond\.andel_tomme is .* in the notebook and"):
        compared.changes(path, engine=WARM)
    for cell in notebook.cells:
        if files.CHECK_TAG in files.tags(cell):
            cell.outputs = []
    files.write(notebook, path)
    with pytest.raises(NotebookError, match="without stored output; run: make accept"):
        compared.changes(path, engine=WARM)


def test_an_unknown_runner_is_refused() -> None:
    found = CliRunner().invoke(app, ["check", "--runner", "nbdime"])
    assert found.exit_code != 0
    assert "allowed: nbval, nbclient" in str(found.exception or found.output)
