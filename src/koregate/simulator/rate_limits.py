"""The documented rate limits: 60 requests a minute and 1,800 an hour (Kore.ai API, "Rate Limits")."""

from __future__ import annotations

from collections import defaultdict, deque

LIMIT_MESSAGE = "Rate limit for this API has been reached. Please try again after some time."
_WINDOWS = ((60, 60.0), (1800, 3600.0))


class Limits:
    """Rolling windows, one pair for each thing that is limited. Not for several threads at once."""

    def __init__(self) -> None:
        self._times: defaultdict[tuple[str, str], deque[float]] = defaultdict(lambda: deque(maxlen=1801))

    def exceeded(self, key: tuple[str, str], now: float) -> bool:
        """Note a request at that time; whether it is one too many. Refused ones count too."""
        times = self._times[key]
        times.append(now)
        return any(len(times) > count and now - times[-count - 1] < seconds for count, seconds in _WINDOWS)
