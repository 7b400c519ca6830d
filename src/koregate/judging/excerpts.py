"""Two texts quoted on one line: complete if they are short, or from shortly before the place where they differ."""

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
    """The length of the common beginning of both texts, in characters."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one.startswith(other[:middle]) else (low, middle - 1)
    return low


def quoted(text: str) -> str:
    """The text in quotes, on one line, cut if it is long."""
    return f'"{one_line(text, MAX_QUOTED)}"'


def quoted_pair(expected: str, actual: str) -> tuple[str, str, int]:
    """Both texts in quotes, on one line, and the place where they differ if the excerpts begin near it, else 0.

    The place counts characters from 1. The excerpts of different texts always contain the first different character.
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
    """The text on one line, with every space kept."""
    return visible(text).translate(_BLANKS)


def _readable_start(text: str, place: int) -> int:
    """Where to begin, so that the excerpt shows the sentence of the place, or at least complete words."""
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
    """The text, beginning shortly before that place (from 1) if its first `longest` bytes would not show the place."""
    longest = longest if text.isascii() else longest // 4
    start = place - 1 - min(_BEFORE, longest // 4)
    if len(text) <= longest or place <= longest // 2 or start <= 0:
        return text
    return f"… (cut, {start} characters before this are the same) {text[start:]}"
