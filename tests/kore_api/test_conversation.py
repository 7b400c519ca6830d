"""Conversation suites: the documented replies, their way into JUnit, their redaction, and what the wait reads of them.

The documented replies are from the platform's page "Get Test Suite Execution Status". The page leaves out steps 3 to 13
of the completed reply; they are completed by hand in the same shapes.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support import junit as report
from support.answers import answer, assertion, judged, response, step

from koregate.errors import UnreadableReply
from koregate.judging.job import judge_job
from koregate.judging.results import JobResult
from koregate.kore_api.conversation import (
    ASSERTION_KINDS,
    ConversationStatus,
    read_progress,
    read_status,
)
from koregate.kore_api.status_reply import RunProgress, normalized_status
from koregate.reports import junit
from koregate.runs.record import RunRecord, Target

DATA = Path(__file__).parents[1] / "data"
RUNNING = (DATA / "documented-in-progress.json").read_bytes()
COMPLETED = (DATA / "documented-completed.json").read_bytes()
RUN_ID, STREAM_ID = (json.loads(COMPLETED)[key] for key in ("_id", "streamId"))


def judge_documented(target: Target, reply: bytes, *, ended: bool = True) -> JobResult:
    return judge_job(target, [RunRecord("Track order", RUN_ID, reply, ended)])


def test_the_documented_replies_are_read_without_a_gap_and_become_a_report() -> None:
    running, completed = read_status(RUNNING), read_status(COMPLETED)

    assert (False, 85, ()) == (running.ended, running.body.percent, running.unreadable_parts)
    assert (True, 13, ()) == (completed.ended, len(completed.steps), completed.unreadable_parts)

    job = judge_documented(Target("https://bots.kore.ai", STREAM_ID, "inDevelopment", "en"), COMPLETED)
    rows = report.read(junit.render(job))

    assert ("passed", 0) == (job.verdict, job.exit_code)
    assert (27, 13, 13, "100.00", 14.364) == (
        len(rows),
        job.step_counts.total,
        job.step_counts.passed,
        job.counts.pass_rate,
        job.seconds,
    )
    assert [
        ("Track order.step 1", "1.1 text: Start_Flow", "passed"),
        ("Track order.step 2", "2.1 flow: help", "passed"),
        ("Track order.step 2", "2.1 text: help", "passed"),
    ] == [row[:3] for row in rows[:3]]
    assert ["5.1 flow", "5.1 text", "5.2 flow", "5.2 text"] == [
        row.name.partition(":")[0] for row in rows if "4711" in row.name
    ]


def test_the_reported_suite_has_the_properties_of_the_run() -> None:
    target = Target("https://bots.kore.ai", STREAM_ID, "published", "de")
    text = junit.render(judge_documented(target, COMPLETED.replace(b'"configured"', b'"published"'))).decode()

    assert 'timestamp="2023-08-23T10:14:13"' in text
    assert 'time="14.364"' in text
    for name, value in {
        "test-run-id": RUN_ID,
        "stream-id": STREAM_ID,
        "host": "https://bots.kore.ai",
        "bot-version": "published",
        "bot-language": "de",
        "nlp-version": "v3",
        "status": "passed",
    }.items():
        assert f'<property name="{name}" value="{value}" />' in text


def test_the_reply_of_a_running_test_run_proves_nothing() -> None:
    job = judge_documented(Target(), RUNNING, ended=False)

    assert ("error", 4) == (job.verdict, job.exit_code)


def test_the_steps_completed_by_hand_have_the_documented_shape() -> None:
    steps = json.loads(COMPLETED)["result"]["executionResults"]

    assert all(set(steps[1]) == set(step) for step in steps[1:])
    assert {frozenset(steps[0]["outputs"][0]), frozenset(steps[1]["outputs"][0]) - {"textMismatch"}} == {
        frozenset(output) - {"textMismatch"} for step in steps for output in step["outputs"]
    }


def test_one_unreadable_part_hides_nothing_else_of_the_step() -> None:
    broken = step("hi", "failed", [response("Hello", text_=assertion("failed", ["text"]))])
    reply = answer(broken, status="failed")
    status = read_status(json.dumps(reply).encode())

    assert (
        "result.executionResults[0].outputs[0].assertions.text.contains[0]",
        "result.executionResults[0].actualOutput[0].assertions.text.contains[0]",
    ) == status.unreadable_parts
    assert [("hi", True)] == [(step.user_input, step.failed) for step in status.steps if step]
    assert ("failed", 1) == (judged(reply).verdict, judged(reply).exit_code)


PERSONAL = "ann@example.com"


def with_personal_data() -> bytes:
    """A reply with the address in every place that may hold free text."""
    entry = {"text": PERSONAL, "nested": [{"deep": PERSONAL}], "status": "passed"}
    texts = assertion("passed", [entry])
    message = response(PERSONAL, flow=texts, text_=texts, context=texts)
    template = response({"type": "template", "payload": [PERSONAL, 1, None]})
    details = {"msg": PERSONAL, "list": [PERSONAL]}
    return json.dumps(answer(step(PERSONAL, expected=[message, template]), result__errorDetails=details)).encode()


def test_every_free_text_is_redacted() -> None:
    assert 21 == repr(read_status(with_personal_data())).count(PERSONAL)
    assert PERSONAL not in repr(read_status(with_personal_data(), lambda text: text.replace(PERSONAL, "[email]")))


def test_status_words_ids_and_counts_are_never_redacted() -> None:
    status, redacted = read_status(COMPLETED), read_status(COMPLETED, lambda _: "#")

    assert words(status) == words(redacted)
    assert (status.body.run_id, status.body.announced, status.ended) == (
        redacted.body.run_id,
        redacted.body.announced,
        redacted.ended,
    )
    assert {"#"} == {step.user_input for step in redacted.steps if step}


def words(status: ConversationStatus) -> list[Any]:
    """Every status word of a reply, down to the entries of its assertions."""
    steps = [step for step in status.steps if step]
    responses = [response for step in steps for pair in step.response_pairs for response in pair if response]
    judged = [response.assertion(kind) for response in responses for kind in ASSERTION_KINDS]
    assertions = [assertion for assertion in judged if assertion]
    entries = [entry.get("status") for assertion in assertions for entry in assertion.entries]
    run = [status.body.status, status.result.status]
    return [*run, *(step.status for step in steps), *(assertion.status for assertion in assertions), *entries]


KEYS = [
    "status",
    "result",
    "totalTestStepsCount",
    "percentageCompleted",
    "executionResults",
    "stepDetails",
    "total",
    "outputs",
    "duration",
]
STATUS_WORDS = st.sampled_from(["passed", "failed", "IN_PROGRESS", "in progress", "Queued", "aborted", ""])
LEAVES = st.one_of(
    STATUS_WORDS,
    st.none(),
    st.booleans(),
    st.integers(-1, 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=3),
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
)
# A status in most cases, any other JSON, and what is not JSON: any bytes, and replies that were cut off.
REPLIES = st.one_of(
    st.fixed_dictionaries({}, optional={"status": STATUS_WORDS | JSON, "result": JSON, "percentageCompleted": JSON}),
    JSON,
).map(lambda value: json.dumps(value).encode())
BODIES = st.one_of(REPLIES, st.binary(), st.integers(0, len(RUNNING)).map(lambda end: RUNNING[:end]))


def read_or_error(read: Callable[[bytes], tuple[object, ...]], body: bytes) -> object:
    """What was read of a body, or the kind of the error."""
    try:
        return read(body)
    except UnreadableReply as problem:
        return UnreadableReply, str(problem), problem.body
    except ValueError:
        return ValueError


def facts_of_progress(body: bytes) -> tuple[object, ...]:
    progress = read_progress(body)
    return progress.ended, progress.percent, progress.announced, progress.changes[-1]


def facts_of_status(body: bytes) -> tuple[object, ...]:
    status = read_status(body)
    return status.ended, status.body.percent, status.body.announced, len(status.steps)


@given(BODIES)
@example(RUNNING)
@example(COMPLETED)
@example(b'{"result": {"status": "queued", "executionResults": [7, null, {"outputs": 7}]}}')
@example(b'{"status": "IN_PROGRESS", "status": 7, "result": []}')
@example(b"[]")
@example(b"7")
def test_the_wait_and_the_judgement_read_the_same_in_every_body(body: bytes) -> None:
    assert read_or_error(facts_of_progress, body) == read_or_error(facts_of_status, body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"status": "passed", "result": {"duration": NaN}}',
        b'{"status": "passed", "result": {"duration": "long", "errorDetails": Infinity}}',
    ],
    ids=repr,
)
def test_the_wait_and_the_judgement_agree_on_what_is_not_json(body: bytes) -> None:
    assert read_or_error(facts_of_progress, body) == read_or_error(facts_of_status, body)


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"[1]", UnreadableReply), (b'{"code": 7}', UnreadableReply), (b"<html>", ValueError), (b"", ValueError)],
)
def test_a_body_without_a_status_is_the_same_kind_of_error_for_both(body: bytes, kind: type[Exception]) -> None:
    for read in (read_progress, read_status):
        with pytest.raises(kind) as caught:
            read(body)
        assert isinstance(caught.value, UnreadableReply) == (kind is UnreadableReply)


def progress_of(**changes: Any) -> RunProgress:
    return read_progress(json.dumps(answer(step(), status="IN_PROGRESS", **changes)).encode())


@pytest.mark.parametrize(
    "change",
    [
        {"percentageCompleted": 40},
        {"result__stepDetails": {"passed": 0, "failed": 1, "total": 1}},
        {"result__stepDetails": None},
        {"result__executionResults": []},
        {"result__status": "queued"},
    ],
    ids=str,
)
def test_a_change_of_percent_counts_steps_or_status_is_progress(change: dict[str, Any]) -> None:
    assert progress_of().changes != progress_of(**change).changes


def test_a_change_of_anything_else_is_no_progress() -> None:
    assert progress_of().changes == progress_of(result__duration=7, result__startTime="now", streamId="st-2").changes


@pytest.mark.parametrize(
    ("top", "inner", "ended"),
    [
        ("passed", "inprogress", False),
        ("IN_PROGRESS", "passed", False),
        ("passed", None, True),
        (None, "queued", False),
        (None, "failed", True),
        ("failed", "running", False),
        ("aborted", "stopped", True),
        ("passed", "passed", True),
    ],
)
def test_a_run_continues_while_one_of_its_two_status_words_says_so(
    top: str | None, inner: str | None, ended: bool
) -> None:
    body = json.dumps({**answer(step(), result__status=inner), "status": top}).encode()

    assert (ended, ended) == (read_progress(body).ended, read_status(body).ended)


@pytest.mark.parametrize(
    ("started", "moment"),
    [
        (1795428853330, "2026-11-23T10:14:13.330000+00:00"),
        ("1795428853330", "2026-11-23T10:14:13.330000+00:00"),
        (1795428853, "2026-11-23T10:14:13+00:00"),
        ("1795428853", "2026-11-23T10:14:13+00:00"),
        (1795428853.5, "2026-11-23T10:14:13.500000+00:00"),
        ("2026-11-23T10:14:13.330Z", "2026-11-23T10:14:13.330000+00:00"),
        ("2026-11-23T12:14:13+02:00", "2026-11-23T10:14:13+00:00"),
        ("1711-11-23T10:14:13Z", None),
        ("9999-12-31T23:59:59-23:00", None),
        (-1795428853, None),
        (0, None),
        (7, None),
        (9999999999999, None),
        (10**40, None),
        (True, None),
        ("soon", None),
        (None, None),
        ([1795428853], None),
    ],
    ids=repr,
)
def test_the_start_is_read_in_every_form_and_an_absurd_year_is_none(started: object, moment: str | None) -> None:
    found = read_status(json.dumps(answer(step(), result__startTime=started)).encode()).started

    assert moment == (found.isoformat() if found else None)


@pytest.mark.parametrize(
    "word", ["paßed", "pa\u017f\u017fed", "\uff30assed", "passed\u00a0", "\u212a", "pas\nsed", "pass\ted"]
)
def test_a_word_with_other_characters_stays_as_it_is(word: str) -> None:
    assert word == normalized_status(word)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("13", 13),
        (13.0, 13),
        ("13.0", 13),
        *((number, None) for number in (13.5, "x", "1e3", "-1", True, "\u0663", " 13", "9" * 400)),
    ],
)
def test_a_number_may_come_in_digits_or_as_a_whole_float(number: object, expected: int | None) -> None:
    status = read_status(json.dumps(answer(step(), totalTestStepsCount=number)).encode())

    assert (expected, () if expected else ("totalTestStepsCount",)) == (status.body.announced, status.unreadable_parts)


def test_percentage_and_duration_may_come_in_digits_with_a_fraction() -> None:
    status = read_status(json.dumps(answer(step(), percentageCompleted="99.5", result__duration="1500")).encode())

    assert (99.5, 1.5, ()) == (status.body.percent, status.seconds, status.unreadable_parts)
