"""A text as a reader sees it: which escapes are undone, what disappears, and the way back."""

import html
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.redaction.readable_text import Reading, without_escapes, without_tags


def shown(text: str) -> str:
    return without_tags(without_escapes(Reading(text))).text


@pytest.mark.parametrize(
    ("escape", "character"),
    [
        *((r"\u0041", "A"), (r"\u00E9", "é"), (r"\x41", "A"), (r"\xe9", "é"), (r"\u{41}", "A"), (r"\u{1F600}", "😀")),
        *((r"\ud83d\ude00", "😀"), (r"\uD83D\uDE00", "😀"), (r"\u{10ffff}", "\U0010ffff"), (r"\u{110000}", "")),
        *((r"\b", ""), (r"\f", "\f"), (r"\n", "\n"), (r"\r", "\r"), (r"\t", "\t"), (r"\"", '"'), (r"\/", "/")),
        *((r"\\", "\\"), (r"\'", "'"), (r"\@", "@"), (r"\é", "é")),
        *(("%41", "A"), ("%7e", "~"), ("%C3%A9", "é"), ("%e2%82%ac", "€"), ("%F0%9F%98%80", "😀")),
        *(("%A0", "\xa0"), ("%a0", "\xa0"), ("%AD", ""), ("%ad", "")),
        *(("&#65;", "A"), ("&#0065;", "A"), ("&#x41;", "A"), ("&#X41;", "A"), ("&#65", "A"), ("&#x41", "A")),
        *(("&amp;", "&"), ("&lt;", "<"), ("&eacute;", "é"), ("&commat;", "@"), ("&#128512;", "😀"), ("&#0;", "\ufffd")),
        *(("\u200b", ""), ("\xad", ""), ("\x00", ""), ("\x7f", ""), ("\u0301", ""), ("\ufe0f", ""), ("\U000e0041", "")),
        *(("\uff20", "@"), ("\ufe6b", "@"), ("\u3002", "."), ("\uff0e", "."), ("\uff61", "."), ("\u2024", ".")),
        *(
            ("\uff0b", "+"),
            ("%2541", "A"),
            ("%252541", "A"),
            ("&amp;#65;", "A"),
            (r"\\u0041", "A"),
            ("%26amp;#65;", "A"),
        ),
        *(("&#38;#65;", "A"), (r"\u005cu0041", "A"), ("%25C3%25A9", "é"), ("%5Cu0041", "A"), ("&#6&#53;;", "A")),
        *(("%25A0", "\xa0"), (r"\u0025\u0034\u0031", "A"), ("%" + "25" * 5 + "41", "A"), ("%C2%A0", "\xa0")),
    ],
    ids=ascii,
)
def test_an_escape_is_undone_and_comes_from_its_place(escape: str, character: str) -> None:
    text = f"ab{escape} cd"
    reading = without_escapes(Reading(text))
    end = 2 + len(character)

    assert f"ab{character} cd" == reading.text
    assert (1, 3 + len(escape)) == reading.origin((1, end + 1))
    assert (2 + len(escape), len(text)) == reading.origin((end, len(reading.text)))
    if character:
        assert (2, 2 + len(escape)) == reading.origin((2, end))


@pytest.mark.parametrize(
    "text",
    [
        *("", "plain", "100% sure", "50 % & more", r"C:\Users", r"\a \u12 \x4", "%4", "%zz", "%FF", "%C3", "%C3 %A9"),
        *(
            "%E2%82",
            "%80",
            r"\41",
            r"\C3%A9",
            r"\amp;",
            "%u0041",
            "%n",
            "&41",
            "&n;",
            "&unknown;",
            "&",
            "& co;",
            "&amp",
            "&#;",
            "&#x;",
            "\\ ",
            "\\",
            "é € 😀",
            "<b>bold</b>",
        ),
    ],
    ids=ascii,
)
def test_what_is_no_escape_stays(text: str) -> None:
    assert text == without_escapes(Reading(text)).text


@pytest.mark.parametrize("follows", ["41", "u0041", "x41", "n", "#65;", "amp;", "/", "C3"])
def test_what_follows_an_invisible_character_stays(follows: str) -> None:
    assert f"a{follows} " == without_escapes(Reading(f"a\u200b{follows} ")).text


def test_a_text_without_escapes_is_the_same_reading() -> None:
    reading = Reading("plain <b>bold</b> %FF")

    assert without_escapes(Reading("plain")).views == ()
    assert without_escapes(reading).text == reading.text
    plain = Reading("1 < 2 and no tag")
    assert without_tags(plain) is plain
    assert without_escapes(plain) is plain
    no_mark = Reading("nothing")
    assert without_tags(no_mark) is no_mark


def test_escapes_are_undone_six_times() -> None:
    assert "A" == without_escapes(Reading("%" + "25" * 5 + "41")).text
    assert "%41" == without_escapes(Reading("%" + "25" * 6 + "41")).text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        *(("a<b>b</b>c", "abc"), ("a<i/>b", "ab"), ("a<wbr>b", "ab"), ("a<!-- c -->b", "ab"), ("a<SPAN>b", "ab")),
        *(("a<br>b", "a\nb"), ("a<BR/>b", "a\nb"), ("a<br />b", "a\nb"), ("a</td><td>b", "a\n\nb"), ("a<h2>b", "a\nb")),
        *(("a<hr>b", "a\nb"), ("<li>a</li>", "\na\n"), ("a</p\n>b", "a\nb"), ("a<em>b", "ab"), ("a<big>b", "ab")),
        *(('a<b class="x y" id=z hidden>b', "ab"), ("a<b x='y'>b", "ab"), ('a<b x = "y">b', "ab"), ("a<b\nx>b", "ab")),
        *(("a<b", "a<b"), ("a < b > c", "a < b > c"), ("<a@b.co>", "<a@b.co>"), ("a<>b", "a<>b"), ("<1>", "<1>")),
        *(
            ("<!-->", ""),
            ("a<!-- b", "a<!-- b"),
            ("a<!-- b>c", "a<!-- b>c"),
            ("a<!-- b->c", "a<!-- b->c"),
            ('<b x="y>', '<b x="y>'),
            ("a&lt;b&gt;c", "ac"),
        ),
        *(("a<b>&#65;", "aA"), ("a%3Cbr%3Eb", "a\nb"), ("&<b></b>#65;", "A"), ("%<i>41", "A"), ("<br><p>", "\n\n")),
    ],
    ids=ascii,
)
def test_a_tag_disappears_or_breaks_the_line(text: str, seen: str) -> None:
    assert seen == shown(text)


BREAKING = """
address article aside blockquote br button caption dd dl dt div fieldset figcaption figure footer form
h1 h2 h3 h4 h5 h6 hr header label legend li main nav ol ul optgroup option p pre section select
table tbody td tfoot th thead tr
"""


def test_a_tag_that_begins_a_line_or_a_cell_is_a_line_break_and_others_are_nothing() -> None:
    for tag in BREAKING.split():
        assert "a\nb\nc" == shown(f"a<{tag}>b</{tag.upper()}>c"), tag
    for tag in ("a", "b", "brx", "em", "font", "html", "i", "mark", "path", "s", "span", "strong", "u", "x1"):
        assert "abc" == shown(f"a<{tag}>b</{tag.upper()}>c"), tag


TEXTS = st.text(st.sampled_from("ab1 @.<>&%\\\"'/\n\u200b\xa0é😀"), max_size=12)


@given(TEXTS, st.lists(st.sampled_from(["json", "ascii", "url", "html"]), max_size=3))
def test_a_reader_sees_the_text_whatever_programs_escaped_it(text: str, programs: list[str]) -> None:
    escaped = f"ab{text}cd".replace("\u200b", "").replace("\\", "").replace("%", "").replace("&", "")
    told = escaped
    for program in programs:
        if program == "url":
            told = quote(told, safe="")
        elif program == "html":
            told = html.escape(told)
        else:
            told = json.dumps(told, ensure_ascii=program == "ascii")[1:-1]
    reading = without_escapes(Reading(told))

    assert escaped == reading.text
    assert (0, len(told)) == reading.origin((0, len(reading.text)))
    assert told[:2] == told[slice(*reading.origin((0, 2)))]


@given(st.lists(st.sampled_from([*"ab<>&%\\;#", "<b>", "<br>", "%41", "&#65;", "&amp;", r"\u0041", "\u200b", "%A0"])))
def test_each_part_of_a_reading_comes_from_a_place_in_the_text_and_in_its_order(parts: list[str]) -> None:
    text = "".join(parts)
    reading = without_tags(without_escapes(Reading(text)))
    places = [reading.origin((at, at + 1)) for at in range(len(reading.text))]

    assert places == sorted(places)
    assert all(0 <= start < end <= len(text) for start, end in places)
    literal = [(at, place) for at, place in enumerate(places) if place[1] - place[0] == 1]
    assert all(text[start] == reading.text[at] for at, (start, _) in literal)
