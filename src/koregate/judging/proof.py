"""What the proofs of all kinds of test suites have in common. Each function yields one line per doubt."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias, TypeVar

from koregate.errors import UnreadableReply
from koregate.judging.cases import Outcome, TestCase
from koregate.judging.results import MAX_MESSAGE, SuiteResult
from koregate.kore_api.reply_parts import ReplyParts
from koregate.kore_api.status_reply import normalized_status
from koregate.kore_api.suspicions import says_failed
from koregate.runs.record import RunRecord, StopReason
from koregate.text import json_as_text, one_line
from koregate.verdicts import EXIT_NO_VERDICT, Verdict

Status = TypeVar("Status")

NO_VERDICT = Verdict.ERROR, EXIT_NO_VERDICT
_MAX_QUOTED = 60
# The platform's words for a version: a request for inDevelopment comes back as configured.
_VERSIONS = {"configured": "indevelopment"}

# What the reply tells the identity of (test run, stream, version or language), its value there, and the one asked for.
Identity: TypeAlias = tuple[str, object, str | None]


def run_case(outcome: Outcome, message: str, kind: str = "run") -> TestCase:
    """A test case that is about the whole run."""
    return TestCase(0, 0, kind, outcome, one_line(message, MAX_MESSAGE))


def quoted(value: object, redact: Callable[[str], str]) -> str:
    """A value of the reply as part of a sentence."""
    return f'"{one_line(redact(json_as_text(value)), _MAX_QUOTED)}"'


def plural(noun: str, count: float) -> str:
    """The noun in the form for that number."""
    return noun if count == 1 else f"{noun}s"


def reply_to_judge(
    record: RunRecord, read: Callable[[bytes], Status], nothing: Status
) -> tuple[Status, StopReason | None]:
    """The status in the record's reply as `read` reads it, or `nothing`, and the reason if there is none to judge."""
    if record.reply is None:
        return nothing, record.stop or StopReason(*NO_VERDICT, "There is no reply to judge.")
    try:
        return read(record.reply), record.stop
    except UnreadableReply as problem:
        message = str(problem)
    except ValueError:
        message = "The saved reply is not JSON."
    return nothing, record.stop or StopReason(*NO_VERDICT, message)


def stopped(described: SuiteResult, stop: StopReason, details: Sequence[str]) -> SuiteResult:
    """The result of a run without a reply to judge. `details` are the platform's own words, if any."""
    outcome = Outcome.SKIPPED if stop.verdict is Verdict.SKIPPED else Outcome.ERROR
    room = MAX_MESSAGE - sum(len(line) + 1 for line in details)
    message = " ".join([one_line(stop.message, room), *details])
    return replace(
        described,
        verdict=stop.verdict,
        exit_code=stop.exit_code,
        doubts=(stop.message, *details),
        run_cases=(run_case(outcome, message),),
    )


def identity_doubts(identities: Iterable[Identity], redact: Callable[[str], str]) -> Iterator[str]:
    """Where the reply is of another test run, app, version or language than the one asked for."""
    for name, given, wanted in identities:
        if given is None or wanted is None:
            continue
        if (name == "version" and _same_version(given, wanted)) or (name == "language" and _same_word(given, wanted)):
            continue
        if given != wanted:
            yield (
                f"The reply is of {name} {quoted(given, redact)}, which is not the one asked for "
                f"({quoted(wanted, redact)})."
            )


def _same_version(given: object, wanted: str) -> bool:
    if not isinstance(given, str):
        return False
    words = normalized_status(given), normalized_status(wanted)
    return _VERSIONS.get(words[0], words[0]) == _VERSIONS.get(words[1], words[1])


def _same_word(given: object, wanted: str) -> bool:
    return isinstance(given, str) and normalized_status(given) == normalized_status(wanted)


def parts_of(reply: bytes | None) -> ReplyParts | None:
    """The whole JSON of a reply, None if there is none or it cannot be read."""
    try:
        return ReplyParts(reply or b"")
    except ValueError:
        return None


def suspicion_doubts(
    parts: ReplyParts | None, redact: Callable[[str], str], failed_steps: Container[int] | None = None
) -> Iterator[str]:
    """What only the whole JSON shows, whatever the model makes of it.

    `failed_steps` are the numbers of the steps that failed, None if the run did not fail.
    """
    if parts is None:
        yield "The reply cannot be searched for keys that are there more than once."
    elif parts.repeated_key is not None:
        yield f"An object of the reply has the key {quoted(parts.repeated_key, redact)} more than once."
    elif says_failed(parts.whole, failed_steps):
        yield "A part of the reply says that it failed, in a place that the platform does not document."
