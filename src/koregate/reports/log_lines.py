"""Every line of the log: what happens during the wait, the failures, and the verdict."""

import signal
from collections.abc import Iterator, Sequence
from typing import assert_never

from koregate.errors import Cancelled
from koregate.judging.results import JobResult
from koregate.reports.policy_text import tolerance_text
from koregate.runs.events import (
    Event,
    Interrupted,
    Progress,
    Retrying,
    RunFinished,
    RunStarted,
    StillWaiting,
    TrainingSeen,
    Warned,
)
from koregate.text import human_duration, one_line, shorten
from koregate.verdicts import EXIT_INPUTS, Verdict

_MAX_STEPS = 20
_MAX_CASES = 50
_MAX_LINE = 1_000
_MAX_REASONS = 20
_MAX_REMARKED = 10
_MAX_SUITE_NAME = 60
_MAX_SUITES = 3
_MAX_VERDICT_LINE = 500


def event_line(event: Event) -> str:
    """The line that tells an event, or an empty text if it needs none."""
    match event:
        case RunStarted():
            verb = "Attached to" if event.attached else "Started"
            line = _of(event.suite, f"{verb} test run {event.run_id}.")
        case Progress():
            line = _of(event.suite, progress_text(event))
        case Retrying():
            request = "start" if event.request == "start" else "status request"
            line = _of(event.suite, f"Retrying the {request} in {event.delay:.1f} s: {event.reason}.")
        case StillWaiting():
            names = ", ".join(one_line(suite, 40) for suite in event.suites[:_MAX_SUITES])
            more = f" and {len(event.suites) - _MAX_SUITES} more" if event.suites[_MAX_SUITES:] else ""
            line = f"Still waiting for {names}{more}."
        case Interrupted():
            line = f"{Cancelled(event.signum)} Writing the reports."
        case Warned():
            line = event.message
        case TrainingSeen():
            line = f"The app's model: {event.status.description}."
        case RunFinished():
            line = ""
        case _:
            assert_never(event)
    return line


def late_signal_line(signum: int) -> str:
    """The line for a signal that arrived when the verdict was known already."""
    return f"{signal.Signals(signum).name} received. The verdict stands; finishing the reports."


def writing_line() -> str:
    """A sign of life while large reports are made."""
    return "Still writing the reports."


def _of(suite: str, text: str) -> str:
    return f"[{one_line(suite, _MAX_SUITE_NAME)}] {text}"


def progress_text(progress: Progress) -> str:
    """How far a run is: percent, steps, time elapsed, and time left if it can be foreseen."""
    steps = f" of {progress.steps} {progress.unit}" if progress.steps else ""
    done = f"Running: {progress.percent:g}%{steps}" if progress.percent is not None else "Running"
    left = f", about {human_duration(progress.left)} left" if progress.left is not None else ""
    return f"{done}, {human_duration(progress.elapsed)} elapsed{left}."


def failure_lines(job: JobResult) -> Iterator[str]:
    """What a reader of the log needs beside the verdict: what failed, and what is still running.

    At most about a thousand lines, and two per suite.
    """
    if job.exit_code == EXIT_INPUTS:
        return
    steps = job.blocking_steps
    for blocking in steps[:_MAX_STEPS]:
        yield shorten(f"{blocking.cases[0].outcome.upper()} {blocking.title}", _MAX_LINE)
        yield from (shorten(f"  {case.label}: {case.message}", _MAX_LINE) for case in blocking.cases[:_MAX_CASES])
        if len(blocking.cases) > _MAX_CASES:
            yield f"  … and {len(blocking.cases) - _MAX_CASES} more failed test cases of this step."
    if len(steps) > _MAX_STEPS:
        yield f"… and {len(steps) - _MAX_STEPS} more failed steps."
    for suite in job.suites:
        if suite.verdict is Verdict.FAILED and suite.doubts:
            yield shorten(_of(suite.name, _joined(suite.reasons)), _MAX_LINE)
    yield from _still_running(job)


def remark_lines(job: JobResult) -> Iterator[str]:
    """The remarks on the suites, one line for each suite. They decide nothing, so a few lines are enough."""
    remarked = [suite for suite in job.suites if suite.remarks]
    for suite in remarked[:_MAX_REMARKED]:
        more = f" (and {len(suite.remarks) - 1} more: see report.html)" if suite.remarks[1:] else ""
        yield one_line(_of(suite.name, f"Remark: {suite.remarks[0]}{more}"), _MAX_LINE)
    if len(remarked) > _MAX_REMARKED:
        yield f"… and remarks on {len(remarked) - _MAX_REMARKED} more suites. See report.html."


def _joined(reasons: Sequence[str]) -> str:
    """The reasons on one line. There may be very many: the last part says how many are left out."""
    shown = reasons[:_MAX_REASONS]
    more = [f"… and {len(reasons) - len(shown)} more reasons."] if len(reasons) > len(shown) else []
    return " ".join([*shown, *more])


def _still_running(job: JobResult) -> Iterator[str]:
    """The inputs that attach to the runs that koregate did not see finish."""
    running = [suite for suite in job.suites if suite.run_id and suite.still_running]
    if running:
        yield (
            "These test runs are still running on the platform. To attach to them, run koregate again with these "
            "inputs:"
        )
        yield "  test-suites: |"
        yield from (f"    {suite.suite}" for suite in running)
        yield "  test-run-ids: |"
        yield from (f"    {suite.run_id}" for suite in running)


def _as_of(job: JobResult) -> str:
    """The date of a verdict on saved replies."""
    facts = job.facts
    if not facts.is_replay:
        return ""
    return f" as of {facts.finished:%Y-%m-%d %H:%M:%S} UTC" if facts.finished else " as of an unknown date"


def verdict_line(job: JobResult) -> str:
    """The verdict in one line."""
    start = f"Verdict: {job.verdict} (exit code {job.exit_code}){_as_of(job)}"
    if job.exit_code == EXIT_INPUTS:
        return f"{start}: invalid inputs, no suite was run."
    counts = job.counts
    numbers = (
        f"{counts.passed} passed, {counts.failed} failed, {counts.errors} errors, {counts.skipped} skipped of "
        f"{counts.total}."
    )
    if tolerated := tolerance_text(job):
        numbers = f"{numbers} {tolerated}"
    reason = ""
    if job.verdict not in (Verdict.PASSED, Verdict.TOLERATED, Verdict.FAILED):
        worst = next(suite for suite in job.suites if suite.verdict is job.verdict)
        reason = f" {worst.reasons[0]}" if worst.reasons else ""
    return one_line(f"{start}: {numbers}{reason}", _MAX_VERDICT_LINE)
