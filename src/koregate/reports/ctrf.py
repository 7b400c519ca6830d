"""ctrf-report.json: the Common Test Report Format, for tools that read it (ctrf.io, version 0.0.0 of the spec)."""

from datetime import datetime
from typing import Any

from pydantic_core import to_json

from koregate import __version__
from koregate.judging.cases import Outcome, TestCase
from koregate.judging.facts import CIFacts
from koregate.judging.results import JobResult, StepResult, SuiteResult
from koregate.reports.failure_text import MAX_REPORT_BYTES, CaseBytes, FailureTexts, run_first
from koregate.text import one_line

# The format has no status for an error. An errored case is failed there, so that it never looks like a pass.
_STATUS = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.ERROR: "failed",
    Outcome.SKIPPED: "skipped",
}

# The current version of the format, although it does not look like one.
_SPEC_VERSION = "0.0.0"
# The format requires a duration for each test case.
_ON_DURATIONS = "The platform measures no time for single test cases, so their durations are 0. Suites have durations."
# Some readers cannot represent a larger integer (IEEE 754).
_MAX_DIGITS = 15
# The bytes of a test case's keys, those that a failure adds, those of a suite, and those of everything else.
_CASE_BYTES, _FAILURE_BYTES, _SUITE_BYTES, _HEAD_BYTES = 125, 70, 120, 5_000
# The bytes of the keys that say how often a test case ran again.
_RETRIES_BYTES = 50


def render(job: JobResult, largest: int = MAX_REPORT_BYTES) -> bytes:
    """The CTRF report, in about `largest` bytes at most. The same job gives the same bytes."""
    suites = [_suite(suite) for suite in job.suites]
    taken = _HEAD_BYTES + sum(_SUITE_BYTES + _size(suite.name) for suite in job.suites)
    taken += _RETRIES_BYTES * sum(bool(case.earlier_failures) for suite in job.suites for case in suite.cases)
    texts = FailureTexts(job, _size, _overhead, largest - taken)
    counts = job.counts
    start, stop = _span(job)
    summary = {
        "tests": counts.total,
        "passed": counts.passed,
        "failed": counts.failed + counts.errors,
        "pending": 0,
        "skipped": counts.skipped,
        "other": 0,
        "suites": len(job.suites),
        "start": start,
        "stop": stop,
    }
    tests = [
        _test(suite, step, case, classname, texts)
        for suite in job.suites
        for step, cases in run_first(suite)
        for classname in [suite.classname(step)]
        for case in cases
    ]
    extra: dict[str, Any] = {"durations": _ON_DURATIONS, "suites": suites}
    results: dict[str, Any] = {
        "tool": {"name": "koregate", "version": __version__},
        "summary": summary,
        "tests": tests,
        "environment": _environment(job.facts.ci),
        "extra": extra | ({"cut": texts.cut} if texts.cut else {}),
    }
    report: dict[str, Any] = {
        "reportFormat": "CTRF",
        "specVersion": _SPEC_VERSION,
        "generatedBy": f"koregate {__version__}",
    }
    if job.facts.finished:
        report["timestamp"] = job.facts.finished.isoformat()
    return to_json({**report, "results": results}, indent=1) + b"\n"


def _span(job: JobResult) -> tuple[int, int]:
    """When the first run started and the last one ended. If none started, when the job finished."""
    finished = _milliseconds(job.facts.finished) if job.facts.finished else 0
    starts = [_milliseconds(suite.started) for suite in job.suites if suite.started]
    ends = [_milliseconds(suite.started) + round(suite.seconds * 1000) for suite in job.suites if suite.started]
    return min(starts, default=finished), max(ends, default=finished)


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _environment(ci: CIFacts) -> dict[str, Any]:
    """What the CI system says about the job, in the format's fields. The format requires an integer build number."""
    is_number = ci.build.isascii() and ci.build.isdigit() and len(ci.build) <= _MAX_DIGITS
    facts = {
        "buildName": "" if is_number else ci.build,
        "buildNumber": int(ci.build) if is_number else None,
        "buildUrl": ci.url,
        "commit": ci.commit,
        "branchName": ci.branch,
    }
    return {name: value for name, value in facts.items() if value not in ("", None)}


def _suite(suite: SuiteResult) -> dict[str, Any]:
    """The times of a suite, measured by the platform."""
    start = {"start": _milliseconds(suite.started)} if suite.started else {}
    return {"name": suite.name, **start, "duration": round(suite.seconds * 1000)}


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
    reason = one_line(case.tolerance.reason).removesuffix(".") if case.tolerance else ""
    if message := ": ".join(filter(None, (reason, texts.message(case)))):
        test["message"] = message
    if case.is_told:
        own = case.earlier_failures[0] if case.is_flaky else None
        test["trace"] = texts.text(suite, step, case, own)
    if case.earlier_failures:
        # Readers of the format take a passed test with retries for flaky: others have none, although they ran again.
        test["retries"] = len(suite.earlier_runs)
        test["flaky"] = case.is_flaky
    return test
