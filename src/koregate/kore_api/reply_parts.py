"""The complete JSON of a reply, in which equal parts are the same object.

A large reply has a hundred thousand objects with only a few structures: the same keys, and values that do not differ in
anything that matters here. So a search through the reply visits few parts. No text and no number is kept.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from koregate.kore_api.documented import BOOLEAN, LIST, NULL, NUMBER, OBJECT, STRING, WORDS_BY_KEY
from koregate.kore_api.json_values import Json
from koregate.kore_api.status_reply import DENIALS, UNSUCCESSFUL, names_success, normalized_status

_FAILED = "failed"
_STATUS = "status"


# Parts are compared by identity, which is fast. Equal parts are created only once.
@dataclass(frozen=True, eq=False, slots=True)
class Scalar:
    """A text, number, boolean or null. `is_empty` is true for "", 0, false and null.

    `word` is a documented status word for its key, one of `UNSUCCESSFUL` for a status in any spelling, or `failed` for
    any key, in the form that `normalized_status` returns. It is empty for any other value.
    """

    kind: str
    is_empty: bool = False
    word: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class List:
    """A list with its items in order."""

    items: tuple["Part", ...]

    kind = LIST
    word = ""

    @property
    def is_empty(self) -> bool:
        """Whether it has no items."""
        return not self.items


class Object:
    """An object with its keys and values in order, including repeated keys.

    `says_failed` says whether some object in it is marked as failed or unfinished: by a status, by `errorDetails`, or
    as one of its assertions. Disabled objects and the entries of `contains` do not count: an assertion decides, not its
    variants. `has_failed` says whether one of its own values is the word `failed`, for any key.
    """

    kind = OBJECT
    word = ""

    def __init__(self, members: "Sequence[tuple[str, Part]]") -> None:
        self.members = tuple(members)
        self.is_empty = not members
        self.has_failed = self.says_failed = False
        names = [(normalized_status(key), value) for key, value in self.members]
        if any(name == "enabled" and value is _FALSE for name, value in names):
            return
        others = [(name, value) for name, value in names if name != "contains"]
        self.has_failed = any(value.word == _FAILED for _, value in others)
        self.says_failed = any(_says_failed(name, value) for name, value in others)


Part: TypeAlias = Scalar | List | Object

_TEXT, _EMPTY_TEXT, _FAILED_WORD = Scalar(STRING), Scalar(STRING, is_empty=True), Scalar(STRING, word=_FAILED)
_NUMBER, _ZERO = Scalar(NUMBER), Scalar(NUMBER, is_empty=True)
_TRUE, _FALSE, _NULL = Scalar(BOOLEAN), Scalar(BOOLEAN, is_empty=True), Scalar(NULL, is_empty=True)


def _says_failed(name: str, value: Part) -> bool:
    if name == "errordetails" and not value.is_empty:
        return True
    for part in flattened(value):
        if isinstance(part, Object):
            if part.says_failed or (part.has_failed and name == "assertions"):
                return True
        elif (name == _STATUS and part.word in UNSUCCESSFUL) or (name == "assertions" and part.word == _FAILED):
            return True
    return False


def flattened(part: Part) -> Iterator[Scalar | Object]:
    """The part itself, or the parts in a list and in nested lists."""
    waiting = [part]
    while waiting:
        item = waiting.pop()
        if isinstance(item, List):
            waiting += item.items
        else:
            yield item


class ReplyParts:
    """The parts of a reply's body. Raises ValueError if it is not JSON or is nested too deeply to read.

    `whole` is the outermost part. `repeated_key` is the first key that an object has more than once: JSON does not
    define which value counts.
    """

    def __init__(self, body: bytes) -> None:
        self.repeated_key: str | None = None
        self._objects: dict[tuple[tuple[str, ...], tuple[Part, ...]], Object] = {}
        self._lists: dict[tuple[Part, ...], List] = {}
        self._words = {_FAILED: _FAILED_WORD}
        try:
            self.whole = self._part(json.loads(body.decode("utf-8-sig"), object_pairs_hook=self._object))
        except RecursionError as problem:
            raise ValueError("nested too deeply") from problem

    def _object(self, pairs: list[tuple[str, Json]]) -> Object:
        keys = tuple([key for key, _ in pairs])
        values = tuple([self._member(key, value) for key, value in pairs])
        found = self._objects.get((keys, values))
        if found is None:
            found = self._objects[keys, values] = Object(list(zip(keys, values, strict=True)))
            if self.repeated_key is None:
                self.repeated_key = next((key for key, number in Counter(keys).items() if number > 1), None)
        return found

    def _member(self, key: str, value: Json) -> Part:
        words = _words_of(key)
        if not words or not isinstance(value, str) or not value:
            return self._part(value)
        word = normalized_status(value)
        if word in words:
            return self._words.get(word) or self._words.setdefault(word, Scalar(STRING, word=word))
        return _TEXT

    def _part(self, value: Json) -> Part:
        if isinstance(value, Object):
            return value
        if isinstance(value, list):
            return self._list(value)
        if isinstance(value, str):
            return _text(value) if value else _EMPTY_TEXT
        if isinstance(value, bool):
            return _TRUE if value else _FALSE
        if value is None:
            return _NULL
        return _NUMBER if value else _ZERO

    def _list(self, value: list[Json]) -> List:
        if list not in map(type, value):
            return self._list_of(tuple([self._part(item) for item in value]))
        # Without recursion, so that some hundred nested lists do not make a reply unreadable.
        lists = [value]
        for found in lists:
            lists += [item for item in found if isinstance(item, list)]
        made: dict[int, List] = {}
        for found in reversed(lists):
            items = [made[id(item)] if isinstance(item, list) else self._part(item) for item in found]
            made[id(found)] = self._list_of(tuple(items))
        return made[id(value)]

    def _list_of(self, items: tuple[Part, ...]) -> List:
        return self._lists.get(items) or self._lists.setdefault(items, List(items))


@lru_cache(maxsize=4096)
def _words_of(key: str) -> frozenset[str]:
    """The words that are kept for that key. Empty if there are none."""
    shown = WORDS_BY_KEY.get(key, frozenset())
    if normalized_status(key) == _STATUS:
        return shown | UNSUCCESSFUL
    if names_success(key):
        return shown | DENIALS
    return shown and shown | {_FAILED}


def _text(value: str) -> Scalar:
    # For speed: most texts are sentences, and their length alone shows that they are not this word.
    return _FAILED_WORD if value.lstrip("_- ")[:1] in "fF" and normalized_status(value) == _FAILED else _TEXT
