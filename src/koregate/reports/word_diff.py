"""Two texts compared word by word."""

import re
from difflib import SequenceMatcher
from itertools import takewhile

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
    return [(kind, text) for kind, text in pieces if text]


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
