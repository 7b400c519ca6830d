"""Which failures of earlier runs junit.xml tells in a test case, beside or in the place of its own."""

from koregate.judging.cases import EarlierFailure, Outcome, TestCase


def told_earlier(case: TestCase) -> tuple[EarlierFailure, ...]:
    """The earlier failures that are shown one by one.

    Those of a case that failed again, and those of a tolerated flaky case. A flaky case that fails shows its first
    failure as its own: a reader is known that takes a failure for a pass if a flaky failure stands beside it.
    """
    is_let_by = case.is_flaky and case.outcome is Outcome.TOLERATED
    failed_again = case.outcome is case.judged is Outcome.FAILED
    return case.earlier_failures if is_let_by or failed_again else ()
