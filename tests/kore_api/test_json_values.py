"""JSON of any shape, and how much of it fits a model."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from koregate.kore_api.json_values import fitted, load_json


class Part(BaseModel):
    count: int | None = None
    parts: list["Part | None"] | None = None


PART = TypeAdapter(Part)


def test_what_does_not_fit_is_taken_out_and_its_place_is_told() -> None:
    value = {"count": "many", "parts": [{"count": 1}, 7, {"parts": [{"count": []}]}]}
    part, flaws = fitted(PART, value)

    assert ("count", "parts[1]", "parts[2].parts[0].count") == flaws
    assert {
        "count": None,
        "parts": [{"count": 1, "parts": None}, None, {"count": None, "parts": [{"count": None, "parts": None}]}],
    } == part.model_dump()


def test_many_places_are_told_in_part() -> None:
    part, flaws = fitted(PART, {"parts": [False] * 1000})

    assert ([None] * 1000, 20) == (part.parts, len(flaws))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["count", "parts", "x"]), inner),
)


@given(st.dictionaries(st.sampled_from(["count", "parts"]), JSON))
def test_any_object_fits_in_the_end(value: dict[str, Any]) -> None:
    part, _ = fitted(PART, value)

    assert ((), part) == fitted(PART, part.model_dump())[::-1]


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
def test_what_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=BROKEN[body]):
        load_json(body)


def test_a_byte_order_mark_is_none_of_the_value() -> None:
    assert {"a": 1} == load_json(b'\xef\xbb\xbf{"a": 1}')
