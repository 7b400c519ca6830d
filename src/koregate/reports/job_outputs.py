"""The job outputs: names and values, the same on every CI system."""

import json
from collections import Counter
from collections.abc import Container
from itertools import islice

from koregate.judging.results import JobResult
from koregate.text import one_line
from koregate.verdicts import Verdict

_MAX_NAMES = 50
_PASSING = frozenset({Verdict.PASSED, Verdict.TOLERATED, Verdict.SKIPPED})


def job_outputs(job: JobResult, report_dir: str, missing: Container[str] = ()) -> dict[str, str]:
    """Every job output, in the order of the table. Paths are relative to the workspace.

    The path of a report in `missing`, which could not be written, is empty.
    """
    counts, steps = job.counts, job.step_counts
    folder = "" if report_dir == "." else f"{report_dir}/"

    def path(name: str) -> str:
        return "" if name in missing else f"{folder}{name}"

    names = [f"{classname}.{name}" for classname, name, _ in islice(job.blocking_cases, _MAX_NAMES)]
    failed_suites = [suite.name for suite in job.suites if suite.verdict not in _PASSING]
    return {
        "verdict": str(job.verdict),
        "exit-code": str(job.exit_code),
        "test-run-ids": "\n".join(one_line(suite.run_id) for suite in job.suites if suite.run_id),
        "total": str(counts.total),
        "passed": str(counts.passed),
        "failed": str(counts.failed),
        "errors": str(counts.errors),
        "skipped": str(counts.skipped),
        "steps-total": str(steps.total),
        "steps-passed": str(steps.passed),
        "steps-failed": str(steps.failed),
        "pass-rate": counts.pass_rate,
        "duration-seconds": f"{job.seconds:.3f}",
        "junit-path": path("junit.xml"),
        "json-path": path("report.json"),
        "html-path": path("report.html"),
        "ctrf-path": path("ctrf-report.json"),
        "failed-tests": json.dumps(names, ensure_ascii=False),
        "failed-suites": json.dumps(failed_suites, ensure_ascii=False),
        **_policy_outputs(job),
    }


def _policy_outputs(job: JobResult) -> dict[str, str]:
    """What policy did, in counts. Without a baseline, the counts that need one are empty."""
    cases = [case for suite in job.suites for case in suite.cases]
    classes = Counter(str(case.failure_class) for case in cases if case.failure_class is not None)
    compared = job.policy.comparison
    return {
        "tolerated": str(job.tolerated),
        "flaky-tests": str(sum(case.is_flaky for case in cases)),
        "new-failures": str(compared.new) if compared else "",
        "known-failures": str(compared.known) if compared else "",
        "fixed": str(compared.fixed) if compared else "",
        "missing-tests": str(compared.missing) if compared else "",
        "quarantine-added": str(len(job.policy.added)),
        "failure-classes": json.dumps(dict(sorted(classes.items()))),
    }
