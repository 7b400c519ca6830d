"""When to send the next request, and when to give up. No clock, no socket."""

from collections.abc import Callable
from typing import NamedTuple

from koregate.errors import PlatformBusy, RetryableError, TimedOut, TooManyFailures
from koregate.kore_api.status_reply import RunProgress
from koregate.runs.forecast import Forecast
from koregate.text import human_duration

MAX_FAILURES = 10
FIRST_PAUSE_SECONDS = 0.5
MAX_PAUSE_SECONDS = 15.0
BUSY_PAUSE_SECONDS = 15.0
# For a platform that replies, but not with what was asked for.
_ADVICE = "Check host, or wait a while."


class NextPoll(NamedTuple):
    """Seconds until the next status request, and until the expected end, or None without a forecast."""

    delay: float
    time_left: float | None


class Pacing:
    """The waits of one suite. `elapsed` is always the time since the run's start, in seconds.

    `failures` counts the failed requests in a row, and `interval` is the fixed time between requests, if there is one.
    """

    def __init__(
        self, timeout: float, stall_timeout: float, interval: float | None, random: Callable[[], float]
    ) -> None:
        self.timeout = timeout
        self._stall_timeout = stall_timeout
        self.interval = interval
        self._random = random
        self.failures = 0
        self._changes: tuple[object, ...] | None = None
        self._changed = 0.0
        self._forecast = Forecast()

    def after_failure(self, problem: RetryableError) -> float:
        """Seconds to pause after a failed request. Raises `TooManyFailures` if too many failed in a row."""
        if isinstance(problem, PlatformBusy):
            # Not a failure: another run may take as long as this one, and `timeout` limits the wait.
            return max(problem.retry_after or 0.0, BUSY_PAUSE_SECONDS)
        self.failures += 1
        if self.failures >= MAX_FAILURES:
            raise TooManyFailures(str(problem), MAX_FAILURES, advice=problem.advice or _ADVICE) from problem
        longest: float = min(FIRST_PAUSE_SECONDS * 2.0 ** (self.failures - 1), MAX_PAUSE_SECONDS)
        pause = longest * (0.75 + 0.25 * self._random())
        return pause if problem.retry_after is None else max(problem.retry_after, pause)

    def reset_failures(self) -> None:
        """Note that a request succeeded, so the next failure is the first in a row."""
        self.failures = 0

    def after_reply(self, progress: RunProgress, elapsed: float) -> NextPoll:
        """How long to wait after a status reply of a run in progress. Raises `TimedOut` if the run stalls."""
        self.reset_failures()
        if progress.changes != self._changes:
            self._changes, self._changed = progress.changes, elapsed
        self._forecast.learn(progress.percent, elapsed)
        delay = self.interval if self.interval is not None else self._forecast.pause(elapsed)
        if self._stall_timeout:
            patience = self._changed + self._stall_timeout - elapsed
            if patience <= 0:
                raise TimedOut(
                    f"The test run made no progress for {human_duration(self._stall_timeout)} (stall-timeout)."
                )
            delay = min(delay, patience)
        return NextPoll(delay, self._forecast.left(elapsed))
