"""The class of each failure, and the likely consequences of an earlier one."""

from dataclasses import replace
from typing import Any

import pytest
from support.answers import MISSING, answer, assertion, disabled, failed_step, judged, response, step
from support.policies import NOW, failed, retried

from koregate.judging.cases import FailureClass, TestCase
from koregate.judging.failure_class import with_failure_classes
from koregate.policy.apply import apply_policy
from koregate.policy.rules import Policy

BAD = assertion("failed", [{"status": "failed"}])


def failing(said: str, kind: str, *, silent: bool = False) -> dict[str, Any]:
    """A step whose one assertion, of that kind, failed."""
    parts: dict[str, Any] = {"flow": disabled(), "text_": disabled(), "context": disabled(), kind: BAD}
    wrong = response("Hello", **parts)
    return step(said, "failed", [wrong], [] if silent else [wrong])


def failures(*steps: Any) -> list[TestCase]:
    return [case for case in judged(answer(*steps, status="failed")).cases if case.is_blocking]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("flow", FailureClass.WRONG_DIALOG),
        ("text_", FailureClass.WRONG_TEXT),
        ("context", FailureClass.WRONG_CONTEXT),
    ],
)
def test_a_failed_assertion_has_the_class_of_its_kind_unless_the_bot_did_not_respond(
    kind: str, expected: FailureClass
) -> None:
    (answered,) = failures(failing("hi", kind))
    (silent,) = failures(failing("hi", kind, silent=True))

    assert (expected, FailureClass.NO_ANSWER) == (answered.failure_class, silent.failure_class)


SILENT = [
    *("", " \n", "\u200b\ufeff", "\x1b\u202e", "{}", "[]", ' {"text": ""}', '{"text": ""}', "[null, false]"),
    '{"type": "text", "payload": " "}',
    *("<br>", "<p></p>", '<div class="a">\n</div>', "<!-- x -->", "<p><b>&nbsp;</b></p>", "<style>a{}</style>"),
    *("&nbsp;", "&#8203;", "&amp;nbsp;", "&zwnj;&ensp;", "\\n", "%20", "\u3164", "\u2800", "\u115f\u1160\uffa0"),
    *('""', '" "', '"\\u200b"', '{"text": "<br>"}', '["&nbsp;", {"title": "\u3164"}]'),
]
SPEAKING = [
    *("no", "0", "[ok]", "{oops", '{"text": "no"}', '{"type": "image", "payload": {"url": "https://x"}}', "[1]"),
    *("<p>no</p>", '<img src="x.png">', "<br>&euro;", "&amp;", "5 < 6", "100%", '"no"', '"', "null", "\u3164.", "<3"),
]


@pytest.mark.parametrize("text", SILENT)
def test_a_response_without_anything_to_see_is_no_answer_and_leads_to_later_failures(text: str) -> None:
    silent, later = failures(failed_step("hi", "Hello", text), failed_step("bye", "Bye", "Hello"))

    assert (FailureClass.NO_ANSWER, FailureClass.WRONG_TEXT) == (silent.failure_class, later.failure_class)
    assert 1 == later.caused_by


@pytest.mark.parametrize("text", SPEAKING)
def test_a_response_with_something_to_see_is_a_wrong_text(text: str) -> None:
    (case,) = failures(failed_step("hi", "Hello", text))

    assert case.failure_class is FailureClass.WRONG_TEXT


@pytest.mark.parametrize("change", [{}, {"text": None}, {"text": MISSING}])
def test_a_response_that_has_no_text_is_no_answer(change: dict[str, Any]) -> None:
    bad = assertion("failed", [{"text": "Hello", "status": "failed"}])
    given = {key: value for key, value in {**response("", text_=bad), **change}.items() if value is not MISSING}
    (case,) = failures(step("hi", "failed", [response("Hello", text_=bad)], [given]))

    assert case.failure_class is FailureClass.NO_ANSWER


def test_a_bot_that_says_what_koregate_says_of_no_response_did_respond() -> None:
    (case,) = failures(failed_step(actual="(no response)"))

    assert case.failure_class is FailureClass.WRONG_TEXT


def test_what_no_assertion_explains_is_of_class_step_or_run() -> None:
    (of_step,) = failures(step("hi", "failed"))
    (of_run,) = failures(step())
    odd = response()
    odd["assertions"]["tone"] = assertion("failed")
    (unknown,) = failures(step("hi", "failed", [odd]))

    assert [FailureClass.STEP, FailureClass.RUN, FailureClass.STEP] == [
        case.failure_class for case in (of_step, of_run, unknown)
    ]


def test_only_failed_cases_have_a_class() -> None:
    suite = judged(answer(step(), step("x", "aborted"), failed_step(), status="failed"))

    assert [None, None, None, FailureClass.WRONG_TEXT] == [case.failure_class for case in suite.cases]


def test_failures_after_a_wrong_dialog_or_a_missing_response_are_its_likely_consequences() -> None:
    cases = failures(failed_step("a"), failing("b", "flow"), failed_step("c"), failing("d", "text_", silent=True))

    assert [0, 0, 2, 2] == [case.caused_by for case in cases]
    assert [False, False, True, True] == [case.is_consequence for case in cases]


def test_failures_of_the_same_step_are_no_consequences_of_it() -> None:
    wrong = response("Hello", flow=BAD, text_=BAD)

    cases = failures(step("a", "failed", [wrong]))

    assert [("flow", 0), ("text", 0)] == [(case.kind, case.caused_by) for case in cases]


def test_each_failure_is_judged_by_its_own_response() -> None:
    bad = assertion("failed", [{"text": "Hello", "status": "failed"}])
    expected = [response("Hello", text_=bad)] * 3
    given = [response(text, text_=bad) for text in ("Hi", "", "Hey")]

    cases = failures(step("hi", "failed", expected, given))

    assert [FailureClass.WRONG_TEXT, FailureClass.NO_ANSWER, FailureClass.WRONG_TEXT] == [
        case.failure_class for case in cases
    ]


def test_a_failure_whose_response_was_not_kept_is_no_answer() -> None:
    suite = judged(answer(failed_step(), status="failed"))
    (part,) = suite.steps

    classified = with_failure_classes(replace(suite, steps=(part._replace(pairs=()),)))

    assert [FailureClass.NO_ANSWER] == [case.failure_class for case in classified.cases]


def test_a_case_that_fails_for_an_earlier_run_gets_the_class_and_the_cause_of_its_first_failure_back() -> None:
    first = failed(failing("lost", "flow"), failing("hi", "text_", silent=True), failed_step("gone"))
    second = failed(step("hi", "failed", [response("Hello", text_=BAD)]), failed_step("gone"))
    found = step("lost", expected=[response("Hello", flow=assertion(), text_=disabled())])
    last = answer(found, step("hi"), step("bye"))
    (suite,) = apply_policy(retried(first, second, last), Policy(NOW, flaky="fail")).suites

    def without(case: TestCase) -> TestCase:
        return case._replace(failure_class=None, caused_by=0)

    stripped = replace(
        suite,
        steps=tuple(part._replace(cases=tuple(map(without, part.cases))) for part in suite.steps),
        run_cases=tuple(map(without, suite.run_cases)),
    )

    assert [
        ("flow", FailureClass.WRONG_DIALOG, 0),
        ("text", FailureClass.NO_ANSWER, 1),
        ("text", None, 0),
        ("earlier-runs", FailureClass.WRONG_TEXT, 0),
    ] == [(case.kind, case.failure_class, case.caused_by) for case in suite.cases]
    assert suite == with_failure_classes(stripped) != stripped


def test_a_case_that_passed_last_and_does_not_block_has_no_class_to_get_back() -> None:
    first, last = (
        failed(step("hi", "failed", [response("Hello", flow=flow, text_=text)]))
        for flow, text in ((assertion(), BAD), (BAD, assertion()))
    )
    (suite,) = apply_policy(retried(first, last), Policy(NOW, flaky="pass")).suites

    assert [("flow", FailureClass.WRONG_DIALOG), ("text", None)] == [
        (case.kind, case.failure_class) for case in suite.cases
    ]
    assert suite == with_failure_classes(suite)
