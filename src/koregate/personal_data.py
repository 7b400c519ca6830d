"""Personal data replaced in any text.

A team's own expressions use RE2, which always matches in linear time (google/re2, "Syntax"). Python's own engine can
take almost forever on a text that a bot or its user has chosen for that purpose.
"""

import re
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Protocol

OFF = "none"
_MAX_EXPRESSION = 500

# The break between two groups of a card number.
_BREAK = "[ \\xa0\\u2007\\u2009\\u202f\\u2010-\\u2015-]"
# Not inside a word or a number, but after "Nr." or "card-". The letters of an escape do not belong to a word: "\\n4111"
# is a line feed and a number.
_NO_WORD_BEFORE = r"(?:(?<![^\W_])(?<!\d[._-])|(?<=\\[bfnrt])|(?<=\\u[0-9A-Fa-f]{4}))"
_AT = r"(?:@|\\u0040|%40|&#0{0,7}64;|&#[xX]0{0,7}40;|&commat;)"
# Bounded repeats and no two ways to match the same characters: linear time here too.
PRESETS: dict[str, str] = {
    "email": rf"(?<![\w.+-])[\w.+-]{{1,64}}{_AT}[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,8}}",
    # All consecutive digits, in groups too. `_cards` finds the card numbers among them.
    "card": rf"{_NO_WORD_BEFORE}\d(?:{_BREAK}{{0,3}}\d){{12,}}(?![^\W_])",
    # With a country code, or with a leading 0 and a break after the area code.
    "phone": r"(?<![\w+.-])(?:\+|00)[1-9]\d{0,2}(?:[ ()./-]{0,2}\d){6,12}(?![\w-])"
    r"|(?<![\w.-])0\d{2,5}[ /-]\d(?:[ -]?\d){3,9}(?![\w-])",
}


# What a text must contain at least. It is faster to find than the complete expression.
_HINTS: dict[str, Callable[[str], object]] = {
    "email": lambda text: "@" in text or "40" in text or "64;" in text or "&commat;" in text,
    "card": re.compile(r"\d\D{0,3}\d").search,
    "phone": re.compile(r"\d").search,
}


class _Pattern(Protocol):
    def sub(self, replacement: str, text: str) -> str: ...


def check_patterns(expressions: Sequence[str]) -> None:
    """Raise ValueError for an expression that is unusable."""
    for expression in expressions:
        if expression not in PRESETS and expression != OFF:
            _compiled(expression)


def _compiled(expression: str) -> _Pattern:
    # Imported late, because most jobs use the presets alone and RE2 loads a large library.
    import re2

    if len(expression) > _MAX_EXPRESSION:
        raise ValueError(f"is longer than {_MAX_EXPRESSION} characters")
    options = re2.Options()
    options.log_errors = False
    try:
        pattern = re2.compile(expression, options)
    except re2.error as problem:
        reason = problem.args[0].decode(errors="replace") if isinstance(problem.args[0], bytes) else problem.args[0]
        raise ValueError(str(reason)) from problem
    if pattern.search("") is not None:
        raise ValueError("it matches the empty text")
    checked: _Pattern = pattern
    return checked


def personal_data_filter(expressions: Sequence[str]) -> Callable[[str], str]:
    """A function that replaces what the presets and expressions match: `[email]`, `[card]`, `[phone]`, `[redacted]`."""
    wanted = [name for name in expressions if name != OFF]
    presets = [(re.compile(PRESETS[name]), _HINTS[name], name) for name in wanted if name in PRESETS]
    own = [_compiled(expression) for expression in wanted if expression not in PRESETS]

    def redact(text: str) -> str:
        for pattern, hint, name in presets:
            if hint(text):
                text = pattern.sub(_cards if name == "card" else f"[{name}]", text)
        if own:
            # RE2 reads UTF-8, which has no lone surrogates.
            text = text.encode("utf-8", "replace").decode()
            for expression in own:
                text = expression.sub("[redacted]", text)
        return text

    return redact


_GROUP = re.compile(r"\d+")
# Lengths of card numbers, and the first digits of cards for payments and travel (ISO/IEC 7812-1).
_CARD_DIGITS = range(13, 20)
_CARD_BEGINS = frozenset(range(2, 7))


def _cards(match: re.Match[str]) -> str:
    """The groups of digits with every card number replaced: complete groups with a valid check digit.

    Source: ISO/IEC 7812-1, Luhn. Other numbers stay. A card number may follow another number or precede a date.
    """
    text = match[0]
    groups = [group.span() for group in _GROUP.finditer(text)]
    numbers = _Digits(text)
    begins = [0]
    for start, end in groups:
        begins.append(begins[-1] + end - start)
    parts = []
    copied = first = 0
    while first < len(groups):
        last = _last_group_of_card(numbers, begins, first)
        if last is None:
            first += 1
            continue
        parts += [text[copied : groups[first][0]], "[card]"]
        copied, first = groups[last][1], last + 1
    return "".join([*parts, text[copied:]])


def _last_group_of_card(numbers: "_Digits", begins: list[int], first: int) -> int | None:
    """The last group of the longest card number that begins with the group `first`."""
    found = None
    for last in range(first, len(begins) - 1):
        start, end = begins[first], begins[last + 1]
        if end - start > _CARD_DIGITS[-1]:
            break
        all_digits = not first and last == len(begins) - 2
        if end - start in _CARD_DIGITS and numbers.check(start, end):
            found = last if all_digits or numbers.digits[start] in _CARD_BEGINS else found
    return found


class _Digits:
    """The digits of a text, with sums to check any part of them: with every even or every odd place doubled."""

    def __init__(self, text: str) -> None:
        self.digits = [int(character) for character in text if character.isdecimal()]
        pairs = [(digit, sum(divmod(2 * digit, 10))) for digit in self.digits]
        self._sums = [
            list(accumulate((pair[(place + parity) % 2] for place, pair in enumerate(pairs)), initial=0))
            for parity in (0, 1)
        ]

    def check(self, start: int, end: int) -> bool:
        """Whether the check digit of that part is valid: every second digit from its end is doubled."""
        sums = self._sums[(end - 1) % 2]
        return (sums[end] - sums[start]) % 10 == 0
