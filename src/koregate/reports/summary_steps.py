"""A failed step in a job summary: what was expected and what came, then the conversation that led to it."""

from collections.abc import Iterator, Sequence

from koregate.judging.cases import Outcome, TestCase
from koregate.judging.difference import Difference, difference_of
from koregate.judging.excerpts import around
from koregate.judging.results import BlockingStep
from koregate.judging.transcript import CONVERSATION_STARTS, USER, is_start, turns
from koregate.reports.figures_text import step_noun
from koregate.reports.markdown import markdown
from koregate.reports.word_diff import ADDED, REMOVED, diff_words
from koregate.text import clipped, one_line, shorten
from koregate.verdicts import EXIT_INPUTS

_MAX_NAME = 100
_MAX_TURN = 600
_MAX_TEXT = 1500
_MAX_TURNS = 40
_MAX_CASES = 30
_MAX_OTHERS = 7
_MAX_FIELDS = 10


def block_of(
    blocking: BlockingStep, context: int, *, has_baseline: bool, opens_conversation: bool, folded: bool
) -> str:
    """A failed step as HTML without empty lines, so that nothing in it is parsed as Markdown.

    `context` is the number of steps of the conversation to show. `folded` closes the whole block.
    """
    step, cases = blocking.step, blocking.cases
    noun = step_noun(blocking.suite).capitalize()
    title = (
        f"{noun} {step.number}: {markdown(clipped(one_line(step.input), _MAX_NAME))}" if step else _run_title(blocking)
    )
    words = [*dict.fromkeys(case.kind for case in cases if case.kind not in ("run", "step"))]
    words += _tags(blocking, has_baseline=has_baseline)
    in_brackets = f" ({', '.join(words)})" if words else ""
    trend = f" · {step.trend}" if step and step.trend else ""
    body = (
        [*_compared(cases), *_conversation(blocking, context, is_open=opens_conversation)]
        if step
        else _run_lines(blocking)
    )
    start = "<details>" if folded else "<details open>"
    return "\n".join([start, f"<summary><b>{title}</b>{in_brackets}{trend}</summary>", *body, "</details>", ""])


def _run_title(blocking: BlockingStep) -> str:
    return "Inputs" if blocking.suite.exit_code == EXIT_INPUTS else "Test run"


def _run_lines(blocking: BlockingStep) -> Iterator[str]:
    """The test cases of the run itself, which belong to no step. Problems with the inputs have a line each."""
    if blocking.suite.exit_code == EXIT_INPUTS:
        for problem in blocking.suite.reasons[:_MAX_CASES]:
            yield f"<p>⚠️ {markdown(shorten(problem, _MAX_TEXT))}</p>"
        return
    for case in blocking.cases[:_MAX_CASES]:
        kind = "" if case.kind == "run" else f"{case.kind}: "
        yield f"<p>{_sign(case)} {kind}{markdown(shorten(case.message, _MAX_TEXT))}</p>"


def _sign(case: TestCase) -> str:
    return "❌" if case.outcome is Outcome.FAILED else "⚠️"


def _tags(blocking: BlockingStep, *, has_baseline: bool) -> Iterator[str]:
    """Words that distinguish failures."""
    cases = blocking.cases
    if blocking.step and blocking.step.number == blocking.suite.leading_failure:
        yield "first failure"
    if has_baseline and not blocking.is_known:
        yield "new"
    if all(case.known_since is not None for case in cases):
        oldest = min(case.known_since for case in cases if case.known_since is not None)
        yield f"known since {oldest:%Y-%m-%d}"
    if any(case.is_flaky for case in cases):
        yield "flaky"
    if all(case.is_consequence for case in cases):
        yield f"likely a consequence of step {cases[0].caused_by}"


def _compared(cases: Sequence[TestCase]) -> Iterator[str]:
    """Expected above actual for each test case of the step, or its message."""
    yield "<table>"
    for case in cases[:_MAX_CASES]:
        yield from _case_rows(case)
    if len(cases) > _MAX_CASES:
        yield f'<tr><td colspan="3">… {len(cases) - _MAX_CASES} more failed test cases</td></tr>'
    yield "</table>"


def _case_rows(case: TestCase) -> Iterator[str]:
    label = f"{_sign(case)}&nbsp;{markdown(case.label).replace(' ', '&nbsp;')}"
    if case.expected == case.actual and not case.alternatives:
        yield f'<tr><td>{label}</td><td colspan="2">{markdown(shorten(case.message, _MAX_TEXT))}</td></tr>'
        return
    expected, actual = _marked(difference_of(case))
    yield f'<tr><td rowspan="2">{label}</td><td>expected</td><td>{expected}</td></tr>'
    yield f"<tr><td>got</td><td>{actual}</td></tr>"


def _marked(told: Difference) -> tuple[str, str]:
    """Expected and actual. If they are similar, the words that differ are marked."""
    expected, actual = (
        shorten(around(text, told.place, _MAX_TEXT), _MAX_TEXT) for text in (told.expected, told.actual)
    )
    rest = "".join(f"<br>or: {markdown(shorten(other, _MAX_TEXT))}" for other in told.others[:_MAX_OTHERS])
    if told.others[_MAX_OTHERS:]:
        rest += f"<br>or one of {len(told.others) - _MAX_OTHERS} more texts"
    note = "".join(f"<br>{markdown(str(field))}" for field in told.fields[:_MAX_FIELDS])
    if told.only:
        note = f"<br><em>differs in {told.only} only</em>"
    if not told.is_alike:
        return f"{markdown(expected)}{rest}", f"{markdown(actual)}{note}"
    pieces = diff_words(expected, actual)
    left = "".join(_marked_piece(text, marked=kind == REMOVED) for kind, text in pieces if kind != ADDED)
    right = "".join(_marked_piece(text, marked=kind == ADDED) for kind, text in pieces if kind != REMOVED)
    return f"{left}{rest}", f"{right}{note}"


def _marked_piece(text: str, *, marked: bool) -> str:
    """A piece of a text. The mark begins at the word, not at the spaces before it, unless there are only spaces.

    Of the tags that GitHub keeps in a summary, `code` alone has a background, so that a comma or a space shows too.
    """
    if not marked:
        return markdown(text)
    word = text.lstrip(" \n") or text
    return f"{markdown(text[: len(text) - len(word)])}<code>{markdown(word)}</code>"


def _conversation(blocking: BlockingStep, context: int, *, is_open: bool) -> Iterator[str]:
    """The messages of the last steps, folded if need be. The messages of the failed step are marked."""
    last = blocking.step.number if blocking.step else 0
    shown = [*turns(blocking.suite.steps, last, context, stand_alone=blocking.suite.steps_stand_alone)]
    if not shown or blocking.suite.steps_stand_alone:
        return
    first = shown[0].step
    title = f"steps {first} to {last}" if first < last else f"step {last}"
    yield f"<details{' open' if is_open else ''}><summary>Conversation, {title}</summary>"
    yield "<table>"
    # The newest turns matter most, so the oldest are left out.
    if len(shown) > _MAX_TURNS:
        yield f'<tr><td colspan="3">… {len(shown) - _MAX_TURNS} messages before these</td></tr>'
    for turn in shown[-_MAX_TURNS:]:
        speaker = "👤&nbsp;user" if turn.speaker == USER else "🤖&nbsp;bot"
        words = f"<em>{CONVERSATION_STARTS}</em>" if is_start(turn) else markdown(shorten(turn.text, _MAX_TURN))
        sign = "❌&nbsp;" if turn.step == last else ""
        yield f"<tr><td>{sign}{turn.step}</td><td>{speaker}</td><td>{words}</td></tr>"
    yield "</table>"
    yield "</details>"
