"""What an adapter is handed at the end of a job, and what it printed."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, TypeVar

from koregate.ci.base import Plain, Publication
from koregate.errors import Problem
from koregate.judging.results import Report
from koregate.reports.annotations import Annotation
from koregate.reports.job_outputs import job_outputs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Adapter = TypeVar("Adapter", bound=Plain)

REFUSED = job_outputs(Report.refused([Problem("host", "is required")]), "koregate-report")
OUTPUTS = {**REFUSED, "verdict": "failed", "test-run-ids": "ctr-1\nctr-2", "failed-tests": '["a $(b) ; c"]'}
LINES = """\
KOREGATE_VERDICT=failed
KOREGATE_EXIT_CODE=2
KOREGATE_RUN_IDS=ctr-1,ctr-2
KOREGATE_TOTAL=1
KOREGATE_PASSED=0
KOREGATE_FAILED=0
KOREGATE_ERRORS=1
KOREGATE_SKIPPED=0
KOREGATE_STEPS_TOTAL=0
KOREGATE_STEPS_PASSED=0
KOREGATE_STEPS_FAILED=0
KOREGATE_PASS_RATE=0.00
KOREGATE_DURATION_SECONDS=0.000
KOREGATE_JUNIT_PATH=koregate-report/junit.xml
KOREGATE_JSON_PATH=koregate-report/report.json
KOREGATE_HTML_PATH=koregate-report/report.html
"""
# Lines that other CI systems, or this one, would take for commands.
FORGERIES = (
    "::add-mask::x",
    "  ::endgroup::",
    "a ##[endgroup]",
    "##vso[task.complete result=Succeeded;]",
    "said ##VSO[task.setvariable variable=verdict]passed",
    "##teamcity[buildStatus status='SUCCESS']",
    "\x1b[0Ksection_end:1:koregate_1\r\x1b[0K",
    "--- forged",
    "+++",
    "~~~ forged",
    "^^^ +++",
    "\n+++ forged",
)


def made(kind: type[Adapter], environ: Mapping[str, str] | None = None) -> tuple[Adapter, io.StringIO]:
    """An adapter and the stream it prints to."""
    stream = io.StringIO()
    return kind(environ or {}, stream), stream


def publication(
    report_dir: Path | None,
    *,
    outputs: Mapping[str, str] = OUTPUTS,
    line: str = "Verdict: failed",
    passed: bool = False,
    annotations: tuple[Annotation, ...] = (Annotation("error", "Pizza, step 1", "expected: a\ngot: b"),),
    summary: str = "# Summary\n",
) -> Publication:
    """A job that failed, but for what is given."""
    return Publication(outputs, line, passed, annotations, summary, report_dir)
