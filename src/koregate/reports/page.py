"""report.html: one self-contained page that shows each conversation as a chat with its failures."""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from itertools import islice

from koregate.judging.cases import Outcome, overall
from koregate.judging.results import Counts, JobResult, SuiteResult
from koregate.reports.page_step import SIGNS, escaped
from koregate.reports.page_steps import anchor, step_lists
from koregate.text import human_duration, one_line
from koregate.verdicts import Verdict

_SIGNS = {
    Verdict.PASSED: "✓",
    Verdict.SKIPPED: "-",
    Verdict.TOLERATED: "~",
    Verdict.FAILED: "✗",
    Verdict.ERROR: "!",
    Verdict.TIMEOUT: "!",
    Verdict.CANCELLED: "■",
}
# A browser opens a page of this size within seconds.
MAX_BYTES = 20 * 1000 * 1000
# The tags around the steps of a suite.
_SECTION_BYTES = 500
_MAX_OPEN = 12
_MAX_LINKS = 1_000
_MAX_REASONS = 200
_MAX_REMARKS = 20
_MAX_LABEL = 120
_MAX_NAME = 200
_MAX_TITLE = 60


def render(job: JobResult, largest: int = MAX_BYTES) -> bytes:
    """The page, in about `largest` bytes at most. The same report gives the same bytes."""
    style, script = _asset("page.css"), _asset("page.js")
    suites = list(enumerate(job.suites, 1))
    start = [
        _head(job, style, script),
        _header(job),
        _failures(job, suites),
        '<main id="main">\n',
        _table(suites),
        _TOOLS,
    ]
    beginnings = [_suite(number, suite) for number, suite in suites]
    end = f"</main>\n<script>{script}</script>\n</body>\n</html>\n"
    taken = sum(len(part.encode()) for part in [*start, *beginnings, end]) + _SECTION_BYTES * len(suites)
    lists = step_lists(suites, max(largest - taken, 0))
    sections = [
        f"{beginning}{_steps(number, suite, items)}</section>\n"
        for (number, suite), beginning, items in zip(suites, beginnings, lists, strict=True)
    ]
    return "".join([*start, *sections, end]).encode()


@cache
def _asset(name: str) -> str:
    # Universal newlines: the hash must be that of what a browser reads.
    return (resources.files("koregate.reports") / name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _head(job: JobResult, style: str, script: str) -> str:
    # Content Security Policy Level 3: nothing but our own style and script may act, and nothing is ever loaded.
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    names = job.suites[0].name if len(job.suites) == 1 else f"{len(job.suites)} suites"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="koregate">
<title>{_SIGNS[job.verdict]} {job.verdict}: {escaped(one_line(names, _MAX_TITLE))} - koregate</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the conversations</a>
"""


def _header(job: JobResult) -> str:
    target, counts, steps = job.target, job.counts, job.step_counts
    facts = {
        "Exit code": str(job.exit_code),
        "Fail-on": "" if job.fail_on == "any" else job.fail_on,
        "Pass rate": f"{counts.pass_rate} %",
        "Duration": human_duration(job.seconds) if job.seconds else "",
        "Host": target.host,
        "Stream": target.stream_id,
        "Bot version": target.bot_version,
        "Language": target.bot_language,
        "Model": target.training,
    }
    return f"""<header>
<p class="brand">koregate conversation tests</p>
<h1 class="{job.verdict}"><span aria-hidden="true">{_SIGNS[job.verdict]}</span> {job.verdict.capitalize()}</h1>
<p><b>{counts.passed} of {counts.total}</b> test cases passed: {counts.failed} failed, {counts.errors} errors, \
{counts.skipped} skipped. <b>{steps.passed} of {steps.total}</b> steps passed.</p>
{_bar(counts)}{_facts(facts)}</header>
"""


def _bar(counts: Counts) -> str:
    """The test cases as a bar, in the colours of their outcomes; the words beside it say the same."""
    shares = {"passed": counts.passed, "failed": counts.failed, "error": counts.errors, "skipped": counts.skipped}
    start, pieces = 0, []
    for name, share in shares.items():
        if share:
            pieces.append(f'<rect class="{name}" x="{start}" width="{share}" height="1"/>')
        start += share
    box = f'viewBox="0 0 {max(start, 1)} 1" preserveAspectRatio="none"'
    return f'<svg class="bar" {box} aria-hidden="true">{"".join(pieces)}</svg>\n'


def _facts(facts: dict[str, str | None]) -> str:
    rows = [
        f'<div><dt>{name}</dt><dd dir="auto">{escaped(one_line(value, _MAX_NAME))}</dd></div>'
        for name, value in facts.items()
        if value
    ]
    return f'<dl class="facts">{"".join(rows)}</dl>\n'


def _failures(job: JobResult, suites: list[tuple[int, SuiteResult]]) -> str:
    """The failed steps with a link to each of the first thousand. The first ones are open."""
    links = list(islice((link for number, suite in suites for link in _links(number, suite)), _MAX_LINKS))
    if not links:
        return '<nav aria-label="Failures"><p>Nothing failed. <a href="#suites">The suites</a></p></nav>\n'
    listed = "".join(links[:_MAX_OPEN])
    rest = _folded(links[_MAX_OPEN:], "failures", start=_MAX_OPEN + 1)
    more = len(job.blocking_steps) - len(links)
    note = f"<p>{more} more failures have no link here. They are in the suites below.</p>\n" if more else ""
    return f'<nav aria-labelledby="failures"><h2 id="failures">Failures</h2>\n<ol>{listed}</ol>{rest}{note}</nav>\n'


def _links(number: int, suite: SuiteResult) -> Iterator[str]:
    name = escaped(one_line(suite.name, _MAX_LABEL))
    for step, cases in suite.cases_by_step:
        blocking = [case for case in cases if case.is_blocking]
        if not blocking:
            continue
        place, target = (f"step {step.number}", anchor(number, step.number)) if step else ("whole run", f"s{number}")
        label = one_line(step.input if step else blocking[0].message, _MAX_LABEL)
        quoted = f' <q dir="auto">{escaped(label)}</q>' if label else ""
        kinds = ", ".join(dict.fromkeys(case.kind for case in blocking))
        small = f" <small>{SIGNS[overall(blocking)]} {kinds}</small>" if step else ""
        yield f'<li><a href="#{target}"><bdi>{name}</bdi>, {place}</a>{quoted}{small}</li>\n'


def _folded(items: list[str], what: str, start: int) -> str:
    """List items that are too many to lie open."""
    if not items:
        return ""
    return f'<details><summary>{len(items)} more {what}</summary><ol start="{start}">{"".join(items)}</ol></details>\n'


def _table(suites: list[tuple[int, SuiteResult]]) -> str:
    columns = ("Suite", "Verdict", "Steps", "Test cases", "Pass rate", "Duration", "Test run")
    heads = "".join(f'<th scope="col" role="columnheader">{column}</th>' for column in columns)
    rows = "".join(_row(number, suite, columns[1:]) for number, suite in suites)
    # The roles keep it a table for screen readers where the narrow style lays its rows out as cards.
    return f"""<section id="suites" aria-labelledby="suites-title">
<h2 id="suites-title">Suites</h2>
<table role="table"><thead role="rowgroup"><tr role="row">{heads}</tr></thead>
<tbody role="rowgroup">
{rows}</tbody></table>
</section>
"""


def _row(number: int, suite: SuiteResult, columns: Iterable[str]) -> str:
    cells = (
        f'<span class="{suite.verdict}">{_SIGNS[suite.verdict]} {suite.verdict}</span>',
        f"{suite.step_counts.passed} of {suite.step_counts.total}",
        f"{suite.counts.passed} of {suite.counts.total}",
        f"{suite.counts.pass_rate} %",
        human_duration(suite.seconds) if suite.seconds else "",
        f"<bdi>{escaped(one_line(suite.run_id, _MAX_NAME))}</bdi>" if suite.run_id else "",
    )
    shown = "".join(
        f'<td role="cell" data-column="{column}">{cell}</td>' for column, cell in zip(columns, cells, strict=True)
    )
    link = f'<a href="#s{number}" dir="auto">{escaped(suite.name)}</a>'
    return f'<tr role="row"><th scope="row" role="rowheader">{link}</th>{shown}</tr>\n'


# Hidden until the script shows them: without it they would do nothing.
_TOOLS = """<div id="tools" role="search" hidden>
<label>Search <kbd aria-hidden="true">/</kbd> <input id="search" type="search" aria-keyshortcuts="/"></label>
<label><input id="red" type="checkbox"> Failures only</label>
<label><input id="open" type="checkbox"> Unfold passed steps</label>
<output id="found"></output>
</div>
"""


def _suite(number: int, suite: SuiteResult) -> str:
    """The beginning of a suite's section, before its steps."""
    name, verdict = f"s{number}", suite.verdict
    facts = {
        "Test run": suite.run_id,
        "Platform status": suite.platform_status,
        "Started": f"{suite.started:%Y-%m-%d %H:%M:%S} UTC" if suite.started else None,
        "NLP versions": ", ".join(suite.nlp_versions),
    }
    return f"""<section id="{name}" class="suite {verdict}" aria-labelledby="{name}-title">
<h2 id="{name}-title"><span class="mark {verdict}">{_SIGNS[verdict]} {verdict}</span> \
<a href="#{name}"><bdi>{escaped(suite.name)}</bdi></a></h2>
{_facts(facts)}{_reasons(suite)}{_remarks(suite)}"""


def _reasons(suite: SuiteResult) -> str:
    """Why the suite is not a pass, one line each."""
    lines = [f'<li dir="auto">{escaped(reason)}</li>' for reason in suite.reasons[:_MAX_REASONS]]
    if not lines:
        return ""
    if more := len(suite.reasons) - len(lines):
        lines.append(f"<li>{more} more reasons are not shown. See report.json.</li>")
    rest = _folded(lines[_MAX_OPEN:], "reasons", start=_MAX_OPEN + 1)
    return f'<div class="reasons"><h3>Why it did not pass</h3><ul>{"".join(lines[:_MAX_OPEN])}</ul>{rest}</div>\n'


def _remarks(suite: SuiteResult) -> str:
    """What is worth a look and decides nothing, folded."""
    lines = [f'<li dir="auto">{escaped(remark)}</li>' for remark in suite.remarks[:_MAX_REMARKS]]
    if not lines:
        return ""
    title = f"{len(suite.remarks)} remark{'' if len(suite.remarks) == 1 else 's'}"
    return f'<details class="remarks"><summary>{title}</summary><ul>{"".join(lines)}</ul></details>\n'


def _steps(number: int, suite: SuiteResult, items: list[str]) -> str:
    """The conversation, or why there is none."""
    items = items + _unreturned(number, [step.number for step in suite.steps if not step.returned])
    if not items:
        return f'<p class="quiet">{_why_empty(suite)}</p>\n'
    # Without the role, Safari's screen reader does not take a list without markers for a list.
    return f'<ol class="steps" role="list">\n{"".join(items)}</ol>\n'


def _unreturned(number: int, steps: list[int]) -> list[str]:
    """One item for all steps that were announced and not returned: there may be very many."""
    if not steps:
        return []
    first, last = steps[0], steps[-1]
    subject = f"Step {first} was" if first == last else f"Steps {first} to {last} were"
    name, sign = anchor(number, first), SIGNS[Outcome.SKIPPED]
    text = f'<p><span class="mark">{sign} skipped</span> {subject} never executed.</p>'
    return [f'<li id="{name}" class="skipped"><a href="#{name}">#{first}</a>{text}</li>\n']


def _why_empty(suite: SuiteResult) -> str:
    counts = suite.step_counts
    if suite.platform_status is None:
        return "There is no conversation to show: the platform gave no reply that could be read."
    if counts.total:
        return f"The reply has no list of steps. Its counts: {counts.passed} of {counts.total} steps passed."
    return "There is no conversation to show: no step was executed."
