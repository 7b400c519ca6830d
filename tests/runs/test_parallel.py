"""Several suites at once: what is reported to the main thread, and what remains after a signal."""

import signal
import socket
import threading
import time
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from support.clock import FakeClock
from support.job import PASSING, scenario
from support.network import listening, read_head

from koregate import files
from koregate.clock import Clock, RealClock
from koregate.commands.simulate import inputs_for
from koregate.errors import Cancelled, RetryableError
from koregate.inputs import Inputs, read_inputs
from koregate.kore_api.client import Client
from koregate.kore_api.deadline import REQUEST_SECONDS
from koregate.redaction.secret_mask import SecretMask
from koregate.runs.event_queue import HEARTBEAT_SECONDS, EventQueue
from koregate.runs.events import Event, Interrupted, Progress, Retrying, RunFinished, RunStarted, StillWaiting
from koregate.runs.pacing import Pacing
from koregate.runs.parallel import SuiteRuns, Waiting
from koregate.runs.record import RunRecord, StopReason
from koregate.runs.resume import ResumeFile
from koregate.simulator import Simulator
from koregate.verdicts import Verdict

QUICK: dict[str, Any] = {"seconds": 0, "steps": [{"say": "hi", "expect": "Hello"}]}
ENDLESS = {**QUICK, "seconds": 600}
# A text that makes a reply large, and what every status reply holds.
LARGE = 1024 * 1024
STATUS = b"percentageCompleted"


def events_of(
    simulator: Simulator,
    folder: Path,
    clock: Clock,
    *,
    queue: EventQueue | None = None,
    signal_after_starts: int | None = None,
    heartbeat: float = HEARTBEAT_SECONDS,
    request_seconds: float = REQUEST_SECONDS,
    **options: str,
) -> list[Event]:
    """Run the simulator's suites to their end, or until a SIGTERM after that many starts."""
    given = {name.replace("_", "-"): value for name, value in options.items()}
    inputs = read_inputs(Inputs, {**inputs_for(simulator), **given}, {}, folder)
    queue = queue or SimpleQueue()
    events: list[Event] = []
    last_line = time.monotonic()

    def silence() -> float:
        return time.monotonic() - last_line

    waiting = Waiting(partial(Client, inputs, clock, {}, request_seconds), clock, queue, silence, heartbeat)
    resume = ResumeFile(files.prepare(folder, "koregate-report"), inputs, clock)
    for event in SuiteRuns(inputs, resume, waiting).events():
        events.append(event)
        if not isinstance(event, Progress):
            last_line = time.monotonic()
        if isinstance(event, RunStarted) and signal_after_starts == number_of(RunStarted, events):
            queue.put(signal.SIGTERM)
    return events


def number_of(kind: type[Event], events: list[Event]) -> int:
    return sum(isinstance(event, kind) for event in events)


def records_of(events: list[Event]) -> list[RunRecord]:
    """The records in the order of the suites. Every suite must have exactly one."""
    finished = sorted((event for event in events if isinstance(event, RunFinished)), key=lambda event: event.number)
    assert list(range(len(finished))) == [event.number for event in finished]
    return [event.record for event in finished]


def test_every_suite_is_started_once_and_ends_with_a_record_of_its_own(tmp_path: Path, clock: FakeClock) -> None:
    names = [f"Suite {number}" for number in range(6)]
    played = scenario(**dict.fromkeys(names, PASSING))
    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        events = events_of(simulator, tmp_path, clock)

    records = records_of(events)
    assert [(name, True, None) for name in names] == [(record.suite, record.ended, record.stop) for record in records]
    assert {(record.suite, record.run_id, False, 1) for record in records} == {
        event for event in events if isinstance(event, RunStarted)
    }
    assert [1] * 6 == [len(simulator.starts(name)) for name in names]


@pytest.mark.parametrize("limit", [1, 2])
def test_no_more_suites_run_at_once_than_max_parallel(tmp_path: Path, clock: FakeClock, limit: int) -> None:
    played = scenario(**{f"Suite {number}": PASSING for number in range(6)})
    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        events = events_of(simulator, tmp_path, clock, max_parallel=str(limit))

    running = [
        number_of(RunStarted, events[:end]) - number_of(RunFinished, events[:end]) for end in range(len(events) + 1)
    ]
    assert 1 <= max(running) <= limit


def test_attaching_starts_nothing_and_is_reported_as_such(tmp_path: Path, clock: FakeClock) -> None:
    with Simulator(scenario(Pizza=PASSING), now=clock.monotonic, wall=clock.wall) as simulator:
        run_id = simulator.start_run("Pizza")
        events = events_of(simulator, tmp_path, clock, test_run_ids=run_id)

    assert RunStarted("Pizza", run_id, attached=True) == events[0]
    assert [] == simulator.starts("Pizza")


def test_a_silent_wait_reports_that_it_is_still_waiting(tmp_path: Path) -> None:
    played = scenario(
        Pasta=QUICK, Pizza=QUICK, faults=[{"on": "status", "suite": "Pizza", "requests": "1", "fault": "silence"}]
    )
    with Simulator(played) as simulator:
        events = events_of(simulator, tmp_path, RealClock(), heartbeat=0.2, request_seconds=0.8)

    assert [None, None] == [record.stop for record in records_of(events)]
    assert StillWaiting(("Pizza",)) in events


def test_progress_that_no_reader_sees_does_not_hold_back_the_sign_of_life(tmp_path: Path) -> None:
    queue: EventQueue = SimpleQueue()
    stop = threading.Event()

    def report_progress() -> None:
        while not stop.wait(0.02):
            queue.put(Progress("Pizza", 40, 13, 1.0, None, changed=False))

    threading.Thread(target=report_progress, daemon=True).start()
    played = scenario(Pizza=QUICK, faults=[{"on": "status", "requests": "1", "fault": "silence"}])
    with Simulator(played) as simulator:
        events = events_of(simulator, tmp_path, RealClock(), queue=queue, heartbeat=0.2, request_seconds=0.8)
    stop.set()

    assert StillWaiting(("Pizza",)) in events


@pytest.mark.parametrize(("size_of_the_other", "most_at_once"), [(LARGE, 1), (1, 2)])
def test_one_large_reply_is_masked_at_a_time_and_a_small_one_does_not_wait_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size_of_the_other: int, most_at_once: int
) -> None:
    mask, lock, both_are_masked = SecretMask.data, threading.Lock(), threading.Event()
    now: set[int] = set()
    at_once: list[int] = []

    def slow_mask(self: SecretMask, data: bytes) -> bytes:
        if STATUS not in data:
            return mask(self, data)
        with lock:
            now.add(threading.get_ident())
            at_once.append(len(now))
        if len(now) > 1:
            both_are_masked.set()
        both_are_masked.wait(0.5 if most_at_once == 1 else 10)
        with lock:
            now.remove(threading.get_ident())
        return data

    monkeypatch.setattr(SecretMask, "data", slow_mask)
    sizes = {"Pasta": LARGE, "Pizza": size_of_the_other}
    played = scenario(**{name: {**QUICK, "steps": [{"say": "hi", "expect": "o" * sizes[name]}]} for name in sizes})
    with Simulator(played) as simulator:
        records = records_of(events_of(simulator, tmp_path, RealClock()))

    assert [None, None] == [record.stop for record in records]
    assert [1, most_at_once] == at_once


def test_a_signal_leaves_a_record_of_every_suite_and_the_run_ids_of_those_that_began(tmp_path: Path) -> None:
    names = [f"Suite {number}" for number in range(6)]
    with Simulator(scenario(**dict.fromkeys(names, ENDLESS))) as simulator:
        events = events_of(simulator, tmp_path, RealClock(), signal_after_starts=2, max_parallel="2")

    records = records_of(events)
    assert names == [record.suite for record in records]
    assert [(Verdict.CANCELLED, 143)] * 6 == [
        (record.stop.verdict, record.stop.exit_code) for record in records if record.stop
    ]
    assert Interrupted(signal.SIGTERM) in events
    assert all(record.run_id for record in records[:2])
    assert not any(record.ended for record in records)


def test_after_a_signal_nothing_says_that_a_request_is_sent_again(tmp_path: Path) -> None:
    queue: EventQueue = SimpleQueue()

    class TimesOut(RealClock):
        """A clock that is canceled while the network is lost."""

        def cancel(self, signum: int) -> None:
            super().cancel(signum)
            queue.put(Retrying("Pizza", "status", 0.4, "The connection was lost."))

    with Simulator(scenario(Pizza=ENDLESS)) as simulator:
        events = events_of(simulator, tmp_path, TimesOut(), queue=queue, signal_after_starts=1)

    assert Interrupted(signal.SIGTERM) in events
    assert not any(isinstance(event, Retrying) for event in events)


def test_a_signal_before_the_first_request_starts_nothing_and_leaves_a_record_of_every_suite(tmp_path: Path) -> None:
    names = [f"Suite {number}" for number in range(6)]
    queue: EventQueue = SimpleQueue()
    queue.put(signal.SIGINT)
    with Simulator(scenario(**dict.fromkeys(names, ENDLESS))) as simulator:
        events = events_of(simulator, tmp_path, RealClock(), queue=queue)

    records = records_of(events)
    assert [] == simulator.requests
    assert Interrupted(signal.SIGINT) == events[0]
    assert [(name, 130) for name in names] == [
        (record.suite, record.stop.exit_code) for record in records if record.stop
    ]


def test_no_suite_is_started_after_a_signal(tmp_path: Path) -> None:
    played = scenario(**{f"Suite {number}": ENDLESS for number in range(6)})
    with Simulator(played) as simulator:
        records = records_of(events_of(simulator, tmp_path, RealClock(), signal_after_starts=2, max_parallel="2"))
        # Daemon threads that go on would send their start requests in this time.
        time.sleep(0.5)
        started = {request.suite for request in simulator.requests if request.kind == "start"}

    assert started == {record.suite for record in records if record.run_id}


@pytest.mark.parametrize(
    ("grace", "has_run_id", "message"),
    [
        (10.0, True, "Canceled by SIGTERM."),
        (0.1, False, "Canceled by SIGTERM. A start request was open, so the test run may have started."),
    ],
)
def test_a_start_request_under_way_gets_a_moment_to_return_its_run_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, grace: float, has_run_id: bool, message: str
) -> None:
    queue: EventQueue = SimpleQueue()
    start = Client.start

    def slow_start(client: Client, suite: str, seconds: float) -> str:
        run_id = start(client, suite, seconds)
        queue.put(signal.SIGTERM)
        time.sleep(0.8)
        return run_id

    monkeypatch.setattr(Client, "start", slow_start)
    monkeypatch.setattr("koregate.runs.parallel.START_GRACE_SECONDS", grace)
    with Simulator(scenario(Pizza=ENDLESS)) as simulator:
        (record,) = records_of(events_of(simulator, tmp_path, RealClock(), queue=queue))

    assert record.stop is not None
    assert StopReason(Verdict.CANCELLED, 143, message) == record.stop
    assert has_run_id == (record.run_id is not None)


@pytest.mark.parametrize("is_sent", [False, True])
def test_a_start_may_have_started_a_run_exactly_if_bytes_of_it_were_sent_and_none_is_sent_after_a_signal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_sent: bool
) -> None:
    monkeypatch.setattr("koregate.runs.parallel.START_GRACE_SECONDS", 0.1)
    queue: EventQueue = SimpleQueue()
    ended = threading.Event()
    received: list[bytes] = []

    def hold(connection: socket.socket) -> None:
        # Without a TLS handshake nothing of the request can leave.
        received.append(read_head(connection) if is_sent else connection.recv(65536))
        queue.put(signal.SIGTERM)
        ended.wait(5)

    with Simulator(scenario(Pizza=ENDLESS)) as simulator, listening(hold) as port:
        host = f"{'http' if is_sent else 'https'}://127.0.0.1:{port}"
        (record,) = records_of(events_of(simulator, tmp_path, RealClock(), queue=queue, host=host))
        ended.set()

    assert record.stop is not None
    more = " A start request was open, so the test run may have started." if is_sent else ""
    assert f"Canceled by SIGTERM.{more}" == record.stop.message
    assert [is_sent] == [data.startswith(b"POST ") for data in received]


def test_a_client_that_was_abandoned_sends_nothing_more(tmp_path: Path) -> None:
    with Simulator(scenario(Pizza=ENDLESS)) as simulator:
        inputs = read_inputs(Inputs, inputs_for(simulator), {}, tmp_path)
        client = Client(inputs, RealClock(), {})
        sent = [client.abandon()]
        with pytest.raises(RetryableError):
            client.start("Pizza", 5)
        sent.append(client.abandon())
        requests = list(simulator.requests)

    assert ([False, False], []) == (sent, requests)


def test_an_internal_error_ends_a_suite_with_a_record_and_not_with_a_traceback(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pacing, "after_reply", lambda *_: 1 / 0)
    with Simulator(scenario(Pizza=PASSING), now=clock.monotonic, wall=clock.wall) as simulator:
        (record,) = records_of(events_of(simulator, tmp_path, clock))

    assert record.stop is not None
    assert record.run_id is not None
    assert (Verdict.ERROR, 4) == (record.stop.verdict, record.stop.exit_code)
    assert record.stop.message == (
        "Internal error (ZeroDivisionError: division by zero). This is a bug in koregate. Please report it."
    )


def test_the_real_clock_waits_and_stops_waiting_when_it_is_cancelled() -> None:
    clock = RealClock()
    before = clock.monotonic()
    clock.wait(0.01)
    assert clock.monotonic() - before >= 0.01
    assert clock.now().tzinfo is not None

    clock.cancel(signal.SIGINT)

    with pytest.raises(Cancelled, match="SIGINT"):
        clock.wait(1000)
