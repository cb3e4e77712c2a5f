"""The steps of a long run, as a command tells them where stderr is no terminal."""

from __future__ import annotations

import re

STEP = re.compile(r"\d+ of \d+: .+|.+ \.\.\.")


def without_steps(told: str) -> list[str]:
    """Return the lines on stderr that are no steps: what a command says of what went wrong."""
    return [line for line in told.splitlines() if not STEP.fullmatch(line)]
