"""What the gate policy and the choice of tests did, in words: for the verdict line, the summary and the comment."""

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import PurePosixPath
from typing import NamedTuple

from koregate.errors import OWN_PREFIX
from koregate.judging.cases import TestCase, ToleranceKind
from koregate.judging.results import BlockingStep, JobResult, StepResult, SuiteResult
from koregate.reports.retry_lines import retry_lines
from koregate.runs.record import SuiteSource
from koregate.text import one_line

_MAX_SOURCE = 100
_MAX_FILES = 3
_MAX_REMARKS = 10
_MAX_LINE = 500
_MAX_REASON = 300
_WORDS = {
    ToleranceKind.QUARANTINE: "quarantined",
    ToleranceKind.KNOWN: "known",
    ToleranceKind.FLAKY: "flaky",
    ToleranceKind.WARN_ON: "by warn-on",
    ToleranceKind.RATE: "by min-pass-rate",
    ToleranceKind.THRESHOLD: "by min-f1",
}


def tolerated_cases(job: JobResult) -> Iterator[TestCase]:
    """Every tolerated test case."""
    return (case for suite in job.suites for case in suite.cases if case.tolerance is not None)


class Tolerated(NamedTuple):
    """A tolerated test case with its place. One that passed in the last run of its suite is here as it failed before.

    `reason` names the rule, who is responsible, and for how long. It is empty if the test case before it has the same.
    `together` is the number of test cases in a row with this reason, from this one on. It is 0 if the reason is empty.
    `continues` says that the test case before it is one of the same step.
    """

    suite: SuiteResult
    step: StepResult | None
    case: TestCase
    reason: str
    together: int
    continues: bool = False

    @property
    def title(self) -> str:
        """Suite, step and what the user says."""
        return BlockingStep(self.suite, self.step, [self.case]).title

    @property
    def why_above(self) -> str:
        """The reason that this test case and those after it share, in a sentence that stands above all of them."""
        return f"Why these {self.together} test cases are tolerated: {self.reason}" if self.together > 1 else ""

    @property
    def why_below(self) -> str:
        """The reason of this test case alone, in a sentence that stands below it."""
        return f"Why it is tolerated: {self.reason}" if self.together == 1 else ""


def tolerated_with_reasons(job: JobResult) -> Iterator[Tolerated]:
    """Every tolerated test case with its place and the reason."""
    before: tuple[str, int] | None = None
    for reason, group in groupby(_tolerated(job), lambda found: reason_of(found[2])):
        together = [*group]
        for number, (suite, step, case) in enumerate(together):
            shown = case.as_it_failed(case.earlier_failures[0]) if case.is_flaky else case
            why, place = ("", 0) if number else (reason, len(together)), (suite.name, case.step)
            yield Tolerated(suite, step, shown, *why, continues=place == before)
            before = place


def _tolerated(job: JobResult) -> Iterator[tuple[SuiteResult, StepResult | None, TestCase]]:
    for suite in job.suites:
        for step, cases in suite.cases_by_step:
            yield from ((suite, step, case) for case in cases if case.tolerance is not None)


def reason_of(case: TestCase, longest: int = _MAX_REASON) -> str:
    """Why a test case is tolerated, in about `longest` characters. Empty if it is not tolerated.

    The reason of a flaky one ends with the texts that were compared. They are left out: reports show them beside it.
    """
    if case.tolerance is None:
        return ""
    reason = case.tolerance.reason
    if case.is_flaky and case.tolerance.kind is ToleranceKind.FLAKY:
        reason = reason.partition(": ")[0]
    return one_line(reason, longest)


def tolerance_text(job: JobResult) -> str:
    """How many failures were tolerated, by which rules and files. Empty if none were."""
    kinds = Counter(case.tolerance.kind for case in tolerated_cases(job) if case.tolerance is not None)
    parts = [f"{kinds[kind]} {words}{_source(job, kind)}" for kind, words in _WORDS.items() if kinds[kind]]
    if len(kinds) == 1:
        kind, number = next(iter(kinds.items()))
        how = _WORDS[kind] if _WORDS[kind].startswith("by ") else f"as {_WORDS[kind]}"
        parts = [f"{number} test case{'' if number == 1 else 's'} tolerated {how}{_source(job, kind)}"]
    if added := added_text(job):
        parts.append(added)
    if not parts:
        return ""
    return (
        f"{kinds.total()} tolerated: {', '.join(parts)}."
        if len(kinds) > 1
        else f"{parts[0][0].upper()}{', '.join(parts)[1:]}."
    )


def added_text(job: JobResult) -> str:
    """How many quarantine entries are new in this change. Empty if none is."""
    added = len(job.policy.added)
    if not added:
        return ""
    return f"{'1 quarantine entry is' if added == 1 else f'{added} quarantine entries are'} added by this change"


def _source(job: JobResult, kind: ToleranceKind) -> str:
    if kind is ToleranceKind.QUARANTINE:
        return f" ({one_line(job.policy.quarantine, _MAX_SOURCE)})"
    if kind is not ToleranceKind.KNOWN or job.policy.comparison is None:
        return ""
    oldest = min((case.known_since for case in tolerated_cases(job) if case.known_since), default=None)
    since = f", first seen {oldest:%Y-%m-%d}" if oldest else ""
    return f" ({one_line(job.policy.comparison.source, _MAX_SOURCE)}{since})"


def files_text(job: JobResult) -> str:
    """How many suites are from files of the workspace, from which, and what speaks against that. Empty if none is."""
    problems = [suite.source.problem for suite in job.suites if suite.source is not None and suite.source.problem]
    paths = [one_line(suite.source.path, _MAX_SOURCE) for suite in job.suites if suite.source is not None]
    if not paths:
        return ""
    # A single path beyond the limit is named, too.
    most = _MAX_FILES + (len(paths) == _MAX_FILES + 1)
    more = f" and {len(paths) - most} more" if paths[most:] else ""
    are = "1 suite is from a file" if len(paths) == 1 else f"{len(paths)} suites are from files"
    return " ".join([f"{are} of the workspace ({', '.join(paths[:most])}{more}).", *problems[:1]])


def no_prefix_text(suite: str = "") -> str:
    """What is wrong with suites of a pull request that are named like their files, with one name as the example."""
    name = one_line(suite, _MAX_SOURCE)
    named = f'the suite "{name}" becomes "pr-7-{name}"' if name else 'the name of each suite begins with "pr-7-"'
    return (
        "Without suite-prefix, the suite files of this pull request replace the suites that other jobs import from "
        f'files of the same names. {OWN_PREFIX.replace("`", "")} With "pr-7-", {named}.'
    )


def _prefix_remark(job: JobResult) -> str:
    """The same, if the job is one of a pull request and a suite is named like its file. Otherwise empty.

    Also empty if it has already happened: then the advice on what to do next says it.
    """
    if not job.facts.ci.is_pull_request or any(OWN_PREFIX in suite.advice for suite in job.suites):
        return ""
    named = (suite.suite for suite in job.suites if suite.source is not None and _is_stem(suite.suite, suite.source))
    return no_prefix_text(name) if (name := next(named, "")) else ""


def _is_stem(suite: str, source: SuiteSource) -> bool:
    return PurePosixPath(source.path).stem == suite


def comparison_text(job: JobResult) -> str:
    """How the job compares with its baseline. Empty without one."""
    compared = job.policy.comparison
    if compared is None:
        return ""
    rare = {"fixed": compared.fixed, "missing": compared.missing}
    known = sum(
        case.tolerance.kind is ToleranceKind.KNOWN for case in tolerated_cases(job) if case.tolerance is not None
    )
    if known == compared.known and known and not (compared.new or rare["fixed"] or rare["missing"]):
        # That they are tolerated says it, and names the baseline.
        return ""
    counts = [f"{compared.new} new", f"{compared.known} known", *(f"{n} {word}" for word, n in rare.items() if n)]
    return f"Against the baseline {one_line(compared.source, _MAX_SOURCE)}: {', '.join(counts)}."


def compared_text(job: JobResult) -> str:
    """How many failures the baseline lacks and how many it has. Empty without a baseline, or if nothing blocks.

    Known failures that are tolerated as such are left out: the tolerances count them.
    """
    compared = job.policy.comparison
    if compared is None or not job.blocking_steps:
        return ""
    tolerated = sum(
        case.tolerance is not None and case.tolerance.kind is ToleranceKind.KNOWN for case in tolerated_cases(job)
    )
    counts = {"new": compared.new, "known": max(compared.known - tolerated, 0)}
    parts = [f"{count:,} {word}" for word, count in counts.items() if count]
    return f"{', '.join(parts)} failure{'s' if sum(counts.values()) > 1 else ''}." if parts else ""


def policy_lines(job: JobResult) -> list[str]:
    """What policy did, what the baseline says, where the suites are from, and the remarks on that."""
    return [*count_lines(job), *remark_lines(job)]


def count_lines(job: JobResult) -> list[str]:
    """What changes the meaning of the verdict, with count and source: tolerances, the baseline, and suite files."""
    return _lines(tolerance_text(job), comparison_text(job), files_text(job))


def remark_lines(job: JobResult) -> list[str]:
    """Which suites ran again, and the remarks of the policy."""
    return _lines(_prefix_remark(job), *retry_lines(job), *job.policy.remarks[:_MAX_REMARKS])


def _lines(*lines: str) -> list[str]:
    return [one_line(line, _MAX_LINE) for line in lines if line]
