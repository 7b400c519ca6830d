"""The gate policy: what it tolerates, why, and what it never does."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.answers import TARGET, answer, assertion, failed_step, job_of, record_of, report_of, response, step
from support.policies import NOW, baseline, failed, failing, policies, quarantine, records

from koregate.judging.cases import FailureClass, Outcome, TestCase, ToleranceKind
from koregate.judging.floor import floor_problem
from koregate.judging.job import JobJudge
from koregate.judging.results import JobResult
from koregate.policy.apply import apply_policy
from koregate.policy.baseline import Baseline, baseline_from
from koregate.policy.fail_on import with_exit_code
from koregate.policy.quarantine import read_quarantine
from koregate.policy.rules import Policy
from koregate.policy.toml_text import toml_string
from koregate.reports import report_json
from koregate.reports.render import RENDERERS
from koregate.reports.report_json_reader import merge_reports
from koregate.runs.record import RunRecord
from koregate.text import visible
from koregate.verdicts import Verdict

WRONG_TEXT = frozenset({FailureClass.WRONG_TEXT})
MIXED = failed(step(), failed_step())


def applied(reply: Any, **rules: Any) -> JobResult:
    """The job of one suite with this reply, after these rules."""
    return apply_policy(report_of(Pizza=reply), Policy(NOW, **rules))


def tolerated(job: JobResult) -> list[TestCase]:
    return [case for suite in job.suites for case in suite.cases if case.outcome is Outcome.TOLERATED]


def ending(job: JobResult) -> tuple[Verdict, int]:
    return job.verdict, job.exit_code


# Each rule


def test_a_quarantined_failure_is_tolerated_with_its_owner_its_reason_and_the_days_left() -> None:
    job = applied(MIXED, quarantine=quarantine("piz*"))
    (case,) = tolerated(job)

    assert (Verdict.TOLERATED, 0) == ending(job)
    assert case.tolerance
    assert "quarantined until 2026-12-24 (29 days left, owner Ann): Prices change." == case.tolerance.reason
    assert (ToleranceKind.QUARANTINE, "Ann", 29) == (
        case.tolerance.kind,
        case.tolerance.owner,
        case.tolerance.days_left,
    )
    assert (Outcome.FAILED, "q.toml", ()) == (case.judged, job.policy.quarantine, job.policy.remarks)


def test_an_entry_is_in_force_to_the_end_of_its_day_and_then_blocks_and_says_so() -> None:
    last = applied(MIXED, quarantine=quarantine("pizza", until="2026-11-25"))
    expired = applied(MIXED, quarantine=quarantine("pizza", until="2026-11-24"))

    assert "(last day, owner Ann)" in str(tolerated(last))
    assert (Verdict.FAILED, 1) == ending(expired)
    assert 'line 1 ("Pizza", "pizza", owner Ann) expired on 2026-11-24, so its failure blocks again' in str(
        expired.policy.remarks
    )


def test_entries_that_match_no_step_and_those_that_match_passed_steps_only_are_listed() -> None:
    job = applied(MIXED, quarantine=quarantine("nothing", "hi", "pizza"))

    assert ["matches no step", "matches only steps that passed"] == [
        remark.partition("owner Ann) ")[2].partition(".")[0] for remark in job.policy.remarks
    ]


def test_an_entry_excuses_a_wrong_dialog_or_a_missing_response_only_if_it_names_it() -> None:
    lost, silent = failed(step(), failing("pizza", "flow")), failed(step(), failing("pizza", "text_", silent=True))

    for reply, name in ((lost, "wrong-dialog"), (silent, "no-answer")):
        assert (Verdict.FAILED, 1) == ending(applied(reply, quarantine=quarantine("pizza")))
        named = quarantine("pizza", more=f'class = "{name}"')
        assert (Verdict.TOLERATED, 0) == ending(applied(reply, quarantine=named))


def test_a_failure_that_the_default_branch_has_too_is_known() -> None:
    job = applied(MIXED, baseline=baseline(report_of(Pizza=MIXED)))
    (case,) = tolerated(job)

    assert (Verdict.TOLERATED, 0) == ending(job)
    assert case.tolerance
    assert "known on the default branch since 2026-11-24 (main.json)" == case.tolerance.reason
    assert job.policy.comparison
    assert (0, 1, 0, 0) == job.policy.comparison[1:5]


@pytest.mark.parametrize(
    "then",
    [
        failed(step(), failed_step(expected="How large?")),
        failed(step(), failing("pizza", "context")),
        failed(step(), failed_step("burger")),
        failed(failed_step(), step()) | {},
        answer(step(), step("pizza")),
    ],
)
def test_a_failure_with_another_input_class_or_expectation_is_new(then: Any) -> None:
    job = applied(failed(step(), failed_step(said="pizza")), baseline=baseline(report_of(Pizza=then)))

    known = then["result"]["executionResults"][0].get("input") == "pizza"
    assert ((Verdict.TOLERATED, 0) if known else (Verdict.FAILED, 1)) == ending(job)


def test_a_step_that_is_inserted_makes_nothing_new() -> None:
    before, after = failed(step(), failed_step()), failed(step(), step("new"), failed_step())

    assert (Verdict.TOLERATED, 0) == ending(applied(after, baseline=baseline(report_of(Pizza=before))))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"finished": NOW.replace(day=17)}, "it finished more than 7 days ago"),
        ({"finished": NOW.replace(day=26)}, "it says that it finished in the future"),
        ({"finished": None}, "it does not say when it finished"),
        ({"problem": "it contradicts itself"}, "it contradicts itself"),
        *(
            ({"target": name}, f"it has another {name}")
            for name in ("host", "stream id", "bot version", "bot language")
        ),
    ],
)
def test_a_baseline_that_is_old_or_of_something_else_tolerates_nothing_and_says_so(
    change: dict[str, Any], reason: str
) -> None:
    before = report_of(Pizza=MIXED)
    if name := change.get("target"):
        change = {
            "target": before.target._replace(**{str(name).replace("stream id", "stream_id").replace(" ", "_"): "x"})
        }

    job = applied(MIXED, baseline=baseline(before)._replace(**change))

    assert (Verdict.FAILED, 1) == ending(job)
    told = f'The baseline "main.json" tolerates no known failures: {reason}.'
    assert f"{told} Known failures block here like new ones." in job.policy.remarks
    # Without a known failure there is nothing to explain.
    passed = applied(answer(step()), baseline=baseline(before)._replace(**change))
    assert told in passed.policy.remarks
    assert all(case.known_since for case in job.suites[0].cases if case.is_blocking)


@pytest.mark.parametrize(("is_pull_request", "verdict"), [(True, "tolerated"), (None, "tolerated"), (False, "failed")])
def test_outside_of_pull_requests_the_baseline_informs_and_tolerates_nothing(
    is_pull_request: bool | None, verdict: str
) -> None:
    job = applied(MIXED, baseline=baseline(report_of(Pizza=MIXED)), is_pull_request=is_pull_request)

    assert verdict == job.verdict
    assert job.policy.comparison
    assert (0, 1) == (job.policy.comparison.new, job.policy.comparison.known)


def test_a_report_of_a_run_that_is_judged_is_no_baseline_for_it() -> None:
    before = report_of(Pizza=MIXED)
    own = baseline_from("main.json", before.target, NOW - timedelta(days=1), before.suites)

    job = applied(MIXED, baseline=own)

    assert (Verdict.FAILED, 1) == ending(job)
    assert "tolerates no known failures: it is of the very test run that this job judges." in str(job.policy.remarks)
    others = frozenset(f"{run_id}-before" for run_id in own.run_ids)
    assert (Verdict.TOLERATED, 0) == ending(applied(MIXED, baseline=own._replace(run_ids=others)))


def test_a_baseline_of_another_suite_kind_tolerates_nothing() -> None:
    before = report_of(Pizza=MIXED)
    batch = replace(before, suites=tuple(replace(suite, kind="batch") for suite in before.suites))

    job = applied(MIXED, baseline=baseline(batch))

    assert (Verdict.FAILED, 1) == ending(job)
    assert "tolerates no known failures: it has another suite kind." in str(job.policy.remarks)


def test_known_since_is_carried_from_one_baseline_to_the_next() -> None:
    first = apply_policy(report_of(Pizza=MIXED), Policy(NOW, baseline=baseline(report_of(Pizza=MIXED), days=5)))

    second = applied(MIXED, baseline=baseline(first, days=1))

    assert "known on the default branch since 2026-11-20" in str(tolerated(second))
    assert second.policy.comparison
    assert NOW.replace(day=20) == second.policy.comparison.oldest


def test_new_known_fixed_and_missing_cases_are_counted_against_the_baseline() -> None:
    before = report_of(Pizza=failed(step(), failed_step(), failed_step("wine"), step("gone"), step("too")))
    after = failed(step(), failed_step(), step("wine"), failed_step("new"))

    job = applied(after, baseline=baseline(before))

    assert job.policy.comparison
    assert (1, 1, 1, 2) == job.policy.comparison[1:5]
    assert "2 test cases of the baseline are missing in this job." in str(job.policy.remarks)


def test_a_run_that_never_gave_a_result_makes_no_test_case_missing() -> None:
    before = report_of(Pizza=MIXED)

    job = applied({"status": "aborted", "_id": "ctr-1"}, baseline=baseline(before))

    assert job.policy.comparison
    assert 0 == job.policy.comparison.missing


def test_without_a_baseline_file_everything_is_new() -> None:
    job = applied(MIXED, baseline=Baseline("main.json", problem="it is not there"))

    assert (Verdict.FAILED, 1) == ending(job)
    assert job.policy.comparison
    assert (1, 0) == (job.policy.comparison.new, job.policy.comparison.known)


def test_classes_of_warn_on_warn_and_no_others() -> None:
    assert (Verdict.TOLERATED, 0) == ending(applied(MIXED, warn_on=WRONG_TEXT))
    assert (Verdict.FAILED, 1) == ending(applied(MIXED, warn_on=frozenset({FailureClass.WRONG_CONTEXT})))
    assert (Verdict.FAILED, 1) == ending(applied(failed(step(), failing("x", "flow")), warn_on=WRONG_TEXT))
    assert "wrong-text only warns (warn-on)" in str(tolerated(applied(MIXED, warn_on=WRONG_TEXT)))


@pytest.mark.parametrize(
    ("rate", "verdict"),
    [("66.6", "tolerated"), ("66.66666666666666666666", "tolerated"), ("66.66666666666666666667", "failed")],
)
def test_the_pass_rate_is_compared_exactly(rate: str, verdict: str) -> None:
    job = applied(failed(step(), step("a"), failed_step()), min_pass_rate=Decimal(rate))

    assert verdict == job.verdict
    if verdict == "tolerated":
        assert f"2 of 3 test cases of the suite passed, and min-pass-rate is {rate}" in str(tolerated(job))


def test_the_pass_rate_counts_outcomes_before_any_tolerance() -> None:
    reply = failed(step(), failed_step(), failed_step("b"))

    job = applied(reply, min_pass_rate=Decimal(50), quarantine=quarantine("pizza"))

    assert ((Verdict.FAILED, 1), 1) == (ending(job), job.tolerated)


def test_the_first_rule_that_fits_gives_the_reason() -> None:
    everything: dict[str, Any] = {
        "quarantine": quarantine("pizza"),
        "baseline": baseline(report_of(Pizza=MIXED)),
        "warn_on": WRONG_TEXT,
        "min_pass_rate": Decimal(0),
    }
    for kind in ("quarantine", "known", "warn-on", "pass-rate"):
        (case,) = tolerated(applied(MIXED, **everything))
        assert case.tolerance
        assert kind == case.tolerance.kind
        everything.pop({"known": "baseline"}.get(kind, kind.replace("-", "_").replace("pass_rate", "min_pass_rate")))


def test_fewer_judged_test_cases_than_min_tests_are_an_error() -> None:
    assert (Verdict.PASSED, 0) == ending(applied(answer(step(), step()), min_tests=2))
    job = applied(answer(step(), step()), min_tests=3)

    assert (Verdict.ERROR, 4) == ending(job)
    assert "Only 2 test cases have a result, and min-tests requires 3." in job.suites[-1].doubts[0]


THREE = response("Hello", flow=assertion("passed"), context=assertion("passed"))


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({"min_pass_rate": Decimal("92.3")}, 0),
        ({"min_pass_rate": Decimal("92.4")}, 1),
        ({"min_tests": 13}, 1),
        ({"min_tests": 14}, 4),
    ],
)
def test_passed_cases_that_became_one_count_as_many_as_they_were_live_and_in_a_merge(
    rules: dict[str, Any], code: int
) -> None:
    reply = failed(step("hi", expected=[THREE, THREE]), step("bye", expected=[THREE, THREE]), failed_step())
    judge = JobJudge(TARGET, ["Pizza"], max_cases=5)
    judge.keep(0, judge.judge(0, record_of("Pizza", reply)))
    folded = judge.result()
    merged = merge_reports([("report.json", report_json.render(folded))], "any", now=NOW)

    assert 3 == folded.counts.total == merged.counts.total
    assert [code, code] == [apply_policy(job, Policy(NOW, **rules)).exit_code for job in (folded, merged)]


def test_a_failure_that_blocks_stays_beside_a_tolerated_one() -> None:
    job = applied(failed(step(), failed_step(), failing("x", "flow")), warn_on=WRONG_TEXT)

    assert ((Verdict.FAILED, 1), 1) == (ending(job), job.tolerated)
    assert ["flow"] == [case.kind for _, _, case in job.blocking_cases]


def test_below_the_floor_nothing_is_tolerated_and_the_reason_is_named() -> None:
    job = applied(failed(step(), failed_step(), totalTestStepsCount=3), quarantine=quarantine("pizza"))

    assert ((Verdict.FAILED, 1), 0) == (ending(job), job.tolerated)
    assert ('Nothing in "Pizza" is tolerated, because an announced step is missing.',) == job.policy.remarks


# What policy never does

EVERYTHING = Policy(NOW, Decimal(0), WRONG_TEXT)


@given(records(), st.data())
def test_policy_changes_no_job_without_a_rule(found: list[RunRecord], data: st.DataObject) -> None:
    job = job_of(*found)

    after = apply_policy(job, Policy(NOW, is_pull_request=data.draw(st.sampled_from([True, None]))))

    assert all(render(job) == render(after) for render in RENDERERS.values())


@given(records(), st.data())
def test_nothing_but_failed_assertions_above_the_floor_is_ever_tolerated(
    found: list[RunRecord], data: st.DataObject
) -> None:
    job = job_of(*found)
    policy = data.draw(policies(found))

    after = apply_policy(job, policy)

    for before, suite in zip(job.suites, after.suites, strict=False):
        assert before == suite.before_policy()
        for case in suite.cases:
            assert case.outcome in (case.judged, Outcome.TOLERATED)
            if case.outcome is Outcome.TOLERATED:
                assert Outcome.FAILED is case.judged
                assert case.failure_class not in (None, FailureClass.STEP, FailureClass.RUN)
                assert case.tolerance
                assert case.tolerance.reason.strip()
                assert floor_problem(suite) is None
                assert suite.verdict in (Verdict.FAILED, Verdict.TOLERATED)
            else:
                assert case.tolerance is None
        if before.verdict is not Verdict.FAILED:
            assert (before.verdict, before.exit_code) == (suite.verdict, suite.exit_code)
        blocked = any(case.is_blocking for case in suite.cases)
        assert (suite.verdict in (Verdict.PASSED, Verdict.TOLERATED)) != blocked
    if job.exit_code not in (0, 1):
        assert after.exit_code in (job.exit_code, 4 if policy.min_tests else job.exit_code)


@given(records(), st.data())
def test_another_tolerance_never_makes_the_exit_code_worse(found: list[RunRecord], data: st.DataObject) -> None:
    job = job_of(*found)
    policy = data.draw(policies(found))._replace(min_tests=0)
    more = data.draw(
        st.sampled_from(
            [
                policy._replace(min_pass_rate=Decimal(0)),
                policy._replace(warn_on=WRONG_TEXT | policy.warn_on),
                policy if policy.quarantine else policy._replace(quarantine=quarantine("p*", suite="Suite 0")),
                policy if policy.baseline else policy._replace(baseline=baseline(job)),
            ]
        )
    )

    assert (apply_policy(job, more).exit_code, job.exit_code) <= (apply_policy(job, policy).exit_code, job.exit_code)


@given(records(), st.data())
def test_policy_gives_the_same_again(found: list[RunRecord], data: st.DataObject) -> None:
    job = job_of(*found)
    policy = data.draw(policies(found))
    once = apply_policy(job, policy)

    again = apply_policy(
        replace(job, suites=tuple(suite.before_policy() for suite in once.suites[: len(job.suites)])), policy
    )

    assert once == again


def test_errors_timeouts_and_signals_stay_whatever_the_policy_is() -> None:
    for reply in (answer(step(), status="aborted"), failed(step(), step("x", "aborted"), failed_step())):
        job = report_of(Pizza=reply)
        after = apply_policy(job, EVERYTHING)
        assert job.exit_code == after.exit_code != 0
        assert 0 == after.tolerated


def test_fail_on_comes_after_policy() -> None:
    job = with_exit_code(applied(failed(step(), step("x", "failed"))), "error")

    assert (Verdict.FAILED, 0) == ending(job)


def test_a_step_that_fails_without_an_assertion_blocks_whatever_the_policy_is() -> None:
    odd = response()
    odd["assertions"]["tone"] = {"enabled": True, "status": "failed", "contains": []}
    for bad in (step("x", "failed"), step("x", "failed", [odd])):
        assert (Verdict.FAILED, 1) == ending(
            apply_policy(
                job_of(record_of("Pizza", failed(step(), bad))), EVERYTHING._replace(quarantine=quarantine("x"))
            )
        )


ALIKE = [("a\x1b", "a\\x1b"), ("a\r\nb", "a\nb"), ("ann@example.com", "bob@example.com")]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_inputs_that_reports_show_alike_are_told_apart_by_their_occurrence(one: str, other: str) -> None:
    first, second = (
        job_of(record_of("Pizza", failed(*steps)), redact=("email",))
        for steps in (
            (step("hi"), failed_step(one), step(other)),
            (step("hi"), step(one), failed_step(other)),
        )
    )

    assert 1 == apply_policy(second, Policy(NOW, baseline=baseline(first))).exit_code
    assert 0 == apply_policy(second, Policy(NOW, baseline=baseline(second))).exit_code


@pytest.mark.parametrize(
    ("one", "other"), [("for ann@example.com", "for bob@example.com"), ("a\x1b", "a\\x1b"), ("a\r\nb", "a\nb")]
)
def test_nothing_is_tolerated_in_suites_that_reports_name_alike(one: str, other: str) -> None:
    job = job_of(record_of(one, MIXED, "ctr-1"), record_of(other, MIXED, "ctr-2"), redact=("email",))
    shown = visible(job.suites[0].suite)
    alone = replace(job, suites=job.suites[:1])
    rules: list[dict[str, Any]] = [
        {"quarantine": read_quarantine("q.toml", entry_for(shown, "pizza").encode(), NOW.date())},
        {"baseline": baseline(alone)},
        {"warn_on": WRONG_TEXT},
        {"min_pass_rate": Decimal(0)},
    ]
    for rule in rules:
        # A rule that names a suite tolerates nothing even if this job has only one of that name.
        names_a_suite = not rule.keys().isdisjoint(("quarantine", "baseline"))
        assert int(names_a_suite) == apply_policy(alone, Policy(NOW, **rule)).exit_code
        both = apply_policy(job, Policy(NOW, **rule))
        assert ((Verdict.FAILED, 1), 0) == (ending(both), both.tolerated)
        told = "tolerate nothing in" if names_a_suite else "another suite of the job has the same name"
        assert (1 if names_a_suite else 2) == sum(told in line for line in both.policy.remarks)


def entry_for(suite: str, said: str) -> str:
    return (
        f"[[quarantine]]\nsuite = {toml_string(suite)}\ninput = {toml_string(said)}\n"
        'reason = "Prices change."\nowner = "Ann"\nuntil = 2026-12-24\n'
    )
