"""The part of the log that shows what failed and which test runs are still running."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from koregate.judging.cases import TestCase, overall
from koregate.judging.moving_failures import failed_earlier
from koregate.judging.results import BlockingStep, JobResult, SuiteResult
from koregate.reports.case_lines import case_lines
from koregate.reports.ci_words import words_of
from koregate.reports.failure_groups import alike_steps, grouped
from koregate.reports.headline import is_told_by_signal, new_first, ran_nothing
from koregate.reports.job_errors import whose_job
from koregate.reports.log_line import Line, LogLine, name_list, of_suite, plural
from koregate.reports.next_steps import attach_inputs, same_answer, still_running_text, without_code
from koregate.reports.policy_text import tolerated_with_reasons
from koregate.reports.run_names import failed_runs, run_of
from koregate.reports.suite_lines import count_text
from koregate.text import one_line, shorten
from koregate.verdicts import Verdict

_MAX_PARTS = 20
_MAX_CASES = 10
_MAX_LINE = 1_000
_MAX_REASONS = 20
_MAX_NAMES = 5
_MAX_ATTACHED = 100
_MAX_RUN_ID = 200
_MAX_TOLERATED = 10
_MAX_EARLIER = 10


class _Part(NamedTuple):
    """A failed step, or the problem of a test run itself. Suites whose runs have the same message share one.

    `has_baseline` says that the job was compared with one, so that a failure is new or known.
    """

    blocking: BlockingStep
    suites: list[str]
    has_baseline: bool

    def lines(self) -> Iterator[LogLine]:
        suite, step, cases = self.blocking
        verdict = str(overall(cases) if step else suite.verdict).upper()
        title = self.blocking.title if step else name_list(self.suites, _MAX_NAMES)
        line = Line("", verdict, shorten(f" {title}", _MAX_LINE) + self._notes())
        # A likely consequence has no color, so that its cause stands out.
        yield str(line) if self.blocking.is_consequence else line
        for case in cases[:_MAX_CASES]:
            yield from _case_lines(suite, case)
        if len(cases) > _MAX_CASES:
            yield f"  … and {len(cases) - _MAX_CASES:,} more failed test cases in this step."

    def _notes(self) -> str:
        """Whether the failures are new or known since when, how often the step failed, and what likely caused it."""
        since = min((case.known_since for case in self.blocking.cases if case.known_since), default=None)
        notes = [f"known since {since:%Y-%m-%d}"] if since and self.blocking.is_known else []
        step = self.blocking.step
        notes += ["new"] if step and self.has_baseline and not self.blocking.is_known else []
        notes += [str(step.trend)] if step and step.trend else []
        notes += [f"likely a consequence of step {number}"] if (number := self.blocking.caused_by) else []
        return f" ({', '.join(notes)})" if notes else ""


def failure_lines(job: JobResult) -> Iterator[LogLine]:
    """What failed: each failed step with its test cases, new ones first. At most about 500 lines, and one per suite.

    What is tolerated comes last, with its reasons.
    """
    if ran_nothing(job):
        return
    if alike := alike_steps(job):
        yield same_answer(alike[0].suite)
    suites = _parts(job)
    allowed = _shares([len(parts) for _, parts in suites], _MAX_PARTS)
    for (_, parts), most in zip(suites, allowed, strict=True):
        for part in parts[:most]:
            yield from part.lines()
        if most and len(parts) > most:
            yield f"  … and {plural(len(parts) - most, 'more failed step')} in this suite."
    if hidden := sum(1 for most in allowed if not most):
        yield f"… and failures in {plural(hidden, 'more test suite')}."
    for suite in job.platform_suites:
        yield from _doubts(suite)
    for gate in job.gates:
        yield from _job_error(gate)
    yield from _earlier(job)
    yield from _tolerated(job)


def _job_error(gate: SuiteResult) -> Iterator[LogLine]:
    """The problems of a job itself, each of which may say what to do."""
    yield Line("", gate.verdict.upper(), f" {whose_job(gate)}")
    yield from (shorten(f"  {without_code(reason)}", _MAX_LINE) for reason in gate.reasons[:_MAX_REASONS])
    if (more := len(gate.reasons) - _MAX_REASONS) > 0:
        yield f"  … and {plural(more, 'more problem')}. See report.json."


def _earlier(job: JobResult) -> Iterator[LogLine]:
    """The steps that failed in earlier runs alone, of suites that did not pass in the end."""
    steps = [*failed_earlier(job.suites)]
    for blocking in steps[:_MAX_EARLIER]:
        start = f"Failed in {failed_runs(blocking)} and passed in the last one: "
        yield shorten(f"{start}{blocking.title}", _MAX_LINE)
        for case in blocking.cases[:_MAX_CASES]:
            yield from _case_lines(blocking.suite, case)
    if (more := len(steps) - _MAX_EARLIER) > 0:
        yield f"… and {plural(more, 'more step')} that failed in an earlier run. See report.html."


def _tolerated(job: JobResult) -> Iterator[LogLine]:
    for told in islice(tolerated_with_reasons(job), _MAX_TOLERATED):
        if told.why_above:
            yield told.why_above
        if told.reason or not told.continues:
            yield Line("", "TOLERATED", shorten(f" {told.title}", _MAX_LINE))
        yield from _case_lines(told.suite, told.case)
        if told.why_below:
            yield f"  {told.why_below}"
    if (more := job.tolerated - _MAX_TOLERATED) > 0:
        yield f"… and {plural(more, 'more tolerated test case')}. See report.html."


def _parts(job: JobResult) -> list[tuple[SuiteResult, list[_Part]]]:
    """The failures of each suite that has any. A problem that several runs share is shown with the first of them."""
    steps = [step for step in new_first(job.blocking_steps) if step.step or not is_told_by_signal(step.suite)]
    suites: dict[str, tuple[SuiteResult, list[_Part]]] = {}
    for group in grouped(steps):
        suite = group[0].suite
        part = _Part(group[0], [step.suite.name for step in group], has_baseline=job.policy.comparison is not None)
        suites.setdefault(suite.name, (suite, []))[1].append(part)
    return list(suites.values())


def _shares(wanted: Sequence[int], most: int) -> list[int]:
    """How many items each gets if there is room for `most`: everyone's first item precedes anyone's second."""
    shares = [0] * len(wanted)
    while most > 0 and (open_ones := [number for number, want in enumerate(wanted) if shares[number] < want]):
        for number in open_ones[:most]:
            shares[number] += 1
        most -= len(open_ones)
    return shares


def _case_lines(suite: SuiteResult, case: TestCase) -> Iterator[str]:
    """A failed test case. Messages about steps and runs already name them."""
    if case.kind == "step" and suite.run_id:
        # The report does not say why.
        where = f" Open test run {one_line(suite.run_id, _MAX_RUN_ID)} in the App Builder."
        yield shorten(f"  {case.message}{where}", _MAX_LINE)
        return
    if told := count_text(suite, case):
        yield f"  {told}"
        return
    label = "" if case.kind in ("run", "step") else case.label
    yield from (shorten(f"  {line}", _MAX_LINE) for line in case_lines(case, label, run_of(suite, case)))


def _doubts(suite: SuiteResult) -> Iterator[str]:
    """The doubts about a failed suite. If there are very many, the last line says how many are left out."""
    if suite.verdict is not Verdict.FAILED or not suite.doubts:
        return
    told = {case.message for case in suite.cases}
    whole = " ".join(case.message for case in suite.run_cases)
    doubts = [doubt for doubt in suite.doubts if doubt not in told and doubt not in whole]
    if doubts:
        left_out = len(doubts) - _MAX_REASONS
        more = [f"… and {plural(left_out, 'more reason')}."] if left_out > 0 else []
        yield shorten(of_suite(suite.name, " ".join(["Also:", *doubts[:_MAX_REASONS], *more])), _MAX_LINE)


def attach_lines(job: JobResult) -> Iterator[str]:
    """What attaches to the runs that may still be running: inputs, variables, options or a command. See `ci_words`."""
    number = sum(bool(suite.run_id) and suite.still_running for suite in job.suites)
    if not number:
        return
    # What to do next, below, says what they are for.
    them = "them" if number > 1 else "it"
    form = words_of(job.facts.ci.system).form
    yield f"{still_running_text(job)} The {form.noun} that {form.verb} to {them}:"
    yield from (f"  {line}" for line in attach_inputs(job, _MAX_ATTACHED))
    if number > _MAX_ATTACHED:
        yield f"  … and {plural(number - _MAX_ATTACHED, 'more run')}: see report.json."
