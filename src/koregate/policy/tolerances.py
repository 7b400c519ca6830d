"""The rules that tolerate a failure, in the order in which they count. Each says why, in words."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from koregate.judging.cases import CaseIdentity, FailureClass, Outcome, TestCase, Tolerance, ToleranceKind
from koregate.judging.results import SuiteResult
from koregate.policy.quarantine import Entry, Quarantine
from koregate.policy.rules import Policy

# What no assertion explains is never tolerated.
_NEVER = (FailureClass.STEP, FailureClass.RUN)


class EntryUse:
    """The entries of a quarantine file, and what each of them met in a job."""

    def __init__(self, quarantine: Quarantine | None) -> None:
        self._exact: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
        self._others: defaultdict[str, list[Entry]] = defaultdict(list)
        self.entries = quarantine.entries if quarantine else ()
        self.matched: set[Entry] = set()
        self.failing: set[Entry] = set()
        self.expired: set[Entry] = set()
        for entry in self.entries:
            if len(entry.pieces) == 1:
                self._exact[entry.suite, entry.pieces[0]].append(entry)
            else:
                self._others[entry.suite].append(entry)

    def about(self, identity: CaseIdentity) -> list[Entry]:
        """The entries about a case, in the order of the file. Suite and input of the identity are as shown."""
        exact = self._exact.get((identity.suite, identity.input), ())
        found = [entry for entry in (*exact, *self._others.get(identity.suite, ())) if entry.is_about(identity)]
        self.matched.update(found)
        return sorted(found, key=lambda entry: entry.line) if len(found) > 1 else found

    def meet(self, identity: CaseIdentity, case: TestCase) -> list[Entry]:
        """The entries about a case, which is kept in mind."""
        entries = self.about(identity)
        if case.judged is not Outcome.PASSED:
            self.failing.update(entries)
        return entries

    def excuse(self, identity: CaseIdentity, case: TestCase, today: date) -> Entry | None:
        """The first entry that is in force and excuses the failure of this case. Expired ones are kept in mind."""
        fitting = [entry for entry in self.meet(identity, case) if entry.excuses(case.failure_class)]
        in_force = next((entry for entry in fitting if entry.until >= today), None)
        if in_force is None:
            self.expired.update(fitting)
        return in_force


class Rules(NamedTuple):
    """The rules of a job. `knows` says that the baseline may tolerate; `use` keeps what the entries met."""

    policy: Policy
    use: EntryUse
    knows: bool

    def tolerances(self, identity: CaseIdentity, case: TestCase, rate: str) -> Iterator[Tolerance]:
        """Every tolerance for a failed case, the first that counts first.

        The identity is as shown. `rate` is the `rate_reason` of its suite.
        """
        policy, today = self.policy, self.policy.now.date()
        entry = self.use.excuse(identity, case, today)
        if case.failure_class in _NEVER:
            return
        if entry is not None:
            yield _quarantined(entry, today)
        if self.knows and case.known_since is not None and policy.baseline is not None:
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
    added = ", added by this change" if entry.is_added else ""
    return Tolerance(
        ToleranceKind.QUARANTINE,
        f"quarantined until {entry.until.isoformat()} ({days}, owner {entry.owner}{added}): {entry.reason}",
        entry.owner,
        entry.until,
        left,
        entry.is_added,
    )


def rate_reason(suite: SuiteResult, policy: Policy) -> str:
    """Why the pass rate of the suite lets its failures by, or an empty text if it does not."""
    outcomes = [case.judged for case in suite.cases]
    passed, failed = outcomes.count(Outcome.PASSED), outcomes.count(Outcome.FAILED)
    if 100 * passed < Fraction(policy.min_pass_rate) * (passed + failed):
        return ""
    return (
        f"{passed} of {passed + failed} test cases of the suite passed, and min-pass-rate is {policy.min_pass_rate:f}"
    )
