"""Bytes that are written as numbers, one by one: in hexadecimal ("aa:bb:cc", "0xAA, 0xBB") or decimal ("[1, 87]")."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from koregate.redaction.pieces import all_matches

# Fewer bytes are no secret that somebody would write in another form.
_LEAST_BYTES = 6
# Written out, so that `re` searches for the first digit alone.
_HEX = rb"[0-9A-Fa-f][0-9A-Fa-f]"
_DECIMAL = rb"[0-9][0-9]{0,2}+"
# What parts two bytes: marks, literal or escaped, and the prefix of a number in hexadecimal, which may be a backslash
# alone (RFC 4514, LDAP). One character comes first, for speed.
_MARK_IN_URL = rb"(?:20|09|0[aAdD]|2[cCdD]|3[aAbB])"
_MARK_IN_JSON = rb"u00(?:20|09|0[aAdD]|2[cCdD]|3[aAbB]|[aA]0)"
_MARK_IN_HTML = (
    rb"(?:#0?(?:32|9|1[03]|4[45]|5[89]|160);|#[xX](?:20|9|[aAdD]|2[cCdD]|3[aAbB]|[aA]0);|nbsp;|colon;|comma;)"
)
_ESCAPED_MARK = rb"%" + _MARK_IN_URL + rb"|\\{1,4}(?:[nrt]|" + _MARK_IN_JSON + rb")|&" + _MARK_IN_HTML
# A list of numbers may have any indent.
_BETWEEN_HEX = rb"(?:\s++|[:,;.+_-]{1,3}+|" + _ESCAPED_MARK + rb"){0,5}+(?:\\{0,4}x|\\{1,4}|0[xX])?+"
_BETWEEN_DECIMAL = rb"(?:[\s,;]++|" + _ESCAPED_MARK + rb"){1,5}+"
_HEX_RUN = re.compile(_HEX + rb"(?:" + _BETWEEN_HEX + _HEX + rb"){%d,}+" % (_LEAST_BYTES - 1))
_HEX_BYTE = re.compile(_BETWEEN_HEX + rb"(" + _HEX + rb")")
_DECIMAL_RUN = re.compile(_DECIMAL + rb"(?:" + _BETWEEN_DECIMAL + _DECIMAL + rb"){%d,}+" % (_LEAST_BYTES - 1))
_DECIMAL_BYTE = re.compile(rb"(?:" + _BETWEEN_DECIMAL + rb")?+(" + _DECIMAL + rb")")
# What no run contains: other letters and marks, and the beginnings of other escapes.
_BORDER = re.compile(
    rb"[^0-9A-Fa-fXxnrtubspcolm\s:,;.+_%\\&#-]|%(?!"
    + _MARK_IN_URL
    + rb")|(?!"
    + _MARK_IN_JSON
    + rb")u|&(?!"
    + _MARK_IN_HTML
    + rb")"
)
# No text in UTF-8 has these bytes. In another encoding, a secret may, and then it would be found across two runs.
_GAP = b"\xff\xfe\xff"
_LARGEST_BYTE = 255


class NumberedBytes(NamedTuple):
    """The bytes of all runs of numbers, and where each run begins here and there."""

    data: bytes
    places: list[int]
    sources: list[int]
    byte: re.Pattern[bytes]
    original: bytes

    def origins(self, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """Where these parts come from. A part of two runs comes from nowhere."""
        run, numbers = -1, []
        for start, end in sorted(spans):
            latest = bisect_right(self.places, start) - 1
            if latest != run:
                run = latest
                begin, stop = self.sources[2 * run : 2 * run + 2]
                numbers = [number.span() for number in self.byte.finditer(self.original, begin, stop)]
            first, last = start - self.places[run], end - self.places[run] - 1
            if last < len(numbers):
                yield numbers[first][0], numbers[last][1]


def numbered_bytes(data: bytes) -> Iterator[NumberedBytes]:
    """The bytes that the data has in hexadecimal, and those in decimal numbers. Nothing if it has no such numbers."""
    for run, byte, value in (
        (_HEX_RUN, _HEX_BYTE, _hexadecimal_value),
        (_DECIMAL_RUN, _DECIMAL_BYTE, _decimal_value),
    ):
        numbered = _numbered(data, run, byte, value)
        if numbered.places:
            yield numbered


def _numbered(
    data: bytes, run: re.Pattern[bytes], byte: re.Pattern[bytes], value: Callable[[list[bytes]], bytes]
) -> NumberedBytes:
    parts: list[bytes] = []
    places: list[int] = []
    sources: list[int] = []
    place = 0
    for match in all_matches(run, _BORDER, data):
        if part := value(byte.findall(match[0])):
            parts += (part, _GAP)
            places.append(place)
            sources += match.span()
            place += len(part) + len(_GAP)
    return NumberedBytes(b"".join(parts), places, sources, byte, data)


def _hexadecimal_value(numbers: list[bytes]) -> bytes:
    return bytes.fromhex(b"".join(numbers).decode())


def _decimal_value(numbers: list[bytes]) -> bytes:
    values = list(map(int, numbers))
    return b"" if max(values) > _LARGEST_BYTE else bytes(values)
