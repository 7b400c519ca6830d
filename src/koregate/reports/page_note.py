"""One test case as HTML next to its response: why it failed, expected and actual, and why it is tolerated."""

from collections.abc import Sequence

from koregate.judging.cases import ADDED_KINDS, EarlierFailure, Outcome, TestCase, Tolerance, ToleranceKind
from koregate.judging.difference import Difference, difference_of
from koregate.judging.results import SuiteResult
from koregate.reports.page_message import compared_json, escaped
from koregate.reports.run_names import last_run_name, run_name, runs_text
from koregate.reports.word_diff import ADDED, REMOVED, diff_words, word_alone
from koregate.text import one_line

_MAX_OTHERS = 7
_MAX_FOLDED = 30
_MAX_FOLDED_TEXT = 300
_MAX_FIELDS = 20
_MAX_EARLIER = 4
_MAX_MESSAGE = 300
# The kinds of test cases that are no assertions.
_BARE_KINDS = ("step", "intent", "entity", "run", "count", *ADDED_KINDS)
_SIGNS = {Outcome.FAILED: "✗", Outcome.TOLERATED: "~", Outcome.PASSED: "✓"}


def note(case: TestCase, expected: str | None, suite: SuiteResult, name: str = "") -> str:
    """A test case that failed, errored, is tolerated, or failed in an earlier run of its suite.

    `expected` is the expected response as received, if the test case belongs to a response. `name` tells the test case
    from others of its kind.
    """
    named = name or (case.kind if case.kind in _BARE_KINDS else f"{case.kind} assertion")
    title = f"{_SIGNS.get(case.outcome, '!')} {named} {_ending(case, suite)}"
    # The texts of a tolerated case are in its earlier failures alone.
    told = case.as_it_failed(case.earlier_failures[0]) if case.is_flaky else case
    same, others = _alike(told)
    where = f" in {runs_text(_names(suite, same))}" if case.is_flaky else ""
    texts = _expected_and_actual(told, where) if told.expected or told.actual else ""
    raw = compared_json(expected, told.actual) if expected is not None and case.kind == "text" and texts else ""
    history = _history(case, [] if case.is_flaky else _names(suite, same), others, suite)
    parts = [f"<h4>{title}</h4>", _summary(told), texts, raw, _decision(case), history]
    return f'<div class="note {case.outcome}">{"".join(parts)}</div>'


def _ending(case: TestCase, suite: SuiteResult) -> str:
    if case.is_flaky:
        failed = runs_text(_names(suite, case.earlier_failures))
        return f"is flaky: failed in {failed}, passed in {last_run_name(suite)}"
    if case.outcome is Outcome.TOLERATED:
        return f"failed, tolerated: {case.tolerance.kind}" if case.tolerance else "failed, tolerated"
    return "failed" if case.outcome is Outcome.FAILED else "without a result"


def _names(suite: SuiteResult, failures: Sequence[EarlierFailure]) -> list[str]:
    return list(dict.fromkeys(run_name(suite, failure) for failure in failures[:_MAX_EARLIER]))


def _alike(case: TestCase) -> tuple[list[EarlierFailure], list[EarlierFailure]]:
    """The earlier failures that say the same as the test case, and the others."""
    same, others = list[EarlierFailure](), list[EarlierFailure]()
    shown = (case.expected, case.actual, case.alternatives)
    for failure in case.earlier_failures:
        said = (failure.expected, failure.actual, failure.alternatives)
        is_same = said == shown and (any(said) or failure.message == case.message)
        (same if is_same else others).append(failure)
    return same, others


def _decision(case: TestCase) -> str:
    """What happens to the test case, and why it is tolerated."""
    if not case.is_flaky:
        return _tolerance(case.tolerance)
    if case.outcome is Outcome.FAILED:
        return '<p class="quiet">Counts as failed (flaky: fail).</p>'
    if case.tolerance is not None and case.tolerance.kind is ToleranceKind.FLAKY:
        return '<p class="quiet">Tolerated (flaky: pass).</p>'
    return _tolerance(case.tolerance)


def _tolerance(tolerance: Tolerance | None) -> str:
    """Why the failure is tolerated. The reason also says who is responsible, and for how long."""
    if tolerance is None:
        return ""
    added = ' <b class="tag">added by this change</b>' if tolerance.is_added else ""
    why = f'<span dir="auto">{escaped(tolerance.reason)}</span>'
    return f'<p class="why"><b>Why it is tolerated:</b> {why}{added}</p>'


def _history(case: TestCase, same: Sequence[str], others: Sequence[EarlierFailure], suite: SuiteResult) -> str:
    """When the failure was first seen, and how the test case ended in earlier runs of its suite.

    `same` are the names of the runs in which it failed in the same way.
    """
    lines = [f"Known on the default branch since {case.known_since:%Y-%m-%d}."] if case.known_since else []
    if same:
        lines.append(f"Failed in the same way in {runs_text(same)}.")
    lines += [
        f"Failed in {run_name(suite, failure)}: {one_line(failure.message, _MAX_MESSAGE)}"
        for failure in others[:_MAX_EARLIER]
    ]
    return "".join([f'<p class="quiet" dir="auto">{escaped(line)}</p>' for line in lines])


def _summary(case: TestCase) -> str:
    """The test case's message, unless expected and actual below would only repeat it."""
    if case.outcome is Outcome.ERROR or not (case.expected or case.actual):
        return f'<p dir="auto">{escaped(case.message)}</p>' if case.message else ""
    return (
        f'<p dir="auto">{escaped(case.message)}</p>' if case.expected == case.actual and not case.alternatives else ""
    )


def _expected_and_actual(case: TestCase, where: str) -> str:
    """Expected and actual with their differences marked. Equal texts are shown once.

    `where` says in which run a flaky test case got that text, with a blank before.
    """
    told = difference_of(case)
    if told.expected == told.actual:
        title = "Reported by the platform" if case.kind == "context" else "Expected and actual"
        return f"<dl>{_row(title, _plain(told.actual))}</dl>"
    expected, actual = _plain(told.expected), _plain(told.actual)
    if told.is_alike:
        expected, actual = marked_pair(told.expected, told.actual)
    rows = [_row("Expected", expected), *(_row("or", _plain(other)) for other in told.others[:_MAX_OTHERS])]
    if folded := folded_texts(told.others[_MAX_OTHERS:]):
        rows.append(_row("or", folded))
    return f"<dl>{''.join(rows)}{_row(f'Actual{escaped(where)}', actual)}</dl>{_remarks(told)}"


def folded_texts(texts: Sequence[str]) -> str:
    """Accepted texts that are too many to be shown unfolded, as far as a page has room. Empty without any."""
    if not texts:
        return ""
    title = f"{len(texts)} more accepted text{'' if len(texts) == 1 else 's'}"
    items = [f'<li dir="auto">{escaped(one_line(text, _MAX_FOLDED_TEXT))}</li>' for text in texts[:_MAX_FOLDED]]
    if more := len(texts) - len(items):
        items.append(f"<li>{more} more are not shown. See report.json.</li>")
    return f'<details class="texts"><summary>{title}</summary><ul>{"".join(items)}</ul></details>'


def marked_pair(expected: str, actual: str) -> tuple[str, str]:
    """Two similar texts as HTML, with the words that differ marked."""
    pieces = diff_words(expected, actual)
    return (
        "".join([_piece(kind, text) for kind, text in pieces if kind != ADDED]),
        "".join([_piece(kind, text) for kind, text in pieces if kind != REMOVED]),
    )


def _remarks(told: Difference) -> str:
    """Facts that the texts alone do not show well."""
    remarks = [
        f"They differ in {told.only} only." if told.only else "",
        *(f"Template differs at {field}" for field in told.fields[:_MAX_FIELDS]),
    ]
    return "".join([f'<p class="quiet" dir="auto">{escaped(remark)}</p>' for remark in remarks if remark])


def _piece(kind: str, text: str) -> str:
    tag = {REMOVED: "del", ADDED: "ins"}.get(kind)
    if tag is None:
        return escaped(text)
    # The mark is around the words, not around the spaces beside them, unless there are only spaces.
    before, marked, after = word_alone(text)
    return f"{before}<{tag}>{escaped(marked)}</{tag}>{after}"


def _plain(text: str) -> str:
    return escaped(text) if text else "<em>(nothing)</em>"


def _row(name: str, shown: str) -> str:
    return f'<div><dt{label_class(name)}>{name}</dt><dd dir="auto">{shown or "<em>(nothing)</em>"}</dd></div>'


def label_class(name: str) -> str:
    """The attribute that colors a label of two texts that differ: in wholly different ones no words are marked."""
    words = name.lower().split()
    return ' class="left"' if words[-1] == "expected" else ' class="right"' if words[0] == "actual" else ""
