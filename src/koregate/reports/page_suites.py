"""The suites of report.html: a table of all suites, and the beginning and end of each suite's section."""

from collections.abc import Callable, Sequence

from koregate.judging.cases import Outcome
from koregate.judging.results import JobResult, SuiteResult
from koregate.judging.shown_counts import ShownCounts
from koregate.reports.counts_text import where_passed
from koregate.reports.figures_text import bot_time, confusions_of, figures_of, step_noun, steps_noun
from koregate.reports.headline import NOT_STARTED, has_cases, has_result
from koregate.reports.job_errors import problems_of
from koregate.reports.log_line import plural
from koregate.reports.page_header import VERDICT_SIGNS, facts
from koregate.reports.page_message import escaped
from koregate.reports.page_step import SIGNS
from koregate.reports.page_steps import anchor
from koregate.reports.problem_names import problem_with_code
from koregate.reports.retry_lines import earlier_runs_text
from koregate.reports.run_names import last_run_name
from koregate.text import human_duration, number_list
from koregate.verdicts import EXIT_CREDENTIALS, NO_RESULT, Verdict

_MAX_OPEN = 12
_MAX_REASONS = 200
_MAX_REMARKS = 20
# With at least this many steps, a browser lays out only the visible ones.
_MANY = 500
_NONE = ' class="none"'


def table(suites: Sequence[tuple[int, SuiteResult]]) -> str:
    """All suites. Passed suites are folded if there are others."""
    passed = [numbered for numbered in suites if numbered[1].verdict is Verdict.PASSED]
    others = [numbered for numbered in suites if numbered[1].verdict is not Verdict.PASSED]
    # One or two rows are not longer than the line that would replace them.
    folded = passed if others and passed[2:] else []
    shown = _table([numbered for numbered in suites if not folded or numbered in others])
    if folded:
        title = f'<b class="mark passed">{VERDICT_SIGNS[Verdict.PASSED]} {len(folded)} suites passed</b>'
        shown += f'<details class="fold"><summary>{title}</summary>\n{_table(folded)}</details>\n'
    return (
        f'<section id="suites" aria-labelledby="suites-title">\n<h2 id="suites-title">Suites</h2>\n{shown}</section>\n'
    )


def _table(suites: Sequence[tuple[int, SuiteResult]]) -> str:
    steps = steps_noun([suite for _, suite in suites]).capitalize()
    columns = ("Suite", "Verdict", f"{steps} passed", "Test cases passed", bot_time([suite for _, suite in suites]))
    heads = "".join(f'<th scope="col" role="columnheader">{column}</th>' for column in columns)
    rows = "".join(_row(number, suite, columns) for number, suite in suites)
    # The roles keep it a table for screen readers when the narrow style shows its rows as cards.
    return f"""<table role="table"><thead role="rowgroup"><tr role="row">{heads}</tr></thead>
<tbody role="rowgroup">
{rows}</tbody></table>
"""


def _row(number: int, suite: SuiteResult, columns: Sequence[str]) -> str:
    steps, counts = suite.verdict_steps, ShownCounts.of([suite])
    runs = where_passed([suite])
    cells = (
        f'<span class="{suite.verdict}">{VERDICT_SIGNS[suite.verdict]} {suite.verdict}</span>',
        f"{steps.passed} of {steps.total}{runs}" if steps.total and has_result(suite) else "",
        f"{counts.passed} of {counts.total}{runs}" if has_cases(suite) else "",
        human_duration(suite.seconds) if suite.seconds else "",
    )
    shown = "".join(
        f'<td role="cell" data-column="{column.lower()}"{"" if cell else _NONE}>{cell or "&ndash;"}</td>'
        for column, cell in zip(columns[1:], cells, strict=True)
    )
    link = f'<a href="#s{number}" dir="auto">{escaped(suite.name)}</a>'
    return f'<tr role="row"><th scope="row" role="rowheader">{link}</th>{shown}</tr>\n'


def beginning(number: int, suite: SuiteResult, *, is_told: bool, is_only: bool) -> str:
    """The beginning of a suite's section, before its steps.

    `is_told` says that the list at the top has its reasons. They follow there at once if it is the only suite.
    """
    name, verdict = f"s{number}", suite.verdict
    rows = {
        "Test run": suite.run_id,
        "Earlier runs": earlier_runs_text(suite),
        "Platform status": suite.platform_status,
        "Started": f"{suite.started:%Y-%m-%d %H:%M:%S} UTC" if suite.started else None,
        "NLP versions": ", ".join(suite.nlp_versions),
        "Suite file": f"{suite.source.path}, sha256 {suite.source.sha256}" if suite.source else None,
        **{name.capitalize(): value for name, value in figures_of(suite.figures).items()},
    }
    reasons = _reasons(suite)
    if is_told:
        again = [] if is_only else suite.reasons
        reasons = "".join([f'<p class="quiet" dir="auto">{escaped(reason)}</p>\n' for reason in again])
    return f"""<section id="{name}" class="suite {verdict}" aria-labelledby="{name}-title">
<h2 id="{name}-title"><span class="mark {verdict}">{VERDICT_SIGNS[verdict]} {verdict}</span> \
<a href="#{name}"><bdi>{escaped(suite.name)}</bdi></a></h2>
{facts(rows)}{reasons}{_confusions(suite)}{_remarks(suite)}"""


def problems(job: JobResult) -> str:
    """The problems with the inputs, in the place of all else."""
    found = [reason for suite in job.suites for reason in suite.reasons]
    title = f'<h2 id="problems">{plural(len(found), "problem")} with the inputs</h2>'
    box = f'<div class="reasons">{_listed(found, _with_code)}</div>'
    return f'<section aria-labelledby="problems">{title}{box}</section>\n'


def job_errors(job: JobResult) -> str:
    """The problems of the job itself, which belong to no suite. Empty without any."""
    found = problems_of(job.gates)
    if not found:
        return ""
    title = '<h2 id="this-job-title">This job</h2>'
    box = f'<div class="reasons">{title}{_listed(found, _with_code)}</div>'
    return f'<section id="this-job" class="job" aria-labelledby="this-job-title">{box}</section>\n'


def _listed(reasons: Sequence[str], shown: Callable[[str], str] = escaped) -> str:
    """The reasons, one line each, as far as a page has room. `shown` makes HTML of one."""
    lines = [f'<li dir="auto">{shown(reason)}</li>' for reason in reasons[:_MAX_REASONS]]
    if more := len(reasons) - len(lines):
        lines.append(f"<li>{more} more reasons are not shown. See report.json.</li>")
    rest = folded(lines[_MAX_OPEN:], "reasons", start=_MAX_OPEN + 1)
    return f"<ul>{''.join(lines[:_MAX_OPEN])}</ul>{rest}"


def _with_code(problem: str) -> str:
    """A problem of the job itself, with names as code."""
    return problem_with_code(problem, escaped)


def _reasons(suite: SuiteResult) -> str:
    """Why the suite is not a pass, one line each. Folded if the failed steps below already say it."""
    if not suite.reasons:
        return ""
    listed = _listed(suite.reasons)
    steps_say_it = any(case.is_told for step in suite.steps for case in step.cases)
    # That a flaky suite fails is not what the platform reports.
    is_own = suite.verdict is Verdict.FAILED and suite.is_flaky
    if suite.verdict in (Verdict.FAILED, Verdict.TOLERATED) and steps_say_it and not suite.doubts and not is_own:
        return f'<details class="remarks"><summary>What the platform reports</summary>{listed}</details>\n'
    return f'<div class="reasons"><h3>Why it did not pass</h3>{listed}</div>\n'


def _confusions(suite: SuiteResult) -> str:
    """The intents of a batch suite that were confused most often."""
    rows = "".join(
        f'<li dir="auto"><b>{escaped(pair.expected)}</b> recognized as <b>{escaped(pair.actual)}</b>: {pair.times}</li>'
        for pair in confusions_of(suite)
    )
    return f'<div class="reasons"><h3>Most confused intents</h3><ul>{rows}</ul></div>\n' if rows else ""


def _remarks(suite: SuiteResult) -> str:
    """The remarks, folded. They do not affect the verdict."""
    lines = [f'<li dir="auto">{escaped(remark)}</li>' for remark in suite.remarks[:_MAX_REMARKS]]
    if not lines:
        return ""
    title = f"{len(suite.remarks)} remark{'' if len(suite.remarks) == 1 else 's'}"
    return f'<details class="remarks"><summary>{title}</summary><ul>{"".join(lines)}</ul></details>\n'


def folded(items: Sequence[str], what: str, start: int) -> str:
    """List items that are too many to be shown unfolded."""
    if not items:
        return ""
    return f'<details><summary>{len(items)} more {what}</summary><ol start="{start}">{"".join(items)}</ol></details>\n'


def steps(number: int, suite: SuiteResult, items: list[str]) -> str:
    """The conversation, or why there is none."""
    items = items + _unreturned(number, [step.number for step in suite.steps if not step.returned])
    if not items:
        return f'<p class="quiet">{why_empty(suite)}</p>\n'
    # Without the role, Safari's screen reader does not announce a list without markers as a list.
    kinds = f"{' many' if len(suite.steps) > _MANY else ''}{' batch' if suite.steps_stand_alone else ''}"
    listed = f'<ol class="steps{kinds}" role="list">\n{"".join(items)}</ol>\n'
    if suite.steps_stand_alone or not any(case.is_flaky for case in suite.cases):
        return listed
    told = f"The conversation of {last_run_name(suite)}, the last one. A flaky step begins with the run that failed."
    return f'<p class="quiet">{told}</p>\n{listed}'


def _unreturned(number: int, missing: list[int]) -> list[str]:
    """One item for all steps that were announced but not returned. There may be very many."""
    if not missing:
        return []
    first, last = missing[0], missing[-1]
    subject = f"Step {first} is" if first == last else f"Steps {number_list(missing)} are"
    name, sign = anchor(number, first), SIGNS[Outcome.SKIPPED]
    told = f"{subject} missing from the platform's reply."
    text = f'<p><span class="mark">{sign} skipped</span> {told}</p>'
    return [f'<li id="{name}" class="skipped"><a href="#{name}">#{first}</a>{text}</li>\n']


def why_empty(suite: SuiteResult) -> str:
    """Why there is no conversation to show, in a sentence of HTML."""
    counts = suite.step_counts
    if suite.run_id is None and suite.platform_status is None:
        is_sure = suite.exit_code == EXIT_CREDENTIALS or any(NOT_STARTED in reason for reason in suite.reasons)
        return "No test run was started." if is_sure else "No test run of this suite is known."
    if suite.platform_status is None:
        return "There is no conversation to show, because the platform sent no readable reply."
    if counts.total:
        noun = f"{step_noun(suite)}s"
        if suite.verdict in NO_RESULT and not (counts.passed or counts.failed):
            return f"The platform returned no results for the {counts.total} {noun}."
        return f"The reply has no list of {noun}. Its counts: {counts.passed} of {counts.total} {noun} passed."
    return "There is no conversation to show, because no step was executed."
