"""Conversations as turns, and rich messages as the user sees them."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import batch
from support.answers import TARGET, answer, failed_step, judged, report_of, response, step
from support.policies import NOW, failed, retried

from koregate.judging.cases import EarlierRun, EarlierStep
from koregate.judging.results import JobResult
from koregate.judging.transcript import (
    BOT,
    USER,
    Turn,
    displayed_text,
    earlier_turns,
    is_start,
    message_parts,
    template,
    turns,
    turns_to_failure,
)
from koregate.policy.apply import apply_policy
from koregate.policy.rules import Policy
from koregate.verdicts import Verdict

STEPS = judged(
    answer(
        step("hi", actual=[response("Hello"), response("How can I help?")]),
        step("pizza", actual=[]),
        step("large", expected=[response("Fine")], actual=[response({"n": 1})]),
    )
).steps


@pytest.mark.parametrize(
    ("last", "most", "expected"),
    [
        (0, 5, []),
        (1, 5, [Turn(1, USER, "hi"), Turn(1, BOT, "Hello"), Turn(1, BOT, "How can I help?")]),
        (2, 1, [Turn(2, USER, "pizza")]),
        (3, 2, [Turn(2, USER, "pizza"), Turn(3, USER, "large"), Turn(3, BOT, '{"n": 1}')]),
        (9, 7, [Turn(3, USER, "large"), Turn(3, BOT, '{"n": 1}')]),
    ],
)
def test_the_turns_end_with_a_step_and_begin_so_many_steps_before(last: int, most: int, expected: list[Turn]) -> None:
    assert expected == list(turns(STEPS, last, most))


def test_what_could_not_be_read_is_no_turn() -> None:
    reply = answer(step("hi", actual=["no response", response("Hello")]), step("bye"))
    reply["result"]["executionResults"].insert(0, "no step")

    assert [Turn(2, USER, "hi"), Turn(2, BOT, "Hello")] == list(turns(judged(reply).steps, 2, 5))


def test_what_was_announced_and_not_returned_is_no_turn() -> None:
    steps = judged(answer(step("hi"), totalTestStepsCount=3)).steps

    assert [Turn(1, USER, "hi"), Turn(1, BOT, "Hello")] == list(turns(steps, 3, 5))


def test_what_the_user_said_is_a_turn_though_the_step_has_neither_a_status_nor_a_response() -> None:
    steps = judged(answer(step("hi"), {"input": "pizza"}, {"input": None})).steps

    assert [Turn(1, USER, "hi"), Turn(1, BOT, "Hello"), Turn(2, USER, "pizza")] == list(turns(steps, 3, 5))


def test_a_step_without_a_response_has_the_users_turn_alone() -> None:
    silent = step("hi")
    del silent["actualOutput"]

    assert [Turn(1, USER, "hi")] == list(turns(judged(answer(silent)).steps, 1, 1))


BUTTONS = {
    "type": "template",
    "payload": {
        "template_type": "button",
        "text": "Which size?",
        "buttons": [{"type": "postback", "title": "Large", "payload": "L"}, {"title": "Small", "payload": "S"}],
    },
}
CARDS = {
    "type": "template",
    "payload": {
        "elements": [
            {"title": "Margherita", "subtitle": "7 €", "buttons": [{"title": "Order"}]},
            {"title": "Funghi"},
            "no card",
            {},
        ]
    },
}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (BUTTONS, "Which size?\n[Large]\n[Small]"),
        (CARDS, "[Margherita - 7 €]\n[Order]\n[Funghi]"),
        ({"type": "text", "payload": "just text"}, "just text"),
        ({"type": "text", "payload": " ", "text": "said"}, "said"),
        ({"type": "image", "payload": "https://example.com/a.png", "title": "A pizza"}, "A pizza"),
        (
            {"payload": {"heading": "Title", "text": "Body", "quick_replies": [{"title": "Yes"}]}},
            "Body\nTitle\n[Yes]",
        ),
    ],
)
def test_a_rich_message_is_shown_as_a_user_sees_it(value: dict[str, Any], text: str) -> None:
    assert text == displayed_text(json.dumps(value))


@pytest.mark.parametrize(
    "text",
    [
        "Hello",
        "",
        "{curly} words}",
        '{"name": "no message"}',
        '["type"]',
        '{"type": "template"',
        '{"type": "template", "payload": {}}',
        '{"payload": {"elements": "many"}}',
        '{"type":' * 100_000 + "}",
        '{"type": "text", "payload": 7}',
        '{"type": ' + "9" * 5000 + "}",
    ],
)
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert text == displayed_text(text)


@pytest.mark.parametrize(
    ("text", "is_template"),
    [('{"type": 1}', True), ('{"payload": 1}', True), ('{"a": 1}', False), (' {"type": 1}', False)],
)
def test_a_template_is_an_object_with_a_type_or_a_payload(text: str, is_template: bool) -> None:
    assert is_template == (template(text) is not None)


def test_a_message_offers_at_most_twenty_choices_and_is_read_four_levels_deep() -> None:
    many = {"buttons": [{"title": str(n)} for n in range(50)]}
    deep: dict[str, Any] = {"title": "0"}
    for level in range(1, 50):
        deep = {"title": f"{level}", "payload": deep}

    assert ([], [str(n) for n in range(20)]) == message_parts(many)
    assert (["49", "48", "47", "46", "45"], []) == message_parts(deep)
    assert ([], ["a"]) == message_parts(
        {"items": [{"items": [{"items": [{"items": [{"title": "a", "items": [many]}]}]}]}]}
    )


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["payload", "type", "text", "title", "buttons", "elements"]), inner),
    ),
    max_leaves=15,
)


@given(JSON)
def test_any_message_is_displayed_as_some_text(value: Any) -> None:
    assert displayed_text(json.dumps(value))


@pytest.mark.parametrize(
    ("last", "most", "steps"), [(9, 3, [8, 8, 9]), (9, 2, [8, 8, 9]), (9, 1, [9]), (3, 3, [2]), (1, 5, []), (9, 0, [])]
)
def test_the_turns_of_an_earlier_run_are_those_that_were_kept(last: int, most: int, steps: list[int]) -> None:
    kept = EarlierStep(2, "hi"), EarlierStep(8, "pizza", ("Which size?",)), EarlierStep(9, "large")
    told = list(earlier_turns(EarlierRun("ctr-0", Verdict.FAILED, 1, (), kept), last, most))

    assert steps == [turn.step for turn in told]
    assert [Turn(8, USER, "pizza"), Turn(8, BOT, "Which size?")] == told[:2] or 8 not in steps


def test_the_turns_of_a_step_that_stands_alone_are_its_own() -> None:
    both = [[turn.step for turn in turns(STEPS, 3, most, stand_alone=True)] for most in (5, 1, 0)]

    assert [[3, 3], [3, 3], []] == both


MANY = retried(
    failed(step("hi"), failed_step("gone"), failed_step("pizza", actual="Sorry?")),
    failed(step("hi"), failed_step("pizza", actual="Pardon?")),
    answer(step("hi"), step("pizza")),
)


def test_the_turns_to_a_failure_are_those_of_the_run_in_which_it_failed() -> None:
    job = apply_policy(MANY, Policy(NOW, flaky="fail"))
    pizza, run = job.blocking_steps

    assert (
        "in the run that failed (run 1 of 3)",
        3,
        (Turn(2, USER, "gone"), Turn(2, BOT, "Sorry, what?"), Turn(3, USER, "pizza"), Turn(3, BOT, "Sorry?")),
    ) == turns_to_failure(pizza, 2)
    assert ("in the run that failed (run 1 of 3)", 2, "gone") == (
        turns_to_failure(run, 5).run,
        turns_to_failure(run, 5).failed,
        turns_to_failure(run, 5).turns[-2].text,
    )
    lost = pizza._replace(suite=replace(pizza.suite, earlier_runs=()))
    assert ("in the run that failed", 3, ()) == turns_to_failure(lost, 2)


def test_the_turns_to_a_failure_of_the_last_run_are_its_own_and_there_are_none_to_one_of_the_run_itself() -> None:
    first, last = report_of(
        Pizza=failed(step("hi"), failed_step("pizza")), Run=answer(step("hi"), status="odd")
    ).blocking_steps

    assert ("", 2, (Turn(2, USER, "pizza"), Turn(2, BOT, "Sorry, what?"))) == turns_to_failure(first, 1)
    assert ("", 0, ()) == turns_to_failure(last, 5)


def test_the_turns_to_a_failed_utterance_are_the_utterance_alone() -> None:
    file = batch.csv_file(["hi", "Greet", "Greet"], ["bye", "Leave", "Greet"])
    suite = batch.judged(batch.reply(1, 1), file)
    (blocking,) = JobResult.of(TARGET, [suite]).blocking_steps

    assert ("", 2, (Turn(2, USER, "bye"),)) == turns_to_failure(blocking, 5)


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        (Turn(1, USER, "Start_Flow"), True),
        (Turn(2, USER, "Start_Flow"), False),
        (Turn(1, BOT, "Start_Flow"), False),
        (Turn(1, USER, "start"), False),
        (Turn(2, USER, "hi"), False),
    ],
)
def test_only_the_platforms_first_event_opens_a_conversation(turn: Turn, *, expected: bool) -> None:
    assert expected == is_start(turn)


def test_a_message_with_too_many_choices_still_has_the_texts_of_its_payload() -> None:
    buttons = [{"title": str(number)} for number in range(25)]

    assert (["Which?"], [str(number) for number in range(20)]) == message_parts(
        {"buttons": buttons, "payload": {"text": "Which?"}}
    )
