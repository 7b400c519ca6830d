"""The undocumented parts of a reply: keys, status words and types that no page of Kore.ai shows, with their places."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from koregate.kore_api.documented import STRING, Documented
from koregate.kore_api.reply_parts import List, Object, Part, Scalar
from koregate.text import one_line

_MAX_NAMED = 5
_MAX_COUNTED = 1000
_MAX_KEY = 40
_MAX_PLACE = 200


class Undocumented(NamedTuple):
    """One undocumented part of a reply: its place, with the platform's own keys, and what is undocumented about it."""

    place: str
    what: str


def undocumented_parts(
    whole: Part, documented: Documented, redact: Callable[[str], str] = str
) -> Iterator[Undocumented]:
    """The parts in order, equal parts once. Keys are redacted."""
    return _Comparison(redact).compare(whole, documented, "")


def remark(whole: Part, documented: Documented, redact: Callable[[str], str] = str) -> str | None:
    """One remark about all undocumented parts of the reply, or None."""
    found = list(islice(undocumented_parts(whole, documented, redact), _MAX_COUNTED))
    if not found:
        return None
    named = ", ".join(f"{one_line(part.place, _MAX_PLACE)} ({part.what})" for part in found[:_MAX_NAMED])
    more = f" and {len(found) - _MAX_NAMED} more" if found[_MAX_NAMED:] else ""
    return (
        f"The platform's reply contains undocumented parts: {named}{more}. If the result "
        "looks wrong, report it with the output of koregate shape, which contains no values."
    )


class _Comparison:
    """Compares parts with the documentation, each pair once."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        self._redact = redact
        self._seen: set[tuple[Part, int]] = set()

    def compare(self, part: Part, documented: Documented, place: str) -> Iterator[Undocumented]:
        """The undocumented parts of a part at that place."""
        # The same undocumented word is reported once, even if several statuses have it.
        if not isinstance(part, Scalar) or (part.kind == STRING and documented.words):
            if (part, id(documented)) in self._seen:
                return
            self._seen.add((part, id(documented)))
        if part.kind not in documented.kinds:
            expected = " or ".join(sorted(documented.kinds))
            yield Undocumented(place or "the reply itself", f"{part.kind}, not {expected}")
        elif isinstance(part, Object):
            yield from self._members(part, documented, place)
        elif isinstance(part, List):
            yield from self._items(part, documented, place)
        elif part.kind == STRING and documented.words and part.word not in documented.words:
            yield Undocumented(place, "the word")

    def _members(self, part: Object, documented: Documented, place: str) -> Iterator[Undocumented]:
        for key, value in part.members:
            shown = one_line(self._redact(key), _MAX_KEY)
            inner = f"{place}.{shown}" if place else shown
            known = documented.keys.get(key)
            if known is None:
                yield Undocumented(inner, "the key")
            else:
                yield from self.compare(value, known, inner)

    def _items(self, part: List, documented: Documented, place: str) -> Iterator[Undocumented]:
        # A long list has few different parts. Each is reported at its first place.
        first = {item: number for number, item in reversed(list(enumerate(part.items)))}
        for item, number in sorted(first.items(), key=lambda found: found[1]):
            inner = f"{place}[{number}]"
            if documented.items is None:
                yield Undocumented(inner, f"the {item.kind} in this list")
            else:
                yield from self.compare(item, documented.items, inner)
