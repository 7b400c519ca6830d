"""The quarantine file: reviewed exceptions in TOML, each with a reason, an owner and a date."""

import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, Self

from koregate.judging.cases import FailureClass
from koregate.policy.toml_lines import EntryLines, entry_lines
from koregate.redaction.personal_data import is_redacted
from koregate.text import nearest, one_line

TABLE = "quarantine"
MAX_DAYS = 90
KINDS = ("flow", "text", "context", "intent", "entity")
# What an entry without a class excuses.
_USUAL_CLASSES = frozenset(
    {FailureClass.WRONG_TEXT, FailureClass.WRONG_CONTEXT, FailureClass.WRONG_INTENT, FailureClass.WRONG_ENTITY}
)
# Policy never changes a failure that no assertion explains.
CLASSES = {str(name): name for name in FailureClass if name not in (FailureClass.STEP, FailureClass.RUN)}
REQUIRED = ("suite", "input", "reason", "owner", "until")
OPTIONAL = ("kind", "occurrence", "class")
_KEYS = ", ".join((*REQUIRED, *OPTIONAL))
_STAR = re.compile(r"\[\*\]|\*")
# How tomllib says that a text ends with its line.
_END_OF_LINE_IN_TEXT = r"Illegal character '\n'"
_LINE_IN_MESSAGE = re.compile(r" \(at line (\d+), column \d+\)$| \(at end of document\)$")
_MAX_QUOTED = 80
_MAX_TITLE = 60
# Python's default (sys.int_info.default_max_str_digits).
_MAX_DIGITS = 4300


class InvalidQuarantine(ValueError):
    """The file cannot be used. Carries every problem, each with its line."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


class Entry(NamedTuple):
    """One exception.

    `pieces` is its input, split at each `*` that matches anything. An empty `kind` and an `occurrence` of 0 match any.
    `is_added` says that the base branch's copy of the file does not have the entry. `shown_suite` and `pattern` are the
    suite and the input as reports show them.
    """

    line: int
    suite: str
    pieces: tuple[str, ...]
    reason: str
    owner: str
    until: date
    kind: str = ""
    occurrence: int = 0
    failure_class: FailureClass | None = None
    is_added: bool = False
    shown_suite: str = ""
    pattern: str = ""

    @property
    def title(self) -> str:
        """The entry in words."""
        parts = f'"{one_line(self.shown_suite, _MAX_TITLE)}", "{one_line(self.pattern, _MAX_TITLE)}"'
        owner = "" if self.hides_owner else f", owner {one_line(self.owner, _MAX_TITLE)}"
        return f"the entry on line {self.line} ({parts}{owner})"

    @property
    def hides_owner(self) -> bool:
        """Whether reports do not show the owner, because it is personal data."""
        return is_redacted(self.owner)

    def redacted(self, redact: Callable[[str], str]) -> Self:
        """The same entry, with `redact` applied to every text that reports show."""
        return self._replace(
            reason=redact(self.reason),
            owner=redact(self.owner),
            shown_suite=redact(self.shown_suite),
            pattern=redact(self.pattern),
        )

    def is_about(self, occurrence: int, kind: str) -> bool:
        """Whether the entry is about that case. Its suite and input must match already."""
        return self.kind in ("", kind) and self.occurrence in (0, occurrence)

    def excuses(self, failure_class: FailureClass | None) -> bool:
        """Whether the entry is for failures of that class."""
        return failure_class is self.failure_class if self.failure_class else failure_class in _USUAL_CLASSES


class Quarantine(NamedTuple):
    """A quarantine file: its path as given, and its entries. `has_base` says that they were compared with the base."""

    path: str
    entries: tuple[Entry, ...]
    has_base: bool = False

    def compared_with(self, base: bytes | None) -> Self:
        """The same. Each entry that is not in the base branch's copy, or differs there, is marked as added."""
        known = _tables(base)
        own = [entry._replace(line=0, is_added=False) for entry in self.entries]
        base_entries = {_entry(EntryLines(0, {}), table) for table in known if not list(_wrong(table, date.max))}
        entries = [
            entry._replace(is_added=bare not in base_entries) for entry, bare in zip(self.entries, own, strict=True)
        ]
        return self._replace(entries=tuple(entries), has_base=True)

    def redacted(self, redact: Callable[[str], str]) -> Self:
        """The same, with `redact` applied to every text of the entries that reports show."""
        return self._replace(entries=tuple(entry.redacted(redact) for entry in self.entries))


def read_quarantine(path: str, data: bytes, today: date) -> Quarantine:
    """The entries of a quarantine file. Raises `InvalidQuarantine` with every problem."""
    try:
        text = data.decode("utf-8-sig")
        document = tomllib.loads(text)
    except UnicodeDecodeError as wrong:
        line = data[: wrong.start].count(b"\n") + 1
        raise InvalidQuarantine([f"line {line}: the file is not UTF-8. Save it as UTF-8."]) from wrong
    except tomllib.TOMLDecodeError as wrong:
        raise InvalidQuarantine([_syntax_problem(text, str(wrong))]) from wrong
    except RecursionError as wrong:
        raise InvalidQuarantine(
            ["line 1: the file is nested too deeply. Write one [[quarantine]] per entry."]
        ) from wrong
    except ValueError as wrong:
        # tomllib leaves it to `int` to refuse a number, and then names no line.
        raise InvalidQuarantine([f"line {_number_line(text)}: the number has too many digits. Correct it."]) from wrong
    problems = [
        f"line {_key_line(text, key)}: {_quoted(key)} is not a key of this file."
        f"{_meant(key, [TABLE]) or f' Write one [[{TABLE}]] per entry.'}"
        for key in document
        if key != TABLE
    ]
    tables = document.get(TABLE, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        line = _key_line(text, TABLE)
        raise InvalidQuarantine([*problems, f"line {line}: {TABLE} is not a list of tables. Write [[{TABLE}]]."])
    places = entry_lines(text, TABLE, len(tables))
    for place, table in zip(places, tables, strict=True):
        problems += (f"line {place.of(key)}: {problem}" for key, problem in _wrong(table, today))
    if problems:
        raise InvalidQuarantine(problems)
    return Quarantine(path, tuple(_entry(*pair) for pair in zip(places, tables, strict=True)))


def _syntax_problem(text: str, message: str) -> str:
    match = _LINE_IN_MESSAGE.search(message)
    line = match[1] if match and match[1] else str(text.count("\n") + 1)
    said = one_line(_LINE_IN_MESSAGE.sub("", message), _MAX_QUOTED)
    if message.startswith(_END_OF_LINE_IN_TEXT):
        said = "a quotation mark may be missing"
    return f"line {line}: the file is not TOML ({said}). Correct that line."


def _tables(base: bytes | None) -> list[dict[str, Any]]:
    """The tables of the base branch's copy. An unreadable copy has none, so that every entry is marked."""
    try:
        found = tomllib.loads((base or b"").decode("utf-8-sig")).get(TABLE)
    except (ValueError, RecursionError):
        return []
    return [table for table in found if isinstance(table, dict)] if isinstance(found, list) else []


def _key_line(text: str, key: str) -> int:
    pattern = re.compile(rf"""^\s*\[*\s*["']?{re.escape(key)}["']?\s*[\]=.]""")
    return next((number for number, line in enumerate(text.split("\n"), 1) if pattern.match(line)), 1)


def _number_line(text: str) -> int:
    """The first line with more digits in a row than Python turns into a number."""
    limit = sys.get_int_max_str_digits() or _MAX_DIGITS
    long = re.compile(rf"(?:[0-9]_?){{{limit + 1},}}")
    return next((number for number, line in enumerate(text.split("\n"), 1) if long.search(line)), 1)


def _entry(place: EntryLines, table: Mapping[str, Any]) -> Entry:
    return Entry(
        place.line,
        table["suite"],
        _pieces(table["input"]),
        one_line(table["reason"]),
        one_line(table["owner"]),
        table["until"],
        table.get("kind", ""),
        table.get("occurrence", 0),
        CLASSES.get(table.get("class", "")),
        shown_suite=table["suite"],
        pattern=table["input"],
    )


def _wrong(table: Mapping[str, Any], today: date) -> Iterator[tuple[str, str]]:
    """The problems of an entry: the key, and a line that says how to fix it."""
    for key in table:
        if key not in (*REQUIRED, *OPTIONAL):
            meant = _meant(key, [known for known in (*REQUIRED, *OPTIONAL) if known not in table])
            yield key, f"{_quoted(key)} is not a key of an entry.{meant or f' Use {_KEYS}.'}"
    for key in REQUIRED:
        if key not in table:
            yield "", f"the entry has no {key}. Add it."
    for key in ("suite", "input", "reason", "owner"):
        value = table.get(key, "")
        if not isinstance(value, str):
            yield key, f"{key} is not a text. Write it in quotes."
        elif key in table and key != "input" and not _is_seen(value):
            yield key, f"{key} is empty. Fill it in."
    pattern = table.get("input")
    if isinstance(pattern, str) and "*" in pattern and not "".join(_pieces(pattern)).strip():
        yield "input", f"{_quoted(pattern)} matches every input. Name the input, or a part of it."
    if "until" in table:
        yield from (("until", problem) for problem in _wrong_date(table["until"], today))
    yield from _wrong_options(table)


def _wrong_date(value: object, today: date) -> Iterator[str]:
    if not isinstance(value, date) or isinstance(value, datetime):
        yield f"until is not a date. Write a date without quotes and without a time, like {today.isoformat()}."
    elif today != date.max and value > today + timedelta(days=MAX_DAYS):
        latest = (today + timedelta(days=MAX_DAYS)).isoformat()
        yield f"until is {value.isoformat()}, more than {MAX_DAYS} days ahead. Give {latest} or an earlier date."


def _wrong_options(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "kind" in table and table["kind"] not in KINDS:
        meant = _meant(table["kind"], KINDS) or f" Use one of {', '.join(KINDS)}."
        yield "kind", f"{_quoted(table['kind'])} is not a kind of assertion.{meant}"
    occurrence = table.get("occurrence", 1)
    if not isinstance(occurrence, int) or isinstance(occurrence, bool) or occurrence < 1:
        yield "occurrence", "occurrence is not a whole number from 1. Count the steps with that input from 1."
    name = table.get("class")
    if name in (str(FailureClass.STEP), str(FailureClass.RUN)):
        yield "class", f"failures of class {name} are never tolerated. Remove the entry."
    elif "class" in table and (not isinstance(name, str) or name not in CLASSES):
        meant = _meant(name, CLASSES) or f" Use one of {', '.join(CLASSES)}."
        yield "class", f"{_quoted(name)} is not a failure class.{meant}"


def _is_seen(text: str) -> bool:
    """Whether a reader sees any character of the text."""
    return any(character.isprintable() and not character.isspace() for character in text)


def _quoted(value: object) -> str:
    return f'"{one_line(str(value), _MAX_QUOTED)}"'


def _meant(word: object, words: Iterable[str]) -> str:
    """A sentence with the word that was most likely meant, or an empty text."""
    found = nearest(str(word), words)
    return f" Did you mean {found}?" if found else ""


def _pieces(pattern: str) -> tuple[str, ...]:
    """The literal texts before, between and after the stars of a pattern. `[*]` is a literal star."""
    pieces, start, current = [], 0, ""
    for star in _STAR.finditer(pattern):
        current += pattern[start : star.start()]
        if star[0] == "*":
            pieces.append(current)
            current = ""
        else:
            current += "*"
        start = star.end()
    return (*pieces, current + pattern[start:])


def pattern_of(text: str) -> str:
    """The pattern that stands for this text and no other."""
    return text.replace("*", "[*]")


def matches(pieces: tuple[str, ...], text: str) -> bool:
    """Whether the text consists of these pieces in order, with anything between them. Takes linear time."""
    if len(pieces) == 1:
        return text == pieces[0]
    first, *middle, last = pieces
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    place, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, place, end)
        if found < 0:
            return False
        place = found + len(piece)
    return True
