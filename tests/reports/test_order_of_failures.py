"""Reports lead with new failures and with causes, and fold nothing that blocks below something that does not."""

from typing import Any

import pytest
from support.answers import failed_step, report_of, step
from support.page import page_of
from support.policies import NOW, baseline, failed, failing, quarantine

from koregate.judging.results import JobResult
from koregate.policy.apply import apply_policy
from koregate.policy.rules import Policy
from koregate.reports import comment, summary
from koregate.reports.annotations import annotations_for
from koregate.reports.failure_lines import failure_lines

BEFORE = failed(step(), failed_step("old"), step("new"))
AFTER = failed(step(), failed_step("old"), failed_step("new"))
LOST = failed(step(), failing("lost", "flow"), failed_step("then"))


def on_the_default_branch(before: Any, after: Any) -> JobResult:
    """A job whose known failures block too."""
    policy = Policy(NOW, baseline=baseline(report_of(Pizza=before)), is_pull_request=False)
    return apply_policy(report_of(Pizza=after), policy)


def places(text: str, *words: str) -> list[int]:
    assert [] == [word for word in words if word not in text]
    return [text.index(word) for word in words]


def in_order(text: str, *words: str) -> bool:
    found = places(text, *words)
    return found == sorted(found)


def test_new_failures_come_before_known_ones_but_in_the_comment() -> None:
    job = on_the_default_branch(BEFORE, AFTER)

    assert in_order(summary.render(job), "<b>Step 3: new", "### Pizza, known failures", "<b>Step 2: old")
    assert in_order(comment.render(job, "", 60_000), "Step 2: old", "Step 3: new")
    assert [
        'FAILED Pizza, step 3 "new" (new)',
        'FAILED Pizza, step 2 "old" (known since 2026-11-24)',
    ] == [line for line in map(str, failure_lines(job)) if line.startswith("FAILED")]
    assert ['Pizza, step 3 "new" (new)', 'Pizza, step 2 "old" (known since 2026-11-24)'] == [
        shown.title for shown in annotations_for(job)
    ]
    assert ["Pizza, step 3", "Pizza, step 2"] == [link.text for link in page_of(job).only("nav").all("a")]


def test_known_failures_are_folded_below_new_ones_and_open_without_them() -> None:
    both, known = on_the_default_branch(BEFORE, AFTER), on_the_default_branch(BEFORE, BEFORE)

    assert "<details>\n<summary><b>Step 2: old" in summary.render(both)
    assert "<details open>\n<summary><b>Step 2: old" in summary.render(known)
    assert "### Pizza, known failures\n" in summary.render(both)
    assert "### Pizza, known failures" not in summary.render(known)


def test_a_consequence_is_folded_below_its_cause() -> None:
    job = report_of(Pizza=LOST)

    assert "<details open>\n<summary><b>Step 2: lost" in summary.render(job)
    assert "<details>\n<summary><b>Step 3: then" in summary.render(job)
    assert "Likely consequence of step 2: step 3 (then)." in comment.render(job, "", 60_000)
    assert "1 likely consequence of step 2" in page_of(job).only("nav").words
    assert page_of(job).by_id("s1-step-3").all("details")


def test_causes_of_all_suites_are_annotated_before_their_consequences() -> None:
    job = report_of(Pizza=LOST, Wine=LOST)

    assert ["lost", "lost", "then", "then"] == [shown.title.split('"')[1] for shown in annotations_for(job)]


@pytest.mark.parametrize(
    "job",
    [
        # Its cause is tolerated.
        apply_policy(report_of(Pizza=LOST), Policy(NOW, quarantine=quarantine("lost", more='class = "wrong-dialog"'))),
        # Its cause is known, and it is new.
        on_the_default_branch(failed(step(), failing("lost", "flow"), step("then")), LOST),
    ],
    ids=["tolerated cause", "known cause"],
)
def test_what_follows_from_a_cause_that_is_no_news_leads_itself(job: JobResult) -> None:
    assert "<details open>\n<summary><b>Step 3: then" in summary.render(job)
    assert "Step 3: then" in comment.render(job, "", 60_000)
    assert "Pizza, step 3" == page_of(job).only("nav").all("a")[0].text
    assert not page_of(job).by_id("s1-step-3").all("details")


def test_a_known_failure_is_no_consequence_of_a_new_one_on_the_page_either() -> None:
    job = on_the_default_branch(failed(step(), step("lost"), failed_step("then")), LOST)

    page = page_of(job)
    assert "2 failed steps" == page.by_id("failures").text
    assert ["new", "known"] == [item.only("span").text for item in page.only("nav").all("li")]
    assert "consequence" not in page.by_id("s1-step-3").words
    # A consequence that is as new as its cause is named as one.
    words = page_of(report_of(Pizza=LOST)).by_id("s1-step-3").words
    assert "Likely a consequence of step 2 , where" in words


def test_a_tolerated_consequence_of_a_failure_that_blocks_is_marked_and_not_explained() -> None:
    rule = Policy(NOW, quarantine=quarantine("then"))
    words = page_of(apply_policy(report_of(Pizza=LOST), rule)).by_id("s1-step-3").words

    assert words.startswith("#3 ~ tolerated quarantined likely consequence")
    assert "left its path" not in words


def test_the_log_tells_what_is_tolerated_and_why_last() -> None:
    many = [failed_step(f"x{number}") for number in range(12)]
    policy = Policy(NOW, quarantine=quarantine("x*"))
    job = apply_policy(report_of(Pizza=failed(step(), *many, failed_step("new"))), policy)

    lines = list(map(str, failure_lines(job)))

    assert 'FAILED Pizza, step 14 "new"' == lines[0]
    assert [
        "Why these 12 test cases are tolerated: quarantined until 2026-12-24 (29 days left, owner Ann): Prices change.",
        'TOLERATED Pizza, step 2 "x0"',
        '  2.1 text: expected "Which size?"',
        '            actual   "Sorry, what?"',
        'TOLERATED Pizza, step 3 "x1"',
    ] == lines[-32:-27]
    assert 1 == sum("tolerated:" in line for line in lines)
    assert "… and 2 more tolerated test cases. See report.html." == lines[-1]
