"""How the actual text differs from the expected text: decided here once, for every report."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from koregate.judging.cases import NO_RESPONSE, NOT_EXPECTED, TestCase, accepted_texts
from koregate.judging.excerpts import MAX_QUOTED, common_prefix, quoted, quoted_pair
from koregate.judging.field_difference import FieldDifference, different_fields
from koregate.judging.transcript import displayed_text, template
from koregate.text import visible

SPACES, INVISIBLE, JSON_FORM = "spaces", "invisible characters", "how their JSON is written"
# Texts with less in common are shown side by side: a word-by-word difference would mix two sentences.
_ALIKE = 0.4
# How many accepted texts are compared with the actual text, and how many a message names.
_MAX_COMPARED = 50
_MAX_NAMED = 3
_MAX_NAMED_FIELDS = 3
_WORD = re.compile(r"\w+")
# Characters without a visible width: soft hyphens, joiners, direction marks, variation selectors.
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")


class Difference(NamedTuple):
    """The actual text and the nearest accepted text, as a user sees them.

    If a user would see no difference, both are the raw texts. `others` are the other accepted texts. `place` is the
    first character that differs, from 1. It is 0 if the texts are equal or one of them is missing. `only` names a
    difference that is hard to see. `fields` are the fields in which two rich messages differ.
    """

    expected: str
    actual: str
    others: tuple[str, ...] = ()
    place: int = 0
    only: str = ""
    fields: tuple[FieldDifference, ...] = ()

    @property
    def is_alike(self) -> bool:
        """Whether the texts have enough in common to be shown with their differences marked."""
        return bool(self.place) and similarity(self.expected, self.actual) >= _ALIKE


def difference_of(case: TestCase) -> Difference:
    """How the actual text of a failed test case differs from the accepted texts."""
    return difference(accepted_texts(case), case.actual)


def difference(accepted: Sequence[str], actual: str) -> Difference:
    """How the actual text differs from the accepted texts, of which there is at least one. Takes linear time."""
    if actual == NO_RESPONSE or accepted[0] == NOT_EXPECTED:
        first, *others = map(displayed_text, accepted)
        return Difference(first, displayed_text(actual), others=tuple(others))
    texts, displayed = list(map(displayed_text, accepted)), displayed_text(actual)
    nearest = _nearest(accepted, actual, texts, displayed)
    others = texts[:nearest] + texts[nearest + 1 :]
    fields, only = _different_fields(accepted[nearest], actual), ""
    if texts[nearest] == displayed:
        texts[nearest], displayed = accepted[nearest], actual
        only = JSON_FORM if not fields and template(displayed) and template(accepted[nearest]) else ""
    place = common_prefix(texts[nearest], displayed) + 1 if texts[nearest] != displayed else 0
    only = only or _hard_to_see(texts[nearest], displayed)
    return Difference(texts[nearest], displayed, tuple(others), place, only if place else "", fields)


def _nearest(accepted: Sequence[str], actual: str, texts: Sequence[str], displayed: str) -> int:
    """The index of the accepted text that is most similar. If displayed texts are equally so, the raw texts decide."""
    if len(texts) == 1:
        return 0
    similarities = [similarity(text, displayed) for text in texts[:_MAX_COMPARED]]
    highest = max(similarities)
    best = [index for index, value in enumerate(similarities) if value == highest]
    return max(best, key=lambda index: (similarity(accepted[index], actual), common_prefix(accepted[index], actual)))


def similarity(one: str, other: str) -> float:
    """How much two texts have in common, from 0 to 1, by their words or by their ends. Takes linear time."""
    if one == other:
        return 1.0
    head = common_prefix(one, other)
    tail = common_prefix(one[: head - 1 if head else None : -1], other[: head - 1 if head else None : -1])
    ends = 2 * (head + tail) / (len(one) + len(other))
    words, others = Counter(_WORD.findall(one)), Counter(_WORD.findall(other))
    length = _length(words) + _length(others)
    return max(ends, 2 * _length(words & others) / length if length else 0.0)


def _length(words: Counter[str]) -> int:
    return sum(len(word) * number for word, number in words.items())


def _different_fields(expected: str, actual: str) -> tuple[FieldDifference, ...]:
    values = template(expected), template(actual)
    if None in values:
        return ()
    try:
        return different_fields(*values)
    except RecursionError:
        return ()


def _hard_to_see(expected: str, actual: str) -> str:
    """SPACES or INVISIBLE if the texts differ in nothing else, or an empty text.

    Characters that reports show as escapes count as visible, because a saved report contains the escapes.
    """
    expected, actual = visible(expected), visible(actual)
    place = common_prefix(expected, actual) + 1
    differing = f"{expected[place - 1 : place]}{actual[place - 1 : place]}"
    if any(map(str.isspace, differing)) and "".join(expected.split()) == "".join(actual.split()):
        return SPACES
    if not differing.isascii() and _without_invisible(expected) == _without_invisible(actual):
        return INVISIBLE
    return ""


def _without_invisible(text: str) -> str:
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", text))


class Phrase(NamedTuple):
    """Expected and actual, each on one line, and where they differ, in words (or an empty text)."""

    expected: str
    actual: str
    note: str = ""

    def __str__(self) -> str:
        return f"expected {self.expected}, got {self.actual}{self.note}"


def phrase(diff: Difference) -> Phrase | None:
    """The difference as two short texts, or None if the fields of two rich messages tell more."""
    if diff.fields:
        return None
    if not diff.place:
        accepted = diff.expected if diff.expected == NOT_EXPECTED else _alternatives(diff, quoted(diff.expected))
        return Phrase(accepted, diff.actual if diff.actual == NO_RESPONSE else quoted(diff.actual))
    expected, actual, place = quoted_pair(diff.expected, diff.actual)
    notes = [f"differs in {diff.only} only" if diff.only else ""]
    if place:
        notes.append(f"at character {place}" if diff.only else f"differs at character {place}")
    note = ", ".join(filter(None, notes))
    return Phrase(_alternatives(diff, expected), actual, f" ({note})" if note else "")


def sentence(diff: Difference) -> str:
    """The difference on one line: `expected …, got …`, with the place of the difference if the texts are long."""
    if told := phrase(diff):
        return str(told)
    named = "; ".join(map(str, diff.fields[:_MAX_NAMED_FIELDS]))
    more = len(diff.fields) - _MAX_NAMED_FIELDS
    accepted = f" (the nearest of {len(diff.others) + 1} accepted templates)" if diff.others else ""
    return f"template differs at {named}{f'; and at {more} more places' if more > 0 else ''}{accepted}"


def _alternatives(diff: Difference, expected: str) -> str:
    """The nearest accepted text in quotes, then the others if they are few and short, else their number."""
    if not diff.others:
        return expected
    if len(diff.others) < _MAX_NAMED and all(len(text) <= MAX_QUOTED for text in (diff.expected, *diff.others)):
        return " or ".join([expected, *map(quoted, diff.others)])
    return f"{expected} or {f'one of {len(diff.others)} other texts' if diff.others[1:] else 'another text'}"
