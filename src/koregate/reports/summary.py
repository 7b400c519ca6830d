"""The Markdown of a job summary: the verdict, the suites, and each failed step."""

from collections.abc import Iterator, Sequence
from itertools import groupby, islice

from koregate.judging.moving_failures import failed_earlier
from koregate.judging.results import BlockingStep, JobResult
from koregate.judging.transcript import turns_to_failure
from koregate.reports import summary_parts
from koregate.reports.headline import new_first, ran_nothing
from koregate.reports.log_line import plural
from koregate.reports.markdown import markdown
from koregate.reports.summary_steps import block_of, utterances
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
    note = f"_{len(job.blocking_steps) - shown} more failed steps did not fit. See report.html or junit.xml._\n"
    if _size(head) + _size(table) > largest:
        failed = sum(suite.verdict is not Verdict.PASSED for suite in suites)
        table = f"_{failed} of {len(suites)} suites did not pass; their table is too long for a summary._\n"
    return "\n".join([head, table, *blocks, note, earlier, end])


def _size(text: str) -> int:
    return len(text.encode()) + 1


def _blocks(job: JobResult, context: int, room: int) -> tuple[list[str], int]:
    """A block for each failed step, or for all utterances of a batch suite, and how many steps there was room for."""
    has_baseline = job.policy.comparison is not None
    steps = new_first(job.blocking_steps)
    has_new = any(not blocking.is_known for blocking in steps)
    blocks: list[str] = []
    shown = 0
    heading = ""
    for (name, is_known, are_utterances), part in groupby(steps, lambda step: _part(step, has_new=has_new)):
        # The title names a single suite.
        before, heading = heading, _heading(name, is_known=is_known) if job.platform_suites[1:] or is_known else ""
        room -= _size(heading)
        failed = [*part]
        if are_utterances:
            table, told = utterances(failed, room, has_baseline=has_baseline, folded=is_known)
            made = [table] if told else []
        else:
            made = _within(_step_blocks(failed, context, shown, has_baseline=has_baseline, folded=is_known), room)
            told = len(made)
        blocks += [heading, *made] if made and heading not in ("", before) else made
        shown += told
        room -= sum(map(_size, made))
        if told < len(failed):
            break
    return blocks, shown


def _heading(suite: str, *, is_known: bool) -> str:
    return f"### {markdown(clipped(suite, _MAX_NAME))}{', known failures' if is_known else ''}\n"


def _part(blocking: BlockingStep, *, has_new: bool) -> tuple[str, bool, bool]:
    """What stands together below one heading: the suite, whether its failures are known, and whether it is a table."""
    is_utterance = blocking.suite.steps_stand_alone and blocking.step is not None
    return blocking.suite.name, has_new and blocking.is_known, is_utterance


def _step_blocks(
    failed: Sequence[BlockingStep], context: int, before: int, *, has_baseline: bool, folded: bool
) -> Iterator[str]:
    """The blocks of steps that stand together, of which `before` others come before."""
    last: dict[str, int] = {}
    for number, blocking in enumerate(failed):
        told = turns_to_failure(blocking, 0)
        more = told.failed - last.get(told.run, 0)
        yield block_of(
            blocking,
            # Steps that an earlier block shows are not shown again.
            min(context, more) if more > 0 else context,
            has_baseline=has_baseline,
            opens_conversation=before + number == 0,
            folded=folded or before + number >= _MAX_OPEN or blocking.is_consequence,
        )
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
