"""The job outputs: names and values, the same on every CI system."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from koregate.text import one_line

if TYPE_CHECKING:
    from koregate.judging.results import Report

_MOST_NAMES = 50


def job_outputs(report: Report, report_dir: str) -> dict[str, str]:
    """Every job output, in the order of the table. Paths are relative to the workspace."""
    counts, steps = report.counts, report.steps
    folder = "" if report_dir == "." else f"{report_dir}/"
    names = [suite.title(case) for suite, case in report.red[:_MOST_NAMES]]
    return {
        "verdict": str(report.verdict),
        "exit-code": str(report.exit_code),
        "test-run-ids": "\n".join(one_line(suite.run_id or "") for suite in report.suites if suite.run_id),
        "total": str(counts.total),
        "passed": str(counts.passed),
        "failed": str(counts.failed),
        "errors": str(counts.errors),
        "skipped": str(counts.skipped),
        "steps-total": str(steps.total),
        "steps-passed": str(steps.passed),
        "steps-failed": str(steps.failed),
        "pass-rate": counts.pass_rate,
        "duration-seconds": f"{report.seconds:.3f}",
        "junit-path": f"{folder}junit.xml",
        "json-path": f"{folder}report.json",
        "html-path": f"{folder}report.html",
        "failed-tests": json.dumps(names, ensure_ascii=False),
    }
