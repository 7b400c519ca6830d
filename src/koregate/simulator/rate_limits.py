"""The documented rate limits: 60 requests per minute and 1,800 per hour (Kore.ai API, "Rate Limits")."""

from collections import defaultdict, deque

RATE_LIMIT_MESSAGE = "Rate limit for this API has been reached. Please try again after some time."
_WINDOWS = ((60, 60.0), (1800, 3600.0))


class RateLimits:
    """Rolling windows, one pair for each limited resource. Not safe for use by several threads at once."""

    def __init__(self) -> None:
        self._times: defaultdict[tuple[str, str], deque[float]] = defaultdict(lambda: deque(maxlen=1801))

    def record(self, key: tuple[str, str], now: float) -> bool:
        """Record a request and return whether it is over a limit. Rejected requests count too."""
        times = self._times[key]
        times.append(now)
        return any(len(times) > count and now - times[-count - 1] < seconds for count, seconds in _WINDOWS)
