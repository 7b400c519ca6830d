"""Names of test cases: they stand alone, and are unique, stable and fit for every reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.judging.cases import MAX_NAME, Outcome, TestCase, case_name, classname
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
