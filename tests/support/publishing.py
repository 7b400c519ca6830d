"""What an adapter is handed at the end of a job, and what it printed."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from koregate import files
from koregate.ci.base import CISystem, Publication
from koregate.errors import Problem
from koregate.judging.results import JobResult
from koregate.reports.annotations import Annotation
from koregate.reports.job_outputs import job_outputs

Adapter = TypeVar("Adapter", bound=CISystem)

OUTPUTS = {
    **job_outputs(JobResult.for_invalid_inputs([Problem("host", "is required")]), "koregate-report"),
    "verdict": "failed",
    "test-run-ids": "ctr-1\nctr-2",
    "failed-tests": '["a $(b) ; c"]',
    "failed-suites": '["a $(b)"]',
}
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
KOREGATE_TOLERATED=0
KOREGATE_FLAKY_TESTS=0
KOREGATE_NEW_FAILURES=
KOREGATE_KNOWN_FAILURES=
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


def new_adapter(kind: type[Adapter], environ: Mapping[str, str] | None = None) -> tuple[Adapter, io.StringIO]:
    """An adapter, and the stream that it prints to."""
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
    """The publication of a failed job, with the given parts replaced."""
    folder = None if report_dir is None else files.prepare(report_dir, ".")
    return Publication(outputs, line, passed, annotations, summary, folder)
