"""The log: a line for each event, then what failed, what is still running, and the verdict."""

import signal
from typing import get_args

import pytest
from support.answers import answer, failed_step, job_of, record_of, report_of, step

from koregate.errors import Problem
from koregate.judging.results import JobResult
from koregate.kore_api.training import TrainingStatus
from koregate.reports.log_lines import (
    event_line,
    failure_lines,
    late_signal_line,
    progress_text,
    remark_lines,
    verdict_line,
    writing_line,
)
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
from koregate.runs.record import RunRecord, StopReason
from koregate.verdicts import Verdict

EVENTS: list[tuple[Event, str]] = [
    (RunStarted("Pizza", "ctr-1", attached=False), "[Pizza] Started test run ctr-1."),
    (RunStarted("Pizza", "ctr-1", attached=True), "[Pizza] Attached to test run ctr-1."),
    (
        Progress("Pizza", 40.0, 13, 12.2, 20.0, changed=True),
        "[Pizza] Running: 40% of 13 steps, 12s elapsed, about 20s left.",
    ),
    (
        Retrying("Pizza", "start", 1.234, "the platform returned HTTP 429"),
        "[Pizza] Retrying the start in 1.2 s: the platform returned HTTP 429.",
    ),
    (
        Retrying("Pizza", "status", 15.0, "the platform returned HTTP 503"),
        "[Pizza] Retrying the status request in 15.0 s: the platform returned HTTP 503.",
    ),
    (RunFinished(0, RunRecord("Pizza")), ""),
    (StillWaiting(("Pizza",)), "Still waiting for Pizza."),
    (StillWaiting(("a", "b", "c")), "Still waiting for a, b, c."),
    (StillWaiting(("a", "b", "c", "d", "e")), "Still waiting for a, b, c and 2 more."),
    (Interrupted(signal.SIGTERM), "Cancelled by SIGTERM. Writing the reports."),
    (TrainingSeen(TrainingStatus("Inprogress")), "The app's model: training Inprogress."),
    (
        Warned("The run ids cannot be kept for resume: No space left on device."),
        "The run ids cannot be kept for resume: No space left on device.",
    ),
]


@pytest.mark.parametrize(("event", "line"), EVENTS, ids=lambda value: type(value).__name__)
def test_each_event_has_its_line(event: Event, line: str) -> None:
    assert line == event_line(event)


def test_every_kind_of_event_is_in_the_table() -> None:
    assert set(get_args(Event)) == {type(event) for event, _ in EVENTS}


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress("Pizza", None, None, 0, None, changed=True), "Running, 0s elapsed."),
        (Progress("Pizza", None, 13, 5, None, changed=True), "Running, 5s elapsed."),
        (Progress("Pizza", 0.0, None, 90, None, changed=True), "Running: 0%, 1m30s elapsed."),
        (Progress("Pizza", 12.5, 2, 3600, None, changed=True), "Running: 12.5% of 2 steps, 1h elapsed."),
        (Progress("Pizza", 99.0, 13, 60, 0.0, changed=True), "Running: 99% of 13 steps, 1m elapsed, about 0s left."),
    ],
)
def test_progress_tells_what_is_known_and_nothing_else(progress: Progress, text: str) -> None:
    assert text == progress_text(progress)


def test_the_name_of_a_suite_is_one_line_of_limited_length() -> None:
    long = "x" * 500

    assert "[a ::error::b] Started test run ctr-1." == event_line(RunStarted("a\n::error::b", "ctr-1", attached=False))
    assert len("[] Started test run ctr-1.") + 60 == len(event_line(RunStarted(long, "ctr-1", attached=False)))
    assert len("Still waiting for , , .") + 120 == len(event_line(StillWaiting((long,) * 3)))


def test_a_signal_after_the_verdict_does_not_change_it_and_the_log_says_so() -> None:
    assert "SIGTERM received. The verdict stands; finishing the reports." == late_signal_line(signal.SIGTERM)


def test_the_log_shows_that_koregate_is_alive_while_it_writes_large_reports() -> None:
    assert "Still writing the reports." == writing_line()


def many(steps: int) -> JobResult:
    return report_of(Pizza=answer(*[failed_step(f"input {n}") for n in range(1, steps + 1)], status="failed"))


def test_a_passed_job_has_no_failures_to_tell() -> None:
    assert [] == list(failure_lines(report_of(Pizza=answer(step()))))


def test_invalid_inputs_are_told_once_and_not_again_at_the_end() -> None:
    assert [] == list(failure_lines(JobResult.for_invalid_inputs([Problem("host", "is required.")])))


def test_each_failed_step_is_followed_by_its_test_cases_and_the_last_line_counts_the_rest() -> None:
    lines = list(failure_lines(many(25)))

    assert ['FAILED Pizza, step 1 "input 1"', '  1.1 text: expected "Which size?", got "Sorry, what?"'] == lines[:2]
    assert ['FAILED Pizza, step 20 "input 20"', '  20.1 text: expected "Which size?", got "Sorry, what?"'] == lines[
        38:40
    ]
    assert ["… and 5 more failed steps."] == lines[40:]


def test_up_to_twenty_failed_steps_are_all_told() -> None:
    assert [f'FAILED Pizza, step {n} "input {n}"' for n in range(1, 21)] == list(failure_lines(many(20)))[::2]


def test_a_run_without_proof_has_its_doubts_as_the_message_of_the_whole_run() -> None:
    job = report_of(Pizza=answer(step(), result__status="odd", totalTestStepsCount=3))

    assert [
        "ERROR Pizza",
        (
            '  run: result.status is "odd", which is neither passed nor failed. The platform announced 3 steps, but '
            "stepDetails.total is 1. The platform announced 3 steps but returned 1."
        ),
    ] == list(failure_lines(job))


def test_a_failed_suite_with_doubts_has_all_its_reasons_on_one_line_failures_first() -> None:
    job = report_of(
        Clear=answer(failed_step(), status="failed"),
        Doubtful=answer(
            failed_step(), step(status="odd"), status="failed", result__stepDetails=None, totalTestStepsCount=3
        ),
    )

    assert [
        (
            "[Doubtful] The platform reports the test run as failed. The platform announced 3 steps but returned 2. "
            'Step 2 ended as "odd".'
        )
    ] == [line for line in failure_lines(job) if line.startswith("[")]


@pytest.mark.parametrize(
    ("reply", "lines"),
    [
        (
            answer(failed_step(), status="failed", result__errorDetails="Timed out."),
            ["FAILED Pizza", "  run: The platform gives errorDetails: Timed out."],
        ),
        (
            answer(step(), status="failed", result__errorDetails="Timed out."),
            [
                "FAILED Pizza",
                "  run: The platform reports the test run as failed. The platform gives errorDetails: Timed out.",
            ],
        ),
        (
            answer(step(), result__errorDetails="Timed out."),
            ["ERROR Pizza", "  run: The platform gives errorDetails: Timed out."],
        ),
    ],
    ids=["failed", "failed without a failed step", "no proof"],
)
def test_error_details_of_the_platform_are_told_whatever_the_verdict(reply: object, lines: list[str]) -> None:
    log = list(failure_lines(report_of(Pizza=reply)))

    place = log.index(lines[0])
    assert lines == log[place : place + 2]


def test_only_runs_that_are_still_running_are_offered_for_attaching() -> None:
    late = RunRecord("Late", "ctr-1", stop=StopReason(Verdict.TIMEOUT, 5, "No end within 30m."))
    later = RunRecord("Later", "ctr-2", stop=StopReason(Verdict.TIMEOUT, 5, "No end within 30m."))
    never = RunRecord("Never", None, stop=StopReason(Verdict.ERROR, 3, "The platform rejected the token."))
    ended = record_of("Ended", answer(failed_step(), status="failed"), "ctr-3")

    lines = list(failure_lines(job_of(late, never, ended, later)))

    place = lines.index(
        "These test runs are still running on the platform. To attach to them, run koregate again with these inputs:"
    )
    assert [
        "  test-suites: |",
        "    Late",
        "    Later",
        "  test-run-ids: |",
        "    ctr-1",
        "    ctr-2",
    ] == lines[place + 1 :]
    assert "still running" not in "\n".join(failure_lines(job_of(never, ended)))


def test_the_names_offered_for_attaching_are_those_of_the_platform() -> None:
    stop = StopReason(Verdict.TIMEOUT, 5, "No end within 30m.")
    job = job_of(RunRecord("Pizza", "ctr-1", stop=stop), RunRecord("Pizza", "ctr-2", stop=stop))

    assert ["    Pizza", "    Pizza"] == list(failure_lines(job))[-5:-3]


@pytest.mark.parametrize(
    ("job", "line"),
    [
        (
            report_of(Pizza=answer(step())),
            "Verdict: passed (exit code 0): 1 passed, 0 failed, 0 errors, 0 skipped of 1.",
        ),
        (
            report_of(Pizza=answer(failed_step(), status="failed", totalTestStepsCount=2)),
            "Verdict: failed (exit code 1): 0 passed, 1 failed, 0 errors, 1 skipped of 2.",
        ),
        (
            report_of(Good=answer(step()), Odd=answer(step(), status="aborted")),
            (
                "Verdict: error (exit code 4): 2 passed, 0 failed, 1 errors, 0 skipped of 3. "
                'status is "aborted", which is neither passed nor failed.'
            ),
        ),
        (
            job_of(RunRecord("Late", "ctr-1", stop=StopReason(Verdict.TIMEOUT, 5, "No end\nwithin 30m."))),
            "Verdict: timeout (exit code 5): 0 passed, 0 failed, 1 errors, 0 skipped of 1. No end within 30m.",
        ),
        (
            job_of(record_of("Bad", answer(failed_step(), status="failed")), fail_on="error"),
            "Verdict: failed (exit code 0): 0 passed, 1 failed, 0 errors, 0 skipped of 1.",
        ),
        (
            JobResult.for_skipped_job("Skipped: client-id: no credentials are given."),
            (
                "Verdict: skipped (exit code 0): 0 passed, 0 failed, 0 errors, 1 skipped of 1. "
                "Skipped: client-id: no credentials are given."
            ),
        ),
        (
            JobResult.for_invalid_inputs([Problem("host", "is required.")]),
            "Verdict: error (exit code 2): invalid inputs, no suite was run.",
        ),
    ],
    ids=["passed", "failed", "error", "timeout", "ignored failure", "skipped", "invalid inputs"],
)
def test_the_verdict_is_one_line(job: JobResult, line: str) -> None:
    assert line == verdict_line(job)


def test_a_long_reason_does_not_make_the_verdict_line_endless() -> None:
    stop = StopReason(Verdict.ERROR, 4, "x" * 5000)

    assert 500 == len(verdict_line(job_of(RunRecord("Pizza", stop=stop))))


def test_remarks_are_one_line_per_suite_and_only_for_the_first_suites() -> None:
    odd = {f"Suite {number:02}": answer(step(), extra=number) for number in range(12)}
    job = job_of(*(record_of(name, reply, name) for name, reply in odd.items()))
    lines = list(remark_lines(job))

    assert [f"[Suite {number:02}] Remark: " for number in range(10)] == [line[:19] for line in lines[:10]]
    assert ["… and remarks on 2 more suites. See report.html."] == lines[10:]
    assert [] == list(remark_lines(report_of(Pizza=answer(step()))))
    assert [] == list(failure_lines(job))
