"""Two texts compared word by word."""

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from itertools import groupby, pairwise, takewhile

SAME, REMOVED, ADDED = "same", "removed", "added"
# A word or a mark with the spaces before it. Separate spaces would match anywhere and break up the changes. 11.50 is
# one word, and 19:25: in a text from right to left, browsers turn 11.50 into 50.11 if a part of it is marked.
_WORDS = re.compile(r"\s*(?:(?:\d+[.,:/-](?=\d))*\w+|[^\w\s])|\s+")
_LETTER = re.compile(r"\w")
# SequenceMatcher takes quadratic time or more, so longer changes are shown as completely different.
_MAX_WORDS = 150


def diff_words(expected: str, actual: str) -> list[tuple[str, str]]:
    """Pieces in reading order, each with its kind: in both texts, removed from the expected, or added in the actual.

    The pieces that are not added form the expected text, and those that are not removed form the actual text. The time
    is linear in the length of the texts, and limited for the part between their common beginning and end.
    """
    left, right = _WORDS.findall(expected), _WORDS.findall(actual)
    head = _common_prefix(left, right)
    tail = _common_prefix(left[: head - 1 if head else None : -1], right[: head - 1 if head else None : -1])
    pieces = [
        (SAME, "".join(left[:head])),
        *_changes(left[head : len(left) - tail], right[head : len(right) - tail]),
        (SAME, "".join(left[len(left) - tail :])),
    ]
    return _joined(_without_common_ends(pieces))


def word_alone(text: str) -> tuple[str, str, str]:
    """The spaces before a piece, its words, and the spaces after it. If there are only spaces, they are the words."""
    words = text.strip(" \n")
    if not words:
        return "", text, ""
    start = text.index(words)
    return text[:start], words, text[start + len(words) :]


def _without_common_ends(pieces: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The pieces, in which a word that is new only by the spaces before it is the same word in both texts.

    Words were removed before it, or added, and the spaces are theirs: `Done! Your pizza` and `Your pizza`.
    """
    for (kind, text), (next_kind, next_text) in pairwise([*pieces, (SAME, "")]):
        if (kind, next_kind) == (REMOVED, ADDED):
            yield from _without_common_end(text, next_text)
        elif kind != ADDED:
            yield kind, text


def _without_common_end(removed: str, added: str) -> list[tuple[str, str]]:
    ends = [_WORDS.findall(text)[-1:] for text in (removed, added)]
    words = {end[0].lstrip() for end in ends if end}
    if all(ends) and len(words) == 1 and (word := words.pop()):
        rest = removed[: -len(word)], added[: -len(word)]
        if not all(rest) and any(map(str.strip, rest)):
            return [(REMOVED, rest[0]), (ADDED, rest[1]), (SAME, word)]
    return [(REMOVED, removed), (ADDED, added)]


def _joined(pieces: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pieces without empty ones. Those of a kind that follow each other are one."""
    filled = ((kind, text) for kind, text in pieces if text)
    return [(kind, "".join(text for _, text in group)) for kind, group in groupby(filled, lambda piece: piece[0])]


def _common_prefix(left: list[str], right: list[str]) -> int:
    """The number of words in the common beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))


def _changes(left: list[str], right: list[str]) -> list[tuple[str, str]]:
    """Pieces for the part that differs. Some may be empty."""
    if not left or not right or max(len(left), len(right)) > _MAX_WORDS:
        return [(REMOVED, "".join(left)), (ADDED, "".join(right))]
    pieces: list[tuple[str, str]] = []
    removed = added = ""
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        old, new = "".join(left[a:b]), "".join(right[c:d])
        # A comma in two different sentences is not a common word.
        if tag == "equal" and _LETTER.search(old):
            pieces += [(REMOVED, removed), (ADDED, added), (SAME, old)]
            removed = added = ""
        else:
            removed, added = removed + old, added + new
    return [*pieces, (REMOVED, removed), (ADDED, added)]
