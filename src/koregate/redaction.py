"""Secrets and personal data replaced in any text.

The expressions of a team are RE2's: it matches in time linear to the text, whatever the expression (google/re2,
"Syntax"). Python's own engine can take forever on a text that a bot, or its user, chose for it.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

MASK = "***"
OFF = "none"
_MAX_EXPRESSION = 500

# Bounded repeats and no two ways to match the same characters: linear time here too.
PRESETS: dict[str, str] = {
    "email": r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}",
    "card": r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])",
    # With its country's code, or with a leading 0 and a break after the area's.
    "phone": r"(?<![\w+.-])(?:\+|00)[1-9]\d{0,2}(?:[ ()./-]{0,2}\d){6,12}(?![\w-])"
    r"|(?<![\w.-])0\d{2,5}[ /-]\d(?:[ -]?\d){3,9}(?![\w-])",
}


# What a text must contain at least: faster to find than the whole expression.
_HINTS: dict[str, Callable[[str], object]] = {
    "email": lambda text: "@" in text,
    "card": re.compile(r"\d").search,
    "phone": re.compile(r"\d").search,
}


class _Pattern(Protocol):
    def sub(self, replacement: str, text: str) -> str: ...


def check_patterns(expressions: Sequence[str]) -> None:
    """Raise ValueError with the expression that cannot be used."""
    for expression in expressions:
        if expression not in PRESETS and expression != OFF:
            _compiled(expression)


def _compiled(expression: str) -> _Pattern:
    # Imported late, because most jobs use the presets alone and RE2 loads a large library.
    import re2

    if len(expression) > _MAX_EXPRESSION:
        raise ValueError(f"is longer than {_MAX_EXPRESSION} characters")
    options = re2.Options()
    options.log_errors = False
    try:
        pattern = re2.compile(expression, options)
    except re2.error as problem:
        reason = problem.args[0].decode(errors="replace") if isinstance(problem.args[0], bytes) else problem.args[0]
        raise ValueError(str(reason)) from problem
    if pattern.search("") is not None:
        raise ValueError("it matches the empty text")
    checked: _Pattern = pattern
    return checked


def personal_data_filter(expressions: Sequence[str]) -> Callable[[str], str]:
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


# Any JSON Web Token: two base64url parts that begin like a JSON object, and the rest.
_TOKEN = re.compile(r"eyJ[\w-]{5,}\.eyJ[\w-]{5,}(?:\.[\w-]*)?")
_SHORT_SECRET = 12


class SecretMask:
    """Replaces secrets in text: the given ones, in each form they take in JSON, and whatever looks like a token."""

    def __init__(self, secrets: Iterable[str]) -> None:
        patterns = sorted({form for secret in secrets if secret for form in _forms(secret)}, key=len, reverse=True)
        self._pattern = re.compile("|".join([*map(_whole, patterns), _TOKEN.pattern]))

    def text(self, text: str) -> str:
        """The text with every secret replaced."""
        return self._pattern.sub(MASK, text)

    def data(self, data: bytes) -> bytes:
        """The same for bytes as they came over the wire. Bytes without a secret come back unchanged."""
        # surrogateescape: bytes that are not UTF-8 survive the round trip unchanged.
        text = data.decode("utf-8", "surrogateescape")
        masked = self._pattern.sub(MASK, text)
        return data if masked == text else masked.encode("utf-8", "surrogateescape")


def _forms(secret: str) -> set[str]:
    plain, ascii_only = (json.dumps(secret, ensure_ascii=flag)[1:-1] for flag in (False, True))
    return {secret, plain, ascii_only, plain.replace("/", r"\/"), ascii_only.replace("/", r"\/")}


def _whole(secret: str) -> str:
    pattern = re.escape(secret)
    # A short secret ("test") is replaced only as a word of its own: inside "testRunId" it would break the answer. The
    # letters of a JSON escape before it are none of a word: "\\ntest" is a line feed and the word.
    before = r"(?:(?<![0-9A-Za-z])|(?<=\\[bfnrt])|(?<=\\u[0-9A-Fa-f]{4}))"
    return pattern if len(secret) >= _SHORT_SECRET else rf"{before}{pattern}(?![0-9A-Za-z])"
