"""The failures at the top of report.html: causes first, with expected and actual, then tolerated failures."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from koregate.judging.cases import Outcome, TestCase
from koregate.judging.difference import Difference, difference_of
from koregate.judging.excerpts import quoted, quoted_pair
from koregate.judging.moving_failures import failed_earlier
from koregate.judging.results import BlockingStep, JobResult, StepResult, SuiteResult
from koregate.judging.transcript import displayed_text
from koregate.reports.failure_groups import alike_steps, kind_of, number_text, problem_of, same_answer_text, together
from koregate.reports.figures_text import step_noun, steps_noun
from koregate.reports.headline import new_first
from koregate.reports.kind_words import kind_words
from koregate.reports.page_header import VERDICT_SIGNS
from koregate.reports.page_message import escaped
from koregate.reports.page_note import folded_texts, label_class, marked_pair
from koregate.reports.page_step import SIGNS, is_new, quarantine_tags
from koregate.reports.page_steps import anchor
from koregate.reports.page_suites import why_empty
from koregate.reports.policy_text import reason_of
from koregate.reports.run_names import failed_runs, run_name
from koregate.reports.suite_lines import count_text
from koregate.text import one_line, shorten
from koregate.verdicts import EXIT_INPUTS, Verdict

_MAX_OPEN = 8
_MAX_LINKS = 1_000
_MAX_CASES = 3
_MAX_LABEL = 120
# So many accepted texts beside the nearest one are shown. The others are folded.
_MAX_OTHERS = 3
_MAX_MESSAGE = 240
# A run without a result has nothing else to show.
_MAX_RUN_MESSAGE = 1_200


class _Entry(NamedTuple):
    """A step, or None for the run itself, with test cases that reports describe."""

    number: int
    suite: SuiteResult
    step: StepResult | None
    cases: list[TestCase]
    is_only_suite: bool = False

    @property
    def says_all(self) -> bool:
        """Whether its item in the list says all that the suite's reasons say."""
        said = [case.message for case in self.cases[:_MAX_CASES]]
        whole = {message for message in said if len(one_line(message)) <= _MAX_RUN_MESSAGE}
        return self.step is None and all(any(reason in told for told in whole) for reason in self.suite.reasons)

    @property
    def blocking(self) -> BlockingStep:
        """The same without its number."""
        return BlockingStep(self.suite, self.step, self.cases)


class Failures(NamedTuple):
    """The list of failures as HTML, and the numbers of the suites whose reasons it says completely.

    The suites in `alone` have nothing to show beside that.
    """

    html: str = ""
    told: frozenset[int] = frozenset()
    alone: frozenset[int] = frozenset()


def failures(job: JobResult, suites: Sequence[tuple[int, SuiteResult]], room: int) -> Failures:
    """Links, in about `room` bytes: blocking failures, their likely consequences, and tolerated failures.

    `suites` are in the order of the page. Tolerated failures are folded if there are others.
    """
    if all(suite.exit_code == EXIT_INPUTS for suite in job.suites):
        return Failures()
    blocking = list(islice(_entries(suites, blocking=True), _MAX_LINKS))
    has_baseline = job.policy.comparison is not None
    # A stable sort: causes first, new ones before known ones, and each kind in the order of the page.
    in_order = sorted(blocking, key=lambda entry: (entry.blocking.is_consequence, entry.blocking.is_known))
    leading = together(in_order, lambda entry: problem_of(entry.blocking))
    alike = alike_steps(job)
    items, causes = _within(leading, room, has_baseline=has_baseline, tells_actual=not alike)
    others = [(entry,) for entry in islice(_entries(suites, blocking=False), _MAX_LINKS)]
    tolerated, _ = _within(others, room - sum(map(len, items)), has_baseline=has_baseline)
    moved = [(entry,) for entry in islice(_failed_earlier(suites), _MAX_LINKS)]
    earlier, _ = _within(moved, room // 2, has_baseline=has_baseline)
    if not (items or tolerated or earlier):
        return Failures()
    listed = [entry for group in [*leading[: len(items)], *others[: len(tolerated)]] for entry in group]
    parts = list[str]()
    words = "; ".join(f"<b>{kind}</b>: {meaning}" for kind, meaning in kind_words(job).items())
    meanings = f'<p class="quiet">{words}</p>\n' if words else ""
    if items:
        answer = one_line(displayed_text(alike[0].cases[0].actual), _MAX_MESSAGE) if alike else ""
        said = f': <q dir="auto">{escaped(answer)}</q>' if answer else ""
        parts.append(f'<h2 id="failures">{_heading(job.blocking_steps)}{same_answer_text(job)}{said}</h2>\n')
        parts.append(f"<ol>{''.join(items[: min(causes, _MAX_OPEN)])}</ol>")
        further = items[_MAX_OPEN:causes]
        parts.append(_folded(further, number_text(len(further), "more failure"), _MAX_OPEN + 1))
        consequences = items[causes:]
        source = _source(job.blocking_steps) or "these"
        title = f"{number_text(len(consequences), 'likely consequence')} of {source}"
        parts.append(_folded(consequences, title, causes + 1))
        parts.append(meanings)
        if more := len(job.blocking_steps) - sum(map(len, leading[: len(items)])):
            parts.append(f"<p>{more} more failures have no link here. They are in the suites below.</p>\n")
    noun = steps_noun(job.platform_suites)[:-1]
    more_earlier = f"{len(earlier)} more" if items else number_text(len(earlier), noun)
    title = f"{more_earlier} failed only in earlier runs (not counted: the last run decides)"
    parts.append(_folded(earlier, title, 1, is_open=len(earlier) <= _MAX_OPEN))
    label = 'aria-labelledby="failures"'
    title = f"{number_text(len(tolerated), noun)} with tolerated failures"
    if items:
        parts.append(_folded(tolerated, title, 1))
    elif tolerated:
        parts.insert(0, f'<h2 id="failures">{title}</h2>\n<ol>{"".join(tolerated[:_MAX_OPEN])}</ol>{meanings}')
        rest = tolerated[_MAX_OPEN:]
        title = f"{number_text(len(rest), f'more {noun}')} with tolerated failures"
        parts.append(_folded(rest, title, _MAX_OPEN + 1))
    else:
        label = 'aria-label="Failures of earlier runs"'
    told = frozenset(entry.number for entry in listed if entry.says_all)
    alone = [entry.number for group in leading[: len(items)] for entry in group if _is_alone(group)]
    return Failures(f"<nav {label}>{''.join(parts)}</nav>\n", told, told & {*alone})


def _is_alone(group: Sequence[_Entry]) -> bool:
    """Whether several suites, or the only one, have one problem and nothing else to show: no test run was started."""
    return (len(group) > 1 or group[0].is_only_suite) and all(
        entry.says_all and not (entry.suite.run_ids or entry.suite.steps or entry.suite.remarks or entry.suite.source)
        for entry in group
    )


def _within(
    groups: Sequence[tuple[_Entry, ...]], room: int, *, has_baseline: bool, tells_actual: bool = True
) -> tuple[list[str], int]:
    """The items that fit, and how many of them are causes. The first item always fits."""
    items: list[str] = []
    causes = 0
    for group in groups:
        if group[1:] or _is_alone(group):
            item = _shared_item(group)
        else:
            item = _item(group[0], has_baseline=has_baseline, tells_actual=tells_actual)
        room -= len(item.encode())
        if items and room < 0:
            break
        items.append(item)
        causes += not group[0].blocking.is_consequence
    return items, causes


def _heading(steps: Sequence[BlockingStep]) -> str:
    """How many steps failed, since one may have several failed test cases, and how many may follow from others.

    A test run without a result is no step, so it is named apart.
    """
    kinds = Counter(kind_of(step) for step in new_first(steps))
    follow = Counter(kind_of(step) for step in steps if step.is_consequence)
    source = _source(steps) or "earlier ones"
    parts = [
        number_text(number, *kind) + (f", of which {follow[kind]} may follow from {source}" if follow[kind] else "")
        for kind, number in kinds.items()
    ]
    before, last = ", ".join(parts[:-1]), parts[-1]
    return f"{before}{',' if follow else ''} and {last}" if before else last


def _source(steps: Sequence[BlockingStep]) -> str:
    """The step that all likely consequences follow from, or nothing if there are several such steps."""
    sources = {(step.suite.name, step.caused_by) for step in steps if step.is_consequence}
    return f"step {sources.pop()[1]}" if len(sources) == 1 else ""


def _entries(suites: Sequence[tuple[int, SuiteResult]], *, blocking: bool) -> Iterator[_Entry]:
    for number, suite in suites:
        for step, cases in suite.cases_by_step:
            if blocking:
                told = [case for case in cases if case.is_blocking]
            elif any(case.is_blocking for case in cases):
                continue
            else:
                told = [case for case in cases if case.outcome is Outcome.TOLERATED]
            if told:
                yield _Entry(number, suite, step, told, is_only_suite=len(suites) == 1)


def _failed_earlier(suites: Sequence[tuple[int, SuiteResult]]) -> Iterator[_Entry]:
    return (_Entry(number, *blocking) for number, suite in suites for blocking in failed_earlier([suite]))


def _item(entry: _Entry, *, has_baseline: bool, tells_actual: bool) -> str:
    number, suite, step, cases, _ = entry
    place, target = (f", {step_noun(suite)} {step.number}", anchor(number, step.number)) if step else ("", f"s{number}")
    said = f' <q dir="auto">{escaped(one_line(step.input, _MAX_LABEL))}</q>' if step and step.input else ""
    tags = (
        ["known"]
        if all(case.known_since for case in cases)
        else ["new"]
        if has_baseline and any(map(is_new, cases))
        else []
    )
    tags += quarantine_tags(cases)
    if any(case.is_flaky for case in cases):
        tags.append("flaky")
    outcome = cases[0].outcome
    if outcome is Outcome.PASSED:
        # It failed in an earlier run.
        outcome = Outcome.TOLERATED
        tags = [*(tag for tag in tags if tag == "flaky"), f"failed in {escaped(failed_runs(entry.blocking))}"]
    tagged = "".join([f' <span class="tag">{tag}</span>' for tag in tags])
    shown = _most_telling(cases) if cases[0].is_blocking and entry.blocking.is_consequence else cases[:_MAX_CASES]
    trend = f" <small>{step.trend}</small>" if step and step.trend else ""
    left = len(cases) - len(shown)
    more = f" <small>and {left} more</small>" if left > 0 else ""
    told = "".join(
        _told(case, suite, more if case is shown[-1] else "", tells_actual=tells_actual) + _why(case) for case in shown
    )
    link = f'<a href="#{target}">{_name(suite)}{place}</a>'
    return f"<li>{_sign(entry, outcome)} {link}{said}{tagged}{trend}\n{told}</li>\n"


def _shared_item(group: Sequence[_Entry]) -> str:
    """What the test runs of several suites have in common, told once, or all there is to say about a single suite."""
    first = group[0]
    told = "".join(_told(case, first.suite, "") + _why(case) for case in first.cases[:_MAX_CASES])
    names = [_name(entry.suite) for entry in group]
    if not _is_alone(group):
        names = [f'<a href="#s{entry.number}">{name}</a>' for entry, name in zip(group, names, strict=True)]
    elif len(whys := {why_empty(entry.suite) for entry in group}) == 1:
        told += f'<p class="quiet">{whys.pop()}</p>'
    return f"<li>{_sign(first, first.cases[0].outcome)} {', '.join(names)}\n{told}</li>\n"


def _name(suite: SuiteResult) -> str:
    return f"<bdi>{escaped(shorten(one_line(suite.name), _MAX_LABEL))}</bdi>"


def _sign(entry: _Entry, outcome: Outcome) -> str:
    is_cancelled = entry.step is None and outcome is Outcome.ERROR and entry.suite.verdict is Verdict.CANCELLED
    sign = VERDICT_SIGNS[entry.suite.verdict] if is_cancelled else SIGNS[outcome]
    return f'<b class="mark {outcome}">{sign}</b>'


def _most_telling(cases: Sequence[TestCase]) -> Sequence[TestCase]:
    """What a likely consequence is shown with: what the bot said, if that failed. The rest is in the conversation."""
    return [case for case in cases if case.kind == "text"][:1] or cases[:1]


def _why(case: TestCase) -> str:
    reason = reason_of(case, _MAX_MESSAGE)
    return f'<p><i dir="auto">{escaped(reason)}</i></p>' if reason else ""


def _told(case: TestCase, suite: SuiteResult, more: str, *, tells_actual: bool = True) -> str:
    """What the test case says: expected above actual if both are known and differ, else its message.

    The actual text is left out if the heading has it.
    """
    where = ""
    if case.is_flaky:
        # The last run had another text, and a tolerated case has no texts of its own.
        failure = case.earlier_failures[0]
        where = f" in {escaped(run_name(suite, failure))}"
        case = case.as_it_failed(failure)._replace(message=case.message or failure.message)
    kind = f"<b>{case.kind}</b> " if case.kind not in ("run", "step") else ""
    if case.outcome is not Outcome.ERROR and case.kind != "context" and (case.expected or case.actual):
        told = difference_of(case)
        if told.expected != told.actual and not told.fields and not told.only:
            expected, actual = _excerpts(told, case)
            left, right = marked_pair(expected, actual) if told.is_alike else (escaped(expected), escaped(actual))
            rows = [(f"{kind}expected", left)]
            others = map(quoted, told.others[:_MAX_OTHERS])
            rows += [("or", escaped(other[1:-1] if case.kind == "flow" else other)) for other in others]
            if folded := folded_texts(told.others[_MAX_OTHERS:]):
                rows.append(("or", folded))
            rows += [(f"actual{where}", right)] if tells_actual else []
            rows[-1] = (rows[-1][0], rows[-1][1] + more)
            # The message of a flaky failure first says in how many runs it failed.
            lead = case.message.partition("expected ")[0].rstrip(": ")
            before = f"<p>{escaped(one_line(lead, _MAX_MESSAGE))}</p>" if lead else ""
            return f"{before}<dl>{''.join(_row(name, shown) for name, shown in rows)}</dl>"
    if counted := count_text(suite, case):
        return f"<p>{escaped(counted)}{more}</p>"
    message = one_line(case.message, _MAX_MESSAGE if case.step else _MAX_RUN_MESSAGE)
    return f"<p>{kind}{f'<bdi>{escaped(message)}</bdi>' if message else ''}{more}</p>"


def _excerpts(told: Difference, case: TestCase) -> tuple[str, str]:
    """Expected and actual on one line, from shortly before the place where they differ. Texts are in quotes."""
    expected, actual, _ = quoted_pair(told.expected, told.actual)
    # (no response) and the like are no texts, so the message has no quotes around them. A flow is no text either.
    quotes = case.message if case.kind != "flow" else ""
    return (
        expected if expected in quotes else expected[1:-1],
        actual if actual in quotes else actual[1:-1],
    )


def _row(name: str, shown: str) -> str:
    return f'<div><dt{label_class(name)}>{name}</dt><dd dir="auto">{shown}</dd></div>'


def _folded(items: Sequence[str], title: str, start: int, *, is_open: bool = False) -> str:
    if not items:
        return ""
    state = " open" if is_open else ""
    return f'<details{state}><summary>{title}</summary><ol start="{start}">{"".join(items)}</ol></details>\n'
