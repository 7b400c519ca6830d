"""koregate merge: one result from the report.json files of several jobs, without starting a test run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from koregate import files
from koregate.commands.context import JobContext
from koregate.commands.earlier_reports import remove_raw_replies
from koregate.commands.history import HistoryFile
from koregate.commands.interruptible import Interruptible
from koregate.commands.policy_files import read_inputs_with_policy
from koregate.commands.publish import Published, publish, tell_suites
from koregate.commands.saved_files import read_each, read_report_file
from koregate.errors import InvalidInputs, Problem, UnusableCommand
from koregate.inputs import MergeInputs
from koregate.judging.history import with_history
from koregate.judging.results import JobResult
from koregate.policy.apply import apply_policy
from koregate.policy.fail_on import with_exit_code
from koregate.redaction.exact_names import ADVICE, is_exact
from koregate.redaction.personal_data import personal_data_filter
from koregate.reports.raw import INDEX, MAX_INDEX_BYTES, saved_run_ids
from koregate.reports.report_json_checks import quoted
from koregate.reports.report_json_file import UnusableReports, read_reports
from koregate.reports.report_json_reader import merge_reports
from koregate.text import visible

_SHORT = 12


def merge(paths: Sequence[str], options: Mapping[str, str], context: JobContext) -> Published:
    """Report on all suites of several report.json files. Their own verdicts and fail-on have no effect.

    The address, commit and branch are those of the merging job, or else those that all reports share. Raises
    `InvalidInputs`, and `Cancelled` before anything is written.
    """
    work = Interruptible(context.queue)
    inputs, policy_files = work.result_of(partial(read_inputs_with_policy, MergeInputs, options, context))
    redact = personal_data_filter(inputs.redact)
    context.ci.redact_with(redact)
    _check_expected(inputs.expect_suites, redact)
    job = work.result_of(partial(_merged, paths, inputs, redact, context))
    _check_report_dir(paths, context.workspace / inputs.report_dir, inputs.report_dir)
    _check_saved_replies(job, context.workspace / inputs.report_dir / INDEX, inputs.report_dir)
    ci = context.ci.facts()
    remarks = _remarks_on_commit(job.facts.ci.commit, ci.commit)
    if ci.url:
        job = job.with_facts(job.facts._replace(ci=ci), redact)
    policy = policy_files.policy(inputs, context.clock.now(), is_pull_request=ci.is_pull_request)
    history = HistoryFile(context.workspace, inputs, context.ci)
    job = job.with_facts(job.facts._replace(history=history.runs(job.target)), redact)
    job = apply_policy(job, policy)
    job = replace(job, policy=job.policy._replace(remarks=(*remarks, *job.policy.remarks)), starts_runs=False)
    job = with_history(with_exit_code(job, inputs.fail_on))
    report_dir = files.prepare(context.workspace, inputs.report_dir)
    tell_suites(job, context)
    published = publish(job, inputs, report_dir, context)
    if published.job is not None:
        history.add(published.job, context.clock.now())
    if published.complete:
        # Replies that an earlier job saved here do not belong to the merged report.
        remove_raw_replies(report_dir)
    return published


def _merged(paths: Sequence[str], inputs: MergeInputs, redact: Callable[[str], str], context: JobContext) -> JobResult:
    """The reports as one result, before policy. Raises `UnusableCommand`."""
    try:
        reports = _read(paths, context.workspace, context.ci.without_secrets)
        return merge_reports(reports, inputs.fail_on, inputs.expect_suites, redact, now=context.clock.now())
    except UnusableReports as unusable:
        raise UnusableCommand(*_problems(unusable)) from unusable


def _read(paths: Sequence[str], workspace: Path, mask: Callable[[str], str]) -> list[tuple[str, bytes]]:
    """The files with their paths, without secrets. Raises `UnusableCommand` with the problems of all of them."""
    found, problems = read_each(paths, partial(read_report_file, workspace=workspace))
    if problems:
        try:
            read_reports(found.items())
        except UnusableReports as more:
            problems += _problems(more)
        raise UnusableCommand(*problems)
    return [(path, _masked(data, mask)) for path, data in found.items()]


def _masked(data: bytes, mask: Callable[[str], str]) -> bytes:
    try:
        return mask(data.decode()).encode()
    except UnicodeError:
        # No report.json: it is refused with its place.
        return data


def _problems(unusable: UnusableReports) -> list[Problem]:
    return [Problem("FILE", f"{problem}.") for problem in unusable.problems]


def _check_expected(names: Sequence[str], redact: Callable[[str], str]) -> None:
    """Raise `InvalidInputs` for expected names that reports do not show as they are, or show for other suites too."""
    shown = {name: visible(redact(name)) for name in names}
    wrong = [there for name, there in shown.items() if there != name or not is_exact(name)]
    if wrong:
        raise InvalidInputs(*(Problem("expect-suites", text) for text in map(_not_identified, dict.fromkeys(wrong))))


def _not_identified(shown: str) -> str:
    return f"{quoted(shown)} identifies no test suite: reports may show that name for several suites. {ADVICE}"


def _remarks_on_commit(merged: str, own: str) -> tuple[str, ...]:
    """A remark if the reports are of another commit than the job that merges them, whose commit the result names."""
    if not merged or not own or merged == own:
        return ()
    return (f"The reports are of commit {merged[:_SHORT]}, and this job is for commit {own[:_SHORT]}.",)


def _check_saved_replies(job: JobResult, run_json: Path, name: str) -> None:
    """Raise `UnusableCommand` if the report directory has the saved replies of these runs, which would be removed."""
    try:
        saved = saved_run_ids(files.read_file(run_json, MAX_INDEX_BYTES))
    except OSError:
        return
    if any(not saved.isdisjoint(suite.run_ids) for suite in job.suites):
        text = f"{name} has the saved replies of a test run that is merged. They would be removed. Give another folder."
        raise UnusableCommand(Problem("report-dir", text))


def _check_report_dir(paths: Sequence[str], folder: Path, name: str) -> None:
    """Raise `UnusableCommand` if the merged report would replace a report that it is made of, or its saved replies."""
    for path in paths:
        if Path(path).parent.resolve() == folder.resolve():
            text = f"{name} has a report that is to be merged, and its files would be replaced. Give another folder."
            raise UnusableCommand(Problem("report-dir", text))
