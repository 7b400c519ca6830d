r"""The forms that a secret takes: each character escaped as in JSON, a URL or HTML, or all in other letters.

Sources: RFC 8259 (JSON), ECMA-262 (escapes of JavaScript: octal, `\u{51}`, and `%u0051` of its function `escape`), RFC
3986 (URLs), the WHATWG's HTML standard (named and numeric character references), RFC 2045 (quoted-printable), RFC 4180
(CSV), RFC 4648 (base64, base32, base16).
"""

import base64
import html
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from html.entities import html5
from itertools import takewhile
from math import gcd
from typing import TypeAlias
from urllib.parse import quote, quote_plus

# An escape in an escape, as in a URL inside the text of a JSON string.
NESTING = 2
# Every escape but a doubled quote begins with one of these, escaped or not.
_ESCAPE_STARTS = rb"\\%&+="
_STARTS = frozenset(b"\\%&+=")
_MAX_ZEROS = 7
_ZEROS, _SEMICOLON = "zeros", "semicolon"
# A quote that is not escaped. In JSON, the quote after an escaped one ends the text, so both are no doubled quote.
_QUOTE = "quote"


def ends(data: bytes, start: int, character: str, nesting: int = NESTING) -> set[int]:
    """Where that character ends if it begins at `start`, literally or as an escape that is nested at most that deep."""
    raw = _raw(character)
    found = {start + len(raw)} if data.startswith(raw, start) else set()
    if nesting and start < len(data) and (data[start] in _STARTS or character == '"'):
        tree = _tree(character)
        if nesting == 1:
            begin = chr(data[start])
            tree = {begin: tree[begin]} if begin in tree else {}
        found |= _tree_ends(data, {start}, tree, nesting - 1)
    return found


def _tree_ends(data: bytes, starts: set[int], tree: "_Tree", nesting: int) -> set[int]:
    found = set(starts) if tree.get(_END) is not None else set()
    for part, rest in tree.items():
        if part != _END and (places := _part_ends(data, starts, part, nesting)):
            found |= _tree_ends(data, places, rest, nesting)
    return found


def _part_ends(data: bytes, starts: set[int], part: str, nesting: int) -> set[int]:
    if part == _SEMICOLON:
        return starts | {end for start in starts for end in ends(data, start, ";", nesting)}
    if part == _ZEROS:
        found = latest = set(starts)
        for _ in range(_MAX_ZEROS):
            latest = {end for start in latest for end in ends(data, start, "0", nesting)}
            found = found | latest
        return found
    if part == _QUOTE:
        return {start + 1 for start in starts if data[start : start + 1] == b'"'}
    if not nesting and part.isascii():
        return {start + 1 for start in starts if data[start : start + 1] in _letters_of(part)}
    return {end for start in starts for letter in part for end in ends(data, start, letter, nesting)}


@lru_cache(maxsize=1024)
def _raw(character: str) -> bytes:
    return character.encode("utf-8", "surrogatepass")


@cache
def _letters_of(part: str) -> frozenset[bytes]:
    return frozenset(letter.encode() for letter in part)


# Escapes by their first part, then by the next one. `_END` marks where an escape is complete.
_Tree: TypeAlias = dict[str, "_Tree"]
_END = ""


@lru_cache(maxsize=1024)
def _tree(character: str) -> _Tree:
    """The escapes of a character, with the parts in which they begin alike only once."""
    tree: _Tree = {}
    for escape in _escapes(character):
        inner = tree
        for part in escape:
            inner = inner.setdefault(part, {})
        inner[_END] = {}
    return tree


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
    octal = [f"{octet:03o}" for octet in octets]
    escapes = [
        [part for unit in pairs for part in ("\\", "u", *_hex(unit, 4))],
        ["\\", "ux", "{", _ZEROS, *_hex(code, 1), "}"],
        [part for digits in octal for part in ("\\", *digits)],
        [part for digits in octal for part in ("\\", "0", *digits)],
        [part for octet in octets for part in ("%", *_hex(octet, 2))],
        [part for unit in pairs for part in ("%", "u", *_hex(unit, 4))],
        [part for octet in octets for part in ("=", *_hex(octet, 2))],
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
    if character == '"':
        escapes += [[_QUOTE, _QUOTE], ["\\", _QUOTE, "\\", _QUOTE]]
    return tuple(map(tuple, escapes))


def _hex(number: int, width: int) -> list[str]:
    return [digit + digit.upper() if digit.isalpha() else digit for digit in f"{number:0{width}x}"]


@lru_cache(maxsize=64)
def begin_pattern(characters: str) -> re.Pattern[bytes]:
    """The possible beginnings of a secret: its first character in any form, followed by the start of its second one.

    To make it takes as long as to check a thousand places that `quick_begin_pattern` finds.
    """
    return re.compile(_pattern(characters[0], NESTING) + _following(characters[1:]))


def _following(second: str) -> bytes:
    if not second:
        return b""
    return b"(?=" + re.escape(_raw(second)) + rb"|[%&+=]|\\" + _escaped_ahead(second) + b")"


@lru_cache(maxsize=64)
def quick_begin_pattern(characters: str) -> re.Pattern[bytes]:
    """The same from the first letters of each form alone. It is made at once, and matches at more places."""
    character, first = characters[0], _raw(characters[0])
    rests = {begin: [rest] for begin, rest in _STARTS_OF_STARTS.items()}
    rests.setdefault(first[:1], []).append(re.escape(first[1:]) + _following(characters[1:]))
    for begin, forms in _first_letters(character).items():
        rests.setdefault(begin, []).extend(forms)
    if character == '"':
        rests[first].append(b'"')
    return _by_first_byte(rests)


def _first_letters(character: str) -> dict[bytes, list[bytes]]:
    """What follows the first letter of the escapes of a character, by that letter, with a part that is escaped or not.

    A backslash before a backslash begins an escape only if more of it follows: replies contain too many.
    """
    inner = _inner_start(character)
    forms: dict[bytes, list[bytes]] = {}
    letters: dict[bytes, set[str]] = {}
    for begin, *parts in _escapes(character):
        if begin != _QUOTE:
            known = [part.replace(_QUOTE, '"') for part in takewhile(_is_letters, parts)][:_QUICK_PARTS]
            forms.setdefault(begin.encode(), []).append(b"".join(map(_one_of, known)))
            letters.setdefault(begin.encode(), set()).update(*known[:-1])
    for first, some in letters.items():
        forms[first].append(_one_of("".join(some)) + b"{0,%d}" % (_QUICK_PARTS - 1) + inner if some else inner)
    after_backslash = {escape[1] for escape in _escapes(character) if escape[0] == "\\"} - {_QUOTE}
    forms[b"\\"].append(rb"\\" + _any_of([_one_of("".join(after_backslash)), inner]))
    return forms


# The first letters of an escape by which `\`, `%`, `&` or `=` is meant, with which an escape of a character begins.
_STARTS_OF_STARTS = {
    b"\\": rb"(?:[01%&=+]|u00[235]|[ux]\{|x[235])",
    b"%": rb"(?:[235][56bBcCdD]|u00|[\\%&=])",
    b"&": rb"(?:[#%&=\\]|bs|pe|[aA][mM]|eq|pl)",
    b"=": rb"(?:[235][56bBcCdD]|[\\%&=])",
}
# Enough to tell the code of a letter from that of an umlaut.
_QUICK_PARTS = 4


def _inner_start(character: str) -> bytes:
    """The first letters of an escape by which a part of an escape of this character is meant."""
    if not (character.isascii() or character.isalnum()):
        return rb"[\\%&=+]"
    itself = b"" if character.isalnum() else re.escape(character.encode())
    space = rb"|\+" if character == " " else b""
    return rb"(?:%[2-7u]|=[2-7]|&[#A-Za-z]|\\(?:u00[2-7]|[ux]\{|x[2-7]|[01#;{}%&=" + itself + b"])" + space + b")"


def _is_letters(part: str) -> bool:
    return part not in {_ZEROS, _SEMICOLON}


def _one_of(letters: str) -> bytes:
    return b"[" + b"".join(re.escape(_raw(letter)) for letter in sorted(set(letters))) + b"]"


def _by_first_byte(rests: Mapping[bytes, Sequence[bytes]]) -> re.Pattern[bytes]:
    """Alternatives begin with different bytes, so that `re` searches for those bytes alone."""
    return re.compile(_any_of([re.escape(first) + _any_of(dict.fromkeys(rest)) for first, rest in rests.items()]))


@lru_cache(maxsize=1024)
def _pattern(character: str, nesting: int) -> bytes:
    """The same as `ends`, but as an expression."""
    return _either([character], nesting)


def _either(characters: Sequence[str], nesting: int) -> bytes:
    """One of these characters. Alternatives begin with different bytes, so that `re` searches for those bytes alone."""
    rests: dict[bytes, list[bytes]] = {}
    for character in characters:
        for first, rest in _forms(character, nesting):
            rests.setdefault(first, []).append(rest)
    by_first = {first: _any_of(dict.fromkeys(alternatives)) for first, alternatives in rests.items()}
    if nesting and "\\" not in characters:
        # Most backslashes of a reply precede a quote or a letter. They are skipped at once.
        by_first[b"\\"] = _escaped_ahead(characters) + by_first[b"\\"]
    return _any_of([re.escape(first) + rest for first, rest in by_first.items()])


def _any_of(expressions: Collection[bytes]) -> bytes:
    alternatives = b"|".join(expressions)
    return alternatives if len(expressions) == 1 else b"(?:" + alternatives + b")"


def _escaped_ahead(characters: Iterable[str]) -> bytes:
    """What can follow the backslash in an escape of one of these characters."""
    seconds = {escape[1] for character in characters for escape in _escapes(character) if escape[0] == "\\"} - {_QUOTE}
    letters = b"".join(_raw(letter)[:1] for second in sorted(seconds) for letter in second)
    # All that begins an escape may be octal: `\134` and `\045`.
    return rb"(?=[01" + re.escape(letters) + _ESCAPE_STARTS + rb"])"


def _forms(character: str, nesting: int) -> Iterator[tuple[bytes, bytes]]:
    """Each form of a character: its first byte, and an expression for the rest."""
    raw = character.encode("utf-8", "surrogatepass")
    yield raw[:1], re.escape(raw[1:])
    if nesting:
        for begin, *parts in _escapes(character):
            if begin == _QUOTE:
                if nesting == NESTING:
                    yield b'"', b'"'
                continue
            rest = b"".join(_part_pattern(part, nesting - 1) for part in parts)
            for first, middle in _forms(begin, nesting - 1):
                yield first, middle + rest


def _part_pattern(part: str, nesting: int) -> bytes:
    if part == _SEMICOLON:
        return _pattern(";", nesting) + b"?"
    if part == _QUOTE:
        return b'"'
    if part == _ZEROS:
        return _pattern("0", nesting) + b"{0,%d}" % _MAX_ZEROS
    return _either(part, nesting)


class Encoded:
    """One encoding of the complete secret, to be found in bytes even across line breaks."""

    def __init__(self, form: bytes) -> None:
        self._form = form
        # All are within the length of a line, so its break splits one of them at most. Longer windows are found faster.
        size = _LONG_WINDOW if len(form) > 2 * _LONG_WINDOW else _WINDOW
        windows = [form[at : at + size] for at in range(0, min(len(form) - size, _SHORT_LINE), size)]
        self._windows = [window for window in windows if not _ENCODED_CHARACTERS.keys() & _letters(window)][:2]

    def spans(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Where it is, including the letters at its ends, which contain some bits of the secret too."""
        if len(self._windows) > 1 and not any(window in data for window in self._windows):
            return
        for match in self._pattern.finditer(data):
            start, end = match.span()
            is_letter = start and _BASE64.match(data, start - 1) and not ends_in_escape(data, start)
            yield start - bool(is_letter), end + bool(_BASE64.match(data, end))

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        """Compiled only if it is needed: each request has its own token, and hardly any reply contains a part of it."""
        return re.compile(
            _LINE_BREAK.join(_ENCODED_CHARACTERS.get(letter, re.escape(letter)) for letter in _letters(self._form))
        )


_ESCAPE_BEFORE = re.compile(rb"(?:\\[bfnrt]|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|%(?:25){0,3}[0-9A-Fa-f]{2})\Z")
_LONGEST_ESCAPE_BEFORE = 9


def ends_in_escape(data: bytes, place: int) -> bool:
    """Whether what is before that place may be the letters of an escape, as in a line feed that is escaped."""
    return _ESCAPE_BEFORE.search(data[max(place - _LONGEST_ESCAPE_BEFORE, 0) : place]) is not None


def _letters(form: bytes) -> list[bytes]:
    return [form[at : at + 1] for at in range(len(form))]


_WINDOW, _LONG_WINDOW, _SHORT_LINE = 4, 8, 48
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]")
# Base64 with line breaks (RFC 2045, 6.8), which may be escaped.
_LINE_BREAK = rb"(?:[\r\n]{1,2}|\\{1,2}r\\{1,2}n|\\{1,2}n|%0[Dd]%0[Aa]|%0[Aa]|&#1[03];)?"
_ENCODED_CHARACTERS = {
    b"+": rb"(?:[+-]|%(?:25)?2[Bb]|\\{1,2}[ux](?:00)?2[Bb]|&#(?:43|[xX]2[Bb]);|&plus;)",
    b"/": rb"(?:[/_]|\\{1,3}/|%(?:25)?2[Ff]|\\{1,2}[ux](?:00)?2[Ff]|&#(?:47|[xX]2[Ff]);|&sol;)",
}
# Fewer letters of base64 turn up by chance.
_LEAST_ENCODED = 6


def encoded_forms(secret: str) -> tuple[Encoded, ...]:
    """The secret in hexadecimal digits, base32, base64, base64 of that, and other encodings of text.

    Before that it may have been escaped, as in the base64 of a JSON text. Empty for a secret that is too short.
    """
    plain = secret.encode("utf-8", "surrogatepass")
    if len(plain) < _LEAST_ENCODED:
        return ()
    spellings = [plain, *(text.encode("utf-8", "surrogatepass") for text in _spellings(secret))]
    base64_forms = [form for spelling in spellings for form in _base64_forms(spelling)]
    twice = [again for form in _base64_forms(plain) for again in _base64_forms(form)]
    digits = [spelling.hex().encode() for spelling in spellings]
    base32 = _forms_at_each_offset(base64.b32encode, 5, plain)
    others = [other for other in (secret.encode(name, "ignore") for name in _OTHER_ENCODINGS) if other != plain]
    # Without its first or last byte, text in UTF-16 is found in both byte orders.
    wide = [secret.encode("utf-16-le", "surrogatepass")[:-1], secret.encode("utf-16-be", "surrogatepass")[1:]]
    forms = [*base64_forms, *twice, *digits, *(form.upper() for form in digits), *base32, *wide, *others]
    forms += [form for text in wide for form in _base64_forms(text)]
    return tuple(map(Encoded, sorted({form for form in forms if len(form) >= _LEAST_ENCODED})))


_OTHER_ENCODINGS = ("latin-1", "cp1252")


def _spellings(secret: str) -> set[str]:
    """The secret as usual programs escape it in a URL, in JSON and in HTML, where that differs."""
    ascii_json = json.dumps(secret)[1:-1]
    by_code = re.sub("[=&<>']", lambda match: f"\\u{ord(match[0]):04x}", ascii_json)
    spellings = {
        quote(secret, safe="", errors="surrogatepass"),
        quote(secret, errors="surrogatepass"),
        quote_plus(secret, errors="surrogatepass"),
        ascii_json,
        (unescaped := json.dumps(secret, ensure_ascii=False)[1:-1]),
        unescaped.replace("/", "\\/"),
        ascii_json.replace("/", "\\/"),
        by_code,
        html.escape(secret),
        secret.replace('"', '""'),
    }
    return spellings - {secret}


def _base64_forms(data: bytes) -> list[bytes]:
    return _forms_at_each_offset(base64.b64encode, 6, data)


def _forms_at_each_offset(encode: Callable[[bytes], bytes], bits: int, data: bytes) -> list[bytes]:
    """The data in letters of so many bits, for each possible offset, without the ends shared with neighbors."""
    forms = []
    for before in range(bits // gcd(8, bits)):
        encoded = encode(bytes(before) + data)
        forms.append(encoded[-(-before * 8 // bits) : (before + len(data)) * 8 // bits])
    return forms
