"""Test cases that failed in an earlier run and passed in the last one: no retry makes a job green that must not be."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import batch
from support.answers import TARGET, answer, assertion, disabled, failed_step, record_of, response, step
from support.policies import NOW, baseline, failed, failing, mood, policies, quarantine, retried, retried_records

from koregate.inputs import Flaky
from koregate.judging.cases import EARLIER_RUNS, FailureClass, Outcome, TestCase, ToleranceKind
from koregate.judging.earlier_runs import unmatched_failures
from koregate.judging.floor import floor_problem
from koregate.judging.job import judge_job
from koregate.judging.results import JobResult, SuiteResult
from koregate.policy.apply import apply_policy
from koregate.policy.rules import Policy
from koregate.runs.record import RunRecord
from koregate.verdicts import Verdict

MIXED = failed(step(), failed_step())
PASSED = answer(step(), step("pizza"))
BAD = assertion("failed", [{"status": "failed"}])
# A response whose assertions are all disabled.
OFF = response("Hello", text_=disabled())

GREEN = (Verdict.PASSED, Verdict.TOLERATED)


def applied(job: JobResult, flaky: Flaky, **rules: Any) -> SuiteResult:
    return apply_policy(job, Policy(NOW, flaky=flaky, **rules)).suites[0]


def flaky_cases(suite: SuiteResult) -> list[TestCase]:
    return [case for case in suite.cases if case.is_flaky]


@pytest.mark.parametrize(
    ("replies", "strict", "lenient", "flaky"),
    [
        ((MIXED, PASSED), "failed", "tolerated", 1),
        ((MIXED, MIXED), "failed", "failed", 0),
        ((MIXED, failed(failed_step("hi"), step("pizza"))), "failed", "failed", 1),
        ((MIXED, MIXED, PASSED), "failed", "tolerated", 1),
        ((answer(step(), status="aborted"), PASSED), "passed", "passed", 0),
        ((MIXED, answer(step(), step("pizza"), status="aborted")), "error", "error", 1),
        ((MIXED, answer(step(), step("pizza"), totalTestStepsCount=3)), "error", "error", 1),
        ((MIXED, failed(step(), step("pizza"))), "failed", "failed", 1),
    ],
)
def test_the_last_run_decides_and_only_a_whole_proof_is_tolerated(
    replies: tuple[Any, ...], strict: str, lenient: str, flaky: int
) -> None:
    job = retried(*replies)

    for setting, verdict in (("fail", strict), ("pass", lenient)):
        suite = applied(job, "pass" if setting == "pass" else "fail")
        assert verdict == suite.verdict
        assert flaky == len(flaky_cases(suite))


def test_a_tolerated_flaky_case_says_how_often_and_how_it_failed() -> None:
    (case,) = flaky_cases(applied(retried(MIXED, MIXED, PASSED), "pass"))

    assert case.tolerance
    assert (ToleranceKind.FLAKY, Outcome.TOLERATED, Outcome.PASSED, Outcome.PASSED) == (
        case.tolerance.kind,
        case.outcome,
        case.judged,
        case.counted_as,
    )
    assert 'failed in 2 of 3 runs and passed in the last one: expected "Which size?", got' in case.tolerance.reason


def test_a_flaky_case_that_fails_has_the_texts_and_the_class_of_its_first_failure() -> None:
    suite = applied(retried(MIXED, failed(step(), failed_step(expected="How large?")), PASSED), "fail")

    (case,) = flaky_cases(suite)
    assert ("Which size?", FailureClass.WRONG_TEXT, Outcome.FAILED, Outcome.PASSED) == (
        case.expected,
        case.failure_class,
        case.outcome,
        case.judged,
    )
    assert case.message.startswith("Flaky (failed in 2 of 3 runs and passed in the last one): expected")
    assert suite.failures == (
        "1 test case failed in an earlier run and passed in the last one. With flaky: fail, this fails the suite.",
    )


def test_a_case_is_the_same_in_another_run_whatever_its_step_and_its_place() -> None:
    first = failed(step("hi"), failed_step("hi"), failed_step("hi"))
    last = answer(step("new"), step("hi"), step("hi"), step("bye"), step("hi"))

    suite = applied(retried(first, last), "pass")

    assert [3, 5] == [case.step for case in flaky_cases(suite)]


@pytest.mark.parametrize(
    "first",
    [
        failed(step(), step("pizza", "failed")),
        failed(step(), step("pizza"), result__errorDetails="boom"),
        failed(step(), step("pizza", "failed", [response()], [response(), response("More", text_=BAD)])),
    ],
    ids=["step", "run", "response that nobody expects"],
)
def test_a_failure_that_no_case_of_the_last_run_has_is_one_of_the_whole_run(first: Any) -> None:
    job = retried(first, PASSED)

    strict, lenient = applied(job, "fail"), applied(job, "pass")

    assert (Verdict.FAILED, Verdict.TOLERATED) == (strict.verdict, lenient.verdict)
    for suite, outcome in ((strict, Outcome.FAILED), (lenient, Outcome.TOLERATED)):
        (case,) = flaky_cases(suite)
        assert (EARLIER_RUNS, outcome, Outcome.PASSED) == (case.kind, case.outcome, case.judged)
        assert job.suites[0] == suite.before_policy()


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (failed(step(), failed_step("wine")), PASSED),
        (failed(step(), failed_step("wine")), answer(step())),
        (failed(step(), step("pizza"), failed_step("pizza")), PASSED),
        (failed(step(), step("wine", "failed")), PASSED),
        (failed(step(), failing("pizza", "flow")), PASSED),
        (failed(step(), failing("pizza", "text_")), answer(step(), step("pizza", expected=[OFF], actual=[OFF]))),
        (MIXED, answer(step(), step("pizza"), result__executionResults=None)),
        (failed(step(), mood("failed")), answer(step(), mood(None))),
        (failed(step(), mood("failed")), answer(step(), mood("passed", key="tone"))),
        (failed(step(), mood("failed", "passed")), answer(step(), mood("passed", None))),
        (failed(step(), mood("failed")), PASSED),
        (
            failed(step(), failed_step("pizza"), failed_step("w" * 2000)),
            answer(step(), step("pizza"), step("v" * 2000)),
        ),
    ],
    ids=[
        "other step",
        "fewer steps",
        "once less",
        "step without an assertion",
        "other assertion",
        "disabled assertion",
        "counts alone",
        "undocumented kind that is disabled",
        "other undocumented kind",
        "one of two of an undocumented kind",
        "undocumented kind that is gone",
        "long inputs",
    ],
)
def test_a_failure_whose_step_or_assertion_the_last_run_lacks_is_never_tolerated(first: Any, last: Any) -> None:
    for runs in ((first, last), (first, failed(step(), failed_step("hi")), last)):
        suite = applied(retried(*runs), "pass")

        assert (Verdict.FAILED, 1) == (suite.verdict, suite.exit_code)
        assert suite.failures[0].startswith("A step or an assertion that failed in an earlier run is not in")
        assert {Outcome.FAILED} == {case.outcome for case in flaky_cases(suite)}
        assert "runs and not in the last one" in suite.run_cases[-1].message


def test_a_step_that_failed_as_a_whole_is_not_tolerated_if_its_assertions_are_disabled_in_the_last_run() -> None:
    first, last = failed(step(), step("pizza", "failed")), answer(step(), step("pizza", expected=[OFF], actual=[OFF]))

    suite = applied(retried(first, last), "pass")

    assert suite.failures[0].startswith("A step or an assertion that failed in an earlier run is not in")
    assert [Outcome.FAILED] == [case.outcome for case in flaky_cases(suite)]


def test_a_failure_in_one_of_several_equal_steps_is_not_tolerated_if_the_last_run_has_fewer_steps() -> None:
    first = failed(step("hi"), failed_step("yes"), step("yes"))

    for last, verdict in (
        (answer(step("hi"), step("yes")), "failed"),
        (answer(*map(step, ["hi", "yes", "yes"])), "tolerated"),
    ):
        suite = applied(retried(first, last), "pass")
        assert verdict == suite.verdict


def test_a_batch_suite_that_became_smaller_between_its_runs_is_not_tolerated() -> None:
    first = batch.record(batch.reply(3, 2, _id="tr-0", result___id="tr-0"), None, "tr-0")

    for passed, verdict in ((4, Verdict.FAILED), (5, Verdict.TOLERATED)):
        job = judge_job(TARGET, [batch.record(batch.reply(passed, 0), None)._replace(earlier=(first,))])
        assert verdict is applied(job, "pass").verdict


def test_a_failure_of_an_undocumented_kind_is_tolerated_if_the_last_run_shows_that_it_passes() -> None:
    first = failed(step(), mood("failed", "passed"))

    assert Verdict.TOLERATED is applied(retried(first, answer(step(), mood("passed", "passed"))), "pass").verdict
    assert (
        Verdict.TOLERATED is applied(retried(first, answer(step(), mood("passed", "passed", "passed"))), "pass").verdict
    )


def test_counts_alone_show_that_a_run_which_failed_by_its_counts_passes() -> None:
    first = failed(step(), failed_step("pizza"), result__executionResults=None)
    last = answer(step(), step("pizza"), result__executionResults=None)

    assert Verdict.TOLERATED is applied(retried(first, last), "pass").verdict
    assert Verdict.TOLERATED is applied(retried(first, PASSED), "pass").verdict


WRONG_SIZE = batch.csv_file(["hi", "A", "A", "size", "L", "S", "FALSE"], header=batch.ENTITY_HEADER)
NO_SIZE = batch.csv_file(["hi", "A", "A", "", "", "", ""], header=batch.ENTITY_HEADER)


@pytest.mark.parametrize("file", [WRONG_SIZE.replace(b"S,FALSE", b"L,TRUE"), NO_SIZE, None])
def test_the_counts_of_a_batch_suite_show_that_a_failed_utterance_passes(file: bytes | None) -> None:
    first = batch.record(batch.reply(0, 1, _id="tr-0", result___id="tr-0"), WRONG_SIZE, "tr-0")

    job = judge_job(TARGET, [batch.record(batch.reply(1, 0), file)._replace(earlier=(first,))])

    (first_run,) = job.suites[0].earlier_runs
    kinds = [identity.kind for identity, _ in first_run.failures]
    assert ("tr-0", Verdict.FAILED, ["entity"]) == (*first_run[:2], kinds)
    assert Verdict.TOLERATED is applied(job, "pass").verdict


def test_the_likely_cause_of_a_flaky_failure_is_a_step_before_it_in_the_last_run() -> None:
    lost = failed(step(), failing("where", "flow"), failed_step())
    same, shorter = answer(step(), step("where"), step("pizza")), answer(step("pizza"))

    # The step has another assertion now, so its failure is one of the whole run.
    assert [2, 0] == [case.caused_by for case in flaky_cases(applied(retried(lost, same), "fail"))]
    assert {0} == {case.caused_by for case in flaky_cases(applied(retried(lost, shorter), "fail"))}


def test_what_a_rule_excuses_now_is_not_excused_where_it_failed_otherwise() -> None:
    silent = failed(step(), failing("pizza", "text_", silent=True))
    rules = {"quarantine": quarantine("pizza")}

    for flaky, verdict in (("fail", Verdict.FAILED), ("pass", Verdict.TOLERATED)):
        assert verdict is applied(retried(silent, MIXED), "pass" if flaky == "pass" else "fail", **rules).verdict
    assert Verdict.TOLERATED is applied(retried(MIXED, MIXED), "fail", **rules).verdict


@pytest.mark.parametrize(
    ("rules", "kind", "after_flaky"),
    [
        ({"quarantine": quarantine("pizza")}, "quarantine", False),
        ({"baseline": baseline(judge_job(TARGET, [record_of("Pizza", MIXED)]))}, "known", False),
        ({"warn_on": frozenset({FailureClass.WRONG_TEXT})}, "warn-on", True),
    ],
)
def test_a_flaky_case_that_another_rule_excuses_is_tolerated_by_that_rule_and_told(
    rules: dict[str, Any], kind: str, *, after_flaky: bool
) -> None:
    for flaky, expected in (("fail", kind), ("pass", "flaky" if after_flaky else kind)):
        job = apply_policy(retried(MIXED, PASSED), Policy(NOW, flaky="pass" if flaky == "pass" else "fail", **rules))
        (case,) = flaky_cases(job.suites[0])
        assert case.tolerance
        assert (Verdict.TOLERATED, 0, 1, expected) == (job.verdict, job.exit_code, job.tolerated, case.tolerance.kind)
        assert case.judged is case.counted_as is Outcome.PASSED


def test_a_known_failure_is_known_in_an_earlier_run_only_with_the_same_expectation() -> None:
    known = {"baseline": baseline(judge_job(TARGET, [record_of("Pizza", MIXED)]))}
    other = failed(step(), failed_step(expected="How large?"))

    assert Verdict.TOLERATED is applied(retried(MIXED, MIXED), "fail", **known).verdict
    assert Verdict.FAILED is applied(retried(other, MIXED), "fail", **known).verdict
    assert Verdict.TOLERATED is applied(retried(MIXED, PASSED), "fail", **known).verdict
    assert Verdict.FAILED is applied(retried(other, PASSED), "fail", **known).verdict


def test_a_flaky_case_that_fails_is_new_or_known_and_never_fixed() -> None:
    before = judge_job(TARGET, [record_of("Pizza", MIXED)])
    for first, counts in ((MIXED, (0, 0, 0)), (failed(step(), failed_step(expected="How large?")), (1, 0, 0))):
        job = apply_policy(retried(first, PASSED), Policy(NOW, baseline=baseline(before)))
        assert job.policy.comparison
        assert counts == job.policy.comparison[1:4]


def test_an_entry_for_a_flaky_case_is_still_needed() -> None:
    job = apply_policy(retried(MIXED, PASSED), Policy(NOW, quarantine=quarantine("pizza", "hi")))

    (remark,) = job.policy.remarks
    assert '"hi", owner Ann) matches only steps that passed.' in remark


def test_the_rate_of_the_last_run_excuses_no_failure_of_an_earlier_one() -> None:
    half = failed(step(), failed_step("a"), failed_step("b"))
    most = failed(step(), step("a"), failed_step("b"))

    for flaky, verdict in (("fail", Verdict.FAILED), ("pass", Verdict.TOLERATED)):
        suite = applied(retried(half, most), "pass" if flaky == "pass" else "fail", min_pass_rate=60)
        assert verdict is suite.verdict


# What no retry and no policy does


def failed_before(suite: SuiteResult) -> bool:
    return any(run.verdict is Verdict.FAILED for run in suite.earlier_runs)


@given(retried_records(), st.data())
def test_no_retry_makes_a_job_green_that_must_not_be(found: list[RunRecord], data: st.DataObject) -> None:
    job = judge_job(TARGET, found)
    alone = judge_job(TARGET, [record._replace(earlier=()) for record in found])
    policy = data.draw(policies(found))._replace(min_tests=0, flaky=data.draw(st.sampled_from(["fail", "pass"])))

    after = apply_policy(job, policy)

    for before, suite, last in zip(job.suites, after.suites, apply_policy(alone, policy).suites, strict=True):
        assert before == suite.before_policy()
        if suite.verdict in GREEN:
            # The last run is a proof by itself.
            assert last.verdict in GREEN
            assert before.verdict is Verdict.PASSED or floor_problem(before) is None
            assert not any(case.is_blocking for case in suite.cases)
        else:
            assert any(case.is_blocking for case in suite.cases)
        if last.verdict not in GREEN:
            assert last.verdict is suite.verdict
        # What lets a failure by is told, also that of an earlier run.
        assert suite.verdict is not Verdict.PASSED or not failed_before(suite)
        assert (suite.verdict is Verdict.TOLERATED) == (suite.verdict in GREEN and bool(suite.tolerated))


@given(retried_records())
def test_without_another_rule_a_suite_with_a_failed_run_passes_never(found: list[RunRecord]) -> None:
    job = judge_job(TARGET, found)

    strict, lenient = (apply_policy(job, Policy(NOW, flaky=flaky)) for flaky in ("fail", "pass"))

    for before, red, yellow in zip(job.suites, strict.suites, lenient.suites, strict=True):
        if failed_before(before):
            assert red.verdict not in GREEN
            assert yellow.verdict is not Verdict.PASSED
        if before.verdict is Verdict.PASSED and not any(run.failures for run in before.earlier_runs):
            assert red == yellow == before
        assert (before.verdict is Verdict.PASSED) or yellow.verdict is not Verdict.TOLERATED


@given(retried_records(), st.data())
def test_policy_gives_the_same_again_for_suites_that_ran_more_than_once(
    found: list[RunRecord], data: st.DataObject
) -> None:
    policy = data.draw(policies(found))._replace(min_tests=0, flaky=data.draw(st.sampled_from(["fail", "pass"])))
    once = apply_policy(judge_job(TARGET, found), policy)

    again = apply_policy(replace(once, suites=tuple(suite.before_policy() for suite in once.suites)), policy)

    assert once == again


@given(retried_records())
def test_every_failure_of_an_earlier_run_is_a_case_s_or_stands_alone(found: list[RunRecord]) -> None:
    for suite in judge_job(TARGET, found).suites:
        told = [failure for run in suite.earlier_runs for _, failure in run.failures]
        of_cases = [failure for case in suite.cases for failure in case.earlier_failures]
        assert sorted(map(repr, told)) == sorted(map(repr, [*of_cases, *unmatched_failures(suite)]))


@settings(max_examples=60)
@given(retried_records(), st.data())
def test_another_tolerance_makes_no_exit_code_worse_whatever_earlier_runs_showed(
    found: list[RunRecord], data: st.DataObject
) -> None:
    job = judge_job(TARGET, found)
    policy = data.draw(policies(found))._replace(min_tests=0)
    more = data.draw(
        st.sampled_from(
            [
                policy._replace(flaky="pass"),
                policy._replace(warn_on=frozenset({FailureClass.WRONG_TEXT}) | policy.warn_on),
                policy if policy.quarantine else policy._replace(quarantine=quarantine("p*", suite="Suite 0")),
                policy if policy.baseline else policy._replace(baseline=baseline(job)),
            ]
        )
    )

    assert apply_policy(job, more).exit_code <= apply_policy(job, policy).exit_code
