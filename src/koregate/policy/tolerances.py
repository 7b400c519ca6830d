"""The rules that tolerate a failure, in order of precedence. Each gives its reason in words."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from koregate.judging.cases import FailureClass, Outcome, TestCase, Tolerance, ToleranceKind
from koregate.judging.results import StepResult, SuiteResult
from koregate.policy.quarantine import Entry, Quarantine, matches
from koregate.policy.rules import ALL, Policy
from koregate.redaction.exact_names import is_exact
from koregate.text import visible

# A failure that no assertion explains is never tolerated.
_NEVER = (FailureClass.STEP, FailureClass.RUN)


class EntryUse:
    """The entries of a quarantine file, and what each of them matched in a job."""

    def __init__(self, quarantine: Quarantine | None) -> None:
        self._exact: defaultdict[str, defaultdict[str, list[Entry]]] = defaultdict(lambda: defaultdict(list))
        # With its longest piece: an input without that piece cannot match.
        self._others: defaultdict[str, list[tuple[str, Entry]]] = defaultdict(list)
        self.entries = quarantine.entries if quarantine else ()
        self.matched: set[Entry] = set()
        self.failing: set[Entry] = set()
        self.expired: set[Entry] = set()
        for entry in self.entries:
            if len(entry.pieces) == 1:
                self._exact[entry.suite][entry.pieces[0]].append(entry)
            else:
                self._others[entry.suite].append((max(entry.pieces, key=len), entry))

    def look_at(self, suite: SuiteResult) -> None:
        """Record which entries match a case of the suite, and which of them match a case that did not pass."""
        name = visible(suite.suite)
        if not is_exact(name) or (name not in self._exact and name not in self._others):
            return
        for step in suite.steps:
            if entries := self._about_step(name, step):
                for case in step.cases:
                    met = _about_case(entries, step, case)
                    self.matched.update(met)
                    if case.judged is not Outcome.PASSED or case.earlier_failures:
                        self.failing.update(met)

    def excuse(self, suite: str, step: StepResult, case: TestCase, today: date) -> Entry | None:
        """The first entry that is in force and excuses the failure of this case. Expired entries are recorded.

        `suite` is the name that reports show.
        """
        entries = _about_case(self._about_step(suite, step), step, case)
        fitting = [entry for entry in entries if entry.excuses(case.failure_class)]
        in_force = next((entry for entry in fitting if entry.until >= today), None)
        if in_force is None:
            self.expired.update(fitting)
        return in_force

    def _about_step(self, suite: str, step: StepResult) -> list[Entry]:
        """The entries about the input of a step, in the order of the file."""
        shown = step.input if step.input.isprintable() else visible(step.input)
        exact = self._exact[suite].get(shown, []) if suite in self._exact else []
        others = [
            entry for piece, entry in self._others.get(suite, ()) if piece in shown and matches(entry.pieces, shown)
        ]
        return sorted([*exact, *others], key=lambda entry: entry.line) if others else exact


def _about_case(entries: list[Entry], step: StepResult, case: TestCase) -> list[Entry]:
    return [entry for entry in entries if entry.is_about(step.occurrence, case.kind)]


class Rules(NamedTuple):
    """The rules of a job. `knows` says that the baseline may tolerate, and `use` records what the entries matched.

    Entries and the baseline name suites, so they tolerate nothing in a suite whose name in reports may be another's.
    `ambiguous` are the names that several suites of the job have in reports. No rule can tell those suites apart.
    """

    policy: Policy
    use: EntryUse
    knows: bool
    ambiguous: frozenset[str] = frozenset()

    def tolerances(self, suite: str, step: StepResult | None, case: TestCase, rate: str) -> Iterator[Tolerance]:
        """Every tolerance for a failed case, in order of precedence.

        `suite` is the name that reports show, and `rate` is the `rate_reason` of the suite.
        """
        policy, today = self.policy, self.policy.now.date()
        if step is None or case.failure_class in _NEVER or suite in self.ambiguous:
            return
        has_own_name = is_exact(suite)
        entry = self.use.excuse(suite, step, case, today) if has_own_name else None
        if entry is not None:
            yield _quarantined(entry, today)
        if has_own_name and self.knows and case.known_since is not None and policy.baseline is not None:
            since = case.known_since.date().isoformat()
            yield Tolerance(
                ToleranceKind.KNOWN, f"known on the default branch since {since} ({policy.baseline.source})"
            )
        if case.failure_class in policy.warn_on:
            yield Tolerance(ToleranceKind.WARN_ON, f"{case.failure_class} only warns (warn-on)")
        if rate:
            yield Tolerance(ToleranceKind.RATE, rate)


def _quarantined(entry: Entry, today: date) -> Tolerance:
    left = (entry.until - today).days
    days = "last day" if not left else f"{left} {'day' if left == 1 else 'days'} left"
    owner = "" if entry.hides_owner else f", owner {entry.owner}"
    added = ", added by this change" if entry.is_added else ""
    return Tolerance(
        ToleranceKind.QUARANTINE,
        f"quarantined until {entry.until.isoformat()} ({days}{owner}{added}): {entry.reason}",
        entry.owner,
        entry.until,
        left,
        entry.is_added,
    )


def rate_reason(suite: SuiteResult, policy: Policy) -> str:
    """Why the suite's pass rate tolerates its failures. Empty if it does not."""
    if policy.min_pass_rate == ALL:
        return ""
    passed, failed = suite.judged_counts
    if 100 * passed < Fraction(policy.min_pass_rate) * (passed + failed):
        return ""
    noun = "utterances" if suite.kind == "batch" else "test cases"
    return f"{passed} of {passed + failed} {noun} of the suite passed, and min-pass-rate is {policy.min_pass_rate:f}"
