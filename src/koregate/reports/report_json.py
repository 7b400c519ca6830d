"""report.json: the complete result for programs."""

import io

from pydantic_core import to_json

from koregate import __version__
from koregate.judging.cases import EarlierRun, TestCase, Tolerance, case_name
from koregate.judging.facts import CIFacts
from koregate.judging.results import Counts, Figures, JobResult, MessagePair, StepCounts, StepResult, SuiteResult
from koregate.reports.report_json_schema import (
    CaseDocument,
    CIDocument,
    CountsDocument,
    EarlierRunDocument,
    FiguresDocument,
    PolicyDocument,
    ReportDocument,
    ResponseDocument,
    StepCountsDocument,
    StepDocument,
    SuiteDocument,
    SuiteFileDocument,
    ToleranceDocument,
)
from koregate.reports.report_json_words import SCHEMA_VERSION
from koregate.runs.record import SuiteSource
from koregate.text import visible


def render(job: JobResult) -> bytes:
    """The JSON report. The same job gives the same bytes."""
    # Suite by suite, because the plain values of a very large job would take gigabytes at once.
    out = io.BytesIO()
    out.write(to_json(_document(job, []), indent=1).removesuffix(b"[]\n}"))
    for number, suite in enumerate(job.suites):
        out.write(b",\n  " if number else b"[\n  ")
        out.write(to_json(_suite(suite), indent=1).replace(b"\n", b"\n  "))
    out.write(b"\n ]\n}\n")
    return out.getvalue()


def document(job: JobResult) -> ReportDocument:
    """The job as plain values."""
    return _document(job, [_suite(suite) for suite in job.suites])


def _document(job: JobResult, suites: list[SuiteDocument]) -> ReportDocument:
    target, finished = job.target, job.facts.finished
    return {
        "koregate": __version__,
        "schemaVersion": SCHEMA_VERSION,
        "verdict": str(job.verdict),
        "exitCode": job.exit_code,
        "failOn": job.fail_on,
        "finishedAt": finished.isoformat() if finished else None,
        "ci": _ci(job.facts.ci),
        "target": {
            "host": target.host,
            "streamId": target.stream_id,
            "botVersion": target.bot_version,
            "botLanguage": target.bot_language,
            "training": _visible(target.training),
        },
        "durationSeconds": round(job.seconds, 3),
        "passRate": float(job.counts.pass_rate),
        "counts": _counts(job.counts),
        "stepCounts": _step_counts(job.step_counts),
        "policy": _policy(job),
        "suites": suites,
    }


def _ci(facts: CIFacts) -> CIDocument:
    return {
        "system": facts.system or None,
        "url": facts.url or None,
        "build": facts.build or None,
        "commit": facts.commit or None,
        "commitUrl": facts.commit_url or None,
        "branch": facts.branch or None,
        "defaultBranch": facts.default_branch or None,
        "isPullRequest": facts.is_pull_request,
    }


def _policy(job: JobResult) -> PolicyDocument:
    effect, compared = job.policy, job.policy.comparison
    return {
        "tolerated": job.tolerated,
        "baseline": compared
        and {
            "source": visible(compared.source),
            "new": compared.new,
            "known": compared.known,
            "fixed": compared.fixed,
            "missing": compared.missing,
            "oldestKnownSince": compared.oldest.isoformat() if compared.oldest else None,
            "reasonAgainst": visible(compared.reason_against) or None,
        },
        "quarantine": visible(effect.quarantine) or None,
        "quarantineAdded": [visible(entry) for entry in effect.added],
        "remarks": [visible(remark) for remark in effect.remarks],
    }


def _counts(counts: Counts) -> CountsDocument:
    return {
        "total": counts.total,
        "passed": counts.passed,
        "failed": counts.failed,
        "errors": counts.errors,
        "skipped": counts.skipped,
    }


def _step_counts(steps: StepCounts) -> StepCountsDocument:
    return {"total": steps.total, "passed": steps.passed, "failed": steps.failed}


def _suite(suite: SuiteResult) -> SuiteDocument:
    return {
        "name": suite.name,
        "suite": visible(suite.suite),
        "kind": suite.kind,
        "testRunId": _visible(suite.run_id),
        "verdict": str(suite.verdict),
        "exitCode": suite.exit_code,
        "failures": [visible(failure) for failure in suite.failures],
        "doubts": [visible(doubt) for doubt in suite.doubts],
        "advice": [visible(advice) for advice in suite.advice],
        "remarks": [visible(remark) for remark in suite.remarks],
        "status": _visible(suite.platform_status),
        "startedAt": suite.started.isoformat() if suite.started else None,
        "durationSeconds": round(suite.seconds, 3),
        "nlpVersions": [visible(version) for version in suite.nlp_versions],
        "passRate": float(suite.counts.pass_rate),
        "counts": _counts(suite.counts),
        "stepCounts": _step_counts(suite.step_counts),
        "platformCounts": suite.platform_counts and _step_counts(suite.platform_counts),
        "earlierRuns": [_earlier_run(run) for run in suite.earlier_runs],
        "figures": _figures(suite.figures) if suite.figures else None,
        "suiteFile": _suite_file(suite.source) if suite.source else None,
        "steps": [_step(suite, step, cases) for step, cases in suite.cases_by_step],
    }


def _earlier_run(run: EarlierRun) -> EarlierRunDocument:
    return {
        "testRunId": visible(run.run_id),
        "verdict": str(run.verdict),
        "exitCode": run.exit_code,
        "failures": [
            {
                "input": visible(identity.input),
                "occurrence": identity.occurrence,
                "response": identity.response,
                "kind": identity.kind,
                "failureClass": str(failure.failure_class),
                "likelyConsequenceOf": failure.caused_by or None,
                "step": failure.step,
                "message": visible(failure.message),
                "expected": visible(failure.expected),
                "alternatives": list(map(visible, failure.alternatives)),
                "actual": visible(failure.actual),
            }
            for identity, failure in run.failures
        ],
        "steps": [
            {
                "step": step.number,
                "input": visible(step.input),
                "responses": list(map(visible, step.responses)),
            }
            for step in run.steps
        ],
        "stepsTotal": run.steps_total,
        "asserted": [
            {
                "input": asserted.input,
                "occurrence": asserted.occurrence,
                "kind": asserted.kind,
                "number": asserted.number,
                "isDocumented": asserted.is_documented,
            }
            for asserted in sorted(run.asserted)
        ],
    }


def _tolerance(tolerance: Tolerance) -> ToleranceDocument:
    return {
        "kind": str(tolerance.kind),
        "reason": visible(tolerance.reason),
        "owner": visible(tolerance.owner) or None,
        "until": tolerance.until.isoformat() if tolerance.until else None,
        "daysLeft": tolerance.days_left,
        "added": tolerance.is_added,
    }


def _figures(figures: Figures) -> FiguresDocument:
    return {
        "f1": None if figures.f1 is None else f"{figures.f1:f}",
        "precision": None if figures.precision is None else f"{figures.precision:f}",
        "recall": None if figures.recall is None else f"{figures.recall:f}",
        "truePositives": figures.true_positives,
        "trueNegatives": figures.true_negatives,
        "falsePositives": figures.false_positives,
        "falseNegatives": figures.false_negatives,
    }


def _suite_file(source: SuiteSource) -> SuiteFileDocument:
    return {"path": visible(source.path), "sha256": source.sha256, "utterances": source.utterances}


def _step(suite: SuiteResult, step: StepResult | None, cases: tuple[TestCase, ...]) -> StepDocument:
    return {
        "step": step.number if step else 0,
        "classname": suite.classname(step),
        "input": visible(step.input) if step else "",
        "occurrence": step.occurrence if step else 1,
        "returned": step.returned if step else True,
        "status": _visible(step.status) if step else None,
        "foldedCases": step.folded if step else 0,
        "responses": [_response(pair) for pair in step.pairs] if step else [],
        "unknownAssertions": [{"kind": visible(kind), "number": number} for kind, number in sorted(step.unknown)]
        if step
        else [],
        "cases": [_case(case, step.input if step else "") for case in cases],
    }


def _response(pair: MessagePair) -> ResponseDocument:
    return {
        "expected": _visible(pair.expected),
        "actual": _visible(pair.actual),
        "dialog": visible(pair.dialog),
        "node": visible(pair.node),
    }


def _visible(text: str | None) -> str | None:
    return None if text is None else visible(text)


def _case(case: TestCase, user_input: str) -> CaseDocument:
    return {
        "name": case_name(case, user_input),
        "response": case.response,
        "kind": case.kind,
        "outcome": str(case.outcome),
        "outcomeBeforePolicy": str(case.judged),
        "failureClass": case.failure_class and str(case.failure_class),
        "tolerance": case.tolerance and _tolerance(case.tolerance),
        "knownSince": case.known_since.isoformat() if case.known_since else None,
        "flaky": case.is_flaky,
        "likelyConsequenceOf": case.caused_by or None,
        "message": visible(case.message),
        "expected": visible(case.expected),
        "alternatives": list(map(visible, case.alternatives)),
        "actual": visible(case.actual),
    }
