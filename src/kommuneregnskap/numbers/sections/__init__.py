"""The sections of the release: each module turns a survey into section numbers and tables."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

import polars as pl

from kommuneregnskap.numbers import values
from kommuneregnskap.survey.survey import Survey

MODULES: dict[str, ModuleType] = {
    found.name: import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)
}
# Those that compute section numbers, by the first word of these (`SECTION`). Not every section has one.
BY_NAME: dict[str, ModuleType] = {
    module.SECTION: module for module in MODULES.values() if hasattr(module, "SECTION")
}


def all_numbers(survey: Survey) -> pl.DataFrame:
    """Return the section numbers of all sections. Out: `frames.Tall`, sorted by id and year."""
    return some_numbers(survey, BY_NAME)


def some_numbers(survey: Survey, names: Iterable[str]) -> pl.DataFrame:
    """Return the section numbers of the sections with these first words. Out: `frames.Tall`, sorted."""
    wanted = set(names)
    return values.combine(
        *(section.tall(survey) for name, section in BY_NAME.items() if name in wanted)
    )
