"""report.html: what a reader finds where."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from support.answers import (
    MISSING,
    TARGET,
    answer,
    assertion,
    failed_step,
    report_of,
    response,
    step,
)
from support.page import REPLIES, REPORTS, UNREADABLE, Node, shown, shown_steps, stopped

from koregate.judging.results import Report
from koregate.reports import page


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_well_formed_and_the_same_each_time(name: str) -> None:
    assert page.render(REPORTS[name]()) == page.render(REPORTS[name]())
    root = shown(REPORTS[name]())
    for landmark in ("header", "nav", "main", "h1"):
        root.one(landmark)
    assert {"lang": "en"} == root.one("html").attributes


@pytest.mark.parametrize("name", REPORTS)
def test_a_red_case_is_in_the_list_of_failures_with_a_link_to_its_place(name: str) -> None:
    report = REPORTS[name]()
    numbers = {suite.name: number for number, suite in enumerate(report.suites, 1)}
    places = [f"#s{numbers[suite.name]}" + (f"-step-{case.step}" if case.step else "") for suite, case in report.red]
    links = [link.attributes["href"] for item in shown(report).one("nav").all("li") for link in item.all("a")]
    assert list(dict.fromkeys(places)) == links


def test_nothing_may_act_but_the_own_style_and_script() -> None:
    root = shown(REPORTS["failed"]())
    head = root.one("head")
    policy = next(one for one in head.all("meta") if "http-equiv" in one.attributes)
    hashes = {
        tag: base64.b64encode(hashlib.sha256(root.one(tag).text.encode()).digest()).decode()
        for tag in ("style", "script")
    }
    assert {
        "http-equiv": "Content-Security-Policy",
        "content": f"default-src 'none'; style-src 'sha256-{hashes['style']}'; script-src 'sha256-{hashes['script']}'; "
        "base-uri 'none'; form-action 'none'",
    } == policy.attributes
    assert [one.tag for one in head].index("style") > [*head].index(policy)
    named = {name for one in root for name in one.attributes}
    assert not {name for name in named if name == "style" or name.startswith("on") or name in ("src", "action")}
    assert "url(" not in root.one("style").text
    assert not root.all("link")


def test_the_head_says_how_it_ended_and_of_what() -> None:
    root = shown(Report.of(TARGET, "error", [REPORTS["failed"]().suites[0].ending]))
    header = root.one("header")
    assert "✗ failed: One - koregate" == root.one("title").text
    assert "✗ Failed" == header.one("h1").words
    assert "1 of 2 test cases passed: 1 failed, 0 errors, 0 skipped. 1 of 2 steps passed." in header.words
    facts = {row.one("dt").text: row.one("dd").text for row in header.one("dl").all("div")}
    assert {
        "Exit code": "0",
        "Fail-on": "error",
        "Pass rate": "50.00 %",
        "Duration": "14s",
        "Host": "https://platform.kore.ai",
        "Stream": "st-1",
        "Bot version": "inDevelopment",
        "Language": "en",
    } == facts


def test_each_suite_has_a_row_that_links_to_it() -> None:
    report = Report.of(TARGET, "any", [*(one.ending for one in REPORTS["passed"]().suites), stopped()])
    root = shown(report)
    rows = [[cell.words for cell in row if cell.tag in ("th", "td")] for row in root.one("table").all("tr")]
    assert [
        ["Suite", "Verdict", "Steps", "Test cases", "Pass rate", "Duration", "Test run"],
        ["One", "✓ passed", "1 of 1", "1 of 1", "100.00 %", "14s", "ctr-1"],
        ["Two", "✓ passed", "2 of 2", "2 of 2", "100.00 %", "14s", "ctr-1"],
        ["Late", "! timeout", "0 of 0", "0 of 1", "0.00 %", "", "ctr-9"],
    ] == rows
    assert ["col"] * 7 + ["row"] * 3 == [one.attributes["scope"] for one in root.one("table").all("th")]
    assert "Late" in root.by_id("s3").one("h2").words


def test_a_passed_step_is_folded_and_a_red_one_lies_open() -> None:
    root = shown_steps(step("hi"), failed_step(), status="failed")
    passed, failed = root.by_id("s1-step-1"), root.by_id("s1-step-2")
    assert "✓ passed User hi" == passed.one("summary").words
    assert "open" not in passed.one("details").attributes
    assert "Bot Welcome > Greet Hello" == passed.one("details").one("div", "bot").words
    assert "✓ text passed" == passed.one("details").one("div", "notes").words
    assert not failed.all("details")
    assert "✗ failed User pizza" == failed.one("h3").words
    assert "#2" == failed.all("a")[0].text


def test_a_failed_assertion_stands_in_the_turn_it_belongs_to() -> None:
    bad = assertion("failed", [{"text": "Which size?", "status": "failed"}])
    both = [response("Fine."), response("Which size?", text_=bad)]
    came = [response("Fine."), response("Which colour?", text_=bad)]
    first, second = shown_steps(step("go", "failed", both, came), status="failed").by_id("s1-step-1").all("div", "turn")
    assert "✓ text passed" == first.one("div", "notes").words
    assert ["✗ text assertion failed", "Expected", "Which size?", "Actual", "Which colour?"] == [
        part.text for part in second.one("div", "note") if part.tag in ("h4", "dt", "dd")
    ]
    assert ["size"] == [one.text for one in second.all("del")]
    assert ["colour"] == [one.text for one in second.all("ins")]


def sides(root: Node) -> list[tuple[str, str]]:
    return [
        (row.one("dt").text, row.one("dd").text)
        for note in root.all("div", "note")
        for row in note.one("dl").all("div")
    ]


def test_of_several_accepted_texts_the_nearest_is_compared() -> None:
    bad = assertion("failed", [{"text": text, "status": "failed"} for text in ("Ciao!", "Which pizza size?", "What?")])
    made = step("go", "failed", [response("Ciao!", text_=bad)], [response("Which pizza?", text_=bad)])
    root = shown_steps(made, status="failed")
    expected = [("Expected", "Which pizza size?"), ("or", "Ciao!"), ("or", "What?"), ("Actual", "Which pizza?")]
    assert expected == sides(root)
    assert ["size"] == [one.text for one in root.all("del")]


def test_flow_and_context_show_what_was_expected_and_what_came() -> None:
    bad = assertion("failed", [{"key": "size", "status": "failed"}])
    flow = assertion("failed")
    wanted, came = (response("Hi", flow=flow, context=bad) for _ in range(2))
    wanted["nodeName"] = "AskSize"
    root = shown_steps(step("go", "failed", [wanted], [came]), status="failed")
    assert [
        ("Expected", "node AskSize, intent Welcome, dialog Welcome"),
        ("Actual", "node Greet, intent Welcome, dialog Welcome"),
        ("Both sides", '{"key": "size", "status": "failed"}'),
    ] == sides(root)
    assert "Both sides are alike, and yet the platform failed it." in root.by_id("s1-step-1").words


def test_a_silent_bot_is_shown_as_such() -> None:
    bad = assertion("failed", [{"text": "Hello", "status": "failed"}])
    root = shown_steps(
        step("a", "failed", [response("Hello", text_=bad)], []),
        step("b", "passed", [response("Are you there?")], []),
        step("c", "passed", [], []),
        status="failed",
    )
    said = [one.words for one in root.all("div", "silent")]
    assert ["Bot did not answer", "Bot did not answer. Expected was: Are you there?", "Bot did not answer"] == said
    assert [("Expected", "Hello"), ("Actual", "(no answer)")] == sides(root)


def test_an_answer_too_many_and_an_empty_one_are_named() -> None:
    made = step("", "passed", [response("one")], [response("one"), response("  ")])
    item = shown_steps(made).by_id("s1-step-1")
    assert "User (nothing)" == item.one("span", "user").words
    assert "The suite expects no such answer. ✓ text passed" == item.all("div", "notes")[1].words
    assert "(an empty message)" in item.all("div", "bot")[1].words


def test_where_no_expected_side_is_given_no_answer_is_too_many() -> None:
    made = step("go", "passed", [response("one")])
    del made["outputs"]
    assert "✓ text passed" == shown_steps(made).by_id("s1-step-1").one("div", "notes").words


def test_a_difference_in_nothing_but_blanks_is_marked() -> None:
    root = shown_steps(failed_step("go", "Hello", "Hello  "), status="failed")
    assert ["  "] == [one.text for one in root.all("ins")]


def test_a_rich_message_is_a_card_with_choices_that_do_nothing() -> None:
    text = json.dumps(REPLIES)
    card = shown_steps(step("go", "passed", [response(text)])).one("div", "card")
    assert ["Which size?"] == [one.text for one in card.all("p")]
    assert ["Small", "Large"] == [one.text for one in card.one("ul", "chips").all("li")]
    assert text == card.one("details").one("pre").text
    assert not [one for one in card if one.tag in ("a", "button", "input")]


def test_a_rich_message_without_words_says_so() -> None:
    card = shown_steps(step("go", "passed", [response('{"type": "template", "payload": {}}')])).one("div", "card")
    assert "(a message without words)" == card.one("em").text


def test_the_json_of_an_expected_rich_message_is_folded_beside_the_words() -> None:
    text = json.dumps(REPLIES)
    bad = assertion("failed", [{"text": text, "status": "failed"}])
    root = shown_steps(
        step("go", "failed", [response(text, text_=bad)], [response("What?", text_=bad)]), status="failed"
    )
    assert [("Expected", "Which size?\n[Small]\n[Large]"), ("Actual", "What?")] == sides(root)
    assert text == root.one("div", "note").one("details").one("pre").text


def test_an_assertion_without_a_result_says_what_it_said() -> None:
    odd = assertion("maybe")
    root = shown_steps(step("go", "passed", [response("Hi", text_=odd)]))
    note = root.by_id("s1-step-1").one("div", "note")
    assert "! text assertion without a result" == note.one("h4").text
    assert 'The text assertion has no usable status: "maybe".' == note.one("p").text
    assert "error" in note.classes


def test_a_step_that_fails_without_a_reason_and_one_that_cannot_be_read_say_so() -> None:
    root = shown_steps(step("go", "failed"), UNREADABLE, status="failed")
    assert "Step 1 failed, and none of its assertions says why." in root.by_id("s1-step-1").words
    assert "Step 2 could not be read." in root.by_id("s1-step-2").words


def test_steps_that_were_not_executed_are_marked_and_those_that_never_came_are_one_line() -> None:
    root = shown_steps(step("a"), step("b", "notexecuted"), totalTestStepsCount=90_000)
    assert "#2 - skipped User b The bot was not asked." == root.by_id("s1-step-2").words
    assert "Steps 3 to 90000 were never executed." in root.by_id("s1-step-3").words
    assert 3 == len(root.one("ol", "steps").all("li"))


def test_a_single_step_that_never_came_is_one_step() -> None:
    assert "Step 2 was never executed." in shown_steps(step(), totalTestStepsCount=2).by_id("s1-step-2").words


def test_a_suite_says_why_it_did_not_pass() -> None:
    root = shown(Report.of(TARGET, "any", [stopped(message="No end within 30m.")]))
    assert ["No end within 30m."] == [one.text for one in root.one("div", "reasons").all("li")]
    assert "gave no answer that could be read" in root.by_id("s1").words
    assert not shown_steps(step()).all("div", "reasons")


def test_a_suite_without_a_list_of_steps_shows_the_counts() -> None:
    root = shown_steps(step(), step(), result__executionResults=MISSING)
    assert "The answer has no list of steps. Its counts: 2 of 2 steps passed." in root.by_id("s1").words
    assert "no step ran" in shown_steps().by_id("s1").words


def test_many_failures_and_reasons_are_folded_after_the_first() -> None:
    root = shown_steps(*[step("x", "odd")] * 40)
    nav = root.one("nav")
    assert "28 more failures" == nav.one("summary").text
    assert 40 == len(nav.all("li"))
    reasons = root.one("div", "reasons")
    assert len(reasons.one("ol").all("li")) == int(reasons.one("summary").text.split()[0])


def test_the_facts_of_a_run_are_shown() -> None:
    facts = {row.one("dt").text: row.one("dd").text for row in shown_steps(step()).by_id("s1").all("dl")[0].all("div")}
    assert {
        "Test run": "ctr-1",
        "Platform status": "passed",
        "Started": "2026-11-23 10:14:13 UTC",
        "NLP versions": "v3",
    } == facts


def test_a_passed_step_takes_little_room() -> None:
    few, many = (len(page.render(report_of(A=answer(*[step()] * count)))) for count in (1000, 2000))
    assert many - few < 600 * 1000
