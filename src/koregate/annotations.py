"""Remarks on failed steps, for CI systems that show them beside the change."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from koregate.conversation import turns
from koregate.text import one_line, shorten, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from koregate.results import Report, SuiteResult
    from koregate.testcases import TestCase

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
    found = [list(cases) for _, cases in groupby(report.red, key=lambda one: (one[0].name, one[1].step))]
    shown = [_remark(*group[0], [case for _, case in group]) for group in found[:most]]
    if len(found) > most:
        rest = len(found) - most + 1
        title = f"koregate: {rest} more failed steps"
        shown[-1] = Annotation("error", title, "They are in the job summary, in junit.xml and in report.html.")
    return tuple(shown)


def _remark(suite: SuiteResult, first: TestCase, cases: list[TestCase]) -> Annotation:
    lines = [*(visible(case.message) for case in cases), *_context(suite, first.step)]
    return Annotation("error", one_line(step_title(suite, first.step), _TITLE), shorten("\n".join(lines), _LONGEST))


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
