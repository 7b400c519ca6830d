"""JSON of any shape, and how much of it fits a model."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from koregate.kore_api.json_values import fit_to_model, load_json


class Part(BaseModel):
    count: int | None = None
    parts: list["Part | None"] | None = None


PART = TypeAdapter(Part)


def test_what_does_not_fit_is_removed_and_its_place_is_named() -> None:
    value = {"count": "many", "parts": [{"count": 1}, 7, {"parts": [{"count": []}]}]}
    part, unreadable_parts = fit_to_model(PART, value)

    assert ("count", "parts[1]", "parts[2].parts[0].count") == unreadable_parts
    assert {
        "count": None,
        "parts": [{"count": 1, "parts": None}, None, {"count": None, "parts": [{"count": None, "parts": None}]}],
    } == part.model_dump()


def nested(path: list[int], leaf: Any) -> Any:
    """Parts within parts, with that leaf at the end of the path. Every other part is readable."""
    for index in reversed(path):
        parts: list[Any] = [{"count": number} for number in range(3)]
        parts[index] = leaf
        leaf = {"count": index, "parts": parts}
    return leaf


@given(st.lists(st.integers(0, 2), min_size=1, max_size=6))
@example([0, 0])
@example([1, 0, 1])
def test_only_the_wrong_part_is_removed_even_if_its_key_appears_earlier_in_the_path(path: list[int]) -> None:
    part, unreadable_parts = fit_to_model(PART, nested(path, 7))

    assert (".".join(f"parts[{index}]" for index in path),) == unreadable_parts
    assert PART.validate_python(nested(path, None)) == part


def test_of_many_unreadable_parts_only_some_are_named() -> None:
    part, unreadable_parts = fit_to_model(PART, {"parts": [False] * 1000})

    assert ([None] * 1000, 20) == (part.parts, len(unreadable_parts))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["count", "parts", "x"]), inner),
)


@given(st.dictionaries(st.sampled_from(["count", "parts"]), JSON))
def test_any_object_fits_once_its_unreadable_parts_are_removed(value: dict[str, Any]) -> None:
    part, _ = fit_to_model(PART, value)

    assert ((), part) == fit_to_model(PART, part.model_dump())[::-1]


BROKEN = {
    b"": "Expecting value",
    b"{": "Expecting property name",
    b"NaN": "NaN is not JSON",
    b"[Infinity]": "Infinity is not JSON",
    b"<html>": "Expecting value",
    b"\xff": "codec can't decode",
    b"[" * 100_000: "nested too deeply",
}


@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
def test_a_body_that_is_not_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=BROKEN[body]):
        load_json(body)


def test_a_byte_order_mark_is_not_part_of_the_value() -> None:
    assert {"a": 1} == load_json(b'\xef\xbb\xbf{"a": 1}')


@given(st.integers(1, 10**9), st.integers(324, 10_000))
def test_a_number_that_is_too_small_for_python_is_no_zero(digits: int, exponent: int) -> None:
    for number in (f"{digits}e-{exponent + 10}", f"0.{'0' * exponent}{digits}", f"-{digits}E-{exponent + 10}"):
        assert number == load_json(number.encode())
    for zero in ("0.0", "0e9", "-0.000E-400"):
        assert 0 == load_json(zero.encode())
