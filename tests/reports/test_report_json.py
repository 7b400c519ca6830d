"""report.json and ctrf-report.json: valid by their schemas, equal in their counts, and safe with any text."""

import json
from importlib import resources
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.answers import MISSING, answer, failed_step, job_of, report_of, step

from koregate.errors import Problem
from koregate.judging.results import JobResult
from koregate.reports import ctrf, report_json
from koregate.reports.report_json_schema import schema
from koregate.runs.record import RunRecord, StopReason
from koregate.verdicts import Verdict

SCHEMA = json.loads((resources.files("koregate.reports") / "report.schema.json").read_text())
# What the schema of the format (ctrf.io, 0.0) demands of the parts that koregate writes.
_NUMBER = {"type": "integer", "minimum": 0}
_TEST = {
    "type": "object",
    "required": ["name", "status", "duration"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "status": {"enum": ["passed", "failed", "skipped", "pending", "other"]},
        "duration": {"type": "integer"},
        "suite": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        **{key: {"type": "string"} for key in ("message", "trace", "rawStatus", "type")},
    },
}
_COUNTS = ("tests", "passed", "failed", "skipped", "pending", "other", "start", "stop")
CTRF = {
    "type": "object",
    "required": ["reportFormat", "specVersion", "results"],
    "properties": {
        "reportFormat": {"const": "CTRF"},
        "specVersion": {"pattern": r"^[0-9]+\.[0-9]+\.[0-9]+$"},
        "results": {
            "required": ["tool", "summary", "tests"],
            "properties": {
                "tool": {"required": ["name"]},
                "summary": {"required": list(_COUNTS), "additionalProperties": _NUMBER},
                "tests": {"type": "array", "minItems": 1, "items": _TEST},
            },
        },
    },
}
JOBS = {
    "failed": report_of(
        Pizza=answer(step(), failed_step(), status="failed", totalTestStepsCount=4), Hours=answer(step())
    ),
    "failed with doubts": report_of(
        Pizza=answer(failed_step(), None, status="failed", totalTestStepsCount=4, result__errorDetails={"a": 1})
    ),
    "no list of steps": report_of(Pizza=answer(step(), result__executionResults=None)),
    "no reply": job_of(
        RunRecord("Pizza", "ctr-1", stop=StopReason(Verdict.TIMEOUT, 5, "No end within 30m.")), fail_on="error"
    ),
    "invalid inputs": JobResult.for_invalid_inputs([Problem("host", "is required.")]),
    "skipped": JobResult.for_skipped_job("Skipped: client-id: no credentials are given."),
}


def written(job: JobResult) -> Any:
    return json.loads(report_json.render(job))


def test_the_shipped_schema_is_the_one_of_the_types() -> None:
    assert schema() == SCHEMA, "run `make schema`"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", JOBS)
def test_reports_are_valid_and_agree_in_their_counts(name: str) -> None:
    job = JOBS[name]
    ours, theirs = written(job), json.loads(ctrf.render(job))

    jsonschema.validate(ours, SCHEMA)
    jsonschema.validate(theirs, CTRF)
    cases = [case for suite in ours["suites"] for part in suite["steps"] for case in part["cases"]]
    tests = theirs["results"]["tests"]
    summary = theirs["results"]["summary"]
    assert job.counts.total == ours["counts"]["total"] == len(cases) == len(tests) == summary["tests"]
    assert job.counts.failed + job.counts.errors == summary["failed"] == [t["status"] for t in tests].count("failed")
    assert (job.verdict, job.exit_code, job.fail_on) == (ours["verdict"], ours["exitCode"], ours["failOn"])
    assert len({test["name"] for test in tests}) == len(tests)


def test_a_failed_test_case_has_expected_and_actual() -> None:
    failed = written(JOBS["failed"])["suites"][0]["steps"][1]

    assert {
        "step": 2,
        "classname": "Pizza.step 2",
        "input": "pizza",
        "occurrence": 1,
        "returned": True,
        "status": "failed",
        "responses": [{"expected": "Which size?", "actual": "Sorry, what?", "dialog": "Welcome", "node": "Greet"}],
        "cases": [
            {
                "name": "2.1 text: pizza",
                "response": 1,
                "kind": "text",
                "outcome": "failed",
                "outcomeBeforePolicy": "failed",
                "failureClass": "wrong-text",
                "tolerance": None,
                "knownSince": None,
                "flaky": False,
                "likelyConsequenceOf": None,
                "message": 'expected "Which size?", got "Sorry, what?"',
                "expected": "Which size?",
                "alternatives": [],
                "actual": "Sorry, what?",
            }
        ],
    } == failed


def test_a_step_that_was_announced_only_is_not_returned() -> None:
    steps = written(JOBS["failed"])["suites"][0]["steps"]

    assert [(1, True, "passed"), (2, True, "failed"), (3, False, None), (4, False, None)] == [
        (part["step"], part["returned"], part["status"]) for part in steps
    ]
    assert ["3 step", "4 step"] == [part["cases"][0]["name"] for part in steps[2:]]


def test_a_step_counts_the_steps_with_the_same_input() -> None:
    (suite,) = written(report_of(Pizza=answer(step("hi"), step("bye"), step("hi"))))["suites"]

    assert [("hi", 1), ("bye", 1), ("hi", 2)] == [(part["input"], part["occurrence"]) for part in suite["steps"]]


def test_a_response_that_is_missing_on_one_side_is_null_there() -> None:
    good = step()["outputs"]
    (suite,) = written(
        report_of(Pizza=answer(step("a", expected=good, actual=[]), step("b", expected=[], actual=good)))
    )["suites"]

    silent, unexpected = (part["responses"][0] for part in suite["steps"])
    assert {"expected": "Hello", "actual": None, "dialog": "", "node": ""} == silent
    assert {"expected": None, "actual": "Hello", "dialog": "Welcome", "node": "Greet"} == unexpected


def test_a_failed_suite_has_its_failures_and_its_doubts() -> None:
    suite = written(JOBS["failed with doubts"])["suites"][0]

    assert ["The platform reports the test run as failed.", "The platform counts 1 failed step."] == suite["failures"]
    assert [
        'The platform gives errorDetails: {"a": 1}',
        "The platform announced 4 steps, but stepDetails.total is 2.",
        "The platform announced 4 steps but returned 2.",
        "stepDetails counts 1 passed step, but 0 returned steps passed.",
        "Step 2 could not be read.",
    ] == suite["doubts"]


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (answer(step()), "passed"),
        (answer(step(), result__status="odd"), "passed"),
        ({**answer(step()), "status": None}, "passed"),
        (answer(step(), status="odd", result__status="passed"), "odd"),
        (answer(step(), result=MISSING), "passed"),
    ],
)
def test_the_status_of_the_result_stands_in_for_a_missing_one(reply: Any, status: str) -> None:
    assert status == written(report_of(Pizza=reply))["suites"][0]["status"]


def test_a_run_without_a_reply_has_no_status() -> None:
    assert written(JOBS["no reply"])["suites"][0]["status"] is None


@given(st.text(alphabet=st.characters(codec=None)), st.text(alphabet=st.characters(codec=None)))
def test_any_text_is_written_as_valid_json(said: str, actual: str) -> None:
    job = report_of(Pizza=answer(failed_step(said, "Hello", actual), status="failed"))

    assert 1 == written(job)["counts"]["total"]
    assert "failed" == json.loads(ctrf.render(job))["results"]["tests"][0]["status"]
