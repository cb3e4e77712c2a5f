"""How fast a server may be asked: limits that it announces, and pauses that it asks for.

SSB's own limit stands in the headers of its answers alone (`x-ratelimit-policy: 40;w=60s`, seen September 2026);
/config says 0 calls in 0 seconds, which is no limit and no leave. A server of another maker may say it in /config.
"""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

POLICY = re.compile(r"(\d{1,9})\s*;\s*w=(\d{1,9}(?:\.\d{1,6})?)\s*s?(?=\s*(?:,|;|$))", re.ASCII)
SECONDS = re.compile(r"[+-]?\d+(?:\.\d*)?(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
LONGER = 1.05  # clocks and roads are not exact: what just left our window may be in the server's
LIMIT, REMAINING, RETRY = "x-ratelimit-policy", "x-ratelimit-remaining", "retry-after"


class Pace:
    """When the next call may be sent. Times are seconds of a clock that only goes forward.

    A call counts from when its answer was there: the server counted it earlier, so that a window of ours, sliding, is
    never shorter than the server's, sliding or fixed.
    """

    def __init__(self) -> None:
        self.limits: dict[float, int] = {}  # seconds of a window → calls in it
        self._answered: deque[float] = deque(maxlen=10_000)
        self._not_before = 0.0

    def allow(self, calls: int, seconds: float) -> None:
        """Keep to so many calls in so many seconds; no calls or no seconds is no limit."""
        if calls > 0 and seconds > 0:
            self.limits[seconds] = calls

    def learn(self, headers: Mapping[str, str], now: float) -> None:
        """Count the call whose answer has these headers, and keep to what they say, where it can be read."""
        self._answered.append(now)
        found = POLICY.findall(headers.get(LIMIT, ""))
        if found:
            self.limits.clear()
            for calls, seconds in found:
                self.allow(int(calls), float(seconds))
        if headers.get(REMAINING, "").strip() == "0" and self.limits and not self._ours(now):
            # Somebody else uses the same limit: what is left of the window is not known.
            self._not_before = now + min(self.limits)

    def wait(self, now: float) -> float:
        """Return how many seconds to wait before the next call; none or fewer: it may be sent."""
        until = self._not_before
        for seconds, calls in self.limits.items():
            if len(self._answered) >= calls:
                until = max(until, self._answered[-calls] + seconds)
        return until - now

    def _ours(self, now: float) -> bool:
        """Return whether calls of ours use up a limit alone."""
        return any(
            sum(each > now - LONGER * seconds for each in self._answered) >= calls
            for seconds, calls in self.limits.items()
        )

    @property
    def window(self) -> float | None:
        """The seconds after which a server that has had enough may be asked again, where it announced them."""
        return min(self.limits, default=None)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds after which a server wants to be asked again; None where it says nothing that can be read.

    Seconds, also with decimals, or a date, held against the date that the answer itself has. What lies in the past
    is 0, what is beyond counting infinity.
    """
    said = headers.get(RETRY, "").strip()
    if SECONDS.fullmatch(said):
        found = float(said)
        return max(found, 0.0)
    if said.casefold() in ("inf", "infinity", "+inf", "+infinity"):
        return math.inf
    until = _date(said)
    if until is None:
        return None
    sent = _date(headers.get("date", "")) or datetime.now(UTC)
    return max((until - sent).total_seconds(), 0.0)


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
