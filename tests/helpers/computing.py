"""What a section's notebook computes: its cells under «Beregning» and its check cell, run here on an open survey."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import redirect_stdout

import polars as pl

import kommuneregnskap as kr
from kommuneregnskap.notebooks import files
from kommuneregnskap.survey.survey import Survey
from tests.helpers.projects import PROJECT

NOTEBOOKS = ("1_investments", "2_results", "3_sector_costs", "4_funds", "5_respondents")


def computing(name: str) -> list[str]:
    """Return the code of a notebook that its check cell rests on, and of that cell, the last."""
    found, computes = [], False
    for cell in files.read(PROJECT / f"notebooks/{name}.ipynb").cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            computes = cell.source.splitlines()[0] == "## Beregning"
        if cell.cell_type == "code" and (computes or files.CHECK_TAG in files.tags(cell)):
            found.append(str(cell.source))
    return found


def run(cells: Sequence[str], survey: Survey, names: dict[str, object] | None = None) -> str:
    """Run cells one after the other on a survey, and return what they print. names: what they find and leave."""
    own = {} if names is None else names
    own |= {"pl": pl, "kr": kr, "survey": survey}
    with redirect_stdout(io.StringIO()) as printed:
        for cell in cells:
            exec(compile(cell, "notatbok", "exec"), own)
    return printed.getvalue()
