"""What a reply is for: a test run, suite, app, version and language, compared with the requested ones."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from koregate.kore_api.status_reply import normalized_status
from koregate.text import json_as_text, one_line

_MAX_QUOTED = 60
_MAX_PLACE = 120
# The platform's names for a version: its reply calls inDevelopment "configured".
_VERSIONS = {"configured": "indevelopment"}

# What is compared (test run, stream, version or language), its value in the reply, and the requested value.
Identity: TypeAlias = tuple[str, object, str | None]


def quoted(value: object, redact: Callable[[str], str]) -> str:
    """A value of the reply as part of a sentence."""
    return f'"{one_line(redact(json_as_text(value)), _MAX_QUOTED)}"'


def shown_place(place: str, redact: Callable[[str], str]) -> str:
    """A place in the reply as part of a sentence. Its undocumented keys may be personal data, or very long."""
    return one_line(redact(place), _MAX_PLACE)


def identity_doubts(
    identities: Iterable[Identity], redact: Callable[[str], str], reply: str = "reply"
) -> Iterator[str]:
    """Differences between the requested test run, app, version or language and those in the reply. One line each."""
    for name, given, requested in identities:
        if given is None or requested is None:
            continue
        same = {"version": _same_version, "language": _same_word}.get(name)
        if given != requested and not (same and same(given, requested)):
            wanted = quoted(requested, redact)
            yield f"The {reply} is for {name} {quoted(given, redact)}, but {wanted} was requested."


def suite_doubts(
    ids: Sequence[tuple[str, object]], requested: str | None, redact: Callable[[str], str]
) -> Iterator[str]:
    """Differences between the ids that a reply gives its suite, by their places, and from the requested one, if known.

    The suite is requested by its name, and only the list of batch suites has its id.
    """
    given = [(place, value) for place, value in ids if value is not None]
    yield from identity_doubts((("test suite", value, requested) for _, value in given), redact)
    for place, value in given[1:]:
        if value != given[0][1]:
            first = f"{shown_place(given[0][0], redact)} in the reply is {quoted(given[0][1], redact)}"
            yield f"{first}, but {shown_place(place, redact)} is {quoted(value, redact)}."


def _same_version(given: object, requested: str) -> bool:
    if not isinstance(given, str):
        return False
    words = normalized_status(given), normalized_status(requested)
    return _VERSIONS.get(words[0], words[0]) == _VERSIONS.get(words[1], words[1])


def _same_word(given: object, requested: str) -> bool:
    return isinstance(given, str) and normalized_status(given) == normalized_status(requested)
