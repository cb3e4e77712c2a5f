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


def refuse_unknown(own: Mapping[str, Any], names: Collection[str]) -> None:
    """Raise UsageError where a notebook was given a parameter that it does not declare.

    own: the notebook's variables. names: parameters that only the cell with the defaults assigns; what papermill is
    given stands in the cell after it, or in one that begins as papermill's do. Of those the last one that was run
    counts, and none after the defaults were run again, so that who mends a cell by hand is not refused for ever.
    """
    known: list[str] = []
    unknown: list[str] = []
    marks = {INJECTED}
    begun = just = False  # the defaults have been given; by the cell before this one
    for cell in _cells(own):
        mark = cell.lstrip().split("\n", 1)[0].rstrip()
        assigned, plain = _assigned(cell)
        if begun and plain and mark.startswith("#") and (just or mark in marks):
            marks.add(mark)
            unknown = [name for name in assigned if name not in known]
            allowed = ", ".join(known)
            just = False
            continue
        just = any(name in names for name in assigned)
        begun = begun or just
        known += [name for name in assigned if name not in known]
        unknown = [] if just else unknown
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
