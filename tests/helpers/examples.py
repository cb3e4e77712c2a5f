"""How many invented examples a test tries: few while somebody waits, many in `make night`."""

from __future__ import annotations

import os

NIGHT = (
    "KOMMUNEREGNSKAP_NIGHT"  # environment variable, set where tests marked `night` are asked for
)


def examples(day: int, night: int) -> int:
    """Return the number of examples to try now."""
    return night if os.environ.get(NIGHT) else day
