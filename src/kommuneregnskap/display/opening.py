"""How a notebook begins: its own parameters, refused where they are unknown, and the survey that they ask for."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import wraps
from inspect import signature
from typing import Any

from IPython.core.getipython import get_ipython

from kommuneregnskap.display.renderer import enable_display
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.request import asked
from kommuneregnskap.survey.survey import Survey

INJECTED = (
    "# Parameters"  # how papermill begins the cell that it puts after the one with the defaults
)
NAMES = tuple(signature(asked).parameters)


@wraps(asked)
def open_survey(*wanted: Any, **named: Any) -> Survey:
    """Open a survey for a notebook: charts and frames show there as they should. Arguments: `request.asked`."""
    if get_ipython() is not None:
        enable_display()
    return opening.open_survey(*wanted, **named)


def parameters() -> dict[str, Any]:
    """Return what the calling notebook asks for: those of its own variables that `open_survey` takes.

    Raises UsageError, naming those there are, for a parameter that papermill was given and the notebook does not
    declare: papermill itself only warns, and the report would be of another year than was asked for.
    """
    own = sys._getframe(1).f_globals
    _refuse_unknown(own)
    return {name: own[name] for name in NAMES if name in own}


def _refuse_unknown(own: Mapping[str, Any]) -> None:
    """Raise UsageError where an injected cell gives a name that no cell before it has."""
    known: list[str] = []
    for cell in own.get("In", ()):
        given = list(_assigned(cell))
        unknown = [name for name in given if name not in known]
        if str(cell).lstrip().startswith(INJECTED) and unknown:
            raise UsageError(
                f"the notebook has no parameter {unknown[0]!r}; allowed: {', '.join(known) or 'none'}"
            )
        known += unknown


def _assigned(cell: str) -> Iterator[str]:
    """Yield the names that a cell assigns to; none of a cell that is no plain Python."""
    try:
        found = ast.parse(cell).body
    except SyntaxError:
        return
    for statement in found:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        yield from (target.id for target in targets if isinstance(target, ast.Name))
