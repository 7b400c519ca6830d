"""Where the numbers of payment cards are in a text.

Sources: ISO/IEC 7812-1 (lengths, first digits, Luhn's check digit), and the groups that are printed on cards.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate, takewhile
from string import hexdigits

# Spaces and dashes part the groups of a number, in groups of any size.
_USUAL_BREAK = " \t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000\u2010-\u2015\u2212\ufe58\ufe63\uff0d\\-"
# These part dates, versions, addresses and lines too, so the groups must be those of a card. No comma, colon or quote:
# they part the values of JSON.
_OTHER_BREAK = "./+_*\u00b7\u2022\n\r\x0b\x0c\x85\u2028\u2029"
_IS_USUAL = re.compile(f"[{_USUAL_BREAK}]{{0,3}}")
_CARD_DIGITS = range(13, 20)
_RUN = re.compile(rf"\d(?:[{_USUAL_BREAK}{_OTHER_BREAK}]{{0,20}}+\d){{{_CARD_DIGITS[0] - 1},}}+")
_GROUP = re.compile(r"\d+")
# Payment and travel. Other numbers must stand alone.
_CARD_BEGINS = frozenset(range(2, 7))
# Characters of a word beside a number.
_NEAR = 32
# UATP's cards have 15 digits. Times in milliseconds, microseconds and nanoseconds begin with 1 too.
_AIRLINE, _AIRLINE_DIGITS = 1, 15
_CARD_GROUPS = frozenset({(4, 6, 5), (4, 6, 4), (4, 4, 5), (4, 5, 6), (8, 8)})
_USUAL_GROUP = 4


def card_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Where card numbers are: complete groups of digits with a valid check digit. Parts may overlap.

    Other numbers stay. A card number may follow another number or precede a date. It may be part of a word if its
    groups are those of a card, but not of an id of hexadecimal digits.
    """
    for run in _RUN.finditer(text):
        groups = [group.span() for group in _GROUP.finditer(text, *run.span())]
        begins_in_word = _continues_word(text, groups[0][0])
        ends_in_word = text[groups[-1][1] : groups[-1][1] + 1].isalnum()
        apart = groups[begins_in_word : len(groups) - ends_in_word]
        if len(apart) > 1 or (apart and apart[0][1] - apart[0][0] in _CARD_DIGITS):
            yield from _Groups(text, apart).cards()
        if begins_in_word or ends_in_word:
            yield from _Groups(text, groups).cards_in_words(begins=begins_in_word, ends=ends_in_word)


def _continues_word(text: str, start: int) -> bool:
    """Whether a letter precedes the number, or a percent sign of "%20" and the like."""
    before = text[start - 1 : start]
    return before.isalnum() or (before == "%" and text[start] in "23")


def _is_no_id(text: str, start: int, end: int, *, is_divided: bool) -> bool:
    """Whether the words around that number have a letter that no hexadecimal number has, near it."""
    before, after = text[max(start - _NEAR, 0) : start], text[end : end + _NEAR]
    # Ids are divided too, and the groups of a UUID mix letters and digits. So only the letters beside the groups count.
    is_near = str.isalpha if is_divided else str.isalnum
    around = *takewhile(is_near, reversed(before)), *takewhile(is_near, after)
    is_hexadecimal = before.lower().endswith("0x")
    return not is_hexadecimal and any(letter.isalpha() and letter not in hexdigits for letter in around)


# What each digit adds to the check sum, at its place and at a place whose digits are doubled.
_ADDENDS = tuple((digit, sum(divmod(2 * digit, 10))) for digit in range(10))


class _Groups:
    """Groups of digits in a text, one after the other."""

    def __init__(self, text: str, groups: list[tuple[int, int]]) -> None:
        self._text = text
        self._groups = groups
        self._begins = list(accumulate((end - start for start, end in groups), initial=0))

    @cached_property
    def _sums(self) -> list[list[int]]:
        """Sums to check any part of the digits: with every odd and with every even place doubled."""
        digits = [_ADDENDS[int(character)] for start, end in self._groups for character in self._text[start:end]]
        return [
            list(accumulate((pair[(place + parity) % 2] for place, pair in enumerate(digits)), initial=0))
            for parity in (0, 1)
        ]

    def cards(self) -> Iterator[tuple[int, int]]:
        """The longest card number that begins with each group."""
        for first in range(len(self._groups)):
            last = self._last_of_card(first)
            if last is not None:
                yield self._groups[first][0], self._groups[last][1]

    def cards_in_words(self, *, begins: bool, ends: bool) -> Iterator[tuple[int, int]]:
        """The card numbers that begin with the first group, and those that end with the last: they continue a word."""
        final = len(self._groups) - 1
        parts = [(0, last) for last in range(final + 1) if begins]
        parts += [(first, final) for first in range(begins, final + 1) if ends]
        for first, last in parts:
            start, end = self._begins[first], self._begins[last + 1]
            place = self._groups[first][0], self._groups[last][1]
            if (
                end - start in _CARD_DIGITS
                and self._may_be_card(first, last, is_usual=False)
                and self._checks(start, end)
                and _is_no_id(self._text, *place, is_divided=last > first)
            ):
                yield place

    def _last_of_card(self, first: int) -> int | None:
        found = None
        is_usual = True
        for last in range(first, len(self._groups)):
            start, end = self._begins[first], self._begins[last + 1]
            if end - start > _CARD_DIGITS[-1]:
                break
            is_usual = is_usual and (last == first or self._is_usual_break(last))
            if (
                end - start in _CARD_DIGITS
                and self._may_be_card(first, last, is_usual=is_usual)
                and self._checks(start, end)
            ):
                found = last
        return found

    def _is_usual_break(self, group: int) -> bool:
        return _IS_USUAL.fullmatch(self._text, self._groups[group - 1][1], self._groups[group][0]) is not None

    def _checks(self, start: int, end: int) -> bool:
        """Whether the check digit of that part is valid: every second digit from its end is doubled."""
        sums = self._sums[(end - 1) % 2]
        return (sums[end] - sums[start]) % 10 == 0

    def _may_be_card(self, first: int, last: int, *, is_usual: bool) -> bool:
        digits = self._begins[last + 1] - self._begins[first]
        digit, second = self._first_digits(first)
        # Since 1992, no card begins with 20, and years do.
        if (digit, second) == (2, 0) or digit == 0 or (digit == _AIRLINE and digits != _AIRLINE_DIGITS):
            return False
        if first == last and self._is_fraction(first):
            return False
        if not is_usual:
            return digit in _CARD_BEGINS and self._has_groups_of_card(first, last)
        return digit in _CARD_BEGINS or (not first and last == len(self._groups) - 1)

    def _first_digits(self, first: int) -> tuple[int, int]:
        (start, end), (following, _) = self._groups[first], self._groups[min(first + 1, len(self._groups) - 1)]
        return int(self._text[start]), int(self._text[start + 1 if end > start + 1 else following])

    def _is_fraction(self, group: int) -> bool:
        start = self._groups[group][0]
        return self._text[start - 1 : start] == "." and self._text[start - 2 : start - 1].isdecimal()

    def _has_groups_of_card(self, first: int, last: int) -> bool:
        sizes = tuple(end - start for start, end in self._groups[first : last + 1])
        return (
            len(sizes) == 1
            or sizes in _CARD_GROUPS
            or {*sizes} == {1}
            or ({*sizes[:-1]} == {_USUAL_GROUP} and sizes[-1] <= _USUAL_GROUP)
        )
