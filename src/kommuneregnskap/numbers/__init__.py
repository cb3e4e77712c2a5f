"""Section numbers: `compute` gives them from their rows in numbers.csv; here is also what shows where they come from.

`numbers.<name>` finds every module of `numbers.sections`, what charts and tables of a section show: a new one is a
file there, and nothing else.
"""

from __future__ import annotations

from kommuneregnskap.numbers import sql, trail, unit_sheet
from kommuneregnskap.numbers.sections import MODULES
from kommuneregnskap.numbers.table import compute, told

__all__ = ["compute", "sql", "told", "trail", "unit_sheet"]


def __getattr__(name: str) -> object:
    if name in MODULES:
        return MODULES[name]
    raise AttributeError(
        f"no module of section numbers is called {name!r}; there are: {', '.join(MODULES)}"
    )


def __dir__() -> list[str]:
    return sorted([*MODULES, *__all__])
