"""Failed steps in a job summary or a comment: expected and actual, then the conversation that led to them.

`escape` makes Markdown of untrusted text. A comment needs more of it than a summary.
"""

from collections.abc import Callable, Iterator, Sequence

from koregate.judging.cases import Outcome, TestCase
from koregate.judging.difference import Difference, difference_of
from koregate.judging.excerpts import around
from koregate.judging.results import BlockingStep, StepResult, SuiteResult
from koregate.judging.transcript import CONVERSATION_STARTS, USER, displayed_text, is_start, turns_to_failure
from koregate.reports.figures_text import step_noun
from koregate.reports.markdown import in_code, markdown
from koregate.reports.run_names import failed_runs, run_name
from koregate.reports.suite_lines import count_text
from koregate.reports.word_diff import ADDED, REMOVED, diff_words, word_alone
from koregate.text import clipped, one_line, shorten

Escape = Callable[[str], str]

UTTERANCES_HEAD = "<tr><th>number</th><th>utterance</th><th>kind</th><th>expected</th><th>actual</th></tr>"
_SAME_HEAD = "<tr><th>step</th><th>user</th><th>expected</th></tr>"
# One that passed is there because it failed in an earlier run.
_SIGNS = {Outcome.FAILED: "❌", Outcome.PASSED: "⚪", Outcome.TOLERATED: "🟡"}
_MAX_NAME = 100
_MAX_TURN = 600
_MAX_TEXT = 1500
_MAX_TURNS = 40
_MAX_CASES = 30
_MAX_OTHERS = 7
_MAX_FIELDS = 10
_MAX_STEPS = 3
_MAX_SUITES = 100


def block_of(
    blocking: BlockingStep, context: int, *, has_baseline: bool, opens_conversation: bool, folded: bool
) -> str:
    """A failed step, or what went wrong with the run, as HTML without empty lines, so that nothing in it is Markdown.

    `context` is the number of steps of the conversation to show. `folded` closes the whole block.
    """
    if blocking.step is None:
        return "\n".join([*_run_lines(blocking, has_baseline=has_baseline), ""])
    start = "<details>" if folded else "<details open>"
    summary = f"<summary>{title_of(blocking, has_baseline=has_baseline)}</summary>"
    conversation = conversation_of(blocking, context, is_open=opens_conversation)
    return "\n".join([start, summary, *compared(blocking.suite, blocking.cases), *conversation, "</details>", ""])


def suite_names(group: Sequence[BlockingStep], escape: Escape = markdown, most: int = _MAX_SUITES) -> str:
    """The suites that have a problem in common, as HTML on one line."""
    names = [escape(clipped(one_line(blocking.suite.name), _MAX_NAME)) for blocking in group]
    # A single name beyond the limit is there, too.
    most += len(names) == most + 1
    more = f" and {len(names) - most} more" if names[most:] else ""
    return f"<p>{', '.join(names[:most])}{more}</p>\n"


def title_of(blocking: BlockingStep, *, has_baseline: bool, escape: Escape = markdown) -> str:
    """What the user said in the failed step, the kinds of its failures, and what distinguishes them."""
    step, name = blocking.step, "Test run"
    if step:
        said = escape(clipped(one_line(step.input), _MAX_NAME))
        name = f"{step_noun(blocking.suite).capitalize()} {step.number}: {said}"
    kinds = ", ".join(dict.fromkeys(case.kind for case in blocking.cases if case.kind not in ("run", "step")))
    return f"<b>{name}</b>{_in_brackets([kinds, *tags_of(blocking, has_baseline=has_baseline)])}{_trend(step)}"


def utterances(failed: Sequence[BlockingStep], room: int, *, has_baseline: bool, folded: bool) -> tuple[str, int]:
    """The failed utterances of a batch suite as one table of at most `room` bytes, and how many of them it has."""
    start = "<details>" if folded else "<details open>"
    noun = "utterance" if len(failed) == 1 else "utterances"
    head = f"{start}<summary><b>{len(failed)} {noun} failed</b></summary>\n<table>\n{UTTERANCES_HEAD}"
    end = "</table>\n</details>\n"
    room -= len(f"{head}\n{end}".encode())
    rows: list[str] = []
    for blocking in failed:
        row = "\n".join(utterance_rows(blocking, has_baseline=has_baseline))
        room -= len(row.encode()) + 1
        if room < 0:
            break
        rows.append(row)
    return "\n".join([head, *rows, end]), len(rows)


def utterance_rows(
    blocking: BlockingStep,
    *,
    has_baseline: bool,
    escape: Escape = markdown,
    most: int = _MAX_CASES,
    longest: int = _MAX_TEXT,
) -> Iterator[str]:
    """The rows of a failed utterance: one for each of its first `most` failed test cases, below `UTTERANCES_HEAD`."""
    step, cases = blocking.step, blocking.cases[:most]
    if step is None:
        return
    notes = f"{_in_brackets([*tags_of(blocking, has_baseline=has_baseline)])}{_trend(step)}"
    span = f' rowspan="{len(cases)}"' if cases[1:] else ""
    said = escape(shorten(one_line(step.input), min(_MAX_TURN, longest)))
    start = f'<td{span}>{_sign(cases[0])}&nbsp;{step.number}</td><td{span} dir="auto">{said}{notes}</td>'
    for case in cases:
        texts = _texts(case, escape, longest)
        shown = (
            f'<td dir="auto">{texts[0]}</td><td dir="auto">{texts[1]}</td>'
            if texts
            else f'<td colspan="2">{escape(shorten(case.message, longest))}</td>'
        )
        yield f"<tr>{start}<td>{case.kind}</td>{shown}</tr>"
        start = ""


def same_answer(
    failed: Sequence[BlockingStep],
    room: int,
    *,
    has_baseline: bool,
    escape: Escape = markdown,
    longest: int = _MAX_TEXT,
) -> tuple[str, int]:
    """Failed steps that got one answer as one table of at most `room` bytes, and how many of them it has.

    The answer stands once, above the table.
    """
    head = f"<p>🤖 {escape(shorten(displayed_text(failed[0].cases[0].actual), longest))}</p>\n<table>\n{_SAME_HEAD}"
    end = "</table>\n"
    room -= len(f"{head}\n{end}".encode())
    rows: list[str] = []
    for blocking in failed:
        row = "\n".join(_same_answer_rows(blocking, escape, longest, has_baseline=has_baseline))
        room -= len(row.encode()) + 1
        if room < 0:
            break
        rows.append(row)
    return "\n".join([head, *rows, end]), len(rows)


def _same_answer_rows(blocking: BlockingStep, escape: Escape, longest: int, *, has_baseline: bool) -> Iterator[str]:
    cases = blocking.cases[:_MAX_CASES]
    number, said, trend = (step.number, step.input, _trend(step)) if (step := blocking.step) else (0, "", "")
    notes = f"{_in_brackets([*tags_of(blocking, has_baseline=has_baseline)])}{trend}"
    span = f' rowspan="{len(cases)}"' if cases[1:] else ""
    start = f"<td{span}>{_sign(cases[0])}&nbsp;{number}</td>"
    start += f'<td{span} dir="auto">{escape(shorten(one_line(said), min(_MAX_TURN, longest)))}{notes}</td>'
    for case in cases:
        told = difference_of(case)
        texts = f"{escape(shorten(told.expected, longest))}{_others(told, escape, longest)}"
        yield f'<tr>{start}<td dir="auto">{texts}</td></tr>'
        start = ""


def _run_lines(blocking: BlockingStep, *, has_baseline: bool) -> Iterator[str]:
    """The test cases of the run itself, which belong to no step."""
    tags = _in_brackets([*tags_of(blocking, has_baseline=has_baseline)])
    for case in blocking.cases[:_MAX_CASES]:
        counted = count_text(blocking.suite, case)
        kind = "" if case.kind == "run" or counted else f"{case.kind}: "
        yield f"<p>{_sign(case)} {kind}{markdown(shorten(counted or case.message, _MAX_TEXT))}{tags}</p>"
    if (failure := blocking.earlier_failure) is not None and failure.step:
        yield from conversation_of(blocking, _MAX_STEPS)


def _sign(case: TestCase) -> str:
    return _SIGNS.get(case.outcome, "⚠️")


def _in_brackets(words: Sequence[str]) -> str:
    given = [word for word in words if word]
    return f" ({'; '.join(given)})" if given else ""


def _trend(step: StepResult | None) -> str:
    return f" · {step.trend}" if step and step.trend else ""


def tags_of(blocking: BlockingStep, *, has_baseline: bool) -> Iterator[str]:
    """Words that distinguish failures, as plain text."""
    cases = blocking.cases
    if has_baseline and not blocking.is_known:
        yield "new"
    if all(case.known_since is not None for case in cases):
        oldest = min(case.known_since for case in cases if case.known_since is not None)
        yield f"known since {oldest:%Y-%m-%d}"
    if any(case.is_flaky for case in cases):
        yield "flaky" if any(case.is_blocking for case in cases) else f"failed in {failed_runs(blocking)}"
    if blocking.caused_by:
        yield f"likely a consequence of step {blocking.caused_by}"


def compared(
    suite: SuiteResult,
    cases: Sequence[TestCase],
    escape: Escape = markdown,
    most: int = _MAX_CASES,
    longest: int = _MAX_TEXT,
) -> Iterator[str]:
    """A table of the failed test cases of a step: expected above actual, or the message of a test case without them."""
    yield "<table>"
    for case in cases[:most]:
        yield from _case_rows(suite, case, escape, longest)
    if len(cases) > most:
        yield f'<tr><td colspan="3">… {len(cases) - most} more failed test cases</td></tr>'
    yield "</table>"


def _case_rows(suite: SuiteResult, case: TestCase, escape: Escape, longest: int) -> Iterator[str]:
    label = f"{_sign(case)}&nbsp;{escape(case.label).replace(' ', '&nbsp;')}"
    texts = _texts(case, escape, longest)
    if texts is None:
        yield f'<tr><td>{label}</td><td colspan="2">{escape(shorten(case.message, longest))}</td></tr>'
        return
    # The last run had another text.
    where = f" in {escape(run_name(suite, case.earlier_failures[0]))}" if case.is_flaky else ""
    actual = f"actual{where}".replace(" ", "&nbsp;")
    yield f'<tr><td rowspan="2">{label}</td><td>expected</td><td dir="auto">{texts[0]}</td></tr>'
    yield f'<tr><td>{actual}</td><td dir="auto">{texts[1]}</td></tr>'


def _texts(case: TestCase, escape: Escape, longest: int) -> tuple[str, str] | None:
    """Expected and actual, or None if the test case has only a message."""
    if case.expected == case.actual and not case.alternatives:
        return None
    if case.kind == "intent" and not case.alternatives:
        # A name that a reader may search for. Escaped text is not found by a search, but code is.
        expected, actual = (in_code(escape(shorten(text, longest))) for text in (case.expected, case.actual))
        return f"<code>{expected}</code>", f"<code>{actual}</code>"
    return _marked(difference_of(case), escape, longest)


def _marked(told: Difference, escape: Escape, longest: int) -> tuple[str, str]:
    """Expected and actual. If they are similar, the words that differ are marked."""
    expected, actual = (shorten(around(text, told.place, longest), longest) for text in (told.expected, told.actual))
    rest = _others(told, escape, longest)
    note = "".join(f"<br>{escape(str(field))}" for field in told.fields[:_MAX_FIELDS])
    if told.only:
        note = f"<br><em>differs in {told.only} only</em>"
    if not told.is_alike:
        return f"{escape(expected)}{rest}", f"{escape(actual)}{note}"
    pieces = diff_words(expected, actual)
    left = "".join(_marked_piece(text, escape, marked=kind == REMOVED) for kind, text in pieces if kind != ADDED)
    right = "".join(_marked_piece(text, escape, marked=kind == ADDED) for kind, text in pieces if kind != REMOVED)
    return f"{left}{rest}", f"{right}{note}"


def _others(told: Difference, escape: Escape, longest: int) -> str:
    """The other accepted texts, each on its own line."""
    rest = "".join(f"<br>or: {escape(shorten(other, longest))}" for other in told.others[:_MAX_OTHERS])
    if told.others[_MAX_OTHERS:]:
        rest += f"<br>or one of {len(told.others) - _MAX_OTHERS} more texts"
    return rest


def _marked_piece(text: str, escape: Escape, *, marked: bool) -> str:
    """A piece of a text. The mark is around the words, not around the spaces beside them, unless there are only spaces.

    Of the tags that GitHub keeps in a summary, `code` alone has a background, so that a comma or a space shows too.
    """
    if not marked:
        return escape(text)
    before, word, after = word_alone(text)
    return f"{escape(before)}<code>{in_code(escape(word))}</code>{escape(after)}"


def conversation_of(blocking: BlockingStep, context: int, *, is_open: bool = False) -> Iterator[str]:
    """The messages of the last `context` steps, folded if need be. What the bot said in the failed step is marked."""
    told = turns_to_failure(blocking, context)
    if not told.turns:
        if told.run:
            yield f"<p>The conversation {told.run} was not kept.</p>"
        return
    first, last = told.turns[0].step, told.failed
    between = "and" if last == first + 1 else "to"
    title = f"steps {first} {between} {last}" if first < last else f"step {last}"
    where = f" {told.run}" if told.run else ""
    yield f"<details{' open' if is_open else ''}><summary>Conversation{where}, {title}</summary>"
    yield "<table>"
    # The newest turns matter most, so the oldest are left out.
    if len(told.turns) > _MAX_TURNS:
        yield f'<tr><td colspan="3">… {len(told.turns) - _MAX_TURNS} messages before these</td></tr>'
    for turn in told.turns[-_MAX_TURNS:]:
        is_user = turn.speaker == USER
        sign = "❌&nbsp;" if turn.step == last and not is_user else ""
        speaker = "👤&nbsp;user" if is_user else "🤖&nbsp;bot"
        words = f"<em>{CONVERSATION_STARTS}</em>" if is_start(turn) else markdown(shorten(turn.text, _MAX_TURN))
        yield f'<tr><td>{turn.step}</td><td>{sign}{speaker}</td><td dir="auto">{words}</td></tr>'
    yield "</table>"
    yield "</details>"
