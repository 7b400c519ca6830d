"""The first words of every report: which suites did not pass, and how many test cases."""

import html
import json
import re
from dataclasses import replace
from typing import Any

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import batch
from support.answers import answer, failed_step, in_ci, job_of, record_of, report_of, step
from support.page import page_of
from support.policies import NOW, quarantine, retried
from support.tolerances import tolerated_job

from koregate.errors import Problem
from koregate.inputs import FailOn, Flaky
from koregate.judging.cases import Tolerance, ToleranceKind
from koregate.judging.results import JobResult
from koregate.policy.apply import apply_policy
from koregate.policy.fail_on import with_exit_code
from koregate.policy.rules import Policy
from koregate.reports import comment, summary
from koregate.reports.headline import counted, effect_of, headline, worst_first
from koregate.reports.next_steps import next_steps, with_code
from koregate.reports.verdict_lines import verdict_lines
from koregate.runs.record import RunRecord, StopReason
from koregate.verdicts import Verdict

FAILED = answer(step(), failed_step(), status="failed")
ONE_BAD = answer(failed_step(), status="failed")


def flaky(setting: Flaky) -> JobResult:
    """A job whose suite failed first and passed when it ran again."""
    good = answer(step(), step("pizza"))
    return apply_policy(retried(FAILED, good), Policy(NOW, flaky=setting))


def refused(suite: str, code: int) -> RunRecord:
    message = f'The platform rejected the credentials ({code} "Permission denied."). Grant the scope.'
    return RunRecord(suite, None, stop=StopReason(Verdict.ERROR, 3, message))


def without_scope(suite: str, code: int, said: str, scope: str = "Train ML") -> RunRecord:
    stop = refused(suite, code).stop
    assert stop is not None
    what = "scope of the token" if "Scope" in said else "credentials"
    message = f'The platform rejected the {what} ({code} "{said}").'
    advice = f'Grant the scope "{scope}" to the JWT app and publish the app with its API scopes.'
    return refused(suite, code)._replace(stop=stop._replace(message=message, advice=advice))


def stopped(suite: str, verdict: Verdict, exit_code: int) -> RunRecord:
    return RunRecord(suite, None, stop=StopReason(verdict, exit_code, "Stopped."))


def lost(suite: str) -> RunRecord:
    reason = "Cannot find the host x (3 attempts, no request was sent)."
    return RunRecord(suite, None, stop=StopReason(Verdict.ERROR, 4, reason))


def timed_out(suite: str, limit: str, run_id: str | None = None) -> RunRecord:
    return RunRecord(suite, run_id, stop=StopReason(Verdict.TIMEOUT, 5, f"No end within 10m ({limit})."))


def advised(number: int) -> StopReason:
    return StopReason(Verdict.ERROR, 4, "Stopped.", f"Do {number}.")


def out_of_sync(suite: str) -> RunRecord:
    message = "The app's model is not trained on its changes, so no test run was started: out of sync with Sentences."
    return RunRecord(suite, None, stop=StopReason(Verdict.ERROR, 4, message, "Train the app."))


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (report_of(A=answer(step())), "The suite passed"),
        (report_of(A=answer(step()), B=answer(step())), "Both suites passed"),
        (report_of(A=FAILED), "The suite failed: A"),
        (report_of(A=answer(step()), B=FAILED, C=FAILED), "2 of 3 suites failed: B, C"),
        (job_of(stopped("A", Verdict.TIMEOUT, 5), record_of("B", answer(step()))), "1 of 2 suites timed out: A"),
        (job_of(stopped("A", Verdict.CANCELLED, 143)), "The suite was canceled: A"),
        (
            job_of(stopped("A", Verdict.CANCELLED, 143), stopped("B", Verdict.CANCELLED, 143)),
            "2 of 2 suites were canceled: A, B",
        ),
        (
            job_of(stopped("A", Verdict.ERROR, 4), record_of("B", FAILED)),
            "1 of 2 suites failed: B; 1 has no result: A",
        ),
        (
            job_of(
                stopped("A", Verdict.TIMEOUT, 5),
                record_of("B", FAILED),
                stopped("C", Verdict.TIMEOUT, 5),
                record_of("D", FAILED),
                record_of("E", answer(step())),
            ),
            "2 of 5 suites failed: B, D; 2 timed out: A, C",
        ),
        (tolerated_job(report_of(A=FAILED)), "The suite has tolerated failures: A"),
        (
            JobResult.for_invalid_inputs([Problem("host", "is required.")]),
            "Error: the inputs are invalid, so no suite ran",
        ),
        (JobResult.for_skipped_job("Skipped."), "No suite ran"),
        (report_of(**{f"S{n}": FAILED for n in range(8)}), "8 of 8 suites failed: S0, S1, S2, S3 and 4 more"),
        (
            job_of(
                *[record_of(f"S{n}", FAILED) for n in range(3)], *[stopped(f"T{n}", Verdict.ERROR, 4) for n in "012"]
            ),
            "3 of 6 suites failed: S0, S1, S2; 3 have no result: T0 and 2 more",
        ),
        (
            job_of(*[record_of(f"S{n}", FAILED) for n in range(5)], stopped("T", Verdict.TIMEOUT, 5)),
            "5 of 6 suites failed: S0, S1, S2, S3, S4; 1 timed out",
        ),
        (job_of(refused("A", 401)), "The platform rejected the credentials (HTTP 401)"),
        (job_of(refused("A", 403), refused("B", 403)), "The platform rejected the credentials (HTTP 403)"),
        (
            job_of(without_scope("A", 401, "Scope is incorrect!"), without_scope("B", 401, "Scope is incorrect!")),
            'The platform rejected the scope of the token (HTTP 401): the scope "Train ML" is missing',
        ),
        (
            job_of(without_scope("A", 403, "Permission denied.")),
            'The platform rejected the credentials (HTTP 403): the scope "Train ML" may be missing',
        ),
        (
            job_of(without_scope("A", 401, "Scope!"), without_scope("B", 401, "Scope!", "Batch Tests Execution")),
            "The platform rejected the scope of the token (HTTP 401)",
        ),
        (
            job_of(without_scope("A", 401, "Scope!"), refused("B", 401)),
            "The platform rejected the credentials (HTTP 401)",
        ),
        (job_of(*map(out_of_sync, "AB")), "The app's model is not trained on its changes, so no test run was started"),
        (job_of(lost("A"), lost("B")), "Cannot find the host x"),
        (job_of(lost("A"), record_of("B", answer(step()))), "1 of 2 suites has no result: A (cannot find the host x)"),
        (
            job_of(out_of_sync("A"), stopped("B", Verdict.ERROR, 4)),
            "2 of 2 suites have no result: A, B",
        ),
        (job_of(stopped("A", Verdict.ERROR, 4), stopped("B", Verdict.ERROR, 4)), "A, B have no result: stopped"),
        (
            job_of(stopped("A", Verdict.ERROR, 4), record_of("B", answer(step()))),
            "1 of 2 suites has no result: A (stopped)",
        ),
        # A message in a reply of success.
        (job_of(refused("A", 200)), "The platform rejected the credentials"),
        (job_of(stopped("A", Verdict.ERROR, 3)), "The platform rejected the credentials"),
        (
            job_of(refused("A", 401), record_of("B", FAILED)),
            "1 of 2 suites failed: B; 1 has no result: A",
        ),
        (flaky("fail"), "The suite failed, then passed when it ran again: Pizza"),
        (flaky("pass"), "The suite has tolerated flaky failures: Pizza"),
        (
            flaky("fail").with_suites([*flaky("fail").suites, *report_of(A=FAILED, B=answer(step())).suites]),
            "1 of 3 suites failed: A; 1 failed, then passed when it ran again: Pizza",
        ),
        # It failed when it ran again, too.
        (apply_policy(retried(FAILED, FAILED), Policy(NOW)), "The suite failed: Pizza"),
    ],
)
def test_the_headline_names_the_suites_that_did_not_pass(job: JobResult, words: str) -> None:
    assert words == headline(job)


def test_counts_leave_out_what_is_zero() -> None:
    cases = "test cases (one per assertion) passed"
    assert f"1 of 2 steps passed. 1 of 2 {cases}, 1 failed." == counted(report_of(A=FAILED))
    assert f"1 of 1 steps passed. 1 of 1 {cases}." == counted(report_of(A=answer(step())))
    assert f"1 of 2 steps passed. 1 of 2 {cases}, 1 tolerated." == counted(tolerated_job(report_of(A=FAILED)))


def test_without_any_result_there_is_nothing_to_count() -> None:
    started = stopped("A", Verdict.TIMEOUT, 5)._replace(run_id="ctr-1", reply=json.dumps(answer(status="new")).encode())

    assert "" == counted(job_of(started)) == counted(job_of(refused("A", 401)))
    told = "0 of 1 steps passed. 0 of 1 test cases (one per assertion) passed, 1 failed."
    # The effect says that a suite has no result, as the reason of the verdict.
    assert told == counted(job_of(started, record_of("B", ONE_BAD)))
    assert effect_of(job_of(started, record_of("B", ONE_BAD))).endswith(" because 1 suite has no result.")


def test_the_test_case_of_a_whole_run_is_no_count() -> None:
    assert "2 of 3 utterances passed." == counted(job_of(batch.record(batch.reply(2, 1), None)))


def test_a_run_without_a_result_is_named_and_is_no_test_case() -> None:
    short = answer(step(), totalTestStepsCount=2)
    told = "The suite has no result: 1 of 2 steps passed, which is incomplete."

    assert told == counted(report_of(A=short))
    assert "2 suites have no result: 2 of 4 steps passed, which is incomplete." == counted(report_of(A=short, B=short))
    # What koregate could not write is no matter of a suite.
    assert "suite" not in counted(report_of(A=answer(step())).with_missing_reports(["junit.xml"]))


def test_a_step_that_failed_in_an_earlier_run_did_not_pass_whether_it_blocks_or_not() -> None:
    told = "1 of 2 steps passed in every run. 1 of 2 test cases (one per assertion) passed in every run"
    assert f"{told}, 1 only in the last run (flaky, counted as failed)." == counted(flaky("fail"))
    assert f"{told}, 1 only in the last run (flaky, tolerated)." == counted(flaky("pass"))
    assert ["2 2 0", "2 1 1", "2 1 1"] == [
        "{} {} {}".format(*told)
        for told in (flaky("fail").step_counts, flaky("fail").verdict_steps, flaky("pass").verdict_steps)
    ]


@pytest.mark.parametrize(
    ("first", "second", "sign", "title"),
    [
        (stopped("A", Verdict.ERROR, 4), FAILED, "❌", "! error: 2 suites"),
        (stopped("A", Verdict.TIMEOUT, 5), FAILED, "❌", "! timeout: 2 suites"),
        (stopped("A", Verdict.CANCELLED, 143), FAILED, "❌", "■ cancelled: 2 suites"),
        (stopped("A", Verdict.ERROR, 4), answer(step()), "⚠️", "! error: 1 of 2 suites"),
        (record_of("A", answer(step())), answer(step()), "✅", "✓ passed: 2 suites"),
    ],
)
def test_a_suite_that_failed_gives_the_headline_its_sign_and_the_verdict_keeps_its_own(
    first: RunRecord, second: Any, sign: str, title: str
) -> None:
    job = job_of(first, record_of("B", second))

    for text in (summary.render(job), comment.render(job, "", 60_000)):
        assert text.startswith(f"## {sign} Conversation tests: ")
    root = page_of(job)
    assert f"{title} - koregate" == root.only("title").text
    assert title.partition(":")[0] == root.only("h1").words.lower()


def test_suites_that_failed_come_first_and_keep_their_numbers() -> None:
    job = report_of(A=answer(step()), B=FAILED, C=answer(step()))
    assert [2, 1, 3] == [number for number, _ in worst_first(job.suites)]


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (
            report_of(A=FAILED),
            ["Compare expected and actual", "Then push, or re-run the failed job if you corrected it on the platform."],
        ),
        (
            job_of(stopped("A", Verdict.ERROR, 3)),
            ["Check the credentials", "Check with `koregate doctor`", "Then re-run the failed job."],
        ),
        (job_of(stopped("A", Verdict.ERROR, 4)), ["Re-run the failed job"]),
        (
            job_of(record_of("A", answer(status="aborted"))),
            ["Re-run the failed job.", "If the suite has no result again, check it in the App Builder."],
        ),
        (
            report_of(A=answer(step("a", "failed"), status="failed")),
            ["Open test run `", "Then re-run the failed job."],
        ),
        # No limit ended the wait for a test run that never started.
        (job_of(stopped("A", Verdict.TIMEOUT, 5)), ["Re-run the failed job."]),
        (
            job_of(stopped("A", Verdict.CANCELLED, 143)),
            ["If a newer push canceled this job, there is nothing to do.", "Re-run the failed job"],
        ),
        (job_of(out_of_sync("A"), out_of_sync("B")), ["Train the app.", "Then re-run the failed job."]),
        (
            job_of(record_of("A", answer(step(), totalTestStepsCount=3)), record_of("B", FAILED)),
            [
                "B: Compare expected and actual",
                "Then push, or re-run the failed job if you corrected it on the platform.",
                "If A has no result again, check it in the App Builder.",
            ],
        ),
        # What is for all of them names none.
        (
            report_of(A=FAILED, B=FAILED),
            ["Compare expected and actual", "Then push, or re-run the failed job if you corrected it on the platform."],
        ),
        (
            report_of(A=FAILED, **{name: answer(step("a", "failed"), status="failed") for name in "BCDEFG"}),
            [
                "A: Compare expected and actual",
                "B, C, D, E and 2 more: Open the test run",
                "Then push, or re-run the failed job if you corrected it on the platform.",
            ],
        ),
        (
            report_of(A=FAILED, B=answer(step())),
            ["Compare expected and actual", "Then push, or re-run the failed job if you corrected it on the platform."],
        ),
        (
            report_of(A=FAILED).with_missing_reports(["junit.xml"]),
            [
                "Check `report-dir` and the disk.",
                "Compare expected and actual",
                "Then push, or re-run the failed job if you corrected it on the platform.",
            ],
        ),
        (
            job_of(timed_out("A", "timeout"), record_of("B", FAILED)),
            ["B: Compare expected", "Then push, or re-run", "A: If it times out again, increase `timeout`"],
        ),
        (
            report_of(A=answer(step(), totalTestStepsCount=3)),
            ["Re-run the failed job.", "If the suite has no result again"],
        ),
        (job_of(batch.record(batch.reply(2, 1, status="odd"), None)), ["Look at the run", "Then re-run the failed"]),
        (
            job_of(timed_out("A", "stall-timeout")),
            ["Re-run", "If it times out again, increase `stall-timeout` in"],
        ),
        (job_of(timed_out("A", "timeout")), ["Re-run", "If it times out again, increase `timeout` in"]),
        (
            job_of(timed_out("A", "timeout", "ctr-1")),
            [
                "The test run of A may still be running on the platform.",
                "To get the result of this test run, replace `test-suites` in `with:` of",
                "To start a new one instead, re-run the failed job.",
                "If it times out again, increase `timeout` in",
            ],
        ),
        (
            job_of(timed_out("A", "timeout", "ctr-1"), timed_out("B", "stall-timeout", "ctr-2")),
            [
                "The test runs of A and B may still be running on the platform.",
                "To get the results of these test runs, replace `test-suites` in `with:` of",
                "To start new test runs instead, re-run the failed job.",
                "If a suite times out again, increase `stall-timeout` and `timeout` in",
            ],
        ),
        (
            job_of(*(out_of_sync("A")._replace(stop=advised(number)) for number in range(9))),
            [
                "A: Do 0.",
                *(f"A ({number + 1}): Do {number}." for number in range(1, 5)),
                "The full report has more advice",
                "Then re-run the failed",
            ],
        ),
        (
            JobResult.for_invalid_inputs([Problem("host", "is required.")]),
            ["Correct the inputs", "If you changed a file of the repository, push it."],
        ),
        (report_of(A=answer(step())), []),
        (
            tolerated_job(report_of(A=FAILED), Tolerance(ToleranceKind.KNOWN, "Known.")),
            ["Nothing needs to be done before the merge.", "The tolerated failure stays"],
        ),
        (
            with_exit_code(report_of(A=FAILED), "never"),
            ["Compare expected", "Then push, or re-run the job if you corrected it on the platform."],
        ),
    ],
)
def test_each_end_that_is_no_pass_says_what_to_do_next(job: JobResult, words: list[str]) -> None:
    sentences = next_steps(in_ci(job))
    assert len(words) == len(sentences)
    assert all(map(str.startswith, sentences, words))


def quarantined(*until: str) -> JobResult:
    """A job whose failures are tolerated, each by an entry that ends on one of these days."""
    days = dict(enumerate(until))
    files = [quarantine(f"pizza {number}", until=day) for number, day in days.items()]
    together = files[0]._replace(entries=tuple(entry for file in files for entry in file.entries))
    bad = answer(step(), *[failed_step(f"pizza {number}") for number in days], status="failed")
    return apply_policy(report_of(Pizza=bad), Policy(NOW, quarantine=together))


def test_quarantined_failures_ask_for_a_review_of_their_entries() -> None:
    one, same, others = (
        quarantined("2026-12-24"),
        quarantined("2026-12-24", "2026-12-24"),
        quarantined("2026-12-24", "2026-12-20"),
    )
    assert (
        "The tolerated failure stays in the reports until its owner (Ann) corrects it.",
        "Review the entry in q.toml.",
        "Correct the bot or the suite by 2026-12-24. After that day the failure blocks again.",
    ) == next_steps(one)
    assert (
        "The tolerated failures stay in the reports until their owner (Ann) corrects them.",
        "Review the entries in q.toml.",
        "Correct the bot or the suite by 2026-12-24. After that day the failures block again.",
    ) == next_steps(same)
    assert (
        "Correct the bot or the suite by 2026-12-20, when the first entry ends. Each failure blocks again when its "
        "entry has ended."
    ) == next_steps(others)[2]


@pytest.mark.parametrize(
    ("added", "words"),
    [
        (("the entry on line 1",), "Review the entry on line 1 in q.toml, which this change adds."),
        (tuple("abcde"), "Review a; b; c and 2 more in q.toml, which this change adds."),
    ],
)
def test_entries_that_the_change_adds_are_named(added: tuple[str, ...], words: str) -> None:
    job = quarantined("2026-12-24")

    # That is what a reviewer has to do, so it comes first.
    assert words == next_steps(replace(job, policy=job.policy._replace(added=added)))[0]


@given(st.text(alphabet="ab `<>:-&", max_size=30))
def test_names_in_backticks_are_code_and_all_else_is_escaped(text: str) -> None:
    made = with_code(f"x{text}", html.escape)

    root = lxml.html.fromstring(f"<p>{made}</p>")
    assert {"p", "code"} >= {element.tag for element in root.iter()}
    assert f"x{text}".replace("`", "") == root.text_content().replace("`", "")
    assert all(re.fullmatch(r"(--)?[a-z][a-z -]*:?", mark.text_content()) for mark in root.iter("code"))


def test_names_in_backticks_are_code() -> None:
    shown = ["koregate doctor", "with:", "--timeout", "KOREGATE_TIMEOUT"]
    marked = with_code(" & ".join(f"`{name}`" for name in shown), html.escape)

    assert " &amp; ".join(f"<code>{name}</code>" for name in shown) == marked


@pytest.mark.parametrize(
    ("is_pull_request", "fail_on", "told"),
    [
        (
            True,
            "any",
            (
                "This job fails (exit code 5), which blocks the merge if the check is required. No suite ran, so this "
                "says nothing about the change."
            ),
        ),
        (False, "any", "This job fails (exit code 5)."),
        (None, "any", "This job fails (exit code 5)."),
        (
            True,
            "never",
            "Not every suite has a result, but this job passes: fail-on is never, so no result blocks the merge.",
        ),
    ],
)
def test_the_verdict_says_what_it_means_for_the_merge_of_a_pull_request(
    is_pull_request: bool | None, fail_on: FailOn, told: str
) -> None:
    job = with_exit_code(job_of(stopped("A", Verdict.TIMEOUT, 5)), fail_on)
    ci = job.facts.ci._replace(is_pull_request=is_pull_request)
    job = replace(job, facts=job.facts._replace(ci=ci))

    assert told == effect_of(job)
    # The first line has the exit code.
    assert (f"  {told}".replace(" (exit code 5)", "") in map(str, verdict_lines(job))) == bool(is_pull_request)


@pytest.mark.parametrize(
    ("code", "system", "told"),
    [
        (
            143,
            "github",
            "The job was canceled (SIGTERM): by a person, by a newer push, or at the time limit of the job.",
        ),
        (130, "", "The job was canceled (SIGINT)."),
        (140, "", "The job was canceled (SIGUSR2)."),
        (128, "", "The job was canceled."),
    ],
)
def test_a_signal_has_its_usual_senders_beside_it_in_a_ci_system(code: int, system: str, told: str) -> None:
    job = in_ci(job_of(stopped("A", Verdict.CANCELLED, code)), system)

    assert f"{told} It fails (exit code {code})." == effect_of(job)
    assert (f"  {told} It fails." in map(str, verdict_lines(job))) == bool(system)


@pytest.mark.parametrize(
    ("job", "told"),
    [
        (JobResult.for_invalid_inputs([Problem("host", "is required.")]), " This says nothing about the change."),
        (
            job_of(stopped("A", Verdict.ERROR, 4), stopped("B", Verdict.ERROR, 4)),
            " No suite ran, so this says nothing about the change.",
        ),
        (job_of(timed_out("A", "timeout", "ctr-1")), " No suite has a result, so this says nothing about the change."),
        (
            job_of(RunRecord("A", None, stop=StopReason(Verdict.ERROR, 4, "The test run may have started: lost."))),
            " No suite has a result, so this says nothing about the change.",
        ),
        (
            JobResult.for_internal_error("A bug."),
            " No suite has a result, so this says nothing about the change.",
        ),
        (report_of(A=answer(step(), totalTestStepsCount=3)), ""),
        (
            job_of(stopped("A", Verdict.ERROR, 4), record_of("B", FAILED)),
            " The verdict is error because 1 suite has no result.",
        ),
    ],
)
def test_a_job_that_judged_no_test_run_says_nothing_about_the_change(job: JobResult, told: str) -> None:
    ci = job.facts.ci._replace(is_pull_request=True)
    pull_request = replace(job, facts=job.facts._replace(ci=ci))

    assert effect_of(pull_request).endswith(f"which blocks the merge if the check is required.{told}")
    assert "the change" not in effect_of(job)
