"""One suite: start or attach, then poll the status until the run ends. A `RunRecord` comes out in every case."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from koregate.clock import Clock
from koregate.errors import (
    NotAStatus,
    NoVerdict,
    PlatformBusy,
    RequestRejected,
    RetryableError,
    SuiteError,
    TimedOut,
    UnknownHost,
    UnreadableReply,
)
from koregate.inputs import SuiteKindName
from koregate.kore_api.client import Client, StatusReply
from koregate.kore_api.rate_limits import RateLimiter
from koregate.kore_api.result_link import ResultFile
from koregate.kore_api.suite_kind import SUITE_KINDS
from koregate.runs.events import Event, Progress, Retrying, RunStarted, Warned
from koregate.runs.pacing import Pacing
from koregate.runs.record import RunRecord, StopReason
from koregate.runs.resume import ResumeFile
from koregate.text import human_duration, one_line
from koregate.verdicts import EXIT_NO_VERDICT, Verdict

# A host name that never resolved is misspelled: more tries do not help.
MAX_UNKNOWN_HOST = 3
# The last request may get its reply after the timeout, but it is not given longer than this.
_LAST_REPLY_SECONDS = 10.0
_NO_FILE = ResultFile()


@dataclass
class RunInProgress:
    """What is known so far of one run of a suite. Its own thread writes; the main thread reads after a signal.

    `earlier_ids` are the ids of the suite's runs before this one.
    """

    suite: str
    run_id: str | None = None
    reply: bytes | None = None
    ended: bool = False
    starting: bool = False
    is_busy: bool = False
    kind: SuiteKindName = "conversation"
    result_file: ResultFile = _NO_FILE
    earlier_ids: tuple[str, ...] = ()

    def record(self, stop: StopReason | None = None) -> RunRecord:
        """The record by the last reply, or for the reason given."""
        return RunRecord(
            self.suite, self.run_id, self.reply, self.ended, stop, kind=self.kind, result_file=self.result_file
        )


@dataclass
class HostName:
    """Whether the platform's host name has ever resolved in this job. Shared by all suites.

    `problem` is the message that ends every suite.
    """

    has_resolved: bool = False
    problem: str = ""


class Stopwatch:
    """The time that counts against a suite's timeout. Waiting for a rate limit does not."""

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

    def exclude(self, seconds: float) -> None:
        """Do not count that much of what has passed."""
        self._began += seconds


class RunPoller(NamedTuple):
    """Polls one suite. `wait_for_start_slot` keeps the limit on starts that all suites share, as they share `host`.

    `before_start` raises a `SuiteError` if no suite may start.
    """

    client: Client
    clock: Clock
    pacing: Pacing
    wait_for_start_slot: Callable[[], None]
    resume: ResumeFile
    report: Callable[[Event], None]
    host: HostName
    before_start: Callable[[Client], None] | None = None

    def run(self, run: RunInProgress) -> RunRecord:
        """Start the suite's test run unless one is known, and wait for its end."""
        attached = run.run_id is not None
        try:
            watch = self._new_stopwatch() if attached else self._start(run)
            run_id = run.run_id or ""
            self.report(RunStarted(run.suite, run_id, attached, len(run.earlier_ids) + 1))
            self._poll_until_ended(run, run_id, watch)
        except UnreadableReply as problem:
            run.reply = problem.body or run.reply
            return run.record(stop_reason(problem))
        except SuiteError as problem:
            record = run.record(stop_reason(problem))
            if isinstance(problem, RequestRejected):
                record = record._replace(is_refused=run.run_id is not None)
                if attached:
                    self._forget(run)
            return record
        finally:
            # A thousand suites would leave a thousand open connections behind, and many systems allow 1,024 files.
            self.client.close()
        return run.record()

    def _new_stopwatch(self) -> Stopwatch:
        return Stopwatch(self.clock, self.pacing.timeout)

    def _start(self, run: RunInProgress) -> Stopwatch:
        """Send the start request until the platform takes it. The stopwatch runs from that request on."""
        if self.before_start is not None:
            self.before_start(self.client)
        watch = self._new_stopwatch()
        last = False
        while True:
            self._check_host()
            before = self.clock.monotonic()
            self.wait_for_start_slot()
            watch.exclude(self.clock.monotonic() - before)
            sent = self._new_stopwatch()
            try:
                self._check_host()
                run.starting = True
                run.run_id = self._new_run_id(run, watch)
            except RetryableError as problem:
                last = self._pause_before_start(run, problem, watch, last=last)
            else:
                self._succeeded()
                self._remember(run.suite, run.run_id)
                return sent
            finally:
                run.starting = False

    def _new_run_id(self, run: RunInProgress, watch: Stopwatch) -> str:
        """Send the start request. Raises `NoVerdict` if the platform replies with an earlier run of the suite."""
        run_id = self.client.start(run.suite, max(watch.left, _LAST_REPLY_SECONDS))
        if run_id in run.earlier_ids:
            raise NoVerdict(
                f"The platform replied to the start with {run_id}, an earlier run of the suite, so nothing shows that "
                "the suite ran again. Look at its runs on the platform."
            )
        return run_id

    def _remember(self, suite: str, run_id: str) -> None:
        try:
            self.resume.add(suite, run_id)
        except OSError as problem:
            self._warn_of_resume_file(problem)

    def _forget(self, run: RunInProgress) -> None:
        """Drop a run of an earlier job that the platform does not know: the next job starts a new one."""
        if run.run_id in self.resume.runs_to_resume(run.suite):
            try:
                self.resume.remove([run.suite])
            except OSError as problem:
                self._warn_of_resume_file(problem)

    def _warn_of_resume_file(self, problem: OSError) -> None:
        self.report(Warned(f"The run ids cannot be kept for resume: {problem.strerror or problem}."))

    def _pause_before_start(self, run: RunInProgress, problem: RetryableError, watch: Stopwatch, *, last: bool) -> bool:
        """Wait before the next start request. Returns whether that one is the last."""
        wish = self.pacing.after_failure(problem)
        self._failed(problem, last=last)
        if last:
            limit = human_duration(self.pacing.timeout)
            raise TimedOut(f"The test run was not started within {limit} (timeout): {_described(problem)}.")
        delay = min(wish, watch.left)
        last = wish >= watch.left
        is_busy = isinstance(problem, PlatformBusy)
        # Another run may take as long as this one: once is enough, since the log shows signs of life.
        if last or not (is_busy and run.is_busy):
            self.report(Retrying(run.suite, "start", delay, _described(problem) if last else str(problem)))
        run.is_busy = is_busy
        self.clock.wait(delay)
        return last

    def _poll_until_ended(self, run: RunInProgress, run_id: str, watch: Stopwatch) -> None:
        limiter = RateLimiter()
        shown: tuple[object, ...] | None = None
        last = False
        while True:
            self._check_host()
            limiter.record(self.clock.monotonic())
            reply = self._ask(run, run_id, watch)
            if isinstance(reply, StatusReply):
                progress = reply.progress
                if progress.ended:
                    run.ended = True
                    self._fetch_result_file(run, reply, watch)
                    return
                elapsed = watch.elapsed
                wish, time_left = self.pacing.after_reply(progress, elapsed)
                changed, shown = progress.changes != shown, progress.changes
                unit = SUITE_KINDS[run.kind].steps
                self.report(
                    Progress(run.suite, progress.percent, progress.announced, elapsed, time_left, changed, unit)
                )
            else:
                wish = self.pacing.after_failure(reply)
                self._failed(reply, last=last)
            if last:
                raise TimedOut(self._too_late(reply))
            counted = min(wish, watch.left)
            # At the timeout, the status is requested once more before koregate gives up.
            last = wish >= watch.left
            delay = max(counted, limiter.delay(self.clock.monotonic()))
            if isinstance(reply, RetryableError):
                self.report(Retrying(run.suite, "status", delay, _described(reply) if last else str(reply)))
            self.clock.wait(delay)
            watch.exclude(delay - counted)

    def _ask(self, run: RunInProgress, run_id: str, watch: Stopwatch) -> StatusReply | RetryableError:
        """One status request: its reply, or why a retry may help."""
        try:
            reply = self.client.status(run.suite, run_id, max(watch.left, _LAST_REPLY_SECONDS))
        except RetryableError as problem:
            if isinstance(problem, NotAStatus) and run.reply is None:
                run.reply = problem.body
            return problem
        self._succeeded()
        run.reply = reply.body
        return reply

    def _fetch_result_file(self, run: RunInProgress, reply: StatusReply, watch: Stopwatch) -> None:
        """Ask for the file that an ended reply links, once, unless the reply lists the steps itself."""
        if reply.links and not reply.progress.lists_steps:
            seconds = max(watch.left, _LAST_REPLY_SECONDS)
            run.result_file = self.client.result_file(reply.links[0], seconds)

    def _too_late(self, reply: StatusReply | RetryableError) -> str:
        text = f"The test run did not end within {human_duration(self.pacing.timeout)} (timeout)"
        return f"{text}: {_described(reply)}." if isinstance(reply, RetryableError) else f"{text}."

    def _check_host(self) -> None:
        if self.host.problem:
            raise NoVerdict(self.host.problem)

    def _succeeded(self) -> None:
        self.host.has_resolved = True
        self.pacing.reset_failures()

    def _failed(self, problem: RetryableError, *, last: bool) -> None:
        """Raise `NoVerdict` if the host name has never resolved. Then no other suite tries it any more."""
        if not isinstance(problem, UnknownHost):
            self.host.has_resolved = True
        elif not self.host.has_resolved and (last or self.pacing.failures >= MAX_UNKNOWN_HOST):
            attempts = f"{self.pacing.failures} attempt{'' if self.pacing.failures == 1 else 's'}"
            sentence = f"{problem} ({attempts}, no request was sent). {problem.advice}"
            self.host.problem = sentence[:1].upper() + sentence[1:]
            self._check_host()


def _described(problem: RetryableError) -> str:
    """The problem, with how long the platform asked to wait."""
    if not problem.retry_after:
        return str(problem)
    return f"{problem} and asked to wait {human_duration(problem.retry_after)}"


def stop_reason(problem: Exception) -> StopReason:
    """The reason that an error stands for. One that koregate does not raise on purpose is a bug, and no verdict."""
    if isinstance(problem, SuiteError):
        return StopReason(problem.verdict, problem.exit_code, str(problem))
    detail = one_line(str(problem), 300)
    message = f"Internal error ({type(problem).__name__}: {detail}). This is a bug in koregate; please report it."
    return StopReason(Verdict.ERROR, EXIT_NO_VERDICT, message)
