"""ctrf-report.json: the Common Test Report Format, for the tools that read it (ctrf.io, version 0.0.0 of the spec)."""

from typing import Any

from pydantic_core import to_json

from koregate.judging.cases import Outcome, TestCase
from koregate.judging.results import JobResult, StepResult, SuiteResult
from koregate.reports.failure_text import failure_text
from koregate.text import one_line

# The format has no word for "no proof": an errored case is failed there too, so that it never looks green.
_STATUS = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.ERROR: "failed",
    Outcome.SKIPPED: "skipped",
}


def render(job: JobResult) -> bytes:
    """The CTRF report. The same job gives the same bytes."""
    counts = job.counts
    start = round(job.started.timestamp() * 1000) if job.started else 0
    summary = {
        "tests": counts.total,
        "passed": counts.passed,
        "failed": counts.failed + counts.errors,
        "pending": 0,
        "skipped": counts.skipped,
        "other": 0,
        "suites": len(job.suites),
        "start": start,
        "stop": start + round(job.seconds * 1000),
    }
    tests = [
        _test(suite, step, case, classname)
        for suite in job.suites
        for step, cases in suite.cases_by_step
        for classname in [suite.classname(step)]
        for case in cases
    ]
    results = {"tool": {"name": "koregate"}, "summary": summary, "tests": tests}
    return to_json({"reportFormat": "CTRF", "specVersion": "0.0.0", "results": results}, indent=1) + b"\n"


def _test(suite: SuiteResult, step: StepResult | None, case: TestCase, classname: str) -> dict[str, Any]:
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
    if case.is_blocking:
        test["trace"] = failure_text(suite, step, case)
    return test
