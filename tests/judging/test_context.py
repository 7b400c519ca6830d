"""Context assertions: key, expected and actual value if the entry names them, and the entry as it came otherwise."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.answers import answer, assertion, judged, response, step

from koregate.judging.context import context_difference
from koregate.text import one_line

LARGE = {"key": "size", "value": "large"}
REPORTED = {**LARGE, "status": "failed"}


@pytest.mark.parametrize("key", ["key", "name", "Key"])
@pytest.mark.parametrize("expected", ["value", "expectedValue", "expected", "expected_value"])
@pytest.mark.parametrize("actual", ["actualValue", "actual"])
def test_an_entry_that_names_its_parts_in_a_usual_way_is_reported_by_them(key: str, expected: str, actual: str) -> None:
    entry = {key: "size", expected: "large", actual: "small", "status": "failed"}

    told = context_difference([entry], [entry])

    assert ('size is "small", expected "large"', 'size: "large"', 'size: "small"') == (
        told.sentence,
        told.expected,
        told.actual,
    )


@pytest.mark.parametrize(
    ("expected", "actual", "sentence"),
    [
        ([], [{"key": "n", "value": 5, "actual": "5"}], 'n is "5", expected 5'),
        ([], [{"key": "n", "value": None, "actual": {"a": 1}}], 'n is {"a": 1}, expected null'),
        ([], [{"key": "n", "expectedValue": "a", "value": "b"}], 'n is "b", expected "a"'),
        ([], [{"key": "n", "expectedValue": 1, "expected": 2, "value": 3}], "n is 3, expected 1"),
        ([LARGE], [{"key": "size", "actualValue": "small", "status": "failed"}], 'size is "small", expected "large"'),
        ([LARGE], [{"key": "size", "value": "small", "status": "failed"}], 'size is "small", expected "large"'),
        ([LARGE], [REPORTED], 'assertion failed; the platform reported {"key": "size", "status": "failed", "value": '),
        ([], [{"key": "n", "value": 1, "Value": 2, "actual": 3}], "n is 3, expected 1"),
        ([{"odd": 1}], [{"odd": 1, "status": None}], 'assertion failed; the platform reported {"odd": 1, "status": '),
        ([REPORTED], [{**REPORTED, "actual": "small"}], 'size is "small", expected "large"'),
        ([REPORTED], [], 'assertion failed; the platform reported {"key": "size", "status": "failed", "value": '),
        ([{"size": "large"}], [{"size": "small"}], 'expected "{"size": "large"}", got "{"size": "small"}"'),
        ([], [{"value": "large", "actualValue": "small"}], "assertion failed; the platform reported {"),
        ([], [{"key": " ", "value": "large", "actualValue": "small"}], "assertion failed; the platform reported {"),
        ([], [], "assertion failed; the platform does not say why"),
        ([], [{**LARGE, "status": "failed"}], "assertion failed; the platform reported {"),
        ([{"key": "n"}], [{"key": "n", "status": "failed"}], "assertion failed; the platform reported {"),
        ([], [{"key": "n", "value": ['"ü"'], "actual": 1}], 'n is 1, expected ["\\"ü\\""]'),
        ([], [{"key": "n", "value": 1, "actual": 'say "ü"'}], 'n is "say "ü"", expected 1'),
        (
            [],
            [{"key": "a", "value": 1, "actual": 1}],
            "a is 1 as expected, but the platform marked it as failed",
        ),
        (
            [],
            [{"key": "a", "value": 1, "actual": 2, "status": "passed"}, {"key": "b", "value": 1, "actual": 2}],
            "b is 2, expected 1",
        ),
        (
            [],
            [*({"key": str(n), "value": 1, "actual": 2} for n in range(5))],
            "0 is 2, expected 1; 1 is 2, expected 1; 2 is 2, expected 1; and 2 more",
        ),
        (
            [],
            [*({"key": str(n), "value": 1, "actual": 2} for n in range(4))],
            "0 is 2, expected 1; 1 is 2, expected 1; 2 is 2, expected 1; and 1 more",
        ),
        (
            [],
            [*({"key": str(n), "value": 1, "actual": 2} for n in range(3))],
            "0 is 2, expected 1; 1 is 2, expected 1; 2 is 2, expected 1",
        ),
        ([{"a": 1}, {"b": 1}], [{"a": 2}, {"b": 2}], 'expected "{"a": 1} {"b": 1}", got "{"a": 2} {"b": 2}"'),
    ],
)
def test_what_the_entries_tell(expected: list[Any], actual: list[Any], sentence: str) -> None:
    told = context_difference(expected, actual).sentence

    assert told.startswith(sentence)
    assert sentence[-1] in " :{" or told == sentence


def test_long_keys_values_and_entries_are_cut() -> None:
    key, value = "k" * 100, ["v" * 300]
    named = context_difference([], [{"key": key, "value": value, "actual": 1}])
    other = context_difference([], [{"odd": value}])

    assert f"{one_line(key, 60)} is 1, expected {one_line(json.dumps(value), 160)}" == named.sentence
    entry = json.dumps({"odd": value})
    assert f"assertion failed; the platform reported {one_line(entry, 160)}" == other.sentence


def test_each_key_and_entry_has_a_line_of_its_own() -> None:
    values = [{"key": key, "value": 1, "actual": 2} for key in "ab"]

    told = context_difference(
        [], [*values, {"odd": 1, "status": "failed"}, *[{**value, "status": "failed"} for value in values]]
    )

    assert ('a: 1\nb: 1\n{"odd": 1, "status": "failed"}', 'a: 2\nb: 2\n{"odd": 1, "status": "failed"}') == (
        told.expected,
        told.actual,
    )


def test_a_key_that_passed_on_the_other_side_is_no_part_of_the_difference() -> None:
    expected = [{"key": "pizza", "value": "margherita"}, LARGE]
    actual = [{"key": "pizza", "value": "margherita", "status": "passed"}, {**LARGE, "value": "xl", "status": "failed"}]

    assert 'size is "xl", expected "large"' == context_difference(expected, actual).sentence


def test_the_message_of_a_context_failure_says_key_expected_and_actual() -> None:
    entry = {**LARGE, "actualValue": "small", "status": "failed"}
    both = response("Hi", context=assertion("failed", [entry]))

    case = judged(answer(step("go", "failed", [both]), status="failed")).cases[1]

    assert ('size is "small", expected "large"', 'size: "large"', 'size: "small"') == case[4:7]


def test_a_context_without_a_response_is_reported_as_expected_without_a_response() -> None:
    expected = response("Hi", context=assertion("failed", [{**LARGE, "actualValue": None, "status": "failed"}]))

    case = judged(answer(step("go", "failed", [expected], []), status="failed")).cases[1]

    assert 'expected "size: "large"", got (no response)' == case.message


NAMES = st.sampled_from(["key", "name", "value", "expected", "actual", "actualValue", "status", "", "\n"])
VALUES = st.none() | st.integers() | st.text() | st.sampled_from(["passed", "failed", "size"]) | st.just({"a": [1]})
ENTRIES = st.lists(st.dictionaries(NAMES, VALUES), max_size=4)


@given(ENTRIES, ENTRIES)
def test_any_entries_are_reported_on_one_line(expected: list[Any], actual: list[Any]) -> None:
    told = context_difference(expected, actual)

    assert told.sentence
    assert "\n" not in told.sentence
    assert bool(told.expected or told.actual) == bool(expected or actual)
