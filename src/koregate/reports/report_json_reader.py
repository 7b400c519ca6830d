"""report.json read back: the reports of several jobs, such as the shards of a job matrix, become one result.

A report's own verdict is compared with its test cases and never trusted.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count, islice
from typing import NamedTuple, cast

from koregate.inputs import FailOn, SuiteKindName
from koregate.judging.cases import (
    CaseIdentity,
    EarlierFailure,
    EarlierRun,
    EarlierStep,
    FailureClass,
    Outcome,
    StepAssertion,
    TestCase,
    Tolerance,
    ToleranceKind,
    unique_names,
)
from koregate.judging.earlier_runs import with_earlier_runs
from koregate.judging.facts import JobFacts, common_facts
from koregate.judging.failure_class import with_failure_classes
from koregate.judging.redacted_results import redacted_suite, redacted_target
from koregate.judging.results import (
    GATE,
    MAX_MESSAGE,
    Figures,
    JobResult,
    MessagePair,
    StepCounts,
    StepResult,
    SuiteResult,
)
from koregate.kore_api.batch import figure
from koregate.policy.fail_on import with_exit_code
from koregate.reports import report_json_checks as checks
from koregate.reports import report_json_merge_checks as merge_checks
from koregate.reports import report_json_words as words
from koregate.reports.job_errors import run_again
from koregate.reports.report_json_file import Report, job_facts, moment_of, read_reports
from koregate.reports.report_json_merge_checks import Finding
from koregate.reports.report_json_schema import (
    CaseDocument,
    FiguresDocument,
    ReportDocument,
    StepDocument,
    SuiteDocument,
    SuiteFileDocument,
    ToleranceDocument,
)
from koregate.runs.record import SuiteSource, Target
from koregate.text import one_line
from koregate.verdicts import EXIT_NO_VERDICT, Verdict

_MAX_FINDINGS = 20
# junit.xml would lose a blocking case without a text.
_NO_MESSAGE = "(no message)"


def merge_reports(
    files: Sequence[tuple[str, bytes]],
    fail_on: FailOn,
    expected_suites: Sequence[str] = (),
    redact: Callable[[str], str] = str,
    *,
    now: datetime,
) -> JobResult:
    """The result of the suites of all files, in their order. Each file is given with its path. `now` is in UTC.

    `redact` is applied to every text, after the checks: redacted, a report would not agree with itself.

    A suite that contradicts itself becomes an `error` that names the contradictions. Problems of a report itself or
    between the reports become an `error` of one more suite, named koregate. `expected_suites` are the names of all
    suites that must be present, if any are given. Raises `UnusableReports` if files are not a report.json.
    """
    reports = read_reports(files)
    suites: list[SuiteResult] = []
    suites_of_reports: list[list[SuiteResult]] = []
    findings: list[Finding] = []
    newest = max((report.facts.finished for report in reports if report.facts.finished), default=None)
    for report in reports:
        checked = list(_checked_suites(report.path, report.document))
        own = [suite for suite, _ in checked]
        findings += merge_checks.untold_target(report.path, report.target, own)
        # A report's own policy has no effect here, so the suites are those before policy.
        own = [replace(suite.before_policy(), report=report.path if suite.is_gate else "") for suite in own]
        suites_of_reports.append([*_remarked(own, report.facts.finished, newest)])
        suites += suites_of_reports[-1]
        findings += _findings(report.path, _report_contradictions(report.document, checked))
        if merge_checks.is_in_future(report.facts.finished, now):
            findings += _findings(report.path, ["it says that it finished in the future. Check the clocks"])
    findings += _findings_on_all(reports, suites_of_reports, expected_suites)
    if findings:
        gate = SuiteResult(name=GATE, suite=GATE, verdict=Verdict.ERROR, exit_code=EXIT_NO_VERDICT, is_gate=True)
        suites.append(_refuted(gate, findings))
    names = unique_names(redact(suite.suite) for suite in suites)
    shown = [redacted_suite(suite, name, redact) for suite, name in zip(suites, names, strict=True)]
    job = JobResult.of(redacted_target(_common_target(reports), redact), shown)
    job = job.with_facts(common_facts(report.facts for report in reports), redact)
    return with_exit_code(job, fail_on)


class ClaimedReport(NamedTuple):
    """A report with its claims: its suites with their outcomes before and after policy, and its contradictions."""

    target: Target
    facts: JobFacts
    suites: tuple[SuiteResult, ...]
    contradictions: tuple[str, ...]


def claimed_suites(path: str, document: ReportDocument) -> ClaimedReport:
    """The suites of one report, for a comparison."""
    checked = list(_checked_suites(path, document))
    contradictions = map(str, _findings(path, _report_contradictions(document, checked)))
    refuted = [suite.doubts[0] for suite, agrees in checked if not agrees]
    refuted += map(str, merge_checks.repetitions([[suite for suite, _ in checked]]))
    return ClaimedReport(
        Report(path, document).target,
        job_facts(document),
        tuple(suite for suite, _ in checked),
        (*refuted, *contradictions),
    )


def _report_contradictions(document: ReportDocument, checked: Sequence[tuple[SuiteResult, bool]]) -> Iterator[str]:
    if not checked:
        yield "it has no test suite"
    elif all(agrees for _, agrees in checked):
        # Otherwise its totals disagree for a reason that is already named.
        yield from checks.report_contradictions(document, [suite for suite, _ in checked])


def _findings(path: str, contradictions: Iterable[str]) -> list[Finding]:
    """Contradictions of one report as sentences. If there are many, the last sentence counts the rest."""
    remaining = iter(contradictions)
    named = list(islice(remaining, _MAX_FINDINGS))
    if rest := sum(1 for _ in remaining):
        named.append(f"there are {rest} more contradictions")
    quoted = checks.quoted(path)
    return [
        Finding(f"The report {quoted} proves nothing: {text}.", "Re-run its job.", run_again(path, [text]))
        for text in named
    ]


def _findings_on_all(
    reports: Sequence[Report], suites: Sequence[Sequence[SuiteResult]], expected: Sequence[str]
) -> Iterator[Finding]:
    """Problems between these reports."""
    yield from merge_checks.repetitions(suites)
    compared = [report for report, own in zip(reports, suites, strict=True) if not merge_checks.tested_nothing(own)]
    yield from merge_checks.differences([(report.path, report.target) for report in compared])
    yield from merge_checks.different_jobs([(report.path, report.facts.ci) for report in reports])
    if expected:
        yield from merge_checks.unexpected_suites([suite for own in suites for suite in own], expected)


def _remarked(
    suites: Sequence[SuiteResult], finished: datetime | None, newest: datetime | None
) -> Sequence[SuiteResult]:
    """The suites of one report, with a remark if it is old."""
    remark = merge_checks.age_remark(finished, newest)
    return [replace(suite, remarks=(remark, *suite.remarks)) for suite in suites] if remark else suites


def _refuted(suite: SuiteResult, findings: Sequence[Finding]) -> SuiteResult:
    """The suite as an error for these reasons, which precede its own. All test cases of the steps stay."""
    told = list(map(str, findings))
    # Reports say once what to do about an error of the job, after all of its problems.
    texts = [finding.text for finding in findings] if suite.is_gate else told
    messages = [*told, *(case.message for case in suite.run_cases if case.message)]
    case = TestCase(0, 0, words.RUN, Outcome.ERROR, one_line(" ".join(messages), MAX_MESSAGE))
    return replace(
        suite,
        verdict=Verdict.ERROR,
        exit_code=EXIT_NO_VERDICT,
        failures=(),
        doubts=(*texts, *suite.reasons),
        advice=tuple(dict.fromkeys([*(finding.alone or finding.advice for finding in findings), *suite.advice])),
        step_counts=checks.steps_counted(suite),
        run_cases=(case,),
    )


def _common_target(reports: Sequence[Report]) -> Target:
    """What all of them tested. A value is None if they differ."""
    values = zip(*(report.target for report in reports), strict=True)
    return Target(*(different.pop() if len(different := set(value)) == 1 else None for value in values))


def _checked_suites(path: str, document: ReportDocument) -> Iterator[tuple[SuiteResult, bool]]:
    """Each suite of a report, and whether it agrees with itself."""
    names = unique_names(suite["suite"] for suite in document["suites"])
    for name, suite in zip(names, document["suites"], strict=True):
        yield _checked_suite(name, path, suite)


def _checked_suite(name: str, path: str, document: SuiteDocument) -> tuple[SuiteResult, bool]:
    """The suite, and whether it agrees with itself. If it does not, it is an error."""
    suite = _suite(name, document)
    findings = _findings(path, checks.suite_contradictions(document, suite))
    return (_refuted(suite, findings), False) if findings else (suite, True)


# A suite from its document. Values that koregate never writes become harmless here. The checks have named them.


def _suite(name: str, document: SuiteDocument) -> SuiteResult:
    counts, seconds = document["stepCounts"], document["durationSeconds"]
    steps = [step for step in document["steps"] if step["step"]]
    run_cases = [case for step in document["steps"] if not step["step"] for case in step["cases"]]
    suite = SuiteResult(
        name=name,
        suite=document["suite"],
        verdict=Verdict(document["verdict"]) if document["verdict"] in words.VERDICTS else Verdict.ERROR,
        exit_code=document["exitCode"],
        failures=tuple(document["failures"]),
        doubts=tuple(document["doubts"]),
        advice=tuple(document["advice"]),
        run_id=document["testRunId"],
        started=moment_of(document["startedAt"]),
        seconds=seconds if checks.in_range(seconds) else 0.0,
        platform_status=document["status"],
        nlp_versions=tuple(document["nlpVersions"]),
        step_counts=StepCounts(counts["total"], counts["passed"], counts["failed"]),
        steps=tuple(_step(number, step) for number, step in enumerate(steps, 1)),
        platform_counts=_platform_counts(document),
        run_cases=tuple(_case(0, 0, kind, case) for kind, case in zip(_run_kinds(run_cases), run_cases, strict=True)),
        kind=cast("SuiteKindName", document["kind"]) if document["kind"] in words.SUITE_KINDS else "conversation",
        figures=_figures(document["figures"]) if document["figures"] else None,
        remarks=tuple(document["remarks"]),
        source=_source(document["suiteFile"]) if document["suiteFile"] else None,
    )
    # report.json has no other mark for what stands for the job itself.
    is_gate = suite.suite == GATE and not suite.run_id and not suite.steps and suite.platform_status is None
    suite = replace(suite, is_gate=is_gate)
    return with_failure_classes(with_earlier_runs(suite, _earlier_runs(document)))


def _run_kinds(documents: Sequence[CaseDocument]) -> list[str]:
    return [case["kind"] if case["kind"] in words.RUN_KINDS else words.RUN for case in documents]


def _figures(document: FiguresDocument) -> Figures:
    return Figures(
        figure(document["f1"]),
        figure(document["precision"]),
        figure(document["recall"]),
        document["truePositives"],
        document["trueNegatives"],
        document["falsePositives"],
        document["falseNegatives"],
    )


def _source(document: SuiteFileDocument) -> SuiteSource:
    return SuiteSource(document["path"], document["sha256"], document["utterances"])


def _platform_counts(document: SuiteDocument) -> StepCounts | None:
    counts = document["platformCounts"]
    return counts and StepCounts(counts["total"], counts["passed"], counts["failed"])


def _earlier_runs(document: SuiteDocument) -> Iterator[EarlierRun]:
    for run in document["earlierRuns"]:
        failures = tuple(
            (
                CaseIdentity(document["suite"], case["input"], case["occurrence"], case["response"], case["kind"]),
                EarlierFailure(
                    run["testRunId"],
                    FailureClass(case["failureClass"]),
                    case["message"],
                    case["expected"],
                    case["actual"],
                    tuple(case["alternatives"]),
                    case["likelyConsequenceOf"] or 0,
                    case["step"],
                ),
            )
            for case in run["failures"]
            if case["failureClass"] in words.FAILURE_CLASSES
        )
        verdict = Verdict(run["verdict"]) if run["verdict"] in words.VERDICTS else Verdict.ERROR
        steps = tuple(EarlierStep(step["step"], step["input"], tuple(step["responses"])) for step in run["steps"])
        asserted = frozenset(
            StepAssertion(each["input"], each["occurrence"], each["kind"], each["number"], each["isDocumented"])
            for each in run["asserted"]
        )
        yield EarlierRun(run["testRunId"], verdict, run["exitCode"], failures, steps, asserted, run["stepsTotal"])


def _step(number: int, document: StepDocument) -> StepResult:
    pairs = tuple(
        MessagePair(response["expected"], response["actual"], response["dialog"], response["node"])
        for response in document["responses"]
    )
    occurrence = document["occurrence"] if checks.in_range(document["occurrence"], 1) else 1
    cases = tuple(_cases(number, document["cases"]))
    return StepResult(
        number,
        document["input"],
        document["status"],
        pairs,
        cases,
        occurrence,
        document["returned"],
        folded=document["foldedCases"] if checks.in_range(document["foldedCases"]) else 0,
        unknown=frozenset((each["kind"], each["number"]) for each in document["unknownAssertions"]),
    )


def _cases(number: int, documents: Sequence[CaseDocument]) -> Iterator[TestCase]:
    """The test cases of a step, each with a unique name."""
    places = [_place(document) for document in documents]
    unused = count(max((response for response, _ in places), default=0) + 1)
    seen: set[tuple[int, str]] = set()
    for (response, kind), document in zip(places, documents, strict=True):
        yield _case(number, next(unused) if (response, kind) in seen else response, kind, document)
        seen.add((response, kind))


def _place(document: CaseDocument) -> tuple[int, str]:
    kind, response = document["kind"], document["response"]
    return response if checks.in_range(response) else 0, kind if kind in words.STEP_KINDS else words.STEP


def _case(step: int, response: int, kind: str, document: CaseDocument) -> TestCase:
    outcome = Outcome(document["outcome"]) if document["outcome"] in words.OUTCOMES else Outcome.ERROR
    message = document["message"] if outcome is Outcome.PASSED or one_line(document["message"]) else _NO_MESSAGE
    expected, actual, alternatives = document["expected"], document["actual"], tuple(document["alternatives"])
    before = document["outcomeBeforePolicy"]
    tolerance = document["tolerance"] and _tolerance(document["tolerance"])
    if before == Outcome.TOLERATED or (outcome is Outcome.TOLERATED and (tolerance is None or before == outcome)):
        outcome, before = Outcome.ERROR, Outcome.ERROR
    return TestCase(
        step,
        response,
        kind,
        outcome,
        message,
        expected,
        actual,
        alternatives,
        before_policy=Outcome(before) if before != outcome and before in words.OUTCOMES else None,
        tolerance=tolerance if outcome is Outcome.TOLERATED else None,
        known_since=moment_of(document["knownSince"]),
    )


def _tolerance(document: ToleranceDocument) -> Tolerance | None:
    if document["kind"] not in words.TOLERANCES:
        return None
    return Tolerance(ToleranceKind(document["kind"]), document["reason"])
