"""Names of test cases: they stand alone, and are unique, stable and fit for every reader."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.judging.cases import (
    MAX_NAME,
    EarlierFailure,
    FailureClass,
    Outcome,
    TestCase,
    Tolerance,
    ToleranceKind,
    accepted_texts,
    case_name,
    classname,
    overall,
    unique_names,
)
from koregate.text import one_line

texts = st.text() | st.text(alphabet=st.characters(codec=None)) | st.text(min_size=150, max_size=400)


def case(step: int, response: int, kind: str) -> TestCase:
    return TestCase(step, response, kind, Outcome.PASSED)


@pytest.mark.parametrize(
    ("test_case", "said", "name"),
    [
        (case(4, 1, "text"), "A margherita, please", "4.1 text: A margherita, please"),
        (case(4, 0, "step"), "Version 1.0?", "4 step: Version 1.0?"),
        (case(4, 2, "flow"), " a\n b ", "4.2 flow: a b"),
        (case(4, 1, "context"), " \n ", "4.1 context"),
        (case(0, 0, "run"), "", "run"),
    ],
)
def test_a_name_says_which_assertion_it_is_and_what_the_user_said(test_case: TestCase, said: str, name: str) -> None:
    assert name == case_name(test_case, said)


def test_a_class_name_is_the_suite_and_the_number_of_the_step() -> None:
    assert ("Order a pizza.step 4", "Order a pizza.run") == (
        classname("Order a pizza", 4),
        classname("Order a pizza", 0),
    )


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 2), st.sampled_from(["text", "flow"])), unique=True), texts)
def test_names_of_one_input_are_unique_and_at_most_200_characters_on_one_line(
    places: list[tuple[int, int, str]], said: str
) -> None:
    names = [case_name(case(*place), said) for place in places]

    assert len(names) == len(set(names))
    assert all(0 < len(name) <= MAX_NAME and "\n" not in name for name in names)


@given(texts, texts)
def test_a_name_that_is_cut_is_unlike_that_of_another_input(said: str, other: str) -> None:
    long = "x" * MAX_NAME
    inputs = {one_line(f"{long}{text}").strip() for text in ("", said, other)}

    assert len(inputs) == len({case_name(case(1, 1, "text"), text) for text in inputs})


@pytest.mark.parametrize(
    ("outcomes", "worst"),
    [
        ([], Outcome.PASSED),
        ([Outcome.PASSED, Outcome.PASSED], Outcome.PASSED),
        ([Outcome.PASSED, Outcome.SKIPPED], Outcome.SKIPPED),
        ([Outcome.SKIPPED, Outcome.TOLERATED, Outcome.PASSED], Outcome.TOLERATED),
        ([Outcome.TOLERATED, Outcome.ERROR, Outcome.SKIPPED], Outcome.ERROR),
        ([Outcome.ERROR, Outcome.FAILED, Outcome.TOLERATED], Outcome.FAILED),
    ],
)
def test_a_step_ends_as_its_worst_case(outcomes: list[Outcome], worst: Outcome) -> None:
    assert worst is overall(TestCase(1, 1, "text", outcome) for outcome in outcomes)


def test_a_class_name_has_one_dot_and_keeps_the_step_of_a_long_suite() -> None:
    assert "Release 1·2.step 4" == classname("Release 1.2", 4)
    long = [classname("x" * 300 + end, 12) for end in ("a", "b")]
    assert 2 == len(set(long))
    assert [(MAX_NAME, True)] * 2 == [(len(name), name.endswith(".step 12")) for name in long]


def test_a_name_is_cut_only_beyond_200_characters() -> None:
    exact = "x" * MAX_NAME

    assert [exact] == unique_names([exact])
    (cut,) = unique_names([exact + "y"])
    assert MAX_NAME == len(cut)
    assert cut.startswith("x" * (MAX_NAME - 10) + "… ")
    assert ["step 1", "step 1 (2)"] == unique_names(["step 1", "step 1"])


def test_a_name_with_a_lone_surrogate_is_cut_too() -> None:
    assert MAX_NAME == len(case_name(case(1, 1, "text"), "\ud800" + "x" * 300))
    assert MAX_NAME == len(classname("\ud800" + "x" * 300, 1))


def test_names_stay_different_even_without_dots_and_when_they_are_long() -> None:
    assert ["a.b", "a·b (2)", "a.b (3)"] == unique_names(["a.b", "a·b", "a.b"])
    assert ["a b"] == unique_names(["a\n b"])
    long = unique_names(["x" * 300] * 11)
    assert 11 == len(set(long))
    assert all(len(name) <= MAX_NAME for name in long)
    assert all(name.endswith(f" ({number})") for number, name in enumerate(long[1:], 2))


@given(st.lists(st.sampled_from(["a.b", "a·b", "a", "x" * 300, "a (2)"]) | texts, max_size=6))
def test_names_are_unique_whatever_they_are(names: list[str]) -> None:
    unique = unique_names(names)

    assert len(names) == len({name.replace(".", "·") for name in unique})
    assert all(len(name) <= MAX_NAME for name in unique)


FAILED = TestCase(3, 1, "text", Outcome.FAILED, "odd", "a", "b", ("c",), FailureClass.WRONG_TEXT, caused_by=2)
KNOWN = Tolerance(ToleranceKind.KNOWN, "It is known.")
EARLIER = EarlierFailure("ctr-1", FailureClass.WRONG_DIALOG, "earlier", "d", "e", ("f",), 1)


def test_the_accepted_texts_are_the_expected_one_and_its_alternatives() -> None:
    assert ["a", "c"] == accepted_texts(FAILED)


def test_a_tolerated_case_does_not_block_and_is_the_same_again_without_policy() -> None:
    tolerated = FAILED.tolerated(KNOWN)

    assert (Outcome.TOLERATED, Outcome.FAILED, KNOWN) == (tolerated.outcome, tolerated.judged, tolerated.tolerance)
    assert not tolerated.is_blocking
    assert tolerated.is_told
    assert Outcome.SKIPPED is tolerated.counted_as
    known = tolerated._replace(known_since=datetime(2026, 11, 1, tzinfo=UTC))
    assert FAILED == tolerated.without_policy() == known.without_policy()
    assert Outcome.FAILED is tolerated.tolerated(KNOWN).judged


def test_a_case_that_passed_in_the_last_run_is_told_as_it_failed_and_has_no_texts_without_policy() -> None:
    passed = TestCase(3, 1, "text", Outcome.PASSED, earlier_failures=(EARLIER,))
    told = passed.as_it_failed(EARLIER).tolerated(KNOWN)

    assert ("earlier", "d", "e", ("f",), FailureClass.WRONG_DIALOG, 1) == (
        told.message,
        told.expected,
        told.actual,
        told.alternatives,
        told.failure_class,
        told.caused_by,
    )
    assert (True, Outcome.PASSED) == (told.is_flaky, told.counted_as)
    assert passed == told.without_policy()


@pytest.mark.parametrize(("cause", "kept"), [(0, 0), (1, 1), (2, 2), (3, 0), (4, 0), (-1, 0)])
def test_the_cause_of_an_earlier_failure_is_one_here_only_if_that_step_comes_before(cause: int, kept: int) -> None:
    assert kept == FAILED.as_it_failed(EARLIER._replace(caused_by=cause)).caused_by


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (FAILED, True),
        (FAILED._replace(earlier_failures=(EARLIER,)), True),
        (FAILED._replace(before_policy=Outcome.PASSED, earlier_failures=(EARLIER,)), False),
        (FAILED._replace(outcome=Outcome.PASSED), False),
        (FAILED._replace(outcome=Outcome.PASSED, earlier_failures=(EARLIER,)), False),
    ],
)
def test_a_case_failed_last_if_the_last_run_failed_it(case: TestCase, *, expected: bool) -> None:
    assert expected == case.failed_last
