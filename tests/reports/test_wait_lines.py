"""The log of the wait: a line for each event, and signs of life that say what koregate is waiting for."""

import signal
from typing import get_args

import pytest

from koregate.errors import Problem
from koregate.kore_api.training import TrainingStatus
from koregate.reports.wait_lines import MAX_WAIT_LINES, WaitLog, late_signal_line, progress_text, writing_line
from koregate.runs.events import (
    Event,
    Interrupted,
    NamesTaken,
    Progress,
    Retrying,
    RunFinished,
    RunStarted,
    StillWaiting,
    SuiteImported,
    SuiteUploaded,
    TrainingSeen,
    Warned,
)
from koregate.runs.record import RunRecord

EVENTS: list[tuple[Event, str]] = [
    (RunStarted("Pizza", "ctr-1", attached=False), "[Pizza] Started test run ctr-1."),
    (RunStarted("Pizza", "ctr-1", attached=True), "[Pizza] Attaching to test run ctr-1."),
    (
        Progress("Pizza", 40.0, 13, 12.2, 20.0, changed=True),
        "[Pizza] 40% of 13 steps, 12s elapsed, about 20s left.",
    ),
    (Progress("Pizza", 40.0, 13, 12.2, 20.0, changed=False), ""),
    (
        Retrying("Pizza", "start", 1.234, "the platform replied 429"),
        "[Pizza] Retrying the start in 1.2 s: the platform replied 429.",
    ),
    (
        Retrying("Pizza", "status", 300.0, 'the platform replied 429 "Please try again after some time."'),
        '[Pizza] Retrying the status request in 5m: the platform replied 429 "Please try again after some time."',
    ),
    (
        Retrying("Pizza", "import", 1.2, "the platform replied 503"),
        "[Pizza] Retrying the import in 1.2 s: the platform replied 503.",
    ),
    (
        Retrying("Pizza", "list", 1.2, "the platform replied 503"),
        "[Pizza] Retrying the request for the list of suites in 1.2 s: the platform replied 503.",
    ),
    (SuiteUploaded("Pizza", "suites/Pizza.json", 1), "[Pizza] Uploaded suites/Pizza.json (1 byte)."),
    (SuiteUploaded("Pizza", "a\n::error::b.json", 12_345), "[Pizza] Uploaded a ::error::b.json (12.3 kB)."),
    (
        SuiteImported("Pizza", "0123456789abcdef" * 4, 1, is_new=True),
        "[Pizza] Imported as a new suite: 1 utterance, sha256 0123456789ab…",
    ),
    (
        SuiteImported("Pizza", "0123456789abcdef" * 4, 12, is_new=False),
        "[Pizza] Imported: 12 utterances, sha256 0123456789ab…",
    ),
    (NamesTaken((Problem("suite-files", "taken"),)), ""),
    (RunFinished(0, RunRecord("Pizza")), ""),
    (StillWaiting(("Pizza",)), "Still waiting for 1 test suite: Pizza."),
    (TrainingSeen(TrainingStatus("Inprogress")), "The app's model: training in progress."),
    (Interrupted(signal.SIGTERM), "Canceled by SIGTERM. Writing the reports."),
    (
        Warned("The run ids cannot be kept for resume: No space left on device."),
        "The run ids cannot be kept for resume: No space left on device.",
    ),
]


def new_log() -> WaitLog:
    return WaitLog(timeout=1_800, stall_timeout=600)


@pytest.mark.parametrize(("event", "line"), EVENTS, ids=lambda value: type(value).__name__)
def test_each_event_has_its_line(event: Event, line: str) -> None:
    assert line == new_log().line(event, 0.0)


def test_every_kind_of_event_is_in_the_table() -> None:
    assert set(get_args(Event)) == {type(event) for event, _ in EVENTS}


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress("Pizza", None, None, 0, None, changed=True), "Running, 0s elapsed."),
        (Progress("Pizza", None, 13, 5, None, changed=True), "Running (13 steps), 5s elapsed."),
        (Progress("Pizza", 0.0, None, 90, None, changed=True), "0%, 1m30s elapsed."),
        (Progress("Pizza", 12.5, 1, 3600, None, changed=True), "12.5% of 1 step, 1h elapsed."),
        (Progress("Pizza", 99.0, 13, 60, 0.4, changed=True), "99% of 13 steps, 1m elapsed."),
        (Progress("Pizza", 99.0, 13, 60, 0.6, changed=True), "99% of 13 steps, 1m elapsed, about 1s left."),
    ],
)
def test_progress_tells_what_is_known_and_nothing_else(progress: Progress, text: str) -> None:
    assert text == progress_text(progress)


def test_the_name_of_a_suite_is_one_line_of_limited_length() -> None:
    log = new_log()

    assert "[a ::error::b] Started test run ctr-1." == log.line(RunStarted("a\n::error::b", "ctr-1", attached=False), 0)
    assert len("[] Started test run ctr-1.") + 60 == len(log.line(RunStarted("x" * 500, "ctr-1", attached=False), 0))


def test_a_run_without_progress_says_since_when_and_what_will_end_the_wait() -> None:
    log = new_log()
    log.line(RunStarted("Pizza", "ctr-1", attached=False), 0.0)
    first = log.line(StillWaiting(("Pizza",)), 25.0)
    log.line(Progress("Pizza", 40.0, 13, 30.0, None, changed=True), 30.0)
    fresh = log.line(StillWaiting(("Pizza",)), 35.0)
    for now in (60.0, 100.0, 160.0):
        log.line(Progress("Pizza", 40.0, 13, now, None, changed=False), now)
    stalled = log.line(StillWaiting(("Pizza",)), 160.0)

    assert "[Pizza] Still waiting for the first status, 25s after the start." == first
    assert "[Pizza] 40% of 13 steps, 35s elapsed." == fresh
    assert (
        "[Pizza] Still waiting: 40% of 13 steps, no progress for 2m10s (stall-timeout ends the wait in 7m50s)."
        == stalled
    )


def test_a_batch_suite_waits_for_utterances_and_without_a_number_only_the_share_is_told() -> None:
    log = new_log()
    log.line(Progress("A", 40.0, 130, 0.0, None, changed=True, unit="utterances"), 0.0)
    log.line(Progress("B", 40.0, None, 0.0, None, changed=True), 0.0)

    assert "[A] Still waiting: 40% of 130 utterances, no progress for 1m (" in log.line(StillWaiting(("A",)), 60.0)
    assert "[B] Still waiting: 40%, no progress for 1m (" in log.line(StillWaiting(("B",)), 60.0)


@pytest.mark.parametrize(
    ("timeout", "stall_timeout", "percent", "line"),
    [
        (
            200.0,
            600.0,
            40.0,
            "[Pizza] Still waiting: 40% of 13 steps, no progress for 2m10s (timeout ends the wait in 1m10s).",
        ),
        (200.0, 0.0, None, "[Pizza] Still waiting: no progress for 2m10s (timeout ends the wait in 1m10s)."),
        (
            100.0,
            0.0,
            40.0,
            "[Pizza] Still waiting: 40% of 13 steps, no progress for 2m10s (timeout ends the wait in 0s).",
        ),
    ],
)
def test_the_limit_that_comes_first_is_named(
    timeout: float, stall_timeout: float, percent: float | None, line: str
) -> None:
    log = WaitLog(timeout, stall_timeout)
    log.line(RunStarted("Pizza", "ctr-1", attached=False), 0.0)
    log.line(Progress("Pizza", percent, 13, 0.0, None, changed=True), 0.0)

    assert line == log.line(StillWaiting(("Pizza",)), 130.0)


def test_a_long_pause_before_a_retry_tells_what_is_left_of_it() -> None:
    log = new_log()
    log.line(RunStarted("Pizza", "ctr-1", attached=False), 0.0)
    log.line(Retrying("Pizza", "status", 300.0, "the platform replied 503"), 10.0)

    line = "[Pizza] Retrying the status request in 4m35s: the platform replied 503."
    assert line == log.line(StillWaiting(("Pizza",)), 35.0)
    assert "[Pizza] Retrying the status request in 0.0 s" in log.line(StillWaiting(("Pizza",)), 500.0)


def test_several_suites_are_reported_with_how_far_they_are_and_a_finished_one_is_not() -> None:
    log = new_log()
    for name in "ABCD":
        log.line(RunStarted(name, f"ctr-{name}", attached=False), 0.0)
    log.line(Progress("A", 40.0, 13, 1.0, None, changed=True), 10.0)
    log.line(Progress("B", None, 13, 1.0, None, changed=True), 20.0)
    log.line(Retrying("C", "status", 1.0, "x"), 20.0)
    log.line(RunFinished(3, RunRecord("D")), 20.0)

    assert (
        "Still waiting for 5 test suites: A (40%, no progress for 30s), B (no progress for 20s), C (retrying the "
        "status request) and 2 more."
    ) == log.line(StillWaiting(("A", "B", "C", "Not begun", "Not begun 2")), 40.0)


def test_names_in_a_sign_of_life_are_few_and_short() -> None:
    line = new_log().line(StillWaiting(tuple(f"{number}{'x' * 500}" for number in range(1_000))), 0.0)

    assert line.startswith("Still waiting for 1,000 test suites: 0xxx")
    assert line.endswith("and 995 more.")
    assert len(line) < 400


def test_the_same_warning_is_reported_once() -> None:
    log = new_log()

    assert ["Full.", "", "Other."] == [log.line(Warned(text), 0) for text in ("Full.", "Full.", "Other.")]


def test_after_very_many_lines_of_progress_only_run_ids_and_signs_of_life_remain() -> None:
    log = new_log()
    progress = [log.line(Progress("Pizza", n, 13, n, None, changed=True), n) for n in range(1_000)]
    retry = log.line(Retrying("Pizza", "status", 1.0, "x"), 1_000)
    started = log.line(RunStarted("Pasta", "ctr-1", attached=False), 1_000)

    assert MAX_WAIT_LINES == len(list(filter(None, progress)))
    assert "only shows that koregate is still waiting" in progress[MAX_WAIT_LINES - 1]
    assert ("", "[Pasta] Started test run ctr-1.") == (retry, started)


def test_a_signal_after_the_verdict_does_not_change_it_and_the_log_says_so() -> None:
    assert "SIGTERM received. The verdict stands. Finishing the reports." == late_signal_line(signal.SIGTERM)


def test_the_log_shows_that_koregate_is_alive_while_it_writes_large_reports() -> None:
    assert "Still writing the reports." == writing_line()
