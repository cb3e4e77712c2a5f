"""Section numbers: `compute` gives them from their rows in numbers.csv; here is also what shows where they come from.

`numbers.<name>` finds every module of `numbers.sections`, what charts and tables of a section show: a new one is a
file there, and nothing else.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from kommuneregnskap.support.face import lazily

SECTIONS = "sections"  # the folder of them
_named, _names = lazily(
    __name__,
    {
        "compute": "numbers.table",
        "told": "numbers.table",
        "sql": "numbers.sql",
        "trail": "numbers.trail",
        "unit_sheet": "numbers.unit_sheet",
    },
)


def _sections() -> list[str]:
    return [found.name for found in iter_modules([f"{folder}/{SECTIONS}" for folder in __path__])]


def __getattr__(name: str) -> object:
    if name in _names():
        return _named(name)
    if name in _sections():
        return import_module(f"{__name__}.{SECTIONS}.{name}")
    raise AttributeError(
        f"no module of section numbers is called {name!r}; there are: {', '.join(_sections())}"
    )


def __dir__() -> list[str]:
    return sorted([*_sections(), *_names()])
