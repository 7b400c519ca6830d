"""The comment's text: what it says of a job, that nothing untrusted acts in it, and that it fits."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from support.answers import answer, failed_step, job_of, record_of, report_of, step
from support.policies import failed, failing
from support.tolerances import tolerated_job

from koregate.errors import Problem
from koregate.judging.cases import Outcome, TestCase, Tolerance, ToleranceKind
from koregate.judging.effect import Comparison, PolicyEffect
from koregate.judging.facts import CIFacts, JobFacts
from koregate.judging.results import JobResult, StepResult, SuiteResult, Trend
from koregate.policy.fail_on import with_exit_code
from koregate.reports import comment
from koregate.runs.record import RunRecord, StopReason, SuiteSource, Target
from koregate.verdicts import Verdict

GFM = MarkdownIt("gfm-like", {"html": True, "linkify": True}).enable(["table", "strikethrough"])
COMMIT = "0123456789abcdef0123456789abcdef01234567"
ADDRESS = "https://github.com/owner/bot/actions/runs/10"
LARGEST = 60_000


def rendered(job: JobResult, commit: str = COMMIT, address: str = ADDRESS, largest: int = LARGEST) -> str:
    return comment.render(job.with_facts(JobFacts(ci=CIFacts("github", url=address)), str), commit, largest)


def page(text: str) -> Any:
    return lxml.html.document_fromstring(GFM.render(text))


def words(element: Any) -> str:
    return re.sub(r"\s+", " ", element.text_content().replace("\u200b", "")).strip()


def failed_case(number: int = 1, **changes: Any) -> TestCase:
    return TestCase(number, 1, "text", Outcome.FAILED, f"expected a{number}, got b")._replace(**changes)


def job_with(*cases: TestCase, verdict: Verdict = Verdict.FAILED) -> JobResult:
    code = 0 if verdict is Verdict.TOLERATED else 1
    suite = SuiteResult(name="Pizza", suite="Pizza", verdict=verdict, exit_code=code, run_cases=cases)
    return JobResult.of(Target(), [suite])


def test_it_says_verdict_commit_suites_and_causes() -> None:
    good, bad = answer(step()), answer(step("hi"), failed_step(), status="failed")
    root = page(rendered(report_of(Hours=good, Pizza=bad, Shops=good, Pasta=answer(failed_step(), status="failed"))))

    assert "❌ Conversation tests: 2 of 4 suites failed: Pizza, Pasta" == words(root.find(".//h2"))
    assert "What to do next Compare expected and actual." in words(root)
    assert words(root).endswith(
        f"By koregate, the merge gate for Kore.ai bots. Commit {COMMIT[:10]}. "
        "Tested: bot version in development, language en. "
        "Full report: report.html, among the artifacts of this job."
    )
    assert "✅ 2 suites passed" == words(root.find(".//details/summary"))
    assert [comment.HOME, ADDRESS] == [link.get("href") for link in root.iter("a")]
    assert (
        "This job fails (exit code 1). 3 of 5 steps passed. 3 of 5 test cases (one per assertion) passed, 2"
        in words(root)
    )
    assert "Pizza Step 2: pizza (text) ❌ 2.1 text" in words(root)
    rows = [[words(cell) for cell in row] for row in root.iterfind(".//tr")]
    assert [["❌ 2.1 text", "expected", "Which size?"], ["actual", "Sorry, what?"]] == rows[:2]
    assert ["Pizza", "❌ failed", "1 of 2", "1 of 2", "14s"] == rows[5]
    assert ["Pasta", "❌ failed", "0 of 1", "0 of 1", "14s"] == rows[6]
    assert ["Hours", "Shops"] == [row[0] for row in rows[8:]]


def test_a_pass_has_no_causes() -> None:
    text = rendered(report_of(Pizza=answer(step())))

    assert "✅ Conversation tests: passed" in text
    assert "###" not in text
    assert "tolerated" not in text


def test_a_run_without_a_verdict_says_why() -> None:
    assert "Sorry" not in (text := words(page(rendered(job_of(record_of("Pizza", answer(status="aborted")))))))
    assert "⚠️ Conversation tests: Pizza has no result: the run was aborted on the platform" in text
    assert 2 == text.count("aborted on the platform")
    assert "Pizza The run was aborted on the platform." in text


def test_invalid_inputs_are_the_whole_comment() -> None:
    problems = [Problem(f"input-{number}", "is required.") for number in range(25)]
    shown = page(rendered(JobResult.for_invalid_inputs(problems)))

    assert "25 problems with the inputs" in words(shown)
    assert "Bot time" not in words(shown)
    first, _, *items = [words(item) for item in shown.iter("li")]
    assert first.startswith("Correct the inputs")
    assert [f"input-{number} is required." for number in range(20)] == items[:20]
    assert "… and 5 more problems. See report.html." == items[20]


def test_likely_consequences_are_named_after_their_cause_and_not_shown() -> None:
    steps = [failed_step("first"), failing("lost", "flow"), *[failed_step(f"say {number}") for number in range(7)]]
    text = words(
        page(rendered(report_of(Pizza=failed(*steps), Hours=failed(failing("why", "flow"), failed_step("|")))))
    )

    following = ", ".join(f"step {number + 3} (say {number})" for number in range(5))
    assert f"Likely consequences of step 2: {following} and 2 more." in text
    assert "Likely consequence of step 1: step 2 (|)." in text
    assert text.index("Step 1: first") < text.index("Step 2: lost") < text.index("Likely consequences of step 2")
    assert "Step 3: say" not in text


def test_consequences_without_a_place_are_counted() -> None:
    suites = {f"S{number}": failed(failing("lost", "flow"), failed_step("then")) for number in range(25)}

    text = words(page(rendered(report_of(**suites))))

    assert "… and 5 more failed steps. 5 likely consequences are in the full report." in text
    assert 20 == text.count("Likely consequence of step 1: step 2 (then).")


def mistaken(*utterances: tuple[str, str, str]) -> JobResult:
    """A batch suite in which each of these utterances, which are of the first intent, got the second one."""
    steps = tuple(
        StepResult(
            number, said, "failed", (), (TestCase(number, 0, "intent", Outcome.FAILED, "odd", expected, actual),)
        )
        for number, (said, expected, actual) in enumerate(utterances, 1)
    )
    suite = SuiteResult(
        name="Intents", suite="Intents", verdict=Verdict.FAILED, exit_code=1, kind="batch", steps=steps, run_id="tr-1"
    )
    return JobResult.of(Target(), [suite])


def test_failed_utterances_are_one_table_with_the_confused_intents() -> None:
    root = page(rendered(mistaken(("two pizzas", "Order pizza", "Order drink"), ("|", "Opening hours", "(no intent)"))))

    (table,) = root.iter("table")
    rows = [[words(cell) for cell in row] for row in table.iterfind(".//tr")]
    assert [["❌ 1", "two pizzas", "intent", "Order pizza", "Order drink"]] == rows[1:2]
    assert [["Order pizza", "Order drink"], ["Opening hours", "(no intent)"]] == [
        [words(mark) for mark in row.iter("code")] for row in list(table.iter("tr"))[1:]
    ]
    assert "Most confused intents: Order pizza → Order drink (1), Opening hours → (no intent) (1)." in words(root)


def test_a_table_of_suites_has_two_rows_or_is_left_out() -> None:
    bad, good = failed(failed_step()), answer(step())

    def shown(**suites: Any) -> str:
        return words(page(rendered(report_of(**suites))))

    assert "Bot time" not in shown(Pizza=bad)
    assert "✅ 1 suite passed: Hours" in (one := shown(Pizza=bad, Hours=good))
    assert "Bot time" not in one
    assert "✅ 1 suite passed: Hours" in shown(Hours=good)
    assert 1 == shown(Pizza=bad, Hours=good, Shops=good).count("Bot time")
    assert 1 == shown(Pizza=bad, Pasta=bad, Hours=good).count("Bot time")
    assert 2 == shown(Pizza=bad, Pasta=bad, Hours=good, Shops=good).count("Bot time")


def test_what_was_tested_is_told_only_of_a_bot_that_was_tested() -> None:
    stop = StopReason(Verdict.ERROR, 3, 'The platform rejected the credentials (401 "No.").')

    assert "Tested" not in rendered(job_of(RunRecord("Pizza", stop=stop)))
    assert "of 1 test case" not in rendered(job_of(RunRecord("Pizza", stop=stop)))
    started = rendered(job_of(RunRecord("Pizza", "ctr-1", stop=stop)))
    assert "Tested" not in started
    assert "Bot version in development, language en." in started
    assert "Tested: bot version in development" in rendered(report_of(Pizza=answer(step())))


def test_the_inputs_that_attach_are_copied_as_they_are() -> None:
    stop = StopReason(Verdict.TIMEOUT, 5, "The test run made no progress for 10m (stall-timeout).")
    names, ids = ["Pay @ann #1 </code></pre>", "a1"], ["ctr-7a3e80dd-385c-5356", "ctr-1"]
    root = page(rendered(job_of(*(RunRecord(name, run, stop=stop) for name, run in zip(names, ids, strict=True)))))

    (block,) = root.iter("pre")
    lines = ["test-suites: |", *(f"  {name}" for name in names), "test-run-ids: |", *(f"  {run}" for run in ids)]
    assert "\n".join(lines) == block.find("code").text_content()


def test_values_in_code_are_found_by_a_search() -> None:
    root = page(rendered(mistaken(("two pizzas", "order-pizza_2", "order-drink@1"))))

    assert ["order-pizza_2", "order-drink@1"] == [mark.text_content() for mark in root.iter("code")]


def test_a_cause_says_how_often_its_step_failed_lately() -> None:
    (suite,) = report_of(Pizza=answer(failed_step(), status="failed")).suites
    steps = tuple(step._replace(trend=Trend(3, 20)) for step in suite.steps)
    job = JobResult.of(Target(), [replace(suite, steps=steps)])

    assert "Step 1: pizza (text) · failed in 3 of the last 20 runs" in words(page(rendered(job)))


def test_new_failures_are_told_from_known_ones() -> None:
    known = failed_case(2, known_since=datetime(2026, 3, 1, tzinfo=UTC))
    text = words(page(rendered(job_with(failed_case(1), known))))

    assert "1.1 text: expected" in text
    assert "2.1 text (known since 2026-03-01): expected" in text
    assert "known" not in words(page(rendered(job_with(failed_case(1)))))


def test_with_a_baseline_causes_that_it_lacks_are_new() -> None:
    job = report_of(Pizza=answer(failed_step(), status="failed"))
    compared = replace(job, policy=PolicyEffect(Comparison("base.json", new=1)))

    assert "Step 1: pizza (text; new)" in words(page(rendered(compared)))
    assert "new" not in words(page(rendered(job)))


def test_what_policy_tolerated_is_reported_with_count_and_source() -> None:
    cases = [
        failed_case(1).tolerated(Tolerance(ToleranceKind.QUARANTINE, "quarantined by Ann: | @ann", is_added=True)),
        failed_case(2).tolerated(Tolerance(ToleranceKind.KNOWN, "known since 2026-03-01")),
    ]
    text = words(page(rendered(job_with(*cases, verdict=Verdict.TOLERATED))))

    assert "🟡 Conversation tests: the suite has tolerated failures: Pizza (does not block)" in text
    assert "2 tolerated: 1 quarantined (), 1 known." in text
    assert "2 tolerated test cases Pizza 🟡 1.1 text" in text
    assert "Why it is tolerated: quarantined by Ann: | @ann Pizza 🟡 2.1 text" in text
    assert "Why it is tolerated: known since 2026-03-01" in text


def test_a_failure_that_the_exit_code_hides_is_reported() -> None:
    job = with_exit_code(report_of(Pizza=answer(failed_step(), status="failed")), "never")

    assert (
        "❌ Conversation tests: the suite failed: Pizza (does not block) "
        "Tests failed, but this job passes: fail-on is never, so no result blocks the merge."
    ) in words(page(rendered(job)))


@pytest.mark.parametrize("commit", ["", "HEAD", "0123456", "@someone", f"{COMMIT}\n# passed", "<b>"])
@pytest.mark.parametrize("address", ["", "javascript:alert(1)", 'https://a/"onclick="x', "https://a\n# passed", "//a"])
def test_a_commit_or_address_that_is_none_is_left_out(commit: str, address: str) -> None:
    text = rendered(report_of(Pizza=answer(step())), commit, address)

    assert ("Commit" in text) == (commit == "0123456")
    assert [comment.HOME] == [link.get("href") for link in page(text).iter("a")]
    assert "# passed" not in text


@pytest.mark.parametrize("suites", [1, 500])
@pytest.mark.parametrize("length", [10, 20_000])
def test_it_is_never_larger_than_a_comment_may_be(suites: int, length: int) -> None:
    cases = [
        failed_case(number, message="@#" * length)
        if number % 2
        else failed_case(number).tolerated(Tolerance(ToleranceKind.KNOWN, "#!" * length))
        for number in range(200)
    ]
    made = [
        SuiteResult(name="|@" * length, suite="a", verdict=Verdict.FAILED, exit_code=1, run_cases=tuple(cases))
        for _ in range(suites)
    ]

    text = rendered(JobResult.of(Target(), made))

    assert LARGEST >= len(text.encode())
    assert text.startswith("## ❌ ")
    assert f"{100 * suites:,} tolerated test cases" in text
    assert suites == 1 or "more: 4" in text


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_nothing_untrusted_changes_the_shape_of_a_comment(name: str, said: str, answered: str) -> None:
    def tags(*texts: str) -> list[Any]:
        suite, user, bot = (f"x{text}" for text in texts)
        reply = answer(failed_step(user, "Which size?", bot), status="failed")
        return [element.tag for element in page(rendered(job_of(record_of(suite, reply)))).iter()]

    assert tags("", "", "") == tags(name, said, answered)


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_neither_utterances_nor_consequences_change_the_shape_of_a_comment(one: str, two: str, three: str) -> None:
    def tags(*texts: str) -> list[Any]:
        first, second, third = (f"x{text}" for text in texts)
        conversation = failed(failing("lost", "flow"), failed_step(first), failed_step(second))
        jobs = mistaken((first, second, f"y{third}")), report_of(Pizza=conversation)
        return [element.tag for job in jobs for element in page(rendered(job)).iter()]

    assert tags("", "", "") == tags(one, two, three)


def test_what_a_baseline_and_a_quarantine_file_did_is_reported_with_count_and_source() -> None:
    excuse = Tolerance(ToleranceKind.QUARANTINE, "Prices change.")
    job = tolerated_job(report_of(Pizza=answer(step(), failed_step(), status="failed")), excuse)
    effect = PolicyEffect(Comparison("base.json", known=2, fixed=1), "quarantine.toml", ("Pizza, prices",))
    root = page(rendered(replace(job, policy=effect)))
    told = words(root)

    assert "1 quarantine entry is added by this change" in [words(bold) for bold in root.iter("strong")]
    assert "1 test case tolerated as quarantined (quarantine.toml), 1 quarantine entry is added by this change." in told
    assert "Against the baseline base.json: 0 new, 2 known, 1 fixed." in told


def test_suites_from_files_of_the_workspace_are_reported_with_count_and_source() -> None:
    job = report_of(Pizza=answer(step()))
    source = SuiteSource("suites/<b>Pizza.json", "0" * 64, 1)
    told = page(rendered(replace(job, suites=tuple(replace(suite, source=source) for suite in job.suites))))

    assert "1 suite is from a file of the workspace (suites/<b>Pizza.json)." in words(told)
    assert [] == told.xpath("//b")


@pytest.mark.parametrize("unit", ["@", "a1"])
def test_it_fits_whatever_policy_and_reasons_have_to_say(unit: str) -> None:
    long = unit * 1000
    cases = [failed_case(1, message=long), failed_case(2).tolerated(Tolerance(ToleranceKind.QUARANTINE, long))]
    suite = SuiteResult(
        name=long, suite="a", verdict=Verdict.ERROR, exit_code=4, run_cases=tuple(cases), doubts=(long,) * 9
    )
    effect = PolicyEffect(Comparison(long, 1, 1), long, (long,) * 50, remarks=(long,) * 50)
    job = replace(JobResult.of(Target(), [suite] * 6), policy=effect)

    text = rendered(job)

    assert LARGEST >= len(text.encode())
    # What changes the meaning of the verdict is never cut.
    assert "6 test cases tolerated as quarantined" in (told := words(page(text)))
    assert "50 quarantine entries are added by this change" in told
    assert "Against the baseline" in told
    assert unit == "a1" or "more remarks." in told


def test_a_result_that_fits_in_no_way_replaces_that_of_an_earlier_run() -> None:
    text = rendered(report_of(Pizza=answer(failed_step(), status="failed")), largest=100)

    assert (
        "❌ Conversation tests: the suite failed: Pizza The result is too long for a comment. Read it in the job."
        == words(page(text))
    )


def test_new_and_known_failures_stand_in_the_order_of_their_steps() -> None:
    when = datetime(2026, 3, 1, tzinfo=UTC)
    job = report_of(Pizza=failed(failed_step("a"), failing("b", "flow"), failed_step("c"), failed_step("d")))
    (suite,) = job.suites

    def with_known(*known: int) -> str:
        steps = tuple(
            step._replace(cases=tuple(case._replace(known_since=when) for case in step.cases))
            if step.number in known
            else step
            for step in suite.steps
        )
        compared = replace(job, suites=(replace(suite, steps=steps),), policy=PolicyEffect(Comparison("base.json")))
        return words(page(rendered(compared)))

    told = with_known(1, 3)
    places = [told.index(f"Step {number}: ") for number in (1, 2, 3)]
    assert sorted(places) == places
    assert "Step 1: a (text; known since 2026-03-01)" in told
    assert "Step 2: b (flow; new)" in told
    # The default branch has it without the new failure.
    assert "Step 3: c (text; known since 2026-03-01)" in told
    assert "Likely consequence of step 2: step 4 (d)." in told
    assert "Likely consequences of step 2: step 3 (c), step 4 (d)." in with_known(2, 3, 4)
    assert "Likely consequences of step 2: step 3 (c), step 4 (d)." in with_known()
