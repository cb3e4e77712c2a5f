"""Which parameters a notebook was given, seen from inside it: papermill only warns of one that it does not have."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Collection, Mapping
from typing import Any

from IPython.core.getipython import get_ipython

from kommuneregnskap.support.errors import UsageError

INJECTED = (
    "# Parameters"  # how papermill begins the cell that it puts after the one with the defaults
)


def refuse_from_inside(own: Mapping[str, Any], names: Collection[str]) -> None:
    """Raise UsageError where a notebook was given a parameter that it does not declare.

    own: the notebook's variables. names: parameters that only the cell with the defaults assigns; what papermill is
    given stands in a cell after it that begins as papermill's do, by which alone it is told from a cell of one's own
    (so what a caller of papermill puts under another comment is not seen). Of those the last one that was run
    counts, and none after the defaults were run again, so that who mends a cell by hand is not refused for ever.
    """
    known: list[str] = []
    unknown: list[str] = []
    begun = False  # the defaults have been given
    for cell in _cells(own):
        assigned, plain = _assigned(cell)
        if begun and plain and cell.lstrip().split("\n", 1)[0].rstrip() == INJECTED:
            unknown = [name for name in assigned if name not in known]
            allowed = ", ".join(known)
            continue
        defaults = any(name in names for name in assigned)
        begun = begun or defaults
        known += [name for name in assigned if name not in known]
        unknown = [] if defaults else unknown
    if unknown:
        raise UsageError(f"the notebook has no parameter {unknown[0]!r}; allowed: {allowed}")


def _cells(own: Mapping[str, Any]) -> list[str]:
    """Return the code of the cells that were run: IPython's history, or what it compiled where it kept none."""
    history, shell = own.get("In"), get_ipython()
    if isinstance(history, list) and any(history):
        return [str(cell) for cell in history]
    compiled = getattr(shell.compile, "_filename_map", {}) if shell is not None else {}
    return ["".join(linecache.getlines(name)) for name in compiled]


def _assigned(cell: str) -> tuple[list[str], bool]:
    """Return the names that a cell assigns to, and whether it does nothing else, and plainly, as papermill's cells.

    Of a cell that is no plain Python: none.
    """
    try:
        found = ast.parse(cell).body
    except SyntaxError:
        return [], False
    names: list[str] = []
    plain = bool(found)
    for statement in found:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        plain = plain and bool(targets) and not _computes(statement)
        if isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        names += [target.id for target in targets if isinstance(target, ast.Name)]
    return names, plain


def _computes(statement: ast.stmt) -> bool:
    """Return whether a statement has more in it than values; papermill writes float('nan') for what has no literal."""
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
    return any(not isinstance(c.func, ast.Name) or c.func.id != "float" for c in calls)
