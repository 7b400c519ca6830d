"""The beginning and the end of a job summary: result, suites, tolerated failures, and what to do next."""

import html
from collections.abc import Mapping, Sequence

from koregate.judging.results import JobResult, SuiteResult
from koregate.reports.figures_text import confusions_of, figures_of, title_of
from koregate.reports.headline import counted, headline, worst_first
from koregate.reports.markdown import markdown
from koregate.reports.next_steps import attach_inputs, next_steps
from koregate.reports.policy_text import policy_lines, tolerated_with_reasons
from koregate.reports.verdict_signs import SIGNS
from koregate.text import clipped, human_duration, one_line
from koregate.verdicts import Verdict

_MAX_NAME = 100
_MAX_FACT = 300
_MAX_REMARKS = 10
_MAX_REMARK = 1000
_MAX_TOLERATED = 30
_MAX_NOTES = 20
_SHORT_HASH = 10


def head(job: JobResult) -> str:
    """Which suites did not pass, how many test cases did, and which bot and commit were tested."""
    calm = job.verdict in (Verdict.PASSED, Verdict.SKIPPED)
    title = f"{title_of(job.suites)}: {job.verdict}" if calm else markdown(headline(job))
    cases, steps = counted(job)
    counts = f"\n**{cases}** {steps}\n" if steps or len(job.suites) > 1 else ""
    return f"## {SIGNS[job.verdict]} {title}\n{counts}{_policy(job)}{_tested(job)}{_last_runs(job)}"


def _policy(job: JobResult) -> str:
    """What policy tolerated, with its source, and how the job compares with its baseline."""
    return "".join(f"\n{markdown(line)}\n" for line in policy_lines(job))


def _tested(job: JobResult) -> str:
    """Which bot was tested and for which commit, as far as they are known."""
    target, ci = job.target, job.facts.ci
    bot = {"version": target.bot_version, "language": target.bot_language, "model": target.training}
    job_facts = {
        "started": f"{job.started:%Y-%m-%d %H:%M} UTC" if job.started else "",
        "commit": ci.commit[:_SHORT_HASH],
        "branch": ci.branch,
    }
    tested, run = _facts(bot), _facts(job_facts)
    told = [f"Tested: {tested}." if tested else "", f"{run[0].upper()}{run[1:]}." if run else ""]
    return f"\n{' '.join(filter(None, told))}\n" if any(told) else ""


def _last_runs(job: JobResult) -> str:
    """The verdicts of the last runs, oldest first, including this one."""
    if not job.facts.history:
        return ""
    verdicts = [*(run.verdict for run in job.facts.history), job.verdict]
    return f"\nLast {len(verdicts)} runs, the newest at the end: {' '.join(SIGNS[verdict] for verdict in verdicts)}\n"


def _facts(facts: Mapping[str, str | None]) -> str:
    return ", ".join(f"{name} {markdown(one_line(value, _MAX_FACT))}" for name, value in facts.items() if value)


def table(suites: Sequence[SuiteResult], *, without_passed: bool = False) -> str:
    """The suites that did not pass, the others folded or counted, and the figures of batch suites."""
    noted = [suite for suite in suites if not (without_passed and suite.verdict is Verdict.PASSED)]
    return _table(suites, without_passed=without_passed) + _notes(noted)


def _table(suites: Sequence[SuiteResult], *, without_passed: bool) -> str:
    ordered = [suite for _, suite in worst_first(suites)]
    others = [suite for suite in ordered if suite.verdict is not Verdict.PASSED]
    passed = ordered[len(others) :]
    if not others and not without_passed:
        return _rows(passed)
    if without_passed and passed:
        return f"{_rows(others) if others else ''}_{len(passed)} suites that passed are left out._\n"
    if not passed:
        return _rows(others)
    title = f"{len(passed)} suite{'' if len(passed) == 1 else 's'} passed"
    return f"{_rows(others)}<details><summary>{SIGNS[Verdict.PASSED]} {title}</summary>\n\n{_rows(passed)}</details>\n"


def _notes(suites: Sequence[SuiteResult]) -> str:
    """The figures and confused intents of batch suites, one paragraph per suite that has some."""
    noted = [note for suite in suites if (note := _note(suite))]
    more = [f"_{len(noted) - _MAX_NOTES} more suites have figures. See report.json._"]
    return "".join(f"\n{note}\n" for note in noted[:_MAX_NOTES] + (more if noted[_MAX_NOTES:] else []))


def _note(suite: SuiteResult) -> str:
    figures = ", ".join(f"{name} {value}" for name, value in figures_of(suite.figures).items())
    mistaken = ", ".join(
        f"{markdown(told.expected)} → {markdown(told.actual)} ({told.times})" for told in confusions_of(suite)
    )
    parts = [
        f"{figures}." if figures else "",
        f"Most confused intents: {mistaken}." if mistaken else "",
    ]
    text = " ".join(filter(None, parts))
    return f"**{markdown(clipped(suite.name, _MAX_NAME))}**: {text}" if text else ""


def _rows(suites: Sequence[SuiteResult]) -> str:
    rows = ["| Suite | Verdict | Steps | Test cases | Bot time |", "|---|---|---:|---:|---:|", *map(_row, suites), "\n"]
    return "\n".join(rows)


def _row(suite: SuiteResult) -> str:
    steps, counts = suite.step_counts, suite.counts
    # The verdict and its sign stay on one line.
    cells = [
        markdown(clipped(suite.name, _MAX_NAME)),
        f"{SIGNS[suite.verdict]}&nbsp;{suite.verdict}",
        f"{steps.passed}&nbsp;of&nbsp;{steps.total}" if steps.total else "",
        f"{counts.passed}&nbsp;of&nbsp;{counts.total}" if steps.total else "",
        human_duration(suite.seconds) if suite.seconds else "",
    ]
    return f"| {' | '.join(cells)} |"


def end(job: JobResult) -> str:
    """What is tolerated, the remarks, where the full report is, and how to run again."""
    return "\n".join([part for part in (_tolerated(job), _remarks(job), _next(job)) if part])


def _tolerated(job: JobResult) -> str:
    told = list(tolerated_with_reasons(job))
    if not told:
        return ""
    lines = [
        f"- {markdown(clipped(suite.name, _MAX_NAME))}, {markdown(case.label)}: {markdown(reason)}"
        for suite, case, reason in told[:_MAX_TOLERATED]
    ]
    if more := len(told) - _MAX_TOLERATED:
        lines += [f"- … and {more} more. See report.html."] if more > 0 else []
    title = f"{SIGNS[Verdict.TOLERATED]} {len(told)} tolerated test case{'' if len(told) == 1 else 's'}"
    return "\n".join([f"<details><summary>{title}</summary>\n", *lines, "\n</details>\n"])


def _remarks(job: JobResult) -> str:
    """The remarks, folded. Empty if there are none."""
    told = [(suite, remark) for suite in job.suites for remark in suite.remarks]
    if not told:
        return ""
    lines = [
        f"- {markdown(clipped(suite.name, _MAX_NAME))}: {markdown(one_line(remark, _MAX_REMARK))}"
        for suite, remark in told[:_MAX_REMARKS]
    ]
    if more := len(told) - len(lines):
        lines.append(f"- … and {more} more. See report.html.")
    title = f"{len(told)} remark{'' if len(told) == 1 else 's'}, without effect on the verdict"
    return "\n".join([f"<details><summary>{title}</summary>\n", *lines, "\n</details>\n"])


def _next(job: JobResult) -> str:
    """Where the full report is, and what a reader can do."""
    if job.verdict is Verdict.SKIPPED:
        return ""
    url = job.facts.ci.url
    # The address was checked when it was read: http or https, without anything that can end an attribute.
    link = f'<a href="{html.escape(url)}">this job</a>' if url else "this job"
    lines = [f"Full report: report.html, among the artifacts of {link}.", *map(markdown, next_steps(job))]
    attach = "\n".join(markdown(line) for line in attach_inputs(job))
    return "\n\n".join([" ".join(lines), f"<pre>{attach}</pre>"] if attach else [" ".join(lines)]) + "\n"
