"""How an expectation and an answer are told apart."""

import json
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.answers import answer, assertion, failed_step, job_of, judged, record_of, response, step

from koregate.judging.cases import NO_RESPONSE, NOT_EXPECTED
from koregate.judging.difference import INVISIBLE, JSON_FORM, SPACES, difference, sentence, similarity
from koregate.reports import ctrf, junit, page, summary
from koregate.reports.failure_lines import failure_lines

LONG = "Thank you for calling Luigi's. " + "We bake every day of the week. " * 5 + "We are open until late. "
GREAT, SURE = "Great choice! Which pizza would you like?", "Sure! Which pizza would you like?"


def buttons(*payloads: str, text: str = "Anything else?", title: str = "No") -> str:
    """A template whose buttons look alike."""
    return json.dumps(
        {
            "type": "template",
            "payload": {
                "template_type": "button",
                "text": text,
                "buttons": [{"title": title, "payload": payload} for payload in payloads],
            },
        }
    )


@pytest.mark.parametrize(
    ("accepted", "actual", "told"),
    [
        (["Which size?"], "Sorry, what?", 'expected "Which size?", got "Sorry, what?"'),
        (["Hello"], NO_RESPONSE, 'expected "Hello", got (no response)'),
        ([NOT_EXPECTED], "Psst", 'expected (no response expected), got "Psst"'),
        ([GREAT, SURE], "Sorry?", f'expected "{SURE}" or "{GREAT}", got "Sorry?"'),
        ([GREAT, SURE], "Great!", f'expected "{GREAT}" or "{SURE}", got "Great!"'),
        ([GREAT, SURE], NO_RESPONSE, f'expected "{GREAT}" or "{SURE}", got (no response)'),
        (["a", "b", "c", "d"], "no", 'expected "a" or one of 3 other texts, got "no"'),
        (["One", "Two pizzas", "Ten", "No"], "Two", 'expected "Two pizzas" or one of 3 other texts, got "Two"'),
        (
            [f"{LONG}It costs 15 euros."],
            f"{LONG}It costs 25 euros.",
            f'expected "…It costs 15 euros.", got "…It costs 25 euros." (differs at character {len(LONG) + 10})',
        ),
        (
            ["Hi", f"{LONG}It costs 15 euros."],
            f"{LONG}It costs 25 euros.",
            (
                'expected "…It costs 15 euros." or another text, got "…It costs 25 euros."'
                f" (differs at character {len(LONG) + 10})"
            ),
        ),
        (
            ["Your order is confirmed."],
            "Your order  is confirmed. ",
            'expected "Your order is confirmed.", got "Your order  is confirmed. " (differs in spaces only)',
        ),
        (
            [f"{LONG}a b"],
            f"{LONG}a  b",
            (
                'expected "…We are open until late. a b", got "…We are open until late. a  b" '
                f"(differs in spaces only, at character {len(LONG) + 3})"
            ),
        ),
        (["Hello"], "Hel\u200blo", 'expected "Hello", got "Hel\u200blo" (differs in invisible characters only)'),
        (["caf\u00e9"], "cafe\u0301", 'expected "caf\u00e9", got "cafe\u0301" (differs in invisible characters only)'),
        (
            [buttons("yes", "no")],
            buttons("yes", "nope"),
            'template differs at payload.buttons[1].payload: expected "no", got "nope"',
        ),
        (
            [buttons("yes"), buttons("no")],
            buttons("nope"),
            (
                'template differs at payload.buttons[0].payload: expected "no", got "nope" '
                "(the nearest of 2 accepted templates)"
            ),
        ),
        (
            [buttons("yes", text="Is it?")],
            buttons("yes", text="It is!"),
            'template differs at payload.text: expected "Is it?", got "It is!"',
        ),
        ([buttons("yes")], "Sorry", 'expected "Anything else? [No]", got "Sorry"'),
        (
            [buttons(*"abcde")],
            buttons(*"vwxyz"),
            (
                'template differs at payload.buttons[0].payload: expected "a", got "v"; payload.buttons[1].payload: '
                'expected "b", got "w"; payload.buttons[2].payload: expected "c", got "x"; and at 2 more places'
            ),
        ),
    ],
)
def test_a_difference_is_reported_on_one_line(accepted: list[str], actual: str, told: str) -> None:
    assert told == sentence(difference(accepted, actual))


@pytest.mark.parametrize(
    ("expected", "actual", "only"),
    [
        ("a b", "a\n b ", SPACES),
        ("a b", "a\u00a0b", SPACES),
        ("ab", "a b", SPACES),
        ("a b", "a c", ""),
        ("a", "b", ""),
        ("\u200bab", "ab", INVISIBLE),
        ("a\u00a0b", "ab\u200b", ""),
        (buttons("yes"), json.dumps(json.loads(buttons("yes")), indent=1), JSON_FORM),
    ],
)
def test_a_difference_that_the_eye_does_not_see_is_named(expected: str, actual: str, only: str) -> None:
    assert only == difference([expected], actual).only


def test_rich_messages_that_look_alike_are_shown_as_they_came() -> None:
    told = difference([buttons("no")], buttons("nope"))

    assert (buttons("no"), buttons("nope")) == (told.expected, told.actual)
    assert ("Anything else?\n[No]", "Anything else?\n[Yes]") == difference([buttons("a")], buttons("a", title="Yes"))[
        :2
    ]


@pytest.mark.parametrize(
    ("accepted", "actual", "nearest", "others"),
    [
        (["One"], "Two", "One", ()),
        (["Two", "One pizza, please", "Three"], "One pizza", "One pizza, please", ("Two", "Three")),
        (["Three", "Two"], "One pizza", "Three", ("Two",)),
        (
            ["Hi.", buttons("no"), buttons("yes", "nope")],
            buttons("nope"),
            buttons("no"),
            ("Hi.", "Anything else?\n[No]\n[No]"),
        ),
        (
            [buttons("a", "b"), buttons("nope", "b")],
            buttons("nope", "c"),
            buttons("nope", "b"),
            ("Anything else?\n[No]\n[No]",),
        ),
    ],
)
def test_the_accepted_text_with_most_in_common_is_the_nearest(
    accepted: list[str], actual: str, nearest: str, others: tuple[str, ...]
) -> None:
    told = difference(accepted, actual)

    assert (nearest, others) == (told.expected, told.others)


@pytest.mark.parametrize(
    ("expected", "actual", "is_alike"),
    [
        ("One large margherita.", "One small margherita.", True),
        ("One large pizza, please", "One small pizza today", True),
        (SURE, "Sorry, which pizza did you say?", False),
        (GREAT, "Sorry, I did not get that.", False),
        ("ピザを注文しますか", "ピザを注文しましたか", True),
        ("Hello", NO_RESPONSE, False),
        ("Hello", "Hello", False),
        ("!", "?", False),
    ],
)
def test_only_texts_with_enough_in_common_are_alike(expected: str, actual: str, is_alike: bool) -> None:
    assert is_alike == difference([expected], actual).is_alike


any_text = (
    st.text()
    | st.text(alphabet=st.characters(codec=None))
    | st.text("ab .\n\u200b", max_size=300)
    | st.sampled_from([buttons("a"), buttons("a", "b"), "{}", '{"type":' * 3000 + "1" + "}" * 3000, NO_RESPONSE])
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ).map(lambda value: json.dumps({"type": "template", "payload": value}))
)


@given(st.lists(any_text, min_size=1, max_size=5), any_text)
def test_any_texts_are_told_apart_on_one_line(accepted: list[str], actual: str) -> None:
    told = difference(accepted, actual)

    assert len(accepted) == len(told.others) + 1
    assert "\n" not in sentence(told)
    assert 0 <= told.place <= min(len(told.expected), len(told.actual)) + 1
    assert told.expected[: max(told.place - 1, 0)] == told.actual[: max(told.place - 1, 0)]
    if told.place:
        assert told.expected[told.place - 1 : told.place] != told.actual[told.place - 1 : told.place]


def test_messages_that_are_nested_as_deeply_as_can_be_read_are_told_apart() -> None:
    for levels in range(800, 1000):
        one, other = (f'{{"type": {"[" * levels}{number}{"]" * levels}}}' for number in (1, 2))

        assert difference([one], other).place


@given(any_text)
def test_equal_texts_have_no_difference(text: str) -> None:
    told = difference([text], text)

    assert (0, "", (), False) == (told.place, told.only, told.fields, told.is_alike)
    assert told.expected == told.actual


@given(any_text, any_text)
def test_likeness_is_the_same_in_both_directions_and_between_none_and_all(one: str, other: str) -> None:
    like = similarity(one, other)

    assert 0 <= like <= 1
    assert like == pytest.approx(similarity(other, one))
    assert 1 == similarity(one, one)


PARTS = st.lists(
    st.sampled_from(
        ["joe@example.com", "joe@example", ".com", "com", " ", "x" * 70, "\n", '"', "5105 1051 0510 5100", "@"]
    )
)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")


# No deadline: each example makes every report.
@settings(deadline=None, max_examples=50)
@example([["joe@example"]], ["com"], ["joe@example"])
@given(
    st.lists(PARTS, min_size=1, max_size=3), PARTS, st.lists(st.sampled_from(["joe@example", "com", "a"]), max_size=3)
)
def test_what_was_redacted_does_not_come_back_in_any_report(
    accepted: list[list[str]], actual: list[str], keys: list[str]
) -> None:
    expected: Any = "1"
    got: Any = "2"
    for key in reversed(keys):
        expected, got = {key: expected}, {key: got}
    rich = [json.dumps({"type": "x", "payload": value}) for value in (expected, got)]
    bad = assertion("failed", [{"text": " ".join(parts), "status": "failed"} for parts in accepted])
    context = assertion(
        "failed", [{"key": " ".join(actual), "value": "a", "actual": "joe@example.com", "status": "failed"}]
    )
    steps = [
        step("go", "failed", [response("x", text_=bad, context=context)], [response(" ".join(actual), text_=bad)]),
        failed_step("rich", rich[0], rich[1]),
    ]
    job = job_of(record_of("Pizza", answer(*steps, status="failed")), redact=("email", "card"))

    reports = [junit.render(job), ctrf.render(job), page.render(job), summary.render(job).encode()]
    for text in [*(report.decode() for report in reports), *map(str, failure_lines(job))]:
        assert not EMAIL.search(re.sub("&#64;&#8203;", "@", text))
        assert "5105 1051 0510 5100" not in text


def test_every_report_tells_the_same_difference() -> None:
    job = job_of(record_of("Pizza", answer(failed_step("hi", buttons("no"), buttons("nope")), status="failed")))
    told = 'payload.buttons[0].payload: expected "no", got "nope"'

    assert f"template differs at {told}" == job.suites[0].cases[0].message
    assert told in "\n".join(map(str, failure_lines(job)))
    assert told.encode().replace(b'"', b"&quot;") in junit.render(job)
    assert told.encode().replace(b'"', b"&quot;") in page.render(job)
    assert told.replace('"', '\\"').encode() in ctrf.render(job)


def test_a_message_is_one_line_of_at_most_a_thousand_characters() -> None:
    bad = assertion("failed", [{"text": "\x1b" * 150 + str(n), "status": "failed"} for n in range(3)])
    reply = answer(step("hi", "failed", [response("x", text_=bad)], [response("\x1b" * 999)]), status="failed")

    (case,) = judged(reply).cases

    assert len(case.message) <= 1000


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("abcdefx", "abcdefy", 12 / 14),
        ("xabcdef", "yabcdef", 12 / 14),
        ("abcxdef", "abcydef", 12 / 14),
        ("aba", "ababa", 6 / 8),
        ("aa", "aaa", 4 / 5),
        ("abc", "xyz", 0),
        ("", "abc", 0),
        ("one two", "two one", 1),
        ("one two three", "three four five", 10 / 24),
    ],
)
def test_two_texts_have_in_common_their_ends_or_their_words_and_nothing_twice(
    one: str, other: str, expected: float
) -> None:
    assert expected == similarity(one, other) == similarity(other, one)


def test_a_text_that_only_looks_like_a_template_s_is_not_the_same_json_written_otherwise() -> None:
    rich = json.dumps({"type": "text", "payload": "Hello"})

    for expected, actual in (("Hello", rich), (rich, "Hello")):
        told = difference([expected], actual)
        assert ("", expected, actual) == (told.only, told.expected, told.actual)
    assert JSON_FORM == difference([rich], rich.replace(" ", "")).only


@pytest.mark.parametrize(("number", "more"), [(3, ""), (4, "; and at 1 more places"), (6, "; and at 3 more places")])
def test_three_fields_are_named_and_the_others_counted(number: int, more: str) -> None:
    one, other = (buttons(*(f"{kind}{index}" for index in range(number))) for kind in "ab")

    told = sentence(difference([one], other))

    assert told.endswith(f'payload.buttons[2].payload: expected "a2", got "b2"{more}')


def test_accepted_texts_that_are_too_long_to_quote_are_counted() -> None:
    others = [f"{letter * 161}" for letter in "bc"]

    assert 'expected "a" or one of 2 other texts, got "d"' == sentence(difference(["a", *others], "d"))
    assert 'expected "a" or another text, got "d"' == sentence(difference(["a", others[0]], "d"))
    assert f'expected "a" or "{"b" * 160}", got "d"' == sentence(difference(["a", "b" * 160], "d"))


def test_texts_with_two_fifths_in_common_are_alike_and_a_space_before_a_text_is_hard_to_see() -> None:
    assert difference(["ab"], "acd").is_alike
    assert not difference(["ab"], "acde").is_alike
    assert [SPACES, SPACES] == [difference([one], other).only for one, other in (("ab", " ab"), (" ab", "ab"))]
