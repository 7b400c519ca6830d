"""Several suites at once, one thread each. Signals end the wait."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from queue import Empty
from typing import NamedTuple

from koregate.clock import Clock
from koregate.errors import Cancelled, NamesNotOurs, NoThread
from koregate.inputs import Inputs
from koregate.kore_api.client import Client
from koregate.kore_api.rate_limits import RateLimiter
from koregate.kore_api.suite_file import SuiteFile
from koregate.kore_api.suite_kind import SUITE_KINDS
from koregate.runs.asking import Asking, HostName
from koregate.runs.event_queue import HEARTBEAT_SECONDS, WAKE_SECONDS, EventQueue
from koregate.runs.events import Event, Interrupted, NamesTaken, Retrying, RunFinished, StillWaiting
from koregate.runs.pacing import Pacing
from koregate.runs.polling import RunInProgress, RunPoller, stop_reason
from koregate.runs.record import RunRecord
from koregate.runs.resume import ResumeFile
from koregate.runs.suite_import import SuiteImports
from koregate.runs.training import ModelTraining
from koregate.runs.workers import Workers

# How long a canceled job waits for an open start request, whose run id would be lost otherwise. The job must write its
# outputs within two seconds.
START_GRACE_SECONDS = 1.2


class Waiting(NamedTuple):
    """What the waiting code needs.

    `silence` says for how many seconds the log has shown nothing, and `heartbeat` is the longest allowed silence. Both
    are in real time, even if the clock is a simulated one.
    """

    new_client: Callable[[], Client]
    clock: Clock
    queue: EventQueue
    silence: Callable[[], float]
    heartbeat: float = HEARTBEAT_SECONDS
    since_signal: Callable[[], float] = lambda: 0.0


class SuiteRuns:
    """The test runs of a job's suites, several at once.

    A suite has one run, and another one after each call of `run_again`. The runs of an interrupted job come first: they
    are attached to in their order, and what is needed beyond them is started. Suites of `files` are imported first.
    """

    def __init__(self, inputs: Inputs, resume: ResumeFile, waiting: Waiting, files: Sequence[SuiteFile] = ()) -> None:
        self._waiting = waiting
        asking = _asking(inputs, waiting)
        self._lost_start = resume.lost_start
        self._imports = SuiteImports(files, asking, inputs.stall_timeout, waiting.queue.put)
        self._known_ids: list[tuple[str, ...]] = [(run_id,) for run_id in inputs.test_run_ids] or list(
            map(resume.runs_to_resume, inputs.test_suites)
        )
        self._runs = [
            RunInProgress(
                suite,
                next(iter(ids), None),
                kind=inputs.suite_kind,
                is_confirmed=not inputs.test_run_ids,
                source=self._imports.source(suite),
                lost_start=None if ids else self._lost_start(suite),
            )
            for suite, ids in zip(inputs.test_suites, self._known_ids, strict=True)
        ]
        self._records: dict[int, RunRecord] = {}
        self._is_over = False
        threads = 1 if SUITE_KINDS[inputs.suite_kind].one_at_a_time else inputs.max_parallel
        new_poller = _poller_factory(inputs, resume, waiting, asking, self._imports)
        self._workers = Workers(min(threads, len(self._runs)), new_poller, waiting.queue.put, self._check_names)

    def events(self) -> Iterator[Event]:
        """Run every suite. Yields what happens, and one `RunFinished` for every run.

        After `NamesTaken` there is nothing more: no suite runs.
        """
        signum = _signal(self._waiting.queue)
        if signum is not None:
            # The signal arrived before the first request, so nothing is started.
            self._is_over = True
            yield Interrupted(signum)
            yield from (RunFinished(number, _cancelled(run, signum)) for number, run in enumerate(self._runs))
            return
        for number, run in enumerate(self._runs):
            self._workers.add(number, run)
        try:
            self._workers.start()
        except NoThread as problem:
            self._is_over = True
            stop = stop_reason(problem)
            yield from (RunFinished(number, run.record(stop)) for number, run in enumerate(self._runs))
            return
        try:
            yield from self._reported()
        finally:
            self._workers.stop()

    def run_again(self, number: int) -> bool:
        """Give the suite another run, after the one that was just reported as finished.

        Returns False if a signal has ended the wait, or none could begin: then nothing runs any more.
        """
        if self._is_over:
            return False
        run = self._runs[number]
        earlier = (*run.earlier_ids, self._records.pop(number).run_id or "")
        known = self._known_ids[number][len(earlier) :]
        source = self._imports.source(run.suite)
        self._runs[number] = RunInProgress(
            run.suite,
            next(iter(known), None),
            kind=run.kind,
            is_confirmed=True,
            earlier_ids=earlier,
            source=source,
            lost_start=None if known else self._lost_start(run.suite),
        )
        self._workers.add(number, self._runs[number])
        return True

    def _reported(self) -> Iterator[Event]:
        for event in self._received():
            if isinstance(event, int):
                yield from self._interrupted(event)
                return
            self._keep(event)
            yield event
            if len(self._records) == len(self._runs) or isinstance(event, NamesTaken):
                return

    def _check_names(self) -> None:
        """Raise `NamesNotOurs` before anything starts."""
        if not any(run.source and run.run_id is None for run in self._runs):
            return
        try:
            self._imports.check_names(self._waiting.new_client())
        except NamesNotOurs:
            raise
        except Exception:  # noqa: BLE001 -- each suite that is to start will raise it again, and end in a report
            return

    def _keep(self, event: Event) -> None:
        if isinstance(event, RunFinished):
            self._records[event.number] = event.record

    def _received(self) -> Iterator[int | Event]:
        """Signals and events as they arrive, and `StillWaiting` if the log has shown nothing for a while."""
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
        self._is_over = True
        self._workers.stop()
        self._waiting.clock.cancel(signum)
        for _, run in self._open_runs():
            run.abandon()
        yield Interrupted(signum)
        for late in self._late_events():
            self._keep(late)
            # No request is sent again any more.
            if not isinstance(late, Retrying):
                yield late
        yield from [RunFinished(number, _cancelled(run, signum)) for number, run in self._open_runs()]

    def _late_events(self) -> Iterator[Event]:
        """The events that are already in the queue. Start requests that were sent get a moment to report their run ids.

        No other start request is sent any more.
        """
        until = time.monotonic() + START_GRACE_SECONDS - self._waiting.since_signal()
        while True:
            starting = any(run.starting and run.abandon() for _, run in self._open_runs())
            try:
                event = self._waiting.queue.get(timeout=max(until - time.monotonic(), 0) if starting else 0)
            except Empty:
                return
            if not isinstance(event, int):
                yield event


def _asking(inputs: Inputs, waiting: Waiting) -> Asking:
    """How requests of this job are repeated. All suites share the limit on starts, and what is known of the host."""

    def new_pacing() -> Pacing:
        return Pacing(inputs.timeout, inputs.stall_timeout, inputs.poll_interval, random.random)

    return Asking(waiting.clock, new_pacing, _shared_start_limit(waiting.clock), HostName())


def _poller_factory(
    inputs: Inputs, resume: ResumeFile, waiting: Waiting, asking: Asking, imports: SuiteImports
) -> Callable[[], RunPoller]:
    """A function that makes the poller of one run. All pollers share what is known of the model's training."""
    training = ModelTraining(asking, waiting.queue.put) if inputs.require_trained else None

    def before_start(client: Client, run: RunInProgress) -> None:
        if training:
            training.wait(client)
        imports.bring(client, run)

    def new_poller() -> RunPoller:
        return RunPoller(
            waiting.new_client(),
            waiting.clock,
            asking.new_pacing(),
            asking.wait_for_slot,
            resume,
            waiting.queue.put,
            asking.host,
            before_start,
            imports.check,
        )

    return new_poller


def _signal(queue: EventQueue) -> int | None:
    """The number of a signal that is already in the queue."""
    try:
        event = queue.get_nowait()
    except Empty:
        return None
    return event if isinstance(event, int) else None


def _cancelled(run: RunInProgress, signum: int) -> RunRecord:
    stop = stop_reason(Cancelled(signum))
    if run.importing:
        stop = stop._replace(
            message=f"{stop.message} An import was under way: the suite may be the new one or the old."
        )
    if run.starting and run.abandon():
        stop = stop._replace(message=f"{stop.message} A start request was open, so the test run may have started.")
    return run.record(stop)


def _shared_start_limit(clock: Clock) -> Callable[[], None]:
    """A function that waits until a start request is within the platform's limits, which all runs share."""
    limiter, lock = RateLimiter(), threading.Lock()

    def wait() -> None:
        while True:
            # A canceled job starts nothing more.
            clock.wait(0)
            with lock:
                now = clock.monotonic()
                delay = limiter.delay(now)
                if delay <= 0:
                    limiter.record(now)
                    return
            clock.wait(delay)

    return wait
