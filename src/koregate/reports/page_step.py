"""One step of a conversation as HTML: a chat, with its assertions next to each response."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from koregate.judging.cases import EarlierFailure, Outcome, TestCase, ToleranceKind, overall
from koregate.judging.results import MessagePair, StepResult, SuiteResult
from koregate.judging.transcript import CONVERSATION_STARTS, USER, Turn, displayed_text, is_start, template
from koregate.reports.page_message import escaped, message, plain_text
from koregate.reports.page_note import note
from koregate.reports.page_runs import earlier_responses
from koregate.reports.run_names import last_run_name, run_name
from koregate.text import clipped, one_line

# A plain reply of at most this many characters is shown in the heading of a folded step.
_MAX_WHOLE = 600
_MAX_EXCERPT, _MAX_EXCERPTS = 160, 3
# A longer reply is cut before it is read as a rich message for an excerpt.
_MAX_PARSED = 64_000
# If a step has more responses, only those with a failure are shown in addition, and at most the same number again.
MAX_RESPONSES = 200
# The words by which the filters find a step, in addition to its outcome.
KINDS = ("new", "known", "quarantined", "flaky", "tolerated")
SIGNS = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.ERROR: "!", Outcome.SKIPPED: "-", Outcome.TOLERATED: "~"}


class Cause(NamedTuple):
    """The step that likely caused another step's failures: its number and its anchor. Number 0 means that none did.

    `folds` says that the other step is folded, because this one tells the reader enough.
    """

    number: int = 0
    anchor: str = ""
    folds: bool = False


_NO_CAUSE = Cause()


def step_item(
    anchor: str,
    step: StepResult,
    suite: SuiteResult,
    *,
    cause: Cause = _NO_CAUSE,
    has_baseline: bool = False,
) -> str:
    """The list item of one step. A failed step is open unless its cause folds it. Any other step is folded.

    A folded step shows what the user said and what the bot replied. Its assertions are inside. A flaky step first shows
    what the bot said in the run that failed.

    `has_baseline` says that failures that are not known are new.
    """
    cases, outcome = step.cases, overall(step.cases)
    trend = f" <small>{step.trend}</small>" if step.trend else ""
    tags = _tags(cases, cause, has_baseline=has_baseline)
    head = f'<span class="mark">{SIGNS[outcome]} {outcome}{tags}{trend}</span>'
    is_open = outcome in (Outcome.FAILED, Outcome.ERROR) and not cause.folds
    is_whole, body = False, list[str]()
    if step.status is not None or step.pairs or step.input:
        head += f' <span class="user"><b>User</b> {_said(step)}</span>'
    if outcome is Outcome.FAILED and cause.number:
        link = f'<a href="#{cause.anchor}">step {cause.number}</a>'
        body.append(f'<p class="quiet">Likely a consequence of {link}, where the conversation left its path.</p>')
    if suite.steps_stand_alone:
        entities = [case for case in _blocking_first(cases) if case.response]
        body += [_quiet(cases), *(note(case, None, suite, _named(case, cases)) for case in entities)]
    elif step.status is not None or step.pairs:
        executed = outcome is not Outcome.SKIPPED
        if executed and not is_open:
            replies, is_whole = _replies(step, suite)
            head += replies
        if not executed:
            body.append('<p class="quiet">This step was not executed.</p>')
        elif is_whole:
            body.append(f'<div class="notes">{_quiet(cases)}</div>')
        else:
            body += _responses(step, suite)
    body += [note(case, None, suite) for case in _blocking_first(cases) if not case.response]
    content = "".join(body)
    kinds = " ".join(kinds_of(cases, has_baseline=has_baseline))
    start = f'<li id="{anchor}" class="{outcome}"{f" data-is={chr(34)}{kinds}{chr(34)}" if kinds else ""}>'
    start += f'<a href="#{anchor}">#{step.number}</a>'
    if is_open:
        return f"{start}<div><h3>{head}</h3>{content}</div></li>\n"
    # The notes have headings, which need one above them.
    title = f"<h3>{head}</h3>" if _blocking_first(cases) else head
    return f"{start}<details{' class=whole' if is_whole else ''}><summary>{title}</summary>{content}</details></li>\n"


def is_new(case: TestCase) -> bool:
    """Whether a failure is new compared with the default branch, if there is a baseline."""
    return Outcome.FAILED in (case.judged, case.outcome) and case.known_since is None


def _said(step: StepResult) -> str:
    if is_start(Turn(step.number, USER, step.input)):
        return f"<em>{CONVERSATION_STARTS}</em>"
    return plain_text(step.input, "(nothing)")


def _replies(step: StepResult, suite: SuiteResult) -> tuple[str, bool]:
    """The bot's first replies for the heading of a folded step, and whether nothing of them is left for its inside.

    A single plain reply is shown whole. Of others, the step shows excerpts until it is unfolded.
    """
    replies = [pair for pair in step.pairs if pair.actual is not None]
    if not any(case.is_told or case.earlier_failures for case in step.cases) and len(step.pairs) == len(replies) == 1:
        (pair,) = replies
        text = pair.actual or ""
        if text.strip() and len(text) <= _MAX_WHOLE and template(text) is None:
            return f' <span class="bot"><b>Bot{_node(pair)}</b> {plain_text(text, "")}</span>', True
    flaky = _by_run(step.cases, suite)
    last = last_run_name(suite) if flaky else ""
    shown = [
        _excerpt(displayed_text(pair.actual[:_MAX_PARSED]), last) for pair in replies[:_MAX_EXCERPTS] if pair.actual
    ]
    if more := len(replies) - len(shown):
        shown.append(f' <small class="brief">and {more} more</small>' if shown else "")
    earlier = [
        _excerpt(text, run_name(suite, failure))
        for failure in flaky
        for text in earlier_responses(suite, failure) or ()
    ]
    silent = ' <span class="bot brief silent"><b>Bot</b> <em>did not respond</em></span>'
    return "".join(earlier) + ("".join(shown) or silent), False


def _by_run(cases: Sequence[TestCase], suite: SuiteResult) -> dict[EarlierFailure, list[TestCase]]:
    """The flaky test cases of a step by the first failure of each run that the page shows of them."""
    if not suite.earlier_runs:
        return {}
    places: dict[tuple[str, int], EarlierFailure] = {}
    found: dict[EarlierFailure, list[TestCase]] = {}
    for case in _blocking_first(cases):
        if case.is_flaky:
            failure = case.earlier_failures[0]
            found.setdefault(places.setdefault((failure.run_id, failure.step), failure), []).append(case)
    return found


def _excerpt(text: str, run: str) -> str:
    words = escaped(clipped(one_line(text[: 2 * _MAX_EXCERPT]), _MAX_EXCERPT))
    shown = words if words.strip() else "<em>(message without text)</em>"
    return f' <span class="bot brief"><b>Bot{_tag(run)}</b> <span dir="auto">{shown}</span></span>'


def _tag(run: str) -> str:
    """The name of a run after the word for the bot, if there are several runs to tell apart."""
    return f' <span class="tag">{escaped(run)}</span>' if run else ""


def kinds_of(cases: Sequence[TestCase], *, has_baseline: bool) -> list[str]:
    """Those of `KINDS` that fit the test cases of a step."""
    found = (
        has_baseline and any(map(is_new, cases)),
        any(case.known_since is not None for case in cases),
        any(map(_is_quarantined, cases)),
        any(case.earlier_failures for case in cases),
        any(case.outcome is Outcome.TOLERATED for case in cases),
    )
    return [name for name, is_so in zip(KINDS, found, strict=True) if is_so]


def _is_quarantined(case: TestCase) -> bool:
    return case.tolerance is not None and case.tolerance.kind is ToleranceKind.QUARANTINE


def quarantine_tags(cases: Sequence[TestCase]) -> list[str]:
    """That the quarantine excuses some of the test cases, and whether it does so only since this change."""
    is_added = any(case.tolerance is not None and case.tolerance.is_added for case in cases)
    return ["quarantined"] * any(map(_is_quarantined, cases)) + ["added by this change"] * is_added


def _tags(cases: Sequence[TestCase], cause: Cause, *, has_baseline: bool) -> str:
    """Words that distinguish failures at a glance."""
    told = [case for case in cases if case.is_told or case.earlier_failures]
    tags = ["new"] if has_baseline and any(map(is_new, told)) else []
    if told and all(case.known_since is not None for case in told):
        tags.append("known")
    tags += quarantine_tags(told)
    if any(case.is_flaky for case in told):
        tags.append("flaky")
    if cause.number:
        tags.append("likely consequence")
    return "".join([f' <span class="tag">{tag}</span>' for tag in tags])


def _blocking_first(cases: Sequence[TestCase]) -> list[TestCase]:
    """The test cases that reports describe, blocking ones first."""
    told = [case for case in cases if case.is_told or case.earlier_failures]
    return sorted(told, key=lambda case: not case.is_blocking)


def _responses(step: StepResult, suite: SuiteResult) -> Iterator[str]:
    """The bot's messages in order, each with its notes. In a flaky step, those of the run that failed come first."""
    flaky = _by_run(step.cases, suite)
    run = last_run_name(suite) if flaky else ""
    for failure, failed in flaky.items():
        yield _earlier(failure, failed, step, suite)
    cases: dict[int, list[TestCase]] = {}
    for case in step.cases:
        # Its note is beside the run that failed. In the last one, it passed.
        cases.setdefault(case.response, []).append(_passed(case) if flaky and case.is_flaky else case)
    expects_any = any(pair.expected is not None for pair in step.pairs)
    left_out = further = 0
    for number, pair in enumerate(step.pairs, 1):
        if number > MAX_RESPONSES:
            if further == MAX_RESPONSES or not any(case.is_told for case in cases.get(number, [])):
                left_out += 1
                continue
            further += 1
        unexpected = expects_any and pair.expected is None
        yield _response(pair, cases.get(number, []), suite, run, unexpected=unexpected)
    if left_out:
        yield f'<p class="quiet">{left_out} more responses are not shown. See report.json.</p>'
    if not step.pairs:
        yield _response(MessagePair(None, None), [], suite, run, unexpected=False)


def _passed(case: TestCase) -> TestCase:
    return case.without_policy()._replace(earlier_failures=())


def _earlier(failure: EarlierFailure, failed: Sequence[TestCase], step: StepResult, suite: SuiteResult) -> str:
    """What the bot said in the run that failed, beside what failed there."""
    start = f"<b>Bot{_tag(run_name(suite, failure))}</b>"
    said = earlier_responses(suite, failure)
    shown = [f'<div class="bot">{start} {plain_text(text, "(empty message)")}</div>' for text in said or ()]
    if not shown:
        words = "did not respond" if said is not None else "what it said was not kept"
        shown = [f'<div class="bot silent">{start} <em>{words}</em></div>']
    expected = {number: pair.expected for number, pair in enumerate(step.pairs, 1)}
    notes = "".join([note(case, expected.get(case.response), suite) for case in failed])
    return f'<div class="turn"><div class="said">{"".join(shown)}</div><div class="notes">{notes}</div></div>'


def _response(pair: MessagePair, cases: list[TestCase], suite: SuiteResult, run: str, *, unexpected: bool) -> str:
    """One response, or its absence, with its assertions. `run` tells it apart from those of earlier runs."""
    told = _blocking_first(cases)
    notes = '<p class="quiet">The suite expects no response here.</p>' if unexpected else ""
    notes += _quiet(cases) if len(told) < len(cases) else ""
    notes += "".join([note(case, pair.expected, suite) for case in told])
    beside = f'<div class="notes">{notes}</div>' if notes else ""
    if pair.actual is not None:
        bot = f'<div class="bot"><b>Bot{_tag(run)}{_node(pair)}</b> {message(pair.actual)}</div>'
    else:
        # A failed text assertion next to it already shows the expected response.
        is_shown = any(case.kind == "text" for case in told)
        bot = f'<div class="bot silent"><b>Bot{_tag(run)}</b> {_missing(None if is_shown else pair.expected)}</div>'
    return f'<div class="turn">{bot}{beside}</div>'


def _node(pair: MessagePair) -> str:
    """The dialog and the node that sent the message, as far as they are known."""
    parts = [part for part in (pair.dialog, pair.node) if part]
    return f' <small dir="auto">{escaped(" > ".join(parts))}</small>' if parts else ""


def _missing(expected: str | None) -> str:
    if expected is None:
        return "<em>did not respond</em>"
    return f'<em>did not respond. Expected:</em><div class="wanted">{message(expected)}</div>'


def _quiet(cases: Sequence[TestCase]) -> str:
    """One line about the assertions that passed or were not executed."""
    lines = []
    for outcome, ending in ((Outcome.PASSED, "passed"), (Outcome.SKIPPED, "not executed")):
        named = [_named(case, cases) for case in cases if case.outcome is outcome and case.kind != "step"]
        if named:
            lines.append(f'<p class="quiet">{SIGNS[outcome]} {", ".join(named)} {ending}</p>')
    # In a very large job, one case of the step stands for all that passed.
    counts = [case.message for case in cases if case.outcome is Outcome.PASSED and case.kind == "step"]
    lines += [f'<p class="quiet">{SIGNS[Outcome.PASSED]} {escaped(words)}</p>' for words in counts]
    return "".join(lines)


def _named(case: TestCase, cases: Sequence[TestCase]) -> str:
    """The kind of an assertion. One of several entities has its number too, as in the name of its test case."""
    is_one_of_several = case.kind == "entity" and sum(other.kind == "entity" for other in cases) > 1
    return f"{case.kind} {case.response}" if is_one_of_several else case.kind
