"""A failed test case on aligned lines, which say no more and no less than its message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.judging.cases import EarlierFailure, FailureClass, Outcome, TestCase
from koregate.judging.difference import difference, sentence
from koregate.reports.case_lines import case_lines

TEXTS = st.text(max_size=300)


def case(message: str, expected: str = "", actual: str = "", kind: str = "text", *others: str) -> TestCase:
    return TestCase(3, 1, kind, Outcome.FAILED, message, expected, actual, others)


def lines(told: TestCase, label: str = "") -> list[str]:
    return list(case_lines(told, label))


def test_expected_and_actual_begin_in_the_same_column() -> None:
    told = case('expected "Yes", got "No"', "Yes", "No")

    assert ['3.1 text: expected "Yes"', '          actual   "No"'] == lines(told, told.label)
    assert ['expected "Yes"', 'actual   "No"'] == lines(told)


def test_what_stands_before_the_texts_has_a_line_of_its_own() -> None:
    told = case('Flaky (failed in 1 of 2 runs): expected "Yes", got "No"', "Yes", "No")

    assert ["3.1 text: Flaky (failed in 1 of 2 runs)", '          expected "Yes"', '          actual   "No"'] == lines(
        told, told.label
    )


def test_a_context_names_its_keys_on_both_lines() -> None:
    told = case('size is "small", expected "large"; crust is "thin", expected "deep"', 'size: "large"\ncrust: "deep"',
                'size: "small"\ncrust: "thin"', "context")  # fmt: skip

    assert ['expected size: "large", crust: "deep"', 'actual   size: "small", crust: "thin"'] == lines(told)


@pytest.mark.parametrize(
    "told",
    [
        case("Step 3 failed on the platform, but no assertion says why.", kind="step"),
        case('size is "x" as expected, but the platform marked it as failed', 'size: "x"', 'size: "x"', "context"),
        case('size is "a", expected "b"', "b" * 200, "a", "context"),
        case("template differs at a: expected 1, got 2", '{"payload": {"text": 1}}', '{"payload": {"text": 2}}'),
        case("A message that says something else.", "Yes", "No"),
    ],
    ids=["no texts", "equal", "long", "fields", "other"],
)  # fmt: skip
def test_any_other_message_stays_on_one_line(told: TestCase) -> None:
    assert [f"3.1 {told.kind}: {told.message}"] == lines(told, told.label)


def test_a_flaky_context_keeps_its_message_which_says_in_how_many_runs_it_failed() -> None:
    earlier = (EarlierFailure("ctr-0", FailureClass.WRONG_CONTEXT, "x"),)
    told = case('Flaky (failed in 1 of 2 runs): size is "a", expected "b"', 'size: "b"', 'size: "a"', "context")
    told = told._replace(before_policy=Outcome.PASSED, earlier_failures=earlier)

    assert [told.message] == lines(told)


@given(st.lists(TEXTS, min_size=1, max_size=5), TEXTS)
def test_the_lines_say_what_the_message_says(accepted: list[str], actual: str) -> None:
    message = sentence(difference(accepted, actual))
    told = lines(case(message, accepted[0], actual, "text", *accepted[1:]), "3.1 text")

    assert 1 <= len(told) <= 2
    assert all("\n" not in line and len(line) <= 1_000 for line in told)
    if len(told) == 2:
        expected, got = told[0].removeprefix("3.1 text: expected "), told[1].removeprefix("          actual   ")
        assert message == f"expected {expected}, got {got}"
    else:
        assert f"3.1 text: {message}" == told[0]
        # A test case without texts has its message only.
        assert message.startswith("template differs") or not (accepted[0] or actual)
