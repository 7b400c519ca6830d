"""A failed test case in the log and in annotations: expected and actual below each other, so that the eye compares."""

from collections.abc import Iterator

from koregate.judging.batch import quoted_name
from koregate.judging.cases import TestCase
from koregate.judging.difference import Phrase, difference_of, phrase
from koregate.judging.excerpts import MAX_QUOTED
from koregate.text import one_line, shorten

_MAX_LINE = 1_000
_EXPECTED = "expected"


def case_lines(case: TestCase, label: str = "", run: str = "") -> Iterator[str]:
    """The label and what failed: one line, or a line for what was expected and one for what came, aligned.

    Without a label, both begin with their word. `run` names the run that it failed in, if that is not the last one. A
    line has at most 1,000 characters.
    """
    start = f"{label}: " if label else ""
    pair = _pair(case)
    if pair is None:
        yield shorten(f"{start}{case.message}", _MAX_LINE)
        return
    lead = case.message.removesuffix(str(pair)).rstrip(": ") if case.message.endswith(str(pair)) else ""
    if lead:
        # In how many runs it failed, or why it is not tolerated.
        yield shorten(f"{start}{lead}", _MAX_LINE)
        start = " " * len(start)
    actual = f"actual in {run}" if run else "actual"
    width = max(len(_EXPECTED), len(actual))
    yield shorten(f"{start}{_EXPECTED:{width}} {pair.expected}", _MAX_LINE)
    yield shorten(f"{' ' * len(start)}{actual:{width}} {pair.actual}{pair.note}", _MAX_LINE)


def _pair(case: TestCase) -> Phrase | None:
    """Expected and actual, if the message of the test case says just these."""
    if not (case.expected or case.actual):
        return None
    if case.kind == "context":
        return _context(case)
    if case.kind in ("intent", "entity"):
        told: Phrase | None = Phrase(quoted_name(case.expected), quoted_name(case.actual))
    else:
        told = phrase(difference_of(case))
    return told if told is not None and case.message.endswith(str(told)) else None


def _context(case: TestCase) -> Phrase | None:
    """The keys with their values, if they differ and fit on a line. The message may say `size is …, expected …`.

    The message of a flaky test case says more: in how many runs it failed.
    """
    if case.expected == case.actual or case.is_flaky:
        return None
    expected, actual = (one_line(text.replace("\n", ", ")) for text in (case.expected, case.actual))
    return Phrase(expected, actual) if max(len(expected), len(actual)) <= MAX_QUOTED else None
