"""How much of a job is kept: long texts, all texts together, and very many test cases."""

import random
from dataclasses import replace

import pytest
from support.answers import TARGET, answer, assertion, failed_step, judged, record_of, response, step

from koregate.judging.cases import Outcome, TestCase
from koregate.judging.job import JobJudge
from koregate.judging.limits import (
    MAX_INPUT_REST_BYTES,
    MAX_REST_BYTES,
    MAX_TEXT_BYTES,
    TextBudget,
    cut_input,
    input_key,
    shorten_again,
    shortened_case,
    with_few_cases,
)
from koregate.judging.results import StepResult, SuiteResult


def suite_of(*steps: object, status: str = "failed") -> SuiteResult:
    return judged(answer(*steps, status=status))


def texts(step: StepResult) -> list[str]:
    of_pairs = [text for pair in step.pairs for text in (pair.expected, pair.actual) if text]
    return [step.input, *of_pairs, *(text for case in step.cases for text in (case.expected, case.actual) if text)]


def kept(budget: TextBudget, suites: list[SuiteResult], order: list[int]) -> list[SuiteResult]:
    results: dict[int, SuiteResult] = {}
    for number in order:
        budget.add(results, number, suites[number])
    return [results[number] for number in range(len(suites))]


def test_a_text_is_cut_to_64_kib_and_says_how_long_it_was() -> None:
    suite = judged(answer(failed_step("é" * 100_000, "x" * 100_000, "🍕" * 100_000), status="failed"))

    for text in texts(suite.steps[0]):
        assert len(text.encode()) <= MAX_TEXT_BYTES
        assert "00000 bytes in all)" in text


def test_a_text_of_64_kib_stays_whole() -> None:
    whole = "x" * MAX_TEXT_BYTES

    suite = judged(answer(failed_step("hi", "Hello", whole), status="failed"))

    assert whole == suite.steps[0].pairs[0].actual == suite.steps[0].cases[0].actual


def test_texts_that_differ_only_in_what_is_cut_still_differ() -> None:
    same = "x" * 100_000

    (case,) = judged(answer(failed_step("hi", f"{same}one", f"{same}two"), status="failed")).steps[0].cases

    assert ("one", "two") == (case.expected[-3:], case.actual[-3:])
    assert case.expected.startswith("… (cut, 99900 characters before) xxx")


def test_accepted_texts_that_differ_from_the_response_only_in_what_is_cut_still_differ() -> None:
    same = "x" * 100_000
    bad = assertion("failed", [{"text": text, "status": "failed"} for text in ("Hi", f"{same}one", f"{same}two")])
    reply = answer(step("hi", "failed", [response("Hi", text_=bad)], [response(f"{same}three")]), status="failed")

    (case,) = judged(reply).steps[0].cases

    assert ("Hi", "one", "two", "three") == (
        case.expected,
        *(text[-3:] for text in case.alternatives),
        case.actual[-5:],
    )


def test_texts_that_are_the_same_keep_their_beginning() -> None:
    same = "a" + "x" * 100_000

    (case,) = judged(answer(failed_step("hi", same, same), status="failed")).steps[0].cases

    assert case.expected == case.actual
    assert case.expected.startswith("axxx")


def test_every_accepted_text_counts_for_the_limit() -> None:
    bad = assertion("failed", [{"text": text * 100_000, "status": "failed"} for text in "abc"])
    reply = answer(step("hi", "failed", [response("Hi", text_=bad)], [response("d")]), status="failed")

    (case,) = judged(reply).steps[0].cases

    assert [MAX_TEXT_BYTES] * 3 == [len(text.encode()) for text in (case.expected, *case.alternatives)]


def test_inputs_that_differ_only_in_what_is_cut_are_not_the_same_input() -> None:
    same = "x" * 100_000

    suite = suite_of(step(f"{same}one"), step(f"{same}two"), step(f"{same}one"), status="passed")

    assert [1, 1, 2] == [step.occurrence for step in suite.steps]
    assert 2 == len({suite.identity(step, step.cases[0]) for step in suite.steps[:2]})


@pytest.mark.parametrize("steps", [[step("é" * 70_000), step("é" * 70_000)]])
def test_the_same_long_input_twice_is_counted_as_the_same(steps: list[object]) -> None:
    assert [1, 2] == [step.occurrence for step in suite_of(*steps, status="passed").steps]


def test_passed_steps_lose_their_texts_first_then_the_oldest() -> None:
    long = "x" * 1_000
    first = failed_step("hi", long, f"{long}1")
    second = failed_step("hi", long, f"{long}2")
    passed = step("hi", expected=[response(long)])
    suites = [suite_of(passed, first), suite_of(second, passed)]

    def lost(most: int) -> list[list[bool]]:
        results = kept(TextBudget(most), suites, [0, 1])
        return [["(cut, " in texts(step)[-1] for step in suite.steps] for suite in results]

    assert [[False, False], [False, False]] == lost(20_000)
    assert [[True, False], [False, False]] == lost(12_000)
    assert [[True, False], [False, True]] == lost(9_000)
    assert [[True, True], [False, True]] == lost(6_000)
    assert [[True, True], [True, True]] == lost(1_000)


def test_a_step_without_its_texts_keeps_its_input_its_messages_and_the_length_of_each_text() -> None:
    suite = suite_of(failed_step("a question", "x" * 1_000, "y" * 2_000))

    (result,) = kept(TextBudget(100), [suite], [0])

    (step_,) = result.steps
    assert "a question" == step_.input
    assert [case.message for case in suite.cases] == [case.message for case in step_.cases]
    assert "… (cut, 2000 bytes in all)" in (step_.pairs[0].actual or "")
    assert len(step_.pairs[0].actual or "") <= 100
    assert suite.counts == result.counts


@pytest.mark.parametrize("seed", range(20))
def test_what_is_left_does_not_depend_on_the_order_of_the_ends(seed: int) -> None:
    rng = random.Random(seed)
    suites = [
        suite_of(
            *[
                failed_step("hi", "x" * rng.randint(1, 2_000), "y") if rng.random() < 0.5 else step("z" * 300)
                for _ in range(5)
            ]
        )
        for _ in range(4)
    ]
    order = rng.sample(range(4), 4)
    most = rng.randint(1_000, 15_000)

    assert kept(TextBudget(most), suites, [0, 1, 2, 3]) == kept(TextBudget(most), suites, order)


@pytest.mark.parametrize(("first", "second"), [(1_000, 200), (80, 60)])
def test_a_text_that_is_cut_twice_tells_its_whole_length(first: int, second: int) -> None:
    once = shorten_again("x" * 5_000, first)

    twice = shorten_again(once, second)

    assert len(twice.encode()) <= second
    assert twice.endswith("… (cut, 5000 bytes in all)")


THREE = response("Hello", flow=assertion("passed"), context=assertion("passed"))
ONE_FAILS = response("Hello", flow=assertion("failed"), context=assertion("passed"))


def test_with_very_many_cases_the_passed_ones_of_a_step_become_one_that_says_how_many() -> None:
    suite = suite_of(step(expected=[THREE, THREE]), step(status="failed", expected=[ONE_FAILS]), step())

    (result,) = with_few_cases([suite], 9)

    assert [
        ("1.1 step", Outcome.PASSED, "6 assertions passed."),
        ("2.1 step", Outcome.PASSED, "2 assertions passed."),
        ("2.1 flow", Outcome.FAILED, suite.steps[1].cases[0].message),
        ("3.1 text", Outcome.PASSED, ""),
    ] == [(case.label, case.outcome, case.message) for case in result.cases]
    assert [6, 2, 0] == [part.folded for part in result.steps]
    assert (3, 1) == (result.counts.passed, result.counts.failed)


def test_up_to_the_limit_every_case_stays() -> None:
    suite = suite_of(step(expected=[THREE, THREE]), status="passed")

    assert [suite] == with_few_cases([suite], 6)


def test_the_case_of_a_failed_step_and_that_of_its_passed_cases_have_different_names() -> None:
    suite = suite_of(step(status="failed", expected=[THREE]))

    (result,) = with_few_cases([suite], 1)

    assert ["1.1 step", "1 step"] == [case.label for case in result.cases]


def test_a_job_is_held_to_the_limits() -> None:
    judge = JobJudge(TARGET, ["Pizza"], max_cases=5)
    judge.keep(0, judge.judge(0, record_of("Pizza", answer(step(expected=[THREE, THREE])))))

    job = judge.result()

    assert 1 == job.counts.total == job.counts.passed


def test_all_texts_of_a_step_count_in_bytes_and_only_what_is_above_the_limit_is_cut() -> None:
    suite = suite_of(failed_step("é" * 10, "x" * 500, "y" * 500))
    # The input, the status, both texts with dialog and node, and both texts of the assertion.
    size = 20 + len("failed") + 500 + 500 + len("Welcome") + len("Greet") + 500 + 500

    assert [suite] == kept(TextBudget(size), [suite], [0])
    assert [suite] != kept(TextBudget(size - 1), [suite], [0])
    silent, size = suite_of(failed_step("hi", "x" * 500, "")), 2 + len("failed") + 500 + len("WelcomeGreet") + 500
    assert [silent] == kept(TextBudget(size), [silent], [0])
    assert [silent] != kept(TextBudget(size - 1), [silent], [0])


def test_when_texts_are_lost_already_others_stay_that_take_the_last_byte_of_the_limit() -> None:
    suites = [suite_of(step("hi", expected=[response(letter * 500)]), status="passed") for letter in "ab"]
    (short,) = kept(TextBudget(1), suites[:1], [0])

    def size(suite: SuiteResult) -> int:
        (pair,), said = suite.steps[0].pairs, suite.steps[0]
        return sum(len((text or "").encode()) for text in (said.input, said.status, *pair))

    most = size(short) + size(suites[1])
    assert [short, suites[1]] == kept(TextBudget(most), suites, [0, 1])
    assert [short, suites[1]] != kept(TextBudget(most - 1), suites, [0, 1])


@pytest.mark.parametrize(
    ("expected", "actual", "size"),
    [([response("x" * 500)], [], 2 + 500), ([], [response("x" * 500)], 2 + 500 + len("Welcome") + len("Greet"))],
)
def test_what_a_step_does_not_have_counts_nothing(expected: list[object], actual: list[object], size: int) -> None:
    suite = suite_of(step("hi", None, expected, actual))
    suite = replace(suite, steps=(suite.steps[0]._replace(cases=()),))

    assert [suite] == kept(TextBudget(size), [suite], [0])
    assert [suite] != kept(TextBudget(size - 1), [suite], [0])


def test_a_step_that_would_have_lost_its_texts_first_loses_them_although_it_came_last_and_there_is_room() -> None:
    suites = [suite_of(step("hi", expected=[response(letter * size)])) for letter, size in (("a", 300), ("b", 4_000))]

    first, second = kept(TextBudget(3_000), suites, [1, 0])

    assert [first, second] == kept(TextBudget(3_000), suites, [0, 1])
    assert all("(cut, " in (suite.steps[0].pairs[0].actual or "") for suite in (first, second))


def test_a_step_that_loses_its_texts_loses_each_of_them_and_gets_none_that_it_did_not_have() -> None:
    flow = assertion("failed")
    named = response("x" * 500, flow=flow) | {"dialogName": "d" * 500, "nodeName": "n" * 500}
    suite = suite_of(step("hi", "odd" * 200, [response("y" * 500, flow=flow)], [named, response()]))

    (result,) = kept(TextBudget(10), [suite], [0])

    (step_,) = result.steps
    first, second = step_.pairs
    for text, whole in zip((step_.status, *first), (600, 500, 500, 500, 500), strict=True):
        assert text is not None
        assert text.endswith(f"… (cut, {whole} bytes in all)")
        assert 100 == len(text.encode())
    assert (None, "Hello") == (second.expected, second.actual)
    (unread,) = kept(TextBudget(1), [suite_of(7)], [0])
    assert unread.steps[0].status is None


def test_a_step_that_was_not_returned_keeps_its_place_when_inputs_are_cut() -> None:
    suite = judged(answer(step("x" * 100_000), totalTestStepsCount=3))

    assert [1, 2, 3] == [part.occurrence for part in suite.steps]


def test_an_input_that_says_what_a_cut_one_looks_like_is_the_second_of_them() -> None:
    long = "x" * 100_000

    suite = suite_of(step(long), step(cut_input(long, MAX_TEXT_BYTES)), status="passed")

    assert suite.steps[0].input == suite.steps[1].input
    assert [1, 2] == [part.occurrence for part in suite.steps]


def test_a_text_is_cut_at_its_limit_and_not_before() -> None:
    assert "x" * 1_000 == cut_input("x" * 1_000, 1_000)
    assert "\x1b" * 250 == cut_input("\x1b" * 250, 1_000)

    for text in ("x" * 1_001, "\x1b" * 251):
        cut = cut_input(text, 1_000)
        assert cut != text
        assert 1_000 >= len(cut.encode())
    assert 1_000 == len(cut_input("x" * 5_000, 1_000).encode())


@pytest.mark.parametrize("letter", ["x", "é", "🍕"])
def test_an_input_that_is_cut_twice_keeps_the_length_and_the_mark_of_the_whole(letter: str) -> None:
    once = cut_input(letter * 40_000, 10_000)

    twice = cut_input(once, 1_000)

    assert once[-40:] == twice[-40:]
    assert once.startswith(twice[:200])
    assert 996 < len(twice.encode()) <= 1_000


@pytest.mark.parametrize("letter", ["x", "é", "🍕"])
def test_the_key_of_an_input_is_the_same_whether_it_was_cut_or_not(letter: str) -> None:
    text = "a" + letter * 40_000
    key = input_key(text)

    assert key == input_key(cut_input(text, 10_000)) == input_key(cut_input(text, MAX_INPUT_REST_BYTES))
    beginning, _, note = key.partition("… (cut, ")
    assert "a" + letter * (799 // len(letter.encode())) == beginning
    assert f"{len(text.encode())} bytes in all" == note.partition(")")[0]
    assert key != input_key(f"{text}{letter}")


def test_the_key_of_a_short_input_is_the_input_as_reports_show_it() -> None:
    assert "a\\x1b" == input_key("a\x1b") == input_key("a\\x1b")


def test_one_passed_assertion_is_told_in_the_singular() -> None:
    suite = suite_of(step(status="failed", expected=[response("Hello", flow=assertion("failed"))]))

    (result,) = with_few_cases([suite], 1)

    assert [("1.1 step", "1 assertion passed."), ("1.1 flow", suite.steps[0].cases[0].message)] == [
        (case.label, case.message) for case in result.steps[0].cases
    ]


def test_a_note_is_replaced_and_not_added_when_a_text_is_cut_again() -> None:
    once = shorten_again("x" * 1_000_000, 1_000)

    note = "… (cut, 1000000 bytes in all)"
    assert "x" * (200 - len(note.encode())) + note == shorten_again(once, 200)


@pytest.mark.parametrize(("letters", "longest"), [(2_000, 201), (100_000, 200)])
def test_a_text_of_long_letters_that_is_cut_twice_has_only_letters_before_its_note(letters: int, longest: int) -> None:
    note = f"… (cut, {letters * 4} bytes in all)"

    twice = shorten_again(shorten_again("🍕" * letters, 1_000), longest)

    assert "🍕" * ((longest - len(note.encode())) // 4) + note == twice


def failed_case(expected: str, actual: str) -> TestCase:
    return TestCase(1, 1, "text", Outcome.FAILED, "", expected, actual)


@pytest.mark.parametrize(("expected", "actual"), [("", "y" * 1_000), ("y" * 1_000, "")])
def test_a_text_is_cut_although_the_other_is_empty(expected: str, actual: str) -> None:
    case = shortened_case(failed_case(expected, actual), 200)

    note = "… (cut, 1000 bytes in all)"
    assert {"", "y" * (200 - len(note.encode())) + note} == {case.expected, case.actual}


@pytest.mark.parametrize(("one", "other"), [("x" * 10, "x" * 1_000), ("x" * 1_000, "x" * 10)])
def test_a_long_text_that_begins_like_a_short_one_keeps_its_beginning(one: str, other: str) -> None:
    case = shortened_case(failed_case(one, other), 200)

    assert (one[:100], other[:100]) == (case.expected[: len(one[:100])], case.actual[: len(other[:100])])


@pytest.mark.parametrize(("one", "other"), [("one", "two"), ("x" * 9_000 + "one", "two"), ("one", "x" * 9_000 + "two")])
def test_of_texts_that_begin_alike_a_quarter_of_the_limit_is_left_before_they_differ(one: str, other: str) -> None:
    same = "".join(map(str, range(400)))[:1_000]

    case = shortened_case(failed_case(same + one, same + other), 200)

    before = f"… (cut, 950 characters before) {same[950:]}"
    assert (True, True) == (case.expected.startswith(before), case.actual.startswith(before))
    assert case.expected != case.actual


def test_the_quarter_of_the_limit_before_texts_differ_is_counted_in_bytes() -> None:
    case = shortened_case(failed_case("é" * 1_000 + "one", "é" * 1_000 + "two"), 200)

    before = f"… (cut, 975 characters before) {'é' * 25}"
    assert (f"{before}one", f"{before}two") == (case.expected, case.actual)


@pytest.mark.parametrize("letter", ["é", "я", "🍕", "\x01"])
@pytest.mark.parametrize("longest", [MAX_REST_BYTES, 200, MAX_TEXT_BYTES])
def test_texts_of_any_letters_still_differ_when_they_are_cut(letter: str, longest: int) -> None:
    case = shortened_case(failed_case(*(letter * 70_000 + word + letter * 70_000 for word in ("one", "two"))), longest)

    assert (True, True) == ("one" in case.expected, "two" in case.actual)
    assert longest >= max(len(text.encode()) for text in (case.expected, case.actual))


def test_texts_that_differ_where_both_are_left_keep_their_beginning() -> None:
    same = "".join(map(str, range(400)))

    case = shortened_case(failed_case(f"{same[:150]}A{same}", f"{same[:150]}B{same}"), 200)

    assert (f"{same[:150]}A", f"{same[:150]}B") == (case.expected[:151], case.actual[:151])


def test_inputs_that_are_the_same_once_they_are_cut_are_counted_again() -> None:
    long = "x" * 40_000
    suite = suite_of(step(long), step(cut_input(long, 2_000)), status="passed")

    (result,) = kept(TextBudget(1), [suite], [0])

    assert [1, 1] == [part.occurrence for part in suite.steps]
    assert result.steps[0].input == result.steps[1].input
    assert [1, 2] == [part.occurrence for part in result.steps]
