"""Every state of page, summary and comment, made by whole jobs: what a reader meets first."""

import html
import re
from pathlib import Path

import lxml.html
import pytest
from states import markdown_page
from support.page import Parser
from support.states import SIXTEEN, STATES, State, state

GRANT_THE_SCOPE = (
    'Grant the scope "Conversation Tests Execution" to the JWT app and publish the app with its API scopes.'
)


INVALID = ["host", "stream-id", "test-suites", "client-id", "user-email", "timeout"]


def failing_suites(made: State) -> list[str]:
    return [row.classname.rpartition(".")[0] for row in made.done.rows if row.outcome in ("failure", "error")]


@pytest.mark.parametrize("name", STATES)
def test_the_first_line_of_summary_and_comment_names_what_did_not_pass(name: str, tmp_path: Path) -> None:
    made = state(name, tmp_path)
    shown = [made.done.summary, *([made.comment.partition("\n")[2]] if made.comment else [])]
    for text in shown:
        first = text.splitlines()[0].replace("&#8203;", "")
        assert first.startswith("## ")
        if made.done.outputs["verdict"] == "passed":
            assert first.endswith("passed")
        elif name == "skipped":
            assert html.unescape(first).endswith("skipped: the bot was not tested")
        elif name == "error-inputs":
            assert first.endswith("the inputs are invalid, so no suite ran")
        elif name in ("error-credentials", "error-credentials-16", "error-out-of-sync"):
            # What concerns all suites is no matter of one of them.
            assert not any(suite in first for suite in failing_suites(made))
        elif (failing := failing_suites(made)) == ["koregate"]:
            # An error of the job itself is told in its own words.
            assert "koregate" not in first
            assert "suites" not in first
        elif failing:
            assert any(suite in first for suite in failing)
        assert made.done.outputs["verdict"] != "error" or "This job fails (exit code " in text
        assert ("Full report: report.html, among the artifacts of <a" in text) == (
            name not in ("error-inputs", "skipped")
        )
    if made.done.outputs["verdict"] in ("failed", "error", "timeout", "cancelled"):
        assert all("### What to do next\n" in text for text in shown)


@pytest.mark.parametrize("name", STATES)
def test_the_page_leads_with_what_did_not_pass_and_says_when_which_commit_and_which_bot(
    name: str, tmp_path: Path
) -> None:
    made = state(name, tmp_path)
    root = Parser.read(made.page)
    header = root.only("header")
    facts = {row.only("dt").text for part in header.all("dl") for row in part.all("div")}
    assert {"Finished", "Run", "Commit", "Branch", "koregate"} <= facts
    assert name in ("error-inputs", "skipped", "merged-unusable") or {"Bot version", "Language"} <= facts
    if made.done.outputs["verdict"] in ("failed", "error", "timeout", "cancelled"):
        # A list of problems of the job itself is no list of links.
        failing = failing_suites(made)
        assert bool(root.all("nav")) == any(suite.partition(" (")[0] != "koregate" for suite in failing)
        assert header.all("section", "next")
    order = ["failed", "error", "timeout", "cancelled", "tolerated", "skipped", "passed"]
    places = [order.index(section.classes[-1]) for section in root.all("section", "suite")]
    assert sorted(places) == places


@pytest.mark.parametrize(
    ("name", "heading", "reason", "steps"),
    [
        (
            "error-out-of-sync",
            "Conversation tests: the app's model is not trained on its latest changes, so no test run was started",
            "training Finished, out of sync with Sentences, EntityNode.",
            ["Train the app on the platform, because it was changed", "Then re-run the failed job."],
        ),
        (
            "suite-files-changed",
            "Batch tests: Pizza intents was changed by another import while it ran",
            "changed while it ran: another file was imported into it.",
            [
                "Set suite-prefix to a text that differs in each pull request and that the author cannot choose,",
            ],
        ),
        (
            "error-aborted",
            "Conversation tests: Order a pizza has no result: the run was aborted on the platform",
            "Steps 4 to 8 did not run.",
            ["Re-run the failed job.", "If the suite has no result again, check it in the App Builder."],
        ),
        (
            "error-missing-steps",
            "Conversation tests: Order a pizza has no result: step 8 of 8 is missing",
            "So the suite cannot be counted as passed.",
            ["Re-run the failed job.", "If the suite has no result again, check it in the App Builder."],
        ),
        (
            "error-credentials",
            (
                "Conversation tests: the platform rejected the scope of the token (HTTP 401): the scope "
                '"Conversation Tests Execution" is missing'
            ),
            'The platform rejected the scope of the token (401 "Permission denied. Scope is incorrect!").',
            [
                GRANT_THE_SCOPE,
                "Check with koregate doctor, which starts no test run.",
                "Then re-run the failed job.",
            ],
        ),
        (
            "timeout",
            "Conversation tests: the suite timed out: Order a pizza",
            "The platform last reported 40% progress (4 steps in all).",
            [
                "The test run of Order a pizza may still be running on the platform.",
                "To get the result of this test run, replace test-suites in with: of the koregate step in the",
                "To start a new one instead, re-run the failed job.",
                "If it times out again, increase stall-timeout in with: of the koregate step and push, which starts a",
            ],
        ),
        (
            "failed-16-suites",
            (
                "Conversation tests: 3 of 16 suites failed: Order a pizza, Vouchers and discounts, Complaints; "
                "2 have no result: Track an order, Talk to a person"
            ),
            "",
            [
                "Order a pizza, Vouchers and discounts, Complaints: Compare expected and actual.",
                "Then push, or re-run the failed job if you corrected it on the platform.",
                "If Track an order and Talk to a person have no result again, check them in the App Builder.",
            ],
        ),
    ],
)
def test_a_reason_says_why_and_what_to_do_next_says_the_rest(
    name: str, heading: str, reason: str, steps: list[str], tmp_path: Path
) -> None:
    root = lxml.html.fromstring(markdown_page(state(name, tmp_path).comment))

    assert root.find(".//h2").text_content().replace("\u200b", "").endswith(heading)
    told, *reasons = [[item.text_content().replace("\u200b", "") for item in items] for items in root.iter("ul")]
    assert len(steps) == len(told)
    assert all(map(str.startswith, told, steps))
    assert not reason or [reason] == [said[-len(reason) :] for (said,) in reasons]


def test_an_owner_whom_reports_do_not_show_is_warned_of_and_leaves_no_gap(tmp_path: Path) -> None:
    made = state("tolerated-quarantine", tmp_path)

    told = (
        "Quarantine: the owners of the entries on lines 1 and 8 look like e-mail addresses, which reports do not show. "
        "Write a name or a team."
    )
    assert f"::warning title=koregate::{told}\n" in made.done.log
    assert "until their owner corrects them." in made.done.log
    assert "Why it is tolerated: quarantined until 2026-12-03 (10 days left): The menu" in made.done.log
    assert not [text for text in (made.done.log, made.done.summary, made.page.decode()) if "[email]" in text]


def test_in_a_pull_request_known_failures_are_tolerated_beside_new_ones_that_block(tmp_path: Path) -> None:
    done = state("new-and-known", tmp_path).done

    assert ("failed", "5", "2") == tuple(done.outputs[name] for name in ("verdict", "new-failures", "tolerated"))
    # The line at the end of its run, before policy, and the one that joins it to the counts after policy.
    assert (
        "in 4s: 7 of 16 test cases failed in steps 3, 4, 5 and 7. The policy may still tolerate this at the end.\n"
        in done.log
    )
    assert (
        "2 suites: 1 passed, 1 failed. 5 new failures. 2 test cases tolerated as known (main/report.json, " in done.log
    )
    assert '"A margherita, please" (new)' in done.log
    assert done.summary.splitlines()[0].endswith("1 of 2 suites failed&#58; Order a pizza&#59; 5 new failures")
    assert "very test run" not in done.log


def test_on_the_default_branch_each_report_says_why_a_known_failure_blocks(tmp_path: Path) -> None:
    made = state("new-and-known-on-main", tmp_path)
    why = (
        'The baseline "main/report.json" tolerates no known failures: this job does not belong to a pull or merge '
        "request. Known failures block here like new ones."
    )

    assert ("failed", "2", "0") == tuple(made.done.outputs[name] for name in ("verdict", "known-failures", "tolerated"))
    assert "The policy, applied" not in made.done.log
    for text in (markdown_page(made.done.summary), markdown_page(made.comment), made.page.decode()):
        assert why in lxml.html.fromstring(text).text_content().replace("\u200b", "")
    assert why in made.done.log


def test_tolerated_failures_name_what_to_review(tmp_path: Path) -> None:
    made = state("tolerated-quarantine", tmp_path)
    header = Parser.read(made.page).only("header")
    texts = [lxml.html.fromstring(markdown_page(text)).text_content() for text in (made.done.summary, made.comment)]

    for text in (*texts, made.done.log, header.only("section", "next").words):
        assert 'Review the entry on line 8 ("Order a pizza", "12 Harbour Street"' in text.replace("\u200b", "")
    for text in (*texts, header.words):
        assert "This job passes: the tolerated failures do not block the merge." in text


def test_a_timeout_says_what_was_reported_and_what_was_judged(tmp_path: Path) -> None:
    page = Parser.read(state("timeout", tmp_path).page)

    assert "The platform last reported 40% progress (4 steps in all)." in page.only("nav").words
    assert "The platform returned no results for the 4 steps." in page.by_id("s1").words
    assert "0 of 4" not in page.words


@pytest.mark.parametrize(
    ("name", "counted", "caption", "row", "bar", "logged", "outputs"),
    [
        (
            "tolerated-flaky",
            (
                "6 of 8 steps passed in every run. 12 of 14 test cases (one per assertion) passed in every run, 2 only "
                "in the last run (flaky, tolerated)."
            ),
            "Test cases (one per assertion): 12 passed in every run, 2 only in the last run (flaky, tolerated)",
            ["4 of 6 in every run", "10 of 12 in every run"],
            {"passed": "12", "tolerated": "2"},
            "14 test cases: 12 passed in every run, 2 only in the last run (flaky, tolerated)",
            ["14", "14", "0", "0", "2"],
        ),
        (
            "tolerated-quarantine",
            "4 of 6 steps passed. 10 of 12 test cases (one per assertion) passed, 2 tolerated.",
            "Test cases (one per assertion): 10 passed, 2 tolerated",
            ["4 of 6", "10 of 12"],
            {"passed": "10", "tolerated": "2"},
            "Order a pizza: 10 of 12 test cases passed, 2 tolerated.",
            ["12", "10", "0", "2", "2"],
        ),
        (
            "failed-16-suites",
            "114 of 124 steps passed. 114 of 124 test cases (one per assertion) passed, 4 failed, 6 skipped.",
            "Test cases (one per assertion): 114 passed, 4 failed, 6 skipped",
            ["6 of 8", "6 of 8"],
            {"passed": "114", "failed": "4", "skipped": "6"},
            "124 test cases: 114 passed, 4 failed, 6 skipped",
            ["126", "114", "2", "6", "0"],
        ),
    ],
)
def test_people_read_the_same_counts_everywhere_and_programs_those_of_junit(
    name: str,
    counted: str,
    caption: str,
    row: list[str],
    bar: dict[str, str],
    logged: str,
    outputs: list[str],
    tmp_path: Path,
) -> None:
    made = state(name, tmp_path)
    page = Parser.read(made.page)

    for text in (made.done.summary, made.comment):
        assert counted in text
    # The page has the numbers of its bar once.
    header = page.only("header")
    assert f"{counted.partition('.')[0]}." in header.words
    assert caption == header.only("p", "bar").words
    assert "test cases (one per assertion)" not in header.words
    if made.done.outputs["verdict"] != "tolerated":
        assert counted in made.done.log
    assert logged in made.done.log
    assert row == [cell.text for cell in page.by_id("suites").all("td")[1:3]]
    assert bar == {part.classes[0]: part.attributes["width"] for part in page.only("svg").all("rect")}
    assert outputs == [made.done.outputs[key] for key in ("total", "passed", "errors", "skipped", "tolerated")]


def test_what_keeps_all_suites_from_starting_is_told_once(tmp_path: Path) -> None:
    made = state("error-credentials-16", tmp_path)
    page = Parser.read(made.page)

    for text in (*texts_of(made)[:-1], page.words):
        assert 1 == text.count('The platform rejected the credentials (401 "Invalid SDK credentials").')
        assert [1] * len(SIXTEEN) == [text.count(name) for name in SIXTEEN]
    assert "No test run was started." in page.words
    assert not page.all("table")
    assert not page.all("section", "suite")
    assert not any("|---|" in text for text in (made.done.summary, made.comment))
    _, shared = [line for line in made.done.log.splitlines() if line.startswith("::error")]
    assert shared.startswith("::error title=16 suites without a result::The platform rejected the credentials (401")


def test_each_problem_with_the_inputs_has_a_line_in_its_annotation(tmp_path: Path) -> None:
    log = state("error-inputs", tmp_path).done.log

    (told,) = [line for line in log.splitlines() if line.startswith("::error title=koregate::")]
    lines = told.partition("::error title=koregate::")[2].split("%0A")
    assert INVALID == [re.split(":? ", line)[0] for line in lines]
    assert "Set client-id and client-secret, or only jwt, under" in lines[3]
    assert "::error title=koregate%3A error (exit code 2)::The inputs are invalid, so no suite ran.%0A" in log


def test_on_github_reports_name_the_run_to_which_the_artifacts_belong(tmp_path: Path) -> None:
    made, invalid = state("failed", tmp_path), state("error-inputs", tmp_path)
    run = "https://github.com/acme/pizza-bot/actions/runs/71234567"

    for text in (made.done.summary, made.comment, invalid.comment):
        links = [link for link in lxml.html.fromstring(markdown_page(text)).iter("a") if link.get("href") == run]
        assert ["run #123"] == [link.text_content().replace("\u200b", "") for link in links]
    assert "%0AFull report: report.html, among the artifacts of run #123.\n" in made.done.log
    facts = {
        row.only("dt").text: row.only("dd")
        for row in Parser.read(made.page).only("header").all("dl", "facts")[0].all("div")
    }
    assert (run, "123") == (facts["Run"].only("a").attributes["href"], facts["Run"].text)


def test_names_in_problems_with_the_inputs_are_code_in_each_report(tmp_path: Path) -> None:
    made = state("error-inputs", tmp_path)
    names = [
        ["host"],
        ["stream-id", "stream-id", "with:"],
        ["test-suites", "test-suites", "with:"],
        ["client-id", "client-id", "client-secret", "jwt", "with:"],
        ["user-email", "user-email", "with:"],
        ["timeout"],
    ]

    for text in (markdown_page(made.done.summary), markdown_page(made.comment), made.page.decode()):
        root = lxml.html.fromstring(text.encode())
        problems = [item for item in root.iter("li") if item.text_content().partition(" ")[0].rstrip(":") in INVALID]
        assert names == [[code.text for code in item.iter("code")] for item in problems]
        assert "6 problems with the inputs" in root.text_content()


def texts_of(made: State) -> list[str]:
    """What people read in the summary, the comment if there is one, and the header of the page."""
    pages = [markdown_page(text) for text in (made.done.summary, made.comment) if text]
    texts = [lxml.html.fromstring(page).text_content().replace("\u200b", "") for page in pages]
    return [*texts, Parser.read(made.page).only("header").words]


def test_what_passed_in_a_suite_without_a_result_does_not_count_and_looks_like_in_any_other(tmp_path: Path) -> None:
    made = state("suite-files-changed", tmp_path)
    page = Parser.read(made.page)

    assert all("2 of 2 utterances passed, which cannot be counted as a pass." in text for text in texts_of(made))
    assert {"passed": "2"} == {part.classes[0]: part.attributes["width"] for part in page.only("svg").all("rect")}
    assert "cannot be counted as a pass" not in " ".join(texts_of(state("failed-16-suites", tmp_path)))
    aborted = Parser.read(state("error-aborted", tmp_path).page)
    bar = [part.attributes["width"] for part in aborted.only("svg").all("rect", "passed")]
    assert bar == [cell.text.partition(" of ")[0] for cell in aborted.by_id("suites").all("td")[2:3]]


@pytest.mark.parametrize("name", STATES)
def test_the_end_of_the_log_has_the_exit_code_once(name: str, tmp_path: Path) -> None:
    log = state(name, tmp_path).done.log

    assert 1 == log[log.index("Reports: ") :].count("(exit code ") - ("had invalid inputs (exit code 2)" in log)


def test_remarks_stand_before_the_failures_that_the_verdict_is_about(tmp_path: Path) -> None:
    log = state("error-aborted", tmp_path).done.log

    assert log.index("Remark: ") < log.index("The run was aborted on the platform: ") < log.index("What to do next:")


@pytest.mark.parametrize("name", ["cancelled", "timeout", "new-and-known", "error-aborted"])
def test_a_blank_line_stands_before_each_part_of_the_log_and_after_the_last(name: str, tmp_path: Path) -> None:
    lines = state(name, tmp_path).done.log.splitlines()
    told = lines[lines.index("::endgroup::") + 1 : lines.index("::group::Annotations")]

    assert ("", "") == (told[0], told[-1])
    for number, line in enumerate(told):
        if "still be running on the platform. The inputs" in line or "Remark: " in line:
            assert not told[number - 1]


def test_a_tolerated_step_is_named_once(tmp_path: Path) -> None:
    log = state("new-and-known", tmp_path).done.log.partition("::group::Annotations")[0]

    assert 1 == log.count("Order a pizza, step 5")
    assert all(f"5.1 {kind}: expected" in log for kind in ("text", "context"))


def test_a_suite_without_a_result_outranks_a_failed_one_where_the_exit_code_is_its_own(tmp_path: Path) -> None:
    told = "which blocks the merge if the check is required. The verdict is error because 2 suites have no result."
    made = state("failed-16-suites", tmp_path)

    assert all(f"This job fails (exit code 4), {told}" in text for text in texts_of(made))
    assert 1 == made.done.log.partition("Verdict: ")[2].count("The verdict is error because")
    for name in ("failed", "error-aborted"):
        assert not any("The verdict is error because" in text for text in texts_of(state(name, tmp_path)))


def test_a_skipped_job_says_whether_it_blocks_and_what_to_do(tmp_path: Path) -> None:
    made = state("skipped", tmp_path)

    for text in texts_of(made):
        assert "This job passes (exit code 0), but the bot was not tested. It got no credentials" in text
        assert "Run the tests from a branch of this repository before you merge." in text
    assert "Run the tests from a branch" in made.done.log
    assert not Parser.read(made.page).all("section", "suite")


def annotation_titles(made: State) -> list[str]:
    found = re.findall(r"^::(?:error|notice|warning) title=(.*?)::", made.done.log, re.MULTILINE)
    return [title.replace("%2C", ",").replace("%3A", ":") for title in found]


def test_annotations_say_what_is_new_or_known_and_how_often_it_failed(tmp_path: Path) -> None:
    marks = [title.rpartition('" ')[2] for title in annotation_titles(state("new-and-known-on-main", tmp_path))]
    assert ["(new)", "(new)", "(new; likely a consequence of step 4)", "(known since 2026-11-23)"] == marks[-4:]
    titles = annotation_titles(state("failed-with-history", tmp_path))
    assert any("; failed in 2 of the last 5 runs, this one included)" in title for title in titles)


def test_the_failures_of_a_tolerated_step_stand_below_one_heading(tmp_path: Path) -> None:
    made = state("new-and-known", tmp_path)

    for text in (made.done.summary, made.comment):
        tolerated = text.replace("&#8203;", "").partition("tolerated&#58; known")[2]
        assert 1 == tolerated.count("step 5 &#34;Large&#34;")
        assert 2 == tolerated.count("🟡&nbsp;5&#46;1&nbsp;")
        (table,) = [part for part in re.findall("<table>.*?</table>", tolerated, re.DOTALL) if "🟡" in part]
        assert 2 == table.count("<td>expected</td>")


def test_a_dialog_that_ended_in_silence_says_so(tmp_path: Path) -> None:
    made = state("new-and-known", tmp_path)

    assert "%0Auser: Yes%0Abot: (no response)\n" in made.done.log
    rows = [row for row in lxml.html.fromstring(made.done.summary).iter("tr") if "🤖" in row.text_content()]
    assert "7❌\xa0🤖\xa0bot(no response)" == rows[-1].text_content()


def test_annotations_name_the_steps_that_are_tolerated(tmp_path: Path) -> None:
    (told,) = [line for line in state("tolerated-flaky", tmp_path).done.log.splitlines() if "::warning" in line]

    assert told.startswith("::warning title=Order a pizza%2C steps 3 and 5%3A tolerated::This job passes: ")
    assert "%0A2 test cases tolerated as flaky.%0A" in told
    assert '%0AStep 3 "A margherita, please":%0A3.1 text: ' in told
    assert '%0AStep 5 "12 Harbour Street":%0A5.1 text: ' in told
    log = state("new-and-known", tmp_path).done.log
    assert (
        "::warning title=Order a pizza%2C step 5%3A tolerated::Why these 2 test cases are tolerated: known on the"
        in log
    )
    assert '%0AStep 5 "Large":%0A5.1 text: expected "One large' in log
    assert 1 == log.partition("::group::Annotations")[2].partition("::endgroup")[0].count("2 test cases tolerated as")


def test_an_annotation_of_a_suite_file_stands_at_that_file(tmp_path: Path) -> None:
    lines = [line for line in state("suite-files", tmp_path).done.log.splitlines() if line.startswith("::error")]

    assert ["", *["suite-files/Pizza intents.json"] * 2] == [
        found[1] if (found := re.match(r"::error title=[^:]*?,file=([^:]*)::", line)) else "" for line in lines
    ]
    assert "file=" not in state("failed", tmp_path).done.log


def test_an_annotation_does_not_repeat_the_utterance_of_its_title(tmp_path: Path) -> None:
    titles = annotation_titles(state("batch-failed", tmp_path))

    assert 'Pizza intents, utterance 2 "a large margherita please"' in titles
    assert "user: " not in state("batch-failed", tmp_path).done.log.partition("::group::Annotations")[2]


def test_the_page_says_once_why_a_run_has_no_result(tmp_path: Path) -> None:
    page = Parser.read(state("timeout", tmp_path).page)

    assert 1 == page.words.count("The platform last reported 40% progress")


def test_reports_name_the_version_of_the_bot_in_words_and_once(tmp_path: Path) -> None:
    made = state("failed", tmp_path)

    for text in (*texts_of(made)[:-1], Parser.read(made.page).words):
        assert 1 == text.count("ersion in development")
        assert "inDevelopment" not in text


def test_a_filter_names_failures_of_two_kinds_in_one_word(tmp_path: Path) -> None:
    page = Parser.read(state("new-and-known", tmp_path).page)

    choices = [label.words for label in page.by_id("tools").only("fieldset").all("label")]
    assert ["all", "failed, all new (3)", "tolerated as known (1)"] == choices


def test_tolerated_utterances_are_called_utterances(tmp_path: Path) -> None:
    words = Parser.read(state("tolerated-f1", tmp_path).page).only("nav").words

    assert "5 utterances with tolerated failures" in words


def test_that_a_flaky_suite_fails_is_not_what_the_platform_reports(tmp_path: Path) -> None:
    words = Parser.read(state("flaky-that-fails", tmp_path).page).words

    assert "Why it did not pass 2 test cases failed in an earlier run and passed in the last one." in words
    assert "What the platform reports" not in words
    assert "What the platform reports" in Parser.read(state("failed", tmp_path).page).words


def test_the_bot_time_of_suites_that_ran_again_is_that_of_the_last_run(tmp_path: Path) -> None:
    made, once = state("drifting", tmp_path), state("failed", tmp_path)

    assert all("Bot time, last run" in text for text in (made.done.summary, made.page.decode()))
    assert not any("Bot time, last run" in text for text in (once.done.summary, once.page.decode()))


def test_the_verdict_line_names_the_scope_that_is_missing(tmp_path: Path) -> None:
    told = state("error-credentials", tmp_path).done.verdict

    assert told.endswith(
        'the platform rejected the scope of the token: the scope "Conversation Tests Execution" is missing.'
    )


def test_each_report_says_in_one_way_that_the_failed_utterances_are_not_known(tmp_path: Path) -> None:
    made = state("batch-without-file", tmp_path)
    told = "1 of 3 utterances failed; the platform did not say which."

    assert told in Parser.read(made.page).only("nav").words
    assert told in made.done.log
    assert "The platform counts" not in Parser.read(made.page).only("nav").words


def test_a_test_run_that_failed_without_a_reason_is_named_in_the_advice(tmp_path: Path) -> None:
    made = state("failed-step-without-reason", tmp_path)

    told = f"Open test run {made.done.outputs['test-run-ids'].splitlines()[0]} in the App Builder to find the cause."
    assert all(told in text for text in texts_of(made))


def test_a_bot_that_gives_one_answer_to_everything_is_probably_down(tmp_path: Path) -> None:
    made = state("failed-broken", tmp_path)
    told = (
        "Check that the bot and the services behind it are up. All 10 failed steps got the same answer: "
        '"Sorry, something went wrong." '
    )

    assert all(told in text.replace("\n", " ") for text in [*texts_of(made), re.sub(r"\s+", " ", made.done.log)])
    assert not any("Compare expected" in text for text in [*texts_of(made), made.done.log])
    told = "10 failed steps, all with the same answer"
    assert all(told in text for text in (made.done.summary, made.comment, Parser.read(made.page).only("nav").words))
    listed = Parser.read(made.page).only("nav")
    assert ["Sorry, something went wrong."] == [said.text for said in listed.only("h2").all("q")]
    assert 10 == len(listed.all("dt")) == [row.text for row in listed.all("dt")].count("text expected")
    assert "Opening hours: 10 failed steps" == annotation_titles(made)[-1]
    for text in (made.done.summary, made.comment):
        root = lxml.html.fromstring(markdown_page(text))
        table, *conversation = root.iter("table")
        rows = [[cell.text_content().replace("\u200b", "") for cell in row] for row in table.iter("tr")]
        assert ["step", "user", "expected"] == rows[0]
        assert ["❌\xa02", "When are you open?", "We are open every day from 11 to 23 o'clock."] == rows[1]
        assert 1 + 10 == len(rows)
        # In what to do next, above the table, and where a summary has the conversation to the first failure.
        assert 2 + len(conversation) == root.text_content().replace("\u200b", "").count("Sorry, something went wrong.")
    for name in ("failed", "failed-200-steps", "batch-failed"):
        assert not any("same answer" in text for text in texts_of(state(name, tmp_path)))


def test_reports_explain_the_kinds_of_what_failed_and_only_those(tmp_path: Path) -> None:
    made = state("failed", tmp_path)
    kinds = "flow: the dialog, intent and node that answered; text: what the bot said"
    summary, comment, _ = texts_of(made)

    for text in (summary, comment):
        assert kinds in text
        assert "; 3.1: step 3, response 1" in text
        # The comment only names the step with the failed assertion of the context, as a likely consequence.
        assert (f"{kinds}; context: a value that" in text) == (text is summary)
    assert f"{kinds}; context: a value that" in Parser.read(made.page).only("nav").words.replace(" :", ":")
    tolerated = Parser.read(state("tolerated-quarantine", tmp_path).page)
    assert "text: what the bot said" in tolerated.only("nav").words.replace(" :", ":")
    assert not any("; 3.1: " in text or "text: what" in text for text in texts_of(state("passed", tmp_path)))
    assert "entity: a detail of that" in texts_of(state("batch-failed", tmp_path))[0]
    assert not any(", response 1" in text for text in texts_of(state("batch-failed", tmp_path)))
