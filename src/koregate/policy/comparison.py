"""The test cases of a job, compared with those of its baseline."""

from collections import defaultdict
from datetime import datetime

from koregate.judging.cases import Outcome, TestCase
from koregate.judging.effect import Comparison
from koregate.judging.results import StepResult, SuiteResult
from koregate.policy.baseline import Baseline, BaselineSuite, Key, key_of, shown_input
from koregate.text import visible
from koregate.verdicts import Verdict

_NOTHING = BaselineSuite()
# In suites with another verdict, test cases may be missing although nobody removed them.
_JUDGED = (Verdict.PASSED, Verdict.FAILED)


class Counts:
    """Counts new, known, fixed and missing test cases, suite by suite. Without a baseline, it counts nothing."""

    def __init__(self, baseline: Baseline | None) -> None:
        self._baseline = baseline
        self._new = self._known = self._fixed = 0
        self._oldest: datetime | None = None
        self._present: defaultdict[str, set[Key]] = defaultdict(set)
        self._incomplete: set[str] = set()

    def look_at(self, suite: SuiteResult) -> None:
        """Count the test cases of a suite, except the failures, which `marked` counts."""
        if self._baseline is None:
            return
        name = visible(suite.suite)
        failed_before = self._baseline.suites.get(name, _NOTHING).failed
        present = self._present[name]
        if suite.verdict not in _JUDGED:
            self._incomplete.add(name)
        for step, cases in suite.cases_by_step:
            shown = shown_input(step)
            for case in cases:
                key = key_of(shown, step, case)
                present.add(key)
                if key in failed_before and case.judged is Outcome.PASSED and not case.is_flaky:
                    self._fixed += 1

    def marked(self, suite: str, step: StepResult | None, case: TestCase) -> TestCase:
        """The failed case, marked if the baseline has the failure too. `suite` is the name that reports show."""
        if self._baseline is None:
            return case
        case = self.compared(suite, step, case)
        if case.known_since is None:
            self._new += 1
            return case
        self._known += 1
        self._oldest = min(self._oldest or case.known_since, case.known_since)
        return case

    def compared(self, suite: str, step: StepResult | None, case: TestCase) -> TestCase:
        """The same without counting it."""
        if self._baseline is None:
            return case
        key = key_of(shown_input(step), step, case)
        return case._replace(known_since=self._baseline.suites.get(suite, _NOTHING).known_since(key, case))

    def comparison(self, reason_against: str) -> Comparison | None:
        """The counts of all suites."""
        if self._baseline is None:
            return None
        missing = sum(
            len(suite.cases - self._present.get(name, set()))
            for name, suite in self._baseline.suites.items()
            if name not in self._incomplete
        )
        return Comparison(
            self._baseline.source, self._new, self._known, self._fixed, missing, self._oldest, reason_against
        )
