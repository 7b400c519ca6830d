"""Contradictions within a report.json.

Every function yields one line per finding. A changed file can make a verdict worse but never better: its test cases and
doubts are the evidence, and everything else in it must agree with them.
"""

import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import cast, get_args

from koregate.inputs import MAX_RETRIES, FailOn
from koregate.judging.cases import EARLIER_RUNS, MIN_F1, Outcome, TestCase, ToleranceKind
from koregate.judging.floor import floor_problem, threshold_problem
from koregate.judging.limits import folded_message
from koregate.judging.results import Counts, JobResult, StepCounts, SuiteResult
from koregate.kore_api.conversation import ASSERTION_KINDS
from koregate.kore_api.status_reply import normalized_status
from koregate.policy.fail_on import with_exit_code
from koregate.reports import report_json_words as words
from koregate.reports.job_errors import HAD_INVALID_INPUTS
from koregate.reports.report_json_schema import CaseDocument, ReportDocument, StepDocument, SuiteDocument
from koregate.runs.record import Target
from koregate.text import one_line
from koregate.verdicts import (
    EXIT_CREDENTIALS,
    EXIT_FAILED,
    EXIT_INPUTS,
    EXIT_NO_VERDICT,
    EXIT_PASSED,
    EXIT_TIMEOUT,
    Verdict,
)

# No reply has larger numbers (kore_api.status_reply), and no run takes longer than thirty years.
MAX_NUMBER = 10**9
# The platform's status word for a run that may have passed.
_PASSED_WORDS = {"conversation": "passed", "batch": "completed"}
_EXIT_CODES: dict[Verdict, tuple[int, ...]] = {
    Verdict.PASSED: (EXIT_PASSED,),
    Verdict.SKIPPED: (EXIT_PASSED,),
    Verdict.TOLERATED: (EXIT_PASSED,),
    Verdict.FAILED: (EXIT_FAILED,),
    Verdict.TIMEOUT: (EXIT_TIMEOUT,),
    Verdict.ERROR: (EXIT_INPUTS, EXIT_CREDENTIALS, EXIT_NO_VERDICT),
    Verdict.CANCELLED: (128 + signal.SIGHUP, 128 + signal.SIGINT, 128 + signal.SIGTERM),
}
# The rules that can tolerate a test case which passed in the last run of its suite: those for single test cases.
_OF_FLAKY_CASES = (ToleranceKind.FLAKY, ToleranceKind.QUARANTINE, ToleranceKind.KNOWN, ToleranceKind.WARN_ON)
_MAX_QUOTED = 160


def quoted(text: str) -> str:
    """Untrusted text as part of a line."""
    return f'"{one_line(text, _MAX_QUOTED)}"'


def in_range(number: float, lowest: int = 0) -> bool:
    """Whether a report of koregate can have that number."""
    return lowest <= number <= MAX_NUMBER


def steps_counted(suite: SuiteResult) -> StepCounts:
    """The execution steps that a suite lists, as judging counts them."""
    passed = sum(
        normalized_status(step.status) == "passed"
        and not any(case.judged in (Outcome.FAILED, Outcome.ERROR) for case in step.cases)
        for step in suite.steps
    )
    failed = sum(any(case.judged is Outcome.FAILED for case in step.cases) for step in suite.steps)
    return StepCounts(len(suite.steps), passed, failed)


# One suite


def suite_contradictions(document: SuiteDocument, suite: SuiteResult) -> Iterator[str]:
    """Where a suite contradicts itself or does not prove its verdict. `suite` has the document's test cases."""
    if document["kind"] not in words.SUITE_KINDS:
        yield f"its kind is {quoted(document['kind'])}, which koregate never writes"
    yield from _listing_contradictions(document["steps"])
    yield from _occurrence_contradictions(document["steps"])
    for number, step in enumerate(document["steps"], 1):
        yield from _step_contradictions(number if step["step"] else 0, step, suite.kind)
    yield from _range_contradictions(document["durationSeconds"], suite.step_counts)
    yield from _step_count_contradictions(suite)
    yield from _platform_count_contradictions(suite)
    yield from _count_contradictions(document, suite.counts)
    yield from _earlier_run_contradictions(document, suite)
    yield from _policy_contradictions(document, suite)
    yield from _threshold_contradictions(suite)
    if any(case.kind == EARLIER_RUNS and not case.is_flaky for case in suite.run_cases):
        yield f"its test case {EARLIER_RUNS} is of no failure of an earlier run"
    yield from _source_contradictions(suite)
    yield from _verdict_contradictions(document, suite)


def _listing_contradictions(steps: Sequence[StepDocument]) -> Iterator[str]:
    """Steps are numbered from 1 without a gap. Step 0, the run itself, is optional and the last one."""
    for number, step in enumerate(steps, 1):
        if step["step"] not in ((number, 0) if number == len(steps) else (number,)):
            yield f"step {_number(step['step'])} is listed in the place of step {number}"
            return


def _occurrence_contradictions(steps: Sequence[StepDocument]) -> Iterator[str]:
    """Each step counts the steps up to it that have its input. A quarantine entry and a baseline rely on it."""
    counted: Counter[str] = Counter()
    for step in steps:
        counted[step["input"]] += step["returned"] and bool(step["step"])
        if step["returned"] and step["step"] and step["occurrence"] != counted[step["input"]]:
            number, occurrence = _number(step["step"]), _number(step["occurrence"])
            yield f"the occurrence of step {number} is {occurrence}, not {counted[step['input']]}"


def _step_contradictions(number: int, step: StepDocument, suite_kind: str) -> Iterator[str]:
    if not step["cases"]:
        yield f"step {number} has no test case"
    seen: set[tuple[int, str]] = set()
    for case in step["cases"]:
        name = f"{number}.{_number(case['response'])} {one_line(case['kind'], _MAX_QUOTED)}"
        yield from _case_contradictions(number, name, case, suite_kind)
        if (case["response"], case["kind"]) in seen:
            yield f"test case {name} is listed more than once"
        seen.add((case["response"], case["kind"]))
    yield from _folded_contradictions(number, step, suite_kind)


def _folded_contradictions(number: int, step: StepDocument, suite_kind: str) -> Iterator[str]:
    """The first test case of a step may stand for passed ones: no more than its responses have assertions."""
    folded = step["foldedCases"]
    if not folded:
        return
    stands = [(folded_message(folded), words.STEP, 1, Outcome.PASSED, Outcome.PASSED)] if in_range(folded, 1) else []
    first = [
        (case["message"], case["kind"], case["response"], case["outcome"], case["outcomeBeforePolicy"])
        for case in step["cases"][:1]
    ]
    # The entities of an utterance are no responses. Nothing counts them.
    is_possible = suite_kind == "batch" or folded <= len(step["responses"]) * len(ASSERTION_KINDS)
    if not number or first != stands or not is_possible:
        yield f"foldedCases of step {number} is {_number(folded)}, which its test cases and responses do not show"


def _case_contradictions(number: int, name: str, case: CaseDocument, suite_kind: str) -> Iterator[str]:
    kind, of_step, of_run = case["kind"], words.KINDS_OF_STEPS[suite_kind], words.KINDS_OF_RUNS[suite_kind]
    if kind not in of_step | of_run:
        yield f"the kind of test case {name} is {quoted(kind)}, which koregate never writes"
    elif kind not in (of_step if number else of_run):
        yield f"test case {name} has the kind {kind}, which does not belong to step {number}"
    if case["outcome"] not in words.OUTCOMES:
        yield f"the outcome of test case {name} is {quoted(case['outcome'])}, which koregate never writes"
    if not in_range(case["response"], 1 if kind in words.NUMBERED_KINDS else 0) or (
        kind in of_run and case["response"]
    ):
        yield f"the response of test case {name} is {_number(case['response'])}, which is out of range"


def _range_contradictions(seconds: float, steps: StepCounts) -> Iterator[str]:
    counted = {f"stepCounts.{name}": number for name, number in steps._asdict().items()}
    for place, number in {"durationSeconds": seconds, **counted}.items():
        if not in_range(number):
            yield f"{place} is {_number(number)}, which is out of range"


def _step_count_contradictions(suite: SuiteResult) -> Iterator[str]:
    claimed, counted = suite.step_counts, steps_counted(suite)
    # More steps may be announced than listed.
    agree = claimed[1:] == counted[1:] and claimed.total >= counted.total
    if suite.steps and not agree:
        yield f"stepCounts has {_steps(claimed)}, but the listed steps give {_steps(counted)}"


def _platform_count_contradictions(suite: SuiteResult) -> Iterator[str]:
    """The platform's counts of a batch suite with a verdict are those of its utterances."""
    counts, steps = suite.platform_counts, suite.step_counts
    if suite.kind != "batch" or suite.verdict not in (Verdict.PASSED, Verdict.TOLERATED, Verdict.FAILED):
        return
    if counts is None or counts != steps or counts.total != counts.passed + counts.failed:
        claimed = "is null" if counts is None else f"has {_steps(counts)}"
        yield f"platformCounts {claimed}, but stepCounts has {_steps(steps)}"


def _verdict_contradictions(document: SuiteDocument, suite: SuiteResult) -> Iterator[str]:
    if document["verdict"] not in words.VERDICTS:
        yield f"the verdict is {quoted(document['verdict'])}, which koregate never writes"
        return
    if suite.exit_code not in _EXIT_CODES[suite.verdict]:
        yield f"exitCode is {_number(suite.exit_code)}, but the verdict is {suite.verdict}"
    elif suite.exit_code == EXIT_INPUTS:
        yield f"{HAD_INVALID_INPUTS} (exit code {EXIT_INPUTS})"
    match suite.verdict:
        case Verdict.PASSED:
            problems = _pass_contradictions(suite)
        case Verdict.SKIPPED:
            problems = iter(["that proves nothing: no test suite was run"])
        case Verdict.TOLERATED:
            problems = _tolerance_contradictions(suite)
        case Verdict.FAILED:
            problems = _failure_contradictions(suite)
        case _:
            problems = _stop_contradictions(suite)
    yield from (f"the verdict is {suite.verdict}, but {problem}" for problem in problems)


def _pass_contradictions(suite: SuiteResult) -> Iterator[str]:
    """The proof of a pass, as far as a report can contain it."""
    counts = suite.counts
    if not suite.run_id:
        yield "it has no test run id"
    yield from (f"it has a reason against that: {one_line(reason, _MAX_QUOTED)}" for reason in suite.reasons[:1])
    if not counts.passed:
        yield "no test case passed"
    elif counts.passed != counts.total:
        yield f"{counts.total - counts.passed} of {counts.total} test cases did not pass"
    if suite.steps and len(suite.steps) != suite.step_counts.total:
        yield f"it lists {len(suite.steps)} of {suite.step_counts.total} steps"
    for place, steps in (("stepCounts", suite.step_counts), ("platformCounts", suite.platform_counts)):
        if steps is not None and (steps.failed or steps.passed != steps.total or not steps.total):
            yield f"{place} has {_steps(steps)}"
    yield from _status_contradictions(suite)


def _status_contradictions(suite: SuiteResult) -> Iterator[str]:
    if normalized_status(suite.platform_status) != _PASSED_WORDS[suite.kind]:
        yield f"the platform's status is {quoted_or_unknown(suite.platform_status)}"
    for step in suite.steps:
        if not step.returned:
            yield f"step {step.number} was not returned"
            return
        if normalized_status(step.status) != "passed":
            yield f"the platform's status of step {step.number} is {quoted_or_unknown(step.status)}"
            return


def _earlier_run_contradictions(document: SuiteDocument, suite: SuiteResult) -> Iterator[str]:
    """A suite runs again only after a failure or an error on the platform, each time as a new run."""
    # The last run has no id if its start failed.
    ids = [*filter(None, [suite.run_id]), *(run["testRunId"] for run in document["earlierRuns"])]
    if not all(ids) or len(set(ids)) < len(ids):
        yield "its earlier runs do not have test run ids of their own"
    if len(document["earlierRuns"]) > MAX_RETRIES:
        yield f"it has {len(document['earlierRuns'])} earlier runs, and koregate starts no more than {MAX_RETRIES}"
    for run in document["earlierRuns"]:
        ended = run["verdict"], run["exitCode"]
        if ended not in ((Verdict.FAILED, EXIT_FAILED), (Verdict.ERROR, EXIT_NO_VERDICT)):
            code = _number(run["exitCode"])
            yield f"koregate never repeats a suite after the verdict {quoted(run['verdict'])} with exit code {code}"
        elif run["verdict"] == Verdict.FAILED and not run["failures"]:
            yield "no test case failed in an earlier run that failed"
        for case in run["failures"]:
            if case["failureClass"] not in words.FAILURE_CLASSES:
                yield f"the class of an earlier failure is {quoted(case['failureClass'])}, which koregate never writes"


def _policy_contradictions(document: SuiteDocument, suite: SuiteResult) -> Iterator[str]:
    """Where a case's outcome, tolerance and class contradict each other."""
    claimed = [case for step in document["steps"] for case in step["cases"]]
    for case, (identity, found) in zip(claimed, suite.identified_cases, strict=True):
        name = f"{quoted(identity.input)} {one_line(case['kind'], _MAX_QUOTED)}"
        if case["outcomeBeforePolicy"] not in words.OUTCOMES_BEFORE_POLICY:
            yield (
                f"the outcome before policy of test case {name} is {quoted(case['outcomeBeforePolicy'])}, which "
                "koregate never writes"
            )
        elif case["outcome"] in words.OUTCOMES and not _policy_fits(found, case):
            yield (
                f"test case {name} is {case['outcomeBeforePolicy']} before policy, {case['outcome']} after it, and "
                f"its tolerance is {quoted(str(case['tolerance'] and case['tolerance']['kind']))}"
            )
        if case["failureClass"] != found.failure_class:
            stated = quoted_or_unknown(case["failureClass"])
            yield f"the class of test case {name} is {stated}, not {found.failure_class}"


def _policy_fits(case: TestCase, document: CaseDocument) -> bool:
    """Whether policy can have changed the outcome before it to that outcome."""
    tolerance = document["tolerance"]
    kind = tolerance["kind"] if tolerance else None
    if document["outcome"] != Outcome.TOLERATED:
        unchanged = document["outcome"] == document["outcomeBeforePolicy"]
        return kind is None and (unchanged or (case.outcome is Outcome.FAILED and case.is_flaky))
    if case.is_flaky:
        return kind in _OF_FLAKY_CASES
    return kind in words.TOLERANCES and kind != ToleranceKind.FLAKY and case.judged is Outcome.FAILED


def _threshold_contradictions(suite: SuiteResult) -> Iterator[str]:
    """The test case of min-f1 exists if it decided: either it passed and failures are tolerated, or it failed."""
    wanted = {Verdict.TOLERATED: Outcome.PASSED, Verdict.FAILED: Outcome.FAILED}.get(suite.verdict)
    others_failed = any(case.judged is Outcome.FAILED and case.kind != MIN_F1 for case in suite.cases)
    for case in suite.run_cases:
        if case.kind == MIN_F1 and (case.outcome is not wanted or not others_failed):
            yield f"its test case {MIN_F1} is {case.outcome}, which contradicts the other test cases"


def _source_contradictions(suite: SuiteResult) -> Iterator[str]:
    """Only batch suites have files, and a run of one that has a verdict is of all its utterances."""
    if suite.source is None:
        return
    if suite.kind != "batch":
        yield "it is from a suite file, which only batch suites have"
    total, utterances = suite.step_counts.total, suite.source.utterances
    if suite.verdict in (Verdict.PASSED, Verdict.TOLERATED, Verdict.FAILED) and total != utterances:
        yield f"its suite file has {_number(utterances)} utterances, but stepCounts has {_number(total)}"


def _tolerance_contradictions(suite: SuiteResult) -> Iterator[str]:
    """Nothing blocks, something is tolerated, and the run meets the floor or passed after an earlier run."""
    if any(case.is_blocking for case in suite.cases):
        yield "a test case failed or has no result"
    if not suite.tolerated:
        yield "no test case is tolerated"
    if any(case.judged is Outcome.FAILED for case in suite.cases):
        by_score = any(case.tolerance and case.tolerance.kind is ToleranceKind.THRESHOLD for case in suite.cases)
        if problem := (threshold_problem if by_score else floor_problem)(suite):
            yield f"nothing in it may be tolerated, because {problem}"
    else:
        yield from _pass_contradictions(suite)


def _failure_contradictions(suite: SuiteResult) -> Iterator[str]:
    if not suite.counts.failed:
        yield "no test case failed"
    if _run_has_an_error(suite):
        yield "the test case of the run itself is an error"
    if all(case.judged is not Outcome.FAILED for case in suite.cases):
        # Only an earlier run failed. The last one must be a pass, or else the suite had another verdict.
        yield from (
            f"only earlier runs failed, and {problem}" for problem in _pass_contradictions(suite.before_policy())
        )


def _stop_contradictions(suite: SuiteResult) -> Iterator[str]:
    """If steps have errors and no failures, judging reaches an error without a case of the run itself."""
    judged = suite.verdict is Verdict.ERROR and suite.counts.errors and not suite.counts.failed
    if not judged and not _run_has_an_error(suite):
        yield "the test case of the run itself is not an error"


def _run_has_an_error(suite: SuiteResult) -> bool:
    return any(case.outcome is Outcome.ERROR for case in suite.run_cases)


# One report


def report_contradictions(document: ReportDocument, suites: Sequence[SuiteResult]) -> Iterator[str]:
    """Where a report contradicts its suites. None of the suites contradicts itself."""
    job = JobResult.of(Target(), suites)
    if document["verdict"] != job.verdict:
        yield f"the verdict is {quoted(document['verdict'])}, but the test suites give {quoted(job.verdict)}"
    if document["failOn"] not in get_args(FailOn):
        yield f"failOn is {quoted(document['failOn'])}, which koregate never writes"
    else:
        code = with_exit_code(job, cast("FailOn", document["failOn"])).exit_code
        if document["exitCode"] != code:
            stated = _number(document["exitCode"])
            yield f"exitCode is {stated}, but the test suites give {code} with failOn {document['failOn']}"
    if not in_range(document["durationSeconds"]):
        yield f"durationSeconds is {_number(document['durationSeconds'])}, which is out of range"
    yield from _count_contradictions(document, job.counts)
    if document["policy"]["tolerated"] != job.tolerated:
        claimed = _number(document["policy"]["tolerated"])
        yield f"policy.tolerated is {claimed}, but the test suites give {job.tolerated}"
    steps = document["stepCounts"]
    counted = StepCounts(steps["total"], steps["passed"], steps["failed"])
    if counted != job.step_counts:
        yield f"stepCounts has {_steps(counted)}, but the test suites give {_steps(job.step_counts)}"


def _count_contradictions(document: SuiteDocument | ReportDocument, counts: Counts) -> Iterator[str]:
    stated = document["counts"]
    claimed = Counts(stated["passed"], stated["failed"], stated["errors"], stated["skipped"])
    if (claimed, stated["total"]) != (counts, counts.total):
        yield f"counts has {_cases(claimed, stated['total'])}, but the test cases give {_cases(counts, counts.total)}"
    elif document["passRate"] != float(counts.pass_rate):
        yield f"passRate is {_number(document['passRate'])}, but the test cases give {counts.pass_rate}"


def _steps(steps: StepCounts) -> str:
    passed, failed, total = map(_number, (steps.passed, steps.failed, steps.total))
    return f"{passed} passed and {failed} failed of {total}"


def _cases(counts: Counts, total: int) -> str:
    passed, failed, errors, skipped = map(_number, counts)
    return f"{passed} passed, {failed} failed, {errors} errors and {skipped} skipped of {_number(total)}"


def _number(number: float) -> str:
    return one_line(str(number), 40)


def quoted_or_unknown(word: str | None) -> str:
    """The same for a text that may be missing in a report."""
    return "unknown" if word is None else quoted(word)
