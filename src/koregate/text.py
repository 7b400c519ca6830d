"""Untrusted text made safe to show: escaped, on one line, shortened."""

import json
import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

# Always shown as escapes: control characters except tab and line feed, characters that XML 1.0 forbids (lone
# surrogates, U+FFFE, U+FFFF), separators that some readers interpret as line breaks, and marks that reorder a line
# visually (U+202A-202E, U+2066-2069). junit-xml would silently drop U+007F-U+009F and CR.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_LATIN_1 = 0xFF
_MIN_RANGE = 4
_MAX_PARTS = 8
# Of a word that is part of another one, and how much longer that may be than a known one.
_MIN_PART, _MAX_MORE = 4, 5
_SIMILARITY = 0.81


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code <= _LATIN_1 else f"\\u{code:04x}"


def visible(text: str) -> str:
    """The text with an escape for every character that could act or vanish. Line feeds and tabs stay."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    return _HIDDEN.sub(_escape, text)


def one_line(text: str, limit: int = 0) -> str:
    """The text on one line, made visible, and cut to `limit` characters if one is given."""
    text = visible(text)
    if "\n" in text or "\t" in text:
        parts = (line.strip(" \t") for line in text.split("\n"))
        text = " ".join(part for part in parts if part).replace("\t", " ")
    return shorten(text, limit) if limit else text


def shorten(text: str, limit: int) -> str:
    """The text, or its beginning and a note of its length. Never more than `limit` characters."""
    if len(text) <= limit:
        return text
    note = f"… (cut, {len(text)} characters in all)"
    return (text[: max(limit - len(note), 0)] + note)[:limit]


def clipped(text: str, limit: int) -> str:
    """The text, or its beginning and an ellipsis. For names, which have no room for a note of their length."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def labeled(name: str, text: str) -> str:
    """What the text says of the name: `host: "x" is no URL.`, or `host is required.` if the name is its subject."""
    return f"{name}{'' if text.startswith(('is ', 'has ', 'must ')) else ':'} {text}"


def json_as_text(value: object) -> str:
    """Any JSON value as text: a string unchanged, null as an empty text, everything else as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)


def nearest(word: str, words: Iterable[str]) -> str:
    """The one of these words that a misspelled one stands for, or an empty text if none is near.

    RS256 is no misspelled HS256: a letter in the place of another is not near enough in a short word.
    """
    given, lower = word.strip().lower(), {known.lower(): known for known in words}
    longer = [known for known in lower if given in known and len(given) >= _MIN_PART]
    shorter = [known for known in lower if known in given and len(known) >= max(len(given) - _MAX_MORE, _MIN_PART)]
    found = [*longer, *shorter]
    if len(found) != 1:
        found = get_close_matches(given, lower, 1, _SIMILARITY)
    return lower[found[0]] if found else ""


def shorten_bytes(text: str, limit: int) -> str:
    """The visible text, cut to `limit` bytes of UTF-8 with a note of its length."""
    text = visible(text)
    data = text.encode()
    if len(data) <= limit:
        return text
    note = f"… (cut, {len(data)} bytes in all)".encode()
    return (data[: max(limit - len(note), 0)] + note)[:limit].decode(errors="ignore")


def human_duration(seconds: float) -> str:
    """Seconds as people write them: 90 is 1m30s."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours}h" if hours else "", f"{minutes}m" if minutes else "", f"{rest}s" if rest else ""]
    return "".join(parts) or "0s"


def number_list(numbers: Sequence[int]) -> str:
    """Ascending numbers as people write them: `3, 4 and 7`, or `4 to 8` for four or more in a row."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] + 1 == number:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [part for run in runs for part in ([run] if len(run) >= _MIN_RANGE else [[number] for number in run])]
    shown = [str(part[0]) if len(part) == 1 else f"{part[0]} to {part[-1]}" for part in parts[:_MAX_PARTS]]
    if len(parts) > _MAX_PARTS:
        shown.append(f"{sum(map(len, parts[_MAX_PARTS:]))} more")
    return " and ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))
