"""What a reply holds that no page of Kore.ai shows: keys, status words and types, each with its place.

The whole JSON is looked at, but hardly any of it is kept: objects of the same make are one and the same.
"""

import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple, TypeAlias

from koregate.kore_api.documented import BOOLEAN, LIST, NULL, NUMBER, OBJECT, STRING, WORDS_BY_KEY, Documented
from koregate.kore_api.json_values import Json
from koregate.kore_api.status_reply import normalized_status
from koregate.text import one_line

_MAX_NAMED = 5
_MAX_COUNTED = 1000
_MAX_KEY = 40
_MAX_PLACE = 200


class _Object:
    """An object of the JSON: its keys, and the make of each value."""

    def __init__(self, members: tuple[tuple[str, "_Make"], ...]) -> None:
        self.members = members


class _List:
    """A list of the JSON: the make of its items, each with the place of the first one of it."""

    def __init__(self, items: tuple[tuple[int, "_Make"], ...]) -> None:
        self.items = items


class _Word:
    """A text under a key for which pages show words, as `normalized_status` gives it."""

    def __init__(self, word: str) -> None:
        self.word = word


_Make: TypeAlias = _Object | _List | _Word | str


class Undocumented(NamedTuple):
    """One part of a reply that no page shows: its place, with keys of the platform's own, and what is odd."""

    place: str
    what: str


def undocumented_parts(
    body: bytes, documented: Documented, redact: Callable[[str], str] = str
) -> Iterator[Undocumented]:
    """The parts in their order, each make once. Keys are redacted. Raises ValueError if the body is not JSON."""
    try:
        whole = _Interning().read(body)
    except RecursionError as problem:
        raise ValueError("nested too deeply") from problem
    return _Comparison(redact).compare(whole, documented, "")


def remark(body: bytes, documented: Documented, redact: Callable[[str], str] = str) -> str | None:
    """One sentence on everything in the reply that no page shows, or None."""
    found = list(islice(undocumented_parts(body, documented, redact), _MAX_COUNTED))
    if not found:
        return None
    named = ", ".join(f"{one_line(part.place, _MAX_PLACE)} ({part.what})" for part in found[:_MAX_NAMED])
    more = f" and {len(found) - _MAX_NAMED} more" if found[_MAX_NAMED:] else ""
    return (
        f"The platform's reply holds what its pages do not show: {named}{more}. The verdict does not depend on this "
        "remark. If the result looks wrong, report it with the output of koregate shape, which has no values."
    )


class _Interning:
    """Reads JSON into makes, of which equal ones are the same."""

    def __init__(self) -> None:
        self._makes: dict[tuple[object, ...], _Object | _List | _Word] = {}

    def read(self, body: bytes) -> _Make:
        return self._make(json.loads(body.decode("utf-8-sig"), object_pairs_hook=self._object))

    def _object(self, pairs: list[tuple[str, Json]]) -> _Object:
        members = tuple([(key, self._member(key, value)) for key, value in pairs])
        found = self._makes.setdefault((OBJECT, *members), _Object(members))
        return found if isinstance(found, _Object) else _Object(members)

    def _member(self, key: str, value: Json) -> _Make:
        if isinstance(value, str):
            words = WORDS_BY_KEY.get(key)
            return STRING if words is None else self._word(normalized_status(value), words)
        return self._make(value)

    def _word(self, word: str, words: frozenset[str]) -> _Make:
        # Of a word that no page shows, nothing is kept.
        word = word if word in words else ""
        found = self._makes.setdefault((STRING, word), _Word(word))
        return found if isinstance(found, _Word) else STRING

    def _make(self, value: Json) -> _Make:
        if isinstance(value, _Object):
            return value
        if isinstance(value, str):
            return STRING
        if isinstance(value, bool):
            return BOOLEAN
        if isinstance(value, list):
            return self._list(value)
        return NULL if value is None else NUMBER

    def _list(self, values: list[Json]) -> _Make:
        first: dict[_Make, int] = {}
        for number, value in enumerate(values):
            first.setdefault(self._make(value), number)
        items = tuple((number, make) for make, number in first.items())
        found = self._makes.setdefault((LIST, *items), _List(items))
        return found if isinstance(found, _List) else _List(items)


def _kind(make: _Make) -> str:
    if isinstance(make, str):
        return make
    return OBJECT if isinstance(make, _Object) else LIST if isinstance(make, _List) else STRING


class _Comparison:
    """Compares makes with what is documented, each pair of the two once."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        self._redact = redact
        self._seen: set[tuple[int, int]] = set()

    def compare(self, make: _Make, documented: Documented, place: str) -> Iterator[Undocumented]:
        """The undocumented parts of a make at that place."""
        if not isinstance(make, str):
            # The whole keeps every make alive, so no two of them share an id.
            if (id(make), id(documented)) in self._seen:
                return
            self._seen.add((id(make), id(documented)))
        if _kind(make) not in documented.kinds:
            expected = " or ".join(sorted(documented.kinds))
            yield Undocumented(place or "the whole", f"{_kind(make)}, not {expected}")
        elif isinstance(make, _Object):
            yield from self._members(make, documented, place)
        elif isinstance(make, _List):
            yield from self._items(make, documented, place)
        elif isinstance(make, _Word) and documented.words and make.word not in documented.words:
            yield Undocumented(place, "the word")

    def _members(self, make: _Object, documented: Documented, place: str) -> Iterator[Undocumented]:
        for key, value in make.members:
            shown = one_line(self._redact(key), _MAX_KEY)
            inner = f"{place}.{shown}" if place else shown
            known = documented.keys.get(key)
            if known is None:
                yield Undocumented(inner, "the key")
            else:
                yield from self.compare(value, known, inner)

    def _items(self, make: _List, documented: Documented, place: str) -> Iterator[Undocumented]:
        for number, item in make.items:
            inner = f"{place}[{number}]"
            if documented.items is None:
                yield Undocumented(inner, f"the {_kind(item)} in this list")
            else:
                yield from self.compare(item, documented.items, inner)
