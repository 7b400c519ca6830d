"""Assertions as test cases: which of the platform's words decide, and what a failure says."""

from typing import Any

import pytest
from support.answers import answer, assertion, judged, response, step

from koregate.judging.cases import NO_RESPONSE, NOT_EXPECTED, Outcome, TestCase


def entries(*statuses: str | None) -> list[dict[str, Any]]:
    """Entries with these statuses. None leaves the status out."""
    return [
        {"text": f"text {number}", **({} if status is None else {"status": status})}
        for number, status in enumerate(statuses)
    ]


def case_of(expected: Any, actual: Any, kind: str, *, status: str = "passed") -> TestCase:
    """The test case of one assertion, given as the expected and the actual response tell it."""
    name = f"{kind}_" if kind == "text" else kind
    others = {} if kind == "text" else {"text_": {"enabled": False, "contains": []}}
    pair = [response("Hello", **others, **{name: told}) for told in (expected, actual)]
    suite = judged(answer(step("hi", status, pair[:1], pair[1:]), status=status))
    (case,) = (case for case in suite.cases if case.kind == kind)
    return case


@pytest.mark.parametrize("kind", ["text", "flow", "context"])
@pytest.mark.parametrize(
    ("status", "told", "outcome"),
    [
        ("passed", entries("failed", "failed"), "passed"),
        ("failed", entries("passed", "passed"), "failed"),
        ("FAILED", [], "failed"),
        ("aborted", entries("passed"), "error"),
        ("aborted", entries("failed"), "error"),
        (None, [], "error"),
        (None, entries(None), "error"),
        (None, entries("passed"), "passed"),
        (None, entries("passed", "passed"), "passed"),
        (None, entries("failed"), "failed"),
        (None, entries("failed", "aborted"), "failed"),
        (None, entries("aborted"), "error"),
    ],
)
def test_an_assertions_own_status_decides_and_its_entries_only_without_one(
    kind: str, status: str | None, told: list[dict[str, Any]], outcome: str
) -> None:
    found = assertion(status, told)

    assert outcome == case_of(found, found, kind).outcome


@pytest.mark.parametrize(
    ("told", "text", "others"),
    [
        (entries("failed", "passed"), "passed", "failed"),
        (entries("aborted", "passed"), "passed", "error"),
        (entries(None, "passed"), "passed", "error"),
    ],
)
def test_one_accepted_text_is_enough_and_of_flow_and_context_every_entry_must_pass(
    told: list[dict[str, Any]], text: str, others: str
) -> None:
    found = assertion(None, told)

    assert [text, others, others] == [case_of(found, found, kind).outcome for kind in ("text", "flow", "context")]


@pytest.mark.parametrize(
    ("expected", "actual", "outcome"),
    [
        ("passed", "failed", "failed"),
        ("failed", "passed", "failed"),
        ("passed", "aborted", "error"),
        ("aborted", "failed", "failed"),
        ("passed", None, "passed"),
        (None, "passed", "passed"),
        (None, None, "error"),
    ],
)
def test_of_both_responses_any_sign_of_failure_wins(expected: str | None, actual: str | None, outcome: str) -> None:
    assert outcome == case_of(assertion(expected), assertion(actual), "flow").outcome


def test_a_failed_assertion_of_a_step_that_was_not_executed_is_a_failure_and_any_other_is_skipped() -> None:
    failed, passed = assertion("failed"), assertion("passed")

    assert "failed" == case_of(failed, failed, "flow", status="skipped").outcome
    case = case_of(passed, passed, "flow", status="skipped")
    assert ("skipped", "Step 1 was not executed.") == (case.outcome, case.message)


def test_a_status_that_is_no_verdict_is_quoted_once() -> None:
    odd = assertion("aborted")

    assert 'The flow assertion has no usable status: "aborted".' == case_of(odd, odd, "flow").message
    assert (
        "The flow assertion has no usable status: none is given."
        == case_of(assertion(None), assertion(None), "flow").message
    )


def test_a_failure_without_a_difference_says_that_the_platform_marked_it() -> None:
    failed = assertion("failed")

    message = case_of(failed, failed, "text").message
    assert 'The platform marked the text assertion as failed, although expected and actual are both "Hello".' == message


def test_a_response_that_is_missing_on_one_side_is_shown_as_such() -> None:
    failed = response("Hello", text_=assertion("failed"))
    missing = judged(answer(step("hi", "failed", [failed], []), status="failed")).cases
    extra = judged(answer(step("hi", "failed", [], [failed]), status="failed")).cases

    assert [("Hello", NO_RESPONSE)] == [(case.expected, case.actual) for case in missing if case.kind == "text"]
    assert [(NOT_EXPECTED, "Hello")] == [(case.expected, case.actual) for case in extra if case.kind == "text"]


def test_an_entry_that_repeats_the_actual_text_is_no_accepted_text() -> None:
    told = [{"text": text, "status": "failed"} for text in ("Hi", "Go away", "Hello", "Hi")]
    pair = [response(text, text_=assertion("failed", told)) for text in ("Hello", "Go away")]
    (case,) = judged(answer(step("hi", "failed", pair[:1], pair[1:]), status="failed")).cases

    assert ("Hi", "Go away", ("Hello",)) == (case.expected, case.actual, case.alternatives)


def test_a_step_that_cannot_be_read_or_was_not_returned_is_one_case_of_its_own() -> None:
    unread, missing = judged(answer("no step", totalTestStepsCount=2)).steps

    assert (TestCase(1, 0, "step", Outcome.ERROR, "Step 1 could not be read."),) == tuple(unread.cases)
    assert (TestCase(2, 0, "step", Outcome.SKIPPED, "Step 2 was never executed."),) == tuple(missing.cases)
