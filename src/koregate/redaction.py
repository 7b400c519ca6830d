"""Secrets and personal data replaced in any text.

A team's own expressions use RE2, which always matches in linear time (google/re2, "Syntax"). Python's own engine can
take almost forever on a text that a bot or its user has chosen for that purpose.
"""

import base64
import heapq
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from html.entities import html5
from itertools import accumulate
from typing import NamedTuple, Protocol

MASK = "***"
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
    for last in range(first, min(first + _CARD_DIGITS[-1], len(begins) - 1)):
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
        doubled = [sum(divmod(2 * digit, 10)) for digit in self.digits]
        pairs = list(zip(self.digits, doubled, strict=True))
        self._sums = [
            list(accumulate((pair[(place + parity) % 2] for place, pair in enumerate(pairs)), initial=0))
            for parity in (0, 1)
        ]

    def check(self, start: int, end: int) -> bool:
        """Whether the check digit of that part is valid: every second digit from its end is doubled."""
        sums = self._sums[(end - 1) % 2]
        return (sums[end] - sums[start]) % 10 == 0


class SecretMask:
    """Replaces secrets in text, however their characters are escaped, and everything that looks like a token.

    Each character may be literal or escaped as in JSON, a URL or HTML, and that escape may be escaped again.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._texts = {secret for secret in secrets if secret}
        longest_first = sorted(self._texts, key=lambda secret: (-len(secret), secret))
        self._secrets = [_Secret(secret) for secret in longest_first]

    def with_token(self, token: str) -> "SecretMask":
        """This mask with one more secret: the token of a request, whatever it looks like."""
        return SecretMask([*self._texts, token])

    def text(self, text: str) -> str:
        """The text with every secret replaced."""
        data = text.encode("utf-8", "surrogatepass")
        masked = self.data(data)
        return text if masked is data else masked.decode("utf-8", "surrogatepass")

    def data(self, data: bytes) -> bytes:
        """The same for raw bytes. Bytes without a secret are returned unchanged."""
        for secret in self._secrets:
            data = _replaced(data, secret.spans(data))
        return _replaced(data, _token_spans(data))


def _replaced(data: bytes, spans: Iterable[tuple[int, int]]) -> bytes:
    """The data with MASK in place of each span. The spans must be in order and must not overlap."""
    parts = []
    copied = 0
    for start, end in spans:
        parts += [data[copied:start], MASK.encode()]
        copied = end
    return b"".join([*parts, data[copied:]]) if parts else data


# A short secret ("test") is replaced only as a separate word: inside "testRunId", a replacement would break the reply.
# The letters of an escape before it do not belong to a word: "\\ntest" is a line feed and the word.
_SHORT_SECRET = 12
_INSIDE_WORD = re.compile(rb"[0-9A-Za-z]")
_ESCAPE_BEFORE = re.compile(rb"(?:\\[bfnrt]|\\u[0-9A-Fa-f]{4}|%[0-9A-Fa-f]{2})\Z")
_LONGEST_ESCAPE_BEFORE = 6
# An escape in an escape, as in a URL inside the text of a JSON string.
_NESTING = 2
# Every escape begins with one of these, escaped or not.
_ESCAPE_STARTS = rb"\\%&+"
_MAX_ZEROS = 7
_ZEROS, _SEMICOLON = "zeros", "semicolon"


class _Secret:
    """One secret, to be found in bytes of UTF-8."""

    def __init__(self, secret: str) -> None:
        self._characters = tuple(secret)
        self._is_short = len(secret) < _SHORT_SECRET
        self._begin = _begin_pattern(secret[:2])
        self._encoded = () if self._is_short else _encoded_forms(secret.encode("utf-8", "surrogatepass"))

    def spans(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Where the secret is, from the first place to the last."""
        found = heapq.merge(self._escaped_spans(data), *(form.spans(data) for form in self._encoded))
        last = 0
        for start, end in found:
            if end > last:
                yield max(start, last), end
                last = end

    def _escaped_spans(self, data: bytes) -> Iterator[tuple[int, int]]:
        position = 0
        while match := self._begin.search(data, position):
            start, position = match.start(), match.start() + 1
            end = self._end(data, start)
            if end is None or (self._is_short and not _is_word(data, start, end)):
                continue
            # A backslash that escapes the secret's first character is replaced too, or it would escape the mask.
            backslashes = start - len(data[:start].rstrip(b"\\")) if data[start - 1 : start] == b"\\" else 0
            yield start - backslashes % 2, end
            position = end

    def _end(self, data: bytes, start: int) -> int | None:
        """The end of the secret that begins there, or None."""
        ends = {start}
        for character in self._characters:
            ends = {end for place in ends for end in _ends(data, place, character, _NESTING)}
            if not ends:
                return None
        return max(ends)


def _is_word(data: bytes, start: int, end: int) -> bool:
    before = data[max(start - _LONGEST_ESCAPE_BEFORE, 0) : start]
    inside = _INSIDE_WORD.match(before[-1:]) and not _ESCAPE_BEFORE.search(before)
    return not inside and not _INSIDE_WORD.match(data[end : end + 1])


def _ends(data: bytes, start: int, character: str, nesting: int) -> set[int]:
    """Where that character ends if it is there, literally or as an escape that is nested that deep."""
    raw = character.encode("utf-8", "surrogatepass")
    ends = {start + len(raw)} if data.startswith(raw, start) else set()
    if nesting and data[start : start + 1] in (b"\\", b"%", b"&", b"+"):
        for escape in _escapes(character):
            if nesting == 1 and ord(escape[0]) != data[start]:
                continue
            places = {start}
            for part in escape:
                places = _part_ends(data, places, part, nesting - 1)
                if not places:
                    break
            ends |= places
    return ends


def _part_ends(data: bytes, starts: set[int], part: str, nesting: int) -> set[int]:
    if part == _SEMICOLON:
        return starts | {end for start in starts for end in _ends(data, start, ";", nesting)}
    if part == _ZEROS:
        ends = latest = set(starts)
        for _ in range(_MAX_ZEROS):
            latest = {end for start in latest for end in _ends(data, start, "0", nesting)}
            ends = ends | latest
        return ends
    return {end for start in starts for letter in part for end in _ends(data, start, letter, nesting)}


@cache
def _entity_names() -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for name, characters in html5.items():
        if name.endswith(";"):
            names.setdefault(characters, []).append(name.removesuffix(";"))
    return names


@lru_cache(maxsize=1024)
def _escapes(character: str) -> tuple[tuple[str, ...], ...]:
    """Every escape of a character, part by part. A part is a set of possible letters, or a name from above."""
    code = ord(character)
    units = character.encode("utf-16-be", "surrogatepass")
    pairs = [int.from_bytes(units[place : place + 2], "big") for place in range(0, len(units), 2)]
    octets = character.encode("utf-8", "surrogatepass")
    short = json.dumps(character)[1:-1]
    escapes = [
        [part for unit in pairs for part in ("\\", "u", *_hex(unit, 4))],
        [part for octet in octets for part in ("%", *_hex(octet, 2))],
        ["&", "#", _ZEROS, *str(code), _SEMICOLON],
        ["&", "#", "xX", _ZEROS, *_hex(code, 1), _SEMICOLON],
        *(["&", *name, _SEMICOLON] for name in _entity_names().get(character, [])),
    ]
    if len(short) == 2:  # noqa: PLR2004 -- a backslash and one character: a quote, a backslash or a control character
        escapes.append(["\\", short[1]])
    elif not character.isalnum():
        escapes.append(["\\", character])
    if character == " ":
        escapes.append(["+"])
    return tuple(map(tuple, escapes))


def _hex(number: int, width: int) -> list[str]:
    return [digit + digit.upper() if digit.isalpha() else digit for digit in f"{number:0{width}x}"]


@lru_cache(maxsize=64)
def _begin_pattern(characters: str) -> re.Pattern[bytes]:
    """The possible beginnings of a secret: its first character in any form, followed by the start of its second one."""
    following = b""
    if second := characters[1:]:
        raw = re.escape(second.encode("utf-8", "surrogatepass"))
        following = b"(?=" + raw + rb"|[%&+]|\\" + _escaped_ahead(second) + b")"
    return re.compile(_pattern(characters[0], _NESTING) + following)


@lru_cache(maxsize=1024)
def _pattern(character: str, nesting: int) -> bytes:
    """The same as `_ends`, but as an expression."""
    return _either([character], nesting)


def _either(characters: Sequence[str], nesting: int) -> bytes:
    """One of these characters. Alternatives begin with different bytes, so that `re` searches for those bytes alone."""
    if not nesting:
        letters = [re.escape(character.encode("utf-8", "surrogatepass")) for character in characters]
        return letters[0] if len(letters) == 1 else b"(?:" + b"|".join(letters) + b")"
    by_first: dict[bytes, dict[bytes, None]] = {}
    for character in characters:
        for first, rest in _forms(character, nesting):
            by_first.setdefault(first, {})[rest] = None
    if (rests := by_first.get(b"\\")) and "\\" not in characters:
        # Most backslashes of a reply precede a quote or a letter. They are skipped at once.
        by_first[b"\\"] = {_escaped_ahead(characters) + b"(?:" + b"|".join(rests) + b")": None}
    forms = (
        re.escape(first) + (next(iter(rests)) if len(rests) == 1 else b"(?:" + b"|".join(rests) + b")")
        for first, rests in by_first.items()
    )
    return b"(?:" + b"|".join(forms) + b")"


def _escaped_ahead(characters: Iterable[str]) -> bytes:
    """What can follow the backslash in an escape of one of these characters."""
    seconds = {escape[1] for character in characters for escape in _escapes(character) if escape[0] == "\\"}
    letters = b"".join(second.encode("utf-8", "surrogatepass")[:1] for second in seconds)
    return rb"(?=[" + re.escape(letters) + _ESCAPE_STARTS + rb"])"


def _forms(character: str, nesting: int) -> Iterator[tuple[bytes, bytes]]:
    """Each form of a character: its first byte, and an expression for the rest."""
    raw = character.encode("utf-8", "surrogatepass")
    yield raw[:1], re.escape(raw[1:])
    if nesting:
        for begin, *parts in _escapes(character):
            rest = b"".join(_part_pattern(part, nesting - 1) for part in parts)
            for first, middle in _forms(begin, nesting - 1):
                yield first, middle + rest


def _part_pattern(part: str, nesting: int) -> bytes:
    if part == _SEMICOLON:
        return _pattern(";", nesting) + b"?"
    if part == _ZEROS:
        return _pattern("0", nesting) + b"{0,%d}" % _MAX_ZEROS
    return _either(part, nesting)


class _Encoded:
    """One encoding of the complete secret, to be found in bytes even across line breaks."""

    def __init__(self, form: bytes) -> None:
        self._form = form
        # Lines are much longer than eight letters, so at least one of two neighboring windows is unbroken.
        plain = [form[at : at + _WINDOW] for at in range(0, len(form) - _WINDOW, _WINDOW)]
        self._windows = [window for window in plain if window.isalnum()][:2]

    def spans(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Where it is, including the letters at its ends, which contain some bits of the secret too."""
        if len(self._windows) > 1 and not any(window in data for window in self._windows):
            return
        # Compiled only here: each request has its own token, and hardly any reply contains a part of it.
        letters = (self._form[at : at + 1] for at in range(len(self._form)))
        pattern = re.compile(_LINE_BREAK.join(_ENCODED_CHARACTERS.get(letter, re.escape(letter)) for letter in letters))
        for match in pattern.finditer(data):
            start, end = match.span()
            yield start - bool(start and _BASE64.match(data, start - 1)), end + bool(_BASE64.match(data, end))


_WINDOW = 4
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]")
# Base64 with line breaks (RFC 2045, 6.8), which may be escaped.
_LINE_BREAK = rb"(?:[\r\n]{1,2}|\\r\\n|\\n)?"
_ENCODED_CHARACTERS = {
    b"+": rb"(?:[+-]|%2[Bb]|\\u002[Bb])",
    b"/": rb"(?:[/_]|\\/|%2[Ff]|\\u002[Ff])",
}


def _encoded_forms(secret: bytes) -> tuple[_Encoded, ...]:
    """The secret in hexadecimal digits, base32 and base64, and base64 of that again."""
    base64_forms = _base64_forms(secret)
    twice = {again for form in base64_forms for again in _base64_forms(form)}
    forms = [_Encoded(form) for form in sorted({*base64_forms, *twice})]
    whole = len(secret) * 8 // 5
    digits = secret.hex()
    return (*forms, *map(_Encoded, (digits.encode(), digits.upper().encode(), base64.b32encode(secret)[:whole])))


def _base64_forms(data: bytes) -> list[bytes]:
    """The data in base64 for each possible offset in the encoded text, without the ends shared with neighbors."""
    forms = []
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + data)
        forms.append(encoded[-(-before * 8 // 6) : (before + len(data)) * 8 // 6])
    return forms


def _coded(hexadecimal: bytes, decimal: bytes) -> bytes:
    """A character by its code, escaped as in JSON, a URL or HTML. For speed, each alternative begins with one byte."""
    return rb"\\\\{0,3}u00(?:%(hex)s)|%%(?:25)?(?:%(hex)s)|&(?:amp;)?#(?:[xX]0{0,7}(?:%(hex)s)|0{0,7}(?:%(dec)s));" % {
        b"hex": hexadecimal,
        b"dec": decimal,
    }


class _TokenPatterns(NamedTuple):
    """Any JSON Web Token (RFC 7519), also with its characters escaped.

    It has a header and a payload that begin like a JSON object, or at least three long parts of which the first one
    does. Possessive repeats, so that no text is read twice.
    """

    header: re.Pattern[bytes]
    rest: re.Pattern[bytes]


@cache
def _token_patterns() -> _TokenPatterns:
    begin = b"".join(
        b"(?:" + letter + b"|" + _coded(code, decimal) + b")"
        for letter, code, decimal in ((b"e", b"65", b"101"), (b"y", b"79", b"121"), (b"J", b"4[aA]", b"74"))
    )
    dot = rb"(?:\.|" + _coded(rb"2[eE]", rb"46") + rb"|&period;)"
    letter = (
        rb"(?:[\w-]|"
        + _coded(
            rb"2[dD]|3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aA]",
            rb"45|4[89]|5[0-7]|6[5-9]|[78]\d|9[057-9]|1[01]\d|12[0-2]",
        )
        + rb")"
    )
    rest = (
        rb"%(dot)s(?:%(begin)s%(letter)s{5,}+|%(letter)s{10,}+%(dot)s%(letter)s{10,}+)(?:%(dot)s%(letter)s++){0,3}"
        % {b"dot": dot, b"begin": begin, b"letter": letter}
    )
    return _TokenPatterns(re.compile(begin + letter + rb"{5,}+"), re.compile(rest))


def _token_spans(data: bytes) -> Iterator[tuple[int, int]]:
    header, rest = _token_patterns()
    position = 0
    while match := header.search(data, position):
        end = rest.match(data, match.end())
        position = end.end() if end else match.end()
        if end:
            yield match.start(), position
