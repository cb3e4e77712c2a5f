"""What the notebooks compute, run here on an open survey: their check cells, and the frames that they draw."""

from __future__ import annotations

import ast
from functools import lru_cache

import polars as pl

from kommuneregnskap.notebooks import computing as notebook
from kommuneregnskap.notebooks import files
from kommuneregnskap.notebooks.computing import IMPORTS, run
from kommuneregnskap.survey.survey import Survey
from tests.helpers.projects import PROJECT

__all__ = ["NOTEBOOKS", "computing", "drawn", "run"]

# The notebooks whose check cells hold what they compute against the table, by name.
NOTEBOOKS = ("1_investments", "2_results", "3_sector_costs", "4_funds", "5_respondents")
# Cells that open a survey: what is run here has one.
OPENING = {files.PARAMETERS_TAG, files.NOTEBOOK_ONLY_TAG}


def computing(name: str) -> list[str]:
    """Return the code of a notebook that its check cell rests on, and of that cell, the last."""
    return notebook.computing(PROJECT / f"notebooks/{name}.ipynb")


def drawn(chart: str, survey: Survey) -> pl.DataFrame:
    """Return the frame that a notebook of the report gives to `kr.charts.<chart>`, computed on a survey.

    What the notebook only shows on its way there is left out.
    """
    statements, frame = _until(chart)
    names: dict[str, object] = {"survey": survey, "year": survey.year}
    for code in (IMPORTS, *statements):
        exec(compile(code, "notatbok", "exec"), names)
    found = eval(frame, names)
    assert isinstance(found, pl.DataFrame)
    return found


@lru_cache
def _until(chart: str) -> tuple[list[str], str]:
    """Return the statements before the figure of a chart, in the notebook that has it, and the frame it is given."""
    for path in sorted((PROJECT / "notebooks").glob("[0-9]_*.ipynb")):
        statements: list[str] = []
        for cell in files.read(path).cells:
            if cell.cell_type != "code" or OPENING & set(files.tags(cell)):
                continue
            for statement in ast.parse(cell.source).body:
                if not isinstance(statement, ast.Expr):
                    statements.append(ast.unparse(statement))
                elif (frame := _frame_of(statement.value, chart)) is not None:
                    return statements, frame
    raise AssertionError(f"no notebook draws {chart}")


def _frame_of(call: ast.expr, chart: str) -> str | None:
    """Return the second argument of a call of `kr.figure` for a chart; None where it is another expression."""
    if not isinstance(call, ast.Call) or ast.unparse(call.func) != "kr.figure":
        return None
    drawing, frame = call.args[:2]
    return ast.unparse(frame) if ast.unparse(drawing) == f"kr.charts.{chart}" else None
