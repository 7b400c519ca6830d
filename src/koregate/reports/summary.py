"""The Markdown of a job summary: the verdict, the suites, and each failed step as a short chat."""

from collections.abc import Iterator

from koregate.judging.cases import Outcome, TestCase
from koregate.judging.difference import Difference, difference_of
from koregate.judging.excerpts import around
from koregate.judging.results import BlockingStep, JobResult
from koregate.judging.transcript import CONVERSATION_STARTS, USER, is_start, turns
from koregate.reports import summary_parts
from koregate.reports.figures_text import step_noun
from koregate.reports.headline import new_first, ran_nothing
from koregate.reports.markdown import markdown
from koregate.reports.word_diff import ADDED, REMOVED, diff_words
from koregate.text import clipped, one_line, shorten
from koregate.verdicts import EXIT_INPUTS, Verdict

# GitHub does not show a summary over 1 MiB. Other steps of the job have their own summaries.
MAX_BYTES = 900 * 1024
_CONTEXT_STEPS = (3, 1)
_MAX_OPEN = 10
_MAX_NAME = 100
_MAX_TURN = 600
_MAX_TEXT = 1500
_MAX_TURNS = 40
_MAX_CASES = 30
_MAX_OTHERS = 7
_MAX_FIELDS = 10


def render(job: JobResult, largest: int = MAX_BYTES) -> str:
    """The summary in at most `largest` bytes. Passed suites are cut first, then old turns, then the last steps."""
    head, end = summary_parts.head(job), summary_parts.end(job)
    largest -= _size(end)
    tables = [summary_parts.table(job.suites), summary_parts.table(job.suites, without_passed=True)]
    if ran_nothing(job):
        tables = [""]
    for table in tables:
        for context in _CONTEXT_STEPS:
            blocks, complete = _blocks(job, context, largest - _size(head) - _size(table) - 500)
            if complete:
                return "\n".join([head, table, *blocks, end])
    left = len(job.blocking_steps) - len(blocks)
    note = f"_{left} more failed steps did not fit. See report.html or junit.xml._\n"
    if _size(head) + _size(table) > largest:
        failed = sum(suite.verdict is not Verdict.PASSED for suite in job.suites)
        table = f"_{failed} of {len(job.suites)} suites did not pass; their table is too long for a summary._\n"
    return "\n".join([head, table, *blocks, note, end])


def _size(text: str) -> int:
    return len(text.encode()) + 1


def _blocks(job: JobResult, context: int, room: int) -> tuple[list[str], bool]:
    """A block for each failed step as long as there is room, and whether all of them fit."""
    blocks: list[str] = []
    shown: tuple[str, bool] | None = None
    last = 0
    steps_in_order = new_first(job.blocking_steps)
    has_new = any(not blocking.is_known for blocking in steps_in_order)
    for blocking in steps_in_order:
        name, step = blocking.suite.name, blocking.step
        part = name, has_new and blocking.is_known
        if part != shown:
            known = ", known failures" if part[1] else ""
            heading, last = f"### {markdown(clipped(name, _MAX_NAME))}{known}\n\n", 0
        else:
            heading = ""
        # Steps that an earlier block shows are not shown again.
        steps = min(context, step.number - last) if step else 0
        folded = len(blocks) >= _MAX_OPEN or blocking.is_consequence or part[1]
        tags = list(_tags(blocking, has_baseline=job.policy.comparison is not None))
        block = heading + _block(blocking, steps, tags, folded=folded)
        room -= _size(block)
        if room < 0:
            return blocks, False
        blocks.append(block)
        shown, last = part, step.number if step else last
    return blocks, True


def _block(blocking: BlockingStep, context: int, tags: list[str], *, folded: bool) -> str:
    """One failed step as HTML without empty lines, so that nothing in it is parsed as Markdown."""
    step, cases = blocking.step, blocking.cases
    noun = step_noun(blocking.suite).capitalize()
    title = (
        f"{noun} {step.number}: {markdown(clipped(one_line(step.input), _MAX_NAME))}" if step else _run_title(blocking)
    )
    kinds = [*dict.fromkeys(case.kind for case in cases if case.kind not in ("run", "step")), *tags]
    trend = f" · {step.trend}" if step and step.trend else ""
    if step:
        rows = [*_chat(blocking, context), *(row for case in cases[:_MAX_CASES] for row in _case_rows(case))]
        if len(cases) > _MAX_CASES:
            rows.append(f"<tr><td></td><td></td><td>… {len(cases) - _MAX_CASES} more failed test cases</td></tr>")
        body = ["<table>", *rows, "</table>"]
    else:
        body = list(_run_lines(blocking))
    start = "<details>" if folded else "<details open>"
    summary = f"<summary><b>{title}</b>{_in_brackets(kinds)}{trend}</summary>"
    return "\n".join([start, summary, *body, "</details>", ""])


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


def _in_brackets(words: list[str]) -> str:
    return f" ({', '.join(words)})" if words else ""


def _tags(blocking: BlockingStep, *, has_baseline: bool) -> Iterator[str]:
    """Words that distinguish failures."""
    cases = blocking.cases
    if has_baseline and not blocking.is_known:
        yield "new"
    if all(case.known_since is not None for case in cases):
        oldest = min(case.known_since for case in cases if case.known_since is not None)
        yield f"known since {oldest:%Y-%m-%d}"
    if any(case.is_flaky for case in cases):
        yield "flaky"
    if all(case.is_consequence for case in cases):
        yield f"likely a consequence of step {cases[0].caused_by}"


def _chat(blocking: BlockingStep, context: int) -> Iterator[str]:
    last = blocking.step.number if blocking.step else 0
    # The newest turns matter most, so the oldest are left out.
    shown = [*turns(blocking.suite.steps, last, context, stand_alone=blocking.suite.steps_stand_alone)]
    if len(shown) > _MAX_TURNS:
        yield f"<tr><td></td><td></td><td>… {len(shown) - _MAX_TURNS} messages before these</td></tr>"
    for turn in shown[-_MAX_TURNS:]:
        speaker = "👤 user" if turn.speaker == USER else "🤖 bot"
        words = f"<em>{CONVERSATION_STARTS}</em>" if is_start(turn) else markdown(shorten(turn.text, _MAX_TURN))
        yield f"<tr><td>{turn.step}</td><td>{speaker}</td><td>{words}</td></tr>"


def _case_rows(case: TestCase) -> Iterator[str]:
    place = f"{case.step}.{case.response}" if case.response else ""
    label = f"{_sign(case)} {case.kind}"
    if case.expected == case.actual and not case.alternatives:
        yield f"<tr><td>{place}</td><td>{label}</td><td>{markdown(shorten(case.message, _MAX_TEXT))}</td></tr>"
        return
    expected, actual = _marked(difference_of(case))
    yield (f"<tr><td>{place}</td><td>{label}</td><td><b>expected</b><br>{expected}<br><b>got</b><br>{actual}</td></tr>")


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
    """A piece of a text. The mark begins at the word, not at the spaces before it, unless there are only spaces."""
    if not marked:
        return markdown(text)
    word = text.lstrip(" \n") or text
    return f"{markdown(text[: len(text) - len(word)])}<ins>{markdown(word)}</ins>"
