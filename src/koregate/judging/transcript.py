"""The conversation as turns, and rich messages as the user sees them."""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from koregate.judging.cases import NO_RESPONSE, EarlierRun
from koregate.judging.results import BlockingStep, StepResult
from koregate.redaction.readable_text import Reading, without_escapes, without_tags
from koregate.text import visible

USER, BOT = "user", "bot"
# What reports show instead of the event with which the platform opens a conversation.
CONVERSATION_STARTS = "(conversation starts)"
# Kore.ai, test suite execution: the on-connect step.
_ON_CONNECT = "Start_Flow"
_KINDS = frozenset({"type", "template_type"})
# What `visible` makes of a character that nobody sees.
_ESCAPE = re.compile(r"\\u[0-9a-f]{4}|\\x[0-9a-f]{2}")
# Fillers and the empty pattern of Braille: letters and signs by their category, but blank.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_MARKUP = re.compile(r"[<&\\%]")
# What these tags stand for is seen without any text in them, and the text in those is not.
_SHOWN_TAG = re.compile(
    r"<(?:img|picture|svg|video|audio|iframe|embed|object|canvas|input|button|select|textarea|hr)\b", re.IGNORECASE
)
_HIDDEN_TAG = re.compile(r"<(script|style)\b[^<>]*+>[^<]*+</\1\s*+>", re.IGNORECASE)
_MAX_DEPTH = 4
_MAX_CHOICES = 20
# Keys of the platform's message templates (Kore.ai SDK, "Message Templates"): texts, and choices.
_TEXT_KEYS = ("text", "heading", "title", "subtitle", "value")
_CHOICE_KEYS = ("quick_replies", "buttons", "elements", "radioOptions", "listItems", "items")


class TurnsToFailure(NamedTuple):
    """The turns that lead to a failure. `failed` is the number of the failed step, in the run that `run` names.

    `run` is empty for the last run. Otherwise it is like "in the run that failed (run 1 of 2)".
    """

    run: str
    failed: int
    turns: tuple["Turn", ...]


class Turn(NamedTuple):
    """One message in an execution step (counted from 1), by the user or the bot."""

    step: int
    speaker: str
    text: str


def turns(steps: Sequence[StepResult], last: int, most: int, *, stand_alone: bool = False) -> Iterator[Turn]:
    """The turns up to and including step `last`, of at most `most` steps. If steps stand alone, of that step only."""
    most = min(most, 1) if stand_alone else most
    for step in steps[max(last - most, 0) : last]:
        if step.status is None and not step.pairs and not step.input:
            continue
        yield Turn(step.number, USER, step.input)
        for pair in step.pairs:
            if pair.actual is not None:
                yield Turn(step.number, BOT, displayed_text(pair.actual))


def turns_to_failure(blocking: BlockingStep, most: int) -> TurnsToFailure:
    """The turns of at most `most` steps up to a failure, in the run in which it failed: never those of a pass.

    There are none for a failure of the run itself in the last run, and if those of an earlier run were not kept. If the
    bot said nothing where it should have, the last turn says so.
    """
    suite, step, failure = blocking.suite, blocking.step, blocking.earlier_failure
    if failure is None or suite.steps_stand_alone:
        last = step.number if step else 0
        told = [*turns(suite.steps, last, most, stand_alone=suite.steps_stand_alone)]
        return TurnsToFailure("", last, _with_silence(told, last, [case.actual for case in blocking.cases]))
    found = suite.numbered_run(failure.run_id)
    if found is None:
        return TurnsToFailure("in the run that failed", failure.step, ())
    number, run = found
    words = f"in the run that failed (run {number} of {len(suite.earlier_runs) + 1})"
    told = [*earlier_turns(run, failure.step, most)]
    return TurnsToFailure(words, failure.step, _with_silence(told, failure.step, [failure.actual]))


def _with_silence(told: list[Turn], last: int, actual: Sequence[str]) -> tuple[Turn, ...]:
    """The turns, and at their end that the bot said nothing, if that is what failed. Otherwise they would just stop."""
    is_silent = bool(told) and told[-1].speaker == USER and NO_RESPONSE in actual
    return (*told, *[Turn(last, BOT, NO_RESPONSE)] * is_silent)


def earlier_turns(run: EarlierRun, last: int, most: int) -> Iterator[Turn]:
    """The turns of an earlier run up to and including its step `last`, of at most `most` steps, as far as kept."""
    for step in run.steps:
        if last - most < step.number <= last:
            yield Turn(step.number, USER, step.input)
            yield from (Turn(step.number, BOT, text) for text in step.responses)


def is_start(turn: Turn) -> bool:
    """Whether the turn is the platform's own and not a user's: the event that opens the conversation."""
    return turn.speaker == USER and turn.step == 1 and turn.text == _ON_CONNECT


def template(text: str) -> dict[str, Any] | None:
    """The rich message that a bot's text holds as JSON, or None if it is plain text."""
    if not text.startswith("{") or not text.endswith("}"):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and ("payload" in value or "type" in value) else None


def displayed_text(text: str) -> str:
    """The bot's text as a user sees it: the words and choices of a rich message, or the plain text itself."""
    return _displayed_template(text) if text.startswith("{") else text


# Cached, because a message is part of the conversation of ten steps in several reports.
@lru_cache(maxsize=256)
def _displayed_template(text: str) -> str:
    value = template(text)
    if value is None:
        return text
    texts, choices = message_parts(value)
    lines = [*texts, *(f"[{choice}]" for choice in choices)]
    return "\n".join(lines) if lines else text


def says_nothing(text: str) -> bool:
    """Whether a user would see nothing of a bot's text: no visible character, or JSON without a text or number.

    The words that name a kind of message are no text, and neither is markup that shows nothing itself.
    """
    if not text.lstrip().startswith(("{", "[", '"')):
        return not _is_seen(text)
    try:
        waiting = [json.loads(text)]
    except (ValueError, RecursionError):
        return not _is_seen(text)
    for value in waiting:
        if isinstance(value, dict):
            waiting += [inner for key, inner in value.items() if key not in _KINDS]
        elif isinstance(value, list):
            waiting += value
        elif not isinstance(value, bool | None) and _is_seen(str(value)):
            return False
    return True


def _is_seen(text: str) -> bool:
    """Whether the text shows a letter, digit, mark of punctuation or sign. Saved reports escape what nobody sees."""
    if _MARKUP.search(text):
        if _SHOWN_TAG.search(text):
            return True
        text = without_tags(without_escapes(Reading(_HIDDEN_TAG.sub("", text)))).text
    shown = _ESCAPE.sub("", visible(text))
    return any(unicodedata.category(character)[0] in "LNPS" and character not in _BLANK for character in shown)


def message_parts(value: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The texts of a rich message, and the choices that it offers."""
    texts: list[str] = []
    choices: list[str] = []
    _collect(value, texts, choices, _MAX_DEPTH)
    return texts, choices[:_MAX_CHOICES]


def _collect(value: dict[str, Any], texts: list[str], choices: list[str], depth: int) -> None:
    texts += [text for key in _TEXT_KEYS if isinstance(text := value.get(key), str) and text.strip()]
    for key in _CHOICE_KEYS:
        items = value.get(key)
        for item in items if isinstance(items, list) else []:
            if len(choices) >= _MAX_CHOICES:
                break
            if isinstance(item, dict) and depth:
                inner: list[str] = []
                below: list[str] = []
                _collect(item, inner, below, depth - 1)
                choices += [" - ".join(inner), *below] if inner else below
    payload = value.get("payload")
    if isinstance(payload, dict) and depth:
        _collect(payload, texts, choices, depth - 1)
    elif isinstance(payload, str) and value.get("type") == "text" and payload.strip():
        texts.append(payload)
