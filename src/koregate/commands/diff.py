"""koregate diff: compare the test cases of two report.json files, offline."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from koregate.commands.context import JobContext
from koregate.commands.interruptible import Interruptible
from koregate.commands.saved_files import read_claimed_report
from koregate.errors import Problem, UnusableCommand
from koregate.judging.results import JobResult
from koregate.policy.baseline import baseline_from
from koregate.policy.report_diff import ReportDiff, compare
from koregate.reports import diff_text
from koregate.reports.log_line import name_list
from koregate.reports.report_json_checks import quoted, quoted_or_unknown
from koregate.reports.report_json_reader import ClaimedReport
from koregate.verdicts import EXIT_FAILED, EXIT_NO_VERDICT, EXIT_PASSED, Verdict

_COMPARABLE = (Verdict.PASSED, Verdict.TOLERATED, Verdict.FAILED)
_TARGET_NAMES = {"host": "host", "stream_id": "stream id", "bot_version": "bot version", "bot_language": "bot language"}
_MAX_PROBLEMS = 5
_MAX_NAMES = 20


def diff(old_path: str, new_path: str, context: JobContext, *, as_json: bool = False) -> int:
    """Print what is new, known, fixed, missing and flaky in the newer report.

    Raises `UnusableCommand` and `Cancelled`. The exit code is 0, 1 if anything is new, and 4 if the newer report cannot
    be compared.
    """
    work = Interruptible(context.queue)
    old, new = work.result_of(partial(_read_both, old_path, new_path, context.workspace))
    compared = work.result_of(partial(_compared, old_path, old, new))
    problems = (*old.contradictions, *new.contradictions)[:_MAX_PROBLEMS] or tuple(_problems(compared, new, new_path))
    code = EXIT_NO_VERDICT if problems else EXIT_FAILED if compared.new else EXIT_PASSED
    report = diff_text.DiffReport(compared, code, problems, tuple(_differences(old, new)))
    for line in [diff_text.as_json(report)] if as_json else diff_text.lines(report):
        context.ci.say(line)
    return code


def _compared(old_path: str, old: ClaimedReport, new: ClaimedReport) -> ReportDiff:
    real = [suite for suite in old.suites if not suite.is_gate]
    return compare(baseline_from(old_path, old.target, old.facts.finished, real or old.suites), new.suites)


def _read_both(old_path: str, new_path: str, workspace: Path) -> tuple[ClaimedReport, ClaimedReport]:
    """Both reports. Raises `UnusableCommand` with the problems of both."""
    reports: list[ClaimedReport] = []
    problems: list[Problem] = []
    for path, word in ((old_path, "OLD"), (new_path, "NEW")):
        try:
            reports.append(read_claimed_report(path, workspace, word))
        except UnusableCommand as unusable:
            problems += unusable.problems
    if problems:
        raise UnusableCommand(*problems)
    old, new = reports
    return old, new


def _problems(compared: ReportDiff, new: ClaimedReport, path: str) -> Iterator[str]:
    verdict = JobResult.of(new.target, new.suites).verdict
    if verdict not in _COMPARABLE:
        yield f"The verdict of {quoted(path)} is {verdict}, so it says nothing about failures. Re-run its job."
    if compared.missing_suites:
        names = name_list(compared.missing_suites, _MAX_NAMES)
        yield f"These test suites are missing in {quoted(path)}: {names}. Compare reports of the same test suites."


def _differences(old: ClaimedReport, new: ClaimedReport) -> Iterator[str]:
    """Differences in what the reports tested."""
    for field, name in _TARGET_NAMES.items():
        before, after = getattr(old.target, field), getattr(new.target, field)
        if before != after:
            yield f"the {name} was {quoted_or_unknown(before)} and is now {quoted_or_unknown(after)}."
