"""koregate report: rebuild every report and the verdict from saved replies, offline."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from koregate import files
from koregate.commands.context import JobContext
from koregate.commands.earlier_reports import remove_raw_replies
from koregate.commands.policy_files import read_inputs_with_policy
from koregate.commands.publish import Published, publish, tell_suites
from koregate.commands.saved_files import (
    RUN_JSON,
    check_has_replies,
    check_is_reply,
    not_a_reply,
    read_each,
    read_file_in,
    read_regular_file,
    read_saved,
)
from koregate.errors import UnusableCommand
from koregate.files import ReportDir
from koregate.inputs import ReportInputs
from koregate.judging.history import with_history
from koregate.judging.job import judge_job
from koregate.kore_api.json_problems import why_not_json
from koregate.kore_api.json_values import load_json
from koregate.policy.apply import apply_policy
from koregate.policy.fail_on import with_exit_code
from koregate.redaction.personal_data import personal_data_filter
from koregate.reports.raw import FOLDER, SavedJob, from_single_files, load


def report(paths: Sequence[str], options: Mapping[str, str], context: JobContext) -> Published:
    """Rebuild the reports from a raw/ folder, its run.json, or single saved replies.

    Given inputs override the saved ones. Raises `InvalidInputs`.
    """
    inputs, policy_files = read_inputs_with_policy(ReportInputs, options, context)
    context.ci.redact_with(personal_data_filter(inputs.redact))
    saved = _open(paths, context.workspace)
    given = inputs.model_fields_set
    fail_on = saved.fail_on if saved.fail_on and "fail_on" not in given else inputs.fail_on
    redact = saved.redact if saved.redact is not None and "redact" not in given else inputs.redact
    now = saved.facts.finished or context.clock.now()
    is_pull_request = saved.facts.ci.is_pull_request
    inputs = inputs.model_copy(update={"redact": redact})
    policy = policy_files.policy_with_saved(inputs, saved.policy, now, is_pull_request=is_pull_request)
    job = judge_job(saved.target, saved.records, redact).with_facts(saved.facts, personal_data_filter(redact))
    job = with_history(apply_policy(job, policy))
    report_dir = files.prepare(context.workspace, inputs.report_dir)
    tell_suites(job, context)
    published = publish(with_exit_code(job, fail_on), inputs, report_dir, context)
    if published.complete and not _is_raw_folder_of(report_dir, paths):
        # Replies of another job must not seem to belong to this report.
        remove_raw_replies(report_dir)
    return published


def _open(paths: Sequence[str], workspace: Path) -> SavedJob:
    run_json = read_saved(paths[0], workspace, partial(_run_json, Path(paths[0]))) if len(paths) == 1 else None
    if run_json is not None:
        return read_saved(paths[0], workspace, lambda: _open_folder(run_json, is_named=run_json == Path(paths[0])))
    replies, problems = read_each(paths, partial(_read_reply, workspace))
    if problems:
        raise UnusableCommand(*problems)
    return from_single_files(replies)


def _run_json(path: Path) -> Path | None:
    """The run.json that this path names: the file itself, or that of a folder. None if it is another file."""
    check_has_replies(path)
    if path.is_dir():
        return path / RUN_JSON
    return path if path.name == RUN_JSON else None


def _read_reply(workspace: Path, path: str) -> bytes:
    return read_saved(path, workspace, partial(_reply_in, Path(path)))


def _reply_in(path: Path) -> bytes:
    check_has_replies(path)
    data = check_is_reply(path, read_regular_file(path))
    try:
        load_json(data)
    except ValueError as problem:
        raise ValueError(not_a_reply(why_not_json(data))) from problem
    return data


def _open_folder(run_json: Path, *, is_named: bool) -> SavedJob:
    """The job in the folder of that run.json. Only a path that the user named may be a link."""
    folder = run_json.parent
    content = read_regular_file(run_json) if is_named else read_file_in(folder, run_json.name)
    return load(content, partial(read_file_in, folder), [path.name for path in folder.iterdir()])


def _is_raw_folder_of(report_dir: ReportDir, paths: Sequence[str]) -> bool:
    """Whether the saved replies are in the raw/ folder of that report directory."""
    own = (report_dir.path / FOLDER).resolve()
    return any(own in (path.resolve(), path.resolve().parent) for path in map(Path, paths))
