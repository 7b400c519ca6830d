"""One annotation for each failed step, for CI systems that show annotations next to the change."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from koregate.judging.cases import TestCase
from koregate.judging.moving_failures import failed_earlier
from koregate.judging.results import BlockingStep, JobResult, SuiteResult
from koregate.judging.transcript import CONVERSATION_STARTS, is_start, turns_to_failure
from koregate.reports.case_lines import case_lines
from koregate.reports.ci_words import owner_of_artifacts
from koregate.reports.failure_groups import counted_text, problem_of, together
from koregate.reports.figures_text import step_noun, title_of
from koregate.reports.headline import (
    causes_first,
    counted,
    effect_of,
    has_result,
    headline,
    is_told_by_signal,
    outranks_text,
    ran_nothing,
    says_all_problems,
)
from koregate.reports.job_errors import whose_job
from koregate.reports.log_line import name_list, plural
from koregate.reports.next_steps import next_steps, same_answer, without_code
from koregate.reports.policy_text import Tolerated, count_lines, tolerance_text, tolerated_with_reasons
from koregate.reports.retry_lines import retry_lines
from koregate.reports.run_names import run_of
from koregate.reports.suite_lines import count_text
from koregate.reports.summary_steps import tags_of
from koregate.text import number_list, one_line, shorten
from koregate.verdicts import EXIT_INPUTS, Verdict

# GitHub keeps ten annotations of each level per step. The verdict is the first of them.
MAX_ANNOTATIONS = 9
_MAX_MESSAGE = 4_000
_MAX_TITLE = 200
_MAX_TURN = 200
_MAX_TURNS = 20
_MAX_CASES = 20
_MAX_GATES = 3
_MAX_NAMES, _MAX_NAME = 30, 100
_NOTICE = "notice"
_ALL = "See the job summary, junit.xml or report.html."


class Annotation(NamedTuple):
    """One annotation: `level` is error, warning or notice, the title one line, the message plain text.

    `file` is the path of the suite file that it is about, in the workspace. It is empty for a suite of the platform.
    """

    level: str
    title: str
    message: str
    file: str = ""


def verdict_annotation(job: JobResult) -> Annotation:
    """The annotation that comes first in a job that did not pass: the suites that did not pass, and what to do next."""
    # The title says the verdict.
    told = headline(job).removeprefix(f"{job.verdict.capitalize()}: ")
    lines = [f"{told[:1].upper()}{told[1:]}."]
    if not job.exit_code or not any(map(has_result, job.platform_suites)):
        # The title says that the job fails, but not that this says nothing about the change.
        lines.append(effect_of(job))
    elif outranks := outranks_text(job):
        lines.append(f"{outranks}.")
    # GitHub folds a long message, so what to do comes before the numbers.
    lines += _what_next(job)
    if not ran_nothing(job):
        # Each remark of the policy has a warning of its own.
        lines += [*filter(None, [counted(job)]), *count_lines(job), *retry_lines(job)]
        if any(failed_earlier(job.suites)):
            lines.append("What failed in earlier runs alone is in the log and in report.html.")
        lines.append(f"Full report: report.html, among the artifacts of {owner_of_artifacts(job.facts.ci)}.")
    about = "koregate" if ran_nothing(job) else title_of(job.platform_suites)
    title = f"{about}: {job.verdict} (exit code {job.exit_code})"
    return Annotation(_level(job), title, shorten("\n".join(lines), _MAX_MESSAGE))


def annotations_for(job: JobResult, most: int = MAX_ANNOTATIONS) -> tuple[Annotation, ...]:
    """An annotation for each failed step: new failures first, then known ones, and of both the causes first.

    Failed suites come before those without a result.

    A likely consequence is a notice: its cause is what needs work. The last one says how many more there are. The
    tolerated failures of a suite are one warning.
    """
    if job.verdict is Verdict.SKIPPED:
        title = f"{title_of(job.platform_suites)}: {job.verdict} (exit code {job.exit_code})"
        return (Annotation("warning", title, "\n".join([effect_of(job), *_what_next(job)])),)
    gates = [] if says_all_problems(job) else [_on_job(gate, _level(job)) for gate in job.gates[:_MAX_GATES]]
    groups, most = _groups(job), max(most - len(gates), 1)
    has_baseline = job.policy.comparison is not None
    annotations = [_annotation(group, _level_of(group[0], job), has_baseline=has_baseline) for group in groups[:most]]
    if len(groups) > most:
        rest = [step for group in groups[most - 1 :] for step in group]
        title = f"koregate: {counted_text(rest, 'more')}"
        level = _level(job) if any(not step.is_consequence for step in rest) else _NOTICE
        annotations[-1] = Annotation(level, title, _ALL)
    annotations = [*gates, *annotations]
    warnings = sum(annotation.level == "warning" for annotation in annotations)
    return (*annotations, *_tolerated(job, max(MAX_ANNOTATIONS - warnings, 1)))


def _tolerated(job: JobResult, most: int) -> list[Annotation]:
    """A warning for each suite: its steps, what failed there, and why it is tolerated.

    The first one says that the job passes, and what tolerates how many. In a job that did not pass, the verdict's
    annotation says that.
    """
    suites = [(suite, [*told]) for suite, told in groupby(tolerated_with_reasons(job), lambda told: told.suite)]
    warnings: list[Annotation] = []
    start = [effect_of(job), *_what_next(job), tolerance_text(job), ""] if job.verdict is Verdict.TOLERATED else []
    for suite, told in suites[:most]:
        numbers = sorted({case.step.number for case in told if case.step is not None})
        place = f"{step_noun(suite)}{'s' if numbers[1:] else ''} {number_list(numbers)}" if numbers else ""
        title = f"{', '.join(filter(None, (one_line(suite.name, _MAX_NAME), place)))}: tolerated"
        lines = [line for one in told[:_MAX_CASES] for line in _with_reason(one)]
        if told[_MAX_CASES:]:
            lines.append(f"… and {plural(len(told) - _MAX_CASES, 'more test case')}.")
        message = shorten("\n".join([*start, *lines]), _MAX_MESSAGE)
        warnings.append(Annotation("warning", title, message, _file_of(suite)))
        start = []
    if suites[most:]:
        title = f"koregate: {plural(len(suites) - most + 1, 'more suite')} with tolerated failures"
        warnings[-1] = Annotation("warning", title, _ALL)
    return warnings


def _what_next(job: JobResult) -> list[str]:
    """What to do next, as lines without the marks of code."""
    steps = next_steps(job, "that the log shows")
    return ["What to do next:", *(f"- {without_code(sentence)}" for sentence in steps)] if steps else []


def _with_reason(told: Tolerated) -> Iterator[str]:
    """A tolerated test case below its step, which is named once, and why it is tolerated."""
    yield from filter(None, [told.why_above])
    if told.step is not None and (told.reason or not told.continues):
        said = f' "{one_line(told.step.input, _MAX_TURN)}"' if told.step.input else ""
        yield f"{step_noun(told.suite).capitalize()} {told.step.number}{said}:"
    yield from _told(told.suite, told.case)
    yield from filter(None, [told.why_below])


def _groups(job: JobResult) -> list[tuple[BlockingStep, ...]]:
    """What has an annotation: a failed step, those of a suite that got one answer, or what several suites share."""
    same = {suite.name: suite.name for suite in job.platform_suites if same_answer(suite)}
    return together(
        [step for step in causes_first(job.blocking_steps) if step.step or not is_told_by_signal(step.suite)],
        lambda failed: same.get(failed.suite.name) if failed.step else problem_of(failed),
    )


def _on_job(gate: SuiteResult, level: str) -> Annotation:
    """The problems of a job itself, a line each."""
    title = "koregate" if gate.exit_code == EXIT_INPUTS else f"koregate: error of {whose_job(gate)}"
    lines = map(without_code, map(one_line, gate.reasons))
    return Annotation(level, title, shorten("\n".join(lines), _MAX_MESSAGE))


def _level(job: JobResult) -> str:
    """A job that does not fail has warnings only."""
    return "error" if job.exit_code else "warning"


def _level_of(step: BlockingStep, job: JobResult) -> str:
    return _NOTICE if step.is_consequence else _level(job)


def _annotation(group: Sequence[BlockingStep], level: str, *, has_baseline: bool) -> Annotation:
    blocking = group[0]
    lines = [line for case in blocking.cases[:_MAX_CASES] for line in _told(blocking.suite, case)]
    if len(blocking.cases) > _MAX_CASES:
        lines.append(f"… and {len(blocking.cases) - _MAX_CASES} more failed test cases in this step.")
    lines += _context(blocking)
    title = one_line(blocking.title, _MAX_TITLE)
    if group[1:] and blocking.step:
        title = f"{one_line(blocking.suite.name, _MAX_NAME)}: {counted_text(group)}"
        lines = [same_answer(blocking.suite), "", "The first one:", *lines]
    elif group[1:]:
        title = counted_text(group)
        lines.append(f"Suites: {name_list([step.suite.name for step in group], _MAX_NAMES)}.")
    step, tags = blocking.step, [*tags_of(blocking, has_baseline=has_baseline)]
    tags += [str(step.trend)] if step and step.trend else []
    title += f" ({'; '.join(tags)})" if tags else ""
    # Only steps have one suite in common.
    file = _file_of(blocking.suite) if blocking.step or not group[1:] else ""
    return Annotation(level, title, shorten("\n".join(lines), _MAX_MESSAGE), file)


def _file_of(suite: SuiteResult) -> str:
    return suite.source.path if suite.source is not None else ""


def _told(suite: SuiteResult, case: TestCase) -> Iterator[str]:
    if told := count_text(suite, case):
        yield told
        return
    label = case.label if case.response or case.kind == "intent" else ""
    yield from case_lines(case, label, run_of(suite, case))


def _context(blocking: BlockingStep) -> Iterator[str]:
    told = turns_to_failure(blocking, 2)
    # The title says the utterance of a batch suite, which has no dialog around it.
    if told.turns and not blocking.suite.steps_stand_alone:
        yield ""
        if told.run:
            yield f"{told.run[0].upper()}{told.run[1:]}:"
        for turn in told.turns[-_MAX_TURNS:]:
            # Nobody said what starts a conversation.
            yield CONVERSATION_STARTS if is_start(turn) else f"{turn.speaker}: {one_line(turn.text, _MAX_TURN)}"
