"""A job judged suite by suite, in whatever order the runs end."""

import itertools
from collections.abc import Callable

import pytest
from support import batch
from support.answers import TARGET, answer, failed_step, record_of, step

from koregate.judging import conversation
from koregate.judging.cases import Outcome, TestCase
from koregate.judging.job import JobJudge, judge_job
from koregate.judging.results import SuiteResult
from koregate.runs.record import RunRecord, StopReason, Target
from koregate.text import one_line
from koregate.verdicts import Verdict

FAILED_REPLY = answer(failed_step(), status="failed")
RECORDS = [
    record_of("Pizza", answer(failed_step("I am ann@example.com"), status="failed")),
    record_of("Pizza", answer(step())),
    RunRecord("Late", "ctr-9", stop=StopReason(Verdict.TIMEOUT, 5, "No end within 30m.")),
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_in_which_runs_end_does_not_matter(order: tuple[int, ...]) -> None:
    judge = JobJudge(TARGET, [record.suite for record in RECORDS], ("email",))

    for number in order:
        judge.keep(number, judge.judge(number, RECORDS[number]))

    assert judge_job(TARGET, RECORDS, ("email",)) == judge.result()
    assert ["Pizza", "Pizza (2)", "Late"] == [suite.name for suite in judge.result().suites]


def test_personal_data_in_the_name_of_a_suite_is_nowhere_in_the_result() -> None:
    records = [record_of(f"Write to {name}@example.com", answer(step())) for name in ("ann", "bob")]
    job = judge_job(TARGET, records, ("email",))

    assert ["Write to [email]", "Write to [email] (2)"] == [suite.name for suite in job.suites]
    assert "@example" not in repr(job)
    assert ("email",) == job.redact


@pytest.mark.parametrize(
    "record",
    [
        record_of("Pizza", answer(step(), streamId="st-2")),
        batch.record(batch.reply(2, 0, streamId="st-2", result__streamId="st-2")),
    ],
    ids=["conversation", "batch"],
)
def test_a_run_of_another_app_than_the_job_asks_for_is_no_pass(record: RunRecord) -> None:
    job = judge_job(TARGET, [record])

    assert (Verdict.ERROR, 4) == (job.verdict, job.exit_code)
    assert Verdict.PASSED is judge_job(Target(stream_id="st-2"), [record]).verdict


def test_a_reply_that_koregate_cannot_judge_ends_its_own_suite_in_an_error_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judge = conversation.judge

    def broken(name: str, record: RunRecord, redact: Callable[[str], str], target: Target) -> SuiteResult:
        if record.suite == "Pizza" and record.reply is not None:
            raise KeyError("ann@example.com" + " very long" * 100)
        return judge(name, record, redact, target)

    monkeypatch.setattr(conversation, "judge", broken)
    job = judge_job(
        TARGET, [record_of("Pizza", answer(step()), "ctr-7"), record_of("Hours", answer(step()))], ("email",)
    )

    broken_suite, good_suite = job.suites
    detail = one_line(f"'[email]{' very long' * 100}'", 300)
    message = f"Internal error (KeyError: {detail}). This is a bug in koregate. Please report it."
    assert (Verdict.ERROR, 4, (message,)) == (broken_suite.verdict, broken_suite.exit_code, broken_suite.doubts)
    assert ("Pizza", "ctr-7") == (broken_suite.name, broken_suite.run_id)
    assert [message] == [case.message for case in broken_suite.cases]
    assert Verdict.PASSED is good_suite.verdict


def test_the_last_run_of_a_suite_decides_and_those_before_it_are_kept() -> None:
    earlier = [record_of("Pizza for ann@example.com", FAILED_REPLY, run_id) for run_id in ("ctr-1", "ctr-2")]
    last = record_of("Pizza for ann@example.com", answer(step("pizza")), "ctr-3")._replace(earlier=tuple(earlier))

    job = judge_job(TARGET, [record_of("Hours", answer(step()), "ctr-4"), last], ("email",))

    hours, pizza = job.suites
    assert TARGET == job.target
    assert (Verdict.PASSED, ("ctr-1", "ctr-2", "ctr-3")) == (pizza.verdict, pizza.run_ids)
    assert ("Pizza for [email]", "Pizza for [email]") == (pizza.name, pizza.suite)
    assert [("ctr-1", Verdict.FAILED, 1), ("ctr-2", Verdict.FAILED, 1)] == [run[:3] for run in pizza.earlier_runs]
    assert [["ctr-1", "ctr-2"]] == [[failure.run_id for failure in case.earlier_failures] for case in pizza.cases]
    assert () == hours.earlier_runs


SHARED = 'The test run "ctr-1" belongs to more than one test suite.'


def test_suites_that_share_a_test_run_prove_nothing() -> None:
    job = judge_job(
        TARGET,
        [
            record_of("Pizza", answer(step())),
            record_of("Hours", answer(step()), "ctr-2"),
            record_of("Menu", answer(step())),
        ],
    )

    assert [Verdict.ERROR, Verdict.PASSED, Verdict.ERROR] == [suite.verdict for suite in job.suites]
    assert [(SHARED,), (), (SHARED,)] == [suite.doubts for suite in job.suites]
    assert ["1.1 text", "run"] == [case.label for case in job.suites[0].cases]
    assert TestCase(0, 0, "run", Outcome.ERROR, SHARED) == job.suites[0].cases[-1]
    assert (Verdict.ERROR, 4) == (job.verdict, job.exit_code)


def test_two_runs_of_one_suite_that_are_the_same_test_run_prove_nothing() -> None:
    run_id = f"ctr-{'1' * 400}"
    record = record_of("Pizza", answer(step()), run_id)

    job = judge_job(TARGET, [record._replace(earlier=(record,))])

    (suite,) = job.suites
    assert (Verdict.ERROR, 4) == (suite.verdict, suite.exit_code)
    doubt = f'The test run "{one_line(run_id, 300)}" belongs to more than one run of the suite.'
    assert (doubt,) == suite.doubts


def test_replies_that_tell_the_same_test_run_share_it_too() -> None:
    job = judge_job(Target(), [record_of(name, answer(step()), None) for name in ("Pizza", "Hours")])

    assert [(Verdict.ERROR, (SHARED,))] * 2 == [(suite.verdict, suite.doubts) for suite in job.suites]


def test_a_run_without_steps_that_is_shared_has_one_case_of_the_whole_run() -> None:
    reply = answer(step(), result__executionResults=None)

    job = judge_job(TARGET, [record_of("Pizza", reply), record_of("Hours", reply)])

    assert [[Outcome.ERROR]] * 2 == [[case.outcome for case in suite.cases] for suite in job.suites]


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        (record_of("Pizza", FAILED_REPLY), Verdict.FAILED),
        (RunRecord("Pizza", "ctr-1", stop=StopReason(Verdict.TIMEOUT, 5, "Late.")), Verdict.TIMEOUT),
        (RunRecord("Pizza", "ctr-1", stop=StopReason(Verdict.SKIPPED, 0, "No credentials.")), Verdict.ERROR),
    ],
    ids=["failed", "timeout", "skipped"],
)
def test_a_shared_run_makes_no_verdict_better(record: RunRecord, verdict: Verdict) -> None:
    job = judge_job(TARGET, [record, record_of("Hours", answer(step()))])

    assert [verdict, Verdict.ERROR] == [suite.verdict for suite in job.suites]
    assert SHARED == job.suites[0].doubts[-1]
