"""Two reports compared by test case: what is new, known, fixed, missing and flaky in the newer one."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from koregate.judging.cases import FailureClass, Outcome, TestCase
from koregate.judging.results import StepResult, SuiteResult
from koregate.policy.baseline import Baseline, BaselineSuite, Key, key_of, shown_input
from koregate.text import visible
from koregate.verdicts import Verdict

_NOTHING = BaselineSuite()
# In suites with another verdict, test cases may be missing although nobody removed them.
_JUDGED = (Verdict.PASSED, Verdict.FAILED)


class DiffCase(NamedTuple):
    """A test case by its identity, and what the newer report says about it.

    `message` is empty for a case that did not fail, and `tolerance` for a case that policy did not tolerate.
    """

    suite: str
    input: str
    occurrence: int
    response: int
    kind: str
    failure_class: FailureClass | None = None
    message: str = ""
    tolerance: str = ""


class ReportDiff(NamedTuple):
    """The cases of the newer report compared with those of the older one, in the order of the newer report.

    New and known cases failed before policy. Known cases failed in the older report too, with the same class and
    expectation. A case without a result is never known. `missing_suites` are only in the older report.
    """

    new: tuple[DiffCase, ...]
    known: tuple[DiffCase, ...]
    fixed: tuple[DiffCase, ...]
    missing: tuple[DiffCase, ...]
    flaky: tuple[DiffCase, ...]
    missing_suites: tuple[str, ...] = ()


def compare(old: Baseline, suites: Iterable[SuiteResult]) -> ReportDiff:
    """Compare the suites of the newer report, with their outcomes before and after policy, with the older report."""
    suites = tuple(suites)
    found: dict[str, list[DiffCase]] = {name: [] for name in ("new", "known", "fixed", "flaky")}
    missing: list[DiffCase] = []
    for suite in suites:
        name = visible(suite.suite)
        before = old.suites.get(name, _NOTHING)
        present: set[Key] = set()
        for key, case, told in _cases(suite):
            present.add(key)
            for word in _words(before, key, case):
                found[word].append(told)
        if suite.before_policy().verdict in _JUDGED:
            missing += (DiffCase(name, *key) for key in sorted(before.cases - present))
    names = {visible(suite.suite) for suite in suites}
    lost = tuple(name for name in old.suites if name not in names)
    missing += (DiffCase(name, *key) for name in lost for key in sorted(old.suites[name].cases))
    return ReportDiff(
        tuple(found["new"]), tuple(found["known"]), tuple(found["fixed"]), tuple(missing), tuple(found["flaky"]), lost
    )


def _cases(suite: SuiteResult) -> Iterator[tuple[Key, TestCase, DiffCase]]:
    """Each test case before policy, with its key and its description for readers."""
    name, tolerances = visible(suite.suite), _tolerances(suite)
    for step, cases in suite.before_policy().cases_by_step:
        shown = shown_input(step)
        for case in cases:
            key = key_of(shown, step, case)
            reason = tolerances.get(_place(step, case), "")
            yield key, case, DiffCase(name, *key, case.failure_class, case.message, reason)


def _tolerances(suite: SuiteResult) -> Mapping[tuple[int, int, str], str]:
    return {
        _place(step, case): case.tolerance.reason
        for step, cases in suite.cases_by_step
        for case in cases
        if case.tolerance is not None
    }


def _place(step: StepResult | None, case: TestCase) -> tuple[int, int, str]:
    return step.number if step else 0, case.response, case.kind


def _words(before: BaselineSuite, key: Key, case: TestCase) -> Iterator[str]:
    """The lists to which the case belongs, compared with the older report."""
    if case.judged is Outcome.FAILED:
        yield "new" if before.known_since(key, case) is None else "known"
    elif case.judged is Outcome.ERROR:
        yield "new"
    elif case.is_flaky:
        yield "flaky"
    elif case.judged is Outcome.PASSED and key in before.failed:
        yield "fixed"
