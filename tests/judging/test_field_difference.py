"""Two rich messages compared field by field."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.judging.field_difference import MAX_FIELDS, different_fields

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("expected", "actual", "told"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": "no"}, {"a": "nope"}, ['a: expected "no", got "nope"']),
        ({"a": {"b-c": [{"d": 1}]}}, {"a": {"b-c": [{"d": 2}]}}, ["a.b-c[0].d: expected 1, got 2"]),
        ({"a": 1}, {"a": True}, ["a: expected 1, got true"]),
        ({"a": 1}, {"a": 1.0}, ["a: expected 1, got 1.0"]),
        ({"a": None}, {}, ["a: expected null, got nothing"]),
        ({}, {"a": {"b": 1}}, ['a: expected nothing, got {"b": 1}']),
        ({"a": "1"}, {"a": 1}, ['a: expected "1", got 1']),
        ({"x@y": {"z": 1}}, {"x@y": {"z": 2}}, ['["x@y"].z: expected 1, got 2']),
        ({"a\n": 1}, {"a\n": 2}, ['["a"]: expected 1, got 2']),
        ({"a": [1, 2]}, {"a": [0, 1, 2]}, ["a[0]: expected nothing, got 0"]),
        ({"a": [1, 2, 3]}, {"a": [1, 3]}, ["a[1]: expected 2, got nothing"]),
        (
            {"a": [1, 2, 3]},
            {"a": [1, 8, 9, 3]},
            ["a[1]: expected 2, got 8", "a[2]: expected nothing, got 9"],
        ),
        ({"a": [1, 1]}, {"a": [1]}, ["a[1]: expected 1, got nothing"]),
        ({"a": [1, 2]}, {"a": [1, 3]}, ["a[1]: expected 2, got 3"]),
    ],
)
def test_each_field_that_differs_is_reported_by_its_path(expected: Any, actual: Any, told: list[str]) -> None:
    assert told == list(map(str, different_fields(expected, actual)))


@given(JSON, JSON)
def test_different_values_have_a_difference_and_equal_ones_have_none(expected: Any, actual: Any) -> None:
    assert () == different_fields(expected, json.loads(json.dumps(expected)))
    if json.dumps(expected, sort_keys=True) != json.dumps(actual, sort_keys=True):
        fields = different_fields({"a": expected}, {"a": actual})
        assert fields
        assert all("\n" not in str(field) for field in fields)


@given(st.lists(st.text(max_size=8), min_size=1, max_size=6))
def test_keys_do_not_join_into_a_word_with_a_dot_unless_each_is_plain(keys: list[str]) -> None:
    expected: Any = 1
    actual: Any = 2
    for key in reversed(keys):
        expected, actual = {key: expected}, {key: actual}

    (field,) = different_fields(expected, actual)

    assert "@" not in re.sub(r'\["(?:[^"\\]|\\.)*"\]', "", field.path)


def test_of_very_many_fields_a_hundred_are_reported() -> None:
    assert MAX_FIELDS == len(different_fields({"a": list(range(5000))}, {"a": [None] * 5000}))


def test_a_value_that_is_nested_deeply_is_compared_as_a_whole() -> None:
    expected: Any = 1
    actual: Any = 2
    for _ in range(60):
        expected, actual = {"a": expected}, {"a": actual}

    (field,) = different_fields(expected, actual)

    assert ".".join("a" * 20) == field.path


def test_no_more_than_a_hundred_fields_are_told_and_long_keys_and_values_are_cut() -> None:
    many = {f"k{number}": 1 for number in range(MAX_FIELDS + 1)}
    (told,) = different_fields({"ü" * 90: ["ä" * 200]}, {"ü" * 90: None})

    assert MAX_FIELDS == len(different_fields(many, {}))
    assert (64, '["üüü') == (len(told.path), told.path[:5])
    assert (160, '["äää') == (len(told.expected), told.expected[:5])


@pytest.mark.parametrize(("wrap", "path"), [(lambda value: [value], "[0]"), (lambda value: {"a": value}, ".a")])
def test_parts_below_the_twentieth_level_are_compared_as_a_whole(wrap: Callable[[Any], Any], path: str) -> None:
    expected, actual = 1, 2
    for _ in range(30):
        expected, actual = wrap(expected), wrap(actual)

    (told,) = different_fields(expected, actual)

    assert (path * 20).removeprefix(".") == told.path
