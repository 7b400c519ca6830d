"""The gate policy: which failures of a job are tolerated, and why. It tolerates only above the floor."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from koregate.judging.cases import BLOCKING, EarlierFailure, TestCase, Tolerance
from koregate.judging.effect import Comparison, PolicyEffect
from koregate.judging.floor import floor_problem
from koregate.judging.results import JobResult, StepResult, SuiteResult
from koregate.policy.comparison import Counts
from koregate.policy.failed_cases import with_failed_cases
from koregate.policy.flaky import Treatment, blocking_failures, with_flaky_cases
from koregate.policy.rules import Policy
from koregate.policy.threshold import threshold_of, with_threshold_case
from koregate.policy.tolerances import EntryUse, Rules, rate_reason
from koregate.redaction.exact_names import ADVICE, is_exact
from koregate.text import number_list, one_line, visible
from koregate.verdicts import EXIT_PASSED, Verdict

_MAX_TITLE = 100
_MAX_NAMES = 10


def apply_policy(job: JobResult, policy: Policy) -> JobResult:
    """The job with its tolerances, from the outcomes before policy. Without a rule the job stays unchanged."""
    if policy.changes_nothing and not any(suite.earlier_runs for suite in job.suites):
        return job
    use = EntryUse(policy.quarantine)
    against = ""
    if policy.baseline is not None:
        against = policy.baseline.reason_against(job, policy.now, is_pull_request=policy.is_pull_request)
    names = Counter(visible(suite.suite) for suite in job.suites)
    ambiguous = frozenset(name for name, number in names.items() if number > 1)
    rules = Rules(policy, use, knows=policy.baseline is not None and not against, ambiguous=ambiguous)
    found = Counts(policy.baseline)
    suites: list[SuiteResult] = []
    remarks: list[str] = []
    for suite in job.suites:
        applied, said = _with_tolerances(suite, found, rules)
        suites.append(applied)
        remarks += said
    comparison = found.comparison(against)
    remarks += [*_name_remarks(job, policy), *_comparison_remarks(comparison), *_entry_remarks(use)]
    effect = PolicyEffect(
        comparison,
        policy.quarantine.path if policy.quarantine else "",
        tuple(entry.title for entry in use.entries if entry.is_added),
        tuple(remarks),
    )
    job = replace(job.with_suites(suites), policy=effect)
    return _with_enough_tests(job, policy.min_tests)


def _with_enough_tests(job: JobResult, least: int) -> JobResult:
    """The job. It becomes an error if it has fewer judged test cases than that, or utterances in batch suites."""
    if not least:
        return job
    judged = sum(sum(suite.judged_counts) for suite in job.suites)
    if judged >= least:
        return job
    kinds = {suite.kind for suite in job.platform_suites or job.suites}
    cases = [name for kind, name in (("conversation", "test case"), ("batch", "utterance")) if kind in kinds]
    number = f"Only {judged}" if judged else "No"
    named = " and ".join(f"{name}{'' if judged <= 1 else 's'}" for name in cases)
    parts = [name for kind, name in (("conversation", "steps"), ("batch", "utterances")) if kind in kinds]
    return job.with_error(
        f"{number} {named} {'has' if judged <= 1 else 'have'} a result, and min-tests requires {least}.",
        f"Look for {' and '.join(parts)} that were removed from the test suites, or lower min-tests.",
    )


def _with_tolerances(suite: SuiteResult, found: Counts, rules: Rules) -> tuple[SuiteResult, list[str]]:
    """The suite with its tolerances, and remarks on it."""
    rules.use.look_at(suite)
    found.look_at(suite)
    threshold = threshold_of(suite, rules.policy.min_f1)
    remarks: list[str] = []
    name = visible(suite.suite)
    if any(case.failure_class is not None for case in suite.cases):
        suite, remarks = _with_failures_let_by(suite, found, rules, threshold.tolerance if threshold else None)
    treatment = Treatment(
        rules.policy.flaky,
        lambda step, case: _excuse(suite, (step, case), found, rules),
        partial(found.marked, name),
    )
    return with_threshold_case(with_flaky_cases(suite, treatment), threshold), remarks


def _with_failures_let_by(
    suite: SuiteResult, found: Counts, rules: Rules, by_score: Tolerance | None
) -> tuple[SuiteResult, list[str]]:
    """The suite with the failures that a rule tolerates marked as tolerated, and the remarks about it."""
    problem = floor_problem(suite) if suite.verdict is Verdict.FAILED else "it did not end as failed"
    rate = rate_reason(suite, rules.policy)
    name = visible(suite.suite)
    is_held_back = name in rules.ambiguous and by_score is None
    if name in rules.ambiguous:
        problem = "another suite of the job has the same name in reports"

    def tolerated(step: StepResult | None, case: TestCase) -> TestCase:
        nonlocal is_held_back
        case = found.marked(name, step, case)
        tolerance = next(rules.tolerances(name, step, case, rate), None)
        if problem is not None:
            # The F1 score of a batch suite counts even without a list of utterances. It has its own floor.
            is_held_back = is_held_back or (tolerance is not None and by_score is None)
            tolerance = None
        tolerance = tolerance or by_score
        earlier = blocking_failures(suite, case, rules.policy.flaky)
        if tolerance is None or None in _excuses(suite, (step, case), earlier, found, rules):
            return case
        return case.tolerated(tolerance)

    applied = with_failed_cases(suite, tolerated)
    outcomes = {case.outcome for case in applied.cases}
    if suite.verdict is Verdict.FAILED and outcomes.isdisjoint(BLOCKING):
        applied = replace(applied, verdict=Verdict.TOLERATED, exit_code=EXIT_PASSED)
    title = one_line(suite.name, _MAX_TITLE)
    return applied, [f'Nothing in "{title}" is tolerated, because {problem}.'] if is_held_back else []


def _excuse(
    suite: SuiteResult, place: tuple[StepResult | None, TestCase], found: Counts, rules: Rules
) -> Tolerance | None:
    """The tolerance of a flaky case whose failures in earlier runs the rules tolerate: that of the first failure."""
    excuses = _excuses(suite, place, place[1].earlier_failures, found, rules)
    return None if None in excuses else excuses[0]


def _excuses(
    suite: SuiteResult,
    place: tuple[StepResult | None, TestCase],
    failures: Iterable[EarlierFailure],
    found: Counts,
    rules: Rules,
) -> list[Tolerance | None]:
    """What the rules for single test cases say of each of these failures in earlier runs."""
    (step, case), name = place, visible(suite.suite)
    views = (found.compared(name, step, case.as_it_failed(failure)) for failure in failures)
    return [next(rules.tolerances(name, step, view, rate=""), None) for view in views]


def _name_remarks(job: JobResult, policy: Policy) -> Iterator[str]:
    """A remark on suites with failures in which rules that name suites tolerate nothing."""
    if policy.quarantine is None and policy.baseline is None:
        return
    names = [
        f'"{one_line(suite.name, _MAX_TITLE)}"'
        for suite in job.suites
        if not is_exact(suite.suite) and any(case.failure_class is not None for case in suite.cases)
    ]
    if names:
        listed = ", ".join(names[:_MAX_NAMES]) + (f" and {len(names) - _MAX_NAMES} more" if names[_MAX_NAMES:] else "")
        yield (
            f"The quarantine file and the baseline tolerate nothing in {listed}, because reports may show that name "
            f"for several suites. {ADVICE}"
        )


def _comparison_remarks(comparison: Comparison | None) -> Iterator[str]:
    if comparison is None:
        return
    if comparison.reason_against:
        block = " Known failures block here like new ones." if comparison.known else ""
        yield f'The baseline "{comparison.source}" tolerates no known failures: {comparison.reason_against}.{block}'
    if comparison.missing:
        are = "test case of the baseline is" if comparison.missing == 1 else "test cases of the baseline are"
        yield f"{comparison.missing} {are} missing in this job. Look for steps that were removed from the test suites."


def _entry_remarks(use: EntryUse) -> Iterator[str]:
    """Remarks on entries of the quarantine file that someone should look at."""
    hidden = [entry.line for entry in use.entries if entry.hides_owner]
    if hidden:
        whose = "owner of the entry on line" if len(hidden) == 1 else "owners of the entries on lines"
        looks = "looks like an e-mail address" if len(hidden) == 1 else "look like e-mail addresses"
        yield (
            f"Quarantine: the {whose} {number_list(hidden)} {looks}, which reports do not show. Write a name or a team."
        )
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
