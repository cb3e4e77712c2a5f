"""How a notebook begins: its own parameters, refused where they are unknown, and the survey that they ask for."""

from __future__ import annotations

import sys
from functools import wraps
from inspect import signature
from typing import Any

from IPython.core.getipython import get_ipython

from kommuneregnskap.display.given import refuse_from_inside
from kommuneregnskap.display.renderer import enable_display
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.request import asked
from kommuneregnskap.survey.survey import Survey

NAMES = tuple(signature(asked).parameters)
DEFAULT_YEAR = 2024  # that of the Makefile
_latest: list[Survey] = []


@wraps(asked)
def open_survey(*wanted: Any, **named: Any) -> Survey:
    """Open a survey for a notebook: charts and frames show there as they should. Arguments: `request.asked`."""
    if get_ipython() is not None:
        enable_display()
    _latest[:] = [opening.open_survey(*wanted, **named)]
    return _latest[0]


def latest(survey: Survey | None = None) -> Survey:
    """Return the survey that is given, else the one that was opened last in this session, else that of DEFAULT_YEAR.

    So `kr.unit("Bodø")` needs no more words. The last is opened from the best source at hand, as `kr.open_survey`
    does it.
    """
    if survey is not None:
        return survey
    return _latest[0] if _latest else open_survey(DEFAULT_YEAR)


def parameters() -> dict[str, Any]:
    """Return what the calling notebook asks for: those of its own variables that `open_survey` takes.

    Raises UsageError, naming those there are, for a parameter that papermill was given and the notebook does not
    declare: papermill itself only warns, and the report would be of another year than was asked for.
    """
    own = sys._getframe(1).f_globals
    refuse_from_inside(own, NAMES)
    return {name: own[name] for name in NAMES if name in own}
