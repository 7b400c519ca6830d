"""The verdict on a batch suite: `completed` is not a pass. Only the platform's counts can prove one."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from koregate.errors import OWN_PREFIX
from koregate.judging.cases import Outcome, TestCase
from koregate.judging.proof import (
    NO_VERDICT,
    last_progress,
    parts_of,
    plural,
    reply_to_judge,
    run_case,
    stopped,
    suspicion_doubts,
)
from koregate.judging.remarks import reply_remarks
from koregate.judging.results import Figures, StepCounts, StepResult, SuiteResult
from koregate.judging.utterances import Entity, UnreadableFile, Utterance, read_utterances
from koregate.kore_api import batch
from koregate.kore_api.batch import BatchStatus
from koregate.kore_api.identity import identity_doubts, quoted, shown_place, suite_doubts
from koregate.kore_api.json_values import Json
from koregate.kore_api.signs import counts_against, unfinished
from koregate.kore_api.status_reply import normalized_status, read_number
from koregate.kore_api.suite_file import texts_sha256
from koregate.runs.record import RunRecord, Target
from koregate.text import json_as_text, one_line, visible
from koregate.verdicts import EXIT_FAILED, EXIT_PASSED, Verdict

NO_INTENT = "(no intent)"
NO_VALUE = "(no value)"
_COMPLETED = "completed"
_MAX_DETAILS = 300
_MAX_QUOTED = 160
_MAX_PROBLEM = 600
_ALL = 100
_NOWHERE = Target()


def judge(name: str, record: RunRecord, redact: Callable[[str], str], target: Target = _NOWHERE) -> SuiteResult:
    """The result of one batch suite. `name` is its name in the reports. `redact` is applied to every free text.

    `target` is what the job wants to test. If the reply says what the run tested, both must agree.
    Without proof the verdict is `error`, whatever the counts say. With proof, the counts decide. The result file never
    decides: if it agrees with the counts, its utterances become test cases.
    """
    nothing = BatchStatus(batch.StatusBody())
    parts = parts_of(record.reply)
    undocumented = reply_remarks(parts, "batch", redact)
    status, stop = reply_to_judge(record, lambda body: batch.read_status(body, redact), nothing)
    if stop is not None:
        stop = stop._replace(message=redact(stop.message), advice=redact(stop.advice))
        described = replace(_described(name, record, status, redact), remarks=undocumented)
        progress = last_progress(stop, *batch.percent_and_total(status), "utterance")
        return stopped(described, stop, [*progress, *_error_details(status)])
    doubts = [*_doubts(status, redact), *_identity_doubts(status, record, target, redact)]
    doubts += [*_source_doubts(status, record, redact), *suspicion_doubts(parts, redact)]
    utterances, remarks = _listed(record, status, redact)
    described = _described(name, record, status, redact)
    if described.source is not None and utterances:
        described = replace(described, source=described.source._replace(problem=" ".join(remarks)))
    described = replace(
        described,
        steps=tuple(_step(*numbered) for numbered in _numbered(utterances)),
        remarks=(*undocumented, *remarks, *_part_remarks(status)),
    )
    if doubts:
        case = run_case(Outcome.ERROR, " ".join(doubts))
        has_changed = record.source is not None and record.source.has_changed
        advice = (OWN_PREFIX,) if has_changed else ()
        return replace(described, doubts=tuple(doubts), advice=advice, run_cases=(case,))
    failed, total = status.counts.failure or 0, status.result.total or 0
    failures = (f"The platform counts {failed} failed of {total} {plural('utterance', total)}.",) if failed else ()
    verdict, exit_code = (Verdict.FAILED, EXIT_FAILED) if failed else (Verdict.PASSED, EXIT_PASSED)
    run_cases = () if utterances else (_count_case(failures, total),)
    return replace(described, verdict=verdict, exit_code=exit_code, failures=failures, run_cases=run_cases)


def _described(name: str, record: RunRecord, status: BatchStatus, redact: Callable[[str], str]) -> SuiteResult:
    """The result with what the reply says of the run, without reasons. Its verdict is the one without a proof."""
    counts, result = status.counts, status.result
    success, failure = counts.success or 0, counts.failure or 0
    complete = counts.success is not None and counts.failure is not None and result.total is not None
    total = max(success + failure, *(count or 0 for count in (result.total, status.body.total, status.body.announced)))
    return SuiteResult(
        name=name,
        suite=record.suite,
        kind="batch",
        verdict=NO_VERDICT[0],
        exit_code=NO_VERDICT[1],
        run_id=record.run_id or json_as_text(status.body.run_id) or None,
        still_running=record.stop is not None and not record.ended and not record.is_unconfirmed,
        started=status.started,
        seconds=status.seconds,
        platform_status=status.body.status or result.status,
        step_counts=StepCounts(total, success, failure),
        platform_counts=StepCounts(result.total or 0, success, failure) if complete else None,
        figures=Figures(
            batch.figure(result.f1),
            batch.figure(result.precision),
            batch.figure(result.recall),
            counts.true_positives,
            counts.true_negatives,
            counts.false_positives,
            counts.false_negatives,
        ),
        source=record.source and record.source._replace(path=redact(record.source.path), problem=""),
    )


def _count_case(failures: tuple[str, ...], total: int) -> TestCase:
    """The test case that stands for all utterances."""
    if failures:
        return run_case(Outcome.FAILED, failures[0], "count")
    return run_case(Outcome.PASSED, f"{total} {plural('utterance', total)} passed.", "count")


def _doubts(status: BatchStatus, redact: Callable[[str], str]) -> Iterator[str]:
    """Reasons why the reply proves nothing, one line each. The platform's own messages are first."""
    yield from _error_details(status)
    for place in status.unreadable_parts:
        yield f"{shown_place(place, redact)} in the reply does not have the documented type."
    for place, word in (("status", status.body.status), ("result.status", status.result.status)):
        if not word:
            yield f"The reply has no {place}."
        elif normalized_status(word) != _COMPLETED:
            yield f'{place} is "{one_line(word, 40)}" instead of "completed".'
    if status.result.is_partial is not None and not _is_false(status.result.is_partial):
        partial = quoted(status.result.is_partial, redact)
        yield f"The platform ran only part of the utterances (isPartialFailure is {partial} in its reply)."
    if status.body.percent is not None and status.body.percent < _ALL:
        yield f"The run has ended, but percentage is {status.body.percent:g}."
    yield from _count_doubts(status, redact)
    against = (
        *counts_against(status.body),
        *counts_against(status.result, "result."),
        *counts_against(status.counts, "result.results."),
        *unfinished(status.body, status.result, status.counts.success),
        *((place, value) for place, value in status.undocumented("ispartialfailure") if not _is_false(value)),
    )
    # A partial failure that is not empty is found twice.
    yield from dict.fromkeys(
        f"{shown_place(place, redact)} in the reply is {quoted(value, redact)}." for place, value in against
    )


def _is_false(value: Json) -> bool:
    # 0 is equal to False, and may be a count.
    return value is False or value == "false"


def _count_doubts(status: BatchStatus, redact: Callable[[str], str]) -> Iterator[str]:
    body, result, counts = status.body, status.result, status.counts
    if result.counts is None:
        yield "The reply has no result.results, so it does not say how many utterances passed."
        return
    numbers = {
        "result.results.success": counts.success,
        "result.results.failure": counts.failure,
        "result.utterance_count": result.total,
    }
    missing = [place for place, number in numbers.items() if number is None]
    if missing:
        yield f"The reply has no {' and no '.join(missing)}."
        return
    success, failure, total = counts.success or 0, counts.failure or 0, result.total or 0
    if success + failure != total:
        yield f"The platform counts {success} passed and {failure} failed of {total} {plural('utterance', total)}."
    elif not total:
        yield "No utterance was tested: utterance_count is 0."
    if counts.failed_utterances not in (None, failure):
        failed = f"{failure} {plural('utterance', failure)}"
        yield f"failedUtteranceCount is {counts.failed_utterances}, but {failed} failed."
    for place, number in (
        ("utterance_count", body.total),
        ("totalUtterances", body.announced),
        ("utterance_ran", body.ran),
        ("result.totalUtterances", result.announced),
        ("result.utterance_ran", result.ran),
        *((place, read_number(value)) for place, value in status.undocumented("utterancecount", "totalutterances")),
    ):
        if number not in (None, total):
            yield f"{shown_place(place, redact)} is {_shown(number, redact)}, but result.utterance_count is {total}."


def _source_doubts(status: BatchStatus, record: RunRecord, redact: Callable[[str], str]) -> Iterator[str]:
    """What keeps the run from being one of the file that the suite was imported from."""
    source, total = record.source, status.result.total
    if source is None:
        return
    if source.problem:
        yield one_line(redact(source.problem), _MAX_PROBLEM)
    if total not in (None, source.utterances):
        path = one_line(redact(source.path), _MAX_QUOTED)
        number = f"{source.utterances} unique {plural('utterance', source.utterances)}"
        yield (
            f"{path} has {number}, but result.utterance_count is {total}: the platform ran another suite, or "
            "left some out."
        )


def _shown(number: object, redact: Callable[[str], str]) -> str:
    """A number of the reply, or whatever it has in the place of one."""
    return one_line(redact(json_as_text(number)), 40)


def _error_details(status: BatchStatus) -> Iterator[str]:
    if status.result.error_details:
        details = one_line(json_as_text(status.result.error_details), _MAX_DETAILS)
        yield f"The platform reports errorDetails: {details}"
    for errors in (status.body.errors, status.result.errors):
        if errors:
            yield f"The platform reports errors: {one_line(json_as_text(errors), _MAX_DETAILS)}"


def _identity_doubts(
    status: BatchStatus, record: RunRecord, target: Target, redact: Callable[[str], str]
) -> Iterator[str]:
    """Differences between the requested test run, app, version or language and those in the reply."""
    body, result = status.body, status.result

    def others(*names: str) -> list[Json]:
        return [value for _, value in status.undocumented(*names)]

    places = (
        ("test run", record.run_id, [body.run_id, result.run_id, *others("testrunid", "runid", "requestid")]),
        ("stream", target.stream_id, [body.stream_id, result.stream_id, *others("streamid")]),
        ("version", target.bot_version, [result.version, *others("version", "botversion", "runtype")]),
        (
            "language",
            target.bot_language,
            [body.bot_language, result.bot_language, *others("language", "botlanguage")],
        ),
    )
    identities = [(name, value, requested) for name, requested, values in places for value in values]
    yield from identity_doubts(identities, redact)
    ids = (("testSuiteId", body.suite_id), ("result.testSuiteId", result.suite_id))
    suite_id = (record.source.suite_id if record.source else None) or None
    yield from suite_doubts((*ids, *status.undocumented("testsuiteid", "suiteid")), suite_id, redact)


def _part_remarks(status: BatchStatus) -> Iterator[str]:
    """Remarks on failed entities and traits. They do not affect the verdict: the platform counts utterances only."""
    counts = status.counts
    for name, failed in (("entities", counts.failed_entities), ("traits", counts.failed_traits)):
        if failed and not counts.failure:
            yield f"The platform counts failed {name} ({failed}), but no failed utterances."


def _listed(record: RunRecord, status: BatchStatus, redact: Callable[[str], str]) -> tuple[list[Utterance], list[str]]:
    """The utterances of the result file if they agree with the platform's counts, or why there are none."""
    file, counts = record.result_file, status.counts
    if file.data is None:
        return [], [_one_case(file.problem or "The reply has no link to a result file.")]
    try:
        utterances = read_utterances(file.data, redact)
    except UnreadableFile as problem:
        return [], [_one_case(f"The result file is unusable: {problem}.")]
    failed = sum(not utterance.passed for utterance in utterances)
    if (len(utterances), failed) == ((counts.success or 0) + (counts.failure or 0), counts.failure):
        doubt = _other_texts(record, file.data, redact)
        return utterances, [doubt] if doubt else []
    listed = f"{failed} failed of {len(utterances)} {plural('utterance', len(utterances))}"
    return [], [_one_case(f"The result file lists {listed}, but the platform counts differ.")]


def _other_texts(record: RunRecord, data: bytes, redact: Callable[[str], str]) -> str:
    """A sentence if the result file lists other utterances than the suite's file has, or an empty text.

    The platform may have imported nothing and said otherwise. The result file has no documented form and may change
    texts, so it does not decide.
    """
    source = record.source
    if source is None or not source.texts_sha256:
        return ""
    if texts_sha256(utterance.text for utterance in read_utterances(data)) == source.texts_sha256:
        return ""
    path = one_line(redact(source.path), _MAX_QUOTED)
    return (
        f"The result file lists other utterances than {path} has, so the run may be of an older version of the suite. "
        "Compare the utterances in the report with the file."
    )


def _one_case(reason: str) -> str:
    return f"{reason} One test case stands for all utterances."


def _numbered(utterances: list[Utterance]) -> Iterator[tuple[int, Utterance, int]]:
    """Each utterance with its number and its occurrence. Redaction and escapes can make two of them alike."""
    occurrences: Counter[str] = Counter()
    for number, utterance in enumerate(utterances, 1):
        shown = visible(utterance.text)
        occurrences[shown] += 1
        yield number, utterance, occurrences[shown]


def _step(number: int, utterance: Utterance, occurrence: int) -> StepResult:
    intent = _case(number, 0, "intent", (utterance.expected, utterance.actual), passed=utterance.has_intent)
    entities = [
        _case(number, index, "entity", _values(entity), passed=entity.passed)
        for index, entity in enumerate(utterance.entities, 1)
    ]
    status = "passed" if utterance.passed else "failed"
    return StepResult(number, utterance.text, status, (), (intent, *entities), occurrence)


def _values(entity: Entity) -> tuple[str, str]:
    return f"{entity.name}: {entity.expected or NO_VALUE}", f"{entity.name}: {entity.actual or NO_VALUE}"


def _case(step: int, place: int, kind: str, texts: tuple[str, str], *, passed: bool) -> TestCase:
    if passed:
        return TestCase(step, place, kind, Outcome.PASSED)
    expected, actual = (text or NO_INTENT for text in texts)
    if expected == actual:
        message = (
            f"The platform marked the {kind} as wrong, although expected and matched are both {quoted_name(actual)}."
        )
    else:
        message = f"expected {quoted_name(expected)}, got {quoted_name(actual)}"
    return TestCase(step, place, kind, Outcome.FAILED, message, expected, actual)


def quoted_name(text: str) -> str:
    """The name of an intent, or an entity with its value, in quotes. That there is none has no quotes."""
    return text if text == NO_INTENT else f'"{one_line(text, _MAX_QUOTED)}"'
