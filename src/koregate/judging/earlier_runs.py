"""The earlier runs of a suite, added to the test cases of its last run."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from koregate.judging.cases import (
    ADDED_KINDS,
    EARLIER_RUNS,
    NOT_EXPECTED,
    CaseIdentity,
    EarlierFailure,
    EarlierRun,
    EarlierStep,
    FailureClass,
    Outcome,
    StepAssertion,
    TestCase,
)
from koregate.judging.limits import (
    MAX_INPUT_REST_BYTES,
    MAX_REST_BYTES,
    MAX_TEXT_BYTES,
    MAX_TEXTS_BYTES,
    cut_input,
    cut_text,
    input_key,
    shortened_case,
)
from koregate.judging.results import StepResult, SuiteResult
from koregate.judging.transcript import displayed_text
from koregate.text import visible
from koregate.verdicts import Verdict

# One earlier run of a job's only suite keeps that share of the texts that the job keeps of the last runs.
_SHARE = 16
# What is kept of the conversation of an earlier run: so many failed steps, each with the steps that lead to it.
_MAX_FAILED_STEPS = 20
_LEADING_STEPS = 2
_MAX_RESPONSES = 40
MAX_TURN_BYTES = 2_000
# The kinds of test cases that belong to no step.
_OF_WHOLE_RUNS = ("run", "count", *ADDED_KINDS)


def room_for_earlier_runs(suites: int) -> int:
    """The bytes of text that each of so many suites keeps of one earlier run, whatever the others keep."""
    return MAX_TEXTS_BYTES // _SHARE // max(suites, 1)


def earlier_run(suite: SuiteResult, room: int) -> EarlierRun:
    """What a run of the suite leaves for those after it: its failed cases, with texts of about `room` bytes at most."""
    run_id = suite.run_id or ""
    failures = tuple(_failures(suite, run_id, room))
    room -= sum(_size(failure) for _, failure in failures)
    failed = (step for step in suite.steps if any(_failed_as_a_whole(case) for case in step.cases))
    asserted = frozenset(assertion for step in failed for assertion in _asserted(step))
    told = tuple(_conversation(suite, room))
    return EarlierRun(
        run_id, suite.verdict, suite.exit_code, failures, told, asserted, steps_total=suite.step_counts.total
    )


def _failed_as_a_whole(case: TestCase) -> bool:
    return case.kind == "step" and case.judged is Outcome.FAILED


def _asserted(step: StepResult) -> Iterator[StepAssertion]:
    """The assertions that the step shows as passed or failed, except those on a response that nobody expects."""
    key = input_key(step.input), step.occurrence
    for case in step.cases:
        if case.response and case.judged in (Outcome.PASSED, Outcome.FAILED) and case.expected != NOT_EXPECTED:
            yield StepAssertion(*key, case.kind, case.response, is_documented=True)
    for kind, number in step.unknown:
        yield StepAssertion(*key, kind, number, is_documented=False)


def _failures(suite: SuiteResult, run_id: str, room: int) -> Iterator[tuple[CaseIdentity, EarlierFailure]]:
    for identity, case in suite.identified_cases:
        if case.judged is not Outcome.FAILED or case.failure_class is None:
            continue
        kept = shortened_case(case, MAX_TEXT_BYTES)
        if room < _size(kept):
            kept = shortened_case(kept, MAX_REST_BYTES)
        room -= _size(kept)
        texts = kept.message, kept.expected, kept.actual, kept.alternatives
        failure = EarlierFailure(run_id, case.failure_class, *texts, caused_by=case.caused_by, step=case.step)
        yield identity._replace(input=cut_input(visible(identity.input), MAX_INPUT_REST_BYTES)), failure


def _conversation(suite: SuiteResult, room: int) -> list[EarlierStep]:
    """The first failed steps with those that lead to them. The last ones are missing if there is not room for all."""
    if suite.steps_stand_alone:
        return []
    failed = [step for step in suite.steps if any(case.judged is Outcome.FAILED for case in step.cases)]
    kept: dict[int, EarlierStep] = {}
    for step in failed[:_MAX_FAILED_STEPS]:
        for number in range(step.number, max(step.number - _LEADING_STEPS, 1) - 1, -1):
            if number in kept:
                continue
            told = _told(suite.steps[number - 1])
            room -= sum(len(visible(text).encode()) for text in (told.input, *told.responses))
            if room < 0:
                return sorted(kept.values())
            kept[number] = told
    return sorted(kept.values())


def _told(step: StepResult) -> EarlierStep:
    said = [pair.actual for pair in step.pairs if pair.actual is not None][-_MAX_RESPONSES:]
    responses = tuple(cut_text(displayed_text(text), MAX_TURN_BYTES) for text in said)
    return EarlierStep(step.number, cut_text(step.input, MAX_TURN_BYTES), responses)


def _size(failed: TestCase | EarlierFailure) -> int:
    return sum(len(visible(text).encode()) for text in (failed.expected, failed.actual, *failed.alternatives))


def with_earlier_runs(suite: SuiteResult, runs: Iterable[EarlierRun]) -> SuiteResult:
    """The suite with its earlier runs. Each test case gets the failures that it had in them."""
    runs = tuple(runs)
    failures: dict[CaseIdentity, list[EarlierFailure]] = {}
    for run in runs:
        for identity, failure in run.failures:
            failures.setdefault(_key(identity), []).append(failure)
    if not failures:
        return replace(suite, earlier_runs=runs)

    def with_failures(step: StepResult | None, case: TestCase) -> TestCase:
        return case._replace(earlier_failures=tuple(failures.get(_key(suite.identity(step, case)), ())))

    suite = replace(
        suite,
        steps=tuple(
            step._replace(cases=tuple(with_failures(step, case) for case in step.cases)) for step in suite.steps
        ),
        run_cases=tuple(with_failures(None, case) for case in suite.run_cases),
        earlier_runs=runs,
    )
    return _with_the_rest(suite)


def _with_the_rest(suite: SuiteResult) -> SuiteResult:
    """The suite, in which the case that stands for all other failures has those, if a report has such a case."""
    if all(case.kind != EARLIER_RUNS for case in suite.run_cases):
        return suite
    rest = unmatched_failures(suite)
    cases = (case._replace(earlier_failures=rest) if case.kind == EARLIER_RUNS else case for case in suite.run_cases)
    return replace(suite, run_cases=tuple(cases))


def _key(identity: CaseIdentity) -> CaseIdentity:
    return identity._replace(suite="", input=input_key(identity.input))


def unmatched_failures(suite: SuiteResult) -> tuple[EarlierFailure, ...]:
    """The failures of earlier runs that no test case of the last run has.

    A step failed there without an assertion, or the run as a whole did, or the suite was changed between the runs.
    """
    if not suite.earlier_runs:
        return ()
    matched = {_key(identity) for identity, case in suite.identified_cases if case.earlier_failures}
    return tuple(failure for run in suite.earlier_runs for failure in _told_failures(run, matched))


def failures_not_shown_again(suite: SuiteResult) -> tuple[EarlierFailure, ...]:
    """The failures of earlier runs whose step or assertion the last run does not have, so that it proves nothing of it.

    The suite was changed in between, or the last run of a conversation suite lists no steps. The platform's counts
    alone decide a batch suite, so a list that is missing there proves nothing else. If the last run has fewer steps
    than an earlier one, the step that failed may be the one that was removed: steps with the same input look alike.
    """
    shorter = [run for run in suite.earlier_runs if suite.step_counts.total < run.steps_total]
    if shorter:
        return tuple(failure for run in shorter for _, failure in run.failures)
    if not suite.steps and suite.steps_stand_alone:
        return ()
    steps = {(input_key(step.input), step.occurrence) for step in suite.steps if step.returned}
    shown = {_key(identity) for identity, _ in suite.identified_cases}
    asserted = frozenset(assertion for step in suite.steps for assertion in _asserted(step))

    def is_shown(run: EarlierRun, identity: CaseIdentity, failure: EarlierFailure) -> bool:
        if identity.kind in _OF_WHOLE_RUNS:
            return True
        step = input_key(identity.input), identity.occurrence
        if step not in steps:
            return False
        if suite.steps_stand_alone or failure.expected == NOT_EXPECTED:
            # An utterance passes as a whole. A response that nobody expects passes if it does not come again.
            return True
        if identity.kind == "step":
            # Nothing says which assertion of the step failed, or it is of an undocumented kind.
            return all(each in asserted for each in run.asserted if (each.input, each.occurrence) == step)
        return _key(identity) in shown

    return tuple(
        failure
        for run in suite.earlier_runs
        for identity, failure in run.failures
        if not is_shown(run, identity, failure)
    )


def _told_failures(run: EarlierRun, matched: set[CaseIdentity]) -> Sequence[EarlierFailure]:
    unmatched = [failure for identity, failure in run.failures if _key(identity) not in matched]
    if run.verdict is Verdict.FAILED and not run.failures:
        unmatched.append(EarlierFailure(run.run_id, FailureClass.RUN, "The test run failed."))
    return unmatched


def earlier_runs_case(failures: tuple[EarlierFailure, ...]) -> TestCase:
    """The test case of the run itself that collects the failures of earlier runs that match no other test case."""
    return TestCase(0, 0, EARLIER_RUNS, Outcome.PASSED, earlier_failures=failures)
