"""The Markdown of a job summary: the verdict, the suites, and each failed step."""

from koregate.judging.results import JobResult
from koregate.reports import summary_parts
from koregate.reports.headline import new_first, ran_nothing
from koregate.reports.markdown import markdown
from koregate.reports.summary_steps import block_of
from koregate.text import clipped
from koregate.verdicts import Verdict

# GitHub does not show a summary over 1 MiB. Other steps of the job have their own summaries.
MAX_BYTES = 900 * 1024
_CONTEXT_STEPS = (3, 1)
_MAX_OPEN = 10
_MAX_NAME = 100


def render(job: JobResult, largest: int = MAX_BYTES) -> str:
    """The summary in at most `largest` bytes. Passed suites are cut first, then old turns, then the last steps."""
    head, end = summary_parts.head(job), summary_parts.end(job)
    largest -= _size(end)
    tables = [summary_parts.table(job.suites), summary_parts.table(job.suites, without_passed=True)]
    if ran_nothing(job):
        tables = [""]
    for table in tables:
        for context in _CONTEXT_STEPS:
            blocks, complete = _blocks(job, context, largest - _size(head) - _size(table) - 500)
            if complete:
                return "\n".join([head, table, *blocks, end])
    left = len(job.blocking_steps) - len(blocks)
    note = f"_{left} more failed steps did not fit. See report.html or junit.xml._\n"
    if _size(head) + _size(table) > largest:
        failed = sum(suite.verdict is not Verdict.PASSED for suite in job.suites)
        table = f"_{failed} of {len(job.suites)} suites did not pass; their table is too long for a summary._\n"
    return "\n".join([head, table, *blocks, note, end])


def _size(text: str) -> int:
    return len(text.encode()) + 1


def _blocks(job: JobResult, context: int, room: int) -> tuple[list[str], bool]:
    """A block for each failed step as long as there is room, and whether all of them fit."""
    blocks: list[str] = []
    shown: tuple[str, bool] | None = None
    last = 0
    steps_in_order = new_first(job.blocking_steps)
    has_new = any(not blocking.is_known for blocking in steps_in_order)
    for blocking in steps_in_order:
        name, step = blocking.suite.name, blocking.step
        part = name, has_new and blocking.is_known
        if part != shown:
            known = ", known failures" if part[1] else ""
            heading, last = f"### {markdown(clipped(name, _MAX_NAME))}{known}\n\n", 0
        else:
            heading = ""
        # Steps that an earlier block shows are not shown again.
        steps = min(context, step.number - last) if step else 0
        folded = len(blocks) >= _MAX_OPEN or blocking.is_consequence or part[1]
        block = heading + block_of(
            blocking,
            steps,
            has_baseline=job.policy.comparison is not None,
            opens_conversation=bool(heading),
            folded=folded,
        )
        room -= _size(block)
        if room < 0:
            return blocks, False
        blocks.append(block)
        shown, last = part, step.number if step else last
    return blocks, True
