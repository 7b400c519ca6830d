"""A job judged suite by suite, in whatever order the runs end."""

import itertools
from collections.abc import Callable

import pytest
from support.answers import TARGET, answer, failed_step, record_of, step

from koregate.judging import conversation
from koregate.judging.cases import Outcome
from koregate.judging.job import JobJudge, judge_job
from koregate.judging.results import SuiteResult
from koregate.runs.record import RunRecord, StopReason, Target
from koregate.verdicts import Verdict

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


def test_a_reply_that_koregate_cannot_judge_ends_its_own_suite_in_an_error_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judge = conversation.judge

    def broken(name: str, record: RunRecord, redact: Callable[[str], str], target: Target) -> SuiteResult:
        if record.suite == "Pizza" and record.reply is not None:
            raise KeyError("ann@example.com")
        return judge(name, record, redact, target)

    monkeypatch.setattr(conversation, "judge", broken)
    job = judge_job(
        TARGET, [record_of("Pizza", answer(step()), "ctr-7"), record_of("Hours", answer(step()))], ("email",)
    )

    broken_suite, good_suite = job.suites
    message = "Internal error (KeyError: '[email]'). This is a bug in koregate. Please report it."
    assert (Verdict.ERROR, 4, (message,)) == (broken_suite.verdict, broken_suite.exit_code, broken_suite.doubts)
    assert ("ctr-7", [message]) == (broken_suite.run_id, [case.message for case in broken_suite.cases])
    assert Verdict.PASSED is good_suite.verdict


SHARED = 'The test run "ctr-1" belongs to more than one test suite.'
FAILED_REPLY = answer(failed_step(), status="failed")


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
    assert (Verdict.ERROR, 4) == (job.verdict, job.exit_code)


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
