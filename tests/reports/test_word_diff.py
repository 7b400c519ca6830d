"""Two texts compared word by word."""

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.reports.word_diff import ADDED, REMOVED, SAME, diff_words

# Few different words, so that texts have parts in common.
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(["a", "b", " ", ", ", "\n", "é", "."])).map("".join))


@pytest.mark.parametrize(
    ("expected", "actual", "pieces"),
    [
        ("", "", []),
        ("Hello", "Hello", [(SAME, "Hello")]),
        ("Hello", "", [(REMOVED, "Hello")]),
        ("", "Hello", [(ADDED, "Hello")]),
        (
            "One large pizza.",
            "One small pizza.",
            [(SAME, "One"), (REMOVED, " large"), (ADDED, " small"), (SAME, " pizza.")],
        ),
        ("a b c", "a c", [(SAME, "a"), (REMOVED, " b"), (SAME, " c")]),
        ("a c", "a b c", [(SAME, "a"), (ADDED, " b"), (SAME, " c")]),
        ("a b", "a  b", [(SAME, "a"), (REMOVED, " b"), (ADDED, "  b")]),
        ("b c", "a b c", [(ADDED, "a "), (SAME, "b c")]),
        ("Done! Your pizza", "Your pizza", [(REMOVED, "Done! "), (SAME, "Your pizza")]),
        ('"Done! Your pizza"', '"Your pizza"', [(SAME, '"'), (REMOVED, "Done! "), (SAME, 'Your pizza"')]),
        ("(b c", "(a, b c", [(SAME, "("), (ADDED, "a, "), (SAME, "b c")]),
        ("Order pizza", "Order drink", [(SAME, "Order"), (REMOVED, " pizza"), (ADDED, " drink")]),
        # Two words alike at the end of two changes are no reason to mark less.
        ("b", " b", [(REMOVED, "b"), (ADDED, " b")]),
        ("x b c", "y  b c", [(REMOVED, "x b"), (ADDED, "y  b"), (SAME, " c")]),
        ("11.50 €", "11.60 €", [(REMOVED, "11.50"), (ADDED, "11.60"), (SAME, " €")]),
        ("at 19:25.", "at 19:10.", [(SAME, "at"), (REMOVED, " 19:25"), (ADDED, " 19:10"), (SAME, ".")]),
        ("in 2026", "in 2026.", [(SAME, "in 2026"), (ADDED, ".")]),
    ],
)
def test_texts_are_compared_word_by_word(expected: str, actual: str, pieces: list[tuple[str, str]]) -> None:
    assert pieces == diff_words(expected, actual)


def test_a_comma_in_common_does_not_join_two_unlike_sentences() -> None:
    assert [(REMOVED, "Sorry, what"), (ADDED, "Fine, then"), (SAME, "?")] == diff_words("Sorry, what?", "Fine, then?")


@given(TEXTS, TEXTS)
def test_the_pieces_make_up_both_texts(expected: str, actual: str) -> None:
    pieces = diff_words(expected, actual)
    assert expected == "".join(text for kind, text in pieces if kind != ADDED)
    assert actual == "".join(text for kind, text in pieces if kind != REMOVED)


@given(TEXTS, TEXTS)
def test_no_piece_is_empty_and_no_two_of_a_kind_follow_each_other(expected: str, actual: str) -> None:
    pieces = diff_words(expected, actual)
    assert all(text for _, text in pieces)
    kinds = [kind for kind, _ in pieces]
    assert all(kind != following for kind, following in itertools.pairwise(kinds) if kind != SAME)


def _words(prefix: str, count: int) -> Iterator[str]:
    return (f"{prefix}{number}" for number in range(count))


def test_a_long_change_is_shown_whole_between_what_both_texts_share() -> None:
    old, new = " ".join(_words("o", 200)), " ".join(_words("n", 200))
    expected = f"start {old} shared end"
    actual = f"start {new} shared end"
    assert [(SAME, "start"), (REMOVED, f" {old}"), (ADDED, f" {new}"), (SAME, " shared end")] == diff_words(
        expected, actual
    )


def test_one_changed_word_is_found_in_a_text_of_any_length() -> None:
    long = " ".join(_words("w", 50_000))
    expected = [(SAME, long), (REMOVED, " red"), (ADDED, " green"), (SAME, f" {long}")]
    assert expected == diff_words(f"{long} red {long}", f"{long} green {long}")
