"""One step of a conversation as HTML: a chat, and beside each response what was asserted of it."""

import html
from collections.abc import Iterator, Sequence

from koregate.judging.cases import Outcome, TestCase, overall
from koregate.judging.difference import Difference, difference_of
from koregate.judging.results import MessagePair, StepResult
from koregate.judging.transcript import message_parts, template
from koregate.reports.word_diff import ADDED, REMOVED, diff_words
from koregate.text import visible

# Of a step with more responses, only those with a failure are shown beyond these, and no more than as many again.
MAX_RESPONSES = 200
_MAX_OTHERS = 7
_MAX_FIELDS = 20
SIGNS = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.ERROR: "!", Outcome.SKIPPED: "-", Outcome.TOLERATED: "~"}


def escaped(text: str) -> str:
    """Untrusted text as HTML that shows just that text, for elements and quoted attributes alike."""
    return html.escape(visible(text))


def step_item(anchor: str, step: StepResult) -> str:
    """The list item of one step. A failed step is open, any other is folded."""
    cases, outcome = step.cases, overall(step.cases)
    head = f'<span class="mark">{SIGNS[outcome]} {outcome}</span>'
    body: list[str] = []
    if step.status is not None or step.pairs or step.input:
        head += f' <span class="user"><b>User</b> {_text(step.input, "(nothing)")}</span>'
    if step.status is not None or step.pairs:
        executed = outcome is not Outcome.SKIPPED
        body += _responses(step) if executed else ['<p class="quiet">This step was not executed.</p>']
    body += [_note(case, None) for case in cases if not case.response and case.is_blocking]
    content = "".join(body)
    start = f'<li id="{anchor}" class="{outcome}"><a href="#{anchor}">#{step.number}</a>'
    if outcome in (Outcome.FAILED, Outcome.ERROR):
        return f"{start}<div><h3>{head}</h3>{content}</div></li>\n"
    return f"{start}<details><summary>{head}</summary>{content}</details></li>\n"


def _responses(step: StepResult) -> Iterator[str]:
    """The bot's messages in their order, each with the notes on it."""
    cases: dict[int, list[TestCase]] = {}
    for case in step.cases:
        cases.setdefault(case.response, []).append(case)
    expects_any = any(pair.expected is not None for pair in step.pairs)
    left_out = further = 0
    for number, pair in enumerate(step.pairs, 1):
        if number > MAX_RESPONSES:
            if further == MAX_RESPONSES or not any(case.is_blocking for case in cases.get(number, [])):
                left_out += 1
                continue
            further += 1
        yield _response(pair, cases.get(number, []), unexpected=expects_any and pair.expected is None)
    if left_out:
        yield f'<p class="quiet">{left_out} more responses are not shown. See report.json.</p>'
    if not step.pairs:
        yield _response(MessagePair(None, None), [], unexpected=False)


def _response(pair: MessagePair, cases: list[TestCase], *, unexpected: bool) -> str:
    """One response, or the silence in its place, and what was asserted of it."""
    blocking = [case for case in cases if case.is_blocking]
    notes = '<p class="quiet">The suite expects no response here.</p>' if unexpected else ""
    notes += _quiet(cases) if len(blocking) < len(cases) else ""
    notes += "".join([_note(case, pair.expected) for case in blocking])
    beside = f'<div class="notes">{notes}</div>' if notes else ""
    if pair.actual is not None:
        bot = f'<div class="bot"><b>Bot{_node(pair)}</b> {_message(pair.actual)}</div>'
    else:
        # A failed text assertion beside it shows the expected response already.
        is_shown = any(case.kind == "text" for case in blocking)
        bot = f'<div class="bot silent"><b>Bot</b> {_missing(None if is_shown else pair.expected)}</div>'
    return f'<div class="turn">{bot}{beside}</div>'


def _node(pair: MessagePair) -> str:
    """The dialog and the node that sent the message, as far as known."""
    parts = [part for part in (pair.dialog, pair.node) if part]
    return f' <small dir="auto">{escaped(" > ".join(parts))}</small>' if parts else ""


def _missing(expected: str | None) -> str:
    if expected is None:
        return "<em>did not respond</em>"
    return f'<em>did not respond. Expected was:</em><div class="wanted">{_message(expected)}</div>'


def _text(text: str, nothing: str) -> str:
    return f'<span dir="auto">{escaped(text)}</span>' if text.strip() else f"<em>{nothing}</em>"


def _message(text: str) -> str:
    """A bot's text: plain, or as the card that its JSON stands for, with the JSON itself folded."""
    value = template(text)
    if value is None:
        return _text(text, "(an empty message)")
    texts, choices = message_parts(value)
    lines = "".join([f'<p dir="auto">{escaped(line)}</p>' for line in texts])
    chips = "".join([f'<li dir="auto">{escaped(choice)}</li>' for choice in choices])
    shown = lines + (f'<ul class="chips" aria-label="Choices">{chips}</ul>' if chips else "")
    return f'<div class="card">{shown or "<em>(a message without words)</em>"}{_raw(text, "JSON")}</div>'


def _raw(text: str, label: str) -> str:
    return f'<details class="raw"><summary>{label}</summary><pre dir="ltr">{escaped(text)}</pre></details>'


def _quiet(cases: Sequence[TestCase]) -> str:
    """One line on the assertions that passed or were not executed."""
    lines = []
    for outcome, ending in ((Outcome.PASSED, "passed"), (Outcome.SKIPPED, "not executed")):
        kinds = ", ".join([case.kind for case in cases if case.outcome is outcome and case.kind != "step"])
        if kinds:
            lines.append(f'<p class="quiet">{SIGNS[outcome]} {kinds} {ending}</p>')
    # In a very large job one case of the step stands for all that passed.
    counted = [case.message for case in cases if case.outcome is Outcome.PASSED and case.kind == "step"]
    lines += [f'<p class="quiet">{SIGNS[Outcome.PASSED]} {escaped(message)}</p>' for message in counted]
    return "".join(lines)


def _note(case: TestCase, expected: str | None) -> str:
    """What a failed or errored test case says."""
    named = case.kind if case.kind == "step" else f"{case.kind} assertion"
    title = f"{SIGNS[case.outcome]} {named} {'failed' if case.outcome is Outcome.FAILED else 'without a result'}"
    texts = _expected_and_actual(case) if case.expected or case.actual else ""
    text = expected if expected is not None and case.kind == "text" else ""
    raw = _raw(text, "Expected JSON") if text and template(text) is not None else ""
    return f'<div class="note {case.outcome}"><h4>{title}</h4>{_summary(case)}{texts}{raw}</div>'


def _summary(case: TestCase) -> str:
    """The test case's message, unless expected and actual below would only repeat it."""
    if case.outcome is Outcome.ERROR or not (case.expected or case.actual):
        return f'<p dir="auto">{escaped(case.message)}</p>'
    return (
        f'<p dir="auto">{escaped(case.message)}</p>' if case.expected == case.actual and not case.alternatives else ""
    )


def _expected_and_actual(case: TestCase) -> str:
    """Expected and actual with their differences marked. Equal texts are shown once."""
    told = difference_of(case)
    if told.expected == told.actual:
        title = "Reported by the platform" if case.kind == "context" else "Expected and actual"
        return f"<dl>{_row(title, _plain(told.actual))}</dl>"
    expected, actual = _plain(told.expected), _plain(told.actual)
    if told.is_alike:
        pieces = diff_words(told.expected, told.actual)
        expected = "".join([_piece(kind, text) for kind, text in pieces if kind != ADDED])
        actual = "".join([_piece(kind, text) for kind, text in pieces if kind != REMOVED])
    total = len(told.others) + 1
    rows = [_row(f"Accepted {told.number} of {total}" if told.others else "Expected", expected)]
    numbers = (number for number in range(1, total + 1) if number != told.number)
    others = zip(numbers, told.others[:_MAX_OTHERS], strict=False)
    rows += [_row(f"Accepted {number} of {total}", _plain(other)) for number, other in others]
    return f"<dl>{''.join(rows)}{_row('Actual', actual)}</dl>{_remarks(told)}"


def _remarks(told: Difference) -> str:
    """What the texts alone do not show well."""
    more = len(told.others) - _MAX_OTHERS
    remarks = [
        f"{more} more accepted texts are not shown. See report.json." if more > 0 else "",
        f"They differ in {told.only} only." if told.only else "",
        *(f"Template differs at {field}" for field in told.fields[:_MAX_FIELDS]),
    ]
    return "".join([f'<p class="quiet" dir="auto">{escaped(remark)}</p>' for remark in remarks if remark])


def _piece(kind: str, text: str) -> str:
    tag = {REMOVED: "del", ADDED: "ins"}.get(kind)
    if tag is None:
        return escaped(text)
    # The mark begins at the word, not at the blanks before it, unless there is nothing but blanks.
    marked = text.lstrip(" \n") or text
    return f"{text[: len(text) - len(marked)]}<{tag}>{escaped(marked)}</{tag}>"


def _plain(text: str) -> str:
    return escaped(text) if text else "<em>(nothing)</em>"


def _row(name: str, shown: str) -> str:
    return f'<div><dt>{name}</dt><dd dir="auto">{shown or "<em>(nothing)</em>"}</dd></div>'
