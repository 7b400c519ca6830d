"""Two texts quoted on one line, around the place where they differ."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.judging.excerpts import MAX_QUOTED, around, common_prefix, quoted_pair
from koregate.text import one_line, visible

LONG = "Thank you for calling Luigi's. " + "We bake every day of the week. " * 5 + "We are open until late. "
any_text = st.text() | st.text(alphabet=st.characters(codec=None)) | st.text("a b.\n\t\x1b", max_size=400)


@pytest.mark.parametrize(
    ("expected", "actual", "shown"),
    [
        ("Which size?", "Sorry, what?", ('"Which size?"', '"Sorry, what?"', 0)),
        ("a\n b", "", ('"a b"', '""', 0)),
        (
            f"{LONG}The minimum order is 15 euros.",
            f"{LONG}The minimum order is 25 euros.",
            ('"…The minimum order is 15 euros."', '"…The minimum order is 25 euros."', len(LONG) + 22),
        ),
        (f"{LONG}One", LONG[:-1], ('"…We are open until late. One"', '"…We are open until late."', len(LONG))),
        (
            f"{'x' * 99}1{'y' * 99}",
            f"{'x' * 99}2",
            (f'"…{"x" * 60}1{"y" * 89}…"', f'"…{"x" * 60}2"', 100),
        ),
        ("x" * 400, "Sorry", (f'"{"x" * 130}… (cut, 400 characters in all)"', '"Sorry"', 0)),
    ],
    ids=["short", "on one line", "late", "at the end of one", "a word without end", "at once"],
)
def test_long_texts_are_shown_around_the_place_where_they_differ(
    expected: str, actual: str, shown: tuple[str, str, int]
) -> None:
    assert shown == quoted_pair(expected, actual)


@given(st.text("x. \n"), st.text("x. \n"), any_text, any_text)
def test_two_long_texts_are_shown_with_the_first_character_that_differs(
    start: str, padding: str, expected: str, actual: str
) -> None:
    expected, actual = (f"{start}{padding * 20}{text}" for text in (expected, actual))
    same = common_prefix(expected, actual)

    *shown, place = quoted_pair(expected, actual)

    for text, quote in zip((expected, actual), shown, strict=True):
        assert "\n" not in quote
        assert len(quote) <= 2 * MAX_QUOTED
        differing = text[same : same + 1]
        if differing and not differing.isspace() and expected != actual:
            assert re.match(r"…|.", quote[1:])
            assert visible(differing) in quote
            assert place in (0, same + 1)
    if expected != actual and max(len(one_line(expected)), len(one_line(actual))) > MAX_QUOTED and same > MAX_QUOTED:
        assert shown[0] != shown[1] or expected[same : same + 1].isspace() or actual[same : same + 1].isspace()
        assert same + 1 == place


@given(any_text, any_text)
def test_the_common_beginning_is_as_long_as_can_be(one: str, other: str) -> None:
    length = common_prefix(one, other)

    assert one[:length] == other[:length]
    assert one[length : length + 1] != other[length : length + 1] or length == len(one) == len(other)


def test_in_a_text_of_long_characters_the_place_is_shown_within_the_same_bytes() -> None:
    assert "… (cut, 275 characters before this are the same) " + "é" * 25 + "x" == around("é" * 300 + "x", 301, 400)
    assert "e" * 300 + "x" == around("e" * 300 + "x", 301, 400)


@given(any_text, st.integers(0, 500), st.integers(60, 500))
def test_a_long_text_that_is_shown_in_part_is_shown_from_before_the_place(text: str, place: int, longest: int) -> None:
    shown = around(text, place, longest)

    if shown != text:
        cut = int(re.findall(r"\d+", shown)[0])
        assert shown == f"… (cut, {cut} characters before this are the same) {text[cut:]}"
        assert cut < place <= cut + 61


ESCAPED = "\x1b" * 50


@pytest.mark.parametrize(
    ("expected", "actual", "begins"),
    [
        # In characters they are short, and in escapes they are not.
        (f"{ESCAPED}a", f"{ESCAPED}b", '"…\\x1b'),
        (f"{ESCAPED}a{'x' * 200}", f"{ESCAPED}b{'x' * 200}", '"…\\x1b'),
        (f"One. Two. Three. {'x' * 20}a{'y' * 200}", f"One. Two. Three. {'x' * 20}b", '"One. Two.'),
        (f"{'z' * 150} One. Two. Three. {'x' * 20}a", f"{'z' * 150} One. Two. Three. {'x' * 20}b", f'"…{"x" * 20}'),
        (f"{'phrase ' * 40}a", f"{'phrase ' * 40}b", '"…phrase phrase'),
        (f"{ESCAPED[:20]}a{'x' * 200}", f"{ESCAPED[:20]}b{'x' * 200}", f'"…{visible(ESCAPED[:20])}'),
        (f"{'z' * 100}{'x' * 100}a b c", f"{'z' * 100}{'x' * 100}b b c", f'"…{"x" * 60}'),
        (f"{'z' * 100}{'x' * 58} aaaaa", f"{'z' * 100}{'x' * 58} aaaab", f'"…{"x" * 55} aaaa'),
    ],
)
def test_an_excerpt_begins_with_a_sentence_or_a_word_and_shows_the_place(
    expected: str, actual: str, begins: str
) -> None:
    shown = quoted_pair(expected, actual)

    assert [begins, begins] == [text[: len(begins)] for text in shown[:2]]
    assert shown[0][: len(shown[1]) - 1] != shown[1][:-1]


@pytest.mark.parametrize(
    ("rest", "shown"),
    [
        ("a word " * 20, "a word " * 12 + "a…"),
        (f"{'a' * 60} {'b' * 60}", f"{'a' * 60}…"),
        (f"{'a' * 40} {'b' * 90}", f"{'a' * 40} {'b' * 49}…"),
        (f"{'a' * 45} {'b' * 90}", f"{'a' * 45} {'b' * 44}…"),
        (f"{'a' * 46} {'b' * 90}", f"{'a' * 46}…"),
        ("a" * 90, "a" * 90),
        ("a" * 91, f"{'a' * 90}…"),
        ("\x1b" * 41, "\\x1b" * 40 + "…"),
        ("\x1b" * 40, "\\x1b" * 40),
    ],
)
def test_an_excerpt_ends_with_a_word_unless_that_would_leave_little(rest: str, shown: str) -> None:
    same = "z" * 200

    expected, actual, place = quoted_pair(same + rest, same)

    assert (f'"…{"z" * 60}{shown}"', f'"…{"z" * 60}"', 201) == (expected, actual, place)


@pytest.mark.parametrize(
    ("text", "place", "start"),
    [
        ("x" * 400, 400, 0),
        ("x" * 401, 200, 0),
        ("x" * 401, 201, 140),
        ("x" * 401, 401, 340),
        ("é" * 401, 50, 0),
        ("é" * 401, 51, 25),
        ("é" * 100, 100, 0),
    ],
)
def test_a_long_text_begins_shortly_before_a_place_that_would_not_be_shown(text: str, place: int, start: int) -> None:
    cut = f"… (cut, {start} characters before this are the same) {text[start:]}" if start else text

    assert cut == around(text, place, 400)


@pytest.mark.parametrize("same", range(9))
def test_the_common_beginning_of_two_texts_has_the_length_of_what_is_the_same(same: int) -> None:
    one, other = "x" * same + "abcdefgh"[same:], "x" * same + "ABCDEFGH"[same:]

    assert same == common_prefix(one, other) == common_prefix(one + "longer", other)


def test_texts_that_fit_or_that_differ_soon_are_quoted_from_their_beginning() -> None:
    fits, soon = "x" * (MAX_QUOTED - 1), "x" * 60
    pairs = [(f"{fits}a", f"{fits}b"), (f"{soon}a{'y' * 200}", f"{soon}b{'y' * 200}")]

    assert [0, 0] == [quoted_pair(*pair)[2] for pair in pairs]
    assert 62 == quoted_pair(f"x{pairs[1][0]}", f"x{pairs[1][1]}")[2]
