"""The Markdown of a job summary: the verdict, the suites, and each failed step."""

from collections.abc import Iterator, Sequence
from itertools import groupby, islice

from koregate.judging.moving_failures import failed_earlier
from koregate.judging.results import BlockingStep, JobResult
from koregate.judging.transcript import turns_to_failure
from koregate.reports import summary_parts
from koregate.reports.failure_groups import alike_steps, counted_text, grouped, same_answer_text
from koregate.reports.headline import new_first, ran_nothing
from koregate.reports.log_line import plural
from koregate.reports.markdown import markdown
from koregate.reports.summary_steps import block_of, conversation_of, same_answer, suite_names, utterances
from koregate.text import clipped
from koregate.verdicts import Verdict

# GitHub does not show a summary over 1 MiB. Other steps of the job have their own summaries.
MAX_BYTES = 900 * 1024
_CONTEXT_STEPS = (3, 1)
_MAX_OPEN = 5
_MAX_NAME = 100
_MAX_PROBLEMS = 30
_MAX_PROBLEM = 1500


def render(job: JobResult, largest: int = MAX_BYTES) -> str:
    """The summary in at most `largest` bytes. Passed suites are cut first, then old turns, then the last steps."""
    head = f"{summary_parts.head(job)}\n{summary_parts.job_errors(job, _MAX_PROBLEMS, _MAX_PROBLEM)}"
    end = summary_parts.end(job)
    earlier = _earlier(job, largest // 4)
    largest -= _size(end) + _size(earlier)
    suites = job.platform_suites
    tables = [summary_parts.table(suites), summary_parts.table(suites, without_passed=True)]
    if ran_nothing(job) or not suites:
        tables = [""]
    for table in tables:
        for context in _CONTEXT_STEPS:
            blocks, shown = _blocks(job, context, largest - _size(head) - _size(table) - 500)
            if shown == len(job.blocking_steps):
                return "\n".join([head, table, *blocks, earlier, end])
    left = [step for group in grouped(new_first(job.blocking_steps)) for step in group][shown:]
    note = f"_{counted_text(left, 'more')} did not fit. See report.html or junit.xml._\n"
    if _size(head) + _size(table) > largest:
        failed = sum(suite.verdict is not Verdict.PASSED for suite in suites)
        table = f"_{failed} of {len(suites)} suites did not pass; their table is too long for a summary._\n"
    return "\n".join([head, table, *blocks, note, earlier, end])


def _size(text: str) -> int:
    return len(text.encode()) + 1


def _blocks(job: JobResult, context: int, room: int) -> tuple[list[str], int]:
    """A block for each failed step, or for all utterances of a batch suite, and how many steps there was room for."""
    has_baseline = job.policy.comparison is not None
    groups = grouped(new_first(job.blocking_steps))
    has_new = any(not group[0].is_known for group in groups)
    same = same_answer_text(job)
    blocks = [f"**{counted_text(job.blocking_steps)}{same}:**\n"] if same else []
    if steps := alike_steps(job):
        conversation = "\n".join([*conversation_of(steps[0], context, is_open=True), ""])
        table, shown = same_answer(steps, room - _size(conversation), has_baseline=has_baseline)
        return [*blocks, table, conversation], shown
    shown = 0
    heading = ""
    for (names, is_known, are_utterances), part in groupby(groups, lambda group: _part(group, has_new=has_new)):
        alike = [*part]
        failed = [step for group in alike for step in group]
        title = counted_text(failed) if names[1:] else names[0]
        # The title names a single suite.
        before, heading = heading, _heading(title, is_known=is_known) if job.platform_suites[1:] or is_known else ""
        room -= _size(heading)
        if are_utterances:
            table, told = utterances(failed, room, has_baseline=has_baseline, folded=is_known)
            made = [table] if told else []
        else:
            blocks_of = _step_blocks(alike, context, shown, has_baseline=has_baseline, folded=is_known)
            made = _within(blocks_of, room)
            told = sum(map(len, alike[: len(made)]))
        blocks += [heading, *made] if made and heading not in ("", before) else made
        shown += told
        room -= sum(map(_size, made))
        if told < len(failed):
            break
    return blocks, shown


def _heading(suite: str, *, is_known: bool) -> str:
    return f"### {markdown(clipped(suite, _MAX_NAME))}{', known failures' if is_known else ''}\n"


def _part(group: Sequence[BlockingStep], *, has_new: bool) -> tuple[tuple[str, ...], bool, bool]:
    """What stands together below one heading: its suites, whether its failures are known, and whether it is a table."""
    first, names = group[0], tuple(step.suite.name for step in group)
    return names, has_new and first.is_known, first.suite.steps_stand_alone and first.step is not None


def _step_blocks(
    alike: Sequence[tuple[BlockingStep, ...]], context: int, before: int, *, has_baseline: bool, folded: bool
) -> Iterator[str]:
    """The blocks of steps that stand together, of which `before` others come before. Several suites may share one."""
    last: dict[str, int] = {}
    for number, group in enumerate(alike):
        blocking = group[0]
        told = turns_to_failure(blocking, 0)
        more = told.failed - last.get(told.run, 0)
        block = block_of(
            blocking,
            # Steps that an earlier block shows are not shown again.
            min(context, more) if more > 0 else context,
            has_baseline=has_baseline,
            opens_conversation=before + number == 0,
            folded=folded or before + number >= _MAX_OPEN or blocking.is_consequence,
        )
        yield f"{block}{suite_names(group)}" if group[1:] else block
        last[told.run] = told.failed


def _earlier(job: JobResult, room: int) -> str:
    """The steps that failed in earlier runs alone, of suites that did not pass in the end. Empty if there are none."""
    steps = [*failed_earlier(job.suites)]
    blocks: list[str] = []
    for name, part in groupby(steps, lambda step: step.suite.name):
        made = [
            block_of(step, _CONTEXT_STEPS[0], has_baseline=False, opens_conversation=False, folded=False)
            for step in islice(part, _MAX_OPEN)
        ]
        suite = (
            f"{markdown(clipped(name, _MAX_NAME))}: failed only in earlier runs (not counted: the last run decides)"
            if job.platform_suites[1:]
            else ""
        )
        blocks += _within(
            iter([f"### {suite or 'Failed only in earlier runs (not counted: the last run decides)'}\n", *made]),
            room - sum(map(_size, blocks)),
        )
    shown = sum(not block.startswith("#") for block in blocks)
    if more := len(steps) - shown:
        blocks.append(f"_{plural(more, 'more step')} failed in an earlier run. See report.html._\n")
    return "\n".join(blocks)


def _within(blocks: Iterator[str], room: int) -> list[str]:
    """The first blocks that there is room for."""
    fitting = []
    for block in blocks:
        room -= _size(block)
        if room < 0:
            break
        fitting.append(block)
    return fitting
