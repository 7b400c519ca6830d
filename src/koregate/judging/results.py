"""What every writer reads: the results of the suites and of the whole job, and the only place that counts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Self

from koregate.errors import EXIT_INPUTS, EXIT_PASSED, Problem, Verdict, worst
from koregate.judging.cases import Outcome, TestCase, classname, unique_names
from koregate.judging.conversation import Judgement, judge, step_cases
from koregate.kore_api.conversation import Answer, TestRunStatus
from koregate.redaction import redact_status, redactor
from koregate.runs.record import Ending, Stop, Target
from koregate.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from koregate.inputs.model import FailOn
    from koregate.kore_api.conversation import Step

GATE = "koregate"
_MESSAGE = 1000


@dataclass(frozen=True)
class Counts:
    """Test cases by outcome, as in the JUnit report."""

    passed: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0

    @property
    def total(self) -> int:
        """All test cases."""
        return self.passed + self.failed + self.errors + self.skipped

    @property
    def pass_rate(self) -> str:
        """Per cent of the total that passed, two decimals, rounded down."""
        hundredths = self.passed * 10_000 // self.total if self.total else 0
        return f"{hundredths // 100}.{hundredths % 100:02d}"

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.passed + other.passed,
            self.failed + other.failed,
            self.errors + other.errors,
            self.skipped + other.skipped,
        )


@dataclass(frozen=True)
class StepTotals:
    """Execution steps: announced or seen, proven, and failed."""

    total: int = 0
    passed: int = 0
    failed: int = 0

    def __add__(self, other: StepTotals) -> StepTotals:
        return StepTotals(self.total + other.total, self.passed + other.passed, self.failed + other.failed)


@dataclass(frozen=True)
class SuiteResult:
    """One test suite's verdict with the test cases that show it. `name` is the suite's, made unique in the report."""

    name: str
    ending: Ending
    judgement: Judgement

    @property
    def verdict(self) -> Verdict:
        """The suite's verdict."""
        return self.judgement.verdict

    @property
    def cases(self) -> tuple[TestCase, ...]:
        """The test cases in the order of the steps."""
        return self.judgement.cases

    @property
    def status(self) -> TestRunStatus | None:
        """The last answer, where there was one that could be read."""
        return self.ending.status

    @property
    def run_id(self) -> str | None:
        """The test run's id, where one is known."""
        return self.ending.run_id

    @property
    def seconds(self) -> float:
        """How long the run took, by the platform's own measure."""
        return self.status.seconds if self.status else 0.0

    @cached_property
    def counts(self) -> Counts:
        """Test cases by outcome."""
        outcomes = [case.outcome for case in self.cases]
        return Counts(
            *(outcomes.count(one) for one in (Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED))
        )

    @cached_property
    def steps(self) -> StepTotals:
        """Execution steps. Without a list of steps the platform's own counts stand."""
        if self.status is None:
            return StepTotals()
        announced, counts = self.status.answer.announced or 0, self.status.result.counts
        if self.status.result.steps is None:
            if counts is None:
                return StepTotals(announced)
            return StepTotals(max(announced, counts.total or 0), counts.passed or 0, counts.failed or 0)
        red = {case.step for case in self.cases if case.is_red}
        failed = {case.step for case in self.cases if case.outcome is Outcome.FAILED and case.step}
        steps = list(enumerate(self.status.steps, 1))
        passed = sum(1 for number, step in steps if step is not None and step.passed and number not in red)
        return StepTotals(max(announced, len(steps)), passed, len(failed))

    @property
    def cases_by_step(self) -> Iterator[tuple[int, list[TestCase]]]:
        """The test cases of each step with its number, in order; 0 stands for the whole run."""
        return ((number, list(cases)) for number, cases in groupby(self.cases, key=attrgetter("step")))

    def step(self, number: int) -> Step | None:
        """The execution step of that number, counted from 1, where it is in the answer and could be read."""
        steps = self.status.steps if self.status else []
        return steps[number - 1] if 0 < number <= len(steps) else None

    def input_of(self, number: int) -> str:
        """What the user said in that step."""
        step = self.step(number)
        return step.user_input if step else ""

    def classname(self, number: int) -> str:
        """The classname of a step's test cases: suite and step."""
        return classname(self.name, number, self.step(number))

    def title(self, case: TestCase) -> str:
        """The case's full name, unique in the report."""
        return f"{self.classname(case.step)}.{case.name}"


@dataclass(frozen=True)
class Report:
    """The whole job: what the reports, the job outputs, the log and the exit code are made from."""

    target: Target
    fail_on: FailOn
    suites: tuple[SuiteResult, ...]
    redact: tuple[str, ...] = ()
    # Whether the answers themselves are there to be saved: a merged report is made of reports.
    saves_answers: bool = True

    @classmethod
    def of(cls, target: Target, fail_on: FailOn, endings: Sequence[Ending], redact: tuple[str, ...] = ()) -> Self:
        """The report on what the waits ended in, in the order of the suites, without what `redact` matches."""
        names = unique_names(ending.suite for ending in endings)
        hide = redactor(redact)
        results = tuple(_result(name, ending, hide) for name, ending in zip(names, endings, strict=True))
        return cls(target, fail_on, results, redact)

    @classmethod
    def refused(cls, problems: Iterable[Problem]) -> Self:
        """The report on inputs that cannot be used: no suite ran."""
        message = one_line("; ".join(map(str, problems)), _MESSAGE)
        return cls.of(Target(), "any", [Ending(GATE, stop=Stop(Verdict.ERROR, EXIT_INPUTS, message))])

    @classmethod
    def skipped(cls, reason: str) -> Self:
        """The report on a job that was left out."""
        return cls.of(Target(), "any", [Ending(GATE, stop=Stop(Verdict.SKIPPED, EXIT_PASSED, reason))])

    @cached_property
    def counts(self) -> Counts:
        """Test cases by outcome, over all suites."""
        return sum((suite.counts for suite in self.suites), Counts())

    @cached_property
    def steps(self) -> StepTotals:
        """Execution steps, over all suites."""
        return sum((suite.steps for suite in self.suites), StepTotals())

    @property
    def seconds(self) -> float:
        """The suites' durations added up, as the platform measured them."""
        return sum(suite.seconds for suite in self.suites)

    @cached_property
    def ending(self) -> tuple[Verdict, int]:
        """The worst suite's verdict and exit code."""
        return worst([(suite.verdict, suite.judgement.exit_code) for suite in self.suites])

    @property
    def verdict(self) -> Verdict:
        """The verdict of the job: the worst of its suites'."""
        return self.ending[0]

    @property
    def exit_code(self) -> int:
        """The process's exit code. A cancelled job and unusable inputs are never a success."""
        verdict, code = self.ending
        if verdict is Verdict.CANCELLED or code == EXIT_INPUTS:
            return code
        forgiven = self.fail_on == "never" or (self.fail_on == "error" and verdict is Verdict.FAILED)
        return EXIT_PASSED if forgiven else code

    @cached_property
    def red_steps(self) -> list[tuple[SuiteResult, int, list[TestCase]]]:
        """Every step with red test cases: its suite, its number (0 for the whole run), and those cases, in order."""
        return [
            (suite, number, red)
            for suite in self.suites
            for number, cases in suite.cases_by_step
            if (red := [case for case in cases if case.is_red])
        ]

    @cached_property
    def red(self) -> list[tuple[SuiteResult, TestCase]]:
        """Every failed or errored test case with its suite, in order."""
        return [(suite, case) for suite in self.suites for case in suite.cases if case.is_red]


def _result(name: str, ending: Ending, hide: Callable[[str], str]) -> SuiteResult:
    status = redact_status(ending.status, hide) if ending.status else None
    if ending.stop is None:
        return SuiteResult(name, ending, judge(status or TestRunStatus(Answer())))
    stop = ending.stop._replace(message=hide(ending.stop.message))
    outcome = Outcome.SKIPPED if stop.verdict is Verdict.SKIPPED else Outcome.ERROR
    cases = step_cases(status, ended=False) if status else []
    cases.append(TestCase(0, 0, "run", outcome, one_line(stop.message, _MESSAGE)))
    judgement = Judgement(stop.verdict, stop.exit_code, (stop.message,), tuple(cases))
    return SuiteResult(name, ending._replace(stop=stop), judgement)
