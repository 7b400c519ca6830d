"""The errors of the job itself, for people: they belong to no test suite, so no text shows them as one."""

import re
from collections.abc import Sequence

from koregate.judging.results import JobResult, SuiteResult
from koregate.reports.log_line import plural
from koregate.text import one_line

_MAX_PATH = 200
_MAX_PROBLEM = 200
# What a merge says of the report of a job that ended with exit code 2.
HAD_INVALID_INPUTS = "the job that wrote it had invalid inputs"
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


def run_again(path: str, problems: Sequence[str] = ()) -> str:
    """What to do about a report that proves nothing, for these reasons."""
    job = f'the job that wrote "{one_line(path, _MAX_PATH)}"'
    if any(HAD_INVALID_INPUTS in problem for problem in problems):
        return f"Correct the inputs of {job}, and run it again."
    return f"Re-run {job}."


def problem_text(job: JobResult) -> str:
    """The first problem without its details and advice, and how many more there are. Empty if the job has none."""
    more = len(problems_of(job.gates)) - 1
    first = first_problem(job)
    return f"{first}; {plural(more, 'more problem')}" if more > 0 else first


def first_problem(job: JobResult) -> str:
    """The first problem of the job itself without its details and advice. Empty if the job has none."""
    problems = problems_of(job.gates)
    # Unlike the cause of a suite, it has no name beside it, so its first sentence may be longer.
    sentence = problems[0].partition(". ")[0].removesuffix(".") if problems else ""
    return one_line(_RUN_IDS.sub("", sentence), _MAX_PROBLEM)


def more_problems(job: JobResult) -> str:
    """How many problems the job has besides the first one, in a sentence. Empty if there are none."""
    more = len(problems_of(job.gates)) - 1
    return f"The job has {plural(more, 'more problem')}." if more > 0 else ""
