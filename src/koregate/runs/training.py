"""Before the first start: wait until the app's model is trained and in sync with the app."""

import threading
from collections.abc import Callable
from typing import NamedTuple

from koregate.clock import Clock
from koregate.errors import NoVerdict, RetryableError, TimedOut, UnknownHost
from koregate.kore_api.client import Client
from koregate.kore_api.training import TrainingStatus
from koregate.runs.events import Event, TrainingSeen, Warned
from koregate.runs.pacing import Pacing
from koregate.runs.polling import MAX_UNKNOWN_HOST, Stopwatch
from koregate.text import human_duration

# A training takes minutes. The API's limit of 60 requests a minute is one on all requests for the app.
POLL_SECONDS = 10.0
_LAST_REPLY_SECONDS = 10.0


class _Outcome(NamedTuple):
    problem: Exception | None = None


class ModelTraining:
    """Waits once for all suites of a job: the first that is to start asks the platform, and the others wait for it."""

    def __init__(self, clock: Clock, new_pacing: Callable[[], Pacing], report: Callable[[Event], None]) -> None:
        self._clock = clock
        self._new_pacing = new_pacing
        self._report = report
        self._lock = threading.Lock()
        self._outcome: _Outcome | None = None

    def wait(self, client: Client) -> None:
        """Return when the model is trained. Raises a `SuiteError` if it is not: then no suite starts."""
        with self._lock:
            if self._outcome is None:
                try:
                    self._wait(client)
                except Exception as problem:  # noqa: BLE001 -- also a bug must keep every suite from starting
                    self._outcome = _Outcome(problem)
                else:
                    self._outcome = _Outcome()
        if self._outcome.problem is not None:
            raise self._outcome.problem

    def _wait(self, client: Client) -> None:
        pacing = self._new_pacing()
        watch = Stopwatch(self._clock, pacing.timeout)
        status = shown = None
        last = False
        while True:
            reply = _ask(client, max(watch.left, _LAST_REPLY_SECONDS))
            if isinstance(reply, TrainingStatus):
                pacing.reset_failures()
                status = reply
                if status != shown:
                    self._report(TrainingSeen(status))
                    shown = status
                if not status.in_progress:
                    return _check(status)
                wish = max(pacing.interval or 0.0, POLL_SECONDS)
            else:
                wish = pacing.after_failure(reply)
                if isinstance(reply, UnknownHost) and status is None and pacing.failures >= MAX_UNKNOWN_HOST:
                    raise NoVerdict(f"No request was sent: {reply}. {reply.advice}")
            if last:
                raise TimedOut(_too_late(pacing.timeout, status, reply))
            delay = min(wish, watch.left)
            last = wish >= watch.left
            if isinstance(reply, RetryableError):
                self._report(Warned(f"Retrying the request for the training status in {delay:.1f} s: {reply}."))
            self._clock.wait(delay)


def _ask(client: Client, seconds: float) -> TrainingStatus | RetryableError:
    try:
        return client.training(seconds)
    except RetryableError as problem:
        return problem


def _check(status: TrainingStatus) -> None:
    if not status.is_trained:
        raise NoVerdict(f"Nothing was started: {status.description}. {status.advice}")


def _too_late(timeout: float, status: TrainingStatus | None, reply: TrainingStatus | RetryableError) -> str:
    known = f"{status.description}" if status else "its training status is unknown"
    reason = f" ({reply})" if isinstance(reply, RetryableError) else ""
    return (
        f"Nothing was started: the model was not trained within {human_duration(timeout)} (timeout): {known}{reason}. "
        "Wait for the end of the training, or raise timeout."
    )
