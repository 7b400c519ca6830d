"""One suite: what is reported of its run while koregate waits, and what is known at the end."""

import json
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.clock import FakeClock
from support.job import PASSING, scenario

from koregate import files
from koregate.commands.simulate import inputs_for
from koregate.errors import SuiteError, TimedOut
from koregate.inputs import Inputs, read_inputs
from koregate.kore_api.client import Client
from koregate.runs.asking import HostName
from koregate.runs.events import Event, Progress, Retrying, RunStarted, Warned
from koregate.runs.pacing import Pacing
from koregate.runs.polling import RunInProgress, RunPoller, stop_reason
from koregate.runs.record import RunRecord, StopReason
from koregate.runs.resume import ResumeFile
from koregate.simulator import Simulator
from koregate.verdicts import Verdict


def poll(
    folder: Path,
    clock: FakeClock,
    suite: dict[str, Any],
    faults: list[dict[str, Any]] | None = None,
    slot: Callable[[], None] = lambda: None,
    **options: str,
) -> tuple[RunRecord, list[Event]]:
    """Run one suite of the simulator: its record, and everything that was reported."""
    events: list[Event] = []
    played = scenario(Pizza=suite, faults=faults or [])
    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        given = {name.replace("_", "-"): value for name, value in options.items()}
        inputs = read_inputs(Inputs, {**inputs_for(simulator), **given}, {}, folder)
        pacing = Pacing(inputs.timeout, inputs.stall_timeout, inputs.poll_interval, random.Random(0).random)
        client = Client(inputs, clock, {})
        poller = RunPoller(
            client,
            clock,
            pacing,
            slot,
            ResumeFile(files.prepare(folder, "koregate-report"), inputs, clock),
            events.append,
            HostName(),
        )
        record = poller.run(RunInProgress("Pizza"))
    return record, events


def test_a_run_is_reported_from_its_start_to_the_last_progress_before_its_end(tmp_path: Path, clock: FakeClock) -> None:
    record, events = poll(tmp_path, clock, PASSING, poll_interval="4s")

    assert record.ended
    assert record.run_id is not None
    assert record.stop is None
    assert b'"percentageCompleted": 100' in (record.reply or b"")
    assert RunStarted("Pizza", record.run_id, attached=False) == events[0]
    # A run of 20 seconds and 2 steps, polled every 4 seconds.
    assert [(0.0, 0, 2), (4.0, 20, 2), (8.0, 40, 2), (12.0, 60, 2), (16.0, 80, 2)] == [
        (event.elapsed, event.percent, event.steps) for event in events[1:] if isinstance(event, Progress)
    ]


def test_the_time_left_is_reported_once_the_end_can_be_foreseen(tmp_path: Path, clock: FakeClock) -> None:
    _, events = poll(tmp_path, clock, PASSING, poll_interval="4s")
    first, *later = (event.left for event in events if isinstance(event, Progress))

    assert first is None
    assert all(left is not None and 0 <= left <= 20 for left in later)


def test_progress_is_marked_as_changed_only_if_something_changed(tmp_path: Path, clock: FakeClock) -> None:
    suite = {**PASSING, "progress": [[0, 10], [7, 30]]}
    _, events = poll(tmp_path, clock, suite, poll_interval="4s")

    assert [True, False, True, False, False] == [event.changed for event in events if isinstance(event, Progress)]


@pytest.mark.parametrize(
    ("request_kind", "fault", "reason"),
    [
        ("start", {"fault": "http", "code": 429, "message": "Slow down"}, 'the platform replied 429 "Slow down"'),
        ("status", {"fault": "http", "code": 503}, "the platform replied 503"),
        ("status", {"fault": "empty"}, "the platform returned an empty body"),
        ("status", {"fault": "reset"}, "the connection to the platform was lost"),
    ],
)
def test_a_retry_is_reported_with_its_delay_and_reason(
    tmp_path: Path, clock: FakeClock, request_kind: str, fault: dict[str, Any], reason: str
) -> None:
    record, events = poll(tmp_path, clock, PASSING, [{"on": request_kind, "requests": "1-2", **fault}])
    retries = [event for event in events if isinstance(event, Retrying)]

    assert record.ended
    assert [("Pizza", request_kind, reason)] * 2 == [(retry.suite, retry.request, retry.reason) for retry in retries]
    assert [retry.delay for retry in retries] == [wait for wait in clock.waits if wait][:2]


def test_the_delay_of_a_retry_is_never_shorter_than_retry_after(tmp_path: Path, clock: FakeClock) -> None:
    fault = {"on": "start", "requests": "1", "fault": "http", "code": 429, "retry_after": "70"}
    _, events = poll(tmp_path, clock, PASSING, [fault])

    assert [70.0] == [event.delay for event in events if isinstance(event, Retrying)]


def test_a_start_that_has_to_wait_longer_than_the_timeout_is_tried_once_more_at_its_end(
    tmp_path: Path, clock: FakeClock
) -> None:
    fault = {"on": "start", "fault": "http", "code": 429, "retry_after": "3600"}
    record, events = poll(tmp_path, clock, PASSING, [fault], timeout="60s")

    assert [Retrying("Pizza", "start", 60.0, "the platform replied 429 and asked to wait 1h")] == events
    assert [60.0] == [wait for wait in clock.waits if wait]
    assert record.stop is not None
    assert (Verdict.TIMEOUT, 5) == (record.stop.verdict, record.stop.exit_code)
    assert (
        "The platform replied 429 and asked to wait 1h, so no test run was started within 1m (timeout)."
        == record.stop.message
    )


def test_a_start_at_the_end_of_the_timeout_may_still_succeed(tmp_path: Path, clock: FakeClock) -> None:
    fault = {"on": "start", "requests": "1", "fault": "http", "code": 429, "retry_after": "3600"}
    record, _ = poll(tmp_path, clock, PASSING, [fault], timeout="60s")

    # The run has its own 60 seconds from its start.
    assert (True, None) == (record.ended, record.stop)
    assert 80 <= clock.time <= 90


def test_a_status_that_has_to_wait_longer_than_the_timeout_is_requested_once_more_at_its_end(
    tmp_path: Path, clock: FakeClock
) -> None:
    fault = {"on": "status", "fault": "http", "code": 503, "retry_after": "86400"}
    record, events = poll(tmp_path, clock, PASSING, [fault], timeout="60s")

    assert [Retrying("Pizza", "status", 60.0, "the platform replied 503 and asked to wait 24h")] == events[1:]
    assert record.stop is not None
    assert (
        "The test run did not end within 1m (timeout): the platform replied 503 and asked to wait 24h."
        == record.stop.message
    )


def test_one_wish_to_wait_for_a_day_does_not_lose_a_run_that_has_ended(tmp_path: Path, clock: FakeClock) -> None:
    fault = {"on": "status", "requests": "1", "fault": "http", "code": 503, "retry_after": "86400"}
    record, _ = poll(tmp_path, clock, PASSING, [fault], timeout="60s")

    assert (True, None, 60.0) == (record.ended, record.stop, clock.time)


def test_the_delay_that_is_reported_is_the_one_that_is_waited(tmp_path: Path, clock: FakeClock) -> None:
    faults: list[dict[str, Any]] = [
        {"on": "start", "requests": "1-3", "fault": "rate-limited"},
        {"on": "status", "fault": "http", "code": 503, "retry_after": "7"},
    ]
    _, events = poll(tmp_path, clock, PASSING, faults, timeout="20s")

    delays = [event.delay for event in events if isinstance(event, Retrying)]
    assert delays == [wait for wait in clock.waits if wait]
    assert [7.0, 7.0, 6.0] == pytest.approx(delays[3:])


def test_waiting_for_the_limit_on_status_requests_does_not_count_against_the_timeout(
    tmp_path: Path, clock: FakeClock
) -> None:
    # The hourly limit holds a poll every second back after half an hour, for half an hour.
    record, events = poll(tmp_path, clock, {**PASSING, "seconds": 3700}, timeout="40m", poll_interval="1s")

    assert (True, None) == (record.ended, record.stop)
    assert clock.time > 3600
    elapsed = [event.elapsed for event in events if isinstance(event, Progress)]
    assert max(elapsed) < 40 * 60


def test_waiting_for_the_limit_on_starts_does_not_count_against_the_timeout(tmp_path: Path, clock: FakeClock) -> None:
    slot = partial(clock.wait, 500)
    faults = [{"on": "start", "requests": "1-2", "fault": "rate-limited"}]
    record, _ = poll(tmp_path, clock, PASSING, faults, slot=slot, timeout="30s")

    assert (True, None) == (record.ended, record.stop)
    assert clock.time > 1500


def test_at_the_timeout_the_status_is_requested_once_more(tmp_path: Path, clock: FakeClock) -> None:
    record, events = poll(tmp_path, clock, {**PASSING, "seconds": 600}, timeout="10s", poll_interval="4s")

    assert [0.0, 4.0, 8.0, 10.0] == [event.elapsed for event in events if isinstance(event, Progress)]
    assert record.stop is not None
    assert StopReason(Verdict.TIMEOUT, 5, "The test run did not end within 10s (timeout).") == record.stop
    assert record.run_id is not None
    assert b'"inprogress"' in (record.reply or b"").lower()


def test_a_run_that_ends_at_the_timeout_is_judged(tmp_path: Path, clock: FakeClock) -> None:
    record, _ = poll(tmp_path, clock, {**PASSING, "seconds": 10}, timeout="10s", poll_interval="4s")

    assert (True, None) == (record.ended, record.stop)


def test_no_retry_is_announced_after_the_timeout(tmp_path: Path, clock: FakeClock) -> None:
    fault = {"on": "status", "fault": "http", "code": 503, "retry_after": "7"}
    record, events = poll(tmp_path, clock, PASSING, [fault], timeout="10s")

    # Requests at 0, 7 and 10 seconds, of which the last one has no retry.
    assert 10.0 == clock.time
    assert 2 == sum(isinstance(event, Retrying) for event in events)
    assert record.stop is not None
    assert Verdict.TIMEOUT is record.stop.verdict


def test_a_reply_that_is_no_complete_status_is_kept_in_the_record(tmp_path: Path, clock: FakeClock) -> None:
    suite = {**PASSING, "seconds": 0, "final": {"percentageCompleted": 100}}
    record, _ = poll(tmp_path, clock, suite)

    assert record.stop is not None
    assert (Verdict.ERROR, 4) == (record.stop.verdict, record.stop.exit_code)
    assert "not a status" in record.stop.message
    assert 100 == json.loads(record.reply or b"")["percentageCompleted"]


@pytest.mark.parametrize("fault", ["json-list", "json-string", "json-other"])
def test_a_reply_that_is_no_status_at_all_is_asked_for_again(tmp_path: Path, clock: FakeClock, fault: str) -> None:
    record, events = poll(tmp_path, clock, PASSING, [{"on": "status", "requests": "2-4", "fault": fault}])

    assert (True, None) == (record.ended, record.stop)
    assert 3 == sum(isinstance(event, Retrying) for event in events)


def test_a_reply_that_is_never_a_status_is_kept_in_the_record(tmp_path: Path, clock: FakeClock) -> None:
    record, _ = poll(tmp_path, clock, PASSING, [{"on": "status", "fault": "json-list"}])

    assert record.stop is not None
    assert record.stop.message.startswith("The platform returned JSON, but not")
    assert record.stop.message.endswith("10 requests in a row failed.")
    assert [1, 2] == json.loads(record.reply or b"")


def test_the_run_id_is_in_the_resume_file_before_the_first_wait(tmp_path: Path, clock: FakeClock) -> None:
    record, events = poll(tmp_path, clock, {**PASSING, "seconds": 600}, timeout="1s")

    saved = json.loads((tmp_path / "koregate-report" / "resume.json").read_bytes())
    assert record.run_id == saved["runs"]["Pizza"][0][0]
    assert not any(isinstance(event, Warned) for event in events)


def test_a_resume_file_that_cannot_be_written_is_a_warning_and_ends_no_run(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ResumeFile, "add", fail)
    record, events = poll(tmp_path, clock, PASSING)

    assert record.ended
    assert [Warned("koregate cannot save the run ids for resume: No space left on device.")] == [
        event for event in events if isinstance(event, Warned)
    ]


def test_the_reason_of_an_error_is_its_message_and_anything_else_is_a_bug() -> None:
    assert StopReason(Verdict.TIMEOUT, 5, "too late", "Wait.") == stop_reason(TimedOut("too late", advice="Wait."))
    assert StopReason(Verdict.ERROR, 4, "no reply") == stop_reason(SuiteError("no reply"))
    assert stop_reason(KeyError("x\ny")).message == (
        "Internal error (KeyError: 'x\\ny'). This is a bug in koregate. Please report it."
    )
