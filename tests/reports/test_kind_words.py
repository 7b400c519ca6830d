"""The words that explain kinds of assertions to a reader who does not build bots."""

import pytest
from support.answers import answer, failed_step, report_of, step

from koregate.reports.kind_words import kind_words, label_words, training_text

BAD = answer(step(), failed_step(), status="failed")


def test_only_kinds_that_failed_are_explained() -> None:
    assert {} == kind_words(report_of(A=answer(step())))
    assert {"text": "what the bot said"} == kind_words(report_of(A=BAD))


def test_the_first_number_that_a_reader_sees_is_explained() -> None:
    assert {} == label_words(report_of(A=answer(step())))
    assert {"2.1": "step 2, response 1"} == label_words(report_of(A=BAD))
    # A step that failed without a reason has no assertion.
    assert {} == label_words(report_of(A=answer(step("a", "failed"), status="failed")))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("training Finished, in sync", "trained, in sync with the app"),
        ("training FINISHED, not known to be in sync", "trained, not known to be in sync with the app"),
        ("training Failed, in sync", "training Failed, in sync"),
        ("training in progress", "training in progress"),
        (None, ""),
    ],
)
def test_the_state_of_the_training_is_told_in_words_of_people(state: str | None, words: str) -> None:
    assert words == training_text(state)
