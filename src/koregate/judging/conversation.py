"""The verdict on a conversation suite: a pass needs proof."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from koregate.errors import UnreadableReply
from koregate.judging.assertions import step_cases, unexecuted_step_case
from koregate.judging.cases import Outcome, TestCase
from koregate.judging.results import MAX_MESSAGE, MessagePair, StepCounts, StepResult, SuiteResult
from koregate.kore_api import conversation
from koregate.kore_api.conversation import ConversationStatus, Response, normalized_status, read_status
from koregate.runs.record import RunRecord, StopReason
from koregate.text import json_as_text, one_line
from koregate.verdicts import EXIT_FAILED, EXIT_NO_VERDICT, EXIT_PASSED, Verdict

# An absurd announcement must not fill the memory with skipped cases.
_MAX_UNRETURNED_STEPS = 100_000
_MAX_DETAILS = 300
_PASSED = Verdict.PASSED, EXIT_PASSED
_FAILED = Verdict.FAILED, EXIT_FAILED
_NO_VERDICT = Verdict.ERROR, EXIT_NO_VERDICT


def judge(name: str, record: RunRecord, redact: Callable[[str], str]) -> SuiteResult:
    """The result of one suite. `name` is its name in the reports, `redact` is applied to every free text.

    Any sign of failure makes it `failed`. Whatever neither fails nor proves the pass is `error`, with each mismatch
    named. Some test case is blocking exactly if the verdict is neither `passed` nor `skipped`.
    """
    status, stop = _status(record, redact)
    if stop is not None:
        return _stopped(name, record, status, stop._replace(message=redact(stop.message)))
    steps = _steps(status, ended=True)
    cases = [case for step in steps for case in step.cases]
    failures, doubts = list(_failures(status)), list(_doubts(status))
    failed = [case.message for case in cases if case.outcome is Outcome.FAILED]
    errors = [case.message for case in cases if case.outcome is Outcome.ERROR]
    if failures or failed:
        verdict = _FAILED
        unexplained = [] if failed else failures
        # errorDetails belong to no step, so they need a test case whatever the steps say.
        message = " ".join([*unexplained, *_error_details(status)])
        run_cases = [_run_case(Outcome.FAILED, message)] if message else []
        failures = failures or failed[:1]
    elif doubts or errors:
        verdict = _NO_VERDICT
        run_cases = [_run_case(Outcome.ERROR, " ".join(doubts))] if doubts else []
    else:
        verdict = _PASSED
        run_cases = [] if cases else [TestCase(0, 0, "run", Outcome.PASSED)]
    described = _described(name, record, status, steps, verdict)
    return replace(described, failures=tuple(failures), doubts=(*doubts, *errors), run_cases=tuple(run_cases))


def _run_case(outcome: Outcome, message: str) -> TestCase:
    return TestCase(0, 0, "run", outcome, one_line(message, MAX_MESSAGE))


def _status(record: RunRecord, redact: Callable[[str], str]) -> tuple[ConversationStatus, StopReason | None]:
    """The status in the record's reply, and the reason if there is none to judge."""
    nothing = ConversationStatus(conversation.StatusBody())
    if record.reply is None:
        return nothing, record.stop or StopReason(Verdict.ERROR, EXIT_NO_VERDICT, "There is no reply to judge.")
    try:
        return read_status(record.reply, redact), record.stop
    except UnreadableReply as problem:
        message = str(problem)
    except ValueError:
        message = "The saved reply is not JSON."
    return nothing, record.stop or StopReason(Verdict.ERROR, EXIT_NO_VERDICT, message)


def _stopped(name: str, record: RunRecord, status: ConversationStatus, stop: StopReason) -> SuiteResult:
    outcome = Outcome.SKIPPED if stop.verdict is Verdict.SKIPPED else Outcome.ERROR
    steps = _steps(status, ended=False)
    described = _described(name, record, status, steps, (stop.verdict, stop.exit_code))
    return replace(described, doubts=(stop.message,), run_cases=(_run_case(outcome, stop.message),))


def _described(
    name: str, record: RunRecord, status: ConversationStatus, steps: list[StepResult], verdict: tuple[Verdict, int]
) -> SuiteResult:
    """The result with what the reply says of the run, without reasons."""
    return SuiteResult(
        name=name,
        suite=record.suite,
        verdict=verdict[0],
        exit_code=verdict[1],
        run_id=record.run_id or json_as_text(status.body.run_id) or None,
        still_running=record.stop is not None and not record.ended,
        started=status.started,
        seconds=status.seconds,
        platform_status=status.body.status or status.result.status,
        nlp_versions=status.nlp_versions,
        step_counts=_step_counts(status, steps),
        steps=tuple(steps),
    )


def _steps(status: ConversationStatus, *, ended: bool) -> list[StepResult]:
    """Every step in the reply, and each announced step that the reply does not list."""
    occurrences: Counter[str] = Counter()
    steps = []
    for number, step in enumerate(status.steps, 1):
        user_input = step.user_input if step else ""
        occurrences[user_input] += 1
        cases = tuple(step_cases(number, step, ended=ended))
        pairs = tuple(_message_pair(*pair) for pair in step.response_pairs) if step else ()
        platform_status = step.status if step else None
        steps.append(StepResult(number, user_input, platform_status, pairs, cases, occurrences[user_input]))
    if status.result.steps is not None:
        announced = min(status.body.announced or 0, len(steps) + _MAX_UNRETURNED_STEPS)
        steps += [
            StepResult(number, "", None, (), (unexecuted_step_case(number),), number, returned=False)
            for number in range(len(steps) + 1, announced + 1)
        ]
    return steps


def _message_pair(expected: Response | None, actual: Response | None) -> MessagePair:
    return MessagePair(
        None if expected is None else json_as_text(expected.text),
        None if actual is None else json_as_text(actual.text),
        json_as_text(actual.dialog) if actual else "",
        (json_as_text(actual.node_name) or json_as_text(actual.node_id)) if actual else "",
    )


def _step_counts(status: ConversationStatus, steps: list[StepResult]) -> StepCounts:
    """Steps of the reply. If it lists none, the platform's own counts stand."""
    announced, counts = status.body.announced or 0, status.result.counts
    if status.result.steps is None:
        if counts is None:
            return StepCounts(announced)
        return StepCounts(max(announced, counts.total or 0), counts.passed or 0, counts.failed or 0)
    passed = sum(
        normalized_status(step.status) == "passed" and not any(case.is_blocking for case in step.cases)
        for step in steps
    )
    failed = sum(any(case.outcome is Outcome.FAILED for case in step.cases) for step in steps)
    return StepCounts(max(announced, len(status.steps)), passed, failed)


def _failures(status: ConversationStatus) -> Iterator[str]:
    """Signs of failure beside those in the steps, one line each."""
    if "failed" in (normalized_status(status.body.status), normalized_status(status.result.status)):
        yield "The platform reports the test run as failed."
    counts = status.result.counts
    if counts and counts.failed:
        yield f"The platform counts {counts.failed} failed {_plural('step', counts.failed)}."


def _doubts(status: ConversationStatus) -> Iterator[str]:
    """What keeps the reply from proving a pass, one line each."""
    yield from (f"{place} in the reply is not of the documented type." for place in status.unreadable_parts)
    for place, word in (("status", status.body.status), ("result.status", status.result.status)):
        if not word:
            yield f"The reply has no {place}."
        elif normalized_status(word) not in {"passed", "failed"}:
            yield f'{place} is "{one_line(word, 40)}", which is neither passed nor failed.'
    yield from _error_details(status)
    yield from _announcement_doubts(status)
    if status.result.steps is None:
        yield from _summary_doubts(status)
    else:
        yield from _list_doubts(status)
    yield from _total_doubts(status)


def _error_details(status: ConversationStatus) -> Iterator[str]:
    if status.result.error_details:
        details = one_line(json_as_text(status.result.error_details), _MAX_DETAILS)
        yield f"The platform gives errorDetails: {details}"


def _announcement_doubts(status: ConversationStatus) -> Iterator[str]:
    announced, counts = status.body.announced, status.result.counts
    if announced is None:
        yield "The reply has no totalTestStepsCount, so nothing shows that every step is there."
    elif not announced:
        yield "No step was executed: totalTestStepsCount is 0."
    if counts and announced is not None and counts.total not in (None, announced):
        yield f"The platform announced {announced} steps, but stepDetails.total is {counts.total}."


def _summary_doubts(status: ConversationStatus) -> Iterator[str]:
    """Without a list of steps the platform's counts are the only proof, so all of them are needed."""
    counts = status.result.counts
    if counts is None or None in (counts.passed, counts.failed, counts.total):
        yield "The reply has neither a list of steps nor complete stepDetails."
    elif not counts.total:
        yield "No step was executed: stepDetails.total is 0."


def _list_doubts(status: ConversationStatus) -> Iterator[str]:
    announced, counts, returned = status.body.announced, status.result.counts, len(status.steps)
    if announced not in (None, returned):
        yield f"The platform announced {announced} steps but returned {returned}."
    if not returned:
        yield "No step was executed: the list of steps is empty."
    passed = sum(step is not None and step.passed for step in status.steps)
    if counts and counts.passed not in (None, passed):
        yield f"stepDetails counts {counts.passed} passed steps, but {passed} returned steps passed."
    idle = [number for number, step in enumerate(status.steps, 1) if step is not None and not step.executed]
    if idle:
        others = f", and {len(idle) - 1} more" if idle[1:] else ""
        yield f"Step {idle[0]} was not executed{others}."


def _total_doubts(status: ConversationStatus) -> Iterator[str]:
    counts = status.result.counts
    if not counts or counts.passed is None or counts.total is None:
        return
    if counts.passed + (counts.failed or 0) != counts.total:
        yield f"stepDetails counts {counts.passed} passed and {counts.failed or 0} failed of {counts.total} steps."


def _plural(noun: str, count: int) -> str:
    return noun if count == 1 else f"{noun}s"
