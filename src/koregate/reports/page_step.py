"""One execution step as HTML: what was said as a chat, and beside each answer what was checked of it."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from koregate.judging.cases import NO_ANSWER, NOT_EXPECTED, Outcome, variants
from koregate.judging.transcript import template, words
from koregate.reports.word_diff import GONE, NEW, nearest
from koregate.text import as_text, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from koregate.judging.cases import TestCase
    from koregate.kore_api.conversation import Response, Step

SIGNS = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.ERROR: "!", Outcome.SKIPPED: "-"}
# How a test case joins the accepted variants of a text.


def escaped(text: str) -> str:
    """Foreign text as HTML that shows just that text, for elements and quoted attributes alike."""
    return html.escape(visible(text))


def rendered(anchor: str, number: int, step: Step | None, cases: Sequence[TestCase]) -> str:
    """The list item of one step. What speaks against a pass lies open, the rest is folded."""
    outcome = overall(cases)
    head = f'<span class="mark">{SIGNS[outcome]} {outcome}</span>'
    body: list[str] = []
    if step is not None:
        head += f' <span class="user"><b>User</b> {_said(step.user_input, "(nothing)")}</span>'
        asked = outcome is not Outcome.SKIPPED
        body += _answers(step, cases) if asked else ['<p class="quiet">The bot was not asked.</p>']
    body += [_note(case, None) for case in cases if not case.response and case.is_red]
    inside = "".join(body)
    start = f'<li id="{anchor}" class="{outcome}"><a href="#{anchor}">#{number}</a>'
    if outcome in (Outcome.FAILED, Outcome.ERROR):
        return f"{start}<div><h3>{head}</h3>{inside}</div></li>\n"
    return f"{start}<details><summary>{head}</summary>{inside}</details></li>\n"


def overall(cases: Sequence[TestCase]) -> Outcome:
    """The outcome that a step stands for: the worst of its test cases."""
    found = {case.outcome for case in cases}
    return next((one for one in (Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED) if one in found), Outcome.PASSED)


def _answers(step: Step, cases: Sequence[TestCase]) -> Iterator[str]:
    """The bot's turns in their order, each with the notes on it."""
    checked: dict[int, list[TestCase]] = {}
    for case in cases:
        checked.setdefault(case.response, []).append(case)
    number = 0
    for number, (expected, actual) in enumerate(step.responses, 1):
        surplus = expected is None and step.expected is not None
        yield _turn(expected, actual, checked.get(number, []), surplus=surplus)
    if not number:
        yield _turn(None, None, [], surplus=False)


def _turn(expected: Response | None, actual: Response | None, cases: list[TestCase], *, surplus: bool) -> str:
    """One answer, or the silence where one was due, and what was checked of it."""
    red = [case for case in cases if case.is_red]
    notes = '<p class="quiet">The suite expects no such answer.</p>' if surplus else ""
    notes += _quiet(cases) if len(red) < len(cases) else ""
    notes += "".join([_note(case, expected) for case in red])
    beside = f'<div class="notes">{notes}</div>' if notes else ""
    if actual is not None:
        bot = f'<div class="bot"><b>Bot{_node(actual)}</b> {_message(as_text(actual.text))}</div>'
    else:
        # A red text assertion beside it shows the expected answer already.
        told = any(case.kind == "text" for case in red)
        bot = f'<div class="bot silent"><b>Bot</b> {_missing(None if told else expected)}</div>'
    return f'<div class="turn">{bot}{beside}</div>'


def _node(response: Response) -> str:
    """The dialog and the node that answered, as far as known."""
    parts = [as_text(response.dialog), as_text(response.node_name) or as_text(response.node_id)]
    return f' <small dir="auto">{escaped(" > ".join(filter(None, parts)))}</small>' if any(parts) else ""


def _missing(expected: Response | None) -> str:
    if expected is None:
        return "<em>did not answer</em>"
    return f'<em>did not answer. Expected was:</em><div class="wanted">{_message(as_text(expected.text))}</div>'


def _said(text: str, nothing: str) -> str:
    return f'<span dir="auto">{escaped(text)}</span>' if text.strip() else f"<em>{nothing}</em>"


def _message(text: str) -> str:
    """A bot's text: plain, or as the card that its JSON stands for, with the JSON itself folded."""
    value = template(text)
    if value is None:
        return _said(text, "(an empty message)")
    said, choices = words(value)
    lines = "".join([f'<p dir="auto">{escaped(line)}</p>' for line in said])
    chips = "".join([f'<li dir="auto">{escaped(choice)}</li>' for choice in choices])
    shown = lines + (f'<ul class="chips" aria-label="Choices">{chips}</ul>' if chips else "")
    return f'<div class="card">{shown or "<em>(a message without words)</em>"}{_raw(text, "JSON")}</div>'


def _raw(text: str, label: str) -> str:
    return f'<details class="raw"><summary>{label}</summary><pre dir="ltr">{escaped(text)}</pre></details>'


def _quiet(cases: Sequence[TestCase]) -> str:
    """One line on the assertions that are not red."""
    lines = []
    for outcome, ending in ((Outcome.PASSED, "passed"), (Outcome.SKIPPED, "not executed")):
        kinds = ", ".join([case.kind for case in cases if case.outcome is outcome])
        if kinds:
            lines.append(f'<p class="quiet">{SIGNS[outcome]} {kinds} {ending}</p>')
    return "".join(lines)


def _note(case: TestCase, expected: Response | None) -> str:
    """What a red test case says."""
    named = case.kind if case.kind == "step" else f"{case.kind} assertion"
    title = f"{SIGNS[case.outcome]} {named} {'failed' if case.outcome is Outcome.FAILED else 'without a result'}"
    sides = _sides(case) if case.expected or case.actual else ""
    text = as_text(expected.text) if expected is not None and case.kind == "text" else ""
    raw = _raw(text, "Expected JSON") if text and template(text) is not None else ""
    return f'<div class="note {case.outcome}"><h4>{title}</h4>{_summary(case)}{sides}{raw}</div>'


def _summary(case: TestCase) -> str:
    """The test case's message, but where the sides below would only repeat it."""
    if case.outcome is Outcome.ERROR or not (case.expected or case.actual):
        return f'<p dir="auto">{escaped(case.message)}</p>'
    return "<p>Both sides are alike, and yet the platform failed it.</p>" if case.expected == case.actual else ""


def _sides(case: TestCase) -> str:
    """Expected and actual with their differences marked; equal sides are shown once."""
    expected, actual = case.expected, case.actual
    if expected == actual:
        return f"<dl>{_side('Both sides', _plain(actual))}</dl>"
    if actual == NO_ANSWER or expected == NOT_EXPECTED:
        return f"<dl>{_side('Expected', _plain(expected))}{_side('Actual', _plain(actual))}</dl>"
    others, pieces = nearest(variants(case.kind, expected), actual)
    wanted = "".join([_piece(kind, text) for kind, text in pieces if kind != NEW])
    came = "".join([_piece(kind, text) for kind, text in pieces if kind != GONE])
    rest = "".join([_side("or", _plain(other)) for other in others])
    return f"<dl>{_side('Expected', wanted)}{rest}{_side('Actual', came)}</dl>"


def _piece(kind: str, text: str) -> str:
    tag = {GONE: "del", NEW: "ins"}.get(kind)
    if tag is None:
        return escaped(text)
    # The mark begins at the word, not at the blanks before it, unless there is nothing but blanks.
    marked = text.lstrip(" \n") or text
    return f"{text[: len(text) - len(marked)]}<{tag}>{escaped(marked)}</{tag}>"


def _plain(text: str) -> str:
    return escaped(text) if text else "<em>(nothing)</em>"


def _side(name: str, shown: str) -> str:
    return f'<div><dt>{name}</dt><dd dir="auto">{shown or "<em>(nothing)</em>"}</dd></div>'
