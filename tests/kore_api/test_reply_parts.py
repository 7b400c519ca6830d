"""The parts of a reply: what is kept of its JSON, and what is not."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.answers import answer, failed_step, replies, step

from koregate.kore_api.documented import WORDS_BY_KEY
from koregate.kore_api.reply_parts import List, Object, Part, ReplyParts, Scalar
from koregate.kore_api.status_reply import UNSUCCESSFUL, normalized_status


def parts(value: Any) -> ReplyParts:
    return ReplyParts(json.dumps(value).encode())


def in_words(part: Part) -> Any:
    """A part as JSON has it, with what is kept of its texts and numbers."""
    if isinstance(part, Object):
        return {key: in_words(value) for key, value in part.members}
    return [in_words(item) for item in part.items] if isinstance(part, List) else (part.kind, part.is_empty, part.word)


def expected(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: expected(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [expected(item) for item in value]
    if isinstance(value, str):
        word, letters = normalized_status(value), re.sub("[^a-z]", "", value.lower())
        documented = word if word in WORDS_BY_KEY.get(key, ()) else ""
        return "string", not value, documented or (letters if letters in UNSUCCESSFUL else "")
    kind = "null" if value is None else "boolean" if isinstance(value, bool) else "number"
    return kind, not value, ""


@given(replies())
def test_keys_types_and_status_words_are_kept_and_no_other_text_or_number(reply: Any) -> None:
    assert expected(reply) == in_words(parts(reply).whole)


def test_parts_that_are_alike_are_one() -> None:
    steps = [step(f"input {number}") for number in range(500)] + [
        failed_step(f"input {number}") for number in range(500)
    ]
    whole: Any = parts(answer(*steps)).whole
    listed = dict(dict(whole.members)["result"].members)["executionResults"]

    assert [1000, 2] == [len(listed.items), len(set(listed.items))]


def test_lists_in_lists_are_read_however_deep_they_are() -> None:
    deep: Any = [1, "failed"]
    for _ in range(800):
        deep = [deep, 7]
    part = parts(deep).whole
    for _ in range(800):
        assert isinstance(part, List)
        part, number = part.items
        assert "number" == number.kind

    assert [("number", False, ""), ("string", False, "failed")] == in_words(part)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"a": 1}', None),
        ('{"a": 1, "b": {"a": 2}}', None),
        ('{"a": 1, "a": 1}', "a"),
        ('[{"b": {"c": 1, "d": 2, "d": 3}, "a": 1, "a": 2}]', "d"),
        ('{"a": 1, "\\u0061": 1}', "a"),
    ],
)
def test_the_first_key_that_an_object_has_twice_is_reported(text: str, key: str | None) -> None:
    assert key == ReplyParts(text.encode()).repeated_key


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000 + b"]" * 100_000])
def test_what_is_not_json_or_nested_too_deeply_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"Expecting|nested|decode"):
        ReplyParts(body)


@pytest.mark.parametrize("text", ["failed", "FAILED", "f-a_i l_ed", " Failed", "_" * 100 + "failed", "FAILED!"])
def test_the_word_failed_is_known_under_any_key_however_it_is_spelled(text: str) -> None:
    assert [("string", False, "failed")] == in_words(parts([text]).whole)


@given(st.text())
def test_any_text_is_kept_as_such(text: str) -> None:
    whole = parts(text).whole

    assert isinstance(whole, Scalar)
    assert ("string", not text) == (whole.kind, whole.is_empty)


@pytest.mark.parametrize(
    ("harmless", "sign"), [("0", "false"), ("0.0", "false"), ("1", '"failed"'), ('"1"', '"failed"')]
)
def test_a_value_is_not_taken_for_another_one_that_is_equal_to_it(harmless: str, sign: str) -> None:
    for values in ([harmless, sign], [sign, harmless]):
        objects = ", ".join(f'{{"testResult": {value}}}' for value in values)
        parts = ReplyParts(f"[{objects}]".encode()).whole
        assert isinstance(parts, List)
        signs = [isinstance(part, Object) and bool(part.signs) for part in parts.items]

        assert [value == sign for value in values] == signs


def test_each_of_very_many_values_of_a_key_is_read() -> None:
    texts = [f'{{"status": "word {number}"}}' for number in range(1500)]
    parts = ReplyParts(f'[{", ".join(texts)}, {{"status": "failed"}}]'.encode()).whole

    assert isinstance(parts, List)
    assert [1500] == [
        number for number, part in enumerate(parts.items) if isinstance(part, Object) and part.says_failed
    ]
