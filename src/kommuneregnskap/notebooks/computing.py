"""What a section's notebook computes: its cells under «Beregning» and its check cell, run here on an open survey."""

from __future__ import annotations

import ast
import io
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

from kommuneregnskap.notebooks import files
from kommuneregnskap.survey.survey import Survey

HEADING = "## Beregning"
CHECK = "check"
IMPORTS = "import polars as pl\nimport kommuneregnskap as kr"  # what a notebook begins with


def computing(path: Path) -> list[str]:
    """Return the code of a notebook that its check cell rests on, and of that cell, the last; empty without one."""
    found: list[str] = []
    computes = checks = False
    for cell in files.read(path).cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            computes = cell.source.splitlines()[0] == HEADING
        own = cell.cell_type == "code" and files.CHECK_TAG in files.tags(cell)
        if own or (cell.cell_type == "code" and computes):
            found.append(str(cell.source))
        checks = checks or own
    return found if checks and len(found) > 1 else []


def run(cells: Sequence[str], survey: Survey, names: dict[str, object] | None = None) -> str:
    """Run cells one after the other on a survey, and return what they print. names: what they find and leave."""
    own = {} if names is None else names
    own["survey"] = survey
    with redirect_stdout(io.StringIO()) as printed:
        for cell in (IMPORTS, *cells):
            exec(compile(cell, "notatbok", "exec"), own)
    return printed.getvalue()


def values(path: Path, survey: Survey) -> dict[str, float | None]:
    """Return what a notebook computes on a survey and gives to `kr.check`: id → value; empty where it gives nothing.

    Raises what the notebook raises: DifferenceError where it does not agree with the table.
    """
    cells = computing(path)
    names: dict[str, object] = {}
    given = [_given(cell) for cell in cells[-1:]]
    if not given or given[0] is None:
        return {}
    run(cells, survey, names)
    found: dict[str, float | None] = dict(names[given[0]])  # type: ignore[call-overload]
    return found


def _given(cell: str) -> str | None:
    """Return the name of the values that a check cell gives to `kr.check`."""
    for node in ast.walk(ast.parse(cell)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr == CHECK and len(node.args) > 1 and isinstance(node.args[1], ast.Name):
            return node.args[1].id
    return None
