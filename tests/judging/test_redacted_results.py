"""A result that was read from a file is redacted as the job would have redacted its replies."""

import re
from dataclasses import fields, replace
from typing import Any

import pytest
from support.answers import RUN_ID, TARGET, answer, failed_step, record_of, step
from support.policies import mood

from koregate.judging.job import judge_job
from koregate.judging.redacted_results import redacted_suite
from koregate.judging.results import SuiteResult
from koregate.redaction.personal_data import personal_data_filter
from koregate.runs.record import SuiteSource

EMAIL = personal_data_filter(("email",))
ANN, BOB = "ann@example.com", "bob@example.com"


def suite_of(*replies: dict[str, Any], redact: tuple[str, ...] = (), name: str = "Pizza") -> SuiteResult:
    """The suite with a run for each reply."""
    runs: tuple[Any, ...] = ()
    for number, reply in enumerate(replies, 1):
        runs = (*runs, record_of(name, reply, f"{RUN_ID}.{number}")._replace(earlier=runs))
    return judge_job(TARGET, runs[-1:], redact).suites[0]


def comparable(value: Any) -> Any:
    """The value without hashes. Those are of the texts before redaction, so that equal failures stay equal."""
    if isinstance(value, SuiteResult):
        return {field.name: comparable(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, frozenset):
        return set(map(repr, value))
    if isinstance(value, tuple):
        return [type(value), *map(comparable, value)]
    return re.sub("[0-9a-f]{64}", "hash", value) if isinstance(value, str) else value


FAILED = answer(
    step(ANN), step(BOB), failed_step(ANN, f"Hello {ANN}", f"Bye {BOB}"), mood("failed", said=BOB), status="failed"
)


@pytest.mark.parametrize(
    "replies",
    [
        (FAILED,),
        (FAILED, answer(step(ANN), failed_step(BOB), step(ANN), step(BOB), status="failed")),
        (FAILED, answer(step(ANN), step(BOB), step(ANN), step(BOB))),
        (answer(step(ANN), status=f"stopped by {ANN}"),),
        (answer(step(ANN), status="aborted", result={"errorDetails": {"by": ANN}}),),
        (answer(step(ANN), totalTestStepsCount=3),),
        (answer(step(ANN, status=f"skipped by {ANN}"), step(BOB, status="not executed"), status="failed"),),
    ],
)
def test_a_suite_redacted_afterwards_is_like_one_whose_replies_were_redacted(
    replies: tuple[dict[str, Any], ...],
) -> None:
    plain, redacted = suite_of(*replies), suite_of(*replies, redact=("email",))

    assert "@" in repr(plain)
    assert "@" not in repr(redacted)
    assert comparable(redacted) == comparable(redacted_suite(plain, "Pizza", EMAIL))


def test_the_suite_has_the_given_name_and_its_own_one_redacted() -> None:
    suite = redacted_suite(suite_of(FAILED, name=ANN), "[email] (2)", EMAIL)

    assert ("[email] (2)", "[email]") == (suite.name, suite.suite)


def test_what_a_job_says_of_a_suite_is_redacted_and_ids_hashes_and_known_status_words_are_not() -> None:
    source = SuiteSource(f"{ANN}.json", "ctr-1", 2, texts_sha256="ctr-1", suite_id="ctr-1", problem=f"It is of {BOB}.")
    suite = replace(
        suite_of(FAILED),
        failures=(ANN,),
        doubts=(ANN, BOB),
        advice=(f"Ask {ANN}.",),
        remarks=(BOB,),
        nlp_versions=(ANN, "v3"),
        platform_status="In_Progress",
        source=source,
    )
    redacted = redacted_suite(suite, "Pizza", lambda text: re.sub(r"\S+@\S+|ctr|(?i:failed|progress)", "[x]", text))

    assert (("[x]",), ("[x]", "[x]")) == (redacted.failures, redacted.doubts)
    assert (("Ask [x]",), ("[x]",)) == (redacted.advice, redacted.remarks)
    assert ("[x]", "v3") == redacted.nlp_versions
    assert suite.run_id == redacted.run_id
    assert source._replace(path="[x]", problem="It is of [x]") == redacted.source
    assert "In_Progress" == redacted.platform_status
    assert ["passed", "passed", "failed", "failed"] == [step.status for step in redacted.steps]


def test_a_step_that_the_last_run_does_not_have_is_no_other_step_of_it_after_redaction() -> None:
    first = answer(step(ANN), failed_step(BOB), step("soup"), failed_step("soup"), status="failed")
    suite = redacted_suite(suite_of(first, answer(step(ANN), step(ANN), step("soup"))), "Pizza", EMAIL)

    shown = {(step.input, step.occurrence) for step in suite.steps}
    failed = [(identity.input, identity.occurrence) for identity, _ in suite.earlier_runs[0].failures]
    assert {("[email]", 1), ("[email]", 2), ("soup", 1)} == shown
    assert [("[email]", 3), ("soup", 2)] == failed
