"""The results of the suites and of the job: everything that reports read. Only this module counts.

A live run, a replay of saved replies and a merge of several jobs all produce these values. They fit both kinds of test
suites: a step of a batch suite is an utterance.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple, Self

from koregate.errors import Problem
from koregate.inputs import FailOn, SuiteKindName
from koregate.judging.cases import (
    ADDED_KINDS,
    BLOCKING,
    CaseIdentity,
    EarlierFailure,
    EarlierRun,
    FailureClass,
    Outcome,
    TestCase,
    case_name,
    classname,
    unique_names,
)
from koregate.judging.effect import NO_EFFECT, PolicyEffect
from koregate.judging.facts import JobFacts
from koregate.runs.record import SuiteSource, Target
from koregate.text import one_line
from koregate.verdicts import EXIT_FAILED, EXIT_INPUTS, EXIT_NO_VERDICT, EXIT_PASSED, Verdict, worst

GATE = "koregate"
MAX_MESSAGE = 1000


class Counts(NamedTuple):
    """Test cases by outcome, as in the JUnit report: most tolerated cases count as skipped."""

    passed: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0

    @classmethod
    def of(cls, cases: Iterable[TestCase]) -> Self:
        """Count these cases."""
        outcomes = [case.counted_as for case in cases]
        return cls(*map(outcomes.count, (Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED)))

    @property
    def total(self) -> int:
        """All test cases."""
        return sum(self)

    @property
    def pass_rate(self) -> str:
        """The percentage of the total that passed: two decimals, rounded down."""
        hundredths = self.passed * 10_000 // self.total if self.total else 0
        return f"{hundredths // 100}.{hundredths % 100:02d}"


class StepCounts(NamedTuple):
    """Execution steps: announced or returned, passed, and failed, all of them before policy."""

    total: int = 0
    passed: int = 0
    failed: int = 0


class JudgedCounts(NamedTuple):
    """What passed and what failed in a suite before policy, as the rules that count read it."""

    passed: int = 0
    failed: int = 0


_NO_STEPS = StepCounts()
_NOT_PASSED = (*BLOCKING, Outcome.TOLERATED)
_NO_FACTS = JobFacts()


class Figures(NamedTuple):
    """How well the bot recognized the intents of a batch suite, computed by the platform.

    The counts are true and false positives and negatives of intents. A value that the reply does not have is None.
    """

    f1: Decimal | None = None
    precision: Decimal | None = None
    recall: Decimal | None = None
    true_positives: int | None = None
    true_negatives: int | None = None
    false_positives: int | None = None
    false_negatives: int | None = None


class MessagePair(NamedTuple):
    """One response of the bot: the expected and the actual text, and the dialog and node that sent the actual one.

    A text is None if that message does not exist.
    """

    expected: str | None
    actual: str | None
    dialog: str = ""
    node: str = ""


class Trend(NamedTuple):
    """In how many of the last runs of its suite a step failed, including this run."""

    failed: int
    runs: int

    def __str__(self) -> str:
        return f"failed in {self.failed} of the last {self.runs} runs, this one included"


class StepResult(NamedTuple):
    """One execution step with its test cases. `number` counts from 1, and `status` is the platform's status word.

    `occurrence` counts the steps of the suite with the same input, from 1. `returned` is False for a step that the
    platform announced but did not return. `trend` is None if the step did not fail or if there is no history. `folded`
    is the number of passed cases for which the first case stands, or 0 if each case is there. `unknown` are the
    assertions of undocumented kinds that count, which have no test cases.
    """

    number: int
    input: str
    status: str | None
    pairs: tuple[MessagePair, ...]
    cases: tuple[TestCase, ...]
    occurrence: int = 1
    returned: bool = True
    trend: Trend | None = None
    folded: int = 0
    unknown: frozenset[tuple[str, int]] = frozenset()


@dataclass(frozen=True, kw_only=True)
class SuiteResult:
    """One test suite's verdict with the test cases that support it.

    `suite` is the name at the platform, `name` the same made unique and fit for one line. `failures` and `doubts` say
    why it is not a pass: signs of failure, and what keeps the run from proving a pass. `advice` says what to do about
    an error. `seconds` is measured by the platform. `platform_status` is None if no reply could be read.
    `platform_counts` are its own complete counts of steps, or None. `earlier_runs` are those before the run that
    decides, in their order. `figures` are those of a batch suite. `remarks` change no verdict. `source` is the file of
    the workspace that the suite was imported from.

    `is_gate` marks what stands for a job itself and is no suite of the platform, like an error that belongs to no
    suite. `report` is the file from which a merge read it, if it stands for another job.
    """

    name: str
    suite: str
    verdict: Verdict
    exit_code: int
    failures: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    run_id: str | None = None
    still_running: bool = False
    started: datetime | None = None
    seconds: float = 0.0
    platform_status: str | None = None
    nlp_versions: tuple[str, ...] = ()
    step_counts: StepCounts = _NO_STEPS
    steps: tuple[StepResult, ...] = ()
    run_cases: tuple[TestCase, ...] = ()
    platform_counts: StepCounts | None = None
    earlier_runs: tuple[EarlierRun, ...] = ()
    kind: SuiteKindName = "conversation"
    figures: Figures | None = None
    remarks: tuple[str, ...] = ()
    source: SuiteSource | None = None
    is_gate: bool = False
    report: str = ""

    @property
    def steps_stand_alone(self) -> bool:
        """Whether each step is independent of the one before it, like the utterances of a batch suite."""
        return self.kind == "batch"

    @property
    def is_flaky(self) -> bool:
        """Whether the suite fails, or is tolerated, for nothing but test cases that passed in its last run."""
        if self.verdict not in (Verdict.FAILED, Verdict.TOLERATED):
            return False
        told = [case for case in self.cases if case.outcome in _NOT_PASSED]
        return all(case.is_flaky for case in [case for case in told if case.is_blocking] or told)

    @cached_property
    def verdict_steps(self) -> StepCounts:
        """Execution steps as the verdict counts them: one that failed in an earlier run alone did not pass either.

        It blocks, or it is tolerated.
        """
        told = ([case for case in step.cases if case.outcome in _NOT_PASSED] for step in self.steps)
        flaky = sum(bool(cases) and all(case.is_flaky for case in cases) for cases in told)
        return StepCounts(
            self.step_counts.total, max(self.step_counts.passed - flaky, 0), self.step_counts.failed + flaky
        )

    def numbered_run(self, run_id: str) -> tuple[int, EarlierRun] | None:
        """The earlier run with that id and its number from 1, or None if there is none."""
        return next(((number, run) for number, run in enumerate(self.earlier_runs, 1) if run.run_id == run_id), None)

    @property
    def run_ids(self) -> tuple[str, ...]:
        """The ids of all runs of the suite that are known, in their order."""
        return tuple(filter(None, (*(run.run_id for run in self.earlier_runs), self.run_id)))

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the suite is not a pass, failures first."""
        return self.failures + self.doubts

    @cached_property
    def cases(self) -> tuple[TestCase, ...]:
        """All test cases: those of the steps in their order, then those of the run itself."""
        return (*(case for step in self.steps for case in step.cases), *self.run_cases)

    @cached_property
    def counts(self) -> Counts:
        """Test cases by outcome."""
        return Counts.of(self.cases)

    @cached_property
    def judged_counts(self) -> JudgedCounts:
        """What passed and failed before policy: test cases, or the platform's count of utterances in a batch suite.

        How many test cases a batch suite has depends on its result file, which decides nothing.
        """
        if self.kind == "batch":
            return JudgedCounts(*self.platform_counts[1:]) if self.platform_counts else JudgedCounts()
        outcomes = [case.judged for case in self.cases if case.kind not in ADDED_KINDS]
        folded = sum(step.folded - 1 for step in self.steps if step.folded)
        return JudgedCounts(outcomes.count(Outcome.PASSED) + folded, outcomes.count(Outcome.FAILED))

    @cached_property
    def tolerated(self) -> int:
        """How many test cases are tolerated."""
        return sum(case.outcome is Outcome.TOLERATED for case in self.cases)

    @cached_property
    def identified_cases(self) -> tuple[tuple[CaseIdentity, TestCase], ...]:
        """Every test case with its identity, in order."""
        return tuple((self.identity(step, case), case) for step, cases in self.cases_by_step for case in cases)

    @property
    def cases_by_step(self) -> Iterator[tuple[StepResult | None, tuple[TestCase, ...]]]:
        """Each step with its test cases, in order, then None with those of the run itself."""
        yield from ((step, step.cases) for step in self.steps)
        if self.run_cases:
            yield None, self.run_cases

    def classname(self, step: StepResult | None) -> str:
        """The class name of a step's test cases, or of the run's."""
        return classname(self.name, step.number if step else 0)

    def named_cases(self) -> Iterator[tuple[str, str, TestCase]]:
        """Every test case after its class name and name, in order."""
        for step, cases in self.cases_by_step:
            name = self.classname(step)
            for case in cases:
                yield name, case_name(case, step.input if step else ""), case

    def before_policy(self) -> "SuiteResult":
        """The same suite before policy, with the outcomes and the verdict of that time."""
        if all(map(_is_as_judged, self.cases)):
            return self
        steps = tuple(step._replace(cases=tuple(case.without_policy() for case in step.cases)) for step in self.steps)
        run_cases = tuple(case.without_policy() for case in self.run_cases if case.kind not in ADDED_KINDS)
        suite = replace(self, steps=steps, run_cases=run_cases)
        if self.verdict not in (Verdict.TOLERATED, Verdict.FAILED):
            return suite
        if any(case.outcome is Outcome.FAILED for case in suite.cases):
            return replace(suite, verdict=Verdict.FAILED, exit_code=EXIT_FAILED)
        return replace(suite, verdict=Verdict.PASSED, exit_code=EXIT_PASSED, failures=())

    def identity(self, step: StepResult | None, case: TestCase) -> CaseIdentity:
        """What identifies a test case of this suite across runs."""
        if step is None:
            return CaseIdentity(self.suite, "", 1, case.response, case.kind)
        return CaseIdentity(self.suite, step.input, step.occurrence, case.response, case.kind)


def _is_as_judged(case: TestCase) -> bool:
    return case.before_policy is None and case.known_since is None and case.kind not in ADDED_KINDS


class BlockingStep(NamedTuple):
    """A step, or None for the run itself, with the test cases that speak against a pass.

    Every report takes from here which failures lead and which follow. A failure follows if an earlier step of its
    conversation got no answer or one of the wrong dialog (`failure_class`), and if that failure blocks too. All others
    lead, however many there are.
    """

    suite: SuiteResult
    step: StepResult | None
    cases: list[TestCase]

    @property
    def caused_by(self) -> int:
        """The number of the step of which all failures here are likely consequences, or 0.

        A known failure is no consequence of a new one: the default branch has it without that one.
        """
        number = self.cases[0].caused_by if all(case.is_consequence for case in self.cases) else 0
        is_new = any(case.known_since is None for case in self._cause(number))
        return 0 if self.is_known and is_new else number

    @property
    def earlier_failure(self) -> EarlierFailure | None:
        """The failure of an earlier run that reports show here, or None if the last run failed here itself."""
        return self.cases[0].earlier_failures[0] if all(case.is_flaky for case in self.cases) else None

    @property
    def is_known(self) -> bool:
        """Whether the default branch has all of these failures too."""
        return all(case.known_since is not None for case in self.cases)

    @property
    def is_consequence(self) -> bool:
        """Whether all of these failures likely follow from an earlier step that blocks too.

        A new failure is no consequence of a known one: whoever changed the bot should see it.
        """
        if not self.caused_by:
            return False
        blocking = self._cause(self.caused_by)
        return bool(blocking) and (self.is_known or any(case.known_since is None for case in blocking))

    def _cause(self, number: int) -> list[TestCase]:
        """The blocking test cases of the step with that number."""
        return [case for case in self.suite.steps[number - 1].cases if case.is_blocking] if number else []

    @property
    def title(self) -> str:
        """Suite and step in words, or the suite alone for the run itself."""
        if self.step is None:
            return self.suite.name
        quoted = f' "{one_line(self.step.input, 100)}"' if self.step.input else ""
        return f"{self.suite.name}, {'utterance' if self.suite.kind == 'batch' else 'step'} {self.step.number}{quoted}"


@dataclass(frozen=True)
class JobResult:
    """The result of the job. Reports, job outputs, log and exit code are made from it."""

    target: Target
    suites: tuple[SuiteResult, ...]
    exit_code: int
    fail_on: FailOn = "any"
    redact: tuple[str, ...] = ()
    facts: JobFacts = _NO_FACTS
    policy: PolicyEffect = NO_EFFECT
    # Whether the command is one that starts test runs. If its inputs are invalid, reports say that none was started.
    starts_runs: bool = True

    @classmethod
    def of(cls, target: Target, suites: Iterable[SuiteResult], redact: tuple[str, ...] = ()) -> Self:
        """The result of these suites, with the exit code of the worst verdict."""
        suites = tuple(suites)
        _, exit_code = worst((suite.verdict, suite.exit_code) for suite in suites)
        return cls(target, suites, exit_code, redact=redact)

    @classmethod
    def for_invalid_inputs(cls, problems: Iterable[Problem], *, starts_runs: bool = True) -> Self:
        """The result of a command with unusable inputs, which did nothing."""
        found = [one_line(str(problem), MAX_MESSAGE) for problem in problems]
        gate = _gate(Verdict.ERROR, EXIT_INPUTS, Outcome.ERROR, one_line(" ".join(found), MAX_MESSAGE))
        return replace(cls.of(Target(), [replace(gate, doubts=tuple(found))]), starts_runs=starts_runs)

    @classmethod
    def for_skipped_job(cls, reason: str) -> Self:
        """The result of a job that was skipped."""
        return cls.of(Target(), [_gate(Verdict.SKIPPED, EXIT_PASSED, Outcome.SKIPPED, reason)])

    @classmethod
    def for_internal_error(cls, message: str) -> Self:
        """The result of a job that a bug of koregate ended."""
        return cls.of(Target(), [_gate(Verdict.ERROR, EXIT_NO_VERDICT, Outcome.ERROR, one_line(message, MAX_MESSAGE))])

    @classmethod
    def for_cancelled_command(cls, message: str, exit_code: int) -> Self:
        """The result of a command that a signal ended before it had one."""
        return cls.of(Target(), [_gate(Verdict.CANCELLED, exit_code, Outcome.ERROR, message)])

    def with_missing_reports(self, names: Iterable[str]) -> Self:
        """The same job as an error, because koregate could not write these reports."""
        message = f"koregate could not write these reports: {', '.join(sorted(names))}."
        return self.with_error(message, "Check `report-dir` and the disk.")

    def with_suites(self, suites: Iterable[SuiteResult]) -> Self:
        """The same job with these results of its suites, and with the exit code of the worst verdict."""
        suites = tuple(suites)
        _, exit_code = worst((suite.verdict, suite.exit_code) for suite in suites)
        return replace(self, suites=suites, exit_code=exit_code)

    def with_error(self, message: str, advice: str = "") -> Self:
        """The same job as an error, for a reason that belongs to no suite, with advice on what to do."""
        gate = _gate(Verdict.ERROR, EXIT_NO_VERDICT, Outcome.ERROR, message)
        # A suite of the user or an earlier error may already have that name.
        name = unique_names([*(suite.name for suite in self.suites), GATE])[-1]
        gate = replace(gate, name=name, advice=(advice,) if advice else ())
        return self.with_suites([*self.suites, gate])

    def with_facts(self, facts: JobFacts, redact: Callable[[str], str]) -> Self:
        """The same job with these facts about it, without the personal data that `redact` removes."""
        return replace(self, facts=facts.redacted(redact))

    def without_steps(self) -> Self:
        """The same job with one test case per suite, which represents all of its test cases."""
        return replace(self, suites=tuple(map(_without_steps, self.suites)))

    @cached_property
    def platform_suites(self) -> tuple[SuiteResult, ...]:
        """The suites of the platform. Texts for people count and list only these."""
        return tuple(suite for suite in self.suites if not suite.is_gate)

    @cached_property
    def gates(self) -> tuple[SuiteResult, ...]:
        """What stands for the job itself. In a merge, some may stand for the job of one report."""
        return tuple(suite for suite in self.suites if suite.is_gate)

    @cached_property
    def counts(self) -> Counts:
        """Test cases by outcome, over all suites."""
        return Counts(*map(sum, zip(*(suite.counts for suite in self.suites), strict=True)))

    @property
    def tolerated(self) -> int:
        """How many test cases are tolerated, over all suites."""
        return sum(suite.tolerated for suite in self.suites)

    @cached_property
    def step_counts(self) -> StepCounts:
        """Execution steps before policy, over all suites."""
        return StepCounts(*map(sum, zip(*(suite.step_counts for suite in self.suites), strict=True)))

    @cached_property
    def verdict_steps(self) -> StepCounts:
        """Execution steps as the verdict counts them, over all suites."""
        return StepCounts(*map(sum, zip(*(suite.verdict_steps for suite in self.suites), strict=True)))

    @property
    def seconds(self) -> float:
        """The sum of the durations of all runs, measured by the platform."""
        return sum(suite.seconds for suite in self.suites)

    @property
    def started(self) -> datetime | None:
        """When the first run started, in UTC."""
        return min((suite.started for suite in self.suites if suite.started), default=None)

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict of the job: the worst verdict of its suites."""
        return worst((suite.verdict, suite.exit_code) for suite in self.suites)[0]

    @cached_property
    def blocking_steps(self) -> list[BlockingStep]:
        """Every step of a suite of the platform with test cases that speak against a pass, in order."""
        return [
            BlockingStep(suite, step, blocking)
            for suite in self.platform_suites
            for step, cases in suite.cases_by_step
            if (blocking := [case for case in cases if case.is_blocking])
        ]

    @property
    def blocking_cases(self) -> Iterator[tuple[str, str, TestCase]]:
        """Every failed or errored test case after its class name and name, in order."""
        return (named for suite in self.suites for named in suite.named_cases() if named[-1].is_blocking)


def _without_steps(suite: SuiteResult) -> SuiteResult:
    counts = suite.counts
    outcome = {
        Verdict.PASSED: Outcome.PASSED,
        Verdict.SKIPPED: Outcome.SKIPPED,
        Verdict.TOLERATED: Outcome.SKIPPED,
        Verdict.FAILED: Outcome.FAILED,
    }.get(suite.verdict, Outcome.ERROR)
    reason = (
        "" if outcome is Outcome.PASSED else suite.reasons[0] if suite.reasons else f"The suite is {suite.verdict}."
    )
    cases = f"{counts.total} test case{'' if counts.total == 1 else 's'}"
    message = f"{reason} (stands for {cases}: {counts.passed} passed, {counts.failed} failed)".strip()
    failure_class = FailureClass.RUN if outcome is Outcome.FAILED else None
    case = TestCase(0, 0, "run", outcome, one_line(message, MAX_MESSAGE), failure_class=failure_class)
    return replace(suite, steps=(), run_cases=(case,))


def _gate(verdict: Verdict, exit_code: int, outcome: Outcome, message: str) -> SuiteResult:
    """The result of a job without suites, in the form of one suite."""
    case = TestCase(0, 0, "run", outcome, message)
    return SuiteResult(
        name=GATE,
        suite=GATE,
        verdict=verdict,
        exit_code=exit_code,
        doubts=(message,),
        run_cases=(case,),
        is_gate=True,
    )
