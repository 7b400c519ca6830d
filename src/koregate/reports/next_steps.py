"""What a reader can do about a job that did not pass, in plain text for every report."""

from collections.abc import Iterator, Sequence

from koregate.judging.cases import Outcome, TestCase
from koregate.judging.results import JobResult
from koregate.verdicts import EXIT_CREDENTIALS, EXIT_INPUTS, EXIT_NO_VERDICT, Verdict

_AGAIN = "Re-run the failed job to run the suites again."
_AGAIN_IN_GREEN = "Re-run the job to run the suites again."


def next_steps(job: JobResult, attach_inputs_are: str = "below") -> tuple[str, ...]:
    """Sentences about what to do next, in order. Empty for a job that needs nothing.

    `attach_inputs_are` says where readers find the inputs that attach to running test runs.
    """
    if job.verdict in (Verdict.PASSED, Verdict.TOLERATED, Verdict.SKIPPED):
        return ()
    if job.exit_code == EXIT_INPUTS:
        return ("Correct the inputs and run the job again. No test run was started.",)
    return tuple(_advice(job, attach_inputs_are))


def _advice(job: JobResult, attach_inputs_are: str) -> Iterator[str]:
    codes = {suite.exit_code for suite in job.suites if suite.verdict is Verdict.ERROR}
    verdicts = {suite.verdict for suite in job.suites}
    if Verdict.FAILED in verdicts:
        yield from _on_failures([case for step in job.blocking_steps for case in step.cases])
    if EXIT_CREDENTIALS in codes:
        yield (
            "Check the credentials and the scopes of the JWT app. koregate doctor finds the problem without starting a "
            "test run."
        )
    if any(suite.run_id for suite in job.suites if suite.exit_code == EXIT_NO_VERDICT):
        yield "Look at the run on the platform, which gave no usable verdict. Its reply is in the folder raw."
    if Verdict.TIMEOUT in verdicts:
        yield "If the suite needs more time, increase timeout or stall-timeout."
    if attach_inputs(job):
        yield (
            "To attach to the test runs that are still running on the platform, run koregate with the inputs "
            f"{attach_inputs_are}."
        )
    elif EXIT_CREDENTIALS not in codes:
        yield _AGAIN if job.exit_code else _AGAIN_IN_GREEN


def _on_failures(cases: Sequence[TestCase]) -> Iterator[str]:
    if any(case.outcome is Outcome.FAILED and not case.is_flaky and (case.expected or case.actual) for case in cases):
        yield "Compare expected and actual. Correct the bot, or correct the suite if the bot is right."
    elif not any(case.is_flaky for case in cases):
        yield "Open the test run in the App Builder. It may say why it failed."
    if any(case.is_flaky for case in cases):
        yield (
            "A suite failed and passed in a further run. Find out why, or let such a suite pass: quarantine what is "
            "flaky, or set flaky to pass."
        )


def attach_inputs(job: JobResult) -> tuple[str, ...]:
    """The lines of the inputs that attach to the runs that are still running."""
    running = [suite for suite in job.suites if suite.run_id and suite.still_running]
    if not running:
        return ()
    return (
        "test-suites: |",
        *(f"  {suite.suite}" for suite in running),
        "test-run-ids: |",
        *(f"  {suite.run_id}" for suite in running),
    )
