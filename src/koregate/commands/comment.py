"""The comment on the pull request: posted last, within a time limit, and without effect on the verdict."""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from queue import SimpleQueue
from threading import Event
from typing import NamedTuple

from koregate.ci.api import REQUEST_SECONDS, ApiClient, Conditions
from koregate.ci.comments import MAX_BODY_BYTES, NoComment, OldCommentStays, marker_of, place_comment
from koregate.commands.context import JobContext
from koregate.errors import NO_THREAD, NoThread
from koregate.inputs import GateInputs, given_text
from koregate.inputs.values import lines
from koregate.judging.results import JobResult
from koregate.reports.comment import render
from koregate.runs.event_queue import WAKE_SECONDS, waiting_signals
from koregate.text import one_line
from koregate.threads import start_thread

# Shorter than the longest allowed silence in the log.
_ALL_REQUESTS_SECONDS = 25.0
_MAX_MESSAGE = 300
_NO_COMMENT = "no pull request comment"


class _Told(NamedTuple):
    """A line for the log, empty if there is nothing to say, and whether it is a warning."""

    line: str = ""
    is_trouble: bool = False


def comment(job: JobResult, inputs: GateInputs, options: Mapping[str, str], context: JobContext) -> None:
    """Create or update the comment. Any problem is only a warning. A signal ends this at once."""
    stop = Event()
    told: SimpleQueue[_Told] = SimpleQueue()
    post = partial(_post, job, inputs, _subject(job, options, context), context, stop)
    seconds = min(_ALL_REQUESTS_SECONDS, 3 * context.request_seconds)
    end = time.monotonic() + seconds
    try:
        thread = start_thread(lambda: told.put(post()), "comment")
    except NoThread:
        context.ci.warn(f"{_NO_COMMENT}: this machine {NO_THREAD}.")
        return
    while thread.is_alive():
        thread.join(min(WAKE_SECONDS, max(end - time.monotonic(), 0)))
        if list(waiting_signals(context.queue)):
            stop.set()
            context.ci.say("A signal arrived, so there is no pull request comment. The verdict stands.")
            return
        if thread.is_alive() and time.monotonic() >= end:
            stop.set()
            context.ci.warn(f"{_NO_COMMENT}: the API took longer than {seconds:g} s.")
            return
    problem = told.get()
    if problem.is_trouble:
        context.ci.warn(problem.line)
    elif problem.line:
        context.ci.say(problem.line)


def _post(job: JobResult, inputs: GateInputs, subject: Sequence[str], context: JobContext, stop: Event) -> _Told:
    """Post the comment. Returns what to say about it."""
    environ = context.environ
    bundle = environ.get("REQUESTS_CA_BUNDLE") or environ.get("CURL_CA_BUNDLE") or environ.get("SSL_CERT_FILE")
    seconds = min(REQUEST_SECONDS, context.request_seconds)
    conditions = Conditions(bundle or True, seconds, stop.is_set, context.clock.wait)
    try:
        thread = context.ci.comment_thread(inputs, partial(ApiClient, conditions))
        origin = thread.origin
        marker = marker_of([*origin.place, *subject], origin.run)
        place_comment(thread, marker, render(job, origin.commit, MAX_BODY_BYTES))
    except OldCommentStays as problem:
        return _Told(str(problem), is_trouble=True)
    except NoComment as problem:
        if problem.is_trouble:
            return _Told(f"{_NO_COMMENT}: {problem}", is_trouble=True)
        return _Told(f"No pull request comment: {problem}")
    except Exception as problem:  # noqa: BLE001 -- a bug here must not change the verdict
        detail = f"{type(problem).__name__}: {one_line(str(problem), _MAX_MESSAGE)}"
        return _Told(f"{_NO_COMMENT}: internal error ({detail}).", is_trouble=True)
    return _Told()


def _subject(job: JobResult, options: Mapping[str, str], context: JobContext) -> list[str]:
    """What the job tests, from its inputs, or from its reports if a merge has no such inputs.

    So a job with invalid inputs also finds the comment of earlier jobs. Steps of one job that test suites of the same
    names on different hosts, of different kinds or with different engines have a comment each.
    """

    def given(name: str) -> str:
        return given_text(name, options, context.environ).strip()

    target = [given("host") or job.target.host or "", given("stream-id") or job.target.stream_id or ""]
    how = [given(name) for name in ("bot-version", "bot-language", "suite-kind", "engine")]
    names = ("test-suites", "suite-files", "suite-prefix")
    suites = [line for name in names for line in lines(given(name))]
    return [*target, *how, *(suites or [f"{suite.kind} {suite.suite}" for suite in job.suites])]
