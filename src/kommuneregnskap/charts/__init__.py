"""Charts: one function, one Altair chart; the data come ready. `charts.<name>` finds any of them.

A module holds the charts of one subject; a new chart is a function in one of them, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from importlib.abc import InspectLoader
from inspect import getmembers, isfunction
from pkgutil import ModuleInfo, iter_modules

from kommuneregnskap.charts.style import finished

__all__ = ["finished"]  # what makes a chart of one's own one of these
COMMON = ("style", "narrow")  # what all charts have in common; no charts


def _found(words: str = "") -> dict[str, Callable[..., object]]:
    """Return the public functions of modules that have these words in them, by name; a name stands in one module."""
    found: dict[str, Callable[..., object]] = {}
    for module in iter_modules(__path__):
        if module.name in COMMON or words not in _text(module):
            continue
        own = import_module(f"{__name__}.{module.name}")
        for name, function in getmembers(own, isfunction):
            if function.__module__ == own.__name__ and not name.startswith("_"):
                if name in found:
                    raise ImportError(
                        f"two charts are called {name!r}: {found[name].__module__}, {own.__name__}"
                    )
                found[name] = function
    return found


def _text(module: ModuleInfo) -> str:
    found = module.module_finder.find_spec(module.name, None)
    loader = found.loader if found is not None else None
    return loader.get_source(module.name) or "" if isinstance(loader, InspectLoader) else ""


def __getattr__(name: str) -> object:
    if not name.startswith("_") and (function := _found(f"def {name}(").get(name)) is not None:
        return function
    near = get_close_matches(name, __dir__(), n=3, cutoff=0)
    raise AttributeError(f"no chart is called {name!r}; nearest: {', '.join(near)}")


def __dir__() -> list[str]:
    return sorted([*_found(), *__all__])
