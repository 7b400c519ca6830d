"""One failed test case told in full, for junit.xml and CTRF."""

from koregate.judging.cases import TestCase
from koregate.judging.results import StepResult, SuiteResult
from koregate.judging.transcript import USER, turns
from koregate.text import one_line, shorten_bytes, visible

# The text stays under 64 KiB, GitHub's limit for what an annotation shows: expected, actual and the turns.
_MAX_TEXT_BYTES = 20_000
_MAX_TURNS_BYTES = 20_000
_MAX_TURN_BYTES = 2_000
_MAX_STEPS = 10
_MAX_RUN_ID = 500


def failure_text(suite: SuiteResult, step: StepResult | None, case: TestCase) -> str:
    """What was expected, what came back, and the conversation up to that step. None stands for the whole run."""
    parts = [visible(case.message)]
    if case.expected or case.actual:
        parts.append(f"Expected:\n{_indented(case.expected)}")
        parts.append(f"Actual:\n{_indented(case.actual)}")
    if step is not None:
        parts.append(_conversation(suite, step.number))
    elif len(suite.reasons) > 1:
        parts.append(shorten_bytes("\n".join(suite.reasons), _MAX_TEXT_BYTES))
    if suite.run_id:
        parts.append(f"Test run: {one_line(suite.run_id, _MAX_RUN_ID)}")
    return "\n\n".join(filter(None, parts))


def _conversation(suite: SuiteResult, last: int) -> str:
    lines = [
        f"  {turn.step} user: {shorten_bytes(turn.text, _MAX_TURN_BYTES)}"
        if turn.speaker == USER
        else f"    bot: {shorten_bytes(turn.text, _MAX_TURN_BYTES)}"
        for turn in turns(suite.steps, last, _MAX_STEPS)
    ]
    if not lines:
        return ""
    # The newest turns matter most: the oldest go first.
    while len(lines) > 1 and sum(len(line.encode()) + 1 for line in lines) > _MAX_TURNS_BYTES:
        lines.pop(0)
    limit = f" (the last {_MAX_STEPS} steps)" if last > _MAX_STEPS else ""
    return f"Conversation up to step {last}{limit}:\n" + "\n".join(lines)


def _indented(text: str) -> str:
    return "  " + shorten_bytes(text, _MAX_TEXT_BYTES).replace("\n", "\n  ")
