"""Searches through large data piece by piece: `re` lets no other thread run before a search returns."""

import re
from collections.abc import Iterator

# On a slow machine, the costliest pattern takes about ten milliseconds for that much.
PIECE_BYTES = 32 * 1024
# No match that is sought this way depends on more bytes after its first one. The longest are named references of HTML
# whose letters are numeric ones.
REACH_BYTES = 1024


def first_match(pattern: re.Pattern[bytes], data: bytes, position: int = 0) -> re.Match[bytes] | None:
    """The same match as `pattern.search` finds. The first REACH_BYTES of it must decide whether there is one."""
    while position < len(data):
        following = position + PIECE_BYTES
        match = pattern.search(data, position, following + REACH_BYTES)
        if match and match.start() < following:
            return pattern.match(data, match.start())
        position = following
    return None


def all_matches(pattern: re.Pattern[bytes], border: re.Pattern[bytes], data: bytes) -> Iterator[re.Match[bytes]]:
    """The same matches as `pattern.finditer` finds. None may contain the first byte of what `border` matches."""
    position = 0
    while position < len(data):
        cut = border.search(data, position + PIECE_BYTES)
        end = cut.start() if cut else len(data)
        yield from pattern.finditer(data, position, end)
        position = end
