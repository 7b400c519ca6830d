"""Results with tolerated cases, as policy leaves them."""

from dataclasses import replace

from koregate.judging.cases import Outcome, Tolerance, ToleranceKind
from koregate.judging.results import JobResult, SuiteResult
from koregate.verdicts import Verdict

PRICES = Tolerance(ToleranceKind.QUARANTINE, "Prices change.")


def tolerated(suite: SuiteResult, tolerance: Tolerance = PRICES) -> SuiteResult:
    """The suite with every failed case let by."""
    steps = tuple(
        step._replace(
            cases=tuple(case.tolerated(tolerance) if case.judged is Outcome.FAILED else case for case in step.cases)
        )
        for step in suite.steps
    )
    return replace(suite, verdict=Verdict.TOLERATED, exit_code=0, steps=steps)


def tolerated_job(job: JobResult, tolerance: Tolerance = PRICES) -> JobResult:
    """The job with every failed case of its suites let by."""
    return JobResult.of(job.target, [tolerated(suite, tolerance) for suite in job.suites], job.redact)
