"""Response bias: who answered, whether they are like the rest, what one of them means, what would turn a finding."""

from __future__ import annotations

from kommuneregnskap.sensitivity.nonresponse import (
    contributions,
    dropping,
    frame,
    influence,
    missing,
    rates,
    tipping,
    words,
)

__all__ = [
    "contributions",
    "dropping",
    "frame",
    "influence",
    "missing",
    "rates",
    "tipping",
    "words",
]
