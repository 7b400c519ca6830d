"""koregate doctor: check the setup without starting a test run or leaving files behind."""

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import starmap
from queue import SimpleQueue

from koregate.checks import Check, CheckResult, fail, skip, warn
from koregate.ci.base import Publication
from koregate.ci.github import GitHub
from koregate.commands.context import JobContext
from koregate.commands.doctor_set_up import set_up_checks
from koregate.commands.publish import Published
from koregate.errors import Cancelled, internal_error
from koregate.inputs import Inputs, action_command, read_usable_inputs
from koregate.judging.results import JobResult
from koregate.kore_api.client import Client
from koregate.kore_api.probe import platform_checks
from koregate.kore_api.suite_file import SuiteFile
from koregate.redaction.personal_data import personal_data_filter
from koregate.reports.doctor_summary import render
from koregate.reports.job_outputs import job_outputs
from koregate.runs.event_queue import WAKE_SECONDS
from koregate.text import one_line
from koregate.threads import start_or_do
from koregate.verdicts import EXIT_NO_VERDICT, EXIT_PASSED, Verdict

_UNUSABLE_INPUTS = "Not checked, because the inputs cannot be used."
_MAX_MESSAGE = 1000


def doctor(
    options: Mapping[str, str], context: JobContext, unknown_variables: Sequence[str] = (), *, as_json: bool = False
) -> Published:
    """Check each part of the setup. The exit code is the lowest of the failed checks.

    `unknown_variables` has a line for each variable that looks like an input but is not one. With `as_json`, nothing
    else is printed, and the CI system gets no result.
    """
    usable = read_usable_inputs(options, context.environ, context.workspace)
    context.ci.redact_with(personal_data_filter(usable.redact))
    say = _nothing if as_json else context.ci.say
    inputs, files, found = set_up_checks(options, context)
    checks = [*(warn("inputs", line) for line in unknown_variables), *found]
    for check in checks:
        say(_line(check))
    try:
        more = _ask_platform(inputs, files, context, say) if inputs else [skip("platform", _UNUSABLE_INPUTS)]
    except Cancelled as cancelled:
        verdict, code, conclusion = Verdict.CANCELLED, cancelled.exit_code, str(cancelled)
    else:
        for check in more:
            say(_line(check))
        checks += more
        code = min((check.exit_code for check in checks if check.result is CheckResult.FAIL), default=EXIT_PASSED)
        verdict, conclusion = Verdict.SKIPPED, _conclusion(checks, code, _next_command(context))
    if as_json:
        listed = [{"name": check.name, "result": str(check.result), "message": check.message} for check in checks]
        context.ci.say(json.dumps({"checks": listed}))
    else:
        if context.ci.name == GitHub.name:
            outputs = _outputs(verdict, code, conclusion, usable.report_dir)
            summary = render(conclusion, checks) if usable.job_summary else ""
            context.ci.publish(Publication(outputs, conclusion, not code, (), summary, None))
        say(conclusion)
    return Published(code)


def _nothing(_line: str) -> None:
    """Print nothing."""


def _line(check: Check) -> str:
    return one_line(f"{check.result:<4}  {check.name}: {check.message}", _MAX_MESSAGE)


def _ask_platform(
    inputs: Inputs, files: Sequence[SuiteFile], context: JobContext, say: Callable[[str], None]
) -> list[Check]:
    """The checks that need the platform. A thread sends the requests, so that a signal can raise `Cancelled` here."""
    found: SimpleQueue[list[Check]] = SimpleQueue()
    thread = start_or_do(lambda: found.put(_checks(inputs, files, context)), "doctor")
    last = time.monotonic()
    while thread and thread.is_alive():
        thread.join(WAKE_SECONDS)
        if not context.queue.empty() and isinstance(signum := context.queue.get(), int):
            context.clock.cancel(signum)
            raise Cancelled(signum)
        if time.monotonic() - last >= context.heartbeat:
            last = time.monotonic()
            say("Still waiting for the platform.")
    return found.get()


def _checks(inputs: Inputs, files: Sequence[SuiteFile], context: JobContext) -> list[Check]:
    try:
        client = Client(inputs, context.clock, context.environ, context.request_seconds)
        return list(platform_checks(inputs, client, context.clock, files))
    except Exception as problem:  # noqa: BLE001 -- a bug must still end in an exit code and without a report
        return [fail("platform", internal_error(problem, str(problem)), EXIT_NO_VERDICT)]


def _next_command(context: JobContext) -> str:
    """How the suites are run: the action has an input for the command."""
    return "set command to run" if action_command(context.environ) else "koregate run"


def _conclusion(checks: Sequence[Check], code: int, next_command: str) -> str:
    """How many checks are ok, the names of the others, and what to do next: a run only if no check failed.

    A check can find several problems. It counts once, with the worst of them.
    """
    problems = {
        "failed": [check.name for check in checks if check.result is CheckResult.FAIL],
        "with a warning": [check.name for check in checks if check.result is CheckResult.WARN and not check.is_skipped],
        "not checked": [check.name for check in checks if check.is_skipped],
    }
    others: dict[str, Counter[str]] = {}
    for what, names in problems.items():
        others[what] = Counter(name for name in names if not any(name in worse for worse in others.values()))
    total = len({check.name for check in checks})
    counts = [f"{total - sum(map(len, others.values()))} of {total} checks ok"]
    counts += (
        f"{len(found)} {what} ({', '.join(starmap(_named, found.items()))})" for what, found in others.items() if found
    )
    warnings = others["with a warning"].total()
    first = f"look at the warning{'s' if warnings > 1 else ''}, then " if warnings else ""
    then = (
        "Correct what failed, then run koregate doctor again." if others["failed"] else f"Next: {first}{next_command}."
    )
    return f"Doctor: {', '.join(counts)} (exit code {code}). Nothing was started. {then}"


def _named(name: str, problems: int) -> str:
    return name if problems == 1 else f"{name}: {problems} problems"


def _outputs(verdict: Verdict, code: int, line: str, report_dir: str) -> dict[str, str]:
    """The job outputs of a job that tested nothing. The paths are empty, because this job writes no report."""
    outputs = job_outputs(JobResult.for_skipped_job(line), report_dir)
    own = {"verdict": str(verdict), "exit-code": str(code)}
    return {name: own.get(name, "" if name.endswith("-path") else value) for name, value in outputs.items()}
