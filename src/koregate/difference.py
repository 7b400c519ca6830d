"""The difference of two texts, word by word."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

SAME, GONE, NEW = "same", "gone", "new"
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
# SequenceMatcher takes quadratic time: texts with more words are shown as wholly different.
_MOST_WORDS = 400


def difference(expected: str, actual: str) -> list[tuple[str, str]]:
    """Pieces in reading order, each with its kind: in both texts, gone from the expected one, or new in the actual one.

    The pieces that are not new make up the expected text, those that are not gone the actual one.
    """
    left, right = _WORDS.findall(expected), _WORDS.findall(actual)
    if max(len(left), len(right)) > _MOST_WORDS:
        return [(kind, text) for kind, text in ((GONE, expected), (NEW, actual)) if text]
    pieces: list[tuple[str, str]] = []
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append((SAME, "".join(left[a:b])))
            continue
        pieces += [(kind, text) for kind, text in ((GONE, "".join(left[a:b])), (NEW, "".join(right[c:d]))) if text]
    return pieces
