"""Several suites at once, one thread each. Signals end the wait."""

import random
import threading
import time
from collections.abc import Callable, Iterator
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
from koregate.runs.workers import Workers

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


class SuiteRuns:
    """The test runs of a job's suites, several at once.

    A suite has one run, and another one after each call of `run_again`. The runs of an interrupted job come first: they
    are attached to in their order, and what is needed beyond them is started.
    """

    def __init__(self, inputs: Inputs, resume: ResumeFile, waiting: Waiting) -> None:
        self._waiting = waiting
        self._known_ids: list[tuple[str, ...]] = [(run_id,) for run_id in inputs.test_run_ids] or list(
            map(resume.runs_to_resume, inputs.test_suites)
        )
        self._runs = [
            RunInProgress(suite, next(iter(ids), None), kind=inputs.suite_kind)
            for suite, ids in zip(inputs.test_suites, self._known_ids, strict=True)
        ]
        self._records: dict[int, RunRecord] = {}
        self._is_interrupted = False
        threads = 1 if SUITE_KINDS[inputs.suite_kind].one_at_a_time else inputs.max_parallel
        new_poller = _poller_factory(inputs, resume, waiting)
        self._workers = Workers(min(threads, len(self._runs)), new_poller, waiting.queue.put)

    def events(self) -> Iterator[Event]:
        """Run every suite. Yields what happens, and one `RunFinished` for every run."""
        signum = _signal(self._waiting.queue)
        if signum is not None:
            # It arrived before the first request: nothing is started.
            self._is_interrupted = True
            yield Interrupted(signum)
            yield from (RunFinished(number, _cancelled(run, signum)) for number, run in enumerate(self._runs))
            return
        for number, run in enumerate(self._runs):
            self._workers.add(number, run)
        self._workers.start()
        try:
            yield from self._reported()
        finally:
            self._workers.stop()

    def run_again(self, number: int) -> bool:
        """Give the suite another run, after the one that was just reported as finished.

        Returns False if a signal has ended the wait: then nothing runs any more.
        """
        if self._is_interrupted:
            return False
        run = self._runs[number]
        earlier = (*run.earlier_ids, self._records.pop(number).run_id or "")
        known = self._known_ids[number][len(earlier) :]
        self._runs[number] = RunInProgress(run.suite, next(iter(known), None), kind=run.kind, earlier_ids=earlier)
        self._workers.add(number, self._runs[number])
        return True

    def _reported(self) -> Iterator[Event]:
        for event in self._received():
            if isinstance(event, int):
                yield from self._interrupted(event)
                return
            self._keep(event)
            yield event
            if len(self._records) == len(self._runs):
                return

    def _keep(self, event: Event) -> None:
        if isinstance(event, RunFinished):
            self._records[event.number] = event.record

    def _received(self) -> Iterator[int | Event]:
        """Signals and events as they arrive, and a sign of life if a reader has seen none for a while."""
        while True:
            try:
                event: int | Event | None = self._waiting.queue.get(timeout=WAKE_SECONDS)
            except Empty:
                event = None
            if event is not None:
                yield event
            if self._waiting.silence() >= self._waiting.heartbeat:
                yield StillWaiting(tuple(run.suite for _, run in self._open_runs()))

    def _open_runs(self) -> Iterator[tuple[int, RunInProgress]]:
        return ((number, run) for number, run in enumerate(self._runs) if number not in self._records)

    def _interrupted(self, signum: int) -> Iterator[Event]:
        """End the wait: no thread takes another run, and those that are about to start one find the clock cancelled."""
        self._is_interrupted = True
        self._workers.stop()
        self._waiting.clock.cancel(signum)
        yield Interrupted(signum)
        for late in self._late_events():
            self._keep(late)
            yield late
        yield from [RunFinished(number, _cancelled(run, signum)) for number, run in self._open_runs()]

    def _late_events(self) -> Iterator[Event]:
        """What was reported already. Start requests under way get a moment to tell their run ids."""
        until = time.monotonic() + START_GRACE_SECONDS
        while True:
            starting = any(run.starting for _, run in self._open_runs())
            try:
                event = self._waiting.queue.get(timeout=max(until - time.monotonic(), 0) if starting else 0)
            except Empty:
                return
            if not isinstance(event, int):
                yield event


def _poller_factory(inputs: Inputs, resume: ResumeFile, waiting: Waiting) -> Callable[[], RunPoller]:
    """A function that makes the poller of one run.

    All pollers share the limit on starts, and what is known of the host and of the model's training.
    """
    wait_for_start_slot, host = _shared_start_limit(waiting.clock), HostName()

    def new_pacing() -> Pacing:
        return Pacing(inputs.timeout, inputs.stall_timeout, inputs.poll_interval, random.random)

    training = ModelTraining(waiting.clock, new_pacing, waiting.queue.put) if inputs.require_trained else None

    def new_poller() -> RunPoller:
        client, report = waiting.new_client(), waiting.queue.put
        before_start = training.wait if training else None
        return RunPoller(client, waiting.clock, new_pacing(), wait_for_start_slot, resume, report, host, before_start)

    return new_poller


def _signal(queue: EventQueue) -> int | None:
    """The number of a signal that is waiting in the queue already."""
    try:
        event = queue.get_nowait()
    except Empty:
        return None
    return event if isinstance(event, int) else None


def _cancelled(run: RunInProgress, signum: int) -> RunRecord:
    stop = stop_reason(Cancelled(signum))
    if run.starting:
        stop = stop._replace(message=f"{stop.message} A start request was under way: the test run may have started.")
    return run.record(stop)


def _shared_start_limit(clock: Clock) -> Callable[[], None]:
    """A function that waits until a start request is within the platform's limits, which all runs share."""
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
