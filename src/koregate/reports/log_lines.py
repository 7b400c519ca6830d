"""The log's closing words: what is red, what still runs, and the verdict in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from koregate.errors import EXIT_INPUTS, Verdict
from koregate.reports.annotations import step_title
from koregate.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from koregate.judging.results import Report
    from koregate.runs.record import Ending

_MOST = 20


def closing_lines(report: Report) -> Iterator[str]:
    """What a reader of the log should know besides the verdict: what is red, and what still runs."""
    if report.exit_code == EXIT_INPUTS:
        return
    steps = report.red_steps
    for suite, number, cases in steps[:_MOST]:
        yield f"{cases[0].outcome.upper()} {step_title(suite, number)}"
        yield from (f"  {case.name}: {case.message}" for case in cases)
    if len(steps) > _MOST:
        yield f"… and {len(steps) - _MOST} more failed steps."
    going_on = [suite for suite in report.suites if suite.run_id and _goes_on(suite.ending)]
    if going_on:
        yield "These test runs go on at the platform. To attach to them, run again with these inputs:"
        yield "  test-suites: |"
        yield from (f"    {suite.ending.suite}" for suite in going_on)
        yield "  test-run-ids: |"
        yield from (f"    {suite.run_id}" for suite in going_on)


def _goes_on(ending: Ending) -> bool:
    return ending.stop is not None and not (ending.status and ending.status.ended)


def verdict_line(report: Report, exit_code: int) -> str:
    """The verdict in one line."""
    if exit_code == EXIT_INPUTS:
        return f"Verdict: {report.verdict} (exit code {exit_code}): the inputs cannot be used, so nothing was run."
    counts = report.counts
    parts = [
        f"{counts.passed} passed",
        f"{counts.failed} failed",
        f"{counts.errors} errors",
        f"{counts.skipped} skipped",
    ]
    reason = ""
    if report.verdict not in (Verdict.PASSED, Verdict.FAILED):
        bad = next(suite for suite in report.suites if suite.verdict is report.verdict)
        reason = f" {bad.judgement.reasons[0]}" if bad.judgement.reasons else ""
    return one_line(
        f"Verdict: {report.verdict} (exit code {exit_code}): {', '.join(parts)} of {counts.total}.{reason}", 500
    )
