"""What is wrong with a suite file: a line, a field, and what to do. No utterance and no value is quoted."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import NamedTuple

from koregate.text import labeled, one_line

_MAX_KEY = 40
# User guide, "Batch Testing": "Max 3000 characters".
MAX_INPUT = 3000


class NotThatForm(ValueError):
    """The file is not JSON at all. The message is a sentence with the line."""


class Finding(NamedTuple):
    """One problem. `find_line` counts from 1; it may take another look at the file."""

    find_line: Callable[[], int]
    field: str
    text: str

    def __str__(self) -> str:
        return labeled(f"line {self.find_line()}, {self.field}", self.text)


def unknown_name(name: str, known: Iterable[str], noun: str) -> str:
    """The problem with a key or column that the format does not have."""
    nearest = get_close_matches(name, list(known), 1)
    meant = f" Did you mean {nearest[0]}?" if nearest else f" Use {', '.join(known)}."
    return f'has the unknown {noun} "{one_line(name, _MAX_KEY)}".{meant}'


def input_problem(text: str) -> str:
    """What is wrong with an utterance, or an empty text."""
    if not text.strip():
        return "is empty. Write what the user says."
    if len(text) > MAX_INPUT:
        return f"has {len(text)} characters, and the platform accepts at most {MAX_INPUT}. Shorten it."
    return ""


def repeated_input(place: str) -> str:
    """The problem with a repeated utterance. No page says how often the platform counts it."""
    return f"the utterance is already in {place}. Keep it once, with all its intents and entities."
