from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.reports.word_diff import GONE, NEW, SAME, difference

if TYPE_CHECKING:
    from collections.abc import Iterator

# Few different words, so that texts have parts in common.
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(["a", "b", " ", ", ", "\n", "é", "."])).map("".join))


@pytest.mark.parametrize(
    ("expected", "actual", "pieces"),
    [
        ("", "", []),
        ("Hello", "Hello", [(SAME, "Hello")]),
        ("Hello", "", [(GONE, "Hello")]),
        ("", "Hello", [(NEW, "Hello")]),
        ("One large pizza.", "One small pizza.", [(SAME, "One"), (GONE, " large"), (NEW, " small"), (SAME, " pizza.")]),
        ("a b c", "a c", [(SAME, "a"), (GONE, " b"), (SAME, " c")]),
        ("a c", "a b c", [(SAME, "a"), (NEW, " b"), (SAME, " c")]),
        ("a b", "a  b", [(SAME, "a"), (GONE, " b"), (NEW, "  b")]),
        ("b c", "a b c", [(GONE, "b"), (NEW, "a b"), (SAME, " c")]),
        ("11.50 €", "11.60 €", [(SAME, "11."), (GONE, "50"), (NEW, "60"), (SAME, " €")]),
    ],
)
def test_the_difference_is_told_word_by_word(expected: str, actual: str, pieces: list[tuple[str, str]]) -> None:
    assert pieces == difference(expected, actual)


def test_a_comma_in_common_does_not_join_two_unlike_sentences() -> None:
    assert [(GONE, "Sorry, what"), (NEW, "Fine, then"), (SAME, "?")] == difference("Sorry, what?", "Fine, then?")


@given(TEXTS, TEXTS)
def test_the_pieces_make_up_both_texts(expected: str, actual: str) -> None:
    pieces = difference(expected, actual)
    assert expected == "".join(text for kind, text in pieces if kind != NEW)
    assert actual == "".join(text for kind, text in pieces if kind != GONE)


@given(TEXTS, TEXTS)
def test_no_piece_is_empty_and_no_two_of_a_kind_follow_each_other(expected: str, actual: str) -> None:
    pieces = difference(expected, actual)
    assert all(text for _, text in pieces)
    kinds = [kind for kind, _ in pieces]
    assert all(one != other for one, other in itertools.pairwise(kinds) if one != SAME)


def _words(prefix: str, count: int) -> Iterator[str]:
    return (f"{prefix}{number}" for number in range(count))


def test_a_long_change_is_shown_whole_between_what_both_texts_share() -> None:
    old, new = " ".join(_words("o", 200)), " ".join(_words("n", 200))
    expected = f"start {old} shared end"
    actual = f"start {new} shared end"
    assert [(SAME, "start"), (GONE, f" {old}"), (NEW, f" {new}"), (SAME, " shared end")] == difference(expected, actual)


def test_one_changed_word_is_found_in_a_text_of_any_length() -> None:
    much = " ".join(_words("w", 50_000))
    expected = [(SAME, much), (GONE, " red"), (NEW, " green"), (SAME, f" {much}")]
    assert expected == difference(f"{much} red {much}", f"{much} green {much}")
