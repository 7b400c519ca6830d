"""Waiting for one usable reply: a request is repeated until the platform gives it, within limits."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from koregate.clock import Clock
from koregate.errors import NOT_SENT, NoVerdict, PlatformBusy, RetryableError, TimedOut, UnknownHost
from koregate.runs.pacing import Pacing
from koregate.text import human_duration

T = TypeVar("T")

# A host name that never resolved is misspelled: more tries do not help.
MAX_UNKNOWN_HOST = 3
# The last request may get its reply after the timeout, but it is not given longer than this.
_LAST_REPLY_SECONDS = 10.0


class Stopwatch:
    """The time that counts against a timeout. Waiting for a rate limit does not."""

    def __init__(self, clock: Clock, timeout: float) -> None:
        self._clock = clock
        self._timeout = timeout
        self._began = clock.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds that count."""
        return self._clock.monotonic() - self._began

    @property
    def left(self) -> float:
        """Seconds until the timeout, never negative."""
        return max(self._timeout - self.elapsed, 0.0)

    @property
    def for_request(self) -> float:
        """Seconds that a request may take which is sent now."""
        return max(self.left, _LAST_REPLY_SECONDS)

    def exclude(self, seconds: float) -> None:
        """Do not count that much of what has passed."""
        self._began += seconds


@dataclass
class HostName:
    """Whether the platform's host name has ever resolved in this job, and the platform replied. Shared by all suites.

    `problem` is the reason that ends every suite, and `advice` what to do about it.
    """

    has_resolved: bool = False
    has_replied: bool = False
    problem: str = ""
    advice: str = ""
    _has_advised: bool = False

    def check(self) -> None:
        """Raise `NoVerdict` if the host name has never resolved: no suite tries it any more."""
        if self.problem:
            raise NoVerdict(self.problem, advice=self.advice)

    def failed(self, problem: RetryableError, failures: int, *, last: bool) -> None:
        """Note the latest of so many failures in a row. Raises as `check` does."""
        if not isinstance(problem, UnknownHost):
            self.has_resolved = True
        elif not self.has_resolved and (last or failures >= MAX_UNKNOWN_HOST):
            attempts = f"{failures} attempt{'' if failures == 1 else 's'}"
            sentence = f"{problem} ({attempts}, {NOT_SENT})."
            self.problem, self.advice = sentence[:1].upper() + sentence[1:], problem.advice
            self.check()

    def with_advice(self, reason: str, problem: RetryableError) -> str:
        """The reason for a retry, once with what to check: as long as nothing has replied, the inputs may be wrong."""
        if self.has_replied or self._has_advised or not problem.advice:
            return reason
        self._has_advised = True
        return f"{reason}. {problem.advice}"


class Later(NamedTuple):
    """A reply that is not what is asked for yet: the next request is sent after so many seconds."""

    seconds: float


class Words(NamedTuple):
    """What is said of the wait. `retrying` gets seconds and a reason, `too_late` makes a sentence of a reason or none.

    A busy platform is reported once.
    """

    retrying: Callable[[float, str], None]
    too_late: Callable[[str], str]


class Asking(NamedTuple):
    """How requests are repeated. All suites share `host`, and the limit of the app that `wait_for_slot` keeps."""

    clock: Clock
    new_pacing: Callable[[], Pacing]
    wait_for_slot: Callable[[], None]
    host: HostName

    @property
    def timeout(self) -> float:
        """Seconds after which a wait ends that has no timeout of its own."""
        return self.new_pacing().timeout

    def pause(self, seconds: float) -> float:
        """Seconds between two requests: the fixed time of the inputs, but no less than so many."""
        return max(self.new_pacing().interval or 0.0, seconds)

    def until(self, ask: Callable[[Stopwatch], T | Later], words: Words, timeout: float | None = None) -> T:
        """What `ask` returns once it is no `Later`. It may raise `RetryableError`, and sends requests in between.

        Raises `TimedOut` after `timeout` seconds (by default that of the inputs), and a `SuiteError` if no retry helps.
        """
        pacing = self.new_pacing()
        watch = Stopwatch(self.clock, pacing.timeout if timeout is None else timeout)
        last = was_busy = False
        while True:
            self.host.check()
            reply = _once(ask, watch)
            if isinstance(reply, RetryableError):
                wish = pacing.after_failure(reply)
                self.host.failed(reply, pacing.failures, last=last)
            else:
                self.host.has_resolved = self.host.has_replied = True
                pacing.reset_failures()
                if not isinstance(reply, Later):
                    return reply
                wish = reply.seconds
            if last:
                text = words.too_late(described(reply) if isinstance(reply, RetryableError) else "")
                raise TimedOut(text, advice=advice_on(reply))
            # At the timeout, the request is sent once more before koregate gives up.
            delay, last = min(wish, watch.left), wish >= watch.left
            is_busy = isinstance(reply, PlatformBusy)
            # Another run may take as long as this one: once is enough, since the log shows signs of life.
            if isinstance(reply, RetryableError) and (last or not (is_busy and was_busy)):
                reason = described(reply) if last else str(reply)
                words.retrying(delay, self.host.with_advice(reason, reply))
            was_busy = is_busy
            self.clock.wait(delay)

    def slot(self, watch: Stopwatch) -> None:
        """Wait until a request is within the limit of the app. That time does not count."""
        before = self.clock.monotonic()
        self.wait_for_slot()
        watch.exclude(self.clock.monotonic() - before)


def _once(ask: Callable[[Stopwatch], T | Later], watch: Stopwatch) -> T | Later | RetryableError:
    try:
        return ask(watch)
    except RetryableError as problem:
        return problem


def advice_on(reply: object) -> str:
    """What to check if the last request failed. Empty if it did not."""
    return reply.advice if isinstance(reply, RetryableError) else ""


def described(problem: RetryableError) -> str:
    """The problem, with how long the platform asked to wait."""
    if not problem.retry_after:
        return str(problem)
    return f"{problem} and asked to wait {human_duration(problem.retry_after)}"
