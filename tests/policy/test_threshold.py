"""min-f1: which batch suites it lets by, and what never does."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import batch
from support.answers import MISSING, TARGET
from support.batch import THREE, proves, record, reply
from support.policies import NOW, baseline, quarantine
from support.saved import LATER

from koregate.judging.cases import FailureClass, Outcome
from koregate.judging.job import judge_job
from koregate.judging.results import JobResult, SuiteResult
from koregate.policy.apply import apply_policy
from koregate.policy.rules import Policy
from koregate.reports.render import RENDERERS
from koregate.reports.report_json_reader import merge_reports

NO_FILE: bytes | None = None
FILES = pytest.mark.parametrize("file", [THREE, NO_FILE], ids=["utterances", "no file"])


def whole_job(value: Any, file: bytes | None = THREE, least: str = "0.8", **rules: Any) -> JobResult:
    policy = Policy(NOW, min_f1=Decimal(least), **rules)
    return apply_policy(judge_job(TARGET, [record(value, file)]), policy)


def applied(value: Any, file: bytes | None = THREE, least: str = "0.8", **rules: Any) -> SuiteResult:
    """The batch suite with this reply and this least F1 score."""
    return whole_job(value, file, least, **rules).suites[0]


def endings(suite: SuiteResult) -> list[tuple[str, str, str]]:
    """Kind, outcome and tolerance of every test case that has no plain pass, and of the one of min-f1."""
    return [
        (case.kind, str(case.outcome), str(case.tolerance.kind) if case.tolerance else "")
        for case in suite.cases
        if case.outcome is not Outcome.PASSED or case.kind == "min-f1"
    ]


@pytest.mark.parametrize("score", ["0.80", 0.8, "0.8", 1, "1.000000000000000000"])
@pytest.mark.parametrize(("file", "kind"), [(THREE, "intent"), (NO_FILE, "count")])
def test_a_score_that_reaches_it_lets_the_failures_by_with_or_without_a_result_file(
    score: Any, file: bytes | None, kind: str
) -> None:
    suite = applied(reply(result__f1_score=score), file)

    assert ("tolerated", 0) == (suite.verdict, suite.exit_code)
    assert [(kind, "tolerated", "threshold"), ("min-f1", "passed", "")] == endings(suite)


@FILES
@pytest.mark.parametrize(
    ("score", "least", "reached"),
    [
        ("0.799999999999999999", "0.8", False),
        ("0.800000000000000000", "0.8", True),
        (0.1 + 0.2, "0.30000000000000004", True),
        (0.3, "0.30000000000000004", False),
        ("0", "0", True),
    ],
)
def test_the_score_is_compared_as_a_decimal(file: bytes | None, score: Any, least: str, *, reached: bool) -> None:
    suite = applied(reply(result__f1_score=score), file, least)

    assert ("tolerated" if reached else "failed") == suite.verdict
    if not reached:
        assert ("min-f1", "failed", "") == endings(suite)[-1]
        assert "The F1 score is 0." in suite.run_cases[-1].message
        assert FailureClass.RUN is suite.run_cases[-1].failure_class


@FILES
@pytest.mark.parametrize(
    "score",
    [MISSING, None, "", "NaN", "Infinity", "1e0", "1.01", 2, -1, "-0.9", True, [], {}, ".9", "\u0660.\u0669", " 0.9"],
)
def test_a_score_that_is_no_plain_decimal_from_0_to_1_reaches_nothing(file: bytes | None, score: Any) -> None:
    suite = applied(reply(result__f1_score=score), file, "0")

    assert ("failed", 1) == (suite.verdict, suite.exit_code)
    assert "The platform reports no F1 score from 0 to 1, so min-f1 0 is not reached." == suite.run_cases[-1].message


@FILES
def test_a_suite_without_one_passed_utterance_is_never_tolerated(file: bytes | None) -> None:
    if file is not None:
        file = batch.csv_file(["a", "Order", "Track"], ["b", "Order", "Track"], ["c", "Order", "Track"])
    suite = applied(reply(0, 3, result__f1_score="1"), file)

    assert ("failed", 1) == (suite.verdict, suite.exit_code)
    assert "The F1 score 1 tolerates nothing, because no" in suite.run_cases[-1].message


@FILES
def test_a_suite_without_failures_passes_whatever_its_score_is(file: bytes | None) -> None:
    suite = applied(reply(3, 0, result__f1_score="0.1"), file)

    assert ("passed", []) == (suite.verdict, endings(suite))


def test_a_quarantined_utterance_keeps_its_own_reason_and_the_score_lets_the_rest_by() -> None:
    file = batch.csv_file(["hi", "Greet", "Greet"], ["pizza", "Order", "Track"], ["bye", "Leave", "Order"])

    suite = applied(reply(1, 2), file, quarantine=quarantine("pizza", suite="Intents"))

    assert [
        ("intent", "tolerated", "quarantine"),
        ("intent", "tolerated", "threshold"),
        ("min-f1", "passed", ""),
    ] == endings(suite)


def test_a_score_that_is_too_low_is_no_failure_of_its_own() -> None:
    suite = applied(reply(), THREE, "0.9", quarantine=quarantine("pizza", suite="Intents"))

    assert ("tolerated", [("intent", "tolerated", "quarantine")]) == (suite.verdict, endings(suite))


def test_the_case_of_the_score_is_no_judged_one_for_the_other_rules() -> None:
    assert "error" == whole_job(reply(), min_tests=4).verdict
    assert "tolerated" == whole_job(reply(), min_tests=3).verdict
    rate = applied(reply(), THREE, min_pass_rate=Decimal("66.7"))
    assert ("intent", "tolerated", "threshold") == endings(rate)[0]


@pytest.mark.parametrize("least", ["0.8", "0.9"])
def test_the_case_of_the_score_is_neither_missing_nor_known_in_a_baseline(least: str) -> None:
    before = whole_job(reply(), THREE, least)

    after = whole_job(reply(), THREE, "0.9", baseline=baseline(before)).policy.comparison
    without = apply_policy(judge_job(TARGET, [record(reply(), THREE)]), Policy(NOW, baseline=baseline(before)))

    assert after
    assert (0, 1, 0, 0) == after[1:5]
    assert without.policy.comparison
    assert (0, 1, 0, 0) == without.policy.comparison[1:5]


def score_of(value: Any) -> Decimal | None:
    """What the contract takes for a score."""
    score = value["result"].get("f1_score")
    plain = {"1.00": Decimal(1), "0.80": Decimal("0.8")}
    return plain.get(score) if isinstance(score, str) else Decimal(score) if type(score) is int else None


@given(batch.replies(), st.sampled_from(["0", "0.8", "0.9", "1"]), st.sampled_from([THREE, NO_FILE]))
def test_exactly_proved_failures_with_a_pass_and_a_score_are_tolerated(
    value: Any, least: str, file: bytes | None
) -> None:
    suite = applied(value, file, least)

    wanted = proves(value)
    if wanted == "failed":
        score, success = score_of(value), int(value["result"]["results"]["success"])
        if score is not None and score >= Decimal(least) and success:
            wanted = "tolerated"
    assert wanted == suite.verdict
    assert (suite.verdict in ("passed", "tolerated")) != any(case.is_blocking for case in suite.cases)


@given(batch.replies(), st.sampled_from(["0", "0.8", "1"]), st.sampled_from([THREE, NO_FILE]))
def test_the_suite_before_policy_is_what_judging_gave(value: Any, least: str, file: bytes | None) -> None:
    judged = judge_job(TARGET, [record(value, file)])

    assert judged.suites[0] == applied(value, file, least).before_policy()


@given(batch.replies(), st.sampled_from(["0", "0.8", "1"]), st.sampled_from([THREE, NO_FILE]))
def test_a_merge_believes_what_was_judged_and_derives_the_rest_again(
    value: Any, least: str, file: bytes | None
) -> None:
    live = whole_job(value, file, least)
    report = [("report.json", RENDERERS["report.json"](live))]

    merged = merge_reports(report, "any", now=LATER)

    if live.verdict != "error":
        assert judge_job(TARGET, [record(value, file)]).verdict == merged.verdict
        again = apply_policy(merged, Policy(NOW, min_f1=Decimal(least)))
        assert [(live.verdict, endings(live.suites[0]))] == [(suite.verdict, endings(suite)) for suite in again.suites]
    else:
        assert "error" == merged.verdict


def test_a_tiny_score_is_the_same_in_a_merge() -> None:
    least = "0.000000000000000001"
    live = whole_job(reply(result__f1_score=least), THREE, least)

    merged = apply_policy(
        merge_reports([("a.json", RENDERERS["report.json"](live))], "any", now=LATER),
        Policy(NOW, min_f1=Decimal(least)),
    )

    assert ("tolerated", "tolerated") == (live.verdict, merged.verdict)


def forged(job: JobResult, **changes: Any) -> JobResult:
    """The merge of a report whose case of min-f1, or whose suite, was changed."""
    value = json.loads(RENDERERS["report.json"](job))
    (suite,) = value["suites"]
    (case,) = (case for case in suite["steps"][-1]["cases"] if case["kind"] == "min-f1")
    case.update({name: new for name, new in changes.items() if name in case})
    if changes.get("alone"):
        suite["steps"] = suite["steps"][-1:]
    return merge_reports([("a.json", json.dumps(value).encode())], "any", now=LATER)


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "failed", "outcomeBeforePolicy": "failed", "failureClass": "run"},
        {"outcome": "tolerated", "outcomeBeforePolicy": "failed"},
        {"outcome": "skipped", "outcomeBeforePolicy": "skipped"},
        {"alone": True},
    ],
)
def test_a_report_whose_case_of_the_score_does_not_fit_proves_nothing(changes: dict[str, Any]) -> None:
    merged = forged(whole_job(reply()), **changes)

    assert ("error", 4) == (merged.verdict, merged.exit_code)
    assert "its test case min-f1 is" in str(merged.suites[0].doubts)
