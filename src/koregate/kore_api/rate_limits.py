"""The documented limits on requests, and when the next request may be sent."""

from collections import deque

# Kore.ai API, "Rate Limits": 60 per minute and 1,800 per hour. Status requests are counted per run. Both windows roll.
LIMITS = ((60, 60.0), (1800, 3600.0))
# A request leaves a moment before the platform counts it, so the window is a little longer than the documented one.
_MARGIN_SECONDS = 1.0


class RateLimiter:
    """Counts requests in rolling windows. All times are seconds of one clock."""

    def __init__(self, limits: tuple[tuple[int, float], ...] = LIMITS) -> None:
        self._limits = limits
        self._sent: deque[float] = deque(maxlen=max(count for count, _ in limits))

    def delay(self, now: float) -> float:
        """Seconds to wait before the next request may be sent."""
        delays = [0.0]
        for count, window in self._limits:
            if len(self._sent) >= count:
                delays.append(self._sent[-count] + window + _MARGIN_SECONDS - now)
        return max(delays)

    def record(self, now: float) -> None:
        """Count a request that is sent now."""
        self._sent.append(now)
