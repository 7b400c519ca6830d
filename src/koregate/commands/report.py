"""koregate report: rebuild every report and the verdict from saved replies, offline."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from pathlib import Path

from koregate import files
from koregate.commands.context import JobContext
from koregate.commands.interruptible import Interruptible
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
from koregate.errors import Problem, UnusableCommand
from koregate.inputs import ReportInputs
from koregate.judging.history import with_history
from koregate.judging.job import judge_job
from koregate.judging.results import JobResult
from koregate.kore_api.json_problems import why_not_json
from koregate.kore_api.json_values import load_json
from koregate.policy.apply import apply_policy
from koregate.policy.fail_on import with_exit_code
from koregate.policy.rules import Policy
from koregate.redaction.personal_data import personal_data_filter
from koregate.reports.raw import FOLDER, INDEX, MAX_INDEX_BYTES, SavedJob, from_single_files, load, written_files
from koregate.text import one_line

_MAX_POLICY = 500


def report(paths: Sequence[str], options: Mapping[str, str], context: JobContext) -> Published:
    """Rebuild the reports from a raw/ folder, its run.json, or single saved replies.

    Given inputs override the saved ones. Raises `InvalidInputs`, and `Cancelled` before anything is written.
    """
    work = Interruptible(context.queue)
    inputs, policy_files = work.result_of(partial(read_inputs_with_policy, ReportInputs, options, context))
    context.ci.redact_with(personal_data_filter(inputs.redact))
    saved = work.result_of(partial(_open, paths, context.workspace))
    _check_saved_replies(paths, context.workspace / inputs.report_dir, inputs.report_dir)
    given = inputs.model_fields_set
    fail_on = saved.fail_on if saved.fail_on and "fail_on" not in given else inputs.fail_on
    redact = saved.redact if saved.redact is not None and "redact" not in given else inputs.redact
    now = saved.facts.finished or context.clock.now()
    is_pull_request = saved.facts.ci.is_pull_request
    for line in _policy_lines(saved, given):
        context.ci.say(line)
    inputs = inputs.model_copy(update={"redact": redact})
    policy = policy_files.policy_with_saved(inputs, saved.policy, now, is_pull_request=is_pull_request)
    job = work.result_of(partial(_judge, saved, redact, policy))
    report_dir = files.prepare(context.workspace, inputs.report_dir)
    tell_suites(job, context)
    return publish(with_exit_code(job, fail_on), inputs, report_dir, context)


def _judge(saved: SavedJob, redact: tuple[str, ...], policy: Policy) -> JobResult:
    job = judge_job(saved.target, saved.records, redact).with_facts(saved.facts, personal_data_filter(redact))
    return with_history(apply_policy(job, policy))


def _policy_lines(saved: SavedJob, given: AbstractSet[str]) -> Iterator[str]:
    """A line about the inputs of the saved job that shape the verdict again, without those that are given now."""
    policy, default = saved.policy, ReportInputs()
    values: dict[str, object] = {"fail_on": saved.fail_on or default.fail_on}
    if policy is not None:
        values |= policy.values
        values["quarantine"] = policy.quarantine and policy.quarantine.path
        values["baseline"] = policy.baseline and policy.baseline.source
    used = [
        f"{name.replace('_', '-')} {', '.join(value) if isinstance(value, tuple) else value}"
        for name, value in values.items()
        if name not in given and value != getattr(default, name)
    ]
    if used:
        yield one_line(
            f"Policy of the saved job: {'; '.join(used)}. Inputs that are given now win over it.", _MAX_POLICY
        )


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


def _check_saved_replies(paths: Sequence[str], folder: Path, name: str) -> None:
    """Raise `UnusableCommand` if the report directory has saved replies, and these paths are others.

    They would seem to belong to this report, and no copy of them may exist if they were removed.
    """
    own = (folder / FOLDER).resolve()
    if any(own in (path.resolve(), path.resolve().parent) for path in map(Path, paths)):
        return
    try:
        run_json = files.read_file(folder / INDEX, MAX_INDEX_BYTES)
    except OSError:
        return
    if written_files(run_json):
        text = (
            f"{name} has the saved replies of a job, and they are not those of FILE. Give another folder, or name "
            f"{name}/{FOLDER} to rebuild the report of that job."
        )
        raise UnusableCommand(Problem("report-dir", text))
