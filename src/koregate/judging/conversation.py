"""The verdict on a conversation suite: a pass needs proof."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from koregate.judging import proof
from koregate.judging.assertions import step_cases, unexecuted_step_case
from koregate.judging.cases import Outcome, TestCase
from koregate.judging.proof import plural, quoted, run_case, suspicion_doubts
from koregate.judging.results import MessagePair, StepCounts, StepResult, SuiteResult
from koregate.kore_api import conversation
from koregate.kore_api.conversation import ConversationStatus, Response, read_status
from koregate.kore_api.status_reply import normalized_status
from koregate.runs.record import RunRecord, Target
from koregate.text import json_as_text, one_line
from koregate.verdicts import EXIT_FAILED, EXIT_PASSED, Verdict

# An absurd announcement must not fill the memory with skipped cases.
_MAX_UNRETURNED_STEPS = 100_000
_MAX_DETAILS = 300
_MAX_LISTED = 5
_ALL = 100
_PASSED = Verdict.PASSED, EXIT_PASSED
_FAILED = Verdict.FAILED, EXIT_FAILED


_NOWHERE = Target()


def judge(name: str, record: RunRecord, redact: Callable[[str], str], target: Target = _NOWHERE) -> SuiteResult:
    """The result of one suite. `name` is its name in the reports, `redact` is applied to every free text.

    `target` is what was to be tested: where the reply tells what it tested, both must agree.
    Any sign of failure makes it `failed`. Whatever neither fails nor proves the pass is `error`, with each mismatch
    named. Some test case is blocking exactly if the verdict is neither `passed` nor `skipped`.
    """
    nothing = ConversationStatus(conversation.StatusBody())
    status, stop = proof.reply_to_judge(record, lambda body: read_status(body, redact), nothing)
    if stop is not None:
        described = _described(name, record, status, _steps(status, redact, ended=False), proof.NO_VERDICT)
        return proof.stopped(described, stop._replace(message=redact(stop.message)), list(_error_details(status)))
    steps = _steps(status, redact, ended=True)
    cases = [case for step in steps for case in step.cases]
    failures = list(_failures(status))
    doubts = [*_doubts(status, redact), *_identity_doubts(status, record, target, redact)]
    failed = [case.message for case in cases if case.outcome is Outcome.FAILED]
    errors = [case.message for case in cases if case.outcome is Outcome.ERROR]
    if failures or failed:
        verdict = _FAILED
        unexplained = [] if failed else failures
        # errorDetails belong to no step, so they need a test case whatever the steps say.
        message = " ".join([*unexplained, *_error_details(status)])
        run_cases = [run_case(Outcome.FAILED, message)] if message else []
        failures = failures or failed[:1]
        if not doubts and not errors:
            doubts = list(suspicion_doubts(record.reply, redact, _failed_steps(steps)))
    elif doubts or errors or (doubts := list(suspicion_doubts(record.reply, redact))):
        verdict = proof.NO_VERDICT
        run_cases = [run_case(Outcome.ERROR, " ".join(doubts))] if doubts else []
    else:
        verdict = _PASSED
        run_cases = [] if cases else [TestCase(0, 0, "run", Outcome.PASSED)]
    described = _described(name, record, status, steps, verdict)
    return replace(described, failures=tuple(failures), doubts=(*doubts, *errors), run_cases=tuple(run_cases))


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
        platform_counts=_platform_counts(status),
    )


def _steps(status: ConversationStatus, redact: Callable[[str], str], *, ended: bool) -> list[StepResult]:
    """Every step in the reply, and each announced step that the reply does not list."""
    occurrences: Counter[str] = Counter()
    steps = []
    for number, step in enumerate(status.steps, 1):
        user_input = step.user_input if step else ""
        occurrences[user_input] += 1
        cases = tuple(step_cases(number, step, redact, ended=ended))
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


def _platform_counts(status: ConversationStatus) -> StepCounts | None:
    """The platform's own counts of steps, if all three are given."""
    counts = status.result.counts
    if counts is None or counts.passed is None or counts.failed is None or counts.total is None:
        return None
    return StepCounts(counts.total, counts.passed, counts.failed)


def _failures(status: ConversationStatus) -> Iterator[str]:
    """Signs of failure beside those in the steps, one line each."""
    if "failed" in (normalized_status(status.body.status), normalized_status(status.result.status)):
        yield "The platform reports the test run as failed."
    counts = status.result.counts
    if counts and counts.failed:
        yield f"The platform counts {counts.failed} failed {plural('step', counts.failed)}."


def _doubts(status: ConversationStatus, redact: Callable[[str], str]) -> Iterator[str]:
    """What keeps the reply from proving a pass, one line each. What the platform says of itself comes first."""
    yield from _error_details(status)
    yield from (f"{place} in the reply is not of the documented type." for place in status.unreadable_parts)
    for place, word in (("status", status.body.status), ("result.status", status.result.status)):
        if not word:
            yield f"The reply has no {place}."
        elif normalized_status(word) not in {"passed", "failed"}:
            yield f'{place} is "{one_line(word, 40)}", which is neither passed nor failed.'
    percent = status.body.percent
    if status.ended and percent is not None and percent < _ALL:
        yield f"The run has ended, but percentageCompleted is {percent:g}."
    yield from _announcement_doubts(status)
    if status.result.steps is None:
        yield from _summary_doubts(status)
    else:
        yield from _list_doubts(status)
    yield from _total_doubts(status, redact)
    yield from _undocumented_doubts(status, redact)


def _undocumented_doubts(status: ConversationStatus, redact: Callable[[str], str]) -> Iterator[str]:
    """Fields that would speak against a pass, in places where no page shows them."""
    for place, value in status.undocumented("notexecuted", "failed", "skipped", "aborted", "error", "errors"):
        if value:
            yield f"{place} in the reply is {quoted(value, redact)}."
    for place, value in status.undocumented("totalteststepscount"):
        if str(value) != str(status.body.announced):
            yield f"{place} in the reply is {quoted(value, redact)}, but totalTestStepsCount is another number."
    for place, value in status.undocumented("percentagecompleted"):
        if str(value) not in {"100", "100.0"}:
            yield f"{place} in the reply is {quoted(value, redact)}."


def _error_details(status: ConversationStatus) -> Iterator[str]:
    if status.result.error_details:
        details = one_line(json_as_text(status.result.error_details), _MAX_DETAILS)
        yield f"The platform gives errorDetails: {details}"
    if status.body.errors:
        yield f"The reply has errors: {one_line(json_as_text(status.body.errors), _MAX_DETAILS)}"


def _identity_doubts(
    status: ConversationStatus, record: RunRecord, target: Target, redact: Callable[[str], str]
) -> Iterator[str]:
    """Where the reply is of another test run, app, version or language than the one asked for."""
    body = status.body
    yield from proof.identity_doubts(
        (
            ("test run", body.run_id, record.run_id),
            *(("test run", value, record.run_id) for _, value in status.undocumented("testrunid", "runid")),
            ("stream", body.stream_id, target.stream_id),
            *(("stream", value, target.stream_id) for _, value in status.undocumented("streamid")),
            ("version", status.result.version, target.bot_version),
            *(("version", value, target.bot_version) for _, value in status.undocumented("version", "botversion")),
            *(("language", language, target.bot_language) for language in status.languages),
        ),
        redact,
    )


def _failed_steps(steps: list[StepResult]) -> frozenset[int]:
    return frozenset(step.number for step in steps if any(case.outcome is Outcome.FAILED for case in step.cases))


def _announcement_doubts(status: ConversationStatus) -> Iterator[str]:
    announced, counts = status.body.announced, status.result.counts
    if announced is None:
        yield "The reply has no totalTestStepsCount, so nothing shows that every step is there."
    elif not announced:
        yield "No step was executed: totalTestStepsCount is 0."
    if counts and announced is not None and counts.total not in (None, announced):
        yield f"The platform announced {_steps_counted(announced)}, but stepDetails.total is {counts.total}."


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
        yield f"The platform announced {_steps_counted(announced)} but returned {returned}."
    if not returned:
        yield "No step was executed: the list of steps is empty."
    passed = sum(step is not None and step.passed for step in status.steps)
    if counts and counts.passed not in (None, passed):
        counted = f"{counts.passed} passed {plural('step', counts.passed)}"
        yield f"stepDetails counts {counted}, but {passed} returned {plural('step', passed)} passed."
    idle = [number for number, step in enumerate(status.steps, 1) if step is not None and not step.executed]
    if idle:
        others = f", and {len(idle) - 1} more" if idle[1:] else ""
        yield f"Step {idle[0]} was not executed{others}."
    yield from _same_request_doubts(status)


def _same_request_doubts(status: ConversationStatus) -> Iterator[str]:
    """Each step is a request of its own: one that is there twice hides another one."""
    first: dict[str, int] = {}
    for number, step in enumerate(status.steps, 1):
        if step is None or step.request_id is None:
            continue
        earlier = first.setdefault(json_as_text(step.request_id), number)
        if earlier != number:
            yield f"Steps {earlier} and {number} have the same requestId."
            return


def _total_doubts(status: ConversationStatus, redact: Callable[[str], str]) -> Iterator[str]:
    counts = status.result.counts
    if not counts:
        return
    for name, number in list(counts.others.items())[:_MAX_LISTED]:
        counted = _steps_counted(number) if isinstance(number, int | float) else quoted(number, redact)
        yield f"stepDetails counts {counted} as {quoted(name, redact)}."
    if counts.passed is None or counts.total is None:
        return
    if counts.passed + (counts.failed or 0) != counts.total:
        total = _steps_counted(counts.total)
        yield f"stepDetails counts {counts.passed} passed and {counts.failed or 0} failed of {total}."


def _steps_counted(number: float) -> str:
    return f"{number:g} {plural('step', number)}" if isinstance(number, float) else f"{number} {plural('step', number)}"
