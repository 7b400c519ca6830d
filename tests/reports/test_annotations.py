"""Annotations: one for the verdict, one for each failed step, and one that counts the rest."""

from dataclasses import replace
from decimal import Decimal

from support.answers import TARGET, answer, failed_step, in_ci, job_of, report_of, step
from support.policies import NOW, failed, quarantine, retried

from koregate.errors import Problem
from koregate.judging.results import JobResult, SuiteResult
from koregate.policy.apply import apply_policy
from koregate.policy.fail_on import with_exit_code
from koregate.policy.rules import Policy
from koregate.reports.annotations import MAX_ANNOTATIONS, Annotation, annotations_for, verdict_annotation
from koregate.runs.record import RunRecord, StopReason
from koregate.verdicts import Verdict


def many(steps: int) -> JobResult:
    last = failed_step(f"input {steps}", actual="Pardon?")
    return report_of(Pizza=answer(*[failed_step(f"input {n}") for n in range(1, steps)], last, status="failed"))


def test_each_failed_step_is_an_annotation_and_the_last_one_counts_the_rest() -> None:
    all_of_them, some = annotations_for(many(MAX_ANNOTATIONS)), annotations_for(many(MAX_ANNOTATIONS + 5))

    titles = [f'Pizza, step {n} "input {n}"' for n in range(1, MAX_ANNOTATIONS + 1)]
    assert titles == [annotation.title for annotation in all_of_them]
    assert (
        Annotation(
            "error",
            titles[0],
            '1.1 text: expected "Which size?"\n          actual   "Sorry, what?"\n\nuser: input 1\nbot: Sorry, what?',
        )
        == all_of_them[0]
    )
    assert all_of_them[:-1] == some[:-1]
    assert (
        Annotation("error", "koregate: 6 more failed steps", "See the job summary, junit.xml or report.html.")
        == some[-1]
    )


def test_steps_that_all_got_one_answer_have_one_annotation() -> None:
    (annotation,) = annotations_for(report_of(Pizza=answer(*[failed_step()] * 12, status="failed")))

    assert "Pizza: 12 failed steps" == annotation.title
    assert annotation.message.startswith('All 12 failed steps got the same answer: "Sorry, what?" The bot or a service')
    assert '\n\nThe first one:\n1.1 text: expected "Which size?"\n' in annotation.message


def test_suites_without_a_result_are_counted_apart_from_failed_steps() -> None:
    late = [
        RunRecord(name, None, stop=StopReason(Verdict.ERROR, 4, reason))
        for name, reason in (("A", "Unknown."), ("B", "Unknown."), ("C", "Unreadable."))
    ]
    (failing,) = many(3).suites
    job = JobResult.of(TARGET, [failing, *job_of(*late).suites])

    assert ['Pizza, step 3 "input 3"', "2 suites without a result", "C"] == [
        annotation.title for annotation in annotations_for(job)
    ][2:]
    assert "Unknown.\nSuites: A, B." == annotations_for(job)[3].message
    assert "koregate: 1 more failed step and 3 more suites without a result" == annotations_for(job, most=3)[-1].title


def test_the_first_annotation_names_the_failing_suites_and_says_what_to_do_next() -> None:
    job = report_of(Hours=answer(step()), Pizza=answer(step(), failed_step(), status="failed"))

    assert Annotation(
        "error",
        "Conversation tests: failed (exit code 1)",
        "1 of 2 suites failed: Pizza.\n"
        "What to do next:\n"
        "- Compare expected and actual. Is the bot's answer wrong? Correct the bot. Is it right? Correct the suite in "
        "the App Builder.\n"
        "- Then push, or re-run the failed job if you corrected it on the platform.\n"
        "2 of 3 steps passed. 2 of 3 test cases (one per assertion) passed, 1 failed.\n"
        "Full report: report.html, among the artifacts of this job.",
    ) == verdict_annotation(in_ci(job))


def test_without_anything_to_count_the_first_annotation_has_no_empty_line() -> None:
    job = job_of(RunRecord("Late", "ctr-1", stop=StopReason(Verdict.TIMEOUT, 5, "No end within 30m.")))

    lines = verdict_annotation(job).message.split("\n")
    no_result = "This job fails (exit code 5)."
    assert ["The suite timed out: Late.", no_result, "What to do next:"] == lines[:3]
    assert all(lines)
    assert lines[-1].startswith("Full report:")


def with_consequences(steps: int) -> JobResult:
    """A job in which every failed step but the first is a likely consequence of it."""
    (suite,) = many(steps).suites
    changed = [
        step._replace(cases=tuple(case._replace(caused_by=1) for case in step.cases)) for step in suite.steps[1:]
    ]
    return JobResult.of(TARGET, [replace(suite, steps=(suite.steps[0], *changed))])


def test_a_likely_consequence_is_a_notice_that_says_of_which_step() -> None:
    assert [
        ("error", 'Pizza, step 1 "input 1"'),
        ("notice", 'Pizza, step 2 "input 2" (likely a consequence of step 1)'),
    ] == [(annotation.level, annotation.title) for annotation in annotations_for(with_consequences(2))]


def test_the_annotation_that_counts_the_rest_is_a_notice_if_only_consequences_are_left() -> None:
    all_of_them = annotations_for(with_consequences(MAX_ANNOTATIONS + 5))
    one = annotations_for(with_consequences(3), most=1)

    assert ("notice", "koregate: 6 more failed steps") == all_of_them[-1][:2]
    assert [("error", "koregate: 3 more failed steps")] == [shown[:2] for shown in one]


def test_an_annotation_shows_the_step_before_the_failed_one() -> None:
    (annotation,) = annotations_for(report_of(Pizza=answer(step("a"), step("b"), failed_step("c"), status="failed")))

    assert annotation.message.endswith("\n\nuser: b\nbot: Hello\nuser: c\nbot: Sorry, what?")


def test_a_flaky_failure_shows_the_run_that_failed_and_never_the_one_that_passed() -> None:
    runs = retried(failed(step("a"), failed_step("b")), answer(step("a"), step("b")))

    (annotation,) = annotations_for(apply_policy(runs, Policy(NOW)))

    assert annotation.message.endswith(
        "\nIn the run that failed (run 1 of 2):\nuser: a\nbot: Hello\nuser: b\nbot: Sorry, what?"
    )


def test_a_run_without_a_reply_is_one_annotation_on_the_suite() -> None:
    job = job_of(RunRecord("Late", "ctr-1", stop=StopReason(Verdict.TIMEOUT, 5, "No end within 30m.")))

    assert (Annotation("error", "Late", "No end within 30m."),) == annotations_for(job)


def test_invalid_inputs_are_one_annotation() -> None:
    job = JobResult.for_invalid_inputs([Problem("host", "is required.")])

    assert (Annotation("error", "koregate", "host is required."),) == annotations_for(job)


def test_a_skipped_job_is_a_warning_and_a_passed_job_needs_no_annotation() -> None:
    (skipped,) = annotations_for(JobResult.for_skipped_job("Skipped: client-id: no credentials are given."))

    assert ("warning", "Conversation tests: skipped (exit code 0)") == skipped[:2]
    assert skipped.message.startswith("This job passes (exit code 0), but the bot was not tested.")
    assert skipped.message.endswith(
        "What to do next:\n- Run the tests from a branch of this repository before you merge."
    )
    assert () == annotations_for(report_of(Pizza=answer(step())))


def test_a_message_is_never_longer_than_four_thousand_characters() -> None:
    bad = step("x" * 5000, "failed", failed_step("x", "y" * 5000)["outputs"] * 40)

    (annotation,) = annotations_for(report_of(Pizza=answer(bad, status="failed")))

    assert 4000 == len(annotation.message)
    assert len(annotation.title) <= 200


def test_what_is_tolerated_is_a_warning_beside_the_failures_that_block() -> None:
    failures = answer(step(), failed_step("a"), failed_step("b"), failed_step("c"), status="failed")
    job = apply_policy(report_of(Pizza=failures), Policy(NOW, quarantine=quarantine("a", "b")))

    blocking, warning = annotations_for(job)

    assert 'Pizza, step 4 "c"' == blocking.title
    assert ("warning", "Pizza, steps 2 and 3: tolerated") == warning[:2]
    lines = warning.message.splitlines()
    assert lines[0].startswith("Why these 2 test cases are tolerated: quarantined until ")
    assert ['Step 2 "a":', '2.1 text: expected "Which size?"'] == lines[1:3]
    assert ['Step 3 "b":', '3.1 text: expected "Which size?"'] == lines[4:6]
    assert "2 test cases tolerated as quarantined (q.toml)." in verdict_annotation(job).message.splitlines()


def test_the_tolerated_failures_of_a_suite_are_one_warning() -> None:
    failures = answer(step(), failed_step("a"), failed_step("b"), status="failed")
    suites = {f"Suite {number}": failures for number in range(MAX_ANNOTATIONS + 2)}
    first, *others = annotations_for(apply_policy(report_of(**suites), Policy(NOW, min_pass_rate=Decimal(10))))

    assert ("warning", "Suite 0, steps 2 and 3: tolerated") == first[:2]
    assert [
        "This job passes: the tolerated failures do not block the merge.",
        "What to do next:",
        "- Nothing needs to be done before the merge.",
        "- The tolerated failures stay in the reports until somebody corrects them.",
        "22 test cases tolerated by min-pass-rate.",
        "",
    ] == first.message.splitlines()[:6]
    assert MAX_ANNOTATIONS == len(others) + 1
    assert "koregate: 3 more suites with tolerated failures" == others[-1].title


def test_inputs_that_attach_are_in_the_log_and_not_below_an_annotation() -> None:
    suite = SuiteResult(
        name="Pizza", suite="Pizza", verdict=Verdict.TIMEOUT, exit_code=5, run_id="ctr-1", still_running=True
    )

    message = verdict_annotation(in_ci(JobResult.of(TARGET, [suite]))).message

    assert (
        "replace test-suites in with: of the koregate step in the workflow with the two inputs that the log shows, "
        "push" in message
    )
    assert "below" not in message


def test_a_job_that_does_not_fail_has_warnings_only_and_says_why() -> None:
    job = with_exit_code(many(MAX_ANNOTATIONS + 5), "error")

    assert {"warning"} == {annotation.level for annotation in annotations_for(job)}
    assert "warning" == verdict_annotation(job).level
    assert (
        "Tests failed, but this job passes: fail-on is error, so only suites without a result block the merge."
    ) in verdict_annotation(job).message.splitlines()
