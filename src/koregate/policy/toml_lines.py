"""The line numbers of the entries and keys of a TOML file. tomllib does not keep them."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_KEY = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*[=.]""")
# Comments and strings, in the order in which TOML distinguishes them. A multi-line string may be unfinished.
_TOKEN = re.compile(r"""#[^\n]*|\"\"\"(?:\\.|[^\\])*?\"\"\"+|'''.*?'''+|"(?:\\.|[^"\\\n])*"|'[^'\n]*'""", re.DOTALL)


class EntryLines(NamedTuple):
    """The line of an entry's header and the lines of its keys, counted from 1."""

    line: int
    keys: Mapping[str, int]

    def of(self, key: str) -> int:
        """The line of a key, or of the entry if the key has no line of its own."""
        return self.keys.get(key, self.line)


def entry_lines(text: str, table: str, count: int) -> list[EntryLines]:
    """The lines of the entries of an array of tables. The text is valid TOML and has that many entries.

    If the entries are not written as `[[table]]`, all of them get the line where the array begins.
    """
    header = re.compile(rf"""\s*\[\[\s*["']?{re.escape(table)}["']?\s*\]\]""")
    entries: list[EntryLines] = []
    keys: dict[str, int] = {}
    first = 1
    for number, line in _lines_outside_of_texts(text):
        if header.match(line):
            keys = {}
            entries.append(EntryLines(number, keys))
        elif match := _KEY.match(line):
            key = next(filter(None, match.groups()), "")
            keys.setdefault(key, number)
            if key == table:
                first = number
    return entries if len(entries) == count else [EntryLines(first, {})] * count


def _lines_outside_of_texts(text: str) -> Iterator[tuple[int, str]]:
    """The lines with their numbers, without those that begin inside a multi-line string."""
    inside: set[int] = set()
    for token in _TOKEN.finditer(text):
        start = text.count("\n", 0, token.start()) + 1 if "\n" in token[0] else 0
        inside.update(range(start + 1, start + 1 + token[0].count("\n")))
    yield from ((number, line) for number, line in enumerate(text.split("\n"), 1) if number not in inside)
