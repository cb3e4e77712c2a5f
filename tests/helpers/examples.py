"""How many invented examples a test tries: few while somebody waits, many in `make night`."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

NIGHT = (
    "KOMMUNEREGNSKAP_NIGHT"  # environment variable, set where tests marked `night` are asked for
)


def asked_for_all() -> bool:
    """Whether all is tried that there is time for at night."""
    return bool(os.environ.get(NIGHT))


def examples(day: int, night: int) -> int:
    """Return the number of examples to try now."""
    return night if asked_for_all() else day


def by_day(listed: Sequence[object], one_in: int) -> list[object]:
    """Return the parameters of a test: all of them at night, by day the first and every so many after it.

    Where one of them is a tuple, it has a value for each name.
    """
    return [
        pytest.param(
            *(each if isinstance(each, tuple) else (each,)),
            marks=() if place % one_in == 0 else pytest.mark.night,
        )
        for place, each in enumerate(listed)
    ]
