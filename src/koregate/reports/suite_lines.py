"""The line of the log for each suite whose test run has ended."""

import re
from collections.abc import Iterator

from koregate.judging.cases import Outcome, TestCase
from koregate.judging.results import JobResult, SuiteResult
from koregate.judging.shown_counts import ShownCounts
from koregate.reports.log_line import Line, LogLine, of_suite, plural, short_name
from koregate.text import human_duration, number_list, one_line
from koregate.verdicts import NO_RESULT, Verdict

_MAX_CAUSE = 120
_MAX_LINE = 1_000
_MAX_REMARKED = 10
# The first clause of a reason says what happened. Details, quotations and advice follow.
_END_OF_CLAUSE = re.compile(r"[.:] | \(|, so ")


def suite_lines(suite: SuiteResult, note: str = "") -> Iterator[LogLine]:
    """How a run of a suite ended with that note, and whether nothing but the platform's counts shows that it passed.

    Nothing if a signal ended the wait, because the run may still be running.
    """
    if suite.verdict is Verdict.CANCELLED:
        return
    duration = f" in {human_duration(suite.seconds)}" if round(suite.seconds) else ""
    yield Line(
        f"[{short_name(suite.name)}] ",
        suite.verdict.upper(),
        f"{duration}: {result_text(suite)}{f'. {note}' if note else ''}",
    )
    if suite.verdict is Verdict.PASSED and not suite.steps and suite.kind == "conversation":
        text = "Note: the platform sent counts but no steps. The report has one test case for the entire suite."
        yield of_suite(suite.name, text)


def remark_lines(job: JobResult) -> Iterator[str]:
    """The remarks on the suites, one line per suite. They do not affect the verdict, so a few lines are enough."""
    remarked = [suite for suite in job.suites if suite.remarks]
    for suite in remarked[:_MAX_REMARKED]:
        more = f" (and {len(suite.remarks) - 1} more: see report.html)" if suite.remarks[1:] else ""
        yield one_line(of_suite(suite.name, f"Remark: {suite.remarks[0]}{more}"), _MAX_LINE)
    if len(remarked) > _MAX_REMARKED:
        yield f"… and remarks on {plural(len(remarked) - _MAX_REMARKED, 'more suite')}. See report.html."


def result_text(suite: SuiteResult) -> str:
    """The result of a suite in a few words: its test cases, or why there is no result."""
    if suite.verdict in NO_RESULT:
        return cause(suite)
    counts, steps = ShownCounts.of([suite]), suite.step_counts
    unit = "step" if suite.kind == "conversation" else "utterance"
    if suite.verdict is Verdict.FAILED and not suite.steps:
        platform = suite.platform_counts
        return f"{platform.failed:,} of {plural(platform.total, unit)} failed" if platform else "the test run failed"
    if suite.verdict is Verdict.FAILED:
        failed = [step.number for step in suite.steps if any(case.outcome is Outcome.FAILED for case in step.cases)]
        where = f" in {unit}{'' if len(failed) == 1 else 's'} {number_list(failed)}" if failed else ""
        errors = f", {plural(counts.errors, 'error')}" if counts.errors else ""
        return f"{counts.failed:,} of {plural(counts.total, 'test case')} failed{where}{errors}"
    if not suite.steps:
        return f"{steps.passed:,} of {plural(steps.total, unit)}"
    return f"{counts.passed:,} of {plural(counts.total, 'test case')}, {plural(steps.total, unit)}"


def count_text(suite: SuiteResult, case: TestCase) -> str:
    """How many utterances failed, if the case stands for all those of a batch suite. Empty for any other case."""
    if case.kind != "count" or case.message not in suite.failures or suite.platform_counts is None:
        return ""
    counts = suite.platform_counts
    return f"{counts.failed:,} of {plural(counts.total, 'utterance')} failed; the platform did not say which."


def cause(suite: SuiteResult) -> str:
    """Why a suite has no result, as a clause for a longer line."""
    clause = _END_OF_CLAUSE.split(suite.reasons[0], maxsplit=1)[0] if suite.reasons else "the reason is unknown"
    clause = one_line(clause.rstrip("."), _MAX_CAUSE)
    # Not for words like HTTPS_PROXY.
    return clause[:1].lower() + clause[1:] if clause[1:2].islower() else clause
