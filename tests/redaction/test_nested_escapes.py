"""Escapes undone, and the way back to the text that had them."""

import html
import json
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.redaction.nested_escapes import NESTED, View, views, without_nulls

ESCAPED = st.lists(
    st.one_of(
        st.text(max_size=3),
        st.sampled_from(
            [
                '\\"',
                "\\\\",
                "\\n",
                "\\u0041",
                "\\ud83d\\ude00",
                "\\x41",
                "%41",
                "%C3%BC",
                "&amp;",
                "&#65;",
                "&nothing;",
                "\\",
            ]
        ),
    )
).map("".join)


@given(ESCAPED)
def test_every_part_of_a_view_comes_from_its_own_place(text: str) -> None:
    data = text.encode()
    for view in views(data):
        parts = [view.origin((place, place + 1)) for place in range(len(view.data))]

        assert parts == sorted(parts)
        assert (parts[0][0], parts[-1][1]) == view.origin((0, len(view.data)))
        assert all(end - start == 1 or (start, end) in escapes(view) for start, end in parts)
        assert all(
            data[start:end] == view.data[at : at + 1] for at, (start, end) in enumerate(parts) if end - start == 1
        )


def escapes(view: View[bytes]) -> set[tuple[int, int]]:
    """Where the decoded parts come from."""
    numbered = enumerate(view.is_decoded)
    return {(view.sources[number], view.sources[number + 1]) for number, is_decoded in numbered if is_decoded}


@given(st.text(st.characters(codec="utf-8")))
def test_a_view_is_what_a_reader_of_that_format_sees(text: str) -> None:
    told = f'"{text}"\n'
    for flag in (True, False):
        inside = json.dumps(told, ensure_ascii=flag)[1:-1]
        assert told.encode() in [view.data for view in views(inside.encode())]
    in_url = "".join(f"%{octet:02x}" for octet in told.encode())
    assert [unquote_to_bytes(in_url)] == [view.data for view in views(in_url.encode())]
    in_html = html.escape(told)
    assert told.encode() in [view.data for view in views(in_html.encode())]


@pytest.mark.parametrize(
    ("escape", "data"),
    [
        (r"\x41", b"A"),
        (r"\xe9", b"\xe9"),
        (r"\u0041", b"A"),
        (r"\u00E9", "é".encode()),
        (r"\ud83d\uDE00", "😀".encode()),
        (r"\ud83d", "\ud83d".encode("utf-8", "surrogatepass")),
        *((f"\\{letter}", data) for letter, data in zip("bfnrt", (b"\b", b"\f", b"\n", b"\r", b"\t"), strict=True)),
        *((f"\\{mark}", mark.encode()) for mark in "\"\\/'"),
        ("%41", b"A"),
        ("%e9", b"\xe9"),
        ("&#65;", b"A"),
        ("&#xE9;", "é".encode()),
        ("&amp;", b"&"),
        ("&lt;", b"<"),
    ],
)
def test_an_escape_is_undone_and_known_to_come_from_its_place(escape: str, data: bytes) -> None:
    (view,) = views(f"ab{escape}cde".encode())
    end = 2 + len(data)

    assert b"ab" + data + b"cde" == view.data
    assert (2, 2 + len(escape)) == view.origin((2, end))
    assert (1, 3 + len(escape)) == view.origin((1, end + 1))
    assert (3 + len(escape), 5 + len(escape)) == view.origin((end + 1, end + 3))


@pytest.mark.parametrize("count", [4999, 5000, 5001, 5002, 12_000])
def test_thousands_of_escapes_are_all_undone(count: int) -> None:
    (view,) = views(b"a\\nb" * count)

    assert b"a\nb" * count == view.data
    assert (0, 4 * count) == view.origin((0, 3 * count))
    assert (4 * count - 3, 4 * count - 1) == view.origin((3 * count - 2, 3 * count - 1))


@pytest.mark.parametrize("null", ["\\u0000", "\\\\\\\\u0000", "\\x00", "%00", "%2500", "&#0;"])
def test_escaped_null_characters_are_left_out_and_null_bytes_stay(null: str) -> None:
    view = without_nulls(f"a{null}b{null}\0c".encode())

    assert view is not None
    assert b"ab\0c" == view.data
    assert (0, len(null) + 2) == view.origin((0, 2))
    assert without_nulls(b"a\0b %0 u0000 00") is None


def test_text_without_escapes_has_no_view() -> None:
    assert [] == list(views(b"100% plain & simple, a \\ path, 5 %"))


def test_ordinary_replies_are_not_searched_twice() -> None:
    ordinary = json.dumps(
        {"text": 'Say "yes" & pay 100 %\n', "template": json.dumps({"a": 'a "b"\n c', "ü": "%20 &amp; é"})}
    )

    assert NESTED.search(ordinary.encode()) is None
