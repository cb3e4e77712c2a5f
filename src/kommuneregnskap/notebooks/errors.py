"""What can be wrong with a notebook, said in one line, whichever way it is run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import papermill as pm

from kommuneregnskap.notebooks import files as notebooks
from kommuneregnskap.support.errors import KommuneregnskapError, UsageError, shown_path

ANSI = re.compile(r"\x1b\[[0-9;]*m")


class NotebookError(KommuneregnskapError):
    """A notebook that did not run to its end: which one, which cell, why."""


def refuse_before_running(source: Path, parameters: Mapping[str, object]) -> None:
    """Raise UsageError for a parameter that a notebook does not declare, NotebookError for no notebook.

    Papermill itself only warns, and the notebook would run with its default.
    """
    try:
        declared = list(pm.inspect_notebook(str(source)))
    except Exception as error:  # whatever nbformat and papermill say of a file that is no notebook
        raise NotebookError(
            f"{shown_path(source)}: cannot be read as a notebook: {one_line(str(error))}"
        ) from None
    unknown = [name for name in parameters if name not in declared]
    if unknown:
        raise UsageError(
            f"{shown_path(source)}: unknown parameter {unknown[0]!r}; allowed: {', '.join(declared)}"
        )


def failed(source: Path, code: str, reason: str) -> NotebookError:
    """Return the error of a cell with this code: notebook, cell, heading above it, reason."""
    place = cell_of(notebooks.read(source), code)
    return NotebookError(f"{shown_path(source)}, {place}: {one_line(reason)}")


def cell_of(notebook: notebooks.Notebook, code: str) -> str:
    """Say which cell of the source notebook has this code, with the heading above it."""
    heading = ""
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "markdown" and cell.source.startswith("#"):
            heading = cell.source.splitlines()[0].lstrip("# ")
        if cell.cell_type == "code" and cell.source == code:
            return f"cell {number}" + (f" ({heading})" if heading else "")
    return "the parameters cell"


def one_line(text: str) -> str:
    """Return a message without line breaks and without the colours of a terminal."""
    return " ".join(ANSI.sub("", text).split())
