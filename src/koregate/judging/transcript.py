"""The conversation of a test run as turns, and rich messages as what a user sees of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from koregate.text import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from koregate.kore_api.conversation import Step

USER, BOT = "user", "bot"
_DEEPEST = 4
_MOST_CHOICES = 20
# Keys of the platform's message templates (Kore.ai SDK, "Message Templates"): what is said, and what can be chosen.
_SAID = ("text", "heading", "title", "subtitle", "value")
_CHOICES = ("quick_replies", "buttons", "elements", "radioOptions", "listItems", "items")


class Turn(NamedTuple):
    """One thing said in an execution step (counted from 1) by the user or the bot."""

    step: int
    who: str
    text: str


def turns(steps: Sequence[Step | None], last: int, most: int) -> Iterator[Turn]:
    """The turns up to and with step `last`, of at most `most` steps."""
    for number in range(max(last - most, 0) + 1, min(last, len(steps)) + 1):
        step = steps[number - 1]
        if step is None:
            continue
        yield Turn(number, USER, step.user_input)
        for response in step.actual or []:
            if response is not None:
                yield Turn(number, BOT, spoken(as_text(response.text)))


def template(text: str) -> dict[str, Any] | None:
    """The rich message that a bot's text carries as JSON, or None where it is plain text."""
    if not text.startswith("{") or not text.endswith("}"):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and ("payload" in value or "type" in value) else None


def spoken(text: str) -> str:
    """What a user sees of a bot's text: the words of a rich message and its choices, plain text as it is."""
    value = template(text)
    if value is None:
        return text
    said, choices = words(value)
    shown = [*said, *(f"[{choice}]" for choice in choices)]
    return "\n".join(shown) if shown else text


def words(value: dict[str, Any]) -> tuple[list[str], list[str]]:
    """What a rich message says, and the choices it offers."""
    said: list[str] = []
    choices: list[str] = []
    _collect(value, said, choices, _DEEPEST)
    return said, choices[:_MOST_CHOICES]


def _collect(value: dict[str, Any], said: list[str], choices: list[str], depth: int) -> None:
    said += [text for key in _SAID if isinstance(text := value.get(key), str) and text.strip()]
    for key in _CHOICES:
        found = value.get(key)
        for item in found if isinstance(found, list) else []:
            if isinstance(item, dict) and depth:
                inner: list[str] = []
                below: list[str] = []
                _collect(item, inner, below, depth - 1)
                choices += [" - ".join(inner), *below] if inner else below
    payload = value.get("payload")
    if isinstance(payload, dict) and depth:
        _collect(payload, said, choices, depth - 1)
    elif isinstance(payload, str) and value.get("type") == "text" and payload.strip():
        said.append(payload)
