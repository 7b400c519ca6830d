"""The gate policy: which failures of a job are tolerated, and why. It stands on the floor and proves nothing itself."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from koregate.judging.cases import CaseIdentity, Outcome, TestCase
from koregate.judging.effect import Comparison, PolicyEffect
from koregate.judging.floor import floor_problem
from koregate.judging.results import JobResult, StepResult, SuiteResult
from koregate.policy.baseline import Baseline, digest, shown
from koregate.policy.rules import Policy
from koregate.policy.tolerances import EntryUse, Rules, rate_reason
from koregate.text import one_line, visible
from koregate.verdicts import EXIT_PASSED, Verdict

_MAX_TITLE = 100
# Suites that were judged: their test cases are all there.
_JUDGED = (Verdict.PASSED, Verdict.FAILED)


def apply_policy(job: JobResult, policy: Policy) -> JobResult:
    """The job with its tolerances, from the outcomes before policy. Without a rule it is the same job."""
    if policy.changes_nothing:
        return job
    use = EntryUse(policy.quarantine)
    baseline = policy.baseline
    against = (
        baseline.reason_against(job.target, policy.now, is_pull_request=policy.is_pull_request) if baseline else ""
    )
    rules = Rules(policy, use, knows=baseline is not None and not against)
    suites: list[SuiteResult] = []
    remarks: list[str] = []
    for suite in job.suites:
        applied = _with_tolerances(_with_known(suite, baseline), rules)
        suites.append(applied[0])
        remarks += applied[1]
    comparison = _comparison(suites, baseline)._replace(reason_against=against) if baseline else None
    remarks += [*_comparison_remarks(comparison), *_entry_remarks(use)]
    effect = PolicyEffect(
        comparison,
        policy.quarantine.path if policy.quarantine else "",
        tuple(entry.title for entry in use.entries if entry.is_added),
        tuple(remarks),
    )
    job = replace(job.with_suites(suites), policy=effect)
    return _with_enough_tests(job, policy.min_tests)


def _with_enough_tests(job: JobResult, least: int) -> JobResult:
    """The job, as an error if it has fewer judged test cases than that."""
    judged = sum(case.judged in (Outcome.PASSED, Outcome.FAILED) for suite in job.suites for case in suite.cases)
    if judged >= least:
        return job
    return job.with_error(
        f"The job has {judged} judged test cases, and min-tests is {least}. Look for steps that were removed from the "
        "test suites, or lower min-tests."
    )


def _with_known(suite: SuiteResult, baseline: Baseline | None) -> SuiteResult:
    """The suite with the failures marked that the baseline has too."""
    if baseline is None:
        return suite

    def marked(identity: CaseIdentity, case: TestCase) -> TestCase:
        known = baseline.known(shown(identity), case)
        return case if known is None else case._replace(known_since=known.since)

    return _with_failed_cases(suite, marked)


def _with_tolerances(suite: SuiteResult, rules: Rules) -> tuple[SuiteResult, list[str]]:
    """The suite with its tolerances, and what is to be said of it."""
    for identity, case in suite.identified_cases if rules.use.entries else ():
        if case.judged is not Outcome.FAILED:
            rules.use.meet(shown(identity), case)
    problem = floor_problem(suite) if suite.verdict is Verdict.FAILED else "it did not end as failed"
    held_back: list[str] = []
    rate = rate_reason(suite, rules.policy)

    def tolerated(identity: CaseIdentity, case: TestCase) -> TestCase:
        tolerance = next(rules.tolerances(shown(identity), case, rate), None)
        if tolerance is None:
            return case
        if problem is not None:
            held_back.append(problem)
            return case
        return case.tolerated(tolerance)

    applied = _with_failed_cases(suite, tolerated)
    if suite.verdict is Verdict.FAILED and not any(case.is_blocking for case in applied.cases):
        applied = replace(applied, verdict=Verdict.TOLERATED, exit_code=EXIT_PASSED)
    name = one_line(suite.name, _MAX_TITLE)
    return applied, [f'Nothing in "{name}" is tolerated, because {held_back[0]}.'] if held_back else []


def _with_failed_cases(suite: SuiteResult, change: Callable[[CaseIdentity, TestCase], TestCase]) -> SuiteResult:
    """The suite with this change of every case that failed before policy."""

    def changed(step: StepResult | None, case: TestCase) -> TestCase:
        return change(suite.identity(step, case), case) if case.judged is Outcome.FAILED else case

    if not any(case.judged is Outcome.FAILED for case in suite.cases):
        return suite
    return replace(
        suite,
        steps=tuple(
            step._replace(cases=tuple(changed(step, case) for case in step.cases))
            if any(case.judged is Outcome.FAILED for case in step.cases)
            else step
            for step in suite.steps
        ),
        run_cases=tuple(changed(None, case) for case in suite.run_cases),
    )


def _comparison(suites: list[SuiteResult], baseline: Baseline) -> Comparison:
    new = known = fixed = 0
    oldest: datetime | None = None
    present: dict[str, set[str]] = {}
    complete: dict[str, bool] = {}
    for suite in suites:
        name = visible(suite.suite)
        there = present.setdefault(name, set())
        complete[name] = suite.before_policy().verdict in _JUDGED
        failed_before = baseline.suites[name].failed if name in baseline.suites else {}
        for identity, case in suite.identified_cases:
            own = digest(shown(identity))
            there.add(own)
            if case.judged is Outcome.FAILED:
                known += case.known_since is not None
                new += case.known_since is None
                oldest = min(filter(None, (oldest, case.known_since)), default=None)
            elif case.judged is Outcome.PASSED and not case.is_flaky and own in failed_before:
                fixed += 1
    missing = sum(
        len(suite.cases - present.get(name, set()))
        for name, suite in baseline.suites.items()
        if complete.get(name, True)
    )
    return Comparison(baseline.source, new, known, fixed, missing, oldest)


def _comparison_remarks(comparison: Comparison | None) -> Iterator[str]:
    if comparison is None:
        return
    if comparison.reason_against:
        yield f'The baseline "{comparison.source}" tolerates nothing, because {comparison.reason_against}.'
    if comparison.missing:
        are = "test case of the baseline is" if comparison.missing == 1 else "test cases of the baseline are"
        yield f"{comparison.missing} {are} missing in this job. Look for steps that were removed from the test suites."


def _entry_remarks(use: EntryUse) -> Iterator[str]:
    """Entries of the quarantine file that somebody should look at."""
    for entry in use.entries:
        if entry in use.expired:
            yield (
                f"Quarantine: {entry.title} expired on {entry.until.isoformat()}, so its failure blocks again. Fix the "
                "bot or the test, or review the entry."
            )
        elif entry not in use.matched:
            yield f"Quarantine: {entry.title} matches no step. Correct or remove it."
        elif entry not in use.failing:
            yield f"Quarantine: {entry.title} matches only steps that passed. Remove it if they are fixed."
