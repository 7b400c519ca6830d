"""One suite: start or attach, then poll the status until the run ends. The result is always a `RunRecord`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import NamedTuple

from koregate.clock import Clock
from koregate.errors import (
    MayHaveStarted,
    NotAStatus,
    NoVerdict,
    RequestRejected,
    RetryableError,
    SuiteError,
    TimedOut,
    TooManyFailures,
    UnknownRun,
    UnreadableReply,
    internal_error,
)
from koregate.inputs import SuiteKindName
from koregate.kore_api.client import Client, StatusReply
from koregate.kore_api.rate_limits import RateLimiter
from koregate.kore_api.result_link import ResultFile
from koregate.kore_api.suite_kind import SUITE_KINDS
from koregate.runs.asking import Asking, HostName, Stopwatch, Words, advice_on, described
from koregate.runs.events import Event, Progress, Retrying, RunStarted, Warned
from koregate.runs.pacing import Pacing
from koregate.runs.record import RunRecord, StopReason, SuiteSource, lost_start_text
from koregate.runs.resume import ResumeFile
from koregate.text import human_duration, one_line
from koregate.verdicts import EXIT_NO_VERDICT, Verdict

_NO_FILE = ResultFile()
_MAX_NAME = 160


def _never_sent() -> bool:
    """No start request may have been sent."""
    return False


@dataclass
class RunInProgress:
    """What is known so far of one run of a suite. Its own thread writes; the main thread reads after a signal.

    `earlier_ids` are the ids of the suite's runs before this one. `is_confirmed` says that koregate started the run, in
    this job or an earlier one, or got a status of it. `abandon` keeps requests from being sent that are not sent yet,
    and returns whether the latest one may have been. `changed` says how the suite was seen to differ from
    the file in `source`, and is empty if it was not. `lost_start` is when an earlier job may have started a run of the
    suite that is not known.
    """

    suite: str
    run_id: str | None = None
    reply: bytes | None = None
    ended: bool = False
    starting: bool = False
    is_confirmed: bool = False
    abandon: Callable[[], bool] = _never_sent
    kind: SuiteKindName = "conversation"
    result_file: ResultFile = _NO_FILE
    earlier_ids: tuple[str, ...] = ()
    source: SuiteSource | None = None
    importing: bool = False
    changed: str = ""
    reply_sent: datetime | None = None
    lost_start: datetime | None = None

    def record(self, stop: StopReason | None = None) -> RunRecord:
        """The record with the last reply, and with the reason why the wait ended, if there is one."""
        return RunRecord(
            self.suite,
            self.run_id,
            self.reply,
            self.ended,
            stop,
            kind=self.kind,
            result_file=self.result_file,
            is_unconfirmed=self.run_id is not None and not self.is_confirmed,
            source=self.source,
            reply_sent=self.reply_sent,
            lost_start=self.lost_start,
        )


class RunPoller(NamedTuple):
    """Polls one suite. All suites share `host` and the limit on starts behind `wait_for_start_slot`.

    `before_start` raises a `SuiteError` if the suite may not start. `check` notes what keeps a run from being one of
    the suite as it should be; it is called as soon as the run is known, and after its end.
    """

    client: Client
    clock: Clock
    pacing: Pacing
    wait_for_start_slot: Callable[[], None]
    resume: ResumeFile
    report: Callable[[Event], None]
    host: HostName
    before_start: Callable[[Client, RunInProgress], None] | None = None
    check: Callable[[Client, RunInProgress], None] | None = None

    def run(self, run: RunInProgress) -> RunRecord:
        """Start the suite's test run, unless its id is known, and wait until it ends."""
        run.abandon = self.client.abandon
        attached = run.run_id is not None
        try:
            watch = self._new_stopwatch() if attached else self._start(run)
            run_id = run.run_id or ""
            self.report(RunStarted(run.suite, run_id, attached, len(run.earlier_ids) + 1))
            self._check(run)
            self._poll_until_ended(run, run_id, watch)
            self._check(run)
        except UnreadableReply as problem:
            run.reply = problem.body or run.reply
            return run.record(stop_reason(problem))
        except SuiteError as problem:
            record = run.record(stop_reason(problem))
            if isinstance(problem, RequestRejected):
                record = record._replace(is_unconfirmed=record.run_id is not None)
                if attached and isinstance(problem, UnknownRun):
                    self._forget(run)
            return record
        finally:
            # A thousand suites would leave a thousand open connections behind, and many systems allow 1,024 files.
            self.client.close()
        return run.record()

    def _check(self, run: RunInProgress) -> None:
        if self.check is not None:
            self.check(self.client, run)

    def _new_stopwatch(self) -> Stopwatch:
        return Stopwatch(self.clock, self.pacing.timeout)

    def _start(self, run: RunInProgress) -> Stopwatch:
        """Send the start request until the platform accepts it. The stopwatch begins with the accepted request."""
        if self.before_start is not None:
            self.before_start(self.client, run)
        if run.lost_start is not None:
            self.report(Warned(f"[{one_line(run.suite, _MAX_NAME)}] {lost_start_text(run.lost_start)}"))
        limit = human_duration(self.pacing.timeout)
        words = Words(
            lambda delay, reason: self.report(Retrying(run.suite, "start", delay, reason)),
            # The cause comes first, because short lines show the first clause alone.
            lambda reason: f"{reason[:1].upper()}{reason[1:]}, so no test run was started within {limit} (timeout).",
        )
        asking = Asking(self.clock, lambda: self.pacing, self.wait_for_start_slot, self.host)
        try:
            return asking.until(partial(self._send_start, run, asking), words)
        except TooManyFailures as problem:
            # A start request is sent again only if the platform certainly did not accept it.
            raise problem.with_effect(", so no test run was started") from problem

    def _send_start(self, run: RunInProgress, asking: Asking, watch: Stopwatch) -> Stopwatch:
        asking.slot(watch)
        self.host.check()
        sent = self._new_stopwatch()
        run.starting = True
        try:
            run_id = self._new_run_id(run, watch)
            run.is_confirmed = True
            run.run_id = run_id
            self._keep(self.resume.add, run.suite, run_id)
        finally:
            run.starting = False
        return sent

    def _new_run_id(self, run: RunInProgress, watch: Stopwatch) -> str:
        """Send the start request. Raises `NoVerdict` if the platform replies with an earlier run of the suite."""
        self._keep(self.resume.note_start, run.suite)
        try:
            run_id = self.client.start(run.suite, watch.for_request)
        except MayHaveStarted:
            raise
        except (RetryableError, SuiteError):
            self._keep(self.resume.drop_start, run.suite)
            raise
        if run_id in run.earlier_ids:
            raise NoVerdict(
                f"The platform replied to the start with {run_id}, an earlier run of the suite, so nothing shows that "
                "the suite ran again.",
                advice="Look at its runs on the platform.",
            )
        return run_id

    def _forget(self, run: RunInProgress) -> None:
        """Drop a run of an earlier job that the platform does not know, so that the next job starts a new one."""
        if run.run_id in self.resume.runs_to_resume(run.suite):
            self._keep(self.resume.remove, [run.suite])

    def _keep(self, change: Callable[..., None], *arguments: object) -> None:
        """Change the file for resume."""
        try:
            change(*arguments)
        except OSError as problem:
            self.report(Warned(f"koregate cannot save the run ids for resume: {problem.strerror or problem}."))

    def _poll_until_ended(self, run: RunInProgress, run_id: str, watch: Stopwatch) -> None:
        limiter = RateLimiter()
        shown: tuple[object, ...] | None = None
        last = False
        while True:
            self.host.check()
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
                self.host.failed(reply, self.pacing.failures, last=last)
            if last:
                raise TimedOut(self._too_late(reply), advice=advice_on(reply))
            counted = min(wish, watch.left)
            # At the timeout, the status is requested once more before koregate gives up.
            last = wish >= watch.left
            delay = max(counted, limiter.delay(self.clock.monotonic()))
            if isinstance(reply, RetryableError):
                reason = self.host.with_advice(described(reply) if last else str(reply), reply)
                self.report(Retrying(run.suite, "status", delay, reason))
            self.clock.wait(delay)
            watch.exclude(delay - counted)

    def _ask(self, run: RunInProgress, run_id: str, watch: Stopwatch) -> StatusReply | RetryableError:
        """One status request: its reply, or why a retry may help."""
        try:
            reply = self.client.status(run.suite, run_id, watch.for_request)
        except RetryableError as problem:
            if isinstance(problem, NotAStatus) and run.reply is None:
                run.reply = problem.body
            return problem
        self.host.has_resolved = self.host.has_replied = True
        self.pacing.reset_failures()
        run.is_confirmed = True
        run.reply, run.reply_sent = reply.body, reply.sent
        return reply

    def _fetch_result_file(self, run: RunInProgress, reply: StatusReply, watch: Stopwatch) -> None:
        """Request the file that the reply of an ended run links, once, unless the reply lists the steps itself."""
        if reply.links and not reply.progress.lists_steps:
            run.result_file = self.client.result_file(reply.links[0], watch.for_request)

    def _too_late(self, reply: StatusReply | RetryableError) -> str:
        text = f"The test run did not end within {human_duration(self.pacing.timeout)} (timeout)"
        return f"{text}: {described(reply)}." if isinstance(reply, RetryableError) else f"{text}."


def stop_reason(problem: Exception) -> StopReason:
    """The reason for an error. An error that koregate does not raise on purpose is a bug, so there is no verdict."""
    if isinstance(problem, SuiteError):
        return StopReason(problem.verdict, problem.exit_code, problem.reason, problem.advice)
    return StopReason(Verdict.ERROR, EXIT_NO_VERDICT, internal_error(problem, str(problem)))
