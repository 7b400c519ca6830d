"""Personal data replaced in any text, also if it is escaped, split by markup or full of invisible characters.

A team's own expressions use RE2, which always matches in linear time (google/re2, "Syntax"). Python's own engine can
take almost forever on a text that a bot or its user has chosen for that purpose.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from koregate.redaction.card_numbers import card_numbers
from koregate.redaction.readable_text import Reading, without_escapes, without_tags

OFF = "none"
# What replaces a match of a team's own expression.
REDACTED = "[redacted]"
_MAX_EXPRESSION = 500

_Span = tuple[int, int]

# What may be between "@" and both sides of an address that is bold or in quotes.
_MARKS = "[*_`~']{0,4}"
_LETTERS = r"[\w.+-]++"
# RFC 5322, "atext", and the apostrophes that are printed in names. A slash, an equals sign and a question mark are left
# out: in a URL, they precede an address.
_MARK = "[!#$%&'*^`{|}~\u2019\u02bc]"
# A local part read backwards from "@". It may hold the address of another domain (ann=example.com@lists.example.org),
# or be in quotes.
_LOCAL_BACKWARDS = re.compile(
    rf"{_MARKS}(?:\w{{2,24}}\.{_LETTERS}=)?{_LETTERS}(?:{_MARK}{_LETTERS})*+"
    r'|"\w(?:[^"\r\n]{0,64}?\w)?(?=")'
)
_LONGEST_LOCAL = 256
_DOMAIN = re.compile(rf"{_MARKS}(?:[\w-]{{1,255}}+(?:\.[\w-]{{1,255}}){{1,32}}+|\[[\w.:]{{3,45}}\])")


def _email_addresses(text: str) -> Iterator[_Span]:
    at = text.find("@")
    while at >= 0:
        domain = _DOMAIN.match(text, at + 1)
        local = _LOCAL_BACKWARDS.match(text[max(at - _LONGEST_LOCAL, 0) : at][::-1]) if domain else None
        if domain and local:
            yield at - local.end(), domain.end()
        at = text.find("@", at + 1)


_SPACE = " \t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
_DASH = "\u2010-\u2015\u2212\ufe58\ufe63\uff0d\\-"
# With a country code, or with a leading 0 and a break after the area code. Bounded repeats and no two ways to match the
# same characters: linear time here too.
_PHONE = re.compile(
    rf"\+(?<![\w+.-]\+)[1-9]\d{{0,2}}(?:[{_SPACE}{_DASH}()./_*\n\r]{{0,4}}\d){{6,12}}(?![\w-])"
    rf"|0(?<![\w+.-]0)0[1-9]\d{{0,2}}(?:[{_SPACE}{_DASH}()./]{{0,3}}\d){{6,12}}(?![\w-])"
    rf"|0(?<![\w.-]0)\d{{2,5}}\)?[{_SPACE}{_DASH}/]{{1,3}}\d(?:[{_SPACE}{_DASH}]?\d){{3,9}}(?![\w-])"
)


def _phone_numbers(text: str) -> Iterator[_Span]:
    return (match.span() for match in _PHONE.finditer(text))


# Each finds personal data in a text that is read as it is, in linear time. Parts may overlap.
PRESETS: dict[str, Callable[[str], Iterable[_Span]]] = {
    "email": _email_addresses,
    "card": card_numbers,
    "phone": _phone_numbers,
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
    """A function that replaces what the presets and expressions match: `[email]`, `[card]`, `[phone]`, `[redacted]`.

    The presets find personal data in any escape. An expression of a team is matched in the text as it is.
    """
    wanted = [name for name in expressions if name != OFF]
    presets = [name for name in wanted if name in PRESETS]
    own = [_compiled(expression) for expression in wanted if expression not in PRESETS]

    def redact(text: str) -> str:
        if presets:
            text = _without_presets(text, presets)
        if own:
            # RE2 reads UTF-8, which has no lone surrogates. They become the escapes that reports show for them.
            text = text.encode("utf-8", "backslashreplace").decode()
            for expression in own:
                text = expression.sub(REDACTED, text)
        return text

    return redact


_REPLACED = re.compile(rf"\[(?:{'|'.join(PRESETS)})\]|{re.escape(REDACTED)}")


def is_redacted(text: str) -> bool:
    """Whether the text looks as if it was personal data alone, and was replaced."""
    rest, number = _REPLACED.subn("", text)
    return number > 0 and re.search(r"\w", rest) is None


# What every text with personal data contains, in each of its forms: "@", or a digit.
_HINT = re.compile(r"[@\d\uff20\ufe6b]")


def _without_presets(text: str, presets: Sequence[str]) -> str:
    """The text with all finds replaced, in the reading that undoes the most first.

    An address may be split by tags or be inside one. Letters that only look like an escape may belong to it.
    """
    if not _HINT.search(text) and "&" not in text:
        return text
    decoded = without_escapes(Reading(text))
    shown = without_tags(decoded)
    if shown is not decoded:
        redacted = _redacted(text, shown, presets)
        if redacted != text:
            text, decoded = redacted, without_escapes(Reading(redacted))
    if decoded.views:
        text = _redacted(text, decoded, presets)
    return _redacted(text, Reading(text), presets)


def _redacted(text: str, reading: Reading, presets: Sequence[str]) -> str:
    """The text with `[name]` in place of all finds that overlap."""
    finds = [(*reading.origin(span), name) for name in presets for span in PRESETS[name](reading.text)]
    if not finds:
        return text
    parts = []
    copied = end = 0
    for begin, stop, name in sorted(finds):
        if begin >= end:
            parts += [text[copied : begin - _ends_in_escape(text, begin)], f"[{name}]"]
        copied = end = max(end, stop)
    return "".join([*parts, text[copied:]])


def _ends_in_escape(text: str, end: int) -> bool:
    """Whether the text before that place ends in a backslash that is not escaped. It would escape what follows."""
    start = end
    while start and text[start - 1] == "\\":
        start -= 1
    return (end - start) % 2 == 1
