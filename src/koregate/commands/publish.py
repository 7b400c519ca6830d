"""The end of every command: reports, job outputs, verdict line."""

import errno
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

from koregate import files
from koregate.ci import dotenv
from koregate.ci.base import CISystem, Publication
from koregate.commands.context import JobContext
from koregate.errors import Cancelled, InvalidInputs, MissingCredentials, Problem, UnusableCommand, internal_error
from koregate.files import ReportDir
from koregate.inputs import ReportInputs, given_text, read_usable_inputs
from koregate.judging.facts import JobFacts
from koregate.judging.job import judge_job
from koregate.judging.results import JobResult
from koregate.policy.fail_on import with_exit_code
from koregate.redaction.personal_data import personal_data_filter
from koregate.reports import summary
from koregate.reports.annotations import annotations_for, verdict_annotation
from koregate.reports.closing_lines import first_failure_lines, next_lines, reports_line
from koregate.reports.failure_lines import attach_lines, failure_lines
from koregate.reports.job_outputs import job_outputs
from koregate.reports.log_line import Line, LogLine, plural
from koregate.reports.next_steps import without_code
from koregate.reports.render import OPTIONAL_REPORTS, RENDERERS
from koregate.reports.retry_lines import retry_lines
from koregate.reports.suite_lines import remark_lines, suite_lines
from koregate.reports.verdict_lines import verdict_line, verdict_lines
from koregate.reports.wait_lines import late_signal_line, writing_line
from koregate.runs.event_queue import WAKE_SECONDS, waiting_signals
from koregate.runs.record import JobLost, StopReason
from koregate.text import one_line
from koregate.threads import start_or_do
from koregate.verdicts import EXIT_INPUTS, EXIT_NO_VERDICT, Verdict

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# After a signal there is no time for more test cases than this. Each suite then has one that stands for all.
_MAX_CASES_AFTER_SIGNAL = 20_000
_SKIPPED = (
    "Skipped: no credentials, as in pull requests from forks and Dependabot. The bot was NOT tested. "
    "(on-missing-credentials is skip.)"
)


_FORK_ADVICE = (
    "This is a pull request that gets no secrets. To let such ones pass unchecked, set on-missing-credentials to skip."
)


SKIP_WITHOUT_FORK = Problem(
    "on-missing-credentials",
    "is skip, but this is not a pull request from a fork or from Dependabot. Set the credentials.",
)


class Published(NamedTuple):
    """The exit code of a command, and the report files that it wrote. `complete` says that none is missing.

    `job` is the published result, or None if a signal ends the job or the command has no result.
    """

    exit_code: int
    files: tuple[Path, ...] = ()
    complete: bool = True
    job: JobResult | None = None


class _Unwritten(NamedTuple):
    """A report that could not be written, and why."""

    name: str
    reason: str
    has_no_room: bool = False


def publish(job: JobResult, inputs: ReportInputs, report_dir: ReportDir | None, context: JobContext) -> Published:
    """Report on the job. Without a report directory, only the CI system gets the result."""
    write = report_dir.write if report_dir else None
    if job.verdict is Verdict.CANCELLED:
        # The runner will soon kill this process. Whatever other jobs depend on is written first.
        if job.counts.total > _MAX_CASES_AFTER_SIGNAL:
            job = job.without_steps()
        _hand_over(job, inputs, report_dir, context)
        _tell(job, inputs, report_dir, context)
        failed = frozenset(_write_reports(job, RENDERERS, write, context, lambda: None))
        return Published(job.exit_code, _paths(report_dir, failed), complete=not failed)
    told: set[int] = set()
    hurried = False

    def tell_once(result: JobResult, missing: frozenset[str]) -> None:
        if id(result) not in told:
            told.add(id(result))
            _tell(result, inputs, report_dir, context, missing)

    def hurry(result: JobResult, missing: frozenset[str]) -> None:
        nonlocal hurried
        hurried = True
        _hand_over(result, inputs, report_dir, context, missing)
        tell_once(result, missing)

    unwritten = _write_reports(job, RENDERERS, write, context, partial(hurry, job, frozenset()))
    failed = frozenset(unwritten)
    if failed and report_dir is not None:
        replace = partial(_replace, report_dir)
        room = len(dotenv.render(job_outputs(job, inputs.report_dir)))

        def write_again(result: JobResult, names: Iterable[str], missing: frozenset[str]) -> frozenset[str]:
            return frozenset(_write_reports(result, names, replace, context, partial(hurry, result, missing)))

        job, failed = _write_as_error(job, unwritten, report_dir, room, write_again)
    tell_once(job, failed)
    return Published(job.exit_code, _paths(report_dir, failed), complete=not failed, job=None if hurried else job)


def _write_as_error(
    job: JobResult,
    unwritten: Mapping[str, bool],
    report_dir: ReportDir,
    room: int,
    write: Callable[[JobResult, Iterable[str], frozenset[str]], frozenset[str]],
) -> tuple[JobResult, frozenset[str]]:
    """Write the reports again, because some could not be written. Returns the job as an error, and what is missing.

    A verdict without its reports does not count, and no report may claim otherwise. A report that does not fit this
    time is missing too, so all of them are written until those on the disk name exactly the missing ones. `unwritten`
    is what `_write_reports` returned, and `room` is what the job outputs take, in bytes: they come before the optional
    reports.
    """
    whole, missing = job, frozenset(unwritten)
    needs_room = {name for name, has_no_room in unwritten.items() if has_no_room} - OPTIONAL_REPORTS
    while True:
        job = with_exit_code(whole.with_missing_reports(missing), whole.fail_on)
        for name in {*missing, *OPTIONAL_REPORTS}:
            _remove(name, report_dir)
        names = [name for name in RENDERERS if name not in missing]
        needed = [name for name in names if name not in OPTIONAL_REPORTS]
        optional = [name for name in names if name in OPTIONAL_REPORTS]
        lost = write(job, needed, missing)
        with report_dir.room(room) as has_room:
            failed = lost | (write(job, optional, missing) if has_room else frozenset(optional))
        is_short_of_room = lost or not has_room if needed else needs_room
        if is_short_of_room and any(suite.steps for suite in whole.suites):
            # One test case per suite takes less room. The optional reports leave theirs to those that found none.
            whole = whole.without_steps()
            missing = (missing - needs_room) or OPTIONAL_REPORTS
        elif failed:
            missing = missing | failed
        else:
            return job, missing


def tell_suites(job: JobResult, context: JobContext) -> None:
    """A line for each suite of a job that did not run its suites itself."""
    for suite in job.platform_suites:
        for line in suite_lines(suite):
            context.ci.say(line)


def _hand_over(
    job: JobResult,
    inputs: ReportInputs,
    report_dir: ReportDir | None,
    context: JobContext,
    missing: frozenset[str] = frozenset(),
) -> None:
    """Hand over the job outputs alone. What the log and the CI system get besides may take seconds for a large job."""
    context.ci.hand_over(_outputs(job, inputs, report_dir, missing), report_dir)


def _outputs(
    job: JobResult, inputs: ReportInputs, report_dir: ReportDir | None, missing: frozenset[str]
) -> dict[str, str]:
    return job_outputs(job, inputs.report_dir, missing if report_dir else frozenset(RENDERERS))


def _tell(
    job: JobResult,
    inputs: ReportInputs,
    report_dir: ReportDir | None,
    context: JobContext,
    missing: frozenset[str] = frozenset(),
) -> None:
    """Hand the result to the CI system, and end the log with the verdict. `missing` reports could not be written."""
    ci = context.ci
    outputs = _outputs(job, inputs, report_dir, missing)
    told = [*failure_lines(job), *retry_lines(job)]
    # Readers begin at the end of a log, so the failures follow the remarks. The simulator of a demo ends with the job,
    # so there is no run to attach to.
    stand_apart = _tell_blocks(ci, [*remark_lines(job)], told, [] if context.is_demo else [*attach_lines(job)])
    for remark in job.policy.remarks:
        ci.warn(remark)
    ci.publish(
        Publication(
            outputs,
            verdict_line(job),
            passed=job.verdict in (Verdict.PASSED, Verdict.TOLERATED, Verdict.SKIPPED),
            annotations=annotations_for(job) if inputs.annotations else (),
            summary=summary.render(job) if inputs.job_summary else "",
            report_dir=report_dir,
            verdict=verdict_annotation(job),
        )
    )
    first, following = [*first_failure_lines(job, len(told))], [*next_lines(job, is_demo=context.is_demo)]
    for line in first:
        ci.say(line)
    # The problems of inputs have an empty line below them, as all parts have.
    if following and (first or (not stand_apart and job.exit_code != EXIT_INPUTS)):
        ci.say()
    for line in following:
        ci.say(line)
    # A demo has its own hint at the reports.
    if not context.is_demo:
        _tell_where_reports_are(outputs, report_dir, ci)
    for end in verdict_lines(job):
        ci.say(end)


def _tell_blocks(ci: CISystem, *blocks: Sequence[LogLine]) -> bool:
    """Print the blocks that are not empty, with a blank line before each one and after the last.

    Returns whether there was one.
    """
    shown = [block for block in blocks if block]
    for block in shown:
        for line in ["", *block]:
            ci.say(line)
    if shown:
        ci.say()
    return bool(shown)


def _tell_where_reports_are(outputs: Mapping[str, str], report_dir: ReportDir | None, ci: CISystem) -> None:
    """Where the reports are: at the end, where readers of a log begin."""
    if report_dir is not None:
        ci.say(reports_line(outputs))
        page = report_dir.path.absolute() / "report.html"
        if ci.opens_files and outputs["html-path"] and page.exists():
            ci.say(f"Open {page.as_uri()}")


def _write_reports(
    job: JobResult,
    names: Iterable[str],
    write: Callable[[str, bytes], None] | None,
    context: JobContext,
    on_signal: Callable[[], None],
) -> dict[str, bool]:
    """Render and write these reports. Returns the names of those that could not be written: True if there was no room.

    Without `write` there is no report directory, and nothing to do. A thread does the work, so that the main thread can
    react to signals and print a heartbeat. If the machine allows no thread, this one does it.
    """
    if write is None:
        return {}
    problems: SimpleQueue[_Unwritten] = SimpleQueue()
    work = partial(_render_and_write, job, names, write, problems.put)
    thread = start_or_do(work, "reports")
    last = time.monotonic()
    while thread and thread.is_alive():
        thread.join(WAKE_SECONDS)
        for signum in waiting_signals(context.queue):
            context.ci.say(late_signal_line(signum))
            on_signal()
        if time.monotonic() - last >= context.heartbeat:
            context.ci.say(writing_line())
            last = time.monotonic()
    failed: dict[str, bool] = {}
    while not problems.empty():
        problem = problems.get()
        context.ci.say(f"koregate cannot write {problem.name}: {problem.reason}. Check report-dir and the disk.")
        failed[problem.name] = problem.has_no_room
    return failed


def _render_and_write(
    job: JobResult,
    names: Iterable[str],
    write: Callable[[str, bytes], None],
    report: Callable[[_Unwritten], None],
) -> None:
    for name in names:
        try:
            write(name, RENDERERS[name](job))
        except OSError as problem:
            report(_Unwritten(name, str(problem.strerror or problem), problem.errno in _NO_ROOM))
        except Exception as problem:  # noqa: BLE001 -- a bug in one report must not prevent the others
            report(_Unwritten(name, f"internal error, {type(problem).__name__}: {one_line(str(problem), 300)}"))


def _replace(report_dir: ReportDir, name: str, data: bytes) -> None:
    """Write a report, if there is no room otherwise then in the place of the old one. Raises OSError."""
    try:
        report_dir.write(name, data)
    except OSError:
        report_dir.remove(name)
        report_dir.write(name, data)


def _remove(name: str, report_dir: ReportDir | None) -> None:
    try:
        if report_dir is not None:
            report_dir.remove(name)
    except OSError:
        return


def _paths(report_dir: ReportDir | None, failed: frozenset[str]) -> tuple[Path, ...]:
    return tuple(report_dir.path / name for name in RENDERERS if name not in failed) if report_dir else ()


def _publish_now(job: JobResult, inputs: ReportInputs, report_dir: ReportDir | None, context: JobContext) -> Published:
    """Report on a job that ends without any test run."""
    facts = JobFacts.at(context.clock.now(), context.ci.facts())
    return publish(job.with_facts(facts, personal_data_filter(inputs.redact)), inputs, report_dir, context)


def with_fork_advice(problems: Sequence[Problem], options: Mapping[str, str], context: JobContext) -> list[Problem]:
    """The problems, and what to do about missing credentials in a pull request from a fork, if this is one."""
    skip = given_text("on-missing-credentials", options, context.environ).strip().lower() == "skip"
    if skip or not context.ci.gets_no_secrets():
        return list(problems)
    return [
        problem._replace(text=f"{problem.text} {_FORK_ADVICE}") if problem.is_missing_credential else problem
        for problem in problems
    ]


def publish_invalid_inputs(
    invalid: InvalidInputs, options: Mapping[str, str], context: JobContext, *, starts_runs: bool = True
) -> Published:
    """Say what is wrong with the inputs, and report it. `starts_runs` says that the command would start test runs."""
    inputs = read_usable_inputs(options, context.environ, context.workspace)
    problems = with_fork_advice(invalid.problems, options, context)
    report_dir = None
    if not isinstance(invalid, UnusableCommand):
        try:
            report_dir = files.prepare(context.workspace, inputs.report_dir)
        except InvalidInputs as unusable:
            problems += [problem for problem in unusable.problems if problem not in problems]
    # A message quotes what a file or an input contains.
    redact = personal_data_filter(inputs.redact)
    problems = [problem._replace(text=redact(problem.text)) for problem in problems]
    _tell_problems(problems, context.ci, is_command=isinstance(invalid, UnusableCommand))
    job = JobResult.for_invalid_inputs(problems, starts_runs=starts_runs)
    return _publish_now(job, inputs, report_dir, context)


def publish_cancelled(cancelled: Cancelled, options: Mapping[str, str], context: JobContext) -> Published:
    """Hand over that a signal ended a command before it had a result. No report is written or removed."""
    inputs = read_usable_inputs(options, context.environ, context.workspace)
    return _publish_now(JobResult.for_cancelled_command(str(cancelled), cancelled.exit_code), inputs, None, context)


def _tell_problems(problems: Sequence[Problem], ci: CISystem, *, is_command: bool) -> None:
    """Print a line for each problem. Those of the inputs have a heading, while a typo in a command needs none."""
    if not is_command:
        ci.say(Line("", str(Verdict.ERROR).upper(), f" The inputs have {plural(len(problems), 'problem')}:"))
    for problem in problems:
        ci.say(str(problem) if is_command else f"  {without_code(str(problem))}")
    if not is_command:
        ci.say()


def publish_skipped(missing: MissingCredentials, options: Mapping[str, str], context: JobContext) -> Published:
    """Report that the job was skipped because it has no credentials.

    This applies only to pull requests from forks and from Dependabot. Elsewhere, missing credentials are a mistake.
    """
    if not context.ci.gets_no_secrets():
        return publish_invalid_inputs(InvalidInputs(*missing.problems, SKIP_WITHOUT_FORK), options, context)
    inputs = read_usable_inputs(options, context.environ, context.workspace)
    context.ci.say(_SKIPPED)
    try:
        report_dir = files.prepare(context.workspace, inputs.report_dir)
    except InvalidInputs as invalid:
        return publish_invalid_inputs(invalid, options, context)
    return _publish_now(JobResult.for_skipped_job(_SKIPPED), inputs, report_dir, context)


def publish_internal_error(
    problem: Exception,
    options: Mapping[str, str],
    context: JobContext,
    lost: JobLost | None = None,
    *,
    with_reports: bool = True,
) -> Published:
    """Report on a job that a bug of koregate ended. Without reports, only the CI system gets the result.

    This raises nothing: if the reports cannot be made, there are the job outputs and the verdict.
    """
    message = internal_error(problem, str(problem))
    try:
        return _publish_bug(message, options, context, lost, with_reports=with_reports)
    except Exception:  # noqa: BLE001 -- what ended the job, such as a lack of memory, may prevent its report too
        return _publish_last_words(message, options, context, lost.run_ids if lost else [])


def _publish_bug(
    message: str, options: Mapping[str, str], context: JobContext, lost: JobLost | None, *, with_reports: bool
) -> Published:
    inputs = read_usable_inputs(options, context.environ, context.workspace)
    report_dir = None
    if with_reports:
        with suppress(InvalidInputs):
            report_dir = files.prepare(context.workspace, inputs.report_dir)
    job = JobResult.for_internal_error(message)
    if lost:
        stop = StopReason(Verdict.ERROR, EXIT_NO_VERDICT, message)
        job = judge_job(lost.target, [record._replace(stop=stop) for record in lost.records], inputs.redact)
    return _publish_now(job, inputs, report_dir, context)


def _publish_last_words(
    message: str, options: Mapping[str, str], context: JobContext, run_ids: Sequence[str]
) -> Published:
    """Hand over the job outputs and the verdict, as far as that is possible. Raises nothing."""
    report_dir = None
    with suppress(Exception):
        inputs = read_usable_inputs(options, context.environ, context.workspace)
        report_dir = files.prepare(context.workspace, inputs.report_dir)
    for name in RENDERERS:
        # What is there may tell another verdict.
        with suppress(Exception):
            _remove(name, report_dir)
    runs = f" Test runs: {', '.join(run_ids)}." if run_ids else ""
    line = f"Verdict: {Verdict.ERROR} (exit code {EXIT_NO_VERDICT}). {message} No report could be written.{runs}"
    with suppress(Exception):
        outputs = job_outputs(JobResult.for_internal_error(message), ".", RENDERERS)
        outputs["test-run-ids"] = "\n".join(map(one_line, run_ids))
        context.ci.publish(Publication(outputs, line, passed=False, annotations=(), summary="", report_dir=report_dir))
    with suppress(Exception):
        context.ci.say(line)
    return Published(EXIT_NO_VERDICT, complete=False)
