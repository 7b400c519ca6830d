"""report.json and ctrf-report.json: valid by their schemas, equal in their counts, and safe with any text."""

import json
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.answers import MISSING, answer, failed_step, job_of, put, report_of, step
from support.clock import FakeClock
from support.job import job
from support.saved import FACTS

from koregate import __version__
from koregate.errors import Problem
from koregate.judging.facts import CIFacts, JobFacts
from koregate.judging.results import JobResult
from koregate.reports import ctrf, report_json
from koregate.reports.report_json_schema import schema
from koregate.runs.record import RunRecord, StopReason
from koregate.simulator import load_scenario
from koregate.simulator.scenario_files import shipped_scenarios
from koregate.verdicts import Verdict

SCHEMA = json.loads((resources.files("koregate.reports") / "report.schema.json").read_text())
# What the schema of the format (ctrf.io, 0.0) demands of the parts that koregate writes.
_NUMBER = {"type": "integer", "minimum": 0}
_TEXT = {"type": "string"}
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
    "additionalProperties": False,
    "properties": {
        "reportFormat": {"const": "CTRF"},
        "specVersion": {"pattern": r"^[0-9]+\.[0-9]+\.[0-9]+$"},
        "timestamp": {"type": "string", "format": "date-time"},
        "generatedBy": _TEXT,
        "results": {
            "additionalProperties": False,
            "required": ["tool", "summary", "tests"],
            "properties": {
                "tool": {"required": ["name"], "properties": {"name": _TEXT, "version": _TEXT}},
                "environment": {
                    "additionalProperties": False,
                    "properties": {
                        "buildNumber": {"type": "integer"},
                        **dict.fromkeys(("buildName", "buildUrl", "commit", "branchName"), _TEXT),
                    },
                },
                "extra": {"type": "object"},
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


@pytest.mark.parametrize("name", shipped_scenarios())
def test_the_schema_fits_the_report_of_every_shipped_scenario(tmp_path: Path, clock: FakeClock, name: str) -> None:
    done, _ = job(tmp_path, clock, load_scenario(name))

    jsonschema.validate(json.loads(done.files["report.json"]), SCHEMA)
    jsonschema.validate(json.loads(done.files["ctrf-report.json"]), CTRF)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("verdict",), "green"),
        (("verdict",), None),
        (("suites", 0, "verdict"), "PASSED"),
        (("suites", 0, "steps", 0, "cases", 0, "outcome"), "ok"),
        (("suites", 0, "steps", 0, "cases", 0, "kind"), "dialog"),
        (("failOn",), "some"),
        (("target", "botVersion"), "draft"),
        (("ci", "system"), "travis"),
        (("ci", "url"), "javascript:alert(1)"),
        (("ci", "isPullRequest"), "yes"),
        (("schemaVersion",), 2),
        (("exitCode",), -1),
        (("passRate",), "72.00"),
        (("passRate",), 100.01),
        (("counts", "total"), "4"),
        (("suites", 0, "nlpVersions"), "v3"),
        (("finishedAt",), MISSING),
        (("ci",), MISSING),
    ],
)
def test_the_schema_refuses_what_koregate_never_writes(place: tuple[Any, ...], value: Any) -> None:
    report = written(JOBS["failed"])
    put(report, list(place), value)

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report, SCHEMA)


def test_fields_may_be_added_within_the_version_and_the_schema_says_so() -> None:
    report = written(JOBS["failed"])
    for part in (report, report["ci"], report["counts"], report["suites"][0], report["suites"][0]["steps"][0]):
        part["new"] = 1

    jsonschema.validate(report, SCHEMA)
    assert "additionalProperties" not in json.dumps(SCHEMA)
    assert "Fields may be added within schemaVersion 1" in SCHEMA["description"]


def test_the_schema_has_an_address_and_titles_of_words() -> None:
    titles = [field["title"] for part in SCHEMA["$defs"].values() for field in part["properties"].values()]

    assert SCHEMA["$id"].endswith("/src/koregate/reports/report.schema.json")
    assert {"Test run id", "NLP versions", "Commit URL", "Exit code"} <= set(titles)


def test_rates_are_numbers_with_two_decimals_rounded_down() -> None:
    two_of_three = report_of(Pizza=answer(step(), step(), failed_step(), status="failed"))

    report = written(two_of_three)

    assert (66.66, 66.66) == (report["passRate"], report["suites"][0]["passRate"])
    assert b'"passRate": 66.66,' in report_json.render(two_of_three)
    assert 100.0 == written(report_of(Pizza=answer(step())))["passRate"]


def test_nlp_versions_are_a_list_of_different_ones() -> None:
    (suite,) = written(report_of(Pizza=answer(step(), step(), result__nlpVersion=["v3", None, "v3", "v2"])))["suites"]

    assert ["v3", "v2"] == suite["nlpVersions"]


def ctrf_of(job: JobResult) -> Any:
    report = json.loads(ctrf.render(job))
    jsonschema.validate(report, CTRF)
    return report


def test_ctrf_tells_the_tool_the_date_and_the_build_in_its_own_fields() -> None:
    report = ctrf_of(JOBS["failed"].with_facts(FACTS, str))

    assert {"name": "koregate", "version": __version__} == report["results"]["tool"]
    assert ("2026-11-23T10:15:42+00:00", f"koregate {__version__}") == (report["timestamp"], report["generatedBy"])
    assert {
        "buildNumber": 9,
        "buildUrl": FACTS.ci.url,
        "commit": FACTS.ci.commit,
        "branchName": "feature/pizza",
    } == report["results"]["environment"]


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        ("", {}),
        ("20261123.1", {"buildName": "20261123.1"}),
        ("1" * 16, {"buildName": "1" * 16}),
        ("²", {"buildName": "²"}),
    ],
)
def test_what_is_no_number_of_a_build_is_its_name(build: str, expected: dict[str, str]) -> None:
    facts = JobFacts(ci=CIFacts(build=build))

    assert expected == ctrf_of(JOBS["failed"].with_facts(facts, str))["results"]["environment"]


def test_ctrf_spans_all_runs_and_has_the_time_of_each_suite() -> None:
    first = answer(step(), result__startTime="2026-11-23T10:00:00Z", result__duration=90_000)
    second = answer(step(), result__startTime="2026-11-23T10:01:00Z", result__duration=20_000)

    results = ctrf_of(report_of(One=first, Two=second))["results"]

    start = 1_795_428_000_000
    assert (start, start + 90_000) == (results["summary"]["start"], results["summary"]["stop"])
    assert [
        {"name": "One", "start": start, "duration": 90_000},
        {"name": "Two", "start": start + 60_000, "duration": 20_000},
    ] == results["extra"]["suites"]


def test_a_job_without_a_run_has_its_own_date_in_ctrf() -> None:
    summary = ctrf_of(JOBS["invalid inputs"].with_facts(FACTS, str))["results"]["summary"]

    assert FACTS.finished is not None
    assert summary["start"] == summary["stop"] == FACTS.finished.timestamp() * 1000


def test_a_failed_test_case_has_expected_and_actual() -> None:
    failed = written(JOBS["failed"])["suites"][0]["steps"][1]

    assert {
        "step": 2,
        "classname": "Pizza.step 2",
        "input": "pizza",
        "occurrence": 1,
        "returned": True,
        "status": "failed",
        "foldedCases": 0,
        "responses": [{"expected": "Which size?", "actual": "Sorry, what?", "dialog": "Welcome", "node": "Greet"}],
        "unknownAssertions": [],
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
        'The platform reports an error: {"a": 1}',
        "Steps 3 and 4 of 4 are missing: the platform announced 4 steps but returned 2.",
        "The platform announced 4 steps but counts 2.",
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
