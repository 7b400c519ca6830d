"""Secrets replaced in any text, in every form in which they can come back."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from koregate.redaction.byte_numbers import numbered_bytes
from koregate.redaction.nested_escapes import NESTED, views, without_nulls
from koregate.redaction.pieces import first_match
from koregate.redaction.secret_forms import (
    Encoded,
    begin_pattern,
    encoded_forms,
    ends,
    ends_in_escape,
    quick_begin_pattern,
)

MASK = "***"


class SecretMask:
    """Replaces secrets in text, in every form in which they can come back, and everything that looks like a token.

    Each character may be literal or escaped as in JSON, a URL, HTML or JavaScript, and that escape may be escaped
    again, three times in all. A long secret is also found in hexadecimal digits, as the numbers of its bytes, in base32
    and in base64.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        texts = {secret for secret in secrets if secret}
        # A log shows the lines of a secret one by one.
        lines = {line for text in texts for line in map(str.strip, text.splitlines()) if len(line) >= _LEAST_LINE}
        parts = {part for text in texts for part in _token_parts(text)}
        self._texts = texts | lines | parts
        self._secrets = [*map(_Secret, sorted(self._texts))]
        self._earlier: list[Encoded] = []

    def with_token(self, token: str, earlier: Iterable[str] = ()) -> "SecretMask":
        """This mask with the token of a request, whatever it looks like, and with each part of it that is a secret.

        Parts of web tokens of earlier requests, too. To save time, these are not searched in rare escapes.
        """
        # Of a token with parts, the rest is the header, and any token with its header is masked anyway.
        new = {*(_token_parts(token) or [token])} - self._texts
        old = {part for each in earlier for part in _token_parts(each)} - self._texts - new
        mask = SecretMask(())
        mask._secrets = [*map(_Secret, sorted(new)), *self._secrets]
        mask._earlier = [form for part in sorted(old) for form in (Encoded(part.encode()), *encoded_forms(part))]
        return mask

    def text(self, text: str) -> str:
        """The text with every secret replaced, also one that was cut at an ellipsis."""
        data = text.encode("utf-8", "surrogatepass")
        cuts = [span for secret in self._secrets for span in secret.cut_spans(data)]
        return _replaced(data, [*cuts, *self._spans(data)]).decode("utf-8", "surrogatepass")

    def data(self, data: bytes) -> bytes:
        """The same for raw bytes. Bytes without a secret are returned unchanged."""
        return _replaced(data, self._spans(data))

    def _spans(self, data: bytes) -> list[tuple[int, int]]:
        spans = self._spans_in_view(data)
        if first_match(NESTED, data):
            levels = _MOST_LEVELS if len(data) <= _MAX_BYTES_OF_MOST_LEVELS else 1
            spans += self._nested_spans(data, levels)
        return spans

    def _spans_in_view(self, data: bytes) -> list[tuple[int, int]]:
        spans = self._spans_as_text(data)
        for numbered in numbered_bytes(data):
            spans += numbered.origins(self._spans_as_text(numbered.data))
        if view := without_nulls(data):
            spans += map(view.origin, self._spans_as_text(view.data))
        return spans

    def _spans_as_text(self, data: bytes) -> list[tuple[int, int]]:
        finders: list[_Secret | Encoded] = [*self._secrets, *self._earlier]
        found = (span for finder in finders for span in finder.spans(data))
        # A backslash that escapes the first letter is replaced too, or it would escape the mask.
        return [*((start - _is_escaped(data, start), end) for start, end in found), *_token_spans(data)]

    def _nested_spans(self, data: bytes, levels: int) -> Iterator[tuple[int, int]]:
        """Where secrets are whose outermost escapes must be undone first, at most that many times."""
        for view in views(data):
            spans = self._spans_in_view(view.data)
            if levels > 1 and first_match(NESTED, view.data):
                spans += self._nested_spans(view.data, levels - 1)
            yield from map(view.origin, spans)


# Of a secret in several lines, a line with fewer characters is too common to mask.
_LEAST_LINE = 6
# RFC 7519: header, payload and signature in base64url.
_TOKEN = re.compile(r"[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}", re.ASCII)


def _token_parts(text: str) -> list[str]:
    """The payload and the signature of a token. Anybody can guess its header."""
    return text.strip().split(".")[1:] if _TOKEN.fullmatch(text.strip()) else []


_ELLIPSIS = re.compile("…".encode())
_LEAST_CUT = 6
# How often escapes are undone. Each time adds a level of nesting, and takes as long as the search itself.
_MOST_LEVELS = 3
_MAX_BYTES_OF_MOST_LEVELS = 1024 * 1024


def _replaced(data: bytes, spans: Iterable[tuple[int, int]]) -> bytes:
    """The data with one MASK in place of all spans that overlap."""
    parts = []
    copied = end = 0
    for begin, stop in sorted(spans):
        if begin >= end:
            parts += [data[copied:begin], MASK.encode()]
        copied = end = max(end, stop)
    return b"".join([*parts, data[copied:]])


# A short secret ("test") is replaced only as a separate word: inside "testRunId", a replacement would break the reply.
# The letters of an escape before it do not belong to a word: "\\ntest" is a line feed and the word.
_SHORT_SECRET = 12
_INSIDE_WORD = re.compile(rb"[0-9A-Za-z]")
# So many places take about as long as to make the pattern that finds hardly any of them.
_MANY_PLACES = 2000


class _Secret:
    """One secret, to be found in bytes of UTF-8."""

    def __init__(self, secret: str) -> None:
        self._characters = tuple(secret)
        self._plain = secret.encode("utf-8", "surrogatepass")
        self._is_short = len(secret) < _SHORT_SECRET
        self._first_two = secret[:2]
        self._places_in_vain = 0
        self._encoded = encoded_forms(secret)

    @property
    def _begin(self) -> re.Pattern[bytes]:
        pattern = quick_begin_pattern if self._places_in_vain < _MANY_PLACES else begin_pattern
        return pattern(self._first_two)

    def spans(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Where the secret is. Spans may overlap."""
        yield from self._escaped_spans(data)
        for form in self._encoded:
            yield from form.spans(data)

    def cut_spans(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Where an ellipsis follows the beginning of the secret: a long text was cut there."""
        for ellipsis in _ELLIPSIS.finditer(data):
            end = ellipsis.start()
            starts = range(max(end - len(self._plain), 0), end - _LEAST_CUT + 1)
            yield from ((start, end) for start in starts if self._plain.startswith(data[start:end]))

    def _escaped_spans(self, data: bytes) -> Iterator[tuple[int, int]]:
        position = 0
        while match := first_match(self._begin, data, position):
            start, position = match.start(), match.start() + 1
            end = self._end(data, start)
            if end is None:
                self._places_in_vain += 1
            if end is None or (self._is_short and not _is_word(data, start, end)):
                continue
            yield start, end
            position = end

    def _end(self, data: bytes, start: int) -> int | None:
        """The end of the secret that begins there, or None."""
        found = {start}
        for character in self._characters:
            found = {end for place in found for end in ends(data, place, character)}
            if not found:
                return None
        return max(found)


def _is_escaped(data: bytes, place: int) -> bool:
    """Whether a backslash escapes what is there: an odd number of them precedes it."""
    first = place
    while data[first - 1 : first] == b"\\":
        first -= 1
    return (place - first) % 2 == 1


def _is_word(data: bytes, start: int, end: int) -> bool:
    inside = _INSIDE_WORD.match(data[start - 1 : start]) and not ends_in_escape(data, start)
    return not inside and not _INSIDE_WORD.match(data, end)


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
    while match := first_match(header, data, position):
        end = rest.match(data, match.end())
        position = end.end() if end else match.end()
        if end:
            yield match.start(), position
