"""Remarks on failed steps, for CI systems that show them beside the change."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from koregate.errors import Verdict
from koregate.judging.transcript import turns
from koregate.text import one_line, shorten, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from koregate.judging.cases import TestCase
    from koregate.judging.results import Report, SuiteResult

# GitHub keeps ten annotations of a kind from a step; the verdict is the first of them.
MOST = 9
_LONGEST = 4_000
_TITLE = 200
_TURN = 200


class Annotation(NamedTuple):
    """One remark: `level` is error or warning, the title one line, the message plain text."""

    level: str
    title: str
    message: str


def annotations_for(report: Report, most: int = MOST) -> tuple[Annotation, ...]:
    """A remark for each red step, in order; the last one says how many more there are."""
    if report.verdict is Verdict.SKIPPED:
        return (Annotation("warning", "koregate", report.suites[0].cases[0].message),)
    found = report.red_steps
    shown = [_remark(*one) for one in found[:most]]
    if len(found) > most:
        rest = len(found) - most + 1
        title = f"koregate: {rest} more failed steps"
        shown[-1] = Annotation("error", title, "They are in the job summary, in junit.xml and in report.html.")
    return tuple(shown)


def _remark(suite: SuiteResult, number: int, cases: list[TestCase]) -> Annotation:
    lines = [*(visible(case.message) for case in cases), *_context(suite, number)]
    return Annotation("error", one_line(step_title(suite, number), _TITLE), shorten("\n".join(lines), _LONGEST))


def step_title(suite: SuiteResult, number: int) -> str:
    """Suite and step in words, or the suite alone for the whole run."""
    if not number:
        return suite.name
    said = one_line(suite.input_of(number), _TURN // 2)
    return f'{suite.name}, step {number} "{said}"' if said else f"{suite.name}, step {number}"


def _context(suite: SuiteResult, number: int) -> Iterator[str]:
    if number and suite.status:
        yield ""
        for turn in turns(suite.status.steps, number, 2):
            yield f"{turn.who}: {one_line(turn.text, _TURN)}"
