"""report.html: the conversations, step by step."""

import json
from dataclasses import replace
from typing import Any

import pytest
from support.answers import (
    MISSING,
    answer,
    assertion,
    failed_step,
    job_of,
    record_of,
    report_of,
    response,
    step,
)
from support.page import REPLIES, UNREADABLE, Node, page_of, page_of_steps, stopped
from support.policies import NOW, failed, retried

from koregate.inputs import Flaky
from koregate.judging.results import SuiteResult
from koregate.policy.apply import apply_policy
from koregate.policy.rules import Policy
from koregate.reports import page
from koregate.runs.record import StopReason
from koregate.verdicts import Verdict


def test_a_passed_step_is_folded_and_a_failed_step_is_open() -> None:
    root = page_of_steps(step("hi"), failed_step(), status="failed")
    passed, failed = root.by_id("s1-step-1"), root.by_id("s1-step-2")
    assert "✓ passed User hi Bot Welcome > Greet Hello" == passed.only("summary").words
    assert "open" not in passed.only("details").attributes
    assert 1 == passed.words.count("Hello")
    assert "✓ text passed" == passed.only("details").only("div", "notes").words
    assert not failed.all("details")
    assert "✗ failed User pizza" == failed.only("h3").words
    assert "#2" == failed.all("a")[0].text


def test_a_folded_step_shows_excerpts_of_several_replies_and_of_rich_ones_until_it_is_unfolded() -> None:
    rich = json.dumps({"type": "template", "payload": {"text": "Which size?", "buttons": [{"title": "Small"}]}})
    replies = ["Hello", rich, "x" * 1_000, "Bye"]
    item = page_of_steps(step("hi", expected=[response(text) for text in replies])).by_id("s1-step-1")
    summary = item.all("summary")[0]

    excerpts = [part.words for part in summary.all("span", "brief")]
    assert ["Bot Hello", "Bot Which size? [Small]"] == excerpts[:2]
    assert f"Bot {'x' * 159}…" == excerpts[2]
    assert summary.words.endswith("and 1 more")
    assert 4 == len(item.all("div", "bot"))
    assert not summary.all("details")


@pytest.mark.parametrize(
    ("replies", "shown"),
    [([], "Bot did not respond"), ([" "], "Bot (message without text)"), (["x" * 700], f"Bot {'x' * 159}…")],
    ids=["none", "blank", "long"],
)
def test_a_folded_step_without_a_short_reply_says_so(replies: list[str], shown: str) -> None:
    summary = (
        page_of_steps(step("hi", expected=[response(text) for text in replies])).by_id("s1-step-1").only("summary")
    )

    assert shown == summary.only("span", "brief").words


def test_a_folded_step_that_was_not_executed_shows_no_reply() -> None:
    root = page_of(report_of(Suite=answer(step(), totalTestStepsCount=2)))

    assert "Bot" in root.by_id("s1-step-1").words
    assert "did not respond" not in root.by_id("s1").words


def accepting(count: int) -> Node:
    """A page with a text that fitted none of so many."""
    texts = [f"Accepted text number {number}." for number in range(1, count + 1)]
    bad = assertion("failed", [{"text": text, "status": "failed"} for text in texts])
    wrong = step("go", "failed", [response(texts[0], text_=bad)], [response("No", text_=bad)])
    return page_of_steps(wrong, status="failed")


ONCE = failed(step(), failed_step("pizza"))
OTHERWISE = failed(step(), failed_step("pizza", actual="Pardon?"))
AT_LAST = answer(step(), step("pizza"))


def flaky_page(*runs: Any, flaky: Flaky = "fail") -> Node:
    return page_of(apply_policy(retried(*runs), Policy(NOW, flaky=flaky)))


def test_a_flaky_failure_names_its_runs_and_says_once_what_was_expected_and_what_came() -> None:
    note = flaky_page(ONCE, AT_LAST).by_id("s1-step-2").only("div", "note")

    assert (
        "✗ text assertion is flaky: failed in run 1, passed in run 2 Expected Which size? Actual in run 1 "
        "Sorry, what? Counts as failed (flaky: fail)." == note.words
    )
    assert [["Expected", "Actual"]] == [
        [row.text for row in page_of(report_of(Pizza=ONCE)).by_id("s1-step-2").all("dt")]
    ]


def test_a_tolerated_flaky_failure_says_the_same_as_one_that_fails_and_that_it_is_tolerated() -> None:
    root = flaky_page(ONCE, AT_LAST, flaky="pass")

    assert (
        "~ text assertion is flaky: failed in run 1, passed in run 2 Expected Which size? Actual in run 1 "
        "Sorry, what? Tolerated (flaky: pass)." == root.by_id("s1-step-2").only("div", "note").words
    )
    listed = root.only("nav").only("li")
    assert [("text expected", '"Which size?"'), ("actual in run 1", '"Sorry, what?"')] == [
        (row.only("dt").words, row.only("dd").words) for row in listed.all("div")
    ]
    assert ["failed in 1 of 2 runs and passed in the last one"] == [part.words for part in listed.all("p")]


def test_a_flaky_failure_of_several_runs_tells_the_same_texts_once_and_other_ones_too() -> None:
    root = flaky_page(ONCE, ONCE, OTHERWISE, AT_LAST)

    note = root.by_id("s1-step-2").only("div", "note").words
    assert "is flaky: failed in run 1, run 2 and run 3, passed in run 4" in note
    assert "Actual in run 1 and run 2 Sorry, what?" in note
    assert note.endswith('Failed in run 3: expected "Which size?", got "Pardon?"')


def test_a_failure_that_came_again_says_in_which_earlier_runs_it_was_the_same() -> None:
    note = flaky_page(ONCE, OTHERWISE, ONCE).by_id("s1-step-2").only("div", "note").words

    assert note.startswith("✗ text assertion failed Expected Which size? Actual Sorry, what?")
    assert note.endswith('Failed in the same way in run 1. Failed in run 2: expected "Which size?", got "Pardon?"')


def test_the_chat_of_a_flaky_step_begins_with_the_run_that_failed_beside_its_failure() -> None:
    root = flaky_page(ONCE, AT_LAST)

    bad, good = root.by_id("s1-step-2").all("div", "turn")
    assert "Bot run 1 Sorry, what?" == bad.only("div", "bot").words
    assert bad.all("div", "note")
    assert "Bot run 2 Welcome > Greet Hello ✓ text passed" == good.words
    assert "The conversation of run 2, the last one." in root.by_id("s1").words
    assert "The conversation of run" not in page_of(report_of(Pizza=ONCE)).by_id("s1").words


def test_a_folded_flaky_step_shows_what_the_bot_said_in_the_run_that_failed() -> None:
    summary = flaky_page(ONCE, AT_LAST, flaky="pass").by_id("s1-step-2").only("summary")

    assert ["Bot run 1 Sorry, what?", "Bot run 2 Hello"] == [bubble.words for bubble in summary.all("span", "bot")]


def test_the_chat_says_so_if_the_conversation_of_the_run_that_failed_was_not_kept() -> None:
    job = apply_policy(retried(ONCE, AT_LAST), Policy(NOW))
    (suite,) = job.suites
    runs = tuple(run._replace(steps=()) for run in suite.earlier_runs)
    root = page_of(job.with_suites([replace(suite, earlier_runs=runs)]))

    assert "Bot run 1 what it said was not kept" == root.by_id("s1-step-2").all("div", "bot")[0].words


def test_a_flaky_step_is_not_folded_among_passed_ones() -> None:
    said = [f"input {number}" for number in range(1, 13)]
    once = failed(*(failed_step(text) if text == "input 5" else step(text) for text in said))
    again = failed(*(failed_step(text) if text == "input 12" else step(text) for text in said))
    root = flaky_page(once, again, flaky="pass")

    folds = [item.all("summary")[0].words for item in root.all("li", "series")]
    assert ["✓ 3 passed steps (1 to 3)", "✓ 5 passed steps (6 to 10)"] == folds


def test_a_run_that_told_nothing_has_no_counts() -> None:
    running = answer(status="in_progress", totalTestStepsCount=4, result=MISSING)
    late = record_of("Late", running)._replace(ended=False, stop=StopReason(Verdict.TIMEOUT, 5, "No end."))

    row, _ = page_of(job_of(late, record_of("Fine", answer(step())))).by_id("suites").all("tbody")[0].all("tr")
    assert ["Late", "! timeout", *3 * ["\N{EN DASH}"]] == [cell.words for cell in row if cell.tag in ("th", "td")]


def rows(node: Node) -> list[str]:
    return [row.only("dt").words for row in node.only("dl").all("div")]


def test_accepted_texts_are_shown_and_only_the_last_of_many_are_folded() -> None:
    few, many = accepting(3), accepting(50)

    assert ["text expected", "or", "or", "actual"] == rows(few.only("nav"))
    assert not few.only("nav").all("details")
    assert ["text expected", *["or"] * 4, "actual"] == rows(many.only("nav"))
    assert "46 more accepted texts" == many.only("nav").only("details", "texts").only("summary").text
    note = many.by_id("s1-step-1").only("div", "note")
    assert ["Expected", *["or"] * 8, "Actual"] == rows(note)
    folded = note.only("details", "texts")
    assert "42 more accepted texts" == folded.only("summary").text
    assert 31 == len(folded.all("li"))
    assert "12 more are not shown. See report.json." == folded.all("li")[-1].text
    assert "Accepted text number 40." not in note.only("dl").all("div")[0].words


def test_a_failed_assertion_is_beside_the_response_that_it_belongs_to() -> None:
    bad = assertion("failed", [{"text": "Which size?", "status": "failed"}])
    expected = [response("Fine."), response("Which size?", text_=bad)]
    actual = [response("Fine."), response("Which colour?", text_=bad)]
    item = page_of_steps(step("go", "failed", expected, actual), status="failed").by_id("s1-step-1")
    first, second = item.all("div", "turn")
    assert "✓ text passed" == first.only("div", "notes").words
    assert ["✗ text assertion failed", "Expected", "Which size?", "Actual", "Which colour?"] == [
        part.text for part in second.only("div", "note") if part.tag in ("h4", "dt", "dd")
    ]
    assert ["size"] == [mark.text for mark in second.all("del")]
    assert ["colour"] == [mark.text for mark in second.all("ins")]


def compared(root: Node) -> list[tuple[str, str]]:
    return [
        (row.only("dt").text, row.only("dd").text)
        for note in root.all("div", "note")
        for row in note.only("dl").all("div")
    ]


def test_the_labels_of_texts_that_differ_are_told_apart_by_class() -> None:
    root = page_of_steps(failed_step())
    for rows in (root.only("nav"), root.only("div", "note")):
        assert [["left"], ["right"]] == [label.classes for label in rows.all("dt")]


def test_of_several_accepted_texts_the_closest_is_compared() -> None:
    bad = assertion("failed", [{"text": text, "status": "failed"} for text in ("Ciao!", "Which pizza size?", "What?")])
    failed = step("go", "failed", [response("Ciao!", text_=bad)], [response("Which pizza?", text_=bad)])
    root = page_of_steps(failed, status="failed")
    expected = [
        ("Expected", "Which pizza size?"),
        ("or", "Ciao!"),
        ("or", "What?"),
        ("Actual", "Which pizza?"),
    ]
    assert expected == compared(root)
    assert ["size"] == [mark.text for mark in root.by_id("s1").all("del")]


def test_flow_and_context_show_expected_and_actual() -> None:
    bad = assertion("failed", [{"key": "size", "status": "failed"}])
    flow = assertion("failed")
    expected, actual = (response("Hi", flow=flow, context=bad) for _ in range(2))
    expected["nodeName"] = "AskSize"
    root = page_of_steps(step("go", "failed", [expected], [actual]), status="failed")
    assert [
        ("Expected", "node AskSize, intent Welcome, dialog Welcome"),
        ("Actual", "node Greet, intent Welcome, dialog Welcome"),
        ("Reported by the platform", '{"key": "size", "status": "failed"}'),
    ] == compared(root)
    words = root.by_id("s1-step-1").words
    assert 'assertion failed; the platform reported {"key": "size", "status": "failed"}' in words


def test_a_silent_bot_is_shown_as_such() -> None:
    bad = assertion("failed", [{"text": "Hello", "status": "failed"}])
    root = page_of_steps(
        step("a", "failed", [response("Hello", text_=bad)], []),
        step("b", "passed", [response("Are you there?")], []),
        step("c", "passed", [], []),
        status="failed",
    )
    silences = [silence.words for silence in root.all("div", "silent")]
    assert [
        "Bot did not respond",
        "Bot did not respond. Expected: Are you there?",
        "Bot did not respond",
    ] == silences
    assert [("Expected", "Hello"), ("Actual", "(no response)")] == compared(root)


def test_a_response_too_many_and_an_empty_one_are_named() -> None:
    odd = step("", "passed", [response("one")], [response("one"), response("  ")])
    item = page_of_steps(odd).by_id("s1-step-1")
    assert "User (nothing)" == item.only("span", "user").words
    assert "The suite expects no response here. ✓ text passed" == item.all("div", "notes")[1].words
    assert "(empty message)" in item.all("div", "bot")[1].words


def test_if_the_suite_expects_no_response_at_all_none_is_too_many() -> None:
    unexpecting = step("go", "passed", [response("one")])
    del unexpecting["outputs"]
    assert "✓ text passed" == page_of_steps(unexpecting).by_id("s1-step-1").only("div", "notes").words


def test_a_difference_in_nothing_but_blanks_is_marked() -> None:
    root = page_of_steps(failed_step("go", "Hello", "Hello  "), status="failed")
    assert ["  "] == [mark.text for mark in root.all("ins")]


def test_a_rich_message_is_a_card_with_choices_that_do_nothing() -> None:
    text = json.dumps(REPLIES)
    card = page_of_steps(step("go", "passed", [response(text)])).only("div", "card")
    assert ["Which size?"] == [line.text for line in card.all("p")]
    assert ["Small", "Large"] == [choice.text for choice in card.only("ul", "chips").all("li")]
    assert json.dumps(REPLIES, indent=2) == card.only("details").only("pre").text
    assert not [node for node in card if node.tag in ("a", "button", "input")]


def test_the_elements_of_a_list_keep_their_choices_beside_them() -> None:
    pizzas = [
        {"title": name, "subtitle": "8.50 €", "buttons": [{"title": "Add"}]} for name in ("Margherita", "Diavola")
    ]
    text = json.dumps({"type": "template", "payload": {"text": "Our pizzas", "elements": pizzas}})
    card = page_of_steps(step("go", "passed", [response(text)])).only("div", "card")
    items = card.only("ul", "items").all("li")
    assert ["Margherita 8.50 € Add", "Diavola 8.50 € Add"] == [item.words for item in items if item.all("ul")]
    assert "8.50 €" in card.only("pre").text


def test_lines_of_json_that_differ_are_marked() -> None:
    one, other = ({"type": "template", "payload": {"text": "Size?", "template_type": kind}} for kind in ("a", "b"))
    bad = assertion("failed", [{"text": json.dumps(one), "status": "failed"}])
    failed = step("go", "failed", [response(json.dumps(one), text_=bad)], [response(json.dumps(other), text_=bad)])
    left, right = page_of_steps(failed, status="failed").only("div", "note").all("pre")
    assert ['"template_type": "a"'] == [mark.text for mark in left.all("del")]
    assert ['"template_type": "b"'] == [mark.text for mark in right.all("ins")]


def test_a_very_deep_message_is_shown_as_it_came() -> None:
    text = json.dumps({"type": "template", "payload": json.loads("[" * 30 + "]" * 30)})
    card = page_of_steps(step("go", "passed", [response(text)])).only("div", "card")
    assert text == card.only("pre").text


def test_a_rich_message_without_words_says_so() -> None:
    card = page_of_steps(step("go", "passed", [response('{"type": "template", "payload": {}}')])).only("div", "card")
    assert "(message without text)" == card.only("em").text


def test_the_json_of_an_expected_rich_message_is_folded_beside_the_words() -> None:
    text = json.dumps(REPLIES)
    bad = assertion("failed", [{"text": text, "status": "failed"}])
    root = page_of_steps(
        step("go", "failed", [response(text, text_=bad)], [response("What?", text_=bad)]), status="failed"
    )
    assert [("Expected", "Which size?\n[Small]\n[Large]"), ("Actual", "What?")] == compared(root)
    assert json.dumps(REPLIES, indent=2) == root.only("div", "note").only("details").only("pre").text


def test_an_assertion_without_a_result_says_which_status_it_has() -> None:
    odd = assertion("maybe")
    root = page_of_steps(step("go", "passed", [response("Hi", text_=odd)]))
    note = root.by_id("s1-step-1").only("div", "note")
    assert "! text assertion without a result" == note.only("h4").text
    assert 'The text assertion has no usable status: "maybe".' == note.only("p").text
    assert "error" in note.classes


def test_a_step_that_fails_without_a_reason_and_one_that_cannot_be_read_say_so() -> None:
    root = page_of_steps(step("go", "failed"), UNREADABLE, status="failed")
    assert "Step 1 failed on the platform, but no assertion says why." in root.by_id("s1-step-1").words
    assert "Step 2 could not be read." in root.by_id("s1-step-2").words


def test_steps_that_were_not_executed_are_marked_and_those_that_were_not_returned_are_one_line() -> None:
    root = page_of_steps(step("a"), step("b", "notexecuted"), totalTestStepsCount=90_000)
    assert "#2 - skipped User b This step was not executed." == root.by_id("s1-step-2").words
    assert "Steps 3 to 90000 are missing from the platform's reply." in root.by_id("s1-step-3").words
    assert 3 == len(root.only("ol", "steps").all("li"))


def test_a_single_step_that_was_not_returned_is_named_alone() -> None:
    assert (
        "Step 2 is missing from the platform's reply."
        in page_of_steps(step(), totalTestStepsCount=2).by_id("s1-step-2").words
    )


def reasons(root: Node) -> list[str]:
    return [line.text for line in root.only("div", "reasons").all("li")]


@pytest.mark.parametrize(
    ("steps", "changes"),
    [
        ([failed_step()], {"status": "failed", "totalTestStepsCount": 3}),
        ([failed_step()], {"status": "failed", "totalTestStepsCount": 3, "result__errorDetails": "Timed out."}),
        ([step()], {"status": "failed", "totalTestStepsCount": 3, "result__errorDetails": "Timed out."}),
        ([step(), step("b", "odd")], {"totalTestStepsCount": 3, "result__errorDetails": "Timed out."}),
    ],
    ids=["failed", "failed with error details", "failed without a failed step", "no proof"],
)
def test_a_suite_shows_all_its_reasons_failures_first(steps: list[Any], changes: dict[str, Any]) -> None:
    reply = answer(*steps, **changes)
    suite: SuiteResult = report_of(Suite=reply).suites[0]
    listed = reasons(page_of_steps(*steps, **changes))
    assert [*suite.failures, *suite.doubts] == listed
    assert "the platform announced 3 steps but returned" in " ".join(suite.doubts)
    assert ('The platform reports an error: "Timed out."' in listed) == ("result__errorDetails" in changes)


def test_a_suite_says_why_it_did_not_pass() -> None:
    root = page_of(job_of(stopped(message="No end within 30m.")))
    assert "No end within 30m." == root.only("nav").only("p").words
    assert not page_of_steps(step()).all("div", "reasons")


def test_a_suite_without_a_list_of_steps_shows_the_counts() -> None:
    root = page_of_steps(step(), step(), result__executionResults=MISSING)
    assert "The reply has no list of steps. Its counts: 2 of 2 steps passed." in root.by_id("s1").words
    assert "no step was executed" in page_of_steps().by_id("s1").words


def test_many_failures_and_reasons_are_folded_after_the_first() -> None:
    root = page_of_steps(*[step("x", "odd")] * 40)
    nav = root.only("nav")
    assert "33 more failures" == nav.only("summary").text
    assert 41 == len(nav.all("li"))
    section = root.only("div", "reasons")
    assert "30 more reasons" == section.only("summary").text
    assert 42 == len(section.all("li"))


def test_the_facts_of_a_run_are_shown() -> None:
    facts = {
        row.only("dt").text: row.only("dd").text for row in page_of_steps(step()).by_id("s1").all("dl")[0].all("div")
    }
    assert {
        "Test run": "ctr-1",
        "Platform status": "passed",
        "Started": "2026-11-23 10:14:13 UTC",
        "NLP versions": "v3",
    } == facts


def test_a_passed_step_takes_little_room() -> None:
    few, many = (len(page.render(report_of(A=answer(*[step()] * count)))) for count in (1000, 2000))
    assert many - few < 600 * 1000
