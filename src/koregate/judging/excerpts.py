"""Two texts quoted on one line: whole if they are short, and around the place where they differ otherwise."""

import re

from koregate.text import one_line, visible

MAX_QUOTED = 160
# How many characters are shown before and after the place where two long texts differ.
_BEFORE, _AFTER = 60, 90
_LEAST_BEFORE = 5
_MAX_VISIBLE_BEFORE = 100
_SENTENCE_START = re.compile(r"[.!?][\"')\]]*\s+|\n\s*")
_WORD_START = re.compile(r"\s+")
_BLANKS = str.maketrans("\n\t", "  ")


def common_prefix(one: str, other: str) -> int:
    """How many characters both begin with."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one.startswith(other[:middle]) else (low, middle - 1)
    return low


def quoted(text: str) -> str:
    """The text in quotes, on one line, cut if it is long."""
    return f'"{one_line(text, MAX_QUOTED)}"'


def quoted_pair(expected: str, actual: str) -> tuple[str, str, int]:
    """Both texts in quotes, on one line, and the place where they differ if they are shown from there, else 0.

    The place counts characters from 1. What is shown of two different texts has the first character that differs.
    """
    if max(len(expected), len(actual)) <= MAX_QUOTED and max(map(len, map(one_line, (expected, actual)))) <= MAX_QUOTED:
        return quoted(expected), quoted(actual), 0
    same = common_prefix(expected, actual)
    if same <= _BEFORE and len(visible(expected[:same])) <= _BEFORE:
        return quoted(expected), quoted(actual), 0
    start = _readable_start(expected, same)
    before = _on_one_line(expected[start:same])[-_MAX_VISIBLE_BEFORE:]
    return f'"…{before}{_after(expected, same)}"', f'"…{before}{_after(actual, same)}"', same + 1


def _on_one_line(text: str) -> str:
    """The text on one line, each blank of it shown."""
    return visible(text).translate(_BLANKS)


def _readable_start(text: str, place: int) -> int:
    """Where to begin so that the place is seen in its sentence, or at least after whole words."""
    earliest = max(place - _BEFORE, 0)
    sentences = [match.end() for match in _SENTENCE_START.finditer(text, earliest, place - _LEAST_BEFORE)]
    if sentences:
        return sentences[-1]
    word = _WORD_START.search(text, earliest, place - _LEAST_BEFORE)
    return word.end() if word else earliest


def _after(text: str, place: int) -> str:
    shown = _on_one_line(text[place : place + _AFTER])
    if place + _AFTER >= len(text) and len(shown) <= MAX_QUOTED:
        return shown
    shown = shown[:MAX_QUOTED]
    words = shown.rpartition(" ")[0]
    return f"{words if len(words) > _AFTER // 2 else shown}…"


def around(text: str, place: int, longest: int) -> str:
    """The text from shortly before that place (from 1) on, if its beginning would not show it in `longest` bytes."""
    longest = longest if text.isascii() else longest // 4
    start = place - 1 - min(_BEFORE, longest // 4)
    if len(text) <= longest or place <= longest // 2 or start <= 0:
        return text
    return f"… (cut, {start} characters before this are the same) {text[start:]}"
