"""Proof of green: one answer in, a verdict with its reasons and test cases out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from koregate.errors import EXIT_FAILED, EXIT_NO_VERDICT, EXIT_PASSED, Verdict
from koregate.judging.cases import Outcome, TestCase, cases_of, never_executed
from koregate.kore_api.conversation import word
from koregate.text import as_text, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from koregate.kore_api.conversation import StepCounts, TestRunStatus

# An absurd announcement must not fill the memory with skipped cases.
_MOST_SKIPPED = 100_000


@dataclass(frozen=True)
class Judgement:
    """What koregate makes of one answer: `reasons` says, a line each, why it is not a pass."""

    verdict: Verdict
    exit_code: int
    reasons: tuple[str, ...]
    cases: tuple[TestCase, ...]


def judge(status: TestRunStatus) -> Judgement:
    """The verdict of an ended test run.

    Any sign of failure makes it `failed`; whatever neither fails nor proves the pass is `error`, with each mismatch
    named. The test cases are red exactly when the verdict is not `passed`.
    """
    cases = step_cases(status, ended=True)
    failures, doubts = list(_failures(status)), list(_doubts(status))
    failed = [case.message for case in cases if case.outcome is Outcome.FAILED]
    errors = [case.message for case in cases if case.outcome is Outcome.ERROR]
    if failures or failed:
        if not failed:
            cases.append(TestCase(0, 0, "run", Outcome.FAILED, failures[0]))
        # What does not add up in a failed run mostly follows from its failing: it would hide the reason.
        return Judgement(Verdict.FAILED, EXIT_FAILED, tuple(failures or failed[:1]), tuple(cases))
    if doubts:
        cases.append(TestCase(0, 0, "run", Outcome.ERROR, one_line(" ".join(doubts), 1000)))
    if doubts or errors:
        return Judgement(Verdict.ERROR, EXIT_NO_VERDICT, (*doubts, *errors), tuple(cases))
    if not cases:
        cases.append(TestCase(0, 0, "run", Outcome.PASSED))
    return Judgement(Verdict.PASSED, EXIT_PASSED, (), tuple(cases))


def step_cases(status: TestRunStatus, *, ended: bool) -> list[TestCase]:
    """The test cases of every step in the answer, and a skipped one for each announced step that is not there."""
    cases = [case for number, step in enumerate(status.steps, 1) for case in cases_of(number, step, ended=ended)]
    if status.result.steps is not None:
        came = len(status.steps)
        announced = min(status.answer.announced or 0, came + _MOST_SKIPPED)
        cases += map(never_executed, range(came + 1, announced + 1))
    return cases


def _failures(status: TestRunStatus) -> Iterator[str]:
    if word(status.answer.status) == "failed" or word(status.result.status) == "failed":
        yield "The platform reports the test run as failed."
    counts = status.result.counts
    if counts and counts.failed:
        yield f"The platform counts {counts.failed} failed steps."
    # A step that failed has a failed case, so it needs no line here.


def _doubts(status: TestRunStatus) -> Iterator[str]:
    """What keeps the answer from proving a pass, one line each."""
    yield from (f"{place} in the answer is not of the documented type." for place in status.flaws)
    for place, given in (("status", status.answer.status), ("result.status", status.result.status)):
        if not given:
            yield f"The answer has no {place}."
        elif word(given) not in {"passed", "failed"}:
            yield f'{place} is "{one_line(given, 40)}", which is neither passed nor failed.'
    if status.result.error_details:
        yield f"The platform gives errorDetails: {one_line(as_text(status.result.error_details), 300)}"
    yield from _count_doubts(status)


def _count_doubts(status: TestRunStatus) -> Iterator[str]:
    announced, counts, steps = status.answer.announced, status.result.counts, status.result.steps
    if announced is None:
        yield "The answer has no totalTestStepsCount, so nothing shows that every step is there."
    elif not announced:
        yield "No step ran: totalTestStepsCount is 0."
    if steps is None:
        yield from _summary_doubts(counts)
    else:
        yield from _list_doubts(status, counts)
    if counts and announced is not None and counts.total not in (None, announced):
        yield f"{announced} steps announced, stepDetails.total is {counts.total}."
    if counts and None not in (counts.passed, counts.total) and counts.passed != counts.total:
        yield f"stepDetails counts {counts.passed} passed of {counts.total} steps."


def _summary_doubts(counts: StepCounts | None) -> Iterator[str]:
    """Without a list of steps the platform's counts are the only proof, so all of them are needed."""
    if counts is None or None in (counts.passed, counts.failed, counts.total):
        yield "The answer has neither a list of steps nor complete stepDetails."
    elif not counts.total:
        yield "No step ran: stepDetails.total is 0."


def _list_doubts(status: TestRunStatus, counts: StepCounts | None) -> Iterator[str]:
    came = len(status.steps)
    if status.answer.announced not in (None, came):
        yield f"{status.answer.announced} steps announced, {came} came."
    if not came:
        yield "No step ran: the list of steps is empty."
    if counts and counts.passed not in (None, came):
        yield f"stepDetails counts {counts.passed} passed steps, {came} steps came."
    idle = [number for number, step in enumerate(status.steps, 1) if step is not None and not step.executed]
    if idle:
        yield (
            f"Step {idle[0]} was not executed, and {len(idle) - 1} more."
            if idle[1:]
            else f"Step {idle[0]} was not executed."
        )
