"""The class of each failure, and the likely consequences of an earlier one."""

from typing import Any

import pytest
from support.answers import MISSING, answer, assertion, disabled, failed_step, judged, response, step

from koregate.judging.cases import FailureClass, TestCase

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
    *("", " \n", "\u200b\ufeff", "{}", "[]", '{"text": ""}', '{"type": "text", "payload": " "}', "[null, false]"),
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
