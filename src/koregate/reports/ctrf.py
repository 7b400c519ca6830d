"""ctrf-report.json: the Common Test Report Format, for the tools that read it (ctrf.io, version 0.0.0 of the spec)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from koregate.judging.cases import Outcome
from koregate.reports.junit import body
from koregate.text import one_line

if TYPE_CHECKING:
    from koregate.judging.cases import TestCase
    from koregate.judging.results import Report, SuiteResult

# The format has no word for "no proof": an errored case is failed there too, so that it never looks green.
_STATUS = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.ERROR: "failed",
    Outcome.SKIPPED: "skipped",
}


def render(report: Report) -> bytes:
    """The CTRF report. The same report gives the same bytes."""
    counts = report.counts
    started = [suite.status.started for suite in report.suites if suite.status and suite.status.started]
    start = round(min(started).timestamp() * 1000) if started else 0
    summary = {
        "tests": counts.total,
        "passed": counts.passed,
        "failed": counts.failed + counts.errors,
        "pending": 0,
        "skipped": counts.skipped,
        "other": 0,
        "suites": len(report.suites),
        "start": start,
        "stop": start + round(report.seconds * 1000),
    }
    tests = [
        _test(suite, case, classname)
        for suite in report.suites
        for number, cases in suite.cases_by_step
        for classname in [suite.classname(number)]
        for case in cases
    ]
    results = {"tool": {"name": "koregate"}, "summary": summary, "tests": tests}
    return to_json({"reportFormat": "CTRF", "specVersion": "0.0.0", "results": results}, indent=1) + b"\n"


def _test(suite: SuiteResult, case: TestCase, classname: str) -> dict[str, Any]:
    test: dict[str, Any] = {
        "name": f"{classname}.{case.name}",
        "status": _STATUS[case.outcome],
        # The platform measures no time for a single assertion.
        "duration": 0,
        "suite": [suite.name],
        "type": case.kind,
    }
    if case.outcome is not Outcome.PASSED:
        test |= {"rawStatus": str(case.outcome), "message": one_line(case.message)}
    if case.is_red:
        test["trace"] = body(suite, case)
    return test
