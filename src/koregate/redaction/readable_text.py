"""A text as a reader sees it: escapes undone, invisible characters and markup left out, and the way back.

Sources: RFC 8259 (JSON), ECMA-262 (escapes of JavaScript), RFC 3986 (URLs), the WHATWG's HTML standard.
"""

import html
import re
from typing import NamedTuple

from koregate.redaction.nested_escapes import View, decoded_view

# How often escapes are undone: an escape may be escaped again.
_MOST_LEVELS = 6

# Control characters, soft hyphens, joiners, marks of direction, variation selectors, and accents and frames that are
# characters of their own. They are shown with no width or not at all.
_INVISIBLE = (
    "\x00-\x08\x0e-\x1f\x7f\xad\u0300-\u036f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u20d0-\u20ff\u3164\ufe00-\ufe0f\ufeff\uffa0\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Other forms of the marks in an address or a number.
_FOLDED = {
    "\uff20": "@",
    "\ufe6b": "@",
    "\u3002": ".",
    "\uff0e": ".",
    "\uff61": ".",
    "\u2024": ".",
    "\uff0b": "+",
}
_HEX = "[0-9A-Fa-f]"
_NEXT = f"%[89abAB]{_HEX}"
# What follows an escape may be a part of it that is escaped itself, so "\\&" and "&#6" before "&" wait for the next
# level.
# One class first, so that `re` searches for these characters alone.
_ESCAPE = re.compile(
    rf"[\\%&{_INVISIBLE}{''.join(_FOLDED)}](?:"
    rf"(?<=\\)(?:u[dD][89abAB]{_HEX}{{2}}\\u[dD][c-fC-F]{_HEX}{{2}}|u{_HEX}{{4}}|u\{{{_HEX}{{1,6}}\}}|x{_HEX}{{2}}"
    rf"|[bfnrt]|[^A-Za-z0-9\s%&])"
    rf"|(?<=%)(?:[0-7]{_HEX}|[cCdD]{_HEX}{_NEXT}|[eE]{_HEX}{_NEXT}{_NEXT}|[fF][0-4]{_NEXT}{_NEXT}{_NEXT})"
    rf"|(?<=&)(?:#(?:[0-9]{{1,32}}+|[xX]{_HEX}{{1,32}}+)(?:;|(?![\\%&]))|[A-Za-z][A-Za-z0-9]{{1,30}};)"
    rf"|(?<![\\%&]))"
)
# A no-break space and a soft hyphen in Latin-1. They may also be the second half of one in UTF-8 whose first half is
# escaped again, so they are read last. Other octets that are not UTF-8 stay.
_LATIN_1 = re.compile("%[aA][0dD]")
_SHORT = dict(zip("bfnrt", "\b\f\n\r\t", strict=True))


def _decoded(escape: str) -> str:
    kind, rest = escape[0], escape[1:]
    if kind == "\\":
        return _javascript_decoded(rest)
    if kind == "%":
        octets = bytes.fromhex(escape.replace("%", ""))
        try:
            return octets.decode()
        except UnicodeDecodeError:
            return escape
    if kind == "&":
        return html.unescape(escape)
    return _FOLDED.get(kind, "")


def _latin_1_decoded(escape: str) -> str:
    return bytes.fromhex(escape[1:]).decode("latin-1")


def _javascript_decoded(rest: str) -> str:
    if len(rest) == 1:
        return _SHORT.get(rest, rest)
    code = rest.strip("ux{}")
    if "\\" in code:
        return bytes.fromhex(code.replace("\\u", "")).decode("utf-16-be")
    number = int(code, 16)
    return chr(number) if number <= _LAST_CODE else ""


_LAST_CODE = 0x10FFFF
_ATTRIBUTE = r"""\s++[^\s"'<>/=]++(?:\s*+=\s*+(?:"[^"<>]*+"|'[^'<>]*+'|[^\s"'<>]++))?+"""
_TAG = re.compile(rf"<(?:/?[A-Za-z][A-Za-z0-9]*+(?:{_ATTRIBUTE})*+\s*+/?>|!--[^<>]*+(?<=--)>)")
# These tags begin a new line or cell. The others stand in the middle of a word.
_BREAK = re.compile(
    r"</?(?:address|article|aside|blockquote|br|button|caption|d[dlt]|div|fieldset|figcaption|figure|footer|form|h[1-6r]|header"
    r"|label|legend|li|main|nav|[ou]l|optgroup|option|p|pre|section|select|t(?:able|body|d|foot|h|head|r))\b",
    re.IGNORECASE,
)


def _shown_tag(tag: str) -> str:
    return "\n" if _BREAK.match(tag) else ""


class Reading(NamedTuple):
    """A text as a reader sees it, and the steps that led to it, the last one at the end."""

    text: str
    views: tuple[View[str], ...] = ()

    def origin(self, span: tuple[int, int]) -> tuple[int, int]:
        """Where that part comes from in the original text. An escape belongs to it completely or not at all."""
        for view in reversed(self.views):
            span = view.origin(span)
        return span


def without_escapes(reading: Reading) -> Reading:
    """The text with escapes of JSON, JavaScript, URLs and HTML undone, and with no invisible characters.

    Returns the same reading if there are none.
    """
    for _ in range(_MOST_LEVELS):
        view = decoded_view(reading.text, _ESCAPE, _decoded)
        if view is None or view.data == reading.text:
            view = decoded_view(reading.text, _LATIN_1, _latin_1_decoded)
        if view is None:
            break
        reading = Reading(view.data, (*reading.views, view))
    return reading


def without_tags(reading: Reading) -> Reading:
    """The text with no HTML tags: some are line breaks, the others disappear. Returns the same reading if none are."""
    if "<" not in reading.text:
        return reading
    view = decoded_view(reading.text, _TAG, _shown_tag)
    return reading if view is None else without_escapes(Reading(view.data, (*reading.views, view)))
