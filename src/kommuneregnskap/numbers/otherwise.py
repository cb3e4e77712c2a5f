"""Section numbers of a survey under many choices: what reads the same of them is computed once.

A number under some choices is that under others where all that it read of them is alike; what it read is noted as it is
computed (`choices.noting`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from math import isfinite
from typing import TypeVar

from kommuneregnskap.estimates import population
from kommuneregnskap.estimates.population import Population
from kommuneregnskap.estimates.values import Value
from kommuneregnskap.numbers.estimated import alone
from kommuneregnskap.numbers.evaluator import Evaluator
from kommuneregnskap.numbers.formulas import ROLES
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices

Made = TypeVar("Made")


class Otherwise:
    """The numbers of one survey under other choices (`Survey.under`), those of accounts of another scope too."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], list[tuple[dict[choices.Read, object], object]]] = {}

    def value(self, survey: Survey, tall_id: str, year: int) -> float | None:
        """Return one number of a survey in its own unit, as `compute` does; None where it is missing."""
        found = self.part(survey, tall_id, year)
        return found if found is None or isfinite(found) else None

    def part(self, survey: Survey, tall_id: str, year: int) -> float | None:
        """Return one number as others are made of it: `Evaluator.value`."""
        key = ("value", tall_id, year)
        return self.once(survey, key, lambda: _Sharing(survey, self).alone(tall_id, year))

    def once(self, survey: Survey, key: tuple[object, ...], make: Callable[[], Made]) -> Made:
        """Return what `make` makes of a survey, made once for all choices of which it reads the same."""
        # What `Survey.under` and the opening of a survey make of choices themselves.
        sizes = tuple(choices.groups(survey.choices).items())
        whole = (*key, survey.scope, survey.setting("omfang"), survey.setting("folkedato"), sizes)
        known = self._known.setdefault(whole, [])
        for notes, found in known:
            if choices.reads_alike(survey.choices, notes):
                return found  # type: ignore[return-value]
        with choices.noting() as notes:
            made = make()
        known.append((notes, made))
        return made


class _Sharing(Evaluator):
    """The evaluator of one number, that asks for those it is made of where they may be known."""

    def __init__(self, survey: Survey, shared: Otherwise) -> None:
        super().__init__(survey)
        self._shared = shared

    def alone(self, tall_id: str, year: int) -> float | None:
        one = self.recipe(tall_id)
        if one.slag in ROLES:
            return super().value(tall_id, year)
        self._refuse_circle(one)
        return self._of_numbers(one, year)

    def value(self, tall_id: str, year: int) -> float | None:
        return self._shared.part(self.survey, tall_id, year)

    def estimate(self, name: str) -> Value:
        return self._shared.once(
            self.survey, ("estimate", name), lambda: alone(self.survey, self._people(), name)
        )

    def _people(self) -> Population:
        return self._shared.once(self.survey, ("people",), lambda: population.of(self.survey))

    @cached_property
    def ids(self) -> list[str]:
        return self._shared.once(self.survey, ("ids",), lambda: Evaluator(self.survey).ids)
