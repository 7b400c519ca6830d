"""What a reply holds that no page shows: told with its place, and never with a value."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulator.caller import Caller
from support.answers import answer, put, replies, step

from koregate.kore_api.documented import BATCH_STATUS, CONVERSATION_STATUS, TRAINING_STATUS, Documented
from koregate.kore_api.reply_parts import ReplyParts
from koregate.kore_api.undocumented import remark, undocumented_parts
from koregate.simulator import load_scenario

DATA = Path(__file__).parents[1] / "data"


def odd(reply: Any, documented: Documented = CONVERSATION_STATUS) -> list[tuple[str, str]]:
    body = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
    return [(part.place, part.what) for part in undocumented_parts(ReplyParts(body).whole, documented)]


def told_of(reply: Any, redact: Callable[[str], str] = str) -> str | None:
    return remark(ReplyParts(json.dumps(reply).encode()).whole, CONVERSATION_STATUS, redact)


@pytest.mark.parametrize("name", ["documented-completed", "documented-in-progress"])
def test_the_documented_samples_hold_nothing_undocumented(name: str) -> None:
    assert [] == odd((DATA / f"{name}.json").read_bytes())


@pytest.mark.parametrize("name", ["passing", "failing", "step-failed", "summary-only"])
def test_the_simulator_sends_nothing_undocumented(name: str) -> None:
    with Caller(load_scenario(name)) as caller:
        for suite in caller.simulator.suites:
            run_id = caller.start(suite).json()["testRunId"]
            assert [] == odd(caller.status(run_id, suite).content)
            caller.clock.time += 600
            assert [] == odd(caller.status(run_id, suite).content)


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("extra", 1, ("extra", "the key")),
        ("result__extra", {"inner": 1}, ("result.extra", "the key")),
        ("result__stepDetails__notExecuted", 0, ("result.stepDetails.notExecuted", "the key")),
        ("status", "aborted", ("status", "the word")),
        ("result__version", "draft", ("result.version", "the word")),
        ("totalTestStepsCount", "2", ("totalTestStepsCount", "string, not number")),
        ("percentageCompleted", True, ("percentageCompleted", "boolean, not number")),
        ("result__errorDetails", {"code": 1}, ("result.errorDetails", "object, not null")),
        ("result__startTime", None, ("result.startTime", "null, not string")),
        ("result__executionResults", {}, ("result.executionResults", "object, not list")),
        ("result__nlpVersion", ["v3", 3], ("result.nlpVersion[1]", "number, not string")),
    ],
)
def test_a_key_a_word_and_a_type_are_reported_with_their_place(
    path: str, value: Any, expected: tuple[str, str]
) -> None:
    assert [expected] == odd(answer(step(), step(), **{path: value}))


def test_the_place_in_a_list_is_the_first_of_its_make() -> None:
    other = {**step(), "status": "skipped", "intents": [{"name": "x"}]}
    reply = answer(step(), step(), other, other, {**step(), "note": 1})

    assert [
        ("result.executionResults[2].status", "the word"),
        ("result.executionResults[2].intents[0]", "the object in this list"),
        ("result.executionResults[4].note", "the key"),
    ] == odd(reply)


def test_what_is_not_json_or_nested_too_deeply_is_a_value_error() -> None:
    for body in (b"<html>", b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"):
        with pytest.raises(ValueError, match=r"Expecting|nested"):
            odd(body)


def test_there_is_one_remark_that_names_some_places_and_counts_the_others() -> None:
    reply = {**answer(step()), **{f"extra{number}": number for number in range(9)}}
    told = told_of(reply) or ""

    assert "extra0 (the key), extra1 (the key)" in told
    assert "extra4 (the key) and 4 more." in told
    assert "koregate shape" in told
    assert None is told_of(answer(step()))


def test_keys_are_redacted_shortened_and_on_one_line() -> None:
    reply = {**answer(step()), "ann@example.com\n::error::" + "k" * 1000: 1}
    told = told_of(reply, lambda text: text.replace("ann@example.com", "***"))

    assert told is not None
    assert "ann@example.com" not in told
    assert "\n" not in told
    assert len(told) < 500


@given(replies(), st.text("QXZ", min_size=12, max_size=12))
def test_no_value_is_in_a_remark(reply: Any, secret: str) -> None:
    marked = _with_values(copy.deepcopy(reply), secret)
    told = told_of(marked)

    assert secret not in (told or "")


def _with_values(value: Any, text: str) -> Any:
    if isinstance(value, dict):
        return {key: _with_values(inner, text) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_values(inner, text) for inner in value]
    return text if isinstance(value, str) else value


def test_the_samples_of_batch_suites_and_of_the_training_are_documented() -> None:
    results = {"TP": 0, "TN": 0, "FP": 0, "FN": 1, "success": 0, "failure": 1, "failedUtteranceCount": 1}
    batch = {
        "_id": "tr-1",
        "streamId": "st-1",
        "testSuiteId": "ts-1",
        "status": "completed",
        "utterance_count": 1,
        "result": {"isPartialFailure": False, "status": "completed", "f1_score": "0.00", "results": results},
    }
    training = {"trainingStatus": "Finished", "isMlInSyncWithTraits": True, "trainDetails": {"nlpVersion": 3}}

    assert [] == odd(batch, BATCH_STATUS)
    assert [] == odd(training, TRAINING_STATUS)
    put(batch, ["result", "accuracy"], "1.0")
    assert [("result.accuracy", "the key")] == odd(batch, BATCH_STATUS)
