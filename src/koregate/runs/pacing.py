"""When to ask again: progress, back-off, Retry-After, rate limits, stall and timeout. No clock, no socket."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from koregate.errors import NetworkLost, TimedOut, Transient
from koregate.runs.forecast import Forecast

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_FAILURES = 10
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
# Kore.ai API, "Rate Limits": 60 a minute and 1,800 an hour, for status requests counted by run. Both windows roll.
LIMITS = ((60, 60.0), (1800, 3600.0))
# A request leaves a moment before the platform counts it: a window a little longer than the documented one is safe.
_MARGIN = 1.0


class Budget:
    """Requests still allowed under the platform's limits, counted in rolling windows."""

    def __init__(self, limits: tuple[tuple[int, float], ...] = LIMITS) -> None:
        self._limits = limits
        self._sent: deque[float] = deque(maxlen=max(count for count, _ in limits))

    def hold(self, now: float) -> float:
        """Seconds to wait before the next request may be sent."""
        waits = [0.0]
        for count, window in self._limits:
            if len(self._sent) >= count:
                waits.append(self._sent[-count] + window + _MARGIN - now)
        return max(waits)

    def spend(self, now: float) -> None:
        """Note a request that is sent now."""
        self._sent.append(now)


class Pacing:
    """The waits of one suite. `waited` is always the time since the suite's start, in seconds."""

    def __init__(
        self, timeout: float, stall_timeout: float, interval: float | None, random: Callable[[], float]
    ) -> None:
        self.timeout = timeout
        self._stall_timeout = stall_timeout
        self._interval = interval
        self._random = random
        self._failures = 0
        self._progress: tuple[object, ...] | None = None
        self._changed = 0.0
        self._forecast = Forecast()
        self.left: float | None = None

    def after_failure(self, problem: Transient) -> float:
        """Seconds to pause after a failed request. Raises `NetworkLost` when too many failed in a row."""
        self._failures += 1
        if self._failures >= MOST_FAILURES:
            message = f"{MOST_FAILURES} requests in a row failed, the last one so: {problem}"
            raise NetworkLost(message) from problem
        longest: float = min(FIRST_PAUSE * 2.0 ** (self._failures - 1), LONGEST_PAUSE)
        pause = longest * (0.75 + 0.25 * self._random())
        return pause if problem.retry_after is None else max(problem.retry_after, pause)

    def answered(self) -> None:
        """Note a request that succeeded: the row of failures is over."""
        self._failures = 0

    def after_answer(self, progress: tuple[object, ...], percent: float | None, waited: float) -> float:
        """Seconds to pause after an answer of a run that goes on. Raises `TimedOut` when it stalls."""
        self.answered()
        if progress != self._progress:
            self._progress, self._changed = progress, waited
        self._forecast.learn(percent, waited)
        self.left = self._forecast.left(waited)
        delay = self._interval if self._interval is not None else self._forecast.pause(waited)
        if not self._stall_timeout:
            return delay
        patience = self._changed + self._stall_timeout - waited
        if patience <= 0:
            message = f"The test run made no progress for {spoken(self._stall_timeout)} (stall-timeout)."
            raise TimedOut(message)
        return min(delay, patience)


def spoken(seconds: float) -> str:
    """Seconds as a person writes them: 90 is 1m30s."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours}h" if hours else "", f"{minutes}m" if minutes else "", f"{rest}s" if rest else ""]
    return "".join(parts) or "0s"
