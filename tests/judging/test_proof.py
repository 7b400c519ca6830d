"""The parts of a proof that all kinds of suites share: each names what keeps a reply from being one."""

import json
from typing import Any

import pytest
from support.answers import RUN_ID, answer, failed_step, judged, step

from koregate.errors import UnreadableReply
from koregate.judging.cases import Outcome, TestCase
from koregate.judging.proof import (
    last_progress,
    parts_of,
    plural,
    reply_to_judge,
    run_case,
    stopped,
    suspicion_doubts,
)
from koregate.judging.results import MAX_MESSAGE
from koregate.kore_api.identity import Identity, identity_doubts, quoted
from koregate.runs.record import RunRecord, StopReason
from koregate.verdicts import Verdict


@pytest.mark.parametrize(
    "identity",
    [
        ("test run", "ctr-1", "ctr-1"),
        ("version", "configured", "inDevelopment"),
        ("version", "Configured", "inDevelopment"),
        ("version", "in_development", "inDevelopment"),
        ("version", "inDevelopment", "configured"),
        ("version", "PUBLISHED", "published"),
        ("language", "EN", "en"),
        ("language", "pt-br", "pt_BR"),
        ("test run", None, "ctr-1"),
        ("test run", "ctr-1", None),
    ],
)
def test_what_the_reply_tells_may_be_spelled_differently_or_left_out(identity: Identity) -> None:
    assert [] == list(identity_doubts([identity], str))


@pytest.mark.parametrize(
    "identity",
    [
        ("test run", "ctr-2", "ctr-1"),
        ("test run", "CTR-1", "ctr-1"),
        ("app", "st_1", "st-1"),
        ("version", "published", "inDevelopment"),
        ("version", "configured", "published"),
        ("version", "", "published"),
        ("language", "de", "en"),
        ("language", "", "en"),
        ("version", 1, "published"),
        ("language", ["en"], "en"),
        ("test run", 1, "1"),
        ("test run", False, "ctr-1"),
    ],
)
def test_a_reply_of_something_else_is_told_with_both_values(identity: Identity) -> None:
    (doubt,) = identity_doubts([("test run", None, "ctr-1"), ("app", "st-1", "st-1"), identity], str)

    name, given, requested = identity
    assert doubt == f'The reply is for {name} {quoted(given, str)}, but "{requested}" was requested.'


def test_a_value_is_redacted_before_it_is_cut() -> None:
    value = "x" * 50 + " ann@example.com"

    assert f'"{"x" * 50} [email]"' == quoted(value, lambda text: text.replace("ann@example.com", "[email]"))
    assert 62 == len(quoted("y" * 100, str))
    assert ("step", "steps", "steps") == tuple(plural("step", count) for count in (1, 0, 2))


def read(data: bytes) -> str:
    if data == b"[]":
        raise UnreadableReply("The reply is a list.", data, advice="Look at it.")
    if not data.startswith(b"{"):
        raise ValueError("not JSON")
    return data.decode()


STOP = StopReason(Verdict.TIMEOUT, 5, "The wait took too long.")


@pytest.mark.parametrize(
    ("reply", "stop", "expected"),
    [
        (b"{}", None, ("{}", None)),
        (b"{}", STOP, ("{}", STOP)),
        (None, STOP, ("nothing", STOP)),
        (b"<html>", STOP, ("nothing", STOP)),
        (None, None, ("nothing", StopReason(Verdict.ERROR, 4, "There is no reply to judge."))),
        (b"<html>", None, ("nothing", StopReason(Verdict.ERROR, 4, "The saved reply is not JSON."))),
        (b"[]", None, ("nothing", StopReason(Verdict.ERROR, 4, "The reply is a list.", "Look at it."))),
        (b"[]", STOP, ("nothing", STOP)),
        (b"", None, ("nothing", StopReason(Verdict.ERROR, 4, "The saved reply is not JSON."))),
    ],
)
def test_without_a_reply_that_can_be_read_there_is_a_reason_which_is_never_a_pass(
    reply: bytes | None, stop: StopReason | None, expected: Any
) -> None:
    assert expected == reply_to_judge(RunRecord("Pizza", RUN_ID, reply, stop=stop), read, "nothing")


@pytest.mark.parametrize(
    ("verdict", "code", "outcome"),
    [(Verdict.ERROR, 4, Outcome.ERROR), (Verdict.TIMEOUT, 5, Outcome.ERROR), (Verdict.SKIPPED, 0, Outcome.SKIPPED)],
)
def test_a_run_that_was_stopped_has_the_verdict_of_its_stop_and_one_case_with_every_reason(
    verdict: Verdict, code: int, outcome: Outcome
) -> None:
    result = stopped(judged(answer(step())), StopReason(verdict, code, "Stopped."), ["One.", "Two."])

    assert (verdict, code, ("Stopped.", "One.", "Two.")) == (result.verdict, result.exit_code, result.doubts)
    (case,) = result.run_cases
    assert case == TestCase(0, 0, "run", outcome, "Stopped. One. Two.")
    assert () == result.advice
    assert ("Wait.",) == stopped(result, StopReason(verdict, code, "Stopped.", "Wait."), []).advice


@pytest.mark.parametrize(
    ("percent", "announced", "told"),
    [
        (40.0, 5, ["The platform last reported 40% progress (5 utterances in all)."]),
        (0.0, 1, ["The platform last reported 0% progress (1 utterance in all)."]),
        (12.5, None, ["The platform last reported 12.5% progress."]),
        (12.5, 0, ["The platform last reported 12.5% progress."]),
        (None, 5, []),
    ],
)
def test_a_run_that_timed_out_says_how_far_it_came(percent: float | None, announced: int | None, told: Any) -> None:
    timeout, other = StopReason(Verdict.TIMEOUT, 5, "Late."), StopReason(Verdict.CANCELLED, 130, "Stopped.")

    assert told == list(last_progress(timeout, percent, announced, "utterance"))
    assert [] == list(last_progress(other, percent, announced, "utterance"))


def test_a_long_reason_leaves_room_for_the_messages_of_the_platform() -> None:
    stop = StopReason(Verdict.ERROR, 4, "x" * 2 * MAX_MESSAGE)
    (case,) = stopped(judged(answer(step())), stop, ["The platform says no."]).run_cases

    assert case.message.endswith(" The platform says no.")
    assert MAX_MESSAGE == len(case.message)


def test_only_a_reply_that_can_be_searched_and_says_no_failure_raises_no_doubt() -> None:
    assert [] == list(suspicion_doubts(parts_of(b'{"status": "passed"}'), str))
    for body in (None, b"", b"<html>", b'{"status": "passed"'):
        assert ["The reply cannot be searched for repeated keys."] == list(suspicion_doubts(parts_of(body), str))
    assert ['An object of the reply has the key "a" more than once.'] == list(
        suspicion_doubts(parts_of(b'{"a": 1, "a": 2}'), str)
    )
    assert ["An undocumented part of the reply is marked as failed: verdict.status."] == list(
        suspicion_doubts(parts_of(b'{"status": "passed", "verdict": {"status": "FAILED"}}'), str)
    )


def test_of_a_failed_run_the_steps_that_failed_are_no_news() -> None:
    parts = parts_of(json.dumps(answer(step(), failed_step(), status="failed")).encode())

    assert [] == list(suspicion_doubts(parts, str, {2}))
    assert ["An undocumented part of the reply is marked as failed: status."] == list(suspicion_doubts(parts, str))


def test_the_case_of_a_run_is_one_line_of_limited_length() -> None:
    case = run_case(Outcome.ERROR, "one\ntwo" + "x" * 3 * MAX_MESSAGE)

    assert (0, 0, "run") == (case.step, case.response, case.kind)
    assert case.message.startswith("one two")
    assert MAX_MESSAGE == len(case.message)
