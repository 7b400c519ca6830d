"""Bytes with their outermost escapes undone, and the way back to where each byte came from."""

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import AnyStr, Generic

from koregate.redaction.pieces import first_match

# What can follow an escaped backslash, percent sign or ampersand that begins an escape in an escape.
_AFTER_BACKSLASH = rb"(?:\\\\|\\?(?:u00[257]|x[0-9A-Fa-f]{2})|[%&])"
_AFTER_PERCENT = rb"(?:25|26|5[cC]|[\\%&])"
_AFTER_AMPERSAND = rb"(?:amp|quot|apos|lt|gt|#|bsol|percnt|[\\%&])"
# An escape in an escape in an escape begins with one of these, and quotes in JSON in JSON do not. Escapes of JavaScript
# and a row of escaped letters are rare, so they count as nested: the search of a secret need not know them.
# For speed, each alternative begins with one byte.
NESTED = re.compile(
    rb"\\(?:(?:\\|u005[cC])%(backslash)s|u0025%(percent)s|u0026%(ampersand)s|x[0-9A-Fa-f]{2}"
    rb"|u00[3-7][0-9A-Fa-f](?:\\u00[3-7][0-9A-Fa-f]){5})"
    rb"|%%(?:5[cC]%(backslash)s|25%(percent)s|26%(ampersand)s|[3-7][0-9A-Fa-f](?:%%[3-7][0-9A-Fa-f]){5})"
    rb"|&(?:(?:#0{0,7}92|#[xX]0{0,7}5[cC]|bsol);%(backslash)s|(?:#0{0,7}37|#[xX]0{0,7}25|percnt);%(percent)s"
    rb"|(?:#0{0,7}38|#[xX]0{0,7}26|amp);%(ampersand)s"
    rb"|#(?:[0-9]{2,3}|[xX][3-7][0-9A-Fa-f]);(?:&#(?:[0-9]{2,3}|[xX][3-7][0-9A-Fa-f]);){5})"
    % {b"backslash": _AFTER_BACKSLASH, b"percent": _AFTER_PERCENT, b"ampersand": _AFTER_AMPERSAND}
)


@dataclass(frozen=True, slots=True)
class View(Generic[AnyStr]):
    """Bytes or text after decoding.

    `places` and `sources` say where each literal or decoded part begins, here and there.
    """

    data: AnyStr
    places: list[int]
    sources: list[int]
    is_decoded: list[bool]

    def origin(self, span: tuple[int, int]) -> tuple[int, int]:
        """Where that part of the view comes from. An escape belongs to it completely or not at all."""
        start, last = span[0], span[1] - 1
        first = bisect_right(self.places, start) - 1
        begin = self.sources[first] + (0 if self.is_decoded[first] else start - self.places[first])
        part = bisect_right(self.places, last) - 1
        if self.is_decoded[part]:
            return begin, self.sources[part + 1]
        return begin, self.sources[part] + last - self.places[part] + 1


_JSON = re.compile(
    rb"\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}"
    rb"|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\[^A-Za-z0-9\s]|\\[bfnrt]"
)
_URL = re.compile(rb"%[0-9A-Fa-f]{2}")
_HTML = re.compile(rb"&(?:#[0-9]{1,10}|#[xX][0-9A-Fa-f]{1,10}|[A-Za-z][A-Za-z0-9]{1,30});")
_SHORT = dict(zip(b"bfnrt", b"\b\f\n\r\t", strict=True))


def _json_decoded(escape: bytes) -> bytes:
    kind = escape[1:2]
    if kind == b"x":
        return bytes.fromhex(escape[2:].decode())
    if kind == b"u":
        units = bytes.fromhex(escape.replace(b"\\u", b"").decode())
        return units.decode("utf-16-be", "surrogatepass").encode("utf-8", "surrogatepass")
    return bytes([_SHORT.get(escape[1], escape[1])])


def _url_decoded(escape: bytes) -> bytes:
    return bytes.fromhex(escape[1:].decode())


def _html_decoded(escape: bytes) -> bytes:
    return html.unescape(escape.decode()).encode()


_DECODERS: tuple[tuple[re.Pattern[bytes], Callable[[bytes], bytes]], ...] = (
    (_JSON, _json_decoded),
    (_URL, _url_decoded),
    (_HTML, _html_decoded),
)


def views(data: bytes) -> Iterator[View[bytes]]:
    """The data with all escapes of JSON or JavaScript undone once, with those of URLs, and with those of HTML.

    A view that would equal the data is left out.
    """
    for pattern, decoded in _DECODERS:
        view = decoded_view(data, pattern, decoded)
        if view is not None:
            yield view


def without_nulls(data: bytes) -> View[bytes] | None:
    """The data without escaped null characters: ASCII in UTF-16, escaped byte by byte, is ASCII then. None without any.

    Null bytes stay, since a file in UTF-16 has millions.
    """
    return decoded_view(data, _NULL, lambda _: b"") if first_match(_NULL, data) else None


_NULL = re.compile(rb"\\{1,4}(?:u00|x)00|%(?:25)?00|&#0;")


def decoded_view(data: AnyStr, pattern: re.Pattern[AnyStr], decoded: Callable[[AnyStr], AnyStr]) -> View[AnyStr] | None:
    """The data with each match of the pattern decoded. None if there is no match."""
    joined: list[AnyStr] = []
    parts: list[AnyStr] = []
    places: list[int] = []
    sources: list[int] = []
    place = copied = 0
    for match in pattern.finditer(data):
        start, end = match.span()
        literal, replaced = data[copied:start], decoded(match[0])
        middle = place + len(literal)
        places += (place, middle)
        sources += (copied, start)
        parts += (literal, replaced)
        place = middle + len(replaced)
        copied = end
        if len(parts) > _MANY_PARTS:
            # No other thread runs while millions of parts are joined.
            joined.append(data[:0].join(parts))
            parts = []
    if not places:
        return None
    is_decoded: list[bool] = [False, True] * (len(places) // 2) + [False]
    places.append(place)
    sources.append(copied)
    parts.append(data[copied:])
    return View(data[:0].join(joined + parts), places, sources, is_decoded)


_MANY_PARTS = 10_000
