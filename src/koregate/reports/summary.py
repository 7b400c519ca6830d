"""The Markdown of a job summary: the verdict, the suites, and each failed step as a short chat."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from koregate.errors import Verdict
from koregate.judging.cases import NO_ANSWER, NOT_EXPECTED, variants
from koregate.judging.transcript import USER, turns
from koregate.reports.word_diff import GONE, NEW, nearest
from koregate.runs.pacing import spoken
from koregate.text import one_line, shorten, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from koregate.judging.cases import TestCase
    from koregate.judging.results import Report, SuiteResult

# GitHub shows nothing of a summary over 1 MiB; other steps of the job may write to theirs, not to ours.
LARGEST = 900 * 1024
_CONTEXTS = (3, 1)
_OPEN = 10
_TURN = 600
_SIDE = 1500
_SIGNS = {
    Verdict.PASSED: "✅",
    Verdict.SKIPPED: "⏭️",
    Verdict.FAILED: "❌",
    Verdict.ERROR: "⚠️",
    Verdict.TIMEOUT: "⏱️",
    Verdict.CANCELLED: "🛑",
}
# All ASCII punctuation but what no Markdown or HTML reader acts on. A zero-width space after @ and # keeps GitHub from
# making mentions and issue links of them.
_ACTIVE = re.compile(r"[!-'*+\-./:;<=>?@\[-`{-~()]")


def markdown(text: str) -> str:
    """Foreign text as Markdown and HTML that shows just that text: no markup, no link, no mention, on one line."""
    return _ACTIVE.sub(_entity, visible(text)).replace("\n", "<br>").replace("\t", " ")


def _entity(match: re.Match[str]) -> str:
    entity = f"&#{ord(match[0])};"
    return f"{entity}&#8203;" if match[0] in "@#" else entity


def render(report: Report, largest: int = LARGEST) -> str:
    """The summary in at most `largest` bytes. What passed is cut first, then the oldest turns, then the last steps."""
    head = _head(report)
    failed = [suite for suite in report.suites if suite.verdict is not Verdict.PASSED]
    tables = [_table(list(report.suites)), _table(failed, len(report.suites) - len(failed))]
    for table in tables:
        for context in _CONTEXTS:
            blocks, complete = _blocks(report, context, largest - _size(head) - _size(table) - 500)
            if complete:
                return "\n".join([head, table, *blocks, ""])
    left = len(report.red_steps) - len(blocks)
    note = f"_{left} more failed steps are in report.html and junit.xml: a summary has room for no more._\n"
    if _size(head) + _size(table) > largest:
        table = f"_{len(failed)} of {len(report.suites)} suites did not pass; their table is too long for a summary._\n"
    return "\n".join([head, table, *blocks, note])


def _size(text: str) -> int:
    return len(text.encode()) + 1


def _head(report: Report) -> str:
    counts, steps = report.counts, report.steps
    return (
        f"## {_SIGNS[report.verdict]} Conversation tests: {report.verdict}\n\n"
        f"**{counts.passed} of {counts.total}** test cases passed ({counts.pass_rate} %): {counts.failed} failed, "
        f"{counts.errors} errors, {counts.skipped} skipped. **{steps.passed} of {steps.total}** steps passed.\n"
    )


def _table(suites: list[SuiteResult], left_out: int = 0) -> str:
    rows = [
        "| Suite | Verdict | Steps | Assertions | Pass rate | Duration | Test run |",
        "|---|---|---:|---:|---:|---:|---|",
        *map(_row, suites),
        "",
    ]
    if left_out:
        rows.append(f"_{left_out} suites that passed are left out._\n")
    return "\n".join(rows)


def _row(suite: SuiteResult) -> str:
    cells = [
        markdown(shorten(suite.name, 100)),
        f"{_SIGNS[suite.verdict]} {suite.verdict}",
        f"{suite.steps.passed} of {suite.steps.total}",
        f"{suite.counts.passed} of {suite.counts.total}",
        f"{suite.counts.pass_rate} %",
        spoken(suite.seconds) if suite.seconds else "",
        markdown(one_line(suite.run_id or "", 100)),
    ]
    return f"| {' | '.join(cells)} |"


def _blocks(report: Report, context: int, room: int) -> tuple[list[str], bool]:
    """A block for each red step as long as there is room; whether all are there."""
    blocks: list[str] = []
    shown = ""
    for suite, number, cases in report.red_steps:
        heading = f"### {markdown(shorten(suite.name, 100))}\n\n" if suite.name != shown else ""
        block = heading + _block(suite, number, cases, context, folded=len(blocks) >= _OPEN)
        room -= _size(block)
        if room < 0:
            return blocks, False
        blocks.append(block)
        shown = suite.name
    return blocks, True


def _block(suite: SuiteResult, number: int, cases: list[TestCase], context: int, *, folded: bool) -> str:
    """One red step: HTML without an empty line, so that nothing in it is read as Markdown."""
    said = markdown(one_line(suite.input_of(number), 100))
    title = f"Step {number}: {said}" if number else "Whole run"
    kinds = ", ".join(dict.fromkeys(case.kind for case in cases if case.kind not in ("run", "step")))
    rows = [*_chat(suite, number, context), *(row for case in cases for row in _red_rows(case))]
    return "\n".join(
        [
            "<details>" if folded else "<details open>",
            f"<summary><b>{title}</b>{f' ({kinds})' if kinds else ''}</summary>",
            "<table>",
            *rows,
            "</table>",
            "</details>",
            "",
        ]
    )


def _chat(suite: SuiteResult, number: int, context: int) -> Iterator[str]:
    steps = suite.status.steps if suite.status else []
    for turn in turns(steps, number, context):
        who = "👤 user" if turn.who == USER else "🤖 bot"
        yield f"<tr><td>{turn.step}</td><td>{who}</td><td>{markdown(shorten(turn.text, _TURN))}</td></tr>"


def _red_rows(case: TestCase) -> Iterator[str]:
    place = f"{case.step}.{case.response}" if case.response else ""
    label = f"❌ {case.kind}" if case.outcome == "failed" else f"⚠️ {case.kind}"
    if not case.expected and not case.actual:
        yield f"<tr><td>{place}</td><td>{label}</td><td>{markdown(shorten(case.message, _SIDE))}</td></tr>"
        return
    expected, actual = _marked(case)
    yield (
        f"<tr><td>{place}</td><td>{label}</td><td><b>expected</b><br>{expected}<br><br><b>got</b><br>{actual}</td></tr>"
    )


def _marked(case: TestCase) -> tuple[str, str]:
    """Expected and actual with the difference marked word by word."""
    expected, actual = shorten(case.expected, _SIDE), shorten(case.actual, _SIDE)
    if expected == actual or NO_ANSWER in (expected, actual) or NOT_EXPECTED in (expected, actual):
        return markdown(expected), markdown(actual)
    others, pieces = nearest(variants(case.kind, expected), actual)
    left = "".join(
        f"<del>{markdown(text)}</del>" if kind == GONE else markdown(text) for kind, text in pieces if kind != NEW
    )
    right = "".join(
        f"<ins>{markdown(text)}</ins>" if kind == NEW else markdown(text) for kind, text in pieces if kind != GONE
    )
    rest = "".join(f"<br>or: {markdown(other)}" for other in others)
    return f"{left}{rest}", right
