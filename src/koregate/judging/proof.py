"""The parts of a proof that all kinds of test suites share. Each function yields one line per doubt."""

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from koregate.errors import UnreadableReply
from koregate.judging.cases import Outcome, TestCase
from koregate.judging.results import MAX_MESSAGE, SuiteResult
from koregate.kore_api.identity import quoted, shown_place
from koregate.kore_api.reply_parts import ReplyParts
from koregate.kore_api.signs import place_of
from koregate.kore_api.suspicions import sign_of_failure
from koregate.runs.record import RunRecord, StopReason
from koregate.text import one_line
from koregate.verdicts import EXIT_NO_VERDICT, Verdict

Status = TypeVar("Status")

NO_VERDICT = Verdict.ERROR, EXIT_NO_VERDICT


def run_case(outcome: Outcome, message: str, kind: str = "run") -> TestCase:
    """A test case for the run itself."""
    return TestCase(0, 0, kind, outcome, one_line(message, MAX_MESSAGE))


def plural(noun: str, count: float) -> str:
    """The noun in the singular or plural, by that number."""
    return noun if count == 1 else f"{noun}s"


def reply_to_judge(
    record: RunRecord, read: Callable[[bytes], Status], nothing: Status
) -> tuple[Status, StopReason | None]:
    """The status that `read` finds in the record's reply, or `nothing` with the reason why there is none to judge."""
    if record.reply is None:
        return nothing, record.stop or StopReason(*NO_VERDICT, "There is no reply to judge.")
    try:
        return read(record.reply), record.stop
    except UnreadableReply as problem:
        stop = StopReason(*NO_VERDICT, problem.reason, problem.advice)
    except ValueError:
        stop = StopReason(*NO_VERDICT, "The saved reply is not JSON.")
    return nothing, record.stop or stop


def stopped(described: SuiteResult, stop: StopReason, details: Sequence[str]) -> SuiteResult:
    """The result of a run without a reply to judge. `details` are the platform's own messages, if any."""
    outcome = Outcome.SKIPPED if stop.verdict is Verdict.SKIPPED else Outcome.ERROR
    room = MAX_MESSAGE - sum(len(line) + 1 for line in details)
    message = " ".join([one_line(stop.message, room), *details])
    return replace(
        described,
        verdict=stop.verdict,
        exit_code=stop.exit_code,
        doubts=(stop.message, *details),
        advice=(stop.advice,) if stop.advice else (),
        run_cases=(run_case(outcome, message),),
    )


def last_progress(stop: StopReason, percent: float | None, announced: int | None, noun: str) -> Iterator[str]:
    """How far a run came that timed out, as the platform reported it: `announced` steps, or what `noun` names.

    That is no count of judged steps, so the sentence says whose figure it is.
    """
    if stop.verdict is Verdict.TIMEOUT and percent is not None:
        of_steps = f" ({announced} {plural(noun, announced)} in all)" if announced else ""
        yield f"The platform last reported {percent:g}% progress{of_steps}."


def parts_of(reply: bytes | None) -> ReplyParts | None:
    """The complete JSON of a reply, or None if there is none or it is unreadable."""
    try:
        return ReplyParts(reply or b"")
    except ValueError:
        return None


def suspicion_doubts(
    parts: ReplyParts | None, redact: Callable[[str], str], failed_steps: Container[int] | None = None
) -> Iterator[str]:
    """Doubts that only the complete JSON shows, because the model of the reply leaves them out.

    `failed_steps` are the numbers of the steps that failed, or None if the run did not fail.
    """
    if parts is None:
        yield "The reply cannot be searched for repeated keys."
    elif parts.repeated_key is not None:
        yield f"An object of the reply has the key {quoted(parts.repeated_key, redact)} more than once."
    elif (path := sign_of_failure(parts.whole, failed_steps)) is not None:
        yield f"An undocumented part of the reply is marked as failed: {shown_place(place_of(path), redact)}."
