"""The errors of the job itself, for people: they belong to no test suite, so no text shows them as one."""

import re
from collections.abc import Sequence

from koregate.judging.results import JobResult, SuiteResult
from koregate.reports.log_line import plural
from koregate.text import one_line

_MAX_PATH = 200
_MAX_PROBLEM = 200
# The ids of test runs tell the reader of a headline nothing.
_RUN_IDS = re.compile(r': "c?tr-.*')


def whose_job(gate: SuiteResult) -> str:
    """The job that ended in this error: this one, or in a merge that of a report."""
    return f"the job of {one_line(gate.report, _MAX_PATH)}" if gate.report else "this job"


def problems_of(gates: Sequence[SuiteResult]) -> list[str]:
    """Each problem in a line that also names its job, if that is not this one."""
    return [f"{_place(gate, reason)}{reason}" for gate in gates for reason in gate.reasons]


def _place(gate: SuiteResult, reason: str) -> str:
    return f"In {whose_job(gate)}: " if gate.report and gate.report not in reason else ""


def run_again(path: str) -> str:
    """What to do about a report that proves nothing."""
    return f'Re-run the job that wrote "{one_line(path, _MAX_PATH)}".'


def problem_text(job: JobResult) -> str:
    """The first problem without its details and advice, and how many more there are. Empty if the job has none."""
    problems = problems_of(job.gates)
    if not problems:
        return ""
    # Unlike the cause of a suite, it has no name beside it, so its first sentence may be longer.
    sentence = problems[0].partition(". ")[0].removesuffix(".")
    first = one_line(_RUN_IDS.sub("", sentence), _MAX_PROBLEM)
    more = len(problems) - 1
    return f"{first} (and {plural(more, 'more problem')})" if more else first


def more_problems(job: JobResult) -> str:
    """How many problems the job has besides the first one, in a sentence. Empty if there are none."""
    more = len(problems_of(job.gates)) - 1
    return f"The job has {plural(more, 'more problem')}." if more > 0 else ""
