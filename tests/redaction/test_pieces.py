"""Searches piece by piece: they find what one search finds, and no call of `re` takes long."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.entities import html5
from typing import Any, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from koregate.redaction import pieces
from koregate.redaction.byte_numbers import _BORDER, _DECIMAL_RUN, _HEX_RUN
from koregate.redaction.nested_escapes import NESTED
from koregate.redaction.pieces import PIECE_BYTES, REACH_BYTES, all_matches, first_match
from koregate.redaction.secret_forms import begin_pattern, quick_begin_pattern
from koregate.redaction.secret_mask import SecretMask, _token_patterns

PARTS = [
    *("\\", "\\\\", "u0", "u0061", "\\u0061", "\\u00", "\\x61", "%", "%61", "%25", "&", "&#", "&#x", "0", "61", ";"),
    *("a", "b", '"', " ", "  ", "\n", ",", ":", "%20", "\\u0020", "\\n", "&nbsp;", "&#32;", "97, ", "61 ", "0x61"),
    *("eyJ", "eyJhbGciOiJ9.eyJhIjoxfQ", ".", "é", "x", "{", "&amp;", "=61", "+"),
]
DATA = st.lists(st.sampled_from(PARTS), max_size=60).map(lambda parts: "".join(parts).encode())
SEARCHED = [
    *(find(begin) for find in (begin_pattern, quick_begin_pattern) for begin in ("ab", "a", "é\\", '"a', " a")),
    NESTED,
    _token_patterns().header,
]


@contextmanager
def pieces_of(size: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "PIECE_BYTES", size)
        yield


@settings(deadline=None)
@given(st.sampled_from(SEARCHED), DATA, st.integers(1, 40), st.integers(0, 40))
@example(begin_pattern("ab"), b"....ab", 4, 0)
@example(begin_pattern("ab"), b"...ab", 4, 0)
@example(begin_pattern("ab"), b"ab..ab", 4, 3)
def test_the_first_match_is_the_one_that_a_search_of_all_finds(
    pattern: re.Pattern[bytes], data: bytes, size: int, position: int
) -> None:
    whole = pattern.search(data, position)
    with pieces_of(size):
        match = first_match(pattern, data, position)

    assert (whole and whole.span()) == (match and match.span())


def test_a_search_begins_with_the_first_byte() -> None:
    match = first_match(begin_pattern("ab"), b"ab")
    assert match is not None
    assert 0 == match.start()


@settings(deadline=None)
@given(st.sampled_from([_HEX_RUN, _DECIMAL_RUN]), DATA, st.integers(1, 40))
@example(_HEX_RUN, b"616263646566", 4)
@example(_HEX_RUN, b'616263646566"616263646566', 4)
def test_all_runs_of_numbers_are_those_that_a_search_of_all_finds(
    pattern: re.Pattern[bytes], data: bytes, size: int
) -> None:
    whole = [match.span() for match in pattern.finditer(data)]
    with pieces_of(size):
        assert whole == [match.span() for match in all_matches(pattern, _BORDER, data)]


@settings(deadline=None)
@given(DATA, DATA, st.integers(1, 40))
def test_what_is_masked_does_not_depend_on_the_size_of_the_pieces(before: bytes, after: bytes, size: int) -> None:
    mask = SecretMask(["a-made-up-secret", "ab"])
    for told in (b"a-made-up-secret", b"a-made-up-secret".hex(":").encode(), b"YS1tYWRlLXVwLXNlY3JldA"):
        data = before + told + after
        whole = mask.data(data)
        with pieces_of(size):
            assert whole == mask.data(data)


NAMES = {value: name for name, value in html5.items() if len(value) == 1 and name.endswith(";")}
LONGEST = max(NAMES, key=lambda character: len(NAMES[character]))


@pytest.mark.parametrize("before", range(PIECE_BYTES - 1, PIECE_BYTES + 2))
@pytest.mark.parametrize("quick", [True, False])
def test_the_longest_form_of_a_character_is_found_at_the_end_of_a_piece(before: int, quick: bool) -> None:
    told = "".join(f"&#x{ord(letter):09x};" for letter in f"&{NAMES[LONGEST]}").encode()
    pattern = (quick_begin_pattern if quick else begin_pattern)(f"{LONGEST}a")
    match = first_match(pattern, b"." * before + told + b"a")

    assert match is not None
    assert before == match.start()
    assert len(told) + 5 < REACH_BYTES


class Spy:
    """A pattern that notes how much each search may read."""

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        self.searched: list[int] = []
        self._pattern = pattern

    def search(self, data: bytes, start: int, end: int) -> re.Match[bytes] | None:
        self.searched.append(min(end, len(data)) - start)
        return self._pattern.search(data, start, end)

    def finditer(self, data: bytes, start: int, end: int) -> Iterator[re.Match[bytes]]:
        self.searched.append(min(end, len(data)) - start)
        return self._pattern.finditer(data, start, end)


@pytest.mark.parametrize(
    "part", ['{"say": "hi"}', "\\u0041", "\\\\u0041\\n", "%41", "&#65;", "&amp;", "abcdefg", "привет"]
)
def test_other_threads_may_run_after_each_piece_of_a_reply_with_any_escapes(part: str) -> None:
    data = (part * (3 * PIECE_BYTES // len(part))).encode()
    runs, begins = Spy(_HEX_RUN), Spy(begin_pattern("zz"))

    assert [] == [*all_matches(cast(Any, runs), _BORDER, data)]
    assert first_match(cast(Any, begins), data) is None

    assert 3 <= len(runs.searched)
    assert max(runs.searched) < PIECE_BYTES + 20
    assert max(begins.searched) == PIECE_BYTES + REACH_BYTES
    assert len(begins.searched) == -(-len(data) // PIECE_BYTES)
