"""Notebook files: the same bytes from run to run, and committed ones with check output only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat

from kommuneregnskap.support.files import replacing

PARAMETERS_TAG = "parameters"
INJECTED_TAG = "injected-parameters"
CHECK_TAG = "nbval-check-output"
NOTEBOOK_ONLY_TAG = "kun-notatbok"  # said once for all sections in the report's opening
PRINT_TAG = "trykk"  # stands in the printed report, not only in its appendix
FALLBACK_TAG = "trykk-ellers"  # stands there where the source gives too few that have that tag
FRONT_TAG = "trykk-forside"  # the figure of its first page
METHOD_TAG = "trykk-metode"  # stands there too, under method
OF_ONE_TAG = (
    "en-kommune"  # what a report of one municipality's own accounts shows, and nothing else
)
# What its table or figure is of, where it is not of accounts alone.
DEFINITIONS_TAG, PUBLISHED_TAG, BOTH_TAG = "av:definisjoner", "av:publisert", "av:begge"
SHEET_TAG = "ark:"  # and after it the name of the table's sheet in the first workbook
TITLE = "tittel"  # the cell with another heading than the notebook has
STORED_COUNT = 1  # nbval needs a count beside a stored output; which one does not matter to it
Notebook = Any  # nbformat's NotebookNode carries no types


def tags(cell: Notebook) -> list[str]:
    """Return the tags of a cell."""
    return list(cell.metadata.get("tags", []))


def check_texts(notebook: Notebook) -> list[str]:
    """Return what each check cell of a notebook has put out."""
    cells = [cell for cell in notebook.cells if CHECK_TAG in tags(cell)]
    return ["".join(str(output.get("text", "")) for output in cell.outputs) for cell in cells]


def read(path: Path) -> Notebook:
    """Return the notebook in `path`."""
    return nbformat.read(path, as_version=4)


def of_text(text: str) -> Notebook:
    """Return the notebook that the text of a file is."""
    return nbformat.reads(text, as_version=4)


def write(notebook: Notebook, path: Path) -> None:
    """Write a notebook under a temporary name and rename."""
    text = nbformat.writes(notebook).rstrip("\n") + "\n"
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def keep_of_one(path: Path, title: str) -> None:
    """Have an executed notebook show, on every page and in every file made of it, only what is of one municipality.

    What has not the tag for it stays in the notebook, and is for the notebook only. title: its heading instead.
    """
    notebook = read(path)
    heading = nbformat.v4.new_markdown_cell(f"# {title}", id=TITLE, metadata={"tags": [OF_ONE_TAG]})
    notebook.cells = [heading, *(cell for cell in notebook.cells if cell.id != TITLE)]
    for cell in notebook.cells:
        own = tags(cell)
        if not {OF_ONE_TAG, NOTEBOOK_ONLY_TAG} & set(own):
            cell.metadata["tags"] = [*own, NOTEBOOK_ONLY_TAG]
    write(notebook, path)


def normalise(notebook: Notebook) -> Notebook:
    """Return an executed notebook without what changes from run to run or machine to machine.

    Takes out times, paths and the random id that papermill and the kernel leave behind.
    """
    _plain_metadata(notebook)
    for cell in notebook.cells:
        cell.metadata = {"tags": tags(cell)} if tags(cell) else {}
        if INJECTED_TAG in tags(cell):
            cell.id = INJECTED_TAG
    return notebook


def clean(notebook: Notebook) -> Notebook:
    """Return a notebook as it is committed: output in check cells only, no run's parameters."""
    _plain_metadata(notebook)
    notebook.cells = [cell for cell in notebook.cells if INJECTED_TAG not in tags(cell)]
    for cell in notebook.cells:
        cell.metadata = {"tags": tags(cell)} if tags(cell) else {}
        if cell.cell_type != "code":
            continue
        keeps = CHECK_TAG in tags(cell) and bool(cell.outputs)
        cell.outputs = [_counted(output) for output in cell.outputs] if keeps else []
        cell.execution_count = STORED_COUNT if keeps else None
    return notebook


def _counted(output: Notebook) -> Notebook:
    if "execution_count" in output:
        output.execution_count = STORED_COUNT
    return output


def _plain_metadata(notebook: Notebook) -> None:
    notebook.metadata = {
        "kernelspec": {
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
            "name": "python3",
        },
        "language_info": {"name": "python"},
    }


def clean_notebook(path: Path) -> None:
    """Rewrite a source notebook as it is committed."""
    write(clean(read(path)), path)


def is_clean(path: Path) -> bool:
    """Return whether a source notebook is as `clean_notebook` would leave it."""
    return bool(nbformat.writes(clean(read(path))) == nbformat.writes(read(path)))


def store_check_outputs(source: Path, executed: Path) -> None:
    """Store the check cells' output of an executed notebook in its source, in their order."""
    notebook = read(source)
    fresh = [cell for cell in read(executed).cells if CHECK_TAG in tags(cell)]
    stored = [cell for cell in notebook.cells if CHECK_TAG in tags(cell)]
    for cell, new in zip(stored, fresh, strict=True):
        cell.outputs, cell.execution_count = new.outputs, STORED_COUNT
    write(clean(notebook), source)
