"""report.json and ctrf-report.json: valid by their schemas, equal in their counts, and safe with any text."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.answers import TARGET, answer, failed_step, report_of, step

from koregate.errors import Problem, Verdict
from koregate.judging.results import Report
from koregate.reports import ctrf, report_json
from koregate.runs.record import Ending, Stop

SCHEMA = json.loads((resources.files("koregate.reports") / "report.schema.json").read_text())
# What the format's schema (ctrf.io, 0.0) demands of the parts that we write.
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
REPORTS = {
    "failed": report_of(
        Pizza=answer(step(), failed_step(), status="failed", totalTestStepsCount=4), Hours=answer(step())
    ),
    "no list of steps": report_of(Pizza=answer(step(), result__executionResults=None)),
    "no answer": Report.of(TARGET, "error", [Ending("Pizza", "ctr-1", stop=Stop(Verdict.TIMEOUT, 5, "Late."))]),
    "refused": Report.refused([Problem("host", "is required.")]),
}


def test_the_shipped_schema_is_the_one_of_the_types() -> None:
    assert report_json.schema() == SCHEMA, "run `make schema`"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", REPORTS)
def test_reports_are_valid_and_agree_in_their_counts(name: str) -> None:
    report = REPORTS[name]
    ours, theirs = json.loads(report_json.render(report)), json.loads(ctrf.render(report))

    jsonschema.validate(ours, SCHEMA)
    jsonschema.validate(theirs, CTRF)
    cases = [case for suite in ours["suites"] for one in suite["steps"] for case in one["cases"]]
    tests = theirs["results"]["tests"]
    summary = theirs["results"]["summary"]
    assert report.counts.total == ours["counts"]["total"] == len(cases) == len(tests) == summary["tests"]
    assert (
        report.counts.failed + report.counts.errors == summary["failed"] == [t["status"] for t in tests].count("failed")
    )
    assert (report.verdict, report.exit_code) == (ours["verdict"], ours["exitCode"])
    assert len({test["name"] for test in tests}) == len(tests)


def test_a_failed_case_tells_both_sides() -> None:
    ours = json.loads(report_json.render(REPORTS["failed"]))

    bad = ours["suites"][0]["steps"][1]
    assert ("pizza", "failed", [{"expected": "Which size?", "actual": "Sorry, what?"}]) == (
        bad["input"],
        bad["status"],
        bad["responses"],
    )
    assert ("2.1 text", "failed", "Which size?", "Sorry, what?") == tuple(
        bad["cases"][0][key] for key in ("name", "outcome", "expected", "actual")
    )
    assert ["3 step", "4 step"] == [one["cases"][0]["name"] for one in ours["suites"][0]["steps"][2:]]


@given(st.text(alphabet=st.characters(codec=None)), st.text(alphabet=st.characters(codec=None)))
def test_any_text_is_written_as_valid_json(said: str, came: str) -> None:
    made: Any = answer(failed_step(said, "Hello", came), status="failed")
    report = report_of(Pizza=made)

    assert 1 == json.loads(report_json.render(report))["counts"]["total"]
    assert "failed" == json.loads(ctrf.render(report))["results"]["tests"][0]["status"]
