"""Which verdicts make the exit code non-zero."""

from dataclasses import replace

from koregate.inputs import FailOn
from koregate.judging.results import JobResult
from koregate.verdicts import EXIT_INPUTS, EXIT_PASSED, Verdict


def with_exit_code(job: JobResult, fail_on: FailOn) -> JobResult:
    """The same job with its exit code after `fail_on`.

    `fail_on` never changes a verdict. A canceled job and invalid inputs always exit non-zero.
    """
    if job.verdict is Verdict.CANCELLED or job.exit_code == EXIT_INPUTS:
        return replace(job, fail_on=fail_on)
    ignored = fail_on == "never" or (fail_on == "error" and job.verdict is Verdict.FAILED)
    return replace(job, fail_on=fail_on, exit_code=EXIT_PASSED if ignored else job.exit_code)
