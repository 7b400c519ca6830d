"""The class of each failure, and the failures that are likely consequences of an earlier one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from koregate.judging.cases import FailureClass, Outcome, TestCase
from koregate.judging.results import StepResult, SuiteResult
from koregate.judging.transcript import says_nothing

_BY_KIND = {
    "flow": FailureClass.WRONG_DIALOG,
    "text": FailureClass.WRONG_TEXT,
    "context": FailureClass.WRONG_CONTEXT,
    "intent": FailureClass.WRONG_INTENT,
    "entity": FailureClass.WRONG_ENTITY,
    "run": FailureClass.RUN,
}
# Only these kinds of test cases need a response.
_ON_RESPONSES = frozenset({"flow", "text", "context"})
# After these, the conversation is no longer where the suite expects it.
_CAUSES = frozenset({FailureClass.NO_ANSWER, FailureClass.WRONG_DIALOG})


def with_failure_classes(suite: SuiteResult) -> SuiteResult:
    """The suite with the class of each failed case and the step that likely caused it.

    Both come from the outcome before policy, the kind of the case and the bot's responses, and from nothing else. Of a
    case that policy made fail for an earlier run, they are those of its first failure.
    """
    if not any(map(_has_class, suite.cases)):
        return suite
    run_cases = tuple(
        case._replace(failure_class=FailureClass.RUN) if case.judged is Outcome.FAILED else _as_it_failed_first(case)
        for case in suite.run_cases
    )
    return replace(suite, steps=tuple(_classified(suite.steps)), run_cases=run_cases)


def _classified(steps: Sequence[StepResult]) -> Iterator[StepResult]:
    cause = 0
    for step in steps:
        if not any(map(_has_class, step.cases)):
            yield step
            continue
        cases = tuple(_classified_case(step, case, cause) for case in step.cases)
        yield step._replace(cases=cases)
        if not cause and any(case.judged is Outcome.FAILED and case.failure_class in _CAUSES for case in cases):
            cause = step.number


def _classified_case(step: StepResult, case: TestCase, cause: int) -> TestCase:
    if case.judged is not Outcome.FAILED:
        return _as_it_failed_first(case)
    failure_class = _BY_KIND.get(case.kind, FailureClass.STEP)
    actual = step.pairs[case.response - 1].actual if 0 < case.response <= len(step.pairs) else None
    is_silent = actual is None or (case.kind == "text" and says_nothing(actual))
    if case.kind in _ON_RESPONSES and is_silent:
        failure_class = FailureClass.NO_ANSWER
    return case._replace(failure_class=failure_class, caused_by=cause)


def _has_class(case: TestCase) -> bool:
    return Outcome.FAILED in (case.judged, case.outcome)


def _as_it_failed_first(case: TestCase) -> TestCase:
    """The case with the class of its first failure, if policy made it fail for that."""
    if case.outcome is not Outcome.FAILED or not case.is_flaky:
        return case
    first = case.as_it_failed(case.earlier_failures[0])
    return case._replace(failure_class=first.failure_class, caused_by=first.caused_by)
