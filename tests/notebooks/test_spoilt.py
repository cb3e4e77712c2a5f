"""A computing line of a notebook is spoilt, and its check cell sees it: units, filters, signs, denominators, years."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from kommuneregnskap.notebooks import files
from kommuneregnskap.notebooks.errors import NotebookError
from kommuneregnskap.notebooks.run import execute
from kommuneregnskap.report import accepted
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.verdicts.agreement import DifferenceError
from tests.helpers.computing import NOTEBOOKS, computing, run
from tests.helpers.examples import by_day
from tests.helpers.projects import PROJECT


class Spoilt(NamedTuple):
    """A row of tests/data/spoilt_lines.csv.

    old: part of a line of the notebook; new: what is put in its place; what: what that spoils; number: one it changes.
    """

    notebook: str
    old: str
    new: str
    what: str
    number: str


SPOILT = [
    Spoilt(*row)
    for row in pl.read_csv(PROJECT / "tests/data/spoilt_lines.csv", infer_schema=False).iter_rows()
]


def source(name: str) -> str:
    """Return all code of a notebook, cell after cell."""
    cells = files.read(PROJECT / f"notebooks/{name}.ipynb").cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "code")


def name_of(spoilt: Spoilt) -> str:
    return f"{spoilt.notebook[0]} {spoilt.what}: {spoilt.number}"


@pytest.mark.parametrize("spoilt", SPOILT, ids=name_of)
def test_a_spoilt_line_is_seen(spoilt: Spoilt, survey_2024: Survey) -> None:
    assert source(spoilt.notebook).count(spoilt.old) == 1
    cells = [cell.replace(spoilt.old, spoilt.new) for cell in computing(spoilt.notebook)]
    names: dict[str, object] = {}
    run(cells[:-1], survey_2024, names)
    with pytest.raises(DifferenceError) as raised:
        run(cells[-1:], survey_2024, names)
    assert spoilt.number in str(raised.value)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_unspoilt_one_prints_what_is_kept(name: str, survey_2024: Survey) -> None:
    """On the panel, where every number has a value: `accepted.panel_text`."""
    kept = accepted.panel_text(name).read_text("utf-8")
    assert run(computing(name), survey_2024) == kept


def test_every_notebook_is_spoilt_in_several_ways() -> None:
    for name in NOTEBOOKS:
        assert len({each.what for each in SPOILT if each.notebook == name}) >= 5
    assert len(SPOILT) >= 36


@pytest.mark.parametrize("name", by_day(NOTEBOOKS, 2))
def test_a_spoilt_notebook_does_not_come_to_its_end(name: str, project: Path) -> None:
    """Run whole, as a report runs it: the error names notebook, cell and number."""
    spoilt = next(each for each in SPOILT if each.notebook == name)
    path = project / f"notebooks/{name}.ipynb"
    notebook = files.read(path)
    for cell in notebook.cells:
        cell.source = cell.source.replace(spoilt.old, spoilt.new)
    files.write(notebook, path)
    with pytest.raises(NotebookError) as raised:
        execute(path, {"year": 2024})
    said = str(raised.value)
    assert f"{name}.ipynb, cell {len(notebook.cells)} (Kontroll)" in said
    assert f".{spoilt.number} is " in said
    assert "in the notebook and" in said
