"""The face of a package: names that are loaded when first used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module


def lazily(
    package: str, names: Mapping[str, str]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` of a package whose names stand in other modules.

    names: name → module (`survey.opening`) that has it, or that is it where the module is called as the name.
    So the command line starts fast, and tab completion shows the names and nothing else.
    """

    def getattr_(name: str) -> object:
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(f"kommuneregnskap.{names[name]}")
        return module if names[name].split(".")[-1] == name else getattr(module, name)

    return getattr_, lambda: sorted(names)
