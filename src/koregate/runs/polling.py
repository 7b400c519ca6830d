"""One suite: start or attach, then poll the status until the run ends. A `RunRecord` comes out in every case."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from koregate.clock import Clock
from koregate.errors import RetryableError, SuiteError, TimedOut, UnreadableReply
from koregate.kore_api.client import Client
from koregate.kore_api.conversation import RunProgress
from koregate.kore_api.rate_limits import RateLimiter
from koregate.runs.events import Event, Progress, Retrying, RunStarted, Warned
from koregate.runs.pacing import Pacing
from koregate.runs.record import RunRecord, StopReason
from koregate.runs.resume import ResumeFile
from koregate.text import human_duration, one_line
from koregate.verdicts import EXIT_NO_VERDICT, Verdict

# The last request may get its reply after the timeout, but it is not given longer than this.
_LAST_REPLY_SECONDS = 10.0


@dataclass
class RunInProgress:
    """What is known so far of one suite. Its own thread writes; the main thread reads after a signal."""

    suite: str
    run_id: str | None = None
    reply: bytes | None = None
    ended: bool = False
    starting: bool = False

    def record(self, stop: StopReason | None = None) -> RunRecord:
        """The record by the last reply, or for the reason given."""
        return RunRecord(self.suite, self.run_id, self.reply, self.ended, stop)


class RunPoller(NamedTuple):
    """Polls one suite. `wait_for_start_slot` keeps the limit on starts that all suites share."""

    client: Client
    clock: Clock
    pacing: Pacing
    wait_for_start_slot: Callable[[], None]
    resume: ResumeFile
    report: Callable[[Event], None]

    def run(self, run: RunInProgress) -> RunRecord:
        """Start the suite's test run unless one is known, and wait for its end."""
        try:
            began = self.clock.monotonic()
            attached = run.run_id is not None
            run_id = run.run_id or self._start(run, began)
            self.report(RunStarted(run.suite, run_id, attached))
            self._poll_until_ended(run, run_id, began)
        except UnreadableReply as problem:
            run.reply = problem.body or run.reply
            return run.record(stop_reason(problem))
        except SuiteError as problem:
            return run.record(stop_reason(problem))
        return run.record()

    def _start(self, run: RunInProgress, began: float) -> str:
        """Send the start request until the platform takes it; returns the run id."""
        while True:
            self.wait_for_start_slot()
            elapsed = self.clock.monotonic() - began
            try:
                run.starting = True
                run.run_id = self.client.start(run.suite, max(self.pacing.timeout - elapsed, _LAST_REPLY_SECONDS))
            except RetryableError as problem:
                self._pause_before_start(run, problem, began)
            else:
                self.pacing.reset_failures()
                self._remember(run.suite, run.run_id)
                return run.run_id
            finally:
                run.starting = False

    def _remember(self, suite: str, run_id: str) -> None:
        try:
            self.resume.add(suite, run_id)
        except OSError as problem:
            self.report(Warned(f"The run ids cannot be kept for resume: {problem.strerror or problem}."))

    def _pause_before_start(self, run: RunInProgress, problem: RetryableError, began: float) -> None:
        delay = self.pacing.after_failure(problem)
        if delay >= self._time_left(began):
            limit = human_duration(self.pacing.timeout)
            raise TimedOut(f"The test run was not started within {limit} (timeout): {problem}.")
        self.report(Retrying(run.suite, "start", delay, str(problem)))
        self.clock.wait(delay)

    def _poll_until_ended(self, run: RunInProgress, run_id: str, began: float) -> None:
        limiter = RateLimiter()
        shown: tuple[object, ...] | None = None
        last = False
        while True:
            limiter.record(self.clock.monotonic())
            reply = self._ask(run, run_id, began)
            if isinstance(reply, RunProgress) and reply.ended:
                run.ended = True
                return
            if isinstance(reply, RunProgress):
                elapsed = self.clock.monotonic() - began
                delay, time_left = self.pacing.after_reply(reply, elapsed)
                changed, shown = reply.changes != shown, reply.changes
                self.report(Progress(run.suite, reply.percent, reply.announced, elapsed, time_left, changed))
            else:
                delay = self.pacing.after_failure(reply)
                if not last:
                    self.report(Retrying(run.suite, "status", delay, str(reply)))
            left, hold = self._time_left(began), limiter.delay(self.clock.monotonic())
            if not last:
                self.clock.wait(min(max(delay, hold), left))
            if last or hold > left:
                raise TimedOut(f"The test run did not end within {human_duration(self.pacing.timeout)} (timeout).")
            # At the timeout, the status is requested once more before koregate gives up.
            last = delay >= left

    def _ask(self, run: RunInProgress, run_id: str, began: float) -> RunProgress | RetryableError:
        """One status request: the progress, or why a retry may help."""
        try:
            seconds = max(self._time_left(began), _LAST_REPLY_SECONDS)
            run.reply, progress = self.client.status(run.suite, run_id, seconds)
        except RetryableError as problem:
            return problem
        return progress

    def _time_left(self, began: float) -> float:
        """Seconds until the timeout, never negative."""
        return max(self.pacing.timeout - (self.clock.monotonic() - began), 0.0)


def stop_reason(problem: Exception) -> StopReason:
    """The reason that an error stands for. One that koregate does not raise on purpose is a bug, and no verdict."""
    if isinstance(problem, SuiteError):
        return StopReason(problem.verdict, problem.exit_code, str(problem))
    detail = one_line(str(problem), 300)
    message = f"Internal error ({type(problem).__name__}: {detail}). This is a bug in koregate; please report it."
    return StopReason(Verdict.ERROR, EXIT_NO_VERDICT, message)
