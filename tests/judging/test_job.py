"""A job judged suite by suite, in whatever order the runs end."""

import itertools
from collections.abc import Callable

import pytest
from support.answers import TARGET, answer, failed_step, record_of, step

from koregate.judging import conversation
from koregate.judging.job import JobJudge, judge_job
from koregate.judging.results import SuiteResult
from koregate.runs.record import RunRecord, StopReason
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
        judge.judge(number, RECORDS[number])

    assert judge_job(TARGET, RECORDS, ("email",)) == judge.result()
    assert ["Pizza", "Pizza (2)", "Late"] == [suite.name for suite in judge.result().suites]


def test_a_reply_that_koregate_cannot_judge_ends_its_own_suite_in_an_error_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judge = conversation.judge

    def broken(name: str, record: RunRecord, redact: Callable[[str], str]) -> SuiteResult:
        if record.suite == "Pizza" and record.reply is not None:
            raise KeyError("ann@example.com")
        return judge(name, record, redact)

    monkeypatch.setattr(conversation, "judge", broken)
    job = judge_job(
        TARGET, [record_of("Pizza", answer(step()), "ctr-7"), record_of("Hours", answer(step()))], ("email",)
    )

    broken_suite, good_suite = job.suites
    message = "Internal error (KeyError: '[email]'). This is a bug in koregate; please report it."
    assert (Verdict.ERROR, 4, (message,)) == (broken_suite.verdict, broken_suite.exit_code, broken_suite.doubts)
    assert ("ctr-7", [message]) == (broken_suite.run_id, [case.message for case in broken_suite.cases])
    assert Verdict.PASSED is good_suite.verdict
