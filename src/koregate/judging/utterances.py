"""The result file of a batch suite as utterances: the platform's CSV, read leniently and within limits.

No sample is documented. The user guide, "Batch Testing", chapter "CSV Report Fields", names the columns, and two public
programs read real files. Lines with properties are first, among them notes with line breaks. Then follow the header
line, which begins with `Utterance`, and one row per entity.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from koregate.kore_api.result_rows import result_rows

MAX_UTTERANCES = 100_000
MAX_ROWS = 1_000_000
_NOISE = str.maketrans("", "", "_ '\"\t\xa0\ufeff")
_UTTERANCE = "utterance"
_EXPECTED, _MATCHED, _TYPE = "expectedintent", "matchedintent", "resulttype"
_ENTITY = "entityname"
_EXPECTED_ENTITY, _MATCHED_ENTITY, _ENTITY_RESULT = "expectedentityvalue", "matchedentityvalue", "entityresult"
_COLUMNS = (_UTTERANCE, _EXPECTED, _MATCHED, _TYPE, _ENTITY, _EXPECTED_ENTITY, _MATCHED_ENTITY, _ENTITY_RESULT)
_TYPES = {"truepositive": True, "truenegative": True, "falsepositive": False, "falsenegative": False}
_RESULTS = {"true": True, "false": False}
# The texts that mean "no intent".
_NONE = frozenset({"", "none"})


class UnreadableFile(ValueError):
    """A result file without usable utterances. The message is the end of a sentence about the file."""


class Entity(NamedTuple):
    """One entity of an utterance: its expected value and its actual value."""

    name: str
    expected: str
    actual: str
    passed: bool


class Utterance(NamedTuple):
    """One utterance with its intents. A text that the file does not have is empty."""

    text: str
    expected: str
    actual: str
    has_intent: bool
    entities: tuple[Entity, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the intent and all entities are as expected."""
        return self.has_intent and all(entity.passed for entity in self.entities)


def read_utterances(data: bytes, redact: Callable[[str], str] = str) -> list[Utterance]:
    """The utterances of a file in their order, with `redact` applied to every text. Raises `UnreadableFile`."""
    rows = result_rows(data)
    try:
        columns = _columns(rows)
        return _utterances(_cells(rows, columns), redact)
    except csv.Error as problem:
        raise UnreadableFile("it is not a CSV file") from problem


def _columns(rows: Iterator[list[str]]) -> Mapping[str, int]:
    """The places of the known columns in the header line, which is the first one that begins with Utterance."""
    for number, row in enumerate(rows):
        if row and _name(row[0]) == _UTTERANCE:
            names = list(map(_name, row))
            break
        if number >= MAX_ROWS:
            raise UnreadableFile("it has too many lines")
    else:
        raise UnreadableFile("it has no header line that begins with Utterance")
    for name in _COLUMNS:
        if names.count(name) > 1:
            raise UnreadableFile(f"it has the column {row[names.index(name)]!r} more than once")
    columns = {name: names.index(name) for name in _COLUMNS if name in names}
    if _TYPE not in columns and not {_EXPECTED, _MATCHED} <= columns.keys():
        raise UnreadableFile("it lacks the columns Expected Intent and Matched Intent")
    return columns


def _name(cell: str) -> str:
    return cell.translate(_NOISE).casefold()


def _cells(rows: Iterable[Sequence[str]], columns: Mapping[str, int]) -> Iterator[Mapping[str, str]]:
    """The known cells of each row that is not empty."""
    for number, row in enumerate(rows):
        if number >= MAX_ROWS:
            raise UnreadableFile("it has too many lines")
        if any(map(str.strip, row)):
            yield {name: row[place] if place < len(row) else "" for name, place in columns.items()}


def _utterances(rows: Iterable[Mapping[str, str]], redact: Callable[[str], str]) -> list[Utterance]:
    """Rows with the same utterance become one: the platform counts unique ones ("Batch Testing", best practices)."""
    found: dict[str, Utterance] = {}
    entities: dict[str, list[Entity]] = {}
    last = ""
    for row in rows:
        last = text = row[_UTTERANCE] if row[_UTTERANCE].strip() else last
        if text not in found:
            if len(found) >= MAX_UTTERANCES:
                raise UnreadableFile(f"it has more than {MAX_UTTERANCES} utterances")
            found[text] = _utterance(text, row, redact)
            entities[text] = []
        elif found[text].has_intent:
            # If several intents are wrong, the first one is shown.
            found[text] = _utterance(text, row, redact)
        if row.get(_ENTITY, "").strip():
            entities[text].append(_entity(row, redact))
    return [utterance._replace(entities=tuple(entities[text])) for text, utterance in found.items()]


def _utterance(text: str, row: Mapping[str, str], redact: Callable[[str], str]) -> Utterance:
    expected, actual = row.get(_EXPECTED, ""), row.get(_MATCHED, "")
    has_intent = _TYPES.get(_word(row.get(_TYPE, "")))
    if has_intent is None:
        has_intent = _intent(expected) == _intent(actual)
    return Utterance(redact(text), redact(expected.strip()), redact(actual.strip()), has_intent)


def _entity(row: Mapping[str, str], redact: Callable[[str], str]) -> Entity:
    expected, actual = row.get(_EXPECTED_ENTITY, "").strip(), row.get(_MATCHED_ENTITY, "").strip()
    passed = _RESULTS.get(_word(row.get(_ENTITY_RESULT, "")))
    if passed is None:
        passed = expected == actual
    return Entity(redact(row[_ENTITY].strip()), redact(expected), redact(actual), passed)


def _word(cell: str) -> str:
    return cell.translate(_NOISE).lower()


def _intent(cell: str) -> str:
    """An intent's name for comparison: without case and surrounding spaces. All texts for "no intent" become equal."""
    name = cell.strip().casefold()
    return "" if name in _NONE else name
