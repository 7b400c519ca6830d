"""The verdict on a conversation suite: a pass needs proof."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from koregate.errors import RE_RUN
from koregate.judging import proof
from koregate.judging.assertions import judged_unknown, step_cases, unexecuted_step_case
from koregate.judging.cases import Outcome, TestCase
from koregate.judging.proof import plural, run_case, suspicion_doubts
from koregate.judging.remarks import reply_remarks
from koregate.judging.results import MAX_MESSAGE, MessagePair, StepCounts, StepResult, SuiteResult
from koregate.kore_api import conversation
from koregate.kore_api.conversation import ConversationStatus, Response, read_status
from koregate.kore_api.identity import identity_doubts, quoted, shown_place, suite_doubts
from koregate.kore_api.signs import counts_against, unfinished
from koregate.kore_api.status_reply import normalized_status
from koregate.runs.record import RunRecord, Target
from koregate.text import json_as_text, number_list, one_line, visible
from koregate.verdicts import EXIT_FAILED, EXIT_PASSED, Verdict

# An absurd announcement must not fill the memory with skipped test cases.
_MAX_UNRETURNED_STEPS = 100_000
_MAX_DETAILS = 300
_MAX_LISTED = 5
_ALL = 100
_PASSED = Verdict.PASSED, EXIT_PASSED
_FAILED = Verdict.FAILED, EXIT_FAILED

# Status words for a run that someone ended early. The platform's pages say "Aborted". What it sends is undocumented.
_ENDED_EARLY = {"aborted": "aborted", "stopped": "stopped", "cancelled": "canceled", "canceled": "canceled"}
_NOT_PROVEN = "So the suite cannot be counted as passed."
_ADVICE = RE_RUN, "If a suite gives no usable verdict again, check it in the App Builder."
_NOWHERE = Target()


def judge(name: str, record: RunRecord, redact: Callable[[str], str], target: Target = _NOWHERE) -> SuiteResult:
    """The result of one suite. `name` is its name in the reports. `redact` is applied to every free text.

    `target` is what the job wants to test. If the reply says what the run tested, both must agree.
    Any sign of failure makes the verdict `failed`. Without a failure and without proof of a pass it is `error`, and
    each mismatch is named. At least one test case is blocking exactly if the verdict is not `passed` or `skipped`.
    """
    nothing = ConversationStatus(conversation.StatusBody())
    parts = proof.parts_of(record.reply)
    remarks = reply_remarks(parts, "conversation", redact)
    status, stop = proof.reply_to_judge(record, lambda body: read_status(body, redact), nothing)
    if stop is not None:
        described = _described(name, record, status, _steps(status, redact, ended=False), proof.NO_VERDICT)
        described = replace(described, remarks=remarks)
        progress = proof.last_progress(stop, status.body.percent, status.body.announced, "step")
        stop = stop._replace(message=redact(stop.message), advice=redact(stop.advice))
        return proof.stopped(described, stop, [*progress, *_error_details(status)])
    steps = _steps(status, redact, ended=True)
    advice: tuple[str, ...] = ()
    cases = [case for step in steps for case in step.cases]
    failures = list(_failures(status))
    doubts = [*_doubts(status, redact), *_identity_doubts(status, record, target, redact)]
    failed = [case.message for case in cases if case.outcome is Outcome.FAILED]
    errors = [case.message for case in cases if case.outcome is Outcome.ERROR]
    if failures or failed:
        verdict = _FAILED
        unexplained = [] if failed else failures
        # errorDetails belong to no step, so they always need a test case of their own.
        message = " ".join([*unexplained, *_error_details(status)])
        run_cases = [run_case(Outcome.FAILED, message)] if message else []
        failures = failures or failed[:1]
        if not doubts and not errors:
            doubts = list(suspicion_doubts(parts, redact, _failed_steps(steps)))
    elif doubts or errors or (doubts := list(suspicion_doubts(parts, redact))):
        verdict = proof.NO_VERDICT
        if doubts:
            advice = _ADVICE
            end = [] if _ended_early(status) else [_NOT_PROVEN]
            # A long message must not displace the end.
            message = one_line(" ".join(doubts), MAX_MESSAGE - sum(len(sentence) + 1 for sentence in end))
            run_cases = [run_case(Outcome.ERROR, " ".join([message, *end]))]
            doubts += end
        else:
            run_cases = []
    else:
        verdict = _PASSED
        run_cases = [] if cases else [TestCase(0, 0, "run", Outcome.PASSED)]
    described = _described(name, record, status, steps, verdict)
    return replace(
        described,
        failures=tuple(failures),
        doubts=(*doubts, *errors),
        advice=advice,
        run_cases=tuple(run_cases),
        remarks=remarks,
    )


def _ended_early(status: ConversationStatus) -> str:
    """How someone ended the run early, in one word. Empty if nobody did."""
    words = [normalized_status(word) for word in (status.body.status, status.result.status) if word]
    return next((_ENDED_EARLY[word] for word in words if word in _ENDED_EARLY), "")


def _described(
    name: str, record: RunRecord, status: ConversationStatus, steps: list[StepResult], verdict: tuple[Verdict, int]
) -> SuiteResult:
    """The result with what the reply says about the run, without reasons."""
    return SuiteResult(
        name=name,
        suite=record.suite,
        verdict=verdict[0],
        exit_code=verdict[1],
        run_id=record.run_id or json_as_text(status.body.run_id) or None,
        still_running=record.stop is not None and not record.ended and not record.is_unconfirmed,
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
        # Inputs that reports show alike are the same input.
        shown = visible(user_input)
        occurrences[shown] += 1
        cases = tuple(step_cases(number, step, redact, ended=ended))
        pairs = tuple(_message_pair(*pair) for pair in step.response_pairs) if step else ()
        platform_status = step.status if step else None
        unknown = judged_unknown(step, redact) if step else frozenset()
        steps.append(StepResult(number, user_input, platform_status, pairs, cases, occurrences[shown], unknown=unknown))
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
    """The counts of the steps in the reply. If it lists none, the platform's own counts are used."""
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
    """Signs of failure outside the steps, one line each."""
    if "failed" in (normalized_status(status.body.status), normalized_status(status.result.status)):
        yield "The platform reports the test run as failed."
    counts = status.result.counts
    if counts and counts.failed:
        yield f"The platform counts {counts.failed} failed {plural('step', counts.failed)}."


def _doubts(status: ConversationStatus, redact: Callable[[str], str]) -> Iterator[str]:
    """Reasons why the reply does not prove a pass, one line each. The platform's own messages are first."""
    ended_early = _ended_early(status)
    if ended_early and not status.result.error_details:
        yield f"The run was {ended_early} on the platform."
    yield from _error_details(status)
    for place in status.unreadable_parts:
        yield f"The reply has an unexpected value in {shown_place(place, redact)}."
    yield from _status_doubts(status)
    percent = status.body.percent
    if status.ended and percent is not None and percent < _ALL and not ended_early:
        yield f"The run has ended, but the platform reports it as only {percent:g}% complete."
    yield from _announcement_doubts(status)
    if status.result.steps is None:
        yield from _summary_doubts(status)
    else:
        yield from _list_doubts(status)
    yield from _total_doubts(status, redact)
    yield from _undocumented_doubts(status, redact)


def _status_doubts(status: ConversationStatus) -> Iterator[str]:
    """Where the status of the run or of its result is neither passed nor failed. Each word is reported once."""
    reported = set(_ENDED_EARLY)
    for owner, word in (("test run", status.body.status), ("result", status.result.status)):
        if not word:
            yield f"The reply has no status for the {owner}."
        elif normalized_status(word) not in {"passed", "failed", *reported}:
            yield f'The status of the {owner} is "{one_line(word, 40)}", which is neither passed nor failed.'
            reported.add(normalized_status(word))


def _undocumented_doubts(status: ConversationStatus, redact: Callable[[str], str]) -> Iterator[str]:
    """Fields in undocumented places that speak against a pass."""
    counts = status.result.counts or conversation.StepCounts()
    passed = status.body.announced if counts.passed is None else counts.passed
    for place, value in (
        *counts_against(status.body),
        *counts_against(status.result, "result."),
        *counts_against(counts, "result.stepDetails.", reported=counts.others),
        *unfinished(status.body, status.result, passed),
    ):
        yield f"{shown_place(place, redact)} in the reply is {quoted(value, redact)}."
    for place, value in status.undocumented("totalteststepscount"):
        if str(value) != str(status.body.announced):
            other = "but the platform announced a different number of steps"
            yield f"{shown_place(place, redact)} in the reply is {quoted(value, redact)}, {other}."


def _error_details(status: ConversationStatus) -> Iterator[str]:
    """What the platform says about the error that ended a run."""
    if status.result.error_details:
        ended_early = _ended_early(status)
        what = f"The run was {ended_early} on the platform" if ended_early else "The platform reports an error"
        yield f"{what}: {_platform_text(status.result.error_details)}"
    if status.body.errors:
        yield f"The platform reports errors: {_platform_text(status.body.errors)}"


def _platform_text(value: object) -> str:
    """The platform's text in quotes, or its object as JSON. Its shape is undocumented."""
    if isinstance(value, dict) and len(value) == 1:
        value = next((value[key] for key in ("message", "msg") if isinstance(value.get(key), str)), value)
    text = one_line(json_as_text(value), _MAX_DETAILS)
    if not isinstance(value, str):
        return text
    return f'"{text}"' if text.endswith((".", "!", "?")) else f'"{text}".'


def _identity_doubts(
    status: ConversationStatus, record: RunRecord, target: Target, redact: Callable[[str], str]
) -> Iterator[str]:
    """Differences between the requested test run, app, version or language and those in the reply."""
    body = status.body
    yield from identity_doubts(
        (
            ("test run", body.run_id, record.run_id),
            *(("test run", value, record.run_id) for _, value in status.undocumented("testrunid", "runid")),
            ("stream", body.stream_id, target.stream_id),
            *(("stream", value, target.stream_id) for _, value in status.undocumented("streamid")),
            ("version", status.result.version, target.bot_version),
            *(("version", value, target.bot_version) for _, value in status.undocumented("version", "botversion")),
            *(("language", language, target.bot_language) for language in status.languages),
            *(("language", value, target.bot_language) for _, value in status.undocumented("language", "botlanguage")),
        ),
        redact,
    )
    ids = (("testSuiteId", body.suite_id), *status.undocumented("testsuiteid", "suiteid"))
    yield from suite_doubts(ids, None, redact)


def _failed_steps(steps: list[StepResult]) -> frozenset[int]:
    return frozenset(step.number for step in steps if any(case.outcome is Outcome.FAILED for case in step.cases))


def _announcement_doubts(status: ConversationStatus) -> Iterator[str]:
    announced = status.body.announced
    if announced is None:
        yield "The platform did not announce the number of steps, so koregate cannot tell whether any are missing."
    elif not announced:
        yield "No step was executed: the platform announced 0 steps."


def _summary_doubts(status: ConversationStatus) -> Iterator[str]:
    """Without a list of steps, the platform's counts are the only proof, so all of them are needed."""
    counts = status.result.counts
    if counts is None or None in (counts.passed, counts.failed, counts.total):
        yield "The reply has neither a list of steps nor complete step counts."
    elif not counts.total:
        yield "No step was executed: the platform counts 0 steps."


def _list_doubts(status: ConversationStatus) -> Iterator[str]:
    announced, counts, returned = status.body.announced, status.result.counts, len(status.steps)
    missing = 0 if announced is None else max(announced - returned, 0)
    if announced not in (None, returned):
        text = f"he platform announced {_steps_counted(announced)} but returned {returned}."
        yield f"{_missing(returned + 1, announced)}: t{text}" if missing else f"T{text}"
    if not returned:
        yield "No step was executed: the list of steps is empty."
    passed = sum(step is not None and step.passed for step in status.steps)
    # Missing steps may be among those that are counted as passed. That adds no new information.
    if counts and counts.passed is not None and not passed <= counts.passed <= passed + missing:
        counted = f"{counts.passed} passed {plural('step', counts.passed)}"
        yield f"The platform counts {counted}, but {passed} returned {plural('step', passed)} passed."
    if idle := _steps_not_executed(status):
        yield f"{plural('Step', len(idle))} {number_list(idle)} did not run."
    yield from _same_request_doubts(status)


def _missing(first: int, last: int) -> str:
    if first == last:
        return f"Step {first} of {last} is missing"
    return f"Steps {first} {'and' if first + 1 == last else 'to'} {last} of {last} are missing"


def _steps_not_executed(status: ConversationStatus) -> list[int]:
    return [number for number, step in enumerate(status.steps, 1) if step is not None and not step.executed]


def _same_request_doubts(status: ConversationStatus) -> Iterator[str]:
    """Each step is a request of its own. If a request appears twice, another step may be missing."""
    first: dict[str, int] = {}
    for number, step in enumerate(status.steps, 1):
        if step is None or step.request_id is None:
            continue
        earlier = first.setdefault(json_as_text(step.request_id), number)
        if earlier != number:
            yield f"Steps {earlier} and {number} are the same request, so another step may be missing."
            return


def _total_doubts(status: ConversationStatus, redact: Callable[[str], str]) -> Iterator[str]:
    announced, counts = status.body.announced, status.result.counts
    if not counts:
        return
    if announced is not None and counts.total not in (None, announced):
        yield f"The platform announced {_steps_counted(announced)} but counts {counts.total}."
    for name, number in list(counts.others.items())[:_MAX_LISTED]:
        counted = _steps_counted(number) if isinstance(number, int | float) else quoted(number, redact)
        yield f"The platform counts {counted} as {quoted(name, redact)}."
    if counts.passed is None or counts.total is None:
        return
    open_steps = counts.total - counts.passed - (counts.failed or 0)
    # Steps that did not run are already reported.
    if open_steps and open_steps != len(_steps_not_executed(status)):
        total = _steps_counted(counts.total)
        yield f"The platform counts {counts.passed} passed and {counts.failed or 0} failed of {total}."


def _steps_counted(number: float) -> str:
    return f"{number} {plural('step', number)}"
