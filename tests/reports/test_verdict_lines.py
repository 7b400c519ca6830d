"""The end of the log: the verdict, the suites that made it, and the counts."""

from dataclasses import replace

import pytest
from support.answers import MISSING, answer, failed_step, job_of, record_of, report_of, step
from support.tolerances import tolerated_job

from koregate.errors import Problem
from koregate.judging.effect import Comparison, PolicyEffect
from koregate.judging.results import JobResult
from koregate.reports.headline import effect_of
from koregate.reports.log_line import Line
from koregate.reports.verdict_lines import verdict_line, verdict_lines
from koregate.runs.record import RunRecord, StopReason, SuiteSource
from koregate.verdicts import Verdict

GOOD = answer(step())
BAD = answer(failed_step(), status="failed")
LATE = "The test run did not end within 30m (timeout)."


def stopped(suite: str, message: str, verdict: Verdict = Verdict.ERROR, code: int = 4) -> RunRecord:
    return RunRecord(suite, f"ctr-{suite}", stop=StopReason(verdict, code, message))


def lines(job: JobResult) -> list[str]:
    """The lines, of which the first is also the one that can stand alone."""
    told = list(map(str, verdict_lines(job)))
    assert verdict_line(job) == told[0]
    return told


def test_the_verdict_names_the_suites_that_made_it() -> None:
    good = {f"Good {n}": GOOD for n in range(11)}
    bad = {"Complaints": BAD, "Vouchers": BAD, "مرحبا": BAD}
    odd = {
        "Track an order": answer(step(), status="aborted", result__errorDetails="Stopped."),
        "Talk to a person": answer(step(), totalTestStepsCount=2),
    }

    assert [
        "Verdict: error (exit code 4). 16 suites: 11 passed, 3 failed, 2 without a result.",
        "  Failed: Complaints, Vouchers, مرحبا",
        (
            "  No result: Track an order (the run was aborted on the platform), Talk to a person (step 2 of 2 is "
            "missing)"
        ),
        "  The verdict is error because 2 suites have no result.",
        "  17 test cases: 13 passed, 3 failed, 1 skipped",
    ] == lines(report_of(**good, **bad, **odd))


def test_only_the_words_for_the_verdict_itself_may_be_colored() -> None:
    assert Line("", "Verdict: passed (exit code 0)", ". Pizza: 1 of 1 test case passed.", "passed") == next(
        iter(verdict_lines(report_of(Pizza=GOOD)))
    )


@pytest.mark.parametrize(
    ("job", "told"),
    [
        (report_of(Pizza=GOOD), ["Verdict: passed (exit code 0). Pizza: 1 of 1 test case passed."]),
        (
            report_of(Pizza=answer(step(), step(), result__executionResults=MISSING)),
            ["Verdict: passed (exit code 0). Pizza: 2 of 2 steps passed."],
        ),
        (
            report_of(Pizza=GOOD, Pasta=GOOD),
            ["Verdict: passed (exit code 0). 2 suites: all passed.", "  2 test cases: 2 passed"],
        ),
        (
            report_of(Pizza=BAD, Pasta=BAD),
            [
                "Verdict: failed (exit code 1). 2 suites: all failed.",
                "  Failed: Pizza, Pasta",
                "  2 test cases: 2 failed",
            ],
        ),
        (report_of(Pizza=BAD), ["Verdict: failed (exit code 1). Pizza: 1 of 1 test case failed in step 1."]),
        (
            report_of(Pizza=answer(failed_step(), status="failed", totalTestStepsCount=2)),
            [
                "Verdict: failed (exit code 1). Pizza: 1 of 2 test cases failed in step 1.",
                "  2 test cases: 1 failed, 1 skipped",
            ],
        ),
        (
            report_of(Odd=answer(step(), status="odd")),
            [
                (
                    'Verdict: error (exit code 4). Odd: the status of the test run is "odd", which is neither '
                    "passed nor failed."
                ),
                "  The suite has no result: 1 of 1 step passed, which cannot be counted as a pass.",
            ],
        ),
        (
            job_of(stopped("Late", LATE, Verdict.TIMEOUT, 5)),
            ["Verdict: timeout (exit code 5). Late: the test run did not end within 30m."],
        ),
        (
            job_of(*[stopped(name, LATE, Verdict.TIMEOUT, 5) for name in "ABC"], stopped("D", "Lost.")),
            [
                "Verdict: error (exit code 4). 4 suites: all without a result.",
                "  No result (the test run did not end within 30m): A, B, C",
                "  No result: D (lost)",
            ],
        ),
        (
            job_of(record_of("Bad", BAD), fail_on="error"),
            [
                "Verdict: failed (exit code 0). Bad: 1 of 1 test case failed in step 1.",
                (
                    "  Tests failed, but this job passes: fail-on is error, so only suites without a result block the "
                    "merge."
                ),
            ],
        ),
        (
            JobResult.for_skipped_job("Skipped: no credentials."),
            ["Verdict: skipped (exit code 0): the bot was not tested."],
        ),
        (
            JobResult.for_invalid_inputs([Problem("host", "is required.")]),
            ["Verdict: error (exit code 2): invalid inputs, no suite was run."],
        ),
        (
            JobResult.for_internal_error("Internal error (KeyError: 'x'). Please report it."),
            ["Verdict: error (exit code 4). Internal error (KeyError: 'x'). Please report it."],
        ),
        (
            report_of(Pizza=GOOD, Pasta=GOOD).with_missing_reports(["junit.xml"]),
            [
                (
                    "Verdict: error (exit code 4). koregate could not write these reports: junit.xml. "
                    "2 suites: all passed."
                ),
                "  2 test cases: 2 passed",
            ],
        ),
    ],
    ids=[
        "passed",
        "passed by counts",
        "all passed",
        "all failed",
        "failed",
        "failed and skipped",
        "error",
        "timeout",
        "the same cause",
        "ignored failure",
        "skipped",
        "invalid inputs",
        "internal error",
        "missing reports",
    ],
)
def test_each_kind_of_job_has_its_end(job: JobResult, told: list[str]) -> None:
    assert told == lines(job)


def test_the_names_of_very_many_suites_are_cut_and_counted() -> None:
    job = report_of(**{f"Suite {n}": BAD for n in range(1_000)})

    first, failed, counts = lines(job)
    assert "Verdict: failed (exit code 1). 1,000 suites: all failed." == first
    assert failed.startswith("  Failed: Suite 0, Suite 1, ")
    assert failed.endswith(", Suite 19 and 980 more")
    assert "  1,000 test cases: 1,000 failed" == counts


def test_very_many_causes_are_cut_and_counted() -> None:
    pairs = [stopped(f"{name} {n}", f"Cause {n}.") for n in range(10) for name in "ab"]
    singles = [stopped(f"c {n}", f"Other {n}.") for n in range(30)]

    told = lines(job_of(*pairs, *singles))

    assert "  No result (cause 4): a 4, b 4" in told
    assert "  No result for other reasons: 10 suites" in told
    assert any(line.endswith("c 19 (other 19) and 10 more") for line in told)
    assert 8 == len(told)


def test_a_long_reason_does_not_make_the_verdict_line_endless() -> None:
    assert len(verdict_line(job_of(stopped("Pizza", "x" * 5000)))) < 500
    assert len(verdict_line(JobResult.for_internal_error("x" * 5000))) <= 500


def test_a_tolerated_test_case_is_not_counted_as_skipped() -> None:
    job = tolerated_job(report_of(Pizza=answer(step(), failed_step(), status="failed"), Hours=answer(step())))

    assert ["  3 test cases: 2 passed, 1 tolerated", f"  {effect_of(job)}"] == [*map(str, verdict_lines(job))][-2:]


@pytest.mark.parametrize(
    ("new", "known", "told"),
    [
        (5, 2, " 5 new, 2 known failures."),
        (1, 0, " 1 new failure."),
        (0, 2, " 2 known failures."),
        (0, 0, ""),
    ],
)
def test_with_a_baseline_the_verdict_tells_new_failures_from_known_ones(new: int, known: int, told: str) -> None:
    compared = PolicyEffect(Comparison("base.json", new=new, known=known))

    ends = [lines(replace(report_of(Pizza=reply), policy=compared))[0] for reply in (BAD, GOOD)]
    assert ends[0].endswith(f"1 of 1 test case failed in step 1.{told}")
    assert ends[1].endswith("1 of 1 test case passed.")


@pytest.mark.parametrize(("files", "end"), [(4, "s2.csv, s3.csv)."), (5, "s2.csv and 2 more).")])
def test_a_single_suite_file_beyond_the_limit_is_not_hidden_behind_a_number(files: int, end: str) -> None:
    suites = report_of(**{f"S{number}": GOOD for number in range(files)})
    sources = [SuiteSource(f"s{number}.csv", "", 1) for number in range(files)]
    with_files = [replace(suite, source=source) for suite, source in zip(suites.suites, sources, strict=True)]
    job = suites.with_suites(with_files)

    assert verdict_line(job).endswith(f"of the workspace (s0.csv, s1.csv, {end}")
