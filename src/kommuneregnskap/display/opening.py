"""How a notebook begins: its own parameters, refused where they are unknown, and the survey that they ask for."""

from __future__ import annotations

import sys
from typing import Any

from IPython.core.getipython import get_ipython

from kommuneregnskap.display.given import refuse_unknown
from kommuneregnskap.display.renderer import enable_display
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.survey import Survey

NAMES = ("year", "source", "scope", "data_dir", "panel", "assume")


def open_survey(
    *,
    year: int,
    source: str = "demo",
    scope: str = "kasse",
    data_dir: str = "",
    panel: str = "",
    assume: str = "",
) -> Survey:
    """Open a survey for a notebook: as `survey.opening.open_survey`, and charts and frames show as they should."""
    if get_ipython() is not None:
        enable_display()
    return opening.open_survey(
        year=year, source=source, scope=scope, data_dir=data_dir, panel=panel, assume=assume
    )


def parameters() -> dict[str, Any]:
    """Return what the calling notebook asks for: those of its own variables that `open_survey` takes.

    Raises UsageError, naming those there are, for a parameter that papermill was given and the notebook does not
    declare: papermill itself only warns, and the report would be of another year than was asked for.
    """
    own = sys._getframe(1).f_globals
    refuse_unknown(own, NAMES)
    return {name: own[name] for name in NAMES if name in own}
