"""The job outputs: names, order and values."""

import json

import pytest
from support.answers import answer, failed_step, job_of, record_of, report_of, step
from support.tolerances import tolerated_job

from koregate.errors import Problem
from koregate.judging.results import JobResult
from koregate.reports.job_outputs import job_outputs
from koregate.runs.record import RunRecord, StopReason
from koregate.verdicts import Verdict

NAMES = [
    "verdict", "exit-code", "test-run-ids", "total", "passed", "failed", "errors", "skipped", "steps-total",
    "steps-passed", "steps-failed", "pass-rate", "duration-seconds", "junit-path", "json-path", "html-path",
    "ctrf-path", "failed-tests", "failed-suites", "tolerated", "flaky-tests", "new-failures", "known-failures",
    "fixed", "missing-tests", "quarantine-added", "failure-classes",
]  # fmt: skip


def test_a_failed_job_has_every_output_in_the_order_of_the_table() -> None:
    job = report_of(Pizza=answer(step(), failed_step("pizza"), step("x"), status="failed"), Pasta=answer(step()))

    outputs = job_outputs(job, "koregate-report")

    assert NAMES == list(outputs)
    assert {
        "verdict": "failed",
        "exit-code": "1",
        "test-run-ids": "ctr-1\nctr-1.2",
        "total": "4",
        "passed": "3",
        "failed": "1",
        "errors": "0",
        "skipped": "0",
        "steps-total": "4",
        "steps-passed": "3",
        "steps-failed": "1",
        "pass-rate": "75.00",
        "duration-seconds": "28.728",
        "junit-path": "koregate-report/junit.xml",
        "json-path": "koregate-report/report.json",
        "html-path": "koregate-report/report.html",
        "ctrf-path": "koregate-report/ctrf-report.json",
        "failed-tests": '["Pizza.step 2.2.1 text: pizza"]',
        "failed-suites": '["Pizza"]',
        "tolerated": "0",
        "flaky-tests": "0",
        "new-failures": "",
        "known-failures": "",
        "fixed": "",
        "missing-tests": "",
        "quarantine-added": "0",
        "failure-classes": '{"wrong-text": 1}',
    } == outputs


def test_the_pass_rate_is_rounded_down() -> None:
    outputs = job_outputs(report_of(Pizza=answer(step(), step(), failed_step(), status="failed")), "r")

    assert "66.66" == outputs["pass-rate"]


def test_a_job_with_invalid_inputs_has_every_output_too() -> None:
    outputs = job_outputs(JobResult.for_invalid_inputs([Problem("host", "is required.")]), "reports")

    assert NAMES == list(outputs)
    assert ("error", "2", "", "0.00") == tuple(
        outputs[name] for name in ("verdict", "exit-code", "test-run-ids", "pass-rate")
    )
    assert ("1", "1") == (outputs["total"], outputs["errors"])
    assert 1 == len(json.loads(outputs["failed-tests"]))
    assert ["koregate"] == json.loads(outputs["failed-suites"])


def test_a_skipped_job_has_no_failed_tests() -> None:
    outputs = job_outputs(JobResult.for_skipped_job("Skipped: no credentials."), "reports")

    assert ("skipped", "0", "1", "[]", "[]") == tuple(
        outputs[name] for name in ("verdict", "exit-code", "skipped", "failed-tests", "failed-suites")
    )


@pytest.mark.parametrize(("report_dir", "path"), [("a/b", "a/b/junit.xml"), (".", "junit.xml")])
def test_paths_are_relative_to_the_workspace(report_dir: str, path: str) -> None:
    assert path == job_outputs(report_of(Pizza=answer(step())), report_dir)["junit-path"]


def test_failed_tests_are_at_most_fifty_unique_names() -> None:
    job = report_of(Pizza=answer(*(failed_step("ünï\n::error::") for _ in range(60)), status="failed"))

    outputs = job_outputs(job, "r")
    names = json.loads(outputs["failed-tests"])

    assert ("60", 50, 50) == (outputs["failed"], len(names), len(set(names)))
    assert all("\n" not in name and "ünï" in name for name in names)
    assert "ünï" in outputs["failed-tests"]


def test_the_known_run_ids_are_listed_one_per_line() -> None:
    stop = StopReason(Verdict.ERROR, 4, "It was not started.")
    job = job_of(
        record_of("Pizza", answer(step()), "ctr-1\nforged"),
        RunRecord("Pasta", None, stop=stop),
        RunRecord("Salad", "ctr-3", stop=stop),
    )

    outputs = job_outputs(job, "r")

    assert "ctr-1 forged\nctr-3" == outputs["test-run-ids"]


def test_the_failed_suites_are_all_those_that_did_not_pass_by_their_names_in_the_reports() -> None:
    stop = StopReason(Verdict.TIMEOUT, 5, "No end within 30m.")
    job = job_of(
        record_of("Good", answer(step()), "ctr-1"),
        record_of("Bad\n::error::", answer(failed_step(), status="failed"), "ctr-2"),
        RunRecord("Late", "ctr-3", stop=stop),
    )

    assert ["Bad ::error::", "Late"] == json.loads(job_outputs(job, "r")["failed-suites"])


def test_a_tolerated_suite_is_no_failed_one() -> None:
    job = tolerated_job(report_of(Pizza=answer(step(), failed_step(), status="failed")))

    assert Verdict.TOLERATED in {suite.verdict for suite in job.suites}
    assert [] == json.loads(job_outputs(job, "r")["failed-suites"])
