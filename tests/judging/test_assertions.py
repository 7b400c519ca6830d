"""Assertions as test cases: which of the platform's words decide, and what a failure says."""

from typing import Any

import pytest
from support.answers import answer, assertion, job_of, judged, record_of, response, step

from koregate.judging.cases import NO_RESPONSE, NOT_EXPECTED, Outcome, TestCase
from koregate.runs.record import StopReason
from koregate.verdicts import Verdict


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
    assert (TestCase(2, 0, "step", Outcome.SKIPPED, "Step 2 is missing from the platform's reply."),) == tuple(
        missing.cases
    )


def step_cases(*steps: dict[str, Any], redact: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    """Name, outcome and message of the test cases of these steps."""
    suite = job_of(record_of("Pizza", answer(*steps, status="failed")), redact=redact).suites[0]
    assert all((case.response == 0) == (case.kind == "step") for step in suite.steps for case in step.cases)
    return [(case.label, str(case.outcome), case.message) for step in suite.steps for case in step.cases]


def without_assertion(status: str | None) -> dict[str, Any]:
    return step("hi", status, [response("Hello", text_={"enabled": False, "contains": []})])


@pytest.mark.parametrize(
    ("status", "outcome", "message"),
    [
        ("passed", "passed", ""),
        ("failed", "failed", "Step 1 failed on the platform, but no assertion says why."),
        ("skipped", "skipped", "Step 1 was not executed."),
        (None, "error", "Step 1 has no status."),
        ("aborted", "error", 'Step 1 ended as "aborted".'),
        ("odd" * 20, "error", 'Step 1 ended as "oddoddoddod… (cut, 60 characters in all)".'),
    ],
)
def test_a_step_without_an_assertion_is_one_case_of_its_own(status: str | None, outcome: str, message: str) -> None:
    assert [("1 step", outcome, message)] == step_cases(without_assertion(status))


def test_a_step_that_its_assertions_do_not_explain_has_a_case_of_its_own_beside_theirs() -> None:
    message = "Step 1 failed on the platform, but no assertion says why."

    assert [("1.1 text", "passed", ""), ("1 step", "failed", message)] == step_cases(step("hi", "failed"))
    assert [("1.1 text", "skipped", "Step 1 was not executed.")] == step_cases(step("hi", "skipped"))


def test_a_step_that_the_run_has_not_reached_is_skipped_until_the_run_has_ended() -> None:
    record = record_of("Pizza", answer(step("hi", None), step("bye"), status="in_progress"))
    stop = StopReason(Verdict.TIMEOUT, 5, "Late.")

    (stopped,) = job_of(record._replace(stop=stop, ended=False)).suites
    (ended,) = job_of(record).suites

    assert [["skipped"], ["passed"]] == [[str(case.outcome) for case in step.cases] for step in stopped.steps]
    assert [["passed", "error"], ["passed"]] == [[str(case.outcome) for case in step.cases] for step in ended.steps]


def test_each_response_that_cannot_be_read_is_told_by_its_place_in_the_step() -> None:
    broken: Any = [response(), None]

    assert [
        ("1.1 text", "passed", ""),
        (
            "1 step",
            "error",
            "The expected response 2 in step 1 could not be read. The actual response 1 in step 1 could not be read.",
        ),
    ] == step_cases(step("hi", "passed", broken, [None]))


def with_kinds(**kinds: Any) -> dict[str, Any]:
    """A step with assertions of kinds that no page names."""
    message = response()
    message["assertions"] |= kinds
    return step("hi", "passed", [response()], [message])


@pytest.mark.parametrize(
    ("kinds", "outcome", "message"),
    [
        ({"tone": {"status": "failed"}}, "failed", 'The "tone" assertion failed.'),
        ({"tone": {"enabled": True}}, "error", 'The "tone" assertion has no usable status.'),
        (
            {"a": {"enabled": True}, "b": {"status": "failed"}, "c": {"status": "odd"}, "d": {"status": "passed"}},
            "failed",
            'The "b" assertion failed. The "a" assertion has no usable status. The "c" assertion has no usable status.',
        ),
        ({"ann@example.com": {"status": "failed"}}, "failed", 'The "[email]" assertion failed.'),
        (
            {"k" * 80: {"status": "failed"}},
            "failed",
            f'The "{"k" * 31}… (cut, 80 characters in all)" assertion failed.',
        ),
    ],
)
def test_assertions_of_unknown_kinds_are_told_in_the_case_of_the_step_failures_first(
    kinds: dict[str, Any], outcome: str, message: str
) -> None:
    assert [("1.1 text", "passed", ""), ("1 step", outcome, message)] == step_cases(
        with_kinds(**kinds), redact=("email",)
    )


def test_an_assertion_of_an_unknown_kind_that_passed_is_no_news() -> None:
    assert [("1.1 text", "passed", "")] == step_cases(with_kinds(tone={"status": "passed"}))


def test_assertions_of_unknown_kinds_that_count_are_numbered_by_their_kind_in_both_responses() -> None:
    passed, failed, off = {"status": "passed"}, {"status": "failed"}, {"enabled": False, "status": "failed"}
    told = with_kinds(tone=[passed, off, failed], **{"k" * 80: passed, "ann@example.com": passed, "off": off})
    told["outputs"][0]["assertions"] |= {"tone": passed}

    (found,) = job_of(record_of("Pizza", answer(told)), redact=("email",)).suites[0].steps

    cut = f"{'k' * 31}… (cut, 80 characters in all)"
    assert {("tone", 1), ("tone", 2), ("tone", 3), (cut, 1), ("[email]", 1)} == found.unknown


def test_the_message_of_a_step_is_at_most_a_thousand_characters() -> None:
    ((_, _, message),) = step_cases(with_kinds(**{f"kind {n}": {"status": "failed"} for n in range(99)}))[1:]

    assert 1000 == len(message)


FAILED = assertion("failed")


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, "node Greet, intent Welcome, dialog Welcome"),
        ({"nodeName": None}, "node greet, intent Welcome, dialog Welcome"),
        ({"nodeName": None, "nodeId": None, "intentId": None}, "dialog Welcome"),
        ({"transitionNodeNames": ["a", "b"], "dialogName": None}, "node Greet, intent Welcome, transitions a > b"),
        ({"transitionNodeNames": "a to b", "dialogName": None}, "node Greet, intent Welcome, transitions a to b"),
        (dict.fromkeys(["nodeName", "nodeId", "intentId", "dialogName"]) | {"category": "faq"}, "faq"),
    ],
)
def test_a_flow_is_shown_with_all_that_the_response_says_of_it(changes: dict[str, Any], shown: str) -> None:
    off = {"enabled": False, "contains": []}
    said = response(text_=off, flow=FAILED) | changes

    (case,) = judged(answer(step("hi", "failed", [response("Hi", text_=off, flow=FAILED)], [said]))).steps[0].cases

    assert ("1.1 flow", "node Greet, intent Welcome, dialog Welcome", shown) == (case.label, case.expected, case.actual)


def test_a_flow_whose_response_names_no_node_has_the_nodes_of_its_entries() -> None:
    flow = assertion("failed", [{"nodeId": "n1", "status": "failed"}, {"nodeId": "n2"}, {"x": 1}])
    said = response(text_={"enabled": False, "contains": []}, flow=flow) | {"nodeName": None, "nodeId": None}

    (case,) = judged(answer(step("hi", "failed", [said]))).steps[0].cases

    assert "node n1, n2, intent Welcome, dialog Welcome" == case.expected


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("text", "Hi"),
        ("flow", "node Greet, intent Welcome, dialog Welcome"),
        ("context", '{"path": "a", "status": "failed"}'),
    ],
)
def test_a_side_that_is_missing_is_shown_for_each_kind_and_the_message_says_so(kind: str, shown: str) -> None:
    found = assertion("failed", [{"path": "a", "status": "failed"}])
    off: dict[str, Any] = {"text_": {"enabled": False, "contains": []}}
    message = response("Hi", **(off | {f"{kind}_" if kind == "text" else kind: found}))

    (missing,) = judged(answer(step("hi", "failed", [message], []))).steps[0].cases
    (extra,) = judged(answer(step("hi", "failed", [], [message]))).steps[0].cases

    assert (f'expected "{shown}", got (no response)', shown, NO_RESPONSE) == (
        missing.message,
        missing.expected,
        missing.actual,
    )
    assert (f'expected (no response expected), got "{shown}"', NOT_EXPECTED, shown) == (
        extra.message,
        extra.expected,
        extra.actual,
    )


def test_a_failed_context_is_told_by_its_keys_and_shown_with_all_of_them() -> None:
    expected, actual = (
        assertion("failed", [{"key": "size", name: size}]) for name, size in (("value", "L"), ("actual", "S"))
    )

    case = case_of(expected, actual, "context", status="failed")

    assert ('size is "S", expected "L"', 'size: "L"', 'size: "S"') == (case.message, case.expected, case.actual)


def test_an_assertion_without_any_text_failed_without_saying_more() -> None:
    off = {"enabled": False, "contains": []}
    empty = dict.fromkeys(["nodeName", "nodeId", "intentId", "dialogName"])
    message = response(text_=off, flow=FAILED) | empty

    (case,) = judged(answer(step("hi", "failed", [message]))).steps[0].cases

    assert "The platform marked the flow assertion as failed without saying more." == case.message


def test_statuses_that_differ_are_all_quoted_and_cut() -> None:
    case = case_of(assertion("aborted"), assertion("odd" * 20), "flow")

    odd = '"oddoddoddod… (cut, 60 characters in all)"'
    assert f'The flow assertion has no usable status: "aborted", {odd}.' == case.message


def test_a_side_without_the_assertion_is_shown_by_what_its_response_says() -> None:
    off = {"enabled": False, "contains": []}
    told = [{"text": "Hi", "nodeId": "n1", "status": "failed"}]
    bare, judged_one = response("Hello", text_=off), response("Bye", text_=assertion("failed", told), flow=FAILED)

    flow, text = judged(answer(step("hi", "failed", [bare], [judged_one]))).steps[0].cases

    assert ("node Greet, intent Welcome, dialog Welcome", "Hello", "Bye") == (flow.expected, text.expected, text.actual)


@pytest.mark.parametrize("status", [7, [], {}, True])
def test_an_entrys_status_that_is_no_text_is_no_usable_one(status: Any) -> None:
    found = assertion(None, [{"text": "Hi", "status": status}])

    assert "error" == case_of(found, found, "flow").outcome


def test_an_object_that_is_no_assertion_is_no_news_and_the_word_of_the_step_comes_first() -> None:
    no_assertions: list[dict[str, Any]] = [{"note": "failed"}, {"contains": []}, {"enabled": None, "status": ""}]
    for tone in no_assertions:
        assert [("1.1 text", "passed", "")] == step_cases(with_kinds(tone=tone))
    odd = with_kinds(tone={"enabled": True}) | {"status": "odd"}
    message = 'Step 1 ended as "odd". The "tone" assertion has no usable status.'
    assert [("1.1 text", "passed", ""), ("1 step", "error", message)] == step_cases(odd)


def test_the_message_of_an_assertion_is_at_most_a_thousand_characters() -> None:
    told = [{"key": f"{number}" * 300, "value": "L" * 300, "actual": "S" * 300} for number in range(9)]
    found = assertion("failed", told)

    assert 1000 == len(case_of(found, found, "context", status="failed").message)
