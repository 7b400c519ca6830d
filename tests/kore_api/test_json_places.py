"""Places in a JSON text, and their lines."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.kore_api.json_places import Place, line_of, shown


def places(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    yield place, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
    for key, item in inner:
        yield from places(item, (*place, key))


_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)


@given(_VALUES, st.sampled_from([None, 0, 2]), st.booleans(), st.data())
def test_the_line_of_any_place_is_that_of_its_value(
    value: Any, indent: int | None, ensure_ascii: bool, data: st.DataObject
) -> None:
    place, _ = data.draw(st.sampled_from(list(places(value))))
    marked = put(value, place, "the value at this place")
    text = json.dumps(marked, indent=indent, ensure_ascii=ensure_ascii)
    text = data.draw(st.sampled_from(["", "\n", " \r\n\t"])) + text

    assert text[: text.index('"the value at this place"')].count("\n") + 1 == line_of(text, place)


def put(value: Any, place: Place, new: Any) -> Any:
    if not place:
        return new
    first, *rest = place
    if isinstance(value, dict):
        return {key: put(item, tuple(rest), new) if key == first else item for key, item in value.items()}
    return [put(item, tuple(rest), new) if key == first else item for key, item in enumerate(value)]


@pytest.mark.parametrize("place", [("x",), ("a", 7), ("a", "x"), ("a", 0, "x"), ("a", 0, 0)])
def test_a_place_that_is_missing_has_the_line_of_the_last_one_on_the_way(place: Place) -> None:
    text = '{\n"a":\n[\n7]}'

    assert {1: 1, 2: 3, 3: 4}[len(place)] == line_of(text, place)


def test_a_place_is_written_as_in_a_program() -> None:
    assert "testCases[0].intent" == shown(("testCases", 0, "intent"))
    assert 'a["b c"]["\\x1b"]' == shown(("a", "b c", "\x1b"))
    assert "the file" == shown(())
    assert len(shown(("x" * 1000,))) < 60
