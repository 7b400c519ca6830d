"""Personal data out of reports and logs: the presets, and a team's own expressions.

Expressions are RE2's: it matches in time linear to the text, whatever the expression (google/re2, "Syntax"). Python's
own engine can take forever on a text that a bot, or its user, chose for it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from koregate.kore_api.conversation import Response, TestRunStatus
    from koregate.kore_api.json_values import Json

OFF = "none"
_LONGEST = 500

# Bounded repeats and no two ways to match the same characters: linear time here too.
PRESETS: dict[str, str] = {
    "email": r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}",
    "card": r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])",
    # With its country's code, or with a leading 0 and a break after the area's.
    "phone": r"(?<![\w+.-])(?:\+|00)[1-9]\d{0,2}(?:[ ()./-]{0,2}\d){6,12}(?![\w-])"
    r"|(?<![\w.-])0\d{2,5}[ /-]\d(?:[ -]?\d){3,9}(?![\w-])",
}


# What a text must hold at least, told faster than by the whole expression.
_HINTS: dict[str, Callable[[str], object]] = {
    "email": lambda text: "@" in text,
    "card": re.compile(r"\d").search,
    "phone": re.compile(r"\d").search,
}


class _Pattern(Protocol):
    def sub(self, replacement: str, text: str) -> str: ...


def check(expressions: Sequence[str]) -> None:
    """Raise ValueError with the expression that cannot be used."""
    for expression in expressions:
        if expression not in PRESETS and expression != OFF:
            _compiled(expression)


def _compiled(expression: str) -> _Pattern:
    # Late: most jobs use the presets alone.
    import re2

    if len(expression) > _LONGEST:
        message = f"is longer than {_LONGEST} characters"
        raise ValueError(message)
    options = re2.Options()
    options.log_errors = False
    try:
        pattern = re2.compile(expression, options)
    except re2.error as problem:
        reason = problem.args[0].decode(errors="replace") if isinstance(problem.args[0], bytes) else problem.args[0]
        raise ValueError(str(reason)) from problem
    if pattern.search("") is not None:
        message = "it matches the empty text"
        raise ValueError(message)
    made: _Pattern = pattern
    return made


def redactor(expressions: Sequence[str]) -> Callable[[str], str]:
    """A function that replaces what the presets and expressions match: `[email]`, `[card]`, `[phone]`, `[redacted]`."""
    wanted = [name for name in expressions if name != OFF]
    presets = [(re.compile(PRESETS[name]), _HINTS[name], name) for name in wanted if name in PRESETS]
    own = [_compiled(expression) for expression in wanted if expression not in PRESETS]

    def redact(text: str) -> str:
        for pattern, hint, name in presets:
            if hint(text):
                text = pattern.sub(_card if name == "card" else f"[{name}]", text)
        if own:
            # RE2 reads UTF-8, which has no lone surrogates.
            text = text.encode("utf-8", "replace").decode()
            for expression in own:
                text = expression.sub("[redacted]", text)
        return text

    return redact


def _card(match: re.Match[str]) -> str:
    """A card number by its check digit (ISO/IEC 7812-1, Luhn); any other number stays."""
    digits = [int(character) for character in match[0] if character.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return match[0] if (sum(digits[-1::-2]) + sum(doubled)) % 10 else "[card]"


def redact_status(status: TestRunStatus, redact: Callable[[str], str]) -> TestRunStatus:
    """The same answer with every free text in it redacted. Status words, ids and counts stay."""
    result = status.result
    result.error_details = _anywhere(result.error_details, redact)
    for step in status.steps:
        if step is not None:
            step.input = _anywhere(step.input, redact)
            for response in [*(step.expected or []), *(step.actual or [])]:
                if response is not None:
                    _redact_response(response, redact)
    return status


def _redact_response(response: Response, redact: Callable[[str], str]) -> None:
    if response.text:
        response.text = _anywhere(response.text, redact)
    if response.assertions is None:
        return
    for assertion in (response.assertions.flow, response.assertions.text, response.assertions.context):
        if assertion is not None and assertion.contains:
            for entry in filter(None, assertion.contains):
                _redact_entry(entry, redact)


def _redact_entry(entry: dict[str, Json], redact: Callable[[str], str]) -> None:
    entry.update({key: _anywhere(value, redact) for key, value in entry.items() if key != "status"})


def _anywhere(value: Json, redact: Callable[[str], str]) -> Json:
    """The JSON value with each text in it redacted, the keys of objects left alone."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, list):
        return [_anywhere(item, redact) for item in value]
    if isinstance(value, dict):
        return {key: _anywhere(item, redact) for key, item in value.items()}
    return value
