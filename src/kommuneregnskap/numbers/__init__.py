"""Section numbers: what each is made of, its value, and its parts down to the rows.

`numbers.<name>` finds every module of `numbers.sections`: a new one is a file there, and nothing else.
"""

from __future__ import annotations

from kommuneregnskap.numbers import trail, unit_sheet
from kommuneregnskap.numbers.sections import MODULES, all_numbers, some_numbers

__all__ = ["all_numbers", "some_numbers", "trail", "unit_sheet"]


def __getattr__(name: str) -> object:
    if name in MODULES:
        return MODULES[name]
    raise AttributeError(
        f"no module of section numbers is called {name!r}; there are: {', '.join(MODULES)}"
    )


def __dir__() -> list[str]:
    return sorted([*MODULES, *__all__])
