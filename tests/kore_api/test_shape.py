"""The structure of a reply: none of its values survives in it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.answers import answer, failed_step, replies, step

from koregate.kore_api.documented import DOCUMENTED_KEYS, WORDS_BY_KEY
from koregate.kore_api.shape import shape_lines
from koregate.kore_api.status_reply import normalized_status

SAMPLE = Path(__file__).parents[1] / "data" / "documented-completed.json"


def shape(value: Any) -> str:
    return "\n".join(shape_lines(value if isinstance(value, bytes) else json.dumps(value).encode()))


def test_types_lengths_documented_keys_and_words_are_kept() -> None:
    text = shape({"_id": "ctr-1", "status": "IN_PROGRESS", "percentageCompleted": 85, "result": None, "list": [True]})

    assert (
        "object(5)\n"
        "  _id: string(5)\n"
        "  status: IN_PROGRESS\n"
        "  percentageCompleted: number\n"
        "  result: null\n"
        "  (unknown key of 4 characters): list(1)\n"
        "    [0]: boolean" == text
    )


def test_items_of_the_same_structure_are_counted() -> None:
    text = shape(answer(step("one"), step("three"), failed_step(), step("five")))

    assert "executionResults: list(4)" in text
    assert 2 == text.count("        input: ")
    assert "… and 2 more with the same structures" in text


def test_a_key_that_is_there_twice_is_shown_twice() -> None:
    assert 2 == shape(b'{"status": "passed", "status": "failed"}').count("status: ")


def test_the_documented_sample_gives_a_short_shape() -> None:
    text = shape(SAMPLE.read_bytes())

    assert "unknown key" not in text
    assert len(text.splitlines()) < 400


def test_a_very_large_shape_is_cut_and_says_so() -> None:
    lines = shape({f"key {number:05}": number for number in range(9_000)}).splitlines()

    assert (5_001, "… and 4001 more lines") == (len(lines), lines[-1])


@pytest.mark.parametrize("body", [b"<html>", b"", b"\xff", b'{"a": NaN', b"[" * 100_000 + b"]" * 100_000])
def test_what_cannot_be_read_is_a_value_error_without_any_of_it(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"^it (is|has) [^<>\[{]*$"):
        shape(body)


def _other(key: str, value: Any) -> Any:
    """Another value of the same type and length, but for documented words."""
    if isinstance(value, dict):
        changed = {}
        for number, (name, inner) in enumerate(value.items()):
            changed[name if name in DOCUMENTED_KEYS else _letters(len(name), number)] = _other(name, inner)
        return changed
    if isinstance(value, list):
        return [_other("", inner) for inner in value]
    if isinstance(value, str) and normalized_status(value) not in WORDS_BY_KEY.get(key, ()):
        return "#" * len(value)
    return not value if isinstance(value, bool) else value if value is None or isinstance(value, str) else value + 7


def _letters(length: int, number: int) -> str:
    # Keys of one object must stay different from each other.
    return chr(0x4E00 + number) * length


_keys = st.sampled_from(sorted(DOCUMENTED_KEYS)) | st.text(min_size=1, max_size=9)
_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["passed", "failed", "configured"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=20,
)


@given(_values | replies())
def test_the_shape_depends_on_no_value(value: Any) -> None:
    assert shape(value) == shape(_other("", value))


@given(_values, st.text("ЖЩЮ", min_size=4, max_size=8), st.integers(10**9, 10**12))
def test_no_value_of_a_reply_survives_in_its_shape(value: Any, text: str, number: int) -> None:
    reply = {
        "status": text,
        text: text,
        "result": {"status": [text, number], "input": number},
        "outputs": [value, text],
    }
    shown = shape({**reply, "version": {"text": text}})

    assert text not in shown
    assert str(number) not in shown
