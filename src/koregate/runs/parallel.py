"""Several suites at once, one thread each. Signals end the wait."""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from queue import Empty
from typing import NamedTuple

from koregate.clock import Clock
from koregate.errors import Cancelled
from koregate.inputs import Inputs
from koregate.kore_api.client import Client
from koregate.kore_api.rate_limits import RateLimiter
from koregate.kore_api.suite_kind import SUITE_KINDS
from koregate.runs.event_queue import HEARTBEAT_SECONDS, WAKE_SECONDS, EventQueue
from koregate.runs.events import Event, Interrupted, RunFinished, StillWaiting
from koregate.runs.pacing import Pacing
from koregate.runs.polling import HostName, RunInProgress, RunPoller, stop_reason
from koregate.runs.record import RunRecord
from koregate.runs.resume import ResumeFile
from koregate.runs.training import ModelTraining

# How long a cancelled job waits for a start request under way, whose run id would be lost. Its outputs must be written
# within two seconds.
START_GRACE_SECONDS = 1.2


class Waiting(NamedTuple):
    """What the wait works with.

    `silence` tells for how many seconds the log has shown no sign of life, `heartbeat` is the longest silence. Both are
    real time whatever the clock.
    """

    new_client: Callable[[], Client]
    clock: Clock
    queue: EventQueue
    silence: Callable[[], float]
    heartbeat: float = HEARTBEAT_SECONDS


def run_suites(inputs: Inputs, resume: ResumeFile, waiting: Waiting) -> Iterator[Event]:
    """Run every suite, several at once. Yields what happens, and one `RunFinished` for every suite."""
    run_ids: Sequence[str | None] = inputs.test_run_ids or list(map(resume.run_to_resume, inputs.test_suites))
    runs = [
        RunInProgress(suite, run_id, kind=inputs.suite_kind)
        for suite, run_id in zip(inputs.test_suites, run_ids, strict=True)
    ]
    pending = deque(enumerate(runs))
    wait_for_start_slot, host = _shared_start_limit(waiting.clock), HostName()

    def new_pacing() -> Pacing:
        return Pacing(inputs.timeout, inputs.stall_timeout, inputs.poll_interval, random.random)

    training = ModelTraining(waiting.clock, new_pacing, waiting.queue.put) if inputs.require_trained else None

    def new_poller() -> RunPoller:
        client, report = waiting.new_client(), waiting.queue.put
        before_start = training.wait if training else None
        return RunPoller(client, waiting.clock, new_pacing(), wait_for_start_slot, resume, report, host, before_start)

    signum = _signal(waiting.queue)
    if signum is not None:
        # It arrived before the first request: nothing is started.
        yield Interrupted(signum)
        yield from (RunFinished(number, _cancelled(run, signum)) for number, run in enumerate(runs))
        return
    threads = 1 if SUITE_KINDS[inputs.suite_kind].one_at_a_time else inputs.max_parallel
    for _ in range(min(threads, len(runs))):
        # daemon: a request under way must not hold the process after a signal.
        work = partial(_work, pending, new_poller, waiting.queue.put)
        threading.Thread(target=work, daemon=True, name="suite").start()
    yield from _events(runs, pending, waiting)


def _signal(queue: EventQueue) -> int | None:
    """The number of a signal that is waiting in the queue already."""
    try:
        event = queue.get_nowait()
    except Empty:
        return None
    return event if isinstance(event, int) else None


def _work(
    pending: deque[tuple[int, RunInProgress]], new_poller: Callable[[], RunPoller], report: Callable[[Event], None]
) -> None:
    """One thread: take the next suite until none is left."""
    while True:
        try:
            number, run = pending.popleft()
        except IndexError:
            return
        try:
            record = new_poller().run(run)
        except Exception as problem:  # noqa: BLE001 -- a bug must still end in a report
            record = run.record(stop_reason(problem))
        report(RunFinished(number, record))


def _events(runs: list[RunInProgress], pending: deque[tuple[int, RunInProgress]], waiting: Waiting) -> Iterator[Event]:
    records: dict[int, RunRecord] = {}
    for event in _received(runs, records, waiting):
        if isinstance(event, int):
            # No thread takes another suite, and those that are about to start one find the clock cancelled.
            pending.clear()
            waiting.clock.cancel(event)
            yield Interrupted(event)
            for late in _collect_late_events(runs, records, waiting.queue):
                _keep(late, records)
                yield late
            for number, run in enumerate(runs):
                if number not in records:
                    yield RunFinished(number, _cancelled(run, event))
            return
        _keep(event, records)
        yield event
        if len(records) == len(runs):
            return


def _keep(event: Event, records: dict[int, RunRecord]) -> None:
    if isinstance(event, RunFinished):
        records[event.number] = event.record


def _received(runs: list[RunInProgress], records: dict[int, RunRecord], waiting: Waiting) -> Iterator[int | Event]:
    """Signals and events as they arrive, and a sign of life if a reader has seen none for a while."""
    while True:
        try:
            event: int | Event | None = waiting.queue.get(timeout=WAKE_SECONDS)
        except Empty:
            event = None
        if event is not None:
            yield event
        if waiting.silence() >= waiting.heartbeat:
            yield StillWaiting(tuple(run.suite for number, run in enumerate(runs) if number not in records))


def _collect_late_events(
    runs: list[RunInProgress], records: dict[int, RunRecord], queue: EventQueue
) -> Iterator[Event]:
    """What was reported already. Start requests under way get a moment to tell their run ids."""
    until = time.monotonic() + START_GRACE_SECONDS
    while True:
        starting = any(run.starting and number not in records for number, run in enumerate(runs))
        try:
            event = queue.get(timeout=max(until - time.monotonic(), 0) if starting else 0)
        except Empty:
            return
        if not isinstance(event, int):
            yield event


def _cancelled(run: RunInProgress, signum: int) -> RunRecord:
    stop = stop_reason(Cancelled(signum))
    if run.starting:
        stop = stop._replace(message=f"{stop.message} A start request was under way: the test run may have started.")
    return run.record(stop)


def _shared_start_limit(clock: Clock) -> Callable[[], None]:
    """A function that waits until a start request is within the platform's limits, which all suites share."""
    limiter, lock = RateLimiter(), threading.Lock()

    def wait() -> None:
        while True:
            # A cancelled job starts nothing more.
            clock.wait(0)
            with lock:
                now = clock.monotonic()
                delay = limiter.delay(now)
                if delay <= 0:
                    limiter.record(now)
                    return
            clock.wait(delay)

    return wait
