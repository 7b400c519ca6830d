"""koregate run: run the test suites, wait, judge, report."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from koregate import files
from koregate.ci.base import CISystem
from koregate.commands.context import JobContext
from koregate.commands.earlier_reports import remove_earlier_reports
from koregate.commands.history import HistoryFile
from koregate.commands.policy_files import PolicyFiles, read_inputs_with_policy
from koregate.commands.publish import Published, publish
from koregate.files import ReportDir
from koregate.inputs import Inputs
from koregate.judging.facts import JobFacts
from koregate.judging.history import with_history
from koregate.judging.job import JobJudge
from koregate.judging.results import JobResult
from koregate.kore_api.client import Client
from koregate.policy.apply import apply_policy
from koregate.policy.fail_on import with_exit_code
from koregate.redaction import personal_data_filter
from koregate.reports import raw
from koregate.reports.suite_lines import suite_lines
from koregate.reports.wait_lines import WaitLog
from koregate.runs.events import Event, Progress, RunFinished, TrainingSeen
from koregate.runs.parallel import Waiting, run_suites
from koregate.runs.record import RunRecord, Target
from koregate.runs.resume import ResumeFile


class _JobFiles(NamedTuple):
    """The files that a job reads and writes."""

    policy: PolicyFiles
    history: HistoryFile
    resume: ResumeFile
    report_dir: ReportDir


def run(options: Mapping[str, str], context: JobContext) -> Published:
    """Run the test suites, report on them, and say with which code to exit. Raises `InvalidInputs`."""
    inputs, policy_files = read_inputs_with_policy(Inputs, options, context)
    report_dir = files.prepare(context.workspace, inputs.report_dir)
    context.ci.redact_with(personal_data_filter(inputs.redact))
    history = HistoryFile(context.workspace, inputs.history, context.ci)
    resume = ResumeFile(report_dir, inputs, context.clock, context.ci.commit, context.ci.job)
    if resume.rejected:
        context.ci.say(f"Not resumed from {inputs.report_dir}/resume.json: {resume.rejected}.")
    remove_earlier_reports(report_dir)
    _update(resume, [], context.ci)
    job, ended = _run_suites(inputs, _JobFiles(policy_files, history, resume, report_dir), context)
    published = publish(with_exit_code(job, inputs.fail_on), inputs, report_dir, context)
    if published.job is not None:
        history.add(published.job, context.clock.now())
    if published.complete:
        # Last: a job that is killed while it writes its reports must find its runs again.
        _update(resume, ended, context.ci)
    return published


def _run_suites(inputs: Inputs, job_files: _JobFiles, context: JobContext) -> tuple[JobResult, list[str]]:
    """The result of the job, and the suites whose runs have ended.

    Each reply is on disk before it is judged, and no longer in memory afterwards.
    """
    ci, report_dir = context.ci, job_files.report_dir
    target = Target(inputs.host, inputs.stream_id, inputs.bot_version, inputs.bot_language)
    new_client = partial(Client, inputs, context.clock, context.environ, context.request_seconds)
    judge = JobJudge(target, inputs.test_suites, inputs.redact)
    records: dict[int, RunRecord] = {}
    unsaved: list[str] = []
    number = len(inputs.test_suites)
    ci.group(f"Running {number} test suite{'s' if number > 1 else ''} at {inputs.host}")
    if inputs.require_trained and inputs.test_run_ids:
        ci.say("Warning: require-trained is not looked at: with test-run-ids nothing is started.")
    training = None
    log = WaitLog(inputs.timeout, inputs.stall_timeout)
    waiting = Waiting(new_client, context.clock, context.queue, lambda: ci.silence, context.heartbeat)
    for event in run_suites(inputs, job_files.resume, waiting):
        _show(event, log.line(event, context.clock.monotonic()), ci)
        if isinstance(event, TrainingSeen):
            training = event.status.description
        if isinstance(event, RunFinished):
            if event.record.reply is not None:
                unsaved += _save(report_dir, raw.reply_path(event.number, event.record.suite), event.record.reply, ci)
            if event.record.result_file.data is not None:
                name = raw.result_path(event.number, event.record)
                unsaved += _save(report_dir, name, event.record.result_file.data, ci)
            for line in suite_lines(judge.judge(event.number, event.record)):
                ci.say(line)
            records[event.number] = event.record.without_files()
    ci.end_group()
    target = target._replace(training=training)
    in_order = [records[number] for number in range(len(records))]
    now = context.clock.now()
    facts = JobFacts.at(now, ci.facts())._replace(history=job_files.history.runs(target))
    settings = raw.Settings(inputs.fail_on, inputs.redact, job_files.policy.saved(inputs))
    run_json = raw.index(target, facts, settings, in_order)
    unsaved += _save(report_dir, raw.INDEX, run_json, ci)
    policy = job_files.policy.policy(inputs, now.replace(microsecond=0), is_pull_request=facts.ci.is_pull_request)
    job = replace(judge.result(), target=target).with_facts(facts, personal_data_filter(inputs.redact))
    job = with_history(apply_policy(job, policy))
    return job.with_missing_reports(unsaved) if unsaved else job, [record.suite for record in in_order if record.ended]


def _save(report_dir: ReportDir, name: str, data: bytes, ci: CISystem) -> list[str]:
    """Write a file of raw/. Returns its name if that fails."""
    try:
        report_dir.write(name, data)
    except OSError as problem:
        ci.say(f"{name} cannot be written: {problem.strerror or problem}. Check report-dir and the disk.")
        return [name]
    return []


def _show(event: Event, line: str, ci: CISystem) -> None:
    if isinstance(event, Progress):
        ci.show_progress(event, line)
    elif line:
        ci.say(line)
    if isinstance(event, RunFinished):
        ci.end_progress(event.record.suite)


def _update(resume: ResumeFile, ended: list[str], ci: CISystem) -> None:
    try:
        resume.remove(ended)
    except OSError as problem:
        ci.say(f"The run ids cannot be kept for resume: {problem.strerror or problem}.")
