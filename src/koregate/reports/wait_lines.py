"""The log of the wait: run ids, progress, retries and heartbeats."""

import signal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from koregate.errors import Cancelled
from koregate.reports.kind_words import training_text
from koregate.reports.log_line import of_suite, plural, short_name
from koregate.runs.events import (
    Event,
    Interrupted,
    NamesTaken,
    Progress,
    Retrying,
    RunFinished,
    RunStarted,
    StillWaiting,
    SuiteImported,
    SuiteUploaded,
    TrainingSeen,
    Warned,
)
from koregate.text import human_duration, one_line

# With the heartbeats of six hours and the failures, the log stays below 2,000 lines.
MAX_WAIT_LINES = 400
_MAX_SUITES = 5
_MINUTE = 60
_MAX_PATH = 200
_SHORT_HASH = 12
_KILO = 1000
# A status that is younger than this says nothing of a stall.
_NO_CHANGE_SECONDS = 10.0
_LIMIT_NOTE = "The log already has many progress lines. From now on it only shows that koregate is still waiting."


@dataclass
class _Wait:
    """What is known about a running suite: its last progress or retry, and the time of its last change."""

    latest: Progress | Retrying | None = None
    received: float = 0.0
    changed: float = 0.0


class WaitLog:
    """Turns the events of the wait into lines. Times are seconds of a monotonic clock.

    After many lines about progress and retries, only heartbeats remain.
    """

    def __init__(self, timeout: float, stall_timeout: float) -> None:
        self._timeout = timeout
        self._stall_timeout = stall_timeout
        self._waits: dict[str, _Wait] = {}
        self._warnings: set[str] = set()
        self._lines = 0

    def line(self, event: Event, now: float) -> str:
        """The line for an event, or an empty text if it needs none."""
        match event:
            case RunStarted():
                self._waits[event.suite] = _Wait(received=now, changed=now)
                line = of_suite(event.suite, _start_text(event))
            case Progress():
                line = self._progress(event, now)
            case Retrying():
                self._note(event, now)
                line = self._limited(of_suite(event.suite, _retry_text(event, event.delay)))
            case StillWaiting():
                line = self._sign_of_life(event.suites, now)
            case Interrupted():
                line = f"{Cancelled(event.signum)} Writing the reports."
            case Warned():
                line = self._new_warning(event.message)
            case TrainingSeen():
                line = f"The app's model: {training_text(event.status.description)}."
            case SuiteUploaded() | SuiteImported():
                # What it waited for before its run is over.
                self._waits.pop(event.suite, None)
                line = of_suite(event.suite, _import_text(event))
            case RunFinished() | NamesTaken():
                line = self._told_elsewhere(event)
            case _:
                assert_never(event)
        return line

    def _told_elsewhere(self, event: RunFinished | NamesTaken) -> str:
        """Nothing: the end of a run is shown once it is judged, and names like every other problem with the inputs."""
        if isinstance(event, RunFinished):
            self._waits.pop(event.record.suite, None)
        return ""

    def _new_warning(self, message: str) -> str:
        is_known = message in self._warnings
        self._warnings.add(message)
        return "" if is_known else message

    def _progress(self, event: Progress, now: float) -> str:
        self._note(event, now)
        return self._limited(of_suite(event.suite, progress_text(event))) if event.changed else ""

    def _note(self, event: Progress | Retrying, now: float) -> None:
        wait = self._waits.setdefault(event.suite, _Wait(changed=now))
        wait.latest, wait.received = event, now
        if isinstance(event, Progress) and event.changed:
            wait.changed = now

    def _limited(self, line: str) -> str:
        self._lines += 1
        if self._lines == MAX_WAIT_LINES:
            return _LIMIT_NOTE
        return line if self._lines < MAX_WAIT_LINES else ""

    def _sign_of_life(self, suites: Sequence[str], now: float) -> str:
        running = [suite for suite in suites if suite in self._waits]
        if len(running) == 1 and len(suites) == 1:
            return of_suite(suites[0], self._state(self._waits[suites[0]], now))
        shown = [f"{short_name(suite)} ({self._short_state(suite, now)})" for suite in running[:_MAX_SUITES]]
        shown = shown or list(map(short_name, suites[:_MAX_SUITES]))
        more = len(suites) - len(shown)
        others = f" and {more:,} more" if more else ""
        return f"Still waiting for {plural(len(suites), 'test suite')}: {', '.join(shown)}{others}."

    def _state(self, wait: _Wait, now: float) -> str:
        """What one suite is waiting for, and when the wait ends if nothing changes."""
        latest, unchanged = wait.latest, now - wait.changed
        if isinstance(latest, Retrying):
            return _retry_text(latest, max(latest.delay - (now - wait.received), 0.0))
        if latest is None:
            return f"Still waiting for the first status, {human_duration(unchanged)} after the start."
        if unchanged < _NO_CHANGE_SECONDS:
            return progress_text(latest._replace(elapsed=latest.elapsed + now - wait.received, left=None))
        left = {"timeout": self._timeout - latest.elapsed - (now - wait.received)}
        if self._stall_timeout:
            left["stall-timeout"] = self._stall_timeout - unchanged
        limit = min(left, key=lambda name: left[name])
        ends = f"{limit} ends the wait in {human_duration(max(left[limit], 0.0))}"
        return f"Still waiting: {_done(latest)}no progress for {human_duration(unchanged)} ({ends})."

    def _short_state(self, suite: str, now: float) -> str:
        wait = self._waits[suite]
        if isinstance(wait.latest, Retrying):
            return f"retrying the {_request(wait.latest)}"
        since = human_duration(now - wait.changed)
        if wait.latest is None or wait.latest.percent is None:
            return f"no progress for {since}"
        return f"{wait.latest.percent:g}%, no progress for {since}"


def progress_text(progress: Progress) -> str:
    """The progress of a run: percent, steps, elapsed time, and remaining time if there is a forecast."""
    done = f"{_share(progress)}" if progress.percent is not None else f"Running{_steps(progress, ' (', ')')}"
    left = f", about {human_duration(progress.left)} left" if progress.left is not None and round(progress.left) else ""
    return f"{done}, {human_duration(progress.elapsed)} elapsed{left}."


def _done(progress: Progress) -> str:
    """How far a run is: `40% of 13 steps, `. The platform reports a percentage, not which steps are done."""
    return f"{_share(progress)}, " if progress.percent is not None else ""


def _share(progress: Progress) -> str:
    return f"{progress.percent:g}%{_steps(progress, ' of ', '')}"


def _steps(progress: Progress, before: str, after: str) -> str:
    return f"{before}{plural(progress.steps, progress.unit.removesuffix('s'))}{after}" if progress.steps else ""


def _retry_text(event: Retrying, delay: float) -> str:
    wait = human_duration(delay) if delay >= _MINUTE else f"{delay:.1f} s"
    # A reason may end with a quoted sentence of the platform.
    end = "" if event.reason.endswith((".", '."')) else "."
    return f"Retrying the {_request(event)} in {wait}: {event.reason}{end}"


_REQUESTS = {
    "start": "start",
    "status": "status request",
    "import": "import",
    "list": "request for the list of suites",
}


def _request(event: Retrying) -> str:
    return _REQUESTS[event.request]


def _start_text(event: RunStarted) -> str:
    number = f" (run {event.run} of the suite)" if event.run > 1 else ""
    return f"{'Attaching to' if event.attached else 'Started'} test run {event.run_id}{number}."


def _import_text(event: SuiteUploaded | SuiteImported) -> str:
    if isinstance(event, SuiteUploaded):
        return f"Uploaded {one_line(event.path, _MAX_PATH)} ({_size(event.size)})."
    verb = "Imported as a new suite" if event.is_new else "Imported"
    return f"{verb}: {plural(event.utterances, 'utterance')}, sha256 {event.sha256[:_SHORT_HASH]}…"


def _size(number: int) -> str:
    """Bytes as people write them."""
    return f"{number / 1000:,.1f} kB" if number >= _KILO else plural(number, "byte")


def late_signal_line(signum: int) -> str:
    """The line for a signal that arrived when the verdict was already known."""
    return f"{signal.Signals(signum).name} received. The verdict stands. Finishing the reports."


def writing_line() -> str:
    """A heartbeat while large reports are written."""
    return "Still writing the reports."
