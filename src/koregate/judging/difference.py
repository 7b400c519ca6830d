"""How an expectation and an answer are told apart: decided here once, for every report."""

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
# Two texts with less in common are unlike: a difference of single words would weave two sentences into one.
_ALIKE = 0.4
# So many accepted texts are compared with the answer, and so many are named in a message.
_MAX_COMPARED = 50
_MAX_NAMED = 3
_MAX_NAMED_FIELDS = 3
_WORD = re.compile(r"\w+")
# Characters without a width of their own: soft hyphens, joiners, marks of direction, variation selectors.
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")


class Difference(NamedTuple):
    """An answer and the accepted text that is nearest to it, as a user sees them.

    If a user would see no difference, both texts are as they came. `number` is the place of the nearest text among the
    accepted ones, from 1, and `others` are the rest of them. `place` is the first character that differs, from 1; it is
    0 if the texts are the same or one of them is missing. `only` names the kind of a difference that is hard to see.
    `fields` are the fields of two rich messages that differ.
    """

    expected: str
    actual: str
    number: int = 1
    others: tuple[str, ...] = ()
    place: int = 0
    only: str = ""
    fields: tuple[FieldDifference, ...] = ()

    @property
    def is_alike(self) -> bool:
        """Whether the texts have enough in common to be shown with their differences marked."""
        return bool(self.place) and likeness(self.expected, self.actual) >= _ALIKE


def difference_of(case: TestCase) -> Difference:
    """What tells the answer of a failed test case from its expectation."""
    return difference(accepted_texts(case), case.actual)


def difference(accepted: Sequence[str], actual: str) -> Difference:
    """What tells an answer from the accepted texts, of which there is at least one. Takes linear time."""
    if actual == NO_RESPONSE or accepted[0] == NOT_EXPECTED:
        first, *others = map(displayed_text, accepted)
        return Difference(first, displayed_text(actual), others=tuple(others))
    texts, answer = list(map(displayed_text, accepted)), displayed_text(actual)
    nearest = _nearest(accepted, actual, texts, answer)
    others = texts[:nearest] + texts[nearest + 1 :]
    fields, only = _different_fields(accepted[nearest], actual), ""
    if texts[nearest] == answer:
        texts[nearest], answer = accepted[nearest], actual
        only = JSON_FORM if not fields and template(answer) and template(accepted[nearest]) else ""
    place = common_prefix(texts[nearest], answer) + 1 if texts[nearest] != answer else 0
    only = only or _hard_to_see(texts[nearest], answer)
    return Difference(texts[nearest], answer, nearest + 1, tuple(others), place, only if place else "", fields)


def _nearest(accepted: Sequence[str], actual: str, texts: Sequence[str], answer: str) -> int:
    """The place of the accepted text that is most like the answer, from 0. Between equals the raw texts decide."""
    if len(texts) == 1:
        return 0
    likes = [likeness(text, answer) for text in texts[:_MAX_COMPARED]]
    most = max(likes)
    best = [place for place, like in enumerate(likes) if like == most]
    return max(best, key=lambda place: (likeness(accepted[place], actual), common_prefix(accepted[place], actual)))


def likeness(one: str, other: str) -> float:
    """How much two texts have in common, from 0 to 1, in words or at their ends. Takes linear time."""
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
    """Spaces or invisible characters, if the texts differ in nothing else.

    Characters that reports show as escapes are neither: a saved report holds the escapes.
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


def sentence(told: Difference) -> str:
    """The difference on one line: `expected …, got …`, with the place of the difference if the texts are long."""
    if told.fields:
        named = "; ".join(map(str, told.fields[:_MAX_NAMED_FIELDS]))
        more = len(told.fields) - _MAX_NAMED_FIELDS
        accepted = f" (the nearest of {len(told.others) + 1} accepted templates)" if told.others else ""
        return f"template differs at {named}{f'; and at {more} more places' if more > 0 else ''}{accepted}"
    if not told.place:
        accepted = told.expected if told.expected == NOT_EXPECTED else _alternatives(told, quoted(told.expected))
        return f"expected {accepted}, got {told.actual if told.actual == NO_RESPONSE else quoted(told.actual)}"
    expected, actual, place = quoted_pair(told.expected, told.actual)
    notes = [f"differs in {told.only} only" if told.only else ""]
    if place:
        notes.append(f"at character {place}" if told.only else f"differs at character {place}")
    note = ", ".join(filter(None, notes))
    return f"expected {_alternatives(told, expected)}, got {actual}{f' ({note})' if note else ''}"


def _alternatives(told: Difference, expected: str) -> str:
    """The accepted texts in quotes and in their order if they are few and short, else the nearest and their number."""
    if not told.others:
        return expected
    if len(told.others) < _MAX_NAMED and all(len(text) <= MAX_QUOTED for text in (told.expected, *told.others)):
        others = list(map(quoted, told.others))
        return " or ".join([*others[: told.number - 1], expected, *others[told.number - 1 :]])
    return f"{expected} or {f'one of {len(told.others)} other texts' if told.others[1:] else 'another text'}"
