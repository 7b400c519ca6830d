"""Errors of the job itself: people read them as such, never as a test suite. Programs find them as before."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.answers import answer, failed_step, in_ci, job_of, record_of, report_of, step
from support.merging import FAILED, PASSED, distinct, document, merged
from support.page import Parser
from support.policies import NOW
from support.states import make

from koregate.judging.results import JobResult
from koregate.policy.apply import apply_policy
from koregate.policy.fail_on import with_exit_code
from koregate.policy.rules import Policy
from koregate.reports import comment, job_outputs, page, summary
from koregate.reports.annotations import annotations_for, verdict_annotation
from koregate.reports.failure_lines import failure_lines
from koregate.reports.headline import counted, effect_of, headline
from koregate.reports.next_steps import next_steps
from koregate.reports.verdict_lines import verdict_line, verdict_lines
from koregate.runs.record import RunRecord, StopReason
from koregate.verdicts import Verdict

FEW = "Only 2 test cases have a result, and min-tests requires 30."
LOOK = "Look for steps that were removed from the test suites, or lower min-tests."
ONCE = "Run each test suite in one job only."
RED = answer(failed_step("a"), status="failed")


def too_few(**suites: object) -> JobResult:
    """A job of these suites with fewer test cases than it should have."""
    return report_of(**suites).with_error(FEW, LOOK)


GREEN = too_few(Pizza=answer(step()), Hours=answer(step()))
BOTH = too_few(Pizza=RED, Hours=answer(step()))
SHARD = PASSED.with_missing_reports(["junit.xml"])
CRASHED = JobResult.for_internal_error("Internal error (KeyError: 'x'). This is a bug in koregate.")


def texts_of(job: JobResult) -> dict[str, str]:
    """Everything that people read of a job."""
    return {
        "headline": headline(job),
        "summary": summary.render(job),
        "comment": comment.render(job, "", 60_000),
        "annotations": "\n".join("\n".join(told) for told in [verdict_annotation(job), *annotations_for(job)]),
        "log": "\n".join(map(str, [*failure_lines(job), *verdict_lines(job)])),
        "page": Parser.read(page.render(job)).words,
    }


@pytest.mark.parametrize("job", [GREEN, BOTH, merged(PASSED, PASSED), merged(SHARD), CRASHED], ids=range(5))
def test_no_text_for_people_shows_an_error_of_the_job_as_a_suite(job: JobResult) -> None:
    for name, text in texts_of(job).items():
        for wrong in (
            "koregate (2)",
            "No test run of this suite",
            "### koregate",
            "| koregate",
            "ERROR koregate",
            ": koregate\n",
            "koregate , test run",
            "of 3 suites",
            "error: koregate",
        ):
            assert wrong not in text, (name, wrong)


def test_programs_find_the_error_of_the_job_as_a_suite_with_one_test_case() -> None:
    assert ["Pizza", "Hours", "koregate"] == [suite["name"] for suite in document(GREEN)["suites"]]
    assert ["koregate"] == json.loads(job_outputs.job_outputs(GREEN, "r")["failed-suites"])
    assert (2, 1) == (GREEN.counts.passed, GREEN.counts.errors)


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (GREEN, "Only 2 test cases have a result, and min-tests requires 30"),
        (BOTH, "1 of 2 suites failed: Pizza; only 2 test cases have a result, and min-tests requires 30"),
        (too_few(Pizza=RED), "The suite failed: Pizza; only 2 test cases have a result, and min-tests requires 30"),
        (
            GREEN.with_error("koregate could not write these reports: junit.xml."),
            "Only 2 test cases have a result, and min-tests requires 30; 1 more problem",
        ),
        (merged(SHARD), "In the job of 0.json: koregate could not write these reports: junit.xml"),
        (CRASHED, "Internal error (KeyError: 'x')"),
        (merged(PASSED, PASSED), "1 test run is in the reports more than once; 1 more problem"),
        (
            merged(distinct(report_of(A=answer(step()))), expected=("A", "B")),
            'These test suites are expected but missing: "B"',
        ),
    ],
)
def test_the_headline_is_the_problem_after_the_suites_that_did_not_pass(job: JobResult, words: str) -> None:
    assert words == headline(job)


def test_the_headline_of_a_summary_begins_with_a_small_letter() -> None:
    first = summary.render(GREEN).split("\n", 1)[0]

    assert "Conversation tests: only 2 test cases have a result, and min&#45;tests requires 30" in first


def test_suites_are_counted_without_the_error_of_the_job() -> None:
    page_of_both = Parser.read(page.render(BOTH))

    assert ["Pizza", "Hours"] == [link.text for link in page_of_both.by_id("suites").all("a")]
    assert "! error: 1 of 2 suites and this job - koregate" == page_of_both.only("title").text
    assert "! error: this job - koregate" == Parser.read(page.render(GREEN)).only("title").text
    assert "2 of 2 steps passed. 2 of 2 test cases (one per assertion) passed." == counted(GREEN)


def test_the_page_has_a_box_for_the_job_that_links_nowhere() -> None:
    box = Parser.read(page.render(GREEN)).by_id("this-job")

    assert f"This job {FEW}" == box.words
    assert not box.all("a")
    assert not [node for node in Parser.read(page.render(CRASHED)) if node.attributes.get("id") == "suites"]
    assert "In the job of 0.json: koregate could not write these reports: junit.xml." in (
        Parser.read(page.render(merged(SHARD))).by_id("this-job").words
    )


def test_the_log_names_the_job_and_not_a_suite() -> None:
    lines = list(map(str, failure_lines(BOTH)))

    assert ["ERROR this job", f"  {FEW}"] == lines[-2:]
    assert "FAILED Pizza" in lines[0]
    assert "ERROR the job of 0.json" in map(str, failure_lines(merged(SHARD)))


def test_the_verdict_line_has_one_problem_and_the_number_of_the_others() -> None:
    more = GREEN.with_error("koregate could not write these reports: junit.xml.")

    assert f"Verdict: error (exit code 4). {FEW} 2 suites: all passed." == verdict_line(GREEN)
    assert f"{FEW} The job has 1 more problem. 2 suites: all passed." in verdict_line(more)
    assert f"{FEW} The job has 2 more problems." in verdict_line(more.with_error("One more."))


def test_the_annotation_of_the_job_has_all_of_its_problems() -> None:
    job = merged(distinct(report_of(A=answer(step()))), distinct(report_of(A=answer(step()))))
    told = {annotation.title: annotation.message.split("\n") for annotation in annotations_for(job)}

    assert ["koregate: error of this job"] == [*told]
    assert [
        '1 test run is in the reports more than once: "ctr-0".',
        '1 test suite is in the reports more than once: "A".',
    ] == told["koregate: error of this job"]


def test_what_outranks_a_failed_suite_is_the_error_of_the_job() -> None:
    assert effect_of(BOTH).endswith("The verdict is error because an error of the job outranks a failed suite.")
    # The first line of the verdict says it already.
    assert not any("The verdict is error because" in str(line) for line in verdict_lines(BOTH))
    both = job_of(
        record_of("A", RED), RunRecord("B", None, stop=StopReason(Verdict.TIMEOUT, 5, "No end within 30m."))
    ).with_error(FEW)
    assert effect_of(both).endswith("The verdict is error because 1 suite has no result.")


def test_what_to_do_next_begins_with_the_advice_on_the_error_of_the_job() -> None:
    shown = LOOK.replace("min-tests", "`--min-tests`")
    assert shown == next_steps(GREEN)[0]
    assert shown == next_steps(BOTH)[0]
    assert next_steps(BOTH)[1].startswith("Compare expected and actual.")
    assert "Check `report-dir` and the disk." == next_steps(SHARD)[0]


def test_a_merge_with_an_error_says_first_what_to_do_about_its_reports() -> None:
    twice = next_steps(in_ci(merged(FAILED, FAILED)))
    broken = document(PASSED)
    broken["counts"]["passed"] = 7
    unusable = next_steps(in_ci(merged(broken)))
    contradictory = document(PASSED)
    contradictory["suites"][0]["counts"]["passed"] = 7

    assert (
        "Give each report to `koregate merge` once.",
        ONCE,
    ) == twice[:2]
    assert 'Re-run the job that wrote "0.json".' == unusable[0]
    assert 'Re-run the job that wrote "0.json".' == next_steps(in_ci(merged(contradictory)))[0]
    assert 'Re-run the job that wrote "0.json".' in next_steps(in_ci(merged(SHARD)))


def test_a_report_of_a_job_that_tested_nothing_does_not_also_differ_in_its_target() -> None:
    invalid = JobResult.for_invalid_inputs([])
    job = merged(PASSED, invalid)

    assert [1] == [len(suite.doubts) for suite in job.suites if suite.is_gate]
    assert 'The report "1.json" proves nothing' in headline(job)
    assert Verdict.ERROR is merged(PASSED, JobResult.for_skipped_job("Skipped.")).verdict


def test_a_whole_job_below_min_tests_reads_so_everywhere(tmp_path: Path) -> None:
    made = make("error-min-tests", tmp_path)

    assert "this job\n  Only 25 test cases have a result, and min-tests requires 30." in made.done.log
    assert "First failure:" not in made.done.log
    for text in (made.done.log, made.done.summary, made.comment, Parser.read(made.page).words):
        assert "of 3 suites" not in text
    assert "koregate.run" == made.done.rows[-1].classname


def test_a_whole_merge_says_which_report_is_unusable_and_what_to_do(tmp_path: Path) -> None:
    made = make("merged-unusable", tmp_path)
    todo = made.done.log.partition("\nWhat to do next:\n")[2].split("\n")

    assert "[koregate" not in made.done.log
    assert todo[0].startswith('  Correct the inputs of the job that wrote "')
    assert todo[0].endswith('invalid/report.json", and run it again.')
    assert todo[1].startswith("  If you changed a file of the repository, push it.")


def test_a_whole_merge_of_a_report_and_its_copy_says_to_give_each_once(tmp_path: Path) -> None:
    made = make("merged-twice", tmp_path)
    todo = made.done.log.partition("\nWhat to do next:\n")[2].split("\n")

    assert "  Give each report to koregate merge once." == todo[0]
    assert "First failure:" not in made.done.log


def test_a_suite_of_the_platform_with_the_name_of_the_program_is_still_a_suite() -> None:
    own = job_of(RunRecord("koregate", None, stop=StopReason(Verdict.ERROR, 4, "The platform knows no such suite.")))

    assert "koregate has no result: the platform knows no such suite" == headline(own)
    assert "ERROR koregate" in map(str, failure_lines(own))
    assert ["koregate"] == [name.text for name in Parser.read(page.render(own)).only("nav").all("bdi")][:1]


def test_a_job_with_an_error_that_does_not_block_says_why() -> None:
    assert effect_of(with_exit_code(GREEN, "never")).startswith(
        "The job ended in an error, but this job passes: fail-on"
    )


def test_very_many_problems_of_a_job_are_cut_in_every_text() -> None:
    names = tuple(f"Suite {number}" for number in range(40))
    job = merged(*[distinct(report_of(A=answer(step()))) for _ in names], expected=names)
    many = job.with_suites([replace(suite, doubts=tuple(map("Problem {}.".format, range(40)))) for suite in job.suites])

    assert "  … and 20 more problems. See report.json." in map(str, failure_lines(many.with_suites(many.gates)))
    assert "… and 10 more problems. See report.html." in summary.render(many)
    assert "… and 20 more problems. See report.html." in comment.render(many, "", 1_000_000)


def test_a_policy_names_what_batch_suites_count_despite_an_error_of_the_job() -> None:
    batch = [replace(suite, kind="batch") for suite in report_of(A=answer(step())).suites]
    job = JobResult.of(GREEN.target, batch).with_error("koregate could not write these reports: junit.xml.")

    few = apply_policy(job, Policy(NOW, min_tests=9)).suites[-1]

    assert ("Only 1 utterance has a result, and min-tests requires 9.",) == few.doubts
    assert ("Look for utterances that were removed from the test suites, or lower min-tests.",) == few.advice
