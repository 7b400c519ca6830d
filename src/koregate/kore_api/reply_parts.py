"""The complete JSON of a reply, in which equal parts are the same object.

A large reply has a hundred thousand objects with only a few structures: the same keys, and values that do not differ in
anything that matters here. So a search through the reply visits few parts. No text and no number is kept.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from koregate.kore_api.documented import BOOLEAN, LIST, NULL, NUMBER, OBJECT, STRING, WORDS_BY_KEY
from koregate.kore_api.json_values import Json, read_decimal, read_integer
from koregate.kore_api.signs import is_sign, says_something, speaks_against, word_against
from koregate.kore_api.status_reply import UNSUCCESSFUL, normalized_status

_STATUS = "status"
# Names of the assertions of a response, and of undocumented places that may have their results.
_ASSERTIONS = "assertion"


# Parts are compared by identity, which is fast. Equal parts are created only once.
@dataclass(frozen=True, eq=False, slots=True)
class Scalar:
    """A text, number, boolean or null. `is_empty` is true for "", 0, false and null.

    `word` is a documented status word for its key, in the form that `normalized_status` returns, or one of
    `UNSUCCESSFUL` for any key. It is empty for any other value. `is_sign` is the same as `signs.is_sign`.
    """

    kind: str
    is_empty: bool = False
    word: str = ""
    is_sign: bool = False

    @property
    def is_against(self) -> bool:
        """Whether it is a word for what did not pass or did not run."""
        return self.word in UNSUCCESSFUL

    @property
    def is_false(self) -> bool:
        """Whether it is the value false."""
        return self.kind == BOOLEAN and self.is_empty


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
    variants. `has_failed` says whether one of its own values is a word for that, or false, for any key but one for what
    failed. `signs` are the keys that are a sign of failure if they are undocumented.
    """

    kind = OBJECT
    word = ""

    def __init__(self, members: "Sequence[tuple[str, Part]]") -> None:
        self.members = tuple(members)
        self.is_empty = not members
        self.has_failed = self.says_failed = False
        self.signs = frozenset(key for key, value in self.members if _is_sign(key, value))
        names = [(normalized_status(key), value) for key, value in self.members]
        self.is_disabled = any(name == "enabled" and value is _FALSE for name, value in names)
        if self.is_disabled:
            return
        others = [(name, value) for name, value in names if name != "contains"]
        self.has_failed = any(_denies(name, part) for name, value in others for part in flattened(value))
        self.says_failed = any(marks_failure(name, value) for name, value in others)


Part: TypeAlias = Scalar | List | Object

_TEXT, _EMPTY_TEXT = Scalar(STRING), Scalar(STRING, is_empty=True)
_NUMBER, _ZERO = Scalar(NUMBER), Scalar(NUMBER, is_empty=True)
_TRUE, _FALSE, _NULL = Scalar(BOOLEAN), Scalar(BOOLEAN, is_empty=True), Scalar(NULL, is_empty=True)
_SCALARS = (_TEXT, _EMPTY_TEXT, _NUMBER, _ZERO, _TRUE, _FALSE, _NULL)
# For a key whose values need no look at it.
_ANY: dict[tuple[type, Json], "Part"] = {}
# Of the values of a key, so many are remembered. Most are a few words, in a hundred thousand objects.
_MAX_KNOWN = 1000


def _is_sign(key: str, value: Part) -> bool:
    if isinstance(value, Scalar):
        return value.is_sign
    return not value.is_empty and speaks_against(key)


def _denies(name: str, part: "Part") -> bool:
    """Whether a value says of what the key names that it did not pass. That nothing failed is no denial."""
    return isinstance(part, Scalar) and (part.is_against or (part.is_false and not speaks_against(name)))


def marks_failure(name: str, value: Part) -> bool:
    """Whether the value under that name, or an object in it, is marked as failed or unfinished.

    The name is in the form that `normalized_status` returns.
    """
    if name == "errordetails" and not value.is_empty:
        return True
    holds_assertions = name.startswith(_ASSERTIONS)
    for part in flattened(value):
        if isinstance(part, Object):
            if part.says_failed or (part.has_failed and holds_assertions):
                return True
        elif part.is_against and (name == _STATUS or holds_assertions):
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
        self._scalars: dict[tuple[str, bool, str, bool], Scalar] = {
            (part.kind, part.is_empty, "", False): part for part in _SCALARS
        }
        self._known: dict[str, dict[tuple[type, Json], Part]] = {}
        try:
            text = body.decode("utf-8-sig")
            self.whole = self._part(
                json.loads(text, object_pairs_hook=self._object, parse_int=read_integer, parse_float=read_decimal)
            )
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
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = {} if key in WORDS_BY_KEY or says_something(key) else _ANY
        if known is _ANY or isinstance(value, Object | list):
            return self._part(value)
        # The type too, because true is equal to 1.
        made = type(value), value
        part = known.get(made)
        if part is None:
            part = self._described(key, value)
            if len(known) < _MAX_KNOWN:
                known[made] = part
        return part

    def _described(self, key: str, value: Json) -> Part:
        part = self._part(value)
        if not isinstance(part, Scalar):
            return part
        word = part.word
        if isinstance(value, str) and (exact := normalized_status(value)) in WORDS_BY_KEY.get(key, ()):
            word = exact
        return self._scalar(part.kind, is_empty=part.is_empty, word=word, sign=is_sign(key, value))

    def _scalar(self, kind: str, *, is_empty: bool, word: str, sign: bool = False) -> Scalar:
        made = kind, is_empty, word, sign
        return self._scalars.get(made) or self._scalars.setdefault(made, Scalar(*made))

    def _part(self, value: Json) -> Part:
        if isinstance(value, Object):
            return value
        if isinstance(value, list):
            return self._list(value)
        if isinstance(value, str):
            return self._text(value) if value else _EMPTY_TEXT
        if isinstance(value, bool):
            return _TRUE if value else _FALSE
        if value is None:
            return _NULL
        return _NUMBER if value else _ZERO

    def _text(self, value: str) -> Scalar:
        word = word_against(value)
        return self._scalar(STRING, is_empty=False, word=word) if word else _TEXT

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
