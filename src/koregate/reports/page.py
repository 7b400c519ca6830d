"""report.html: one self-contained page that shows each conversation as a chat with its failures."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from koregate.errors import Verdict
from koregate.judging.cases import Outcome
from koregate.reports.page_step import SIGNS, escaped, overall, rendered
from koregate.runs.pacing import spoken
from koregate.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from koregate.judging.results import Counts, Report, SuiteResult

_SIGNS = {
    Verdict.PASSED: "✓",
    Verdict.SKIPPED: "-",
    Verdict.FAILED: "✗",
    Verdict.ERROR: "!",
    Verdict.TIMEOUT: "!",
    Verdict.CANCELLED: "■",
}
_SHOWN = 12
_LABEL = 120
_NAME = 200
_TITLE = 60


def render(report: Report) -> bytes:
    """The page. The same report gives the same bytes."""
    style, script = _asset("page.css"), _asset("page.js")
    suites = list(enumerate(report.suites, 1))
    parts = [
        _head(report, style, script),
        _header(report),
        _failures(suites),
        '<main id="main">\n',
        _table(suites),
        _TOOLS,
        *(_suite(number, suite) for number, suite in suites),
        f"</main>\n<script>{script}</script>\n</body>\n</html>\n",
    ]
    return "".join(parts).encode()


@cache
def _asset(name: str) -> str:
    # Universal newlines: the hash must be that of what a browser reads.
    return (resources.files("koregate.reports") / name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _head(report: Report, style: str, script: str) -> str:
    # Content Security Policy Level 3: nothing but our own style and script may act, and nothing is ever loaded.
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    names = report.suites[0].name if len(report.suites) == 1 else f"{len(report.suites)} suites"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="koregate">
<title>{_SIGNS[report.verdict]} {report.verdict}: {escaped(one_line(names, _TITLE))} - koregate</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the conversations</a>
"""


def _header(report: Report) -> str:
    target, counts, steps = report.target, report.counts, report.steps
    facts = {
        "Exit code": str(report.exit_code),
        "Fail-on": "" if report.fail_on == "any" else report.fail_on,
        "Pass rate": f"{counts.pass_rate} %",
        "Duration": spoken(report.seconds) if report.seconds else "",
        "Host": target.host,
        "Stream": target.stream_id,
        "Bot version": target.bot_version,
        "Language": target.bot_language,
    }
    return f"""<header>
<p class="brand">koregate conversation tests</p>
<h1 class="{report.verdict}"><span aria-hidden="true">{_SIGNS[report.verdict]}</span> {report.verdict.capitalize()}</h1>
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
        f'<div><dt>{name}</dt><dd dir="auto">{escaped(one_line(value, _NAME))}</dd></div>'
        for name, value in facts.items()
        if value
    ]
    return f'<dl class="facts">{"".join(rows)}</dl>\n'


def _failures(suites: list[tuple[int, SuiteResult]]) -> str:
    """The red steps with a link to each; the first ones open."""
    links = [link for number, suite in suites for link in _red_links(number, suite)]
    if not links:
        return '<nav aria-label="Failures"><p>Nothing failed. <a href="#suites">The suites</a></p></nav>\n'
    listed = "".join(links[:_SHOWN])
    rest = _folded(links[_SHOWN:], "failures", start=_SHOWN + 1)
    return f'<nav aria-labelledby="failures"><h2 id="failures">Failures</h2>\n<ol>{listed}</ol>{rest}</nav>\n'


def _red_links(number: int, suite: SuiteResult) -> Iterator[str]:
    name = escaped(one_line(suite.name, _LABEL))
    for step, cases in suite.cases_by_step:
        red = [case for case in cases if case.is_red]
        if not red:
            continue
        place, anchor = (f"step {step}", _anchor(number, step)) if step else ("whole run", f"s{number}")
        said = one_line(suite.input_of(step) if step else red[0].message, _LABEL)
        quoted = f' <q dir="auto">{escaped(said)}</q>' if said else ""
        kinds = f" <small>{SIGNS[overall(red)]} {', '.join(dict.fromkeys(case.kind for case in red))}</small>"
        yield f'<li><a href="#{anchor}"><bdi>{name}</bdi>, {place}</a>{quoted}{kinds if step else ""}</li>\n'


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
        f"{suite.steps.passed} of {suite.steps.total}",
        f"{suite.counts.passed} of {suite.counts.total}",
        f"{suite.counts.pass_rate} %",
        spoken(suite.seconds) if suite.seconds else "",
        f"<bdi>{escaped(one_line(suite.run_id, _NAME))}</bdi>" if suite.run_id else "",
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


def _anchor(suite: int, step: int) -> str:
    return f"s{suite}-step-{step}"


def _suite(number: int, suite: SuiteResult) -> str:
    anchor, verdict = f"s{number}", suite.verdict
    status = suite.status
    facts = {
        "Test run": suite.run_id,
        "Platform status": (status.answer.status or status.result.status) if status else None,
        "Started": f"{status.started:%Y-%m-%d %H:%M:%S} UTC" if status and status.started else None,
        "NLP versions": status.nlp_versions if status else None,
    }
    return f"""<section id="{anchor}" class="suite {verdict}" aria-labelledby="{anchor}-title">
<h2 id="{anchor}-title"><span class="mark {verdict}">{_SIGNS[verdict]} {verdict}</span> \
<a href="#{anchor}"><bdi>{escaped(suite.name)}</bdi></a></h2>
{_facts(facts)}{_reasons(suite)}{_steps(number, suite)}</section>
"""


def _reasons(suite: SuiteResult) -> str:
    """Why the suite is no pass, a line each."""
    lines = [f'<li dir="auto">{escaped(reason)}</li>' for reason in suite.judgement.reasons]
    if not lines:
        return ""
    rest = _folded(lines[_SHOWN:], "reasons", start=_SHOWN + 1)
    return f'<div class="reasons"><h3>Why it did not pass</h3><ul>{"".join(lines[:_SHOWN])}</ul>{rest}</div>\n'


def _steps(number: int, suite: SuiteResult) -> str:
    """The conversation, or why there is none."""
    came = len(suite.status.steps) if suite.status else 0
    items = [
        rendered(_anchor(number, step), step, suite.step(step), cases)
        for step, cases in suite.cases_by_step
        if 0 < step <= came
    ]
    items += _never(number, [step for step, _ in suite.cases_by_step if step > came])
    if not items:
        return f'<p class="quiet">{_silence(suite)}</p>\n'
    # Without the role a list without markers is none for Safari's screen reader.
    return f'<ol class="steps" role="list">\n{"".join(items)}</ol>\n'


def _never(number: int, steps: list[int]) -> list[str]:
    """One item for all steps that were announced and never came: there may be very many."""
    if not steps:
        return []
    first, last = steps[0], steps[-1]
    text = f"Step {first} was" if first == last else f"Steps {first} to {last} were"
    anchor, sign = _anchor(number, first), SIGNS[Outcome.SKIPPED]
    said = f'<p><span class="mark">{sign} skipped</span> {text} never executed.</p>'
    return [f'<li id="{anchor}" class="skipped"><a href="#{anchor}">#{first}</a>{said}</li>\n']


def _silence(suite: SuiteResult) -> str:
    if suite.status is None:
        return "There is no conversation to show: the test run gave no answer that could be read."
    if suite.status.result.steps is None:
        return f"The answer has no list of steps. Its counts: {suite.steps.passed} of {suite.steps.total} steps passed."
    return "There is no conversation to show: no step ran."
