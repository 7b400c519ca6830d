"""Untrusted text made safe to show: nothing in it acts, and nothing vanishes."""

import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from koregate.inputs.values import duration
from koregate.text import human_duration, json_as_text, labeled, nearest, one_line, shorten, shorten_bytes, visible

# Any code point, lone surrogates too, and often one of those that matter.
ANY = st.text(
    st.one_of(
        st.characters(exclude_categories=()),
        st.sampled_from("\t\n\r\x00\x07\x1b\x1c\x7f\x85\u2028\u202e\u2067\ud800\udfff\ufffe\uffff \\%:#["),
    )
)
# XML 1.0, production 2, without CR, which a parser would turn into a line feed.
XML = re.compile("[\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
# Control characters, line separators, and marks that reorder a line for the eye.
ACTIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain, ünïcode 🍕\tand\nlines", "plain, ünïcode 🍕\tand\nlines"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("bell\a null\0 delete\x7f", r"bell\x07 null\x00 delete\x7f"),
        ("Windows\r\nlines", "Windows\nlines"),
        ("over\rwritten", r"over\x0dwritten"),
        ("a\r\r\nb", "a\\x0d\nb"),
        ("next\x85line\x9b", r"next\x85line\x9b"),
        ("line\u2028and\u2029paragraph", r"line\u2028and\u2029paragraph"),
        ("user\u202etxt.exe\u2066", r"user\u202etxt.exe\u2066"),
        ("lone \ud83c half", r"lone \ud83c half"),
        ("no \ufffe character \uffff", r"no \ufffe character \uffff"),
        (r"a literal \x1b stays", r"a literal \x1b stays"),
        ("", ""),
    ],
)
def test_what_could_act_or_vanish_is_shown_as_an_escape(text: str, expected: str) -> None:
    assert expected == visible(text)


@given(ANY)
def test_visible_text_is_legal_xml_cannot_act_and_does_not_change_again(text: str) -> None:
    escaped = visible(text)

    assert XML.fullmatch(escaped)
    assert not ACTIVE.search(escaped)
    assert escaped == visible(escaped)
    escaped.encode()


@given(ANY)
def test_nothing_is_dropped_from_visible_text(text: str) -> None:
    assume(not re.search(r"\\[xu]", text))
    original = re.sub(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})", lambda m: chr(int(m[1] or m[2], 16)), visible(text))

    assert text.replace("\r\n", "\n") == original


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("one\ntwo", "one two"),
        ("one  \n\n\t two\n", "one two"),
        ("\n  one", "one"),
        ("tab\tstop", "tab stop"),
        ("Windows\r\nlines\r\n", "Windows lines"),
        (" blanks  stay ", " blanks  stay "),
        ("a\n\x1cb\x0b\n\u2028c", r"a \x1cb\x0b \u2028c"),
        ("\n\t \n", ""),
    ],
)
def test_several_lines_become_one(text: str, line: str) -> None:
    assert line == one_line(text)


@given(ANY, st.integers(min_value=0, max_value=120))
def test_one_line_is_visible_and_within_its_limit(text: str, limit: int) -> None:
    line = one_line(text, limit)

    assert len(line.splitlines()) <= 1
    assert "\t" not in line
    assert XML.fullmatch(line)
    assert not ACTIVE.search(line)
    assert not limit or len(line) <= limit
    assert line == one_line(line, limit)


@given(ANY)
def test_one_line_drops_nothing_but_spaces_and_line_breaks(text: str) -> None:
    assert re.sub(r"[ \t\n]", "", visible(text)) == one_line(text).replace(" ", "")


def test_a_long_row_of_spaces_takes_no_long_time() -> None:
    assert "a" + " " * 300_000 + "b c" == one_line("a" + " " * 300_000 + "b\nc")


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("exact", 5, "exact"),
        ("x" * 100, 40, "x" * 10 + "… (cut, 100 characters in all)"),
        ("x" * 100, 10, "… (cut, 10"),
        ("x" * 100, 0, ""),
        ("", 0, ""),
    ],
)
def test_a_cut_text_says_how_long_it_was(text: str, limit: int, expected: str) -> None:
    assert expected == shorten(text, limit)


@given(ANY, st.integers(min_value=0, max_value=120))
def test_shortened_text_is_within_its_limit_and_is_not_cut_again(text: str, limit: int) -> None:
    short = shorten(text, limit)

    assert len(short) <= limit
    assert short == shorten(short, limit)
    assert (short == text) or len(text) > limit


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("ünï", 5, "ünï"),
        ("ü" * 50, 40, "ü" * 6 + "… (cut, 100 bytes in all)"),
        ("ü" * 50, 41, "ü" * 7 + "… (cut, 100 bytes in all)"),
        ("\x1b" * 10, 32, r"\x1b\x" + "… (cut, 40 bytes in all)"),
        ("x" * 100, 10, "… (cut, "),
        ("x" * 100, 0, ""),
    ],
)
def test_a_text_is_cut_to_bytes_between_characters(text: str, limit: int, expected: str) -> None:
    assert expected == shorten_bytes(text, limit)


@given(ANY, st.integers(min_value=0, max_value=200))
def test_text_cut_to_bytes_is_visible_within_its_limit_and_is_not_cut_again(text: str, limit: int) -> None:
    cut = shorten_bytes(text, limit)

    assert len(cut.encode()) <= limit
    assert XML.fullmatch(cut)
    assert cut == shorten_bytes(cut, limit)
    assert (cut == visible(text)) or len(visible(text).encode()) > limit


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is", "as it is"),
        (None, ""),
        (True, "true"),
        (1.5, "1.5"),
        ({"b": "ü", "a": [1, None]}, '{"a": [1, null], "b": "ü"}'),
        ([], "[]"),
    ],
)
def test_any_json_value_becomes_text(value: Any, text: str) -> None:
    assert text == json_as_text(value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (0.4, "0s"),
        (59.6, "1m"),
        (90, "1m30s"),
        (1800, "30m"),
        (3600, "1h"),
        (5400, "1h30m"),
        (3661, "1h1m1s"),
    ],
)
def test_seconds_are_written_as_a_person_writes_them(seconds: float, text: str) -> None:
    assert text == human_duration(seconds)


@given(st.integers(0, 7 * 24 * 3600))
def test_a_written_duration_can_be_read_as_an_input(seconds: int) -> None:
    assert seconds == duration(human_duration(seconds))


@pytest.mark.parametrize(
    ("word", "words", "meant"),
    [
        ("passed", ["fail", "pass"], "pass"),
        ("Develop", ["inDevelopment", "published"], "inDevelopment"),
        ("publised", ["inDevelopment", "published"], "published"),
        ("RS256", ["HS256", "HS512"], ""),
        ("wrong", ["wrong-text", "wrong-context"], ""),
        ("", ["any"], ""),
        ("other", [], ""),
    ],
)
def test_a_misspelled_word_has_one_nearest_word_or_none(word: str, words: list[str], meant: str) -> None:
    assert meant == nearest(word, words)


@given(st.text(max_size=12), st.lists(st.text(max_size=12)))
def test_the_nearest_word_is_one_of_the_words(word: str, words: list[str]) -> None:
    assert nearest(word, words) in ["", *words]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("is required.", "host is required."),
        ("has 101 characters.", "host has 101 characters."),
        ("must be a list.", "host must be a list."),
        ("no credentials are given.", "host: no credentials are given."),
        ('"x" is not a URL.', 'host: "x" is not a URL.'),
        ("isolated", "host: isolated"),
    ],
)
def test_a_name_is_the_subject_of_a_text_that_has_none(text: str, told: str) -> None:
    assert told == labeled("host", text)
