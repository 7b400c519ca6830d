"""Foreign text made safe to show: visible escapes, one line, cut to a length, secrets starred out."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Shown as escapes wherever text is shown: control characters but tab and line feed, what XML 1.0 forbids (lone
# surrogates, U+FFFE, U+FFFF), separators that some readers take for line breaks, and the marks that reorder a line
# for the eye (U+202A-202E, U+2066-2069). junit-xml would drop U+007F-U+009F and CR without a word.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_LATIN_1 = 0xFF
STARS = "***"


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code <= _LATIN_1 else f"\\u{code:04x}"


def visible(text: str) -> str:
    """The text with every character that could act or vanish shown as an escape; line feeds and tabs stay."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    return _HIDDEN.sub(_escape, text)


def one_line(text: str, limit: int = 0) -> str:
    """The text on one line, visible, and cut to `limit` characters where one is given."""
    text = visible(text)
    if "\n" in text or "\t" in text:
        parts = (line.strip(" \t") for line in text.split("\n"))
        text = " ".join(part for part in parts if part).replace("\t", " ")
    return shorten(text, limit) if limit else text


def shorten(text: str, limit: int) -> str:
    """The text, or its beginning and a note of its length: never more than `limit` characters."""
    if len(text) <= limit:
        return text
    note = f"… (cut, {len(text)} characters in all)"
    return (text[: max(limit - len(note), 0)] + note)[:limit]


def as_text(value: object) -> str:
    """Any JSON value as text: strings as they are, nothing as an empty text, the rest as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)


# Any JSON Web Token: two base64url parts that begin like a JSON object, and the rest.
_TOKEN = re.compile(r"eyJ[\w-]{5,}\.eyJ[\w-]{5,}(?:\.[\w-]*)?")
_SHORT_SECRET = 12


class Redactor:
    """Stars secrets out of text: the given ones, in each form they take in JSON, and whatever looks like a token."""

    def __init__(self, secrets: Iterable[str]) -> None:
        patterns = sorted({form for secret in secrets if secret for form in _forms(secret)}, key=len, reverse=True)
        self._pattern = re.compile("|".join([*map(_whole, patterns), _TOKEN.pattern]))

    def text(self, text: str) -> str:
        """The text with every secret replaced by stars."""
        return self._pattern.sub(STARS, text)

    def data(self, data: bytes) -> bytes:
        """The same for bytes as they came over the wire; bytes without a secret come back untouched."""
        # surrogateescape: bytes that are not UTF-8 survive the round trip unchanged.
        text = data.decode("utf-8", "surrogateescape")
        starred = self._pattern.sub(STARS, text)
        return data if starred == text else starred.encode("utf-8", "surrogateescape")


def _forms(secret: str) -> set[str]:
    plain, ascii_only = (json.dumps(secret, ensure_ascii=flag)[1:-1] for flag in (False, True))
    return {secret, plain, ascii_only, plain.replace("/", r"\/"), ascii_only.replace("/", r"\/")}


def _whole(secret: str) -> str:
    pattern = re.escape(secret)
    # A short secret ("test") is starred only as a word of its own: inside "testRunId" it would break the answer. The
    # letters of a JSON escape before it are none of a word: "\\ntest" is a line feed and the word.
    before = r"(?:(?<![0-9A-Za-z])|(?<=\\[bfnrt])|(?<=\\u[0-9A-Fa-f]{4}))"
    return pattern if len(secret) >= _SHORT_SECRET else rf"{before}{pattern}(?![0-9A-Za-z])"


def clip(text: str, limit: int) -> str:
    """The text as visible characters, cut to `limit` bytes of UTF-8 with a note of what was cut."""
    text = visible(text)
    data = text.encode()
    if len(data) <= limit:
        return text
    note = f"… (cut, {len(data)} bytes in all)".encode()
    return (data[: max(limit - len(note), 0)] + note)[:limit].decode(errors="ignore")
