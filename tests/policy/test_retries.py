"""Which suites run again: those whose run ended and failed or gave no verdict, unless that would prove nothing."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.answers import TARGET, answer, failed_step, record_of, step
from support.policies import NOW, baseline, failed, failing, policies, quarantine, records

from koregate.judging.cases import FailureClass
from koregate.judging.job import judge_job
from koregate.policy.apply import apply_policy
from koregate.policy.retries import Decision, decision
from koregate.policy.rules import Policy
from koregate.runs.record import RunRecord, StopReason
from koregate.verdicts import Verdict

NOTHING = Policy(NOW)
MIXED = failed(step(), failed_step())
BROKEN = "most of it failed, so it is broken, not flaky"


def after(record: RunRecord, policy: Policy = NOTHING) -> Decision:
    (suite,) = judge_job(TARGET, [record]).suites
    return decision(suite, record, TARGET, policy)


def many(failures: int, passes: int, *first: dict[str, Any]) -> RunRecord:
    """A run of so many steps, each with one test case, after these."""
    bad = [failed_step(f"bad {number}") for number in range(failures)]
    good = [step(f"good {number}") for number in range(passes)]
    return record_of("Pizza", failed(*first, *bad, *good))


@pytest.mark.parametrize(
    ("reply", "again"),
    [
        (MIXED, True),
        (failed(step(), step("x", "failed")), True),
        (failed(step(), result__errorDetails="boom"), True),
        (answer(step(), status="aborted"), True),
        (answer(step(), totalTestStepsCount=2), True),
        (answer(step()), False),
    ],
)
def test_a_run_that_ended_and_is_no_pass_is_followed_by_another(reply: Any, *, again: bool) -> None:
    assert Decision(again) == after(record_of("Pizza", reply))


@pytest.mark.parametrize(
    "change",
    [
        {"run_id": None},
        {"ended": False},
        {"stop": StopReason(Verdict.ERROR, 4, "The test run may have started.")},
        {"stop": StopReason(Verdict.TIMEOUT, 5, "No end within 30m.")},
        {"stop": StopReason(Verdict.CANCELLED, 143, "Canceled by SIGTERM.")},
        {"stop": StopReason(Verdict.ERROR, 3, "The platform refused the credentials.")},
    ],
)
def test_two_runs_of_a_suite_are_never_under_way_at_once(change: dict[str, Any]) -> None:
    record = record_of("Pizza", MIXED)

    assert after(record).runs_again
    assert Decision(runs_again=False) == after(record._replace(**change))


@pytest.mark.parametrize(
    ("failures", "passes", "again"),
    [(9, 0, True), (8, 2, True), (9, 1, False), (10, 0, False), (16, 4, True), (17, 4, False), (81, 20, False)],
)
def test_a_suite_of_ten_cases_or_more_of_which_more_than_four_of_five_failed_is_broken(
    failures: int, passes: int, *, again: bool
) -> None:
    assert Decision(again, "" if again else BROKEN) == after(many(failures, passes))


def test_likely_consequences_make_no_suite_broken() -> None:
    lost = failing("where", "flow")

    assert Decision(runs_again=True) == after(many(20, 1, step(), lost))
    assert Decision(runs_again=False, reason=BROKEN) == after(many(20, 1, step()))


@pytest.mark.parametrize(
    "rule",
    [
        {"quarantine": quarantine("pizza")},
        {"baseline": baseline(judge_job(TARGET, [record_of("Pizza", MIXED)]))},
        {"warn_on": frozenset({FailureClass.WRONG_TEXT})},
        {"min_pass_rate": Decimal(50)},
    ],
)
def test_a_suite_all_of_whose_failures_another_rule_tolerates_does_not_run_again(rule: dict[str, Any]) -> None:
    policy = NOTHING._replace(**rule)

    assert Decision(runs_again=False) == after(record_of("Pizza", MIXED), policy)
    # One more failure blocks, and so does the floor.
    assert after(record_of("Pizza", failed(step(), failed_step(), failing("x", "flow"))), policy).runs_again
    assert after(record_of("Pizza", failed(step(), failed_step(), totalTestStepsCount=3)), policy).runs_again


def test_the_number_of_tests_of_the_job_decides_nothing_about_one_suite() -> None:
    policy = NOTHING._replace(quarantine=quarantine("pizza"), min_tests=99)

    assert Decision(runs_again=False) == after(record_of("Pizza", MIXED), policy)


def test_what_an_earlier_run_showed_does_not_make_a_suite_run_again() -> None:
    first = record_of("Pizza", MIXED, "ctr-0")
    record = record_of("Pizza", answer(step(), step("pizza")))._replace(earlier=(first,))

    assert Decision(runs_again=False) == after(record)


@given(records(), st.data())
def test_a_suite_that_runs_again_blocks_now(found: list[RunRecord], data: st.DataObject) -> None:
    policy = data.draw(policies(found))._replace(min_tests=0)
    for record in found:
        job = judge_job(TARGET, [record])
        (suite,) = job.suites
        runs_again, reason = decision(suite, record, TARGET, policy)
        blocks = apply_policy(job, policy).exit_code != 0
        assert not runs_again or blocks
        # Without another run, something blocks for good, or nothing does.
        assert runs_again or reason or not blocks or suite.verdict is not Verdict.FAILED or record.stop is not None
        assert decision(replace(suite, earlier_runs=()), record, TARGET, policy) == (runs_again, reason)
