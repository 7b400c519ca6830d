"""One line of the log, with the part that a CI system may color."""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from koregate.text import one_line


class Line(NamedTuple):
    """One line of the log. The part with koregate's own words for a verdict may be colored.

    `verdict` names the verdict if the words are not just its name.
    """

    before: str
    words: str
    after: str = ""
    verdict: str = ""

    def __str__(self) -> str:
        return f"{self.before}{self.words}{self.after}"


LogLine: TypeAlias = str | Line

_MAX_SUITE_NAME = 60


def short_name(suite: str) -> str:
    """The name of a suite on one line, cut if it is long."""
    return one_line(suite, _MAX_SUITE_NAME)


def of_suite(suite: str, text: str) -> str:
    """A line about one suite."""
    return f"[{short_name(suite)}] {text}"


def plural(count: int, noun: str) -> str:
    """The count with its noun: `1 step`, `2 steps`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def name_list(names: Sequence[str], most: int, last: str = ", ") -> str:
    """The names of suites on one line, with the number of those beyond the limit. A single one is named, too.

    `last` stands before the last name if all of them are shown.
    """
    most += len(names) == most + 1
    shown = [*map(short_name, names[:most])]
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most:,} more"
    return last.join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))
