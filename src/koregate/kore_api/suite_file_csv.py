"""A suite file in CSV: `input,intent,parentIntent,entityName,entityValue,entityOrder`, one row per entity.

A row without an input belongs to the utterance above it, and so does one that repeats it.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from koregate.kore_api.suite_file_findings import Finding, input_problem, repeated_input, unknown_name

DELIMITER = ","
COLUMNS = ("input", "intent", "parentIntent", "entityName", "entityValue", "entityOrder")
_REQUIRED = ("input", "intent")
_OTHER_DELIMITERS = (";", "\t", "|")
_ADVICE = "Separate columns with commas, and put a text with a comma, a line break or quotes in quotes."


@dataclass(frozen=True)
class _Row:
    """One row: the line on which it begins, and its cells by column."""

    line: int
    cells: dict[str, str]

    def text(self, column: str) -> str:
        """The cell of that column without surrounding spaces. Empty if there is no such column."""
        return self.cells.get(column, "").strip()

    def finding(self, column: str, text: str) -> Finding:
        """A problem with a cell of the row."""
        return Finding(lambda: self.line, column, text)


def csv_findings(text: str, utterances: dict[str, str], *, is_dialog_gpt: bool) -> Iterator[Finding]:
    """All problems in the text of a file.

    Adds every utterance to `utterances`, with its place.
    """
    # strict: where Python is lenient, the platform may read something else. newline: line breaks in quotes stay.
    rows = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=DELIMITER)
    line = 1
    header: list[str] = []
    first: _Row | None = None
    try:
        for cells in rows:
            if cells and not header:
                header = cells
                is_usable = True
                for column, text_on_it in _header(header, is_dialog_gpt=is_dialog_gpt):
                    is_usable = False
                    yield _Row(line, {}).finding(column, text_on_it)
                if not is_usable:
                    return
            elif cells:
                row = _Row(line, dict(zip(header, cells, strict=False)))
                if problem := _shape_problem(cells, len(header)):
                    yield row.finding("row", problem)
                elif row.text("input") and (first is None or row.text("input") != first.text("input")):
                    first = row
                    yield from _first_row(row, utterances)
                else:
                    yield from _further_row(row, first)
            line = rows.line_num + 1
    except csv.Error as wrong:
        yield _Row(line, {}).finding("row", f"is not CSV ({wrong}). {_ADVICE}")
    if not header:
        yield _Row(1, {}).finding("row", f"is missing. The first row names the columns: {','.join(COLUMNS)}.")


def _header(header: list[str], *, is_dialog_gpt: bool) -> Iterator[tuple[str, str]]:
    """The problems of the first row, by column."""
    if len(header) == 1 and any(character in header[0] for character in _OTHER_DELIMITERS):
        yield "row", f"is one cell. {_ADVICE}"
        return
    # Sets, because the author of a pull request can write a million columns.
    unknown = set() if is_dialog_gpt else set(header).difference(COLUMNS)
    seen: set[str] = set()
    for number, name in enumerate(header, 1):
        if name in seen:
            yield f"column {number}", "appears more than once. Keep one of them."
        elif name in unknown:
            yield f"column {number}", unknown_name(name, COLUMNS, "name")
        seen.add(name)
    for name in _REQUIRED:
        # An unknown name is probably mistyped.
        if name not in header and not unknown:
            yield name, f"is missing. The first row names the columns: {','.join(COLUMNS)}."


def _shape_problem(cells: list[str], columns: int) -> str:
    """The problem with the number of a row's cells, or an empty text."""
    if not any(map(str.strip, cells)):
        return "is empty. Remove it."
    if len(cells) == columns:
        return ""
    return f"has {len(cells)} cell{'' if len(cells) == 1 else 's'}, but the first row has {columns}. {_ADVICE}"


def _first_row(row: _Row, utterances: dict[str, str]) -> Iterator[Finding]:
    """The row that begins a test case."""
    if problem := input_problem(row.cells["input"]):
        yield row.finding("input", problem)
    place = f"line {row.line}"
    if (first := utterances.setdefault(row.text("input"), place)) != place:
        yield row.finding("input", repeated_input(first))
    yield from _entity(row)


def _further_row(row: _Row, first: _Row | None) -> Iterator[Finding]:
    """A row with a further entity of the utterance above it."""
    if first is None:
        yield row.finding("input", "is empty. Only further entities of an utterance have no input.")
        return
    if not row.text("entityName") and not row.text("entityOrder"):
        if row.text("input"):
            yield row.finding("input", repeated_input(f"line {first.line}"))
        else:
            yield row.finding("entityName", "is empty. A row without an input names a further entity.")
    for column in ("intent", "parentIntent"):
        if row.text(column) not in ("", first.text(column)):
            text = f"differs from line {first.line}, but the utterance is the same. Join several intents with |."
            yield row.finding(column, text)
    yield from _entity(row)


def _entity(row: _Row) -> Iterator[Finding]:
    if row.text("entityValue") and not row.text("entityName"):
        yield row.finding("entityName", "is empty, but there is an entityValue. Name the entity.")
