"""report.json: the whole report for programs. Its JSON Schema is generated from the types below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, with_config
from pydantic_core import to_json

# pydantic wants this one before Python 3.12; it is pydantic's own dependency.
from typing_extensions import TypedDict

from koregate.text import as_text, visible

if TYPE_CHECKING:
    from koregate.judging.cases import TestCase
    from koregate.judging.results import Counts, Report, StepTotals, SuiteResult
    from koregate.kore_api.conversation import Response

SCHEMA_VERSION = 1
_CLOSED: Any = with_config({"extra": "forbid", "use_attribute_docstrings": True})


@_CLOSED
class TargetDocument(TypedDict):
    """What was tested; null where a saved answer does not tell."""

    host: str | None
    streamId: str | None
    botVersion: str | None
    botLanguage: str | None


@_CLOSED
class CountsDocument(TypedDict):
    """Test cases by outcome, as in the JUnit report."""

    total: int
    passed: int
    failed: int
    errors: int
    skipped: int


@_CLOSED
class StepCountsDocument(TypedDict):
    """Execution steps: announced or seen, proven, and failed."""

    total: int
    passed: int
    failed: int


@_CLOSED
class CaseDocument(TypedDict):
    """One test case. `response` is 0 where the case is about the whole step or run; texts are empty where it passed."""

    name: str
    response: int
    kind: str
    outcome: str
    message: str
    expected: str
    actual: str


@_CLOSED
class ResponseDocument(TypedDict):
    """One bot answer: what the suite expects and what came; null where there is none."""

    expected: str | None
    actual: str | None


@_CLOSED
class StepDocument(TypedDict):
    """One execution step with its test cases. Step 0 holds the test cases of the whole run."""

    step: int
    classname: str
    input: str
    status: str | None
    responses: list[ResponseDocument]
    cases: list[CaseDocument]


@_CLOSED
class SuiteDocument(TypedDict):
    """One test suite. `suite` is its name at the platform, `name` the same made unique and fit for one line."""

    name: str
    suite: str
    testRunId: str | None
    verdict: str
    exitCode: int
    reasons: list[str]
    status: str | None
    startedAt: str | None
    durationSeconds: float
    nlpVersions: str
    passRate: str
    counts: CountsDocument
    stepCounts: StepCountsDocument
    steps: list[StepDocument]


@_CLOSED
class ReportDocument(TypedDict):
    """The report on one job."""

    schemaVersion: int
    verdict: str
    exitCode: int
    failOn: str
    target: TargetDocument
    durationSeconds: float
    passRate: str
    counts: CountsDocument
    stepCounts: StepCountsDocument
    suites: list[SuiteDocument]


def schema() -> dict[str, Any]:
    """The JSON Schema of report.json."""
    made = TypeAdapter(ReportDocument).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": "koregate report"}


def render(report: Report) -> bytes:
    """The JSON report. The same report gives the same bytes."""
    return to_json(document(report), indent=1) + b"\n"


def document(report: Report) -> ReportDocument:
    """The report as plain values."""
    target = report.target
    return {
        "schemaVersion": SCHEMA_VERSION,
        "verdict": str(report.verdict),
        "exitCode": report.exit_code,
        "failOn": report.fail_on,
        "target": {
            "host": target.host,
            "streamId": target.stream_id,
            "botVersion": target.bot_version,
            "botLanguage": target.bot_language,
        },
        "durationSeconds": round(report.seconds, 3),
        "passRate": report.counts.pass_rate,
        "counts": _counts(report.counts),
        "stepCounts": _step_counts(report.steps),
        "suites": [_suite(suite) for suite in report.suites],
    }


def _counts(counts: Counts) -> CountsDocument:
    return {
        "total": counts.total,
        "passed": counts.passed,
        "failed": counts.failed,
        "errors": counts.errors,
        "skipped": counts.skipped,
    }


def _step_counts(steps: StepTotals) -> StepCountsDocument:
    return {"total": steps.total, "passed": steps.passed, "failed": steps.failed}


def _suite(suite: SuiteResult) -> SuiteDocument:
    status = suite.status
    return {
        "name": suite.name,
        "suite": visible(suite.ending.suite),
        "testRunId": _shown(suite.run_id),
        "verdict": str(suite.verdict),
        "exitCode": suite.judgement.exit_code,
        "reasons": [visible(reason) for reason in suite.judgement.reasons],
        "status": _shown(status.answer.status if status else None),
        "startedAt": status.started.isoformat() if status and status.started else None,
        "durationSeconds": round(suite.seconds, 3),
        "nlpVersions": visible(status.nlp_versions) if status else "",
        "passRate": suite.counts.pass_rate,
        "counts": _counts(suite.counts),
        "stepCounts": _step_counts(suite.steps),
        "steps": [_step(suite, number, cases) for number, cases in suite.cases_by_step],
    }


def _step(suite: SuiteResult, number: int, cases: list[TestCase]) -> StepDocument:
    step = suite.step(number)
    return {
        "step": number,
        "classname": suite.classname(number),
        "input": visible(suite.input_of(number)),
        "status": _shown(step.status if step else None),
        "responses": [_response(*sides) for sides in step.responses] if step else [],
        "cases": [_case(case) for case in cases],
    }


def _response(expected: Response | None, actual: Response | None) -> ResponseDocument:
    return {"expected": _said(expected), "actual": _said(actual)}


def _said(response: Response | None) -> str | None:
    return None if response is None else visible(as_text(response.text))


def _shown(text: str | None) -> str | None:
    return None if text is None else visible(text)


def _case(case: TestCase) -> CaseDocument:
    return {
        "name": case.name,
        "response": case.response,
        "kind": case.kind,
        "outcome": str(case.outcome),
        "message": visible(case.message),
        "expected": visible(case.expected),
        "actual": visible(case.actual),
    }
