"""What past runs say of failed steps: right counts, by identity, and never another verdict."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.answers import TARGET, answer, failed_step, job_of, record_of, report_of, step

from koregate.errors import Problem
from koregate.judging.cases import Outcome, TestCase
from koregate.judging.history import run_of, with_history
from koregate.judging.past_runs import PastRun, history_file, read_history
from koregate.judging.results import JobResult
from koregate.verdicts import Verdict

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def past(*jobs: JobResult) -> tuple[PastRun, ...]:
    return tuple(run for job in jobs if (run := run_of(job, NOW)))


def after(job: JobResult, *jobs: JobResult) -> JobResult:
    """The job after these others."""
    return with_history(replace(job, facts=job.facts._replace(history=past(*jobs))))


def trends(job: JobResult) -> list[str]:
    return [str(step.trend) for suite in job.suites for step in suite.steps if step.trend]


def pizza(*steps: Any) -> JobResult:
    failed = any(step is not PASSED for step in steps)
    return report_of(Pizza=answer(*steps, status="failed" if failed else "passed"))


PASSED = step("hi")
FAILED = failed_step()


def test_a_failed_step_says_in_how_many_of_the_last_runs_it_failed_this_one_included() -> None:
    good, bad = pizza(PASSED, step("pizza")), pizza(PASSED, FAILED)

    assert ["failed in 3 of the last 5 runs, this one included"] == trends(after(bad, bad, good, bad, good))
    assert ["failed in 1 of the last 3 runs, this one included"] == trends(after(bad, good, good))


def test_the_first_run_says_nothing() -> None:
    bad = pizza(FAILED)

    assert bad == after(bad)
    assert [] == trends(after(bad))


def test_a_passed_step_says_nothing() -> None:
    assert [] == trends(after(pizza(PASSED), pizza(FAILED), pizza(FAILED)))


def test_a_new_step_before_it_does_not_make_a_step_another_one() -> None:
    assert ["failed in 2 of the last 2 runs, this one included"] == trends(
        after(pizza(step("new"), FAILED), pizza(FAILED))
    )


def test_steps_with_the_same_input_are_told_apart() -> None:
    both = pizza(failed_step("yes"), failed_step("yes"))
    second = pizza(step("yes"), failed_step("yes"))

    assert [
        "failed in 1 of the last 2 runs, this one included",
        "failed in 2 of the last 2 runs, this one included",
    ] == trends(after(both, second))


def test_a_suite_of_another_name_or_that_did_not_run_does_not_count() -> None:
    other = report_of(Hours=answer(FAILED, status="failed"))

    assert ["failed in 2 of the last 2 runs, this one included"] == trends(
        after(pizza(FAILED), other, pizza(FAILED), other)
    )


def test_a_run_without_a_verdict_on_the_steps_does_not_count() -> None:
    aborted = job_of(record_of("Pizza", answer(step("pizza"), status="aborted")))

    assert Verdict.ERROR is aborted.verdict
    assert ["failed in 2 of the last 2 runs, this one included"] == trends(after(pizza(FAILED), aborted, pizza(FAILED)))


@pytest.mark.parametrize(
    "job",
    [
        JobResult.for_invalid_inputs([Problem("host", "is required")]),
        JobResult.for_skipped_job("no credentials"),
        replace(pizza(FAILED), suites=(replace(pizza(FAILED).suites[0], verdict=Verdict.CANCELLED, exit_code=130),)),
    ],
)
def test_a_job_without_a_result_leaves_no_run(job: JobResult) -> None:
    assert run_of(job, NOW) is None


def test_neither_words_of_the_user_nor_of_the_bot_are_kept() -> None:
    job = report_of(Secretname=answer(failed_step("my input", "the expected", "the actual"), status="failed"))

    data = history_file(past(job)).decode()

    for text in ("my input", "the expected", "the actual", "Secretname"):
        assert text not in data
    assert '["1 text"]' in data


def test_suites_beyond_the_limit_are_left_out_instead_of_reported_wrong() -> None:
    many = [failed_step(f"input {number}") for number in range(5_000)]
    large = report_of(First=answer(*many, status="failed"), Second=answer(*many, status="failed"))
    (run,) = past(large)

    assert 1 == len(run.suites)
    job = after(large, large)
    assert job.suites[1].steps[0].trend is None
    assert "failed in 2 of the last 2 runs, this one included" == str(job.suites[0].steps[0].trend)
    assert 512 * 1024 > len(history_file([run]))


def test_one_run_never_takes_the_room_of_all_others() -> None:
    """Steps with many failed test cases of long names."""
    (suite,) = pizza(FAILED).suites
    kind = "💥" * 60
    cases = tuple(TestCase(1, number, kind, Outcome.FAILED, "expected a, got b") for number in range(30))
    steps = tuple(suite.steps[0]._replace(input=f"input {number}", cases=cases) for number in range(3_000))
    large = JobResult.of(TARGET, [replace(suite, name=name, suite=name, steps=steps) for name in ("First", "Second")])
    small = JobResult.of(TARGET, [*pizza(FAILED).suites, *large.suites])
    runs = past(*[pizza(FAILED)] * 150, large, small)

    kept = read_history(history_file(runs))

    assert list(runs) == kept
    assert [0, 1] == [len(run.suites) for run in kept[-2:]]


def test_suites_of_both_kinds_with_the_same_name_have_each_their_own_history() -> None:
    conversation = pizza(FAILED)
    batch = replace(conversation, suites=tuple(replace(suite, kind="batch") for suite in conversation.suites))

    assert [] == trends(after(conversation, batch, batch))
    assert ["failed in 2 of the last 2 runs, this one included"] == trends(after(batch, batch))


@given(st.data())
def test_a_history_changes_nothing_but_trends(data: st.DataObject) -> None:
    steps = data.draw(st.lists(st.sampled_from([PASSED, FAILED, failed_step("hi")]), min_size=1, max_size=4))
    job = pizza(*steps)
    told = after(job, *data.draw(st.lists(st.sampled_from([pizza(PASSED), pizza(FAILED), job]), max_size=5)))

    assert (job.verdict, job.exit_code, job.counts) == (told.verdict, told.exit_code, told.counts)
    for before, suite in zip(job.suites, told.suites, strict=True):
        assert before == replace(suite, steps=tuple(one._replace(trend=None) for one in suite.steps))


def test_a_run_is_the_same_after_it_was_written_and_read() -> None:
    runs = list(past(pizza(FAILED), pizza(PASSED)))

    assert runs == read_history(history_file(runs))
