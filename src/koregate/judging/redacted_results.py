"""A result that was read from a file, without the personal data that a job would have taken out of its replies."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar, cast

from koregate.judging.results import StepResult, SuiteResult
from koregate.kore_api.status_reply import IN_PROGRESS, UNSUCCESSFUL, normalized_status
from koregate.runs.record import Target
from koregate.text import visible

T = TypeVar("T")

# Ids, hashes and words of koregate's own.
_KEPT = frozenset({"kind", "run_id", "sha256", "texts_sha256", "suite_id"})
# The form of these, and of a host, in what koregate wrote. Anything else in their place is a text like any other.
_ID = re.compile(r"(?=[^A-Za-z]*[A-Za-z])[\w.:~-]{1,200}|https?://[\w.:\[\]-]{1,300}", re.ASCII)
_STATUS_WORDS = IN_PROGRESS | UNSUCCESSFUL | {"passed", "completed"}
_INPUT, _OCCURRENCE = "input", "occurrence"

# An input as reports show it, and which one of its kind it is in the suite.
_Occurrence = tuple[str, int]


def redacted_suite(suite: SuiteResult, name: str, redact: Callable[[str], str]) -> SuiteResult:
    """The suite under this name, with `redact` applied to every text. Ids and the platform's status words stay.

    Inputs that redaction makes alike are told apart by their occurrence, as in a job that redacts its replies.
    """
    redact = lru_cache(maxsize=4096)(redact)
    walk = _Walk(redact, {})
    redacted_steps = walk.of(suite.steps)
    steps = tuple(_recounted(suite.steps, redacted_steps))
    numbered = zip(suite.steps, steps, strict=True)
    walk = _Walk(redact, {_shown(old): _shown(new) for old, new in numbered})
    return replace(
        suite,
        name=name,
        suite=redact(suite.suite),
        run_id=suite.run_id and _redacted_id(suite.run_id, redact),
        failures=walk.of(suite.failures),
        doubts=walk.of(suite.doubts),
        advice=walk.of(suite.advice),
        remarks=walk.of(suite.remarks),
        platform_status=walk.of_status(suite.platform_status),
        nlp_versions=walk.of(suite.nlp_versions),
        steps=steps,
        run_cases=walk.of(suite.run_cases),
        earlier_runs=walk.of(suite.earlier_runs),
        source=walk.of(suite.source),
        report=walk.of(suite.report),
    )


def redacted_target(target: Target, redact: Callable[[str], str]) -> Target:
    """What was tested, likewise."""
    host, stream_id, bot_version, bot_language = (value and _redacted_id(value, redact) for value in target[:-1])
    return Target(host, stream_id, bot_version, bot_language, target.training and redact(target.training))


def _redacted_id(text: str, redact: Callable[[str], str]) -> str:
    return text if _ID.fullmatch(text) else redact(text)


def _shown(step: StepResult) -> _Occurrence:
    return visible(step.input), step.occurrence


def _recounted(old: Iterable[StepResult], new: Iterable[StepResult]) -> Iterator[StepResult]:
    """The redacted steps, with occurrences counted again if redaction changed any input."""
    pairs = list(zip(old, new, strict=True))
    if all(before.input == after.input for before, after in pairs):
        yield from (after for _, after in pairs)
        return
    occurrences: Counter[str] = Counter()
    for _, step in pairs:
        if step.returned:
            occurrences[visible(step.input)] += 1
            yield step._replace(occurrence=occurrences[visible(step.input)])
        else:
            yield step


class _Walk:
    """Applies a filter to every text in tuples. `renamed` are inputs with their occurrences, before and after it."""

    def __init__(self, redact: Callable[[str], str], renamed: dict[_Occurrence, _Occurrence]) -> None:
        self._redact = redact
        self._renamed = renamed

    def of(self, value: T) -> T:
        """The value with the same type. Enums are no texts here."""
        return cast("T", self._of(value))

    def of_status(self, word: str | None) -> str | None:
        """A status word of the platform: it stays if it is a known one, since others depend on it."""
        return word if word is None or normalized_status(word) in _STATUS_WORDS else self._redact(word)

    def _of(self, value: object) -> object:
        if type(value) is str:
            return self._redact(value)
        if isinstance(value, frozenset):
            return frozenset(map(self._of, value))
        if not isinstance(value, tuple):
            return value
        fields = getattr(value, "_fields", None)
        if fields is None:
            return tuple(map(self._of, value))
        parts = {name: self._field(name, part) for name, part in zip(fields, value, strict=True)}
        if _INPUT in parts and _OCCURRENCE in parts and not isinstance(value, StepResult):
            parts[_INPUT], parts[_OCCURRENCE] = self._occurrence(getattr(value, _INPUT), getattr(value, _OCCURRENCE))
        return type(value)(**parts)

    def _occurrence(self, said: str, number: int) -> _Occurrence:
        """The same step after redaction. One that the suite does not have must not become one that it has."""
        redacted = self._redact(said)
        taken = 0 if redacted == said else sum(shown == redacted for shown, _ in self._renamed.values())
        return self._renamed.get((said, number), (redacted, taken + number))

    def _field(self, name: str, part: object) -> object:
        if name in _KEPT:
            return _redacted_id(part, self._redact) if type(part) is str else part
        return self.of_status(cast("str | None", part)) if name == "status" else self._of(part)
