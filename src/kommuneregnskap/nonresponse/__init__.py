"""Response bias: who answered, whether they are like the rest, what one of them means, what would turn a finding."""

from __future__ import annotations

from kommuneregnskap.nonresponse import (
    contributions,
    dropping,
    frame,
    influence,
    rates,
    tipping,
    words,
)

__all__ = ["contributions", "dropping", "frame", "influence", "rates", "tipping", "words"]
