"""ctrf-report.json: the Common Test Report Format, for the tools that read it (ctrf.io, version 0.0.0 of the spec)."""

from typing import Any

from pydantic_core import to_json

from koregate.judging.cases import Outcome, TestCase
from koregate.judging.results import JobResult, StepResult, SuiteResult
from koregate.reports.failure_text import MAX_REPORT_BYTES, CaseBytes, FailureTexts, run_first
from koregate.text import one_line

# The format has no word for "no proof": an errored case is failed there too, so that it never looks green.
_STATUS = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.ERROR: "failed",
    Outcome.SKIPPED: "skipped",
}


# The bytes of the keys of a test case, and what a failure adds to them.
_CASE_BYTES, _FAILURE_BYTES = 125, 70


def render(job: JobResult, largest: int = MAX_REPORT_BYTES) -> bytes:
    """The CTRF report, in about `largest` bytes at most. The same job gives the same bytes."""
    texts = FailureTexts(job, _size, _overhead, largest - 1_000)
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
        _test(suite, step, case, classname, texts)
        for suite in job.suites
        for step, cases in run_first(suite)
        for classname in [suite.classname(step)]
        for case in cases
    ]
    results: dict[str, Any] = {"tool": {"name": "koregate"}, "summary": summary, "tests": tests}
    if texts.cut:
        results["extra"] = {"cut": texts.cut}
    return to_json({"reportFormat": "CTRF", "specVersion": "0.0.0", "results": results}, indent=1) + b"\n"


def _overhead(suite: SuiteResult) -> CaseBytes:
    return CaseBytes(_CASE_BYTES + _size(suite.name), _FAILURE_BYTES)


def _size(text: str) -> int:
    """The bytes that a text takes in a JSON string."""
    size = len(text) if text.isascii() else len(text.encode())
    return size + text.count('"') + text.count("\\") + text.count("\n") + text.count("\t")


def _test(
    suite: SuiteResult, step: StepResult | None, case: TestCase, classname: str, texts: FailureTexts
) -> dict[str, Any]:
    test: dict[str, Any] = {
        "name": f"{classname}.{texts.name(step, case)}",
        "status": _STATUS[case.counted_as],
        # The platform measures no time for a single assertion.
        "duration": 0,
        "suite": [suite.name],
        "type": case.kind,
    }
    if case.outcome is not Outcome.PASSED:
        test["rawStatus"] = str(case.outcome)
    if case.message:
        reason = f"{one_line(case.tolerance.reason).removesuffix('.')}: " if case.tolerance else ""
        test["message"] = f"{reason}{texts.message(case)}"
    if case.is_told:
        test["trace"] = texts.text(suite, step, case)
    return test
