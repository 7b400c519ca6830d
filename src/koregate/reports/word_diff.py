"""The difference of two texts, word by word."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SAME, GONE, NEW = "same", "gone", "new"
# A word or a mark with the blanks before it: blanks of their own would match anywhere and tear the changes apart.
_WORDS = re.compile(r"\s*(?:\w+|[^\w\s])|\s+")
_LETTER = re.compile(r"\w")
# SequenceMatcher takes quadratic time and more: longer changes are shown as wholly different.
_MOST_WORDS = 150


def difference(expected: str, actual: str) -> list[tuple[str, str]]:
    """Pieces in reading order, each with its kind: in both texts, gone from the expected one, or new in the actual one.

    The pieces that are not new make up the expected text, those that are not gone the actual one. The time is linear in
    the length of the texts, and bounded for what lies between their common beginning and end.
    """
    left, right = _WORDS.findall(expected), _WORDS.findall(actual)
    head = _alike(left, right)
    tail = _alike(left[: head - 1 if head else None : -1], right[: head - 1 if head else None : -1])
    pieces = [
        (SAME, "".join(left[:head])),
        *_changes(left[head : len(left) - tail], right[head : len(right) - tail]),
        (SAME, "".join(left[len(left) - tail :])),
    ]
    return [(kind, text) for kind, text in pieces if text]


def nearest(variants: Sequence[str], actual: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The difference to the accepted variant that has most in common with the answer, after the other variants."""
    found = [difference(variant, actual) for variant in variants]
    common = [sum(len(text) for kind, text in pieces if kind == SAME) for pieces in found]
    best = common.index(max(common))
    return [*variants[:best], *variants[best + 1 :]], found[best]


def _alike(left: list[str], right: list[str]) -> int:
    """How many words both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))


def _changes(left: list[str], right: list[str]) -> list[tuple[str, str]]:
    """Pieces for the part that differs; some may be empty."""
    if not left or not right or max(len(left), len(right)) > _MOST_WORDS:
        return [(GONE, "".join(left)), (NEW, "".join(right))]
    pieces: list[tuple[str, str]] = []
    gone = new = ""
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        old, fresh = "".join(left[a:b]), "".join(right[c:d])
        # A comma that two unlike sentences share is no word in common.
        if tag == "equal" and _LETTER.search(old):
            pieces += [(GONE, gone), (NEW, new), (SAME, old)]
            gone = new = ""
        else:
            gone, new = gone + old, new + fresh
    return [*pieces, (GONE, gone), (NEW, new)]
