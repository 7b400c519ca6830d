"""koregate run: run the test suites, wait, judge, report."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from koregate import files
from koregate.ci.base import CISystem
from koregate.commands.context import JobContext
from koregate.commands.earlier_reports import remove_earlier_reports
from koregate.commands.history import HistoryFile
from koregate.commands.publish import Published, publish
from koregate.commands.suite_files import read_inputs_with_files
from koregate.commands.suite_runs import JobFiles, play, save
from koregate.errors import InvalidInputs
from koregate.inputs import Inputs
from koregate.inputs.credentials import doubtful_credentials
from koregate.judging.facts import JobFacts
from koregate.judging.history import with_history
from koregate.judging.results import JobResult
from koregate.policy.apply import apply_policy
from koregate.policy.fail_on import with_exit_code
from koregate.redaction.personal_data import personal_data_filter
from koregate.reports import raw
from koregate.reports.policy_text import no_prefix_text
from koregate.runs.record import JobLost, RunRecord, Target, latest_moment
from koregate.runs.resume import JobOfRuns, ResumeFile
from koregate.text import human_duration, one_line

_MAX_NAME = 160


def run(options: Mapping[str, str], context: JobContext) -> Published:
    """Run the test suites, report on them, and say with which code to exit. Raises `InvalidInputs`."""
    inputs, policy_files, suite_files = read_inputs_with_files(options, context)
    report_dir = files.prepare(context.workspace, inputs.report_dir)
    context.ci.redact_with(personal_data_filter(inputs.redact))
    history = HistoryFile(context.workspace, inputs, context.ci)
    owner = JobOfRuns(context.ci.commit, context.ci.job, suite_files)
    resume = ResumeFile(report_dir, inputs, context.clock, owner)
    if resume.rejected:
        context.ci.say(f"Not resumed from {inputs.report_dir}/resume.json: {resume.rejected}.")
    elif inputs.resume and not resume.has_runs:
        context.ci.say(f"Nothing to resume: there is no {inputs.report_dir}/resume.json.")
    remove_earlier_reports(report_dir)
    _update(resume, [], context.ci)
    try:
        job, ended = _run_suites(inputs, JobFiles(policy_files, suite_files, history, resume, report_dir), context)
        published = publish(with_exit_code(job, inputs.fail_on), inputs, report_dir, context)
    except InvalidInputs:
        raise
    except Exception as problem:
        raise _lost(inputs, resume) from problem
    if published.job is not None:
        history.add(published.job, context.clock.now())
    if published.complete:
        # Last: a job that is killed while it writes its reports must find its runs again.
        _update(resume, ended, context.ci)
    return published


def _lost(inputs: Inputs, resume: ResumeFile) -> JobLost:
    """The runs of a job that a bug ended, with the ids of those that may have been started."""
    ids = inputs.test_run_ids or map(resume.latest_run, inputs.test_suites)
    target = Target(inputs.host, inputs.stream_id, inputs.bot_version, inputs.bot_language)
    suites = zip(inputs.test_suites, ids, strict=True)
    return JobLost(target, [RunRecord(suite, run_id, kind=inputs.suite_kind) for suite, run_id in suites])


def _run_suites(inputs: Inputs, job_files: JobFiles, context: JobContext) -> tuple[JobResult, list[str]]:
    """The result of the job, and the suites whose runs have ended. Raises `InvalidInputs`."""
    ci = context.ci
    number = len(inputs.test_suites)
    ci.group(f"Running {number} test suite{'s' if number > 1 else ''} at {inputs.host}")
    notes = _notes_on_attaching, _notes_on_retries, _notes_on_credentials, partial(_notes_on_names, ci)
    for line in (line for note in notes for line in note(inputs)):
        ci.warn(line)
    played = play(inputs, job_files, context)
    ci.end_group()
    clock_time = context.clock.now()
    now = latest_moment(clock_time, played.records)
    if now > clock_time:
        behind = human_duration((now - clock_time).total_seconds())
        ci.warn(f"this machine's clock is {behind} slow, so dates are those of the platform. Set the clock.")
    facts = JobFacts.at(now, ci.facts())._replace(history=job_files.history.runs(played.target))
    settings = raw.Settings(inputs.fail_on, inputs.redact, job_files.policy.saved(inputs))
    run_json = raw.index(played.target, facts, settings, played.records)
    unsaved = [*played.unsaved, *save(job_files.report_dir, raw.INDEX, run_json, ci)]
    policy = job_files.policy.policy(inputs, now.replace(microsecond=0), is_pull_request=facts.ci.is_pull_request)
    job = replace(played.job, target=played.target).with_facts(facts, personal_data_filter(inputs.redact))
    job = with_history(apply_policy(job, policy))
    ended = [record.suite for record in played.records if record.ended]
    return job.with_missing_reports(unsaved) if unsaved else job, ended


def _notes_on_attaching(inputs: Inputs) -> Iterator[str]:
    """The inputs that do nothing where runs are attached to."""
    if inputs.test_run_ids and inputs.require_trained:
        yield "require-trained is not looked at: with test-run-ids nothing is started."
    if inputs.test_run_ids and inputs.retries:
        yield "retries is not looked at: with test-run-ids nothing is started, so no suite runs again."


def _notes_on_retries(inputs: Inputs) -> Iterator[str]:
    """The setting that does nothing where no suite runs again."""
    if inputs.flaky == "pass" and not inputs.retries:
        yield "flaky: pass has no effect without retries."


def _notes_on_credentials(inputs: Inputs) -> Iterator[str]:
    """Credentials that were probably copied wrongly."""
    yield from doubtful_credentials(inputs)


def _notes_on_names(ci: CISystem, inputs: Inputs) -> Iterator[str]:
    """Names that are probably two, and a pull request whose author can choose the names of the suites it replaces."""
    for name in inputs.test_suites:
        if "," in name:
            shown = one_line(name, _MAX_NAME)
            yield f'"{shown}" is taken for one suite with a comma in its name. Give one name per line.'
    if inputs.suite_files and not inputs.suite_prefix and ci.facts().is_pull_request:
        yield no_prefix_text()


def _update(resume: ResumeFile, ended: list[str], ci: CISystem) -> None:
    try:
        resume.remove(ended)
    except OSError as problem:
        ci.say(f"The run ids cannot be kept for resume: {problem.strerror or problem}.")
