"""What only the whole JSON of a reply shows, whatever the model makes of it."""

import json
from collections import Counter
from collections.abc import Container, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from koregate.kore_api.conversation import ASSERTION_KINDS
from koregate.kore_api.json_values import Json, repeated_key
from koregate.kore_api.status_reply import normalized_status


class Suspicions(NamedTuple):
    """What only the whole JSON of a reply shows, whatever the model makes of it.

    `repeated_key` is the first key that an object has more than once: which of the two values counts is undefined.
    `says_failed` tells whether some part says that it failed, in a place that no page documents.
    """

    repeated_key: str | None
    says_failed: bool


class _Part(NamedTuple):
    """What is left of an object once it was looked at. `has_word` tells whether a value of its own is a failed word."""

    says_failed: bool
    has_word: bool
    is_empty: bool


_key = lru_cache(maxsize=4096)(normalized_status)


def suspicions(body: bytes, failed_steps: Container[int] | None = None) -> Suspicions:
    """Look at every object of the JSON. Entries of `contains` are left out: the assertion decides, not its variants.

    In a run that failed, `failed_steps` are the numbers of its failed steps: the documented places in which the run and
    these steps say so are left out too.
    """
    if failed_steps is not None:
        return _suspicions_of_failed_run(body, failed_steps)
    repeated: list[str] = []

    def look(pairs: list[tuple[str, Json]]) -> _Part:
        # Of each object only its part is kept: a reply may be large.
        if len({key for key, _ in pairs}) < len(pairs) and not repeated:
            repeated.extend(key for key, number in Counter(key for key, _ in pairs).items() if number > 1)
        return _look_at(pairs)

    whole = json.loads(body.decode("utf-8-sig"), object_pairs_hook=look)
    return Suspicions(repeated[0] if repeated else None, any(part.says_failed for part in _parts(whole)))


def _suspicions_of_failed_run(body: bytes, failed_steps: Container[int]) -> Suspicions:
    key = repeated_key(body)
    whole = json.loads(body.decode("utf-8-sig"))
    result = whole.get("result") if isinstance(whole, dict) else None
    steps = result.get("executionResults") if isinstance(result, dict) else None
    for part in (whole, result):
        _forget_status(part)
    for number, step in enumerate(steps if isinstance(steps, list) else [], 1):
        if number in failed_steps and isinstance(step, dict):
            _forget_failures(step)
    return Suspicions(key, any(part.says_failed for part in _parts(_reduced(whole))))


def _forget_failures(step: dict[str, Any]) -> None:
    """Remove the status of a failed step, of its assertions, and of the responses whose assertions failed."""
    _forget_status(step)
    for name in ("outputs", "actualOutput"):
        responses = step.get(name)
        for response in responses if isinstance(responses, list) else []:
            assertions = response.get("assertions") if isinstance(response, dict) else None
            forgotten = [
                _forget_status(assertions.get(kind) if isinstance(assertions, dict) else None)
                for kind in ASSERTION_KINDS.values()
            ]
            if any(forgotten):
                _forget_status(response)


def _forget_status(part: Json) -> bool:
    """Remove the status of an object that says it failed. Returns whether it said so."""
    status = part.get("status") if isinstance(part, dict) else None
    if not isinstance(part, dict) or not isinstance(status, str) or normalized_status(status) != "failed":
        return False
    del part["status"]
    return True


def _reduced(value: Json) -> Json | _Part:
    """The value with a part in the place of each object."""
    if isinstance(value, dict):
        return _look_at([(key, _reduced(inner)) for key, inner in value.items()])
    return [_reduced(inner) for inner in value] if isinstance(value, list) else value


def _look_at(pairs: list[tuple[str, Json]]) -> _Part:
    says_failed = has_word = False
    for key, value in pairs:
        name = _key(key)
        if name == "enabled" and value is False:
            return _Part(says_failed=False, has_word=False, is_empty=False)
        if name == "contains":
            continue
        failed_word = isinstance(value, str) and _key(value) == "failed"
        has_word = has_word or failed_word
        parts = list(_parts(value))
        says_failed = (
            says_failed
            or (failed_word and name in {"status", "assertions"})
            or (name == "errordetails" and not _is_empty(value))
            or any(part.says_failed or (part.has_word and name == "assertions") for part in parts)
        )
    return _Part(says_failed, has_word, not pairs)


def _parts(value: Json) -> Iterator[_Part]:
    """The objects in a value, also those in lists of lists."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, _Part):
            yield item
        elif isinstance(item, list):
            waiting += item


def _is_empty(value: Json) -> bool:
    return value.is_empty if isinstance(value, _Part) else not value
