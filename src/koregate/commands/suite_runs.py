"""The test runs of a job: each reply is saved and judged as its run ends, and a suite runs again if it may."""

from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from koregate.ci.base import CISystem
from koregate.commands.context import JobContext
from koregate.commands.history import HistoryFile
from koregate.commands.interruptible import Interruptible
from koregate.commands.policy_files import PolicyFiles
from koregate.errors import Cancelled, InvalidInputs
from koregate.files import ReportDir
from koregate.inputs import Inputs
from koregate.judging.job import JobJudge
from koregate.judging.results import JobResult, SuiteResult
from koregate.kore_api.client import Client
from koregate.kore_api.suite_file import SuiteFile
from koregate.policy.retries import decision
from koregate.policy.rules import Policy
from koregate.reports import raw
from koregate.reports.suite_lines import suite_lines
from koregate.reports.wait_lines import WaitLog
from koregate.runs.event_queue import waiting_signals
from koregate.runs.events import Event, Interrupted, NamesTaken, Progress, RunFinished, TrainingSeen
from koregate.runs.parallel import SuiteRuns, Waiting
from koregate.runs.polling import stop_reason
from koregate.runs.record import RunRecord, Target, latest_moment
from koregate.runs.resume import ResumeFile
from koregate.verdicts import Verdict


class JobFiles(NamedTuple):
    """The files that a job reads and writes."""

    policy: PolicyFiles
    suites: Sequence[SuiteFile]
    history: HistoryFile
    resume: ResumeFile
    report_dir: ReportDir


class Played(NamedTuple):
    """What the test runs of a job gave: the result before policy, and the records of the last runs, without files.

    `target` is what was tested. `unsaved` are the files that could not be written.
    """

    job: JobResult
    target: Target
    records: Sequence[RunRecord]
    unsaved: Sequence[str]


def play(inputs: Inputs, job_files: JobFiles, context: JobContext) -> Played:
    """Run every suite, again where `retries` and policy say so. Those of suite files are imported first.

    Each reply is on disk before it is judged, and no longer in memory afterwards. Raises `InvalidInputs` if suites of
    the files' names are not koregate's.
    """
    return _Player(inputs, job_files, context).play()


class _Player:
    """Follows the events of the runs. Only it prints, judges and decides."""

    def __init__(self, inputs: Inputs, job_files: JobFiles, context: JobContext) -> None:
        self._inputs = inputs
        self._policy_files = job_files.policy
        self._report_dir = job_files.report_dir
        self._context = context
        self._ci = context.ci
        self._target = Target(inputs.host, inputs.stream_id, inputs.bot_version, inputs.bot_language)
        self._judge = JobJudge(self._target, inputs.test_suites, inputs.redact)
        new_client = partial(Client, inputs, context.clock, context.environ, context.request_seconds)
        self._judging = Interruptible(context.queue)
        waiting = Waiting(
            new_client,
            context.clock,
            context.queue,
            lambda: self._ci.silence,
            context.heartbeat,
            lambda: self._judging.seconds_since_signal,
        )
        self._runs = SuiteRuns(inputs, job_files.resume, waiting, job_files.suites)
        self._records: dict[int, RunRecord] = {}
        self._earlier: dict[int, tuple[RunRecord, ...]] = {}
        self._unsaved: list[str] = []
        self._is_interrupted = False

    def play(self) -> Played:
        """Follow every run to its end."""
        log = WaitLog(self._inputs.timeout, self._inputs.stall_timeout)
        for event in self._runs.events():
            _show(event, log.line(event, self._context.clock.monotonic()), self._ci)
            if isinstance(event, NamesTaken):
                self._ci.end_group()
                raise InvalidInputs(*event.problems)
            if isinstance(event, TrainingSeen):
                self._target = self._target._replace(training=event.status.description)
            if isinstance(event, Interrupted):
                self._judging.interrupt(event.signum)
            if isinstance(event, RunFinished):
                self._finish(event.number, event.record)
        if self._is_interrupted:
            # If no run was open any more, nothing else has taken the signal out of the queue.
            deque(waiting_signals(self._context.queue), maxlen=0)
        records = [self._records[number] for number in range(len(self._records))]
        return Played(self._judge.result(), self._target, records, self._unsaved)

    def _finish(self, number: int, record: RunRecord) -> None:
        """Save and judge what a run gave, and let its suite run again or keep it as the last one."""
        record = record._replace(earlier=self._earlier.get(number, ()))
        self._save(number, record)
        judged = self._judging.do(partial(self._judge.judge, number, record))
        record = record.without_files()
        if isinstance(judged, int):
            self._is_interrupted = True
            record = _not_judged(record, judged)
            judged = self._judge.judge(number, record)
        result = judged
        runs_again, note = self._runs_again(number, record, result)
        for line in suite_lines(result, note or self._note_on_policy(record, result)):
            self._ci.say(line)
        if runs_again:
            self._judge.keep_earlier(number, result)
            self._earlier[number] = (*record.earlier, record)
        else:
            self._judge.keep(number, result)
            self._records[number] = record

    def _runs_again(self, number: int, record: RunRecord, result: SuiteResult) -> tuple[bool, str]:
        """Whether another run of the suite was begun, and a note on that for the log."""
        retry, retries = len(record.earlier) + 1, self._inputs.retries
        if retry > retries or self._inputs.test_run_ids:
            return False, ""
        runs_again, reason = decision(result, record, self._target, self._policy(record))
        if not runs_again:
            return False, f"Not run again: {reason}." if reason else ""
        if not self._runs.run_again(number):
            return False, ""
        return True, f"Running again (run {retry + 1} of at most {retries + 1})."

    def _note_on_policy(self, record: RunRecord, result: SuiteResult) -> str:
        """That the policy may tolerate the failures once every suite has ended, although the log tells them now."""
        may_change = result.verdict is Verdict.FAILED and self._policy(record).may_tolerate
        return "The policy may still tolerate this at the end." if may_change else ""

    def _policy(self, record: RunRecord) -> Policy:
        now = latest_moment(self._context.clock.now(), [record])
        return self._policy_files.policy(self._inputs, now, is_pull_request=self._ci.facts().is_pull_request)

    def _save(self, number: int, record: RunRecord) -> None:
        if record.reply is not None:
            self._unsaved += save(self._report_dir, raw.reply_path(number, record), record.reply, self._ci)
        if record.result_file.data is not None:
            self._unsaved += save(self._report_dir, raw.result_path(number, record), record.result_file.data, self._ci)


def _not_judged(record: RunRecord, signum: int) -> RunRecord:
    """The record of a run whose last reply a signal left no time to judge. The reply is saved."""
    stop = stop_reason(Cancelled(signum))
    stop = stop._replace(message=f"{stop.message} There was no time left to judge the last reply.")
    return record._replace(ended=False, stop=stop)


def save(report_dir: ReportDir, name: str, data: bytes, ci: CISystem) -> list[str]:
    """Write a file of raw/. Returns its name if that fails."""
    try:
        report_dir.write(name, data)
    except OSError as problem:
        ci.say(f"koregate cannot write {name}: {problem.strerror or problem}. Check report-dir and the disk.")
        return [name]
    return []


def _show(event: Event, line: str, ci: CISystem) -> None:
    if isinstance(event, Progress):
        ci.show_progress(event, line)
    elif line:
        ci.say(line)
    if isinstance(event, RunFinished):
        ci.end_progress(event.record.suite)
