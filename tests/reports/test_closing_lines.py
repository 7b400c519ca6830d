"""The end of the log: what failed first, what to do next, and where the reports are."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from support.answers import answer, assertion, failed_step, in_ci, job_of, report_of, response, step
from support.policies import failed, failing

from koregate.errors import Problem
from koregate.judging.results import JobResult
from koregate.reports.closing_lines import first_failure_lines, next_lines, reports_line
from koregate.runs.record import RunRecord, StopReason
from koregate.verdicts import Verdict


def closing_lines(job: JobResult) -> Iterator[str]:
    yield from first_failure_lines(job)
    yield from next_lines(in_ci(job))


NEXT = [
    "What to do next:",
    (
        "  Compare expected and actual. Is the bot's answer wrong? Correct the bot. "
        "Is it right? Correct the suite in the App Builder."
    ),
    "  Then push, or re-run the failed job if you corrected it on the platform.",
]


def test_the_first_failed_step_is_named_with_expected_and_actual_below_each_other() -> None:
    assert [
        'First failure: Pizza > step 2 "a" > 2.1 text',
        '  expected "Which size?"',
        '  actual   "Sorry, what?"',
        *NEXT,
    ] == list(closing_lines(report_of(Pizza=failed(step(), failed_step("a"), failed_step("b")))))


def test_a_single_failed_step_is_not_repeated() -> None:
    assert NEXT == list(closing_lines(report_of(Pizza=failed(step(), failed_step("a")))))


def test_it_names_the_other_test_case_or_says_how_many_more_the_step_has_and_how_many_steps_likely_follow_from_it() -> (
    None
):
    bad = response("Hello?", text_=assertion("failed"), flow=assertion("failed", [{"status": "failed"}]))
    lost = step("a", "failed", [bad], [bad])
    worst = response("Hello?", text_=assertion("failed"), flow=assertion("failed"), context=assertion("failed"))
    one, two, none = (
        list(first_failure_lines(report_of(Pizza=failed(first, *[failed_step(f"b{n}") for n in range(more)]))))
        for first, more in ((lost, 1), (lost, 2), (step("a", "failed", [worst], [worst]), 1))
    )

    assert ["  … and 1.1 text in this step.", "  Likely consequence of it: 1 failed step."] == one[-2:]
    assert "  Likely consequences of it: 2 failed steps." == two[-1]
    assert "  … and 2 more in this step." in none


def test_a_suite_that_failed_comes_before_a_run_without_a_result_and_a_cause_before_its_consequence() -> None:
    stopped = RunRecord("Late", "ctr-9", stop=StopReason(Verdict.TIMEOUT, 5, "No end within 30m."))
    both = job_of(stopped)
    both = both.with_suites(
        [*both.suites, *report_of(Pizza=failed(failing("lost", "flow"), failed_step("then"))).suites]
    )

    assert next(closing_lines(both)).startswith('First failure: Pizza > step 1 "lost" > 1.1 flow')
    assert next(closing_lines(job_of(stopped))) == "What to do next:"


def test_a_step_without_a_reason_and_an_utterance_are_named_too() -> None:
    bare = report_of(Pizza=failed(step("hi", status="failed"), failed_step("a")))
    job = report_of(Pizza=failed(failed_step("a"), failed_step("b")))
    batch = job.with_suites([replace(suite, kind="batch") for suite in job.suites])

    assert [
        'First failure: Pizza > step 1 "hi"',
        "  Step 1 failed on the platform, but no assertion says why.",
    ] == list(closing_lines(bare))[:2]
    assert next(closing_lines(batch)) == 'First failure: Pizza > utterance 1 "a" > 1.1 text'


def test_a_job_that_needs_nothing_ends_with_nothing() -> None:
    assert [] == list(closing_lines(report_of(Pizza=answer(step()))))


def test_a_job_without_credentials_says_how_to_test_the_bot() -> None:
    assert [
        "What to do next:",
        "  Run the tests from a branch of this repository before you merge.",
    ] == list(closing_lines(JobResult.for_skipped_job("No credentials.")))


def test_invalid_inputs_say_what_to_do_below_their_problems() -> None:
    assert [
        "What to do next:",
        "  Correct the inputs.",
        (
            "  If you changed a file of the repository, push it. If you changed a secret or something on the platform, "
            "re-run the failed job."
        ),
    ] == list(closing_lines(JobResult.for_invalid_inputs([Problem("host", "is required.")])))


def test_the_page_is_named_first() -> None:
    outputs = {"html-path": "r/report.html", "junit-path": "r/junit.xml", "json-path": "r/report.json"}

    assert "Reports: r/report.html to read, r/junit.xml and r/report.json for programs." == reports_line(outputs)


@pytest.mark.parametrize(
    ("missing", "line"),
    [
        (("html-path",), "Reports: r/junit.xml and r/report.json for programs."),
        (("junit-path",), "Reports: r/report.html to read, r/report.json for programs."),
        (("junit-path", "json-path"), "Reports: r/report.html to read."),
        (("html-path", "junit-path", "json-path"), "Reports: none could be written."),
    ],
)
def test_a_report_that_is_missing_has_no_place(missing: tuple[str, ...], line: str) -> None:
    outputs = {"html-path": "r/report.html", "junit-path": "r/junit.xml", "json-path": "r/report.json"}

    assert line == reports_line({**outputs, **dict.fromkeys(missing, "")})


def test_the_first_failure_is_repeated_only_if_it_is_out_of_sight_and_decides() -> None:
    few, many = (report_of(Pizza=failed(*[failed_step(f"a{n}") for n in range(number)])) for number in (9, 10))

    assert [] == list(first_failure_lines(few, 39))
    assert list(first_failure_lines(few, 40))
    assert list(first_failure_lines(many, 20))
    assert [] == list(
        first_failure_lines(many.with_error("Only 10 test cases have a result, and min-tests requires 30."), 60)
    )


@pytest.mark.parametrize("system", ["", "github", "gitlab"])
@pytest.mark.parametrize(
    "stop",
    [
        StopReason(Verdict.ERROR, 3, "The platform rejected the token."),
        StopReason(Verdict.TIMEOUT, 5, "No end within 30m (timeout)."),
        StopReason(Verdict.CANCELLED, 130, "Canceled by SIGINT."),
    ],
    ids=lambda stop: str(stop.verdict),
)
def test_a_demo_advises_no_command_that_needs_a_platform(stop: StopReason, system: str) -> None:
    job = in_ci(job_of(RunRecord("Late", "ctr-1", stop=stop)), system)
    would = "  With a bot of your own, you would then start koregate run again."

    told = [*next_lines(job, is_demo=True)]
    assert 1 == told.count(would)
    assert not any(word in line for word in ("koregate", "job", "ttach") for line in told if line != would)
    assert told != [*next_lines(job)]
