"""The proof of green: what passes, what fails, and what is neither."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.answers import (
    MISSING,
    answer,
    assertion,
    disabled,
    failed_step,
    proves_pass,
    response,
    status_of,
    step,
)

from koregate.errors import Verdict
from koregate.judging.cases import Outcome
from koregate.judging.conversation import Judgement, judge


def judged(made: Any) -> Judgement:
    """The judgement, held to what is true of every one: red cases exactly where it is no pass, and never no case."""
    judgement = judge(status_of(made))
    assert judgement.cases
    assert any(case.is_red for case in judgement.cases) == (judgement.verdict is not Verdict.PASSED)
    if judgement.verdict is Verdict.FAILED:
        assert any(case.outcome is Outcome.FAILED for case in judgement.cases)
    return judgement


def with_assertion(kind: str, expected: dict[str, Any], actual: dict[str, Any]) -> dict[str, Any]:
    name = "text_" if kind == "text" else kind
    off: dict[str, Any] = {"text_": disabled()}
    return answer(
        step(
            expected=[response(**(off | {name: expected}))],
            actual=[response(**(off | {name: actual}))],
        )
    )


def entries(*statuses: str | None) -> list[dict[str, Any]]:
    return [{"text": f"variant {n}", **({"status": s} if s else {})} for n, s in enumerate(statuses)]


PASSES: dict[str, Any] = {
    "every step and assertion passed": answer(step(), step()),
    "status words in another spelling": answer(step(status="PASSED"), status=" Pas_sed-"),
    "a text that differs is information, not a verdict": answer(
        step(expected=[{**response(), "textMismatch": True}], actual=[response("Hi")])
    ),
    "a variant that was not the one said": with_assertion(
        "text", assertion("passed", entries("failed", "passed")), assertion("passed", entries("failed", "passed"))
    ),
    "every entry failed, the assertion passed": with_assertion(
        "text", assertion("passed", entries("failed")), assertion("passed", entries("failed"))
    ),
    "a disabled assertion that says failed": answer(
        step(expected=[response(flow={"enabled": False, "status": "failed", "contains": []})])
    ),
    "a text without status, one variant passed": with_assertion(
        "text", assertion(None, entries("failed", "passed")), assertion(None, entries("failed", "passed"))
    ),
    "the suite's own copy has no status": with_assertion("flow", assertion(None, entries(None)), assertion("passed")),
    "a step without any assertion": answer(step(expected=[response(text_=disabled())])),
    "no list of steps, complete counts": answer(step(), step(), result__executionResults=MISSING),
    "a list of steps, no counts": answer(step(), result__stepDetails=MISSING),
    "counts without failed": answer(step(), result__stepDetails={"passed": 1, "total": 1}),
    "empty error details": answer(step(), result__errorDetails=[]),
    "keys nobody knows": {**answer(step()), "fileUrl": "https://x", "extra": {"a": [1]}},
    "no percentage, no duration, no start": answer(
        step(), percentageCompleted=MISSING, result__duration=MISSING, result__startTime=MISSING
    ),
    "a bot text that is no text": answer(step(expected=[{**response(), "text": {"type": "template"}}])),
}

FAILS: dict[str, Any] = {
    "a failed assertion": answer(step(), failed_step(), status="failed"),
    "a failed step under a passed run": answer(step(), step(status="failed"), result__stepDetails=None),
    "a failed assertion under a passed step": answer(
        step(expected=[response(text_=assertion("failed"))]), result__stepDetails=None
    ),
    "only the actual side failed": with_assertion("text", assertion("passed"), assertion("failed")),
    "only the expected side failed": with_assertion("text", assertion("failed"), assertion("passed")),
    "the run's status alone": answer(step(), status="failed", result__status="passed"),
    "the result's status alone": answer(step(), result__status="FAILED"),
    "a failed count alone": answer(step(), result__stepDetails={"passed": 1, "failed": 1, "total": 2}),
    "failed without any step": answer(status="failed"),
    "an aborted run with a failed step": answer(failed_step(), step(), status="aborted"),
    "a failed run with missing steps": answer(failed_step(), status="failed", totalTestStepsCount=5),
    "a flow of which one entry failed": with_assertion(
        "flow", assertion(None, entries("passed", "failed")), assertion(None, entries("passed", "failed"))
    ),
    "a text of which no variant passed": with_assertion(
        "text", assertion(None, entries("failed")), assertion(None, entries("failed"))
    ),
    "an assertion that does not say whether it is enabled": with_assertion(
        "context", {"status": "failed"}, {"status": "failed"}
    ),
    "a failed step beside parts that cannot be read": answer(
        failed_step(), step(), result__stepDetails=7, status="failed"
    ),
}

PROVES_NOTHING: dict[str, tuple[Any, str]] = {
    "an unknown word": (answer(step(), status="aborted"), '"aborted"'),
    "an unknown word in the result": (answer(step(), result__status="stopped"), "result.status"),
    "no status": (answer(step()) | {"status": None}, "no status"),
    "no result status": (answer(step(), result__status=MISSING), "no result.status"),
    "still running": (answer(step(), status="in_progress"), "in_progress"),
    "steps missing": (answer(step(), step(), totalTestStepsCount=13), "13 steps announced, 2 came"),
    "steps too many": (answer(step(), step(), totalTestStepsCount=1), "1 steps announced, 2 came"),
    "no step at all": (answer(), "No step ran"),
    "counts only, of nothing": (answer(result__executionResults=None), "No step ran"),
    "no announcement": (answer(step(), totalTestStepsCount=None), "totalTestStepsCount"),
    "neither steps nor counts": (answer(step(), result__executionResults=None, result__stepDetails=None), "neither"),
    "incomplete counts only": (
        answer(step(), result__executionResults=None, result__stepDetails={"passed": 1, "total": 1}),
        "neither",
    ),
    "fewer passed than total": (
        answer(step(), step(), result__stepDetails={"passed": 1, "failed": 0, "total": 2}),
        "1 passed of 2",
    ),
    "counts of another total": (answer(step(), result__stepDetails={"passed": 2, "total": 2}), "stepDetails"),
    "a step without status": (answer(step(status=None)), "Step 1 has no status"),
    "a step with an unknown word": (answer(step(status="aborted")), 'Step 1 ended as "aborted"'),
    "a step that was not executed": (answer(step(), step(status="not_executed")), "Step 2 was not executed"),
    "a step that is null": (answer(step(), None), "Step 2 could not be read"),
    "an enabled assertion without status": (
        with_assertion("flow", assertion(None), assertion(None)),
        "flow assertion has no usable status",
    ),
    "an assertion with an unknown word": (
        with_assertion("context", assertion("skipped"), assertion("passed")),
        '"skipped"',
    ),
    "error details": (answer(step(), result__errorDetails={"msg": "auth profile"}), "errorDetails"),
    "a list that is an object": (answer(step(), result__executionResults={"0": {}}), "result.executionResults"),
    "a count that is text": (answer(step(), totalTestStepsCount="1"), "totalTestStepsCount"),
    "a count that is negative": (answer(step(), totalTestStepsCount=-1), "totalTestStepsCount"),
    "a count that is a truth value": (answer(step(), totalTestStepsCount=True), "totalTestStepsCount"),
    "a status that is a number": (answer(step(status=1)), "result.executionResults[0].status"),
    "a step that is a number": (answer(step(), 7), "result.executionResults[1]"),
    "an assertion that is text": (
        answer(step(expected=[response(flow="passed")])),
        "result.executionResults[0].outputs[0].assertions.flowLevel",
    ),
    "a switch that is text": (
        answer(step(expected=[response(flow={"enabled": "true", "status": "passed"})])),
        "assertions.flowLevel.enabled",
    ),
    "entries that are an object": (
        answer(step(expected=[response(flow={"enabled": True, "status": "passed", "contains": {}})])),
        "contains",
    ),
}


@pytest.mark.parametrize("name", PASSES)
def test_a_proven_pass_is_passed(name: str) -> None:
    judgement = judged(PASSES[name])

    assert (Verdict.PASSED, 0, ()) == (judgement.verdict, judgement.exit_code, judgement.reasons)


@pytest.mark.parametrize("name", FAILS)
def test_any_sign_of_failure_is_failed(name: str) -> None:
    judgement = judged(FAILS[name])

    assert (Verdict.FAILED, 1) == (judgement.verdict, judgement.exit_code)


@pytest.mark.parametrize("name", PROVES_NOTHING)
def test_what_neither_fails_nor_proves_is_an_error_that_names_the_place(name: str) -> None:
    made, reason = PROVES_NOTHING[name]

    judgement = judged(made)

    assert (Verdict.ERROR, 4) == (judgement.verdict, judgement.exit_code)
    assert reason in " ".join(judgement.reasons)
    assert reason in " ".join(case.message for case in judgement.cases if case.is_red)


@pytest.mark.parametrize("name", [*PASSES, *FAILS, *PROVES_NOTHING])
def test_the_oracle_of_the_properties_agrees_with_the_tables(name: str) -> None:
    made = PASSES.get(name) or FAILS.get(name) or PROVES_NOTHING[name][0]

    assert (name in PASSES) == proves_pass(made)


words = st.sampled_from(["passed", "PASSED", "failed", "aborted", "in_progress", "", "not executed"])
anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["status", "enabled"]), inner, max_size=2)
    ),
    max_leaves=4,
)
assertions = st.fixed_dictionaries(
    {},
    optional={
        "enabled": st.sampled_from([True, True, True, False, None]),
        "status": st.sampled_from(["passed", "passed", "failed", None]),
        "contains": st.lists(
            st.fixed_dictionaries({}, optional={"status": st.sampled_from(["passed", "failed", "odd", None])}),
            max_size=2,
        ),
    },
)
responses = st.fixed_dictionaries(
    {"text": st.just("Hello")},
    optional={
        "assertions": st.fixed_dictionaries(
            {}, optional={"flowLevel": assertions, "text": assertions, "context": assertions}
        )
    },
)
steps = st.fixed_dictionaries(
    {"status": st.sampled_from(["passed", "passed", "passed", "failed", "aborted", None])},
    optional={"outputs": st.lists(responses, max_size=2), "actualOutput": st.lists(responses, max_size=2)},
)


@st.composite
def answers(draw: st.DrawFn) -> Any:
    """Answers near the documented shape: mostly whole, then broken in up to two places."""
    made = answer(*draw(st.lists(steps | st.just(step()), max_size=3)))
    for _ in range(draw(st.integers(0, 2))):
        here: Any = made
        for _ in range(draw(st.integers(0, 7))):
            keys = list(here) if isinstance(here, dict) else range(len(here))
            inner = [key for key in keys if isinstance(here[key], dict | list) and here[key]]
            if not inner:
                break
            here = here[draw(st.sampled_from(inner))]
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        if keys:
            here[draw(st.sampled_from(keys))] = draw(anything)
    return made


@given(answers())
def test_passed_never_comes_out_where_the_answer_does_not_prove_it(made: Any) -> None:
    if made.get("status") is None and not isinstance(made.get("result"), dict):
        return  # no status answer at all

    if judged(made).verdict is Verdict.PASSED:
        assert proves_pass(copy.deepcopy(made))


@given(answers(), st.sampled_from([("status",), ("result", "status"), ("result", "stepDetails", "failed")]))
def test_a_failure_in_a_known_place_never_passes(made: Any, place: tuple[str, ...]) -> None:
    here = made
    for key in place[:-1]:
        here = here.get(key) if isinstance(here, dict) else None
    if not isinstance(here, dict):
        return
    here[place[-1]] = 1 if place[-1] == "failed" else "failed"

    assert judged(made).verdict is Verdict.FAILED


def test_each_missing_step_is_a_skipped_case() -> None:
    cases = judged(answer(failed_step(), status="failed", totalTestStepsCount=4)).cases

    assert [("1.1 text", "failed"), ("2 step", "skipped"), ("3 step", "skipped"), ("4 step", "skipped")] == [
        (case.name, str(case.outcome)) for case in cases
    ]


def test_an_absurd_announcement_does_not_fill_the_memory() -> None:
    assert 100_002 == len(judged(answer(step(), totalTestStepsCount=10**9)).cases)
