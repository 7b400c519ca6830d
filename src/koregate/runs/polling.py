"""One test run: start or attach, ask until it ended, and an `Ending` in every case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from koregate.errors import (
    EXIT_NO_VERDICT,
    GateError,
    TimedOut,
    Transient,
    UnreadableAnswer,
    Verdict,
)
from koregate.runs.pacing import Budget, Pacing, spoken
from koregate.runs.record import Ending, Stop
from koregate.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from koregate.ci.base import Plain
    from koregate.clock import Clock
    from koregate.kore_api.client import Client
    from koregate.kore_api.conversation import TestRunStatus
    from koregate.runs.resume import Memory

# The last request may still be answered when the timeout is over; it is not given longer than this.
_LAST_ANSWER = 10.0


@dataclass
class Watched:
    """What is known so far of one suite: its own thread writes, the main one reads when a signal ends the wait."""

    suite: str
    run_id: str | None = None
    answer: tuple[bytes, TestRunStatus] | None = None
    starting: bool = False

    def ending(self, stop: Stop | None = None) -> Ending:
        """How it ended, by the last answer or for the reason given."""
        raw, status = self.answer or (None, None)
        return Ending(self.suite, self.run_id, raw, status, stop)


class Watcher(NamedTuple):
    """Watches one suite. `starts` is the budget of start requests that all suites share."""

    client: Client
    clock: Clock
    pacing: Pacing
    starts: Callable[[], None]
    memory: Memory
    ci: Plain

    def watch(self, watched: Watched) -> Ending:
        """Start the suite's test run unless one is known, and wait for its end."""
        try:
            began = self.clock.monotonic()
            if watched.run_id is None:
                self._start(watched, began)
            else:
                self._say(watched, f"Attached to test run {watched.run_id}.")
            self._follow(watched, str(watched.run_id), began)
        except GateError as problem:
            if isinstance(problem, UnreadableAnswer) and problem.raw is not None:
                return Ending(watched.suite, watched.run_id, problem.raw, None, stop_for(problem))
            return watched.ending(stop_for(problem))
        finally:
            self.ci.done(watched.suite)
        return watched.ending()

    def _say(self, watched: Watched, line: str) -> None:
        self.ci.say(f"[{one_line(watched.suite, 60)}] {line}")

    def _start(self, watched: Watched, began: float) -> None:
        while True:
            self.starts()
            waited = self.clock.monotonic() - began
            try:
                watched.starting = True
                watched.run_id = self.client.start(watched.suite, max(self.pacing.timeout - waited, _LAST_ANSWER))
            except Transient as problem:
                self._pause_start(watched, problem, began)
            else:
                self.pacing.answered()
                self.memory.note(watched.suite, watched.run_id)
                self._say(watched, f"Started test run {watched.run_id}.")
                return
            finally:
                watched.starting = False

    def _pause_start(self, watched: Watched, problem: Transient, began: float) -> None:
        delay = self.pacing.after_failure(problem)
        left = self.pacing.timeout - (self.clock.monotonic() - began)
        if delay >= left:
            message = f"The test run was not started within {spoken(self.pacing.timeout)} (timeout): {problem}."
            raise TimedOut(message)
        self._say(watched, f"Starting again in {delay:.1f} s: {problem}.")
        self.clock.wait(delay)

    def _follow(self, watched: Watched, run_id: str, began: float) -> None:
        budget = Budget()
        last, shown = False, None
        while True:
            now = self.clock.monotonic()
            budget.spend(now)
            left = max(self.pacing.timeout - (now - began), _LAST_ANSWER)
            try:
                watched.answer = self.client.status(watched.suite, run_id, left)
            except Transient as problem:
                delay = self.pacing.after_failure(problem)
                trouble = f"Asking again in {delay:.1f} s: {problem}."
            else:
                status = watched.answer[1]
                if status.ended:
                    return
                waited = self.clock.monotonic() - began
                delay = self.pacing.after_answer(status.progress, status.answer.percent, waited)
                trouble = ""
                line = progress_line(status.answer.percent, status.answer.announced, waited, self.pacing.left)
                changed, shown = status.progress != shown, status.progress
                self.ci.progress(watched.suite, status.answer.percent, line, changed=changed)
            now = self.clock.monotonic()
            left = max(self.pacing.timeout - (now - began), 0)
            hold = budget.hold(now)
            if not last and trouble:
                self._say(watched, trouble)
            if not last:
                self.clock.wait(min(max(delay, hold), left))
            if last or hold > left:
                message = f"The test run did not end within {spoken(self.pacing.timeout)} (timeout)."
                raise TimedOut(message)
            # At the timeout the status is asked once more before giving up.
            last = delay >= left


def progress_line(percent: float | None, announced: int | None, waited: float, left: float | None) -> str:
    """How far a run is, in a line: percent, steps, time gone, and time left where it can be told."""
    steps = f" of {announced} steps" if announced else ""
    done = f"Running: {percent:g} %{steps}" if percent is not None else "Running"
    rest = f", about {spoken(left)} left" if left is not None else ""
    return f"{done}, {spoken(waited)} gone{rest}."


def stop_for(problem: Exception) -> Stop:
    """The ending that an error stands for; one of no kind of ours is a defect, and no verdict."""
    if isinstance(problem, GateError):
        return Stop(problem.verdict, problem.exit_code, str(problem))
    message = f"koregate met an unexpected {type(problem).__name__}: {one_line(str(problem), 300)}"
    return Stop(Verdict.ERROR, EXIT_NO_VERDICT, message)
