"""Places in a JSON text: how they are written, and on which line they are."""

import json
import re
from typing import TypeAlias

from koregate.text import one_line

# The keys and indexes on the way to a value.
Place: TypeAlias = tuple[str | int, ...]

_SPACE = re.compile(r"[ \t\n\r]*")
_PLAIN = re.compile(r"\w+", re.ASCII)
_MAX_KEY = 40
_DECODER = json.JSONDecoder()


def shown(place: Place) -> str:
    """A place in the form `testCases[0].intent`."""
    parts = (f"[{key}]" if isinstance(key, int) else _shown_key(key) for key in place)
    return "".join(parts).lstrip(".") or "the file"


def _shown_key(key: str) -> str:
    return f".{key}" if _PLAIN.fullmatch(key) and len(key) <= _MAX_KEY else f'["{one_line(key, _MAX_KEY)}"]'


def line_of(text: str, place: Place) -> int:
    """The line, from 1, of a place in a JSON text. If the place does not exist, that of its last existing parent."""
    position = _skip(text, 0)
    for key in place:
        found = _inside(text, position, key)
        if found is None:
            break
        position = found
    return text.count("\n", 0, position) + 1


def _inside(text: str, position: int, key: str | int) -> int | None:
    """The position of the value for a key or index in the object or list at that position, or None."""
    if text[position : position + 1] not in ("{", "["):
        return None
    is_object = text[position] == "{"
    position = _skip(text, position + 1)
    index = 0
    while text[position : position + 1] not in ("}", "]"):
        name: str | int = index
        if is_object:
            name, position = _DECODER.raw_decode(text, position)
            # Behind the colon.
            position = _skip(text, _skip(text, position) + 1)
        if name == key:
            return position
        _, position = _DECODER.raw_decode(text, position)
        position = _skip(text, position)
        if text[position] == ",":
            position = _skip(text, position + 1)
        index += 1
    return None


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position
