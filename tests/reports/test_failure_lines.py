"""The part of the log that tells what failed: each thing once, and never endless."""

import subprocess

import pytest
from support.answers import answer, assertion, failed_step, in_ci, job_of, record_of, report_of, response, step
from support.policies import NOW, failed, quarantine, retried

from koregate.arguments import options as options_of
from koregate.arguments import parse
from koregate.errors import Problem
from koregate.judging.results import JobResult
from koregate.policy.apply import apply_policy
from koregate.policy.rules import Policy
from koregate.reports.failure_lines import attach_lines, failure_lines
from koregate.reports.log_line import Line
from koregate.runs.record import RunRecord, StopReason
from koregate.verdicts import Verdict


def told(job: JobResult) -> list[str]:
    return list(map(str, failure_lines(job)))


def many(steps: int) -> JobResult:
    return report_of(Pizza=answer(*[failed_step(f"input {n}") for n in range(1, steps + 1)], status="failed"))


def stopped(suite: str, message: str, verdict: Verdict = Verdict.ERROR, code: int = 4) -> RunRecord:
    return RunRecord(suite, f"ctr-{suite}", stop=StopReason(verdict, code, message))


def test_a_passed_job_has_no_failures_to_tell() -> None:
    assert [] == told(report_of(Pizza=answer(step())))


def test_invalid_inputs_are_reported_once_and_not_again_at_the_end() -> None:
    assert [] == told(JobResult.for_invalid_inputs([Problem("host", "is required.")]))


def test_a_failed_step_is_followed_by_its_test_cases() -> None:
    assert [
        'FAILED Pizza, step 1 "input 1"',
        '  1.1 text: expected "Which size?"',
        '            actual   "Sorry, what?"',
    ] == told(many(1))


def test_only_the_verdict_of_a_line_may_be_colored() -> None:
    assert Line("", "FAILED", ' Pizza, step 1 "input 1"') == next(failure_lines(many(1)))


def test_a_step_that_only_follows_from_another_says_so_and_has_no_color() -> None:
    wrong = response("Hello?", flow=assertion("failed", [{"status": "failed"}]))
    lost = step("b", "failed", [wrong], [wrong])
    job = report_of(Pizza=answer(failed_step("a"), lost, failed_step("c"), status="failed"))
    lines = told(job)

    colored = [line.words for line in failure_lines(job) if isinstance(line, Line)]
    assert ["FAILED"] * 2 == colored
    titles = [line for line in lines if line.startswith("FAILED")]
    assert [False, False, True] == ["(likely a consequence of step 2)" in title for title in titles]


def test_up_to_twenty_failed_steps_are_all_reported_and_more_are_counted() -> None:
    assert [f'FAILED Pizza, step {n} "input {n}"' for n in range(1, 21)] == told(many(20))[1::3]
    assert "  … and 5 more failed steps in this suite." == told(many(25))[61]
    assert "  … and 1 more failed step in this suite." == told(many(21))[61]


def test_that_all_failed_steps_got_one_answer_stands_above_them() -> None:
    same = 'All 5 failed steps got the same answer: "Sorry, what?" The bot or a service behind it may be down, or the'

    assert f"{same} change may have broken the bot." == told(many(5))[0]
    assert not any("the same answer" in line for line in told(many(4)))


def test_no_suite_is_left_out_for_the_later_failures_of_another() -> None:
    bad = answer(*[failed_step(f"input {n}") for n in range(1, 100)], status="failed")
    lines = told(report_of(A=bad, B=bad, C=answer(failed_step("only"), status="failed")))

    titles = [line for line in lines if line.startswith("FAILED")]
    assert [10, 9, 1] == [sum(line.startswith(f"FAILED {name},") for line in titles) for name in "ABC"]
    assert "  … and 89 more failed steps in this suite." in lines


def test_of_very_many_failed_suites_the_first_are_reported_and_the_rest_is_counted() -> None:
    bad = answer(*[failed_step(f"input {n}") for n in range(1, 61)], status="failed")
    lines = told(report_of(**{f"Suite {n}": bad for n in range(1, 101)}))

    assert 20 == sum(line.startswith("FAILED") for line in lines)
    assert "… and failures in 80 more test suites." in lines
    assert len(lines) < 100


def test_a_step_with_very_many_failures_tells_the_first_ten() -> None:
    bad = [response(f"Hello {n}", text_=assertion("failed")) for n in range(25)]
    good = [response("Bye") for _ in bad]
    lines = told(report_of(Pizza=answer(step("hi", "failed", bad, good), status="failed")))

    assert 22 == len(lines)
    assert "  … and 15 more failed test cases in this step." == lines[-1]


def test_a_step_that_no_assertion_explains_names_the_run_to_open() -> None:
    job = report_of(Pizza=answer(step(status="failed"), status="failed"))

    assert [
        'FAILED Pizza, step 1 "hi"',
        "  Step 1 failed on the platform, but no assertion says why. Open test run ctr-1 in the App Builder.",
    ] == told(job)


def test_a_run_without_proof_has_its_reasons() -> None:
    job = report_of(Pizza=answer(step(), result__status="odd", totalTestStepsCount=3))

    assert [
        "ERROR Pizza",
        (
            '  The status of the result is "odd", which is neither passed nor failed. Steps 2 and 3 of 3 '
            "are missing: the platform announced 3 steps but returned 1. The platform announced 3 steps but counts 1. "
            "So the suite cannot be counted as passed."
        ),
    ] == told(job)


def test_what_is_wrong_with_several_runs_in_the_same_way_is_reported_once() -> None:
    message = "The platform rejected the credentials (401). Check them."
    records = [stopped(f"S{n}", message, code=3) for n in range(8)]

    assert [
        "ERROR S0, S1, S2, S3, S4 and 3 more",
        f"  {message}",
        "TIMEOUT Late",
        "  No end within 30m.",
    ] == told(job_of(*records, stopped("Late", "No end within 30m.", Verdict.TIMEOUT, 5)))


@pytest.mark.parametrize(("suites", "end"), [(6, "S3, S4, S5"), (7, "S3, S4 and 2 more")])
def test_a_single_name_beyond_the_limit_is_not_hidden_behind_a_number(suites: int, end: str) -> None:
    title, _ = told(job_of(*[stopped(f"S{n}", "No start.") for n in range(suites)]))

    assert f"ERROR S0, S1, S2, {end}" == title


def test_a_cancelled_suite_is_reported_only_if_the_line_for_the_signal_does_not_say_it_all() -> None:
    plain = stopped("Plain", "Canceled by SIGTERM.", Verdict.CANCELLED, 143)
    more = "Canceled by SIGTERM. A start request was open, so the test run may have started."

    assert ["CANCELLED More", f"  {more}"] == told(job_of(plain, stopped("More", more, Verdict.CANCELLED, 143)))


def test_a_failed_suite_with_doubts_has_those_on_one_line_without_what_was_reported_above() -> None:
    job = report_of(
        Clear=answer(failed_step(), status="failed"),
        Doubtful=answer(
            failed_step(), step(status="odd"), status="failed", result__stepDetails=None, totalTestStepsCount=3
        ),
    )

    assert ["[Doubtful] Also: Step 3 of 3 is missing: the platform announced 3 steps but returned 2."] == [
        line for line in told(job) if line.startswith("[")
    ]


def test_very_many_doubts_are_cut_and_counted() -> None:
    others = {f"result__stepDetails__other{n}": n + 1 for n in range(40)}
    reply = answer(failed_step(), status="failed", totalTestStepsCount=9, **others)

    (line,) = [line for line in told(report_of(Pizza=reply)) if "Also:" in line]
    assert len(line) <= 1_000


@pytest.mark.parametrize(
    ("reply", "lines"),
    [
        (
            answer(failed_step(), status="failed", result__errorDetails="Timed out."),
            ["FAILED Pizza", '  The platform reports an error: "Timed out."'],
        ),
        (
            answer(step(), status="failed", result__errorDetails="Timed out."),
            [
                "FAILED Pizza",
                '  The platform reports the test run as failed. The platform reports an error: "Timed out."',
            ],
        ),
    ],
    ids=["failed", "failed without a failed step"],
)
def test_an_error_that_the_platform_reports_is_reported_whatever_the_verdict(reply: object, lines: list[str]) -> None:
    log = told(report_of(Pizza=reply))

    place = log.index(lines[0])
    assert lines == log[place : place + 2]
    assert 1 == "\n".join(log).count("Timed out.")


def test_only_runs_that_are_still_running_are_offered_for_attaching() -> None:
    late = stopped("Late", "No end within 30m.", Verdict.TIMEOUT, 5)
    later = stopped("Later", "No end within 30m.", Verdict.TIMEOUT, 5)
    never = RunRecord("Never", None, stop=StopReason(Verdict.ERROR, 3, "The platform rejected the token."))
    refused = stopped("Refused", "Test Run not found.")._replace(is_unconfirmed=True)
    ended = record_of("Ended", answer(failed_step(), status="failed"), "ctr-3")

    first = "The test runs of Late and Later may still be running on the platform. The"
    assert [
        f"{first} inputs that attach to them:",
        "  test-suites: |",
        "    Late",
        "    Later",
        "  test-run-ids: |",
        "    ctr-Late",
        "    ctr-Later",
    ] == list(attach_lines(in_ci(job_of(late, never, refused, ended, later))))
    assert [] == list(attach_lines(job_of(never, refused, ended)))
    assert next(attach_lines(job_of(late))).startswith("The test run of Late may still be running on the platform.")


def test_a_shell_gets_a_command_to_paste_that_it_reads_as_these_names() -> None:
    stop = StopReason(Verdict.TIMEOUT, 5, "No end within 30m.")
    job = job_of(RunRecord("Ann's $(pizza)", "ctr-1", stop=stop), RunRecord("--hours", "ctr-2", stop=stop))
    first, *lines = attach_lines(job)

    assert first.endswith("The command that attaches to them:")
    pasted = "\n".join(["koregate() { printf '%s\\n' \"$@\"; }", *lines])
    words = subprocess.run(["sh", "-c", pasted], capture_output=True, text=True, check=True).stdout.splitlines()
    assert "run" == words.pop(0)
    assert {"test-suites": "Ann's $(pizza)\n--hours", "test-run-ids": "ctr-1\nctr-2"} == options_of(parse(words))


def test_the_names_offered_for_attaching_are_those_of_the_platform() -> None:
    stop = StopReason(Verdict.TIMEOUT, 5, "No end within 30m.")
    job = job_of(RunRecord("Pizza", "ctr-1", stop=stop), RunRecord("Pizza", "ctr-2", stop=stop))

    assert ["    Pizza", "    Pizza"] == list(attach_lines(in_ci(job)))[2:4]


def test_of_very_many_runs_the_first_hundred_are_offered() -> None:
    lines = list(attach_lines(in_ci(job_of(*[stopped(f"S{n}", "No end.", Verdict.TIMEOUT, 5) for n in range(101)]))))

    assert 204 == len(lines)
    assert "  … and 1 more run: see report.json." == lines[-1]


def test_a_long_message_is_cut_to_a_line() -> None:
    assert all(len(line) <= 1_000 for line in told(job_of(stopped("Pizza", "x" * 5_000))))


def test_a_line_of_the_log_has_at_most_a_thousand_characters() -> None:
    steps = [failed_step(), *[step(status="odd") for _ in range(5_000)]]
    lines = told(report_of(Pizza=answer(*steps, status="failed", result__errorDetails="x" * 5_000)))

    assert all(len(line) <= 1_000 for line in lines)


def test_the_failures_take_at_most_five_hundred_lines_and_one_per_suite() -> None:
    bad = {"flow": assertion("failed"), "text_": assertion("failed"), "context": assertion("failed")}
    steps = [step("x" * 500, "failed", [response("Hello", **bad)] * 10, [response("Bye", **bad)] * 10)] * 25
    reply = answer(*steps, status="failed", totalTestStepsCount=26)

    assert len(told(report_of(**{f"Suite {n}": reply for n in range(10)}))) <= 500 + 10


def test_a_tolerated_flaky_failure_shows_the_texts_of_the_run_that_failed() -> None:
    job = apply_policy(retried(failed(failed_step("a")), answer(step("a"))), Policy(NOW, flaky="pass"))

    assert [
        'TOLERATED Pizza, step 1 "a"',
        '  1.1 text: expected        "Which size?"',
        '            actual in run 1 "Sorry, what?"',
        "  Why it is tolerated: failed in 1 of 2 runs and passed in the last one",
    ] == told(job)


def test_a_reason_that_several_tolerated_failures_share_stands_once_above_them() -> None:
    steps = [failed_step("a"), step("b"), failed_step("c"), failed_step("d")]
    job = apply_policy(report_of(Pizza=failed(*steps)), Policy(NOW, quarantine=quarantine("a", "c", "d")))
    two = apply_policy(retried(failed(*steps[1:]), answer(*map(step, "bcd"))), Policy(NOW, flaky="pass"))

    titles = [f'TOLERATED Pizza, step {number} "{said}"' for number, said in ((1, "a"), (3, "c"), (4, "d"))]
    lines = told(job)
    assert [
        "Why these 3 test cases are tolerated: quarantined until 2026-12-24 (29 days left, owner Ann): Prices change."
    ] == [line for line in lines if "tolerated:" in line]
    assert ["Why these", *titles] == [lines[0][:9], *(line for line in lines if line.startswith("TOLERATED"))]
    assert ["Why these 2 test cases are tolerated: failed in 1 of 2 runs and passed in the last one"] == [
        line for line in told(two) if "tolerated:" in line
    ]
