"""Response bias: who answered, whether they are like the rest, what one of them means, what would turn a finding."""

from __future__ import annotations

from kommuneregnskap.sensitivity.nonresponse import (
    bounds,
    contributions,
    correction,
    dropping,
    frame,
    influence,
    missing,
    propensity,
    rates,
    selection,
    strength,
    tipping,
    words,
)

__all__ = [
    "bounds",
    "contributions",
    "correction",
    "dropping",
    "frame",
    "influence",
    "missing",
    "propensity",
    "rates",
    "selection",
    "strength",
    "tipping",
    "words",
]
