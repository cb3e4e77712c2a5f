"""What a test tries by day, while somebody waits, and what in `make night`: a share of many cases, and all of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pytest

NIGHT = (
    "KOMMUNEREGNSKAP_NIGHT"  # environment variable, set where tests marked `night` are asked for
)

Tried = TypeVar("Tried")


def asked_for_all() -> bool:
    """Whether all is tried that there is time for at night."""
    return bool(os.environ.get(NIGHT))


def examples(day: Tried, night: Tried) -> Tried:
    """Return how many examples to try now, or which.

    A test that asks is marked `varied` or `night`: else night never comes for it.
    """
    return night if asked_for_all() else day


def by_day(
    listed: Sequence[Any], one_in: int, kind: Callable[[Any], object] = lambda _: None
) -> list[object]:
    """Return the parameters of a test: all of them at night, by day the first of each kind and every so many.

    Where one of them is a tuple, it has a value for each name.
    """
    kinds = [kind(each) for each in listed]
    return [
        pytest.param(
            *(each if isinstance(each, tuple) else (each,)),
            marks=()
            if place % one_in == 0 or kinds.index(kinds[place]) == place
            else pytest.mark.night,
        )
        for place, each in enumerate(listed)
    ]
