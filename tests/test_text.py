"""Foreign text made safe: nothing in it acts, nothing vanishes, no secret stays."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from koregate.text import Redactor, as_text, clip, one_line, shorten, visible

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
    ("text", "shown"),
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
def test_what_could_act_or_vanish_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert shown == visible(text)


@given(ANY)
def test_visible_text_is_legal_xml_acts_on_nothing_and_stays_as_it_is(text: str) -> None:
    shown = visible(text)

    assert XML.fullmatch(shown)
    assert not ACTIVE.search(shown)
    assert shown == visible(shown)
    shown.encode()


@given(ANY)
def test_nothing_is_dropped_from_visible_text(text: str) -> None:
    back = re.sub(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})", lambda m: chr(int(m[1] or m[2], 16)), visible(text))
    assume(not re.search(r"\\[xu]", text))

    assert text.replace("\r\n", "\n") == back


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
def test_lines_become_one(text: str, line: str) -> None:
    assert line == one_line(text)


@given(ANY, st.integers(min_value=0, max_value=120))
def test_one_line_is_one_visible_line_within_its_limit(text: str, limit: int) -> None:
    line = one_line(text, limit)

    assert len(line.splitlines()) <= 1
    assert "\t" not in line
    assert XML.fullmatch(line)
    assert not ACTIVE.search(line)
    assert not limit or len(line) <= limit
    assert line == one_line(line, limit)


@given(ANY)
def test_one_line_drops_nothing_but_blanks(text: str) -> None:
    assert re.sub(r"[ \t\n]", "", visible(text)) == one_line(text).replace(" ", "")


def test_a_long_run_of_blanks_takes_no_long_time() -> None:
    assert "a" + " " * 300_000 + "b c" == one_line("a" + " " * 300_000 + "b\nc")


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("exact", 5, "exact"),
        ("x" * 100, 40, "x" * 10 + "… (cut, 100 characters in all)"),
        ("x" * 100, 10, "… (cut, 10"),
        ("x" * 100, 0, ""),
        ("", 0, ""),
    ],
)
def test_a_cut_text_says_how_long_it_was(text: str, limit: int, short: str) -> None:
    assert short == shorten(text, limit)


@given(ANY, st.integers(min_value=0, max_value=120))
def test_shortened_text_is_within_its_limit_and_is_not_cut_again(text: str, limit: int) -> None:
    short = shorten(text, limit)

    assert len(short) <= limit
    assert short == shorten(short, limit)
    assert (short == text) or len(text) > limit


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("ünï", 5, "ünï"),
        ("ü" * 50, 40, "ü" * 6 + "… (cut, 100 bytes in all)"),
        ("ü" * 50, 41, "ü" * 7 + "… (cut, 100 bytes in all)"),
        ("\x1b" * 10, 32, r"\x1b\x" + "… (cut, 40 bytes in all)"),
        ("x" * 100, 10, "… (cut, "),
        ("x" * 100, 0, ""),
    ],
)
def test_a_text_is_cut_to_bytes_between_characters(text: str, limit: int, cut: str) -> None:
    assert cut == clip(text, limit)


@given(ANY, st.integers(min_value=0, max_value=200))
def test_clipped_text_is_visible_within_its_bytes_and_not_cut_again(text: str, limit: int) -> None:
    cut = clip(text, limit)

    assert len(cut.encode()) <= limit
    assert XML.fullmatch(cut)
    assert cut == clip(cut, limit)
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
def test_any_json_value_is_text(value: Any, text: str) -> None:
    assert text == as_text(value)


SECRET = 'k/7"\\+ü=' * 3
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJhcHBJZCI6ImNzLTEifQ.c2lnbmF0dXJl_-"


@pytest.mark.parametrize(
    ("text", "starred"),
    [
        (f"a{SECRET}b", "a***b"),
        (f"{SECRET}{SECRET}", "******"),
        (json.dumps({"msg": SECRET}), '{"msg": "***"}'),
        (json.dumps({"msg": SECRET}, ensure_ascii=False), '{"msg": "***"}'),
        (json.dumps({"msg": SECRET}).replace("/", r"\/"), '{"msg": "***"}'),
        (json.dumps({"msg": SECRET}, ensure_ascii=False).replace("/", r"\/"), '{"msg": "***"}'),
        (f"token {TOKEN}.", "token ***."),
        (TOKEN.rpartition(".")[0], "***"),
        ("eyJust a word.eyJ", "eyJust a word.eyJ"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_a_secret_is_starred_out_in_every_form_and_tokens_always(text: str, starred: str) -> None:
    redactor = Redactor([SECRET, ""])

    assert starred == redactor.text(text)
    assert starred.encode() == redactor.data(text.encode())


@pytest.mark.parametrize(
    ("text", "starred"),
    [
        ("test", "***"),
        ("a test.", "a ***."),
        ("test-test_test", "***-***_***"),
        ('{"testRunId": "ctr-test"}', '{"testRunId": "ctr-***"}'),
        ("latest contest tests test1", "latest contest tests test1"),
        (r'{"text": "first\ntest\ttest\u00fctest"}', r'{"text": "first\n***\t***\u00fc***"}'),
    ],
)
def test_a_short_secret_is_starred_out_as_a_word_of_its_own(text: str, starred: str) -> None:
    assert starred == Redactor(["test"]).text(text)


def test_of_two_secrets_one_in_the_other_the_longer_goes_whole() -> None:
    redactor = Redactor(["a-secret-of-some-length", "a-secret-of-some-length-and-more"])

    assert "*** ***" == redactor.text("a-secret-of-some-length-and-more a-secret-of-some-length")


def test_text_is_left_alone_where_there_is_no_secret() -> None:
    assert "any text" == Redactor([]).text("any text")


LONG = st.text(st.characters(codec="utf-8", exclude_characters="*"), min_size=12, max_size=30)


@given(st.lists(LONG, min_size=1, max_size=3), ANY, ANY)
@example(["\\" * 12], "\\", "\\")
@example(["u00e9" * 3], "\\", "")
def test_no_secret_is_left_in_text_in_bytes_or_in_json_read_after(secrets: list[str], before: str, after: str) -> None:
    redactor = Redactor(secrets)
    for secret in secrets:
        text = before + secret + after
        data = text.encode("utf-8", "surrogatepass")
        wire = [json.dumps(secret, ensure_ascii=flag).encode() for flag in (True, False)]

        assert secret not in redactor.text(text)
        assert secret.encode() not in redactor.data(data)
        assert all(secret not in json.loads(redactor.data(b'"%s"' % one[1:-1])) for one in wire)


@given(st.binary())
def test_bytes_without_a_secret_come_back_untouched(data: bytes) -> None:
    assert data == Redactor([SECRET]).data(data)


@given(st.binary(), st.binary())
def test_bytes_around_a_secret_come_back_untouched(before: bytes, after: bytes) -> None:
    starred = Redactor([SECRET]).data(before + b" " + SECRET.encode() + b" " + after)

    assert before + b" *** " + after == starred
