"""The platform's CSV file of a batch run: every form that it may have, and no input that breaks the reader."""

import contextlib
import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.batch import ENTITY_HEADER, HEADER, csv_file

from koregate.judging import utterances
from koregate.judging.utterances import Entity, UnreadableFile, Utterance, read_utterances

HI, NO = Utterance("hi", "Greet", "Greet", has_intent=True), Utterance("no", "Greet", "Leave", has_intent=False)
ROWS = (["hi", "Greet", "Greet"], ["no", "Greet", "Leave"])
NOTES = [
    ["Notes:", 'First line.\nUtterance,ExpectedIntent,MatchedIntent\n"quoted", last line'],
    ["Utterance Count", "2"],
]


def padded(*names: str) -> list[str]:
    """The header with a column that koregate does not know before each."""
    return [name for pair in zip(["FM", "ML", "KG"], names, strict=True) for name in pair]


@pytest.mark.parametrize(
    "file",
    [
        csv_file(*ROWS),
        csv_file(*ROWS, before=NOTES),
        b"\xef\xbb\xbf" + csv_file(*ROWS),
        csv_file(*ROWS).decode().encode("utf-16"),
        csv_file(*ROWS).replace(b"\r\n", b"\n"),
        csv_file(*ROWS).replace(b"\r\n", b"\r"),
        csv_file(*ROWS).rstrip(),
        csv_file(*ROWS, [], ["", "", ""]),
        csv_file(*ROWS, header=["Utterance", "Expected Intent", "Matched Intent"]),
        csv_file(*ROWS, header=["UTTERANCE", "expected_intent", "'matched intent'"]),
        csv_file(*([row[0], row[2], row[1]] for row in ROWS), header=["Utterance", "Matched Intent", "ExpectedIntent"]),
        csv_file(*([row[0], *padded(*row)[2:]] for row in ROWS), header=["Utterance", *padded(*HEADER)[2:]]),
        csv_file(*([*row, "", "x", "y"] for row in ROWS)),
        csv_file(["hi", "Greet ", " greet"], ["no", "Greet", "Leave"]),
    ],
    ids=[
        "plain",
        "notes with line breaks and commas",
        "byte order mark",
        "UTF-16",
        "line feeds",
        "carriage returns",
        "no last line break",
        "empty rows",
        "names with blanks",
        "names in other letters and quotes",
        "another order",
        "unknown columns",
        "more cells than columns",
        "blanks and case of intents",
    ],
)
def test_every_form_of_the_file_gives_the_same_utterances(file: bytes) -> None:
    hi, no = read_utterances(file)

    assert ("hi", True, "no", False) == (hi.text, hi.has_intent, no.text, no.has_intent)
    assert ("Greet", "Leave") == (no.expected, no.actual)


def test_rows_of_one_utterance_belong_together_wherever_they_are() -> None:
    rows = [
        ["a pizza", "Order", "Order", "size", "large", "small", "FALSE"],
        ["hi", "Greet", "Greet", "", "", "", ""],
        ["a pizza", "Order", "Order", "item", "pizza", "pizza", "true"],
        ["", "", "", "name", "Ann", "Ann", ""],
    ]

    pizza, hi = read_utterances(csv_file(*rows, header=ENTITY_HEADER))

    assert [("size", False), ("item", True), ("name", True)] == [
        (entity.name, entity.passed) for entity in pizza.entities
    ]
    assert (False, True, ()) == (pizza.passed, hi.passed, hi.entities)


def test_of_several_intents_the_first_wrong_one_is_shown() -> None:
    rows = [["hi", "A", "A"], ["hi", "B", "C"], ["hi", "D", "E"]]

    (utterance,) = read_utterances(csv_file(*rows))

    assert Utterance("hi", "B", "C", has_intent=False) == utterance


@pytest.mark.parametrize(
    ("word", "has_intent"),
    [
        ("True Positive", True),
        ("TrueNegative", True),
        ("false_positive", False),
        ("False Negative", False),
        ("?", True),
    ],
)
def test_the_result_type_decides_if_it_is_a_known_one(word: str, has_intent: bool) -> None:
    (utterance,) = read_utterances(csv_file(["hi", "A", "A", word], header=[*HEADER, "Result Type"]))

    assert has_intent is utterance.has_intent


def test_without_the_columns_of_intents_the_result_type_is_enough() -> None:
    file = csv_file(["hi", "True Positive"], ["no", "False Positive"], header=["Utterance", "Result Type"])

    assert [Utterance("hi", "", "", has_intent=True), Utterance("no", "", "", has_intent=False)] == read_utterances(
        file
    )


def test_cells_that_a_row_does_not_have_are_empty() -> None:
    rows = [["", "A", "A"], ["hi"], ["who?", "", "None"]]

    assert [
        Utterance("", "A", "A", has_intent=True),
        Utterance("hi", "", "", has_intent=True),
        Utterance("who?", "", "None", has_intent=True),
    ] == read_utterances(csv_file(*rows))


def test_an_entitys_result_decides_and_its_values_only_without_one() -> None:
    rows = [
        ["hi", "A", "A", "size", " L ", "L", "FALSE"],
        ["hi", "A", "A", " item ", "pizza", " pasta", "True"],
        ["hi", "A", "A", "name", "Ann", "Bob", "?"],
    ]

    (utterance,) = read_utterances(csv_file(*rows, header=ENTITY_HEADER))

    size, item, name = (
        Entity("size", "L", "L", passed=False),
        Entity("item", "pizza", "pasta", passed=True),
        Entity("name", "Ann", "Bob", passed=False),
    )
    assert (size, item, name) == utterance.entities


def test_an_entity_without_values_and_result_is_as_expected() -> None:
    (utterance,) = read_utterances(csv_file(["hi", "A", "A", "size"], header=[*HEADER, "Entity Name"]))

    assert (Entity("size", "", "", passed=True),) == utterance.entities


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (b"", "it has no header line that begins with Utterance"),
        (b"\x00\xff<html>", "it has no header line that begins with Utterance"),
        (
            csv_file(header=["Utterance Count", "ExpectedIntent", "MatchedIntent"]),
            "it has no header line that begins with Utterance",
        ),
        (csv_file(*ROWS, header=["Utterance"]), "it lacks the columns Expected Intent and Matched Intent"),
        (
            csv_file(*ROWS, header=["Utterance", "ExpectedIntent", "expected intent"]),
            "it has the column 'ExpectedIntent' more than once",
        ),
        (csv_file(["x" * 200_000, "A", "A"]), "it is not a CSV file"),
        (b'"' + b"x" * 200_000, "it is not a CSV file"),
    ],
)
def test_a_file_that_does_not_tell_its_utterances_is_refused_with_the_reason(file: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_utterances(file)

    assert reason == str(caught.value)


@pytest.mark.parametrize(
    ("name", "most"), [("MAX_UTTERANCES", "it has more than 2 utterances"), ("MAX_ROWS", "it has too many lines")]
)
def test_more_than_anybody_has_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, most: str) -> None:
    monkeypatch.setattr(utterances, name, 2)

    rows = [[str(number), "A", "A"] for number in range(3)]

    assert ["0", "1"] == [utterance.text for utterance in read_utterances(csv_file(*rows[:2]))]
    with pytest.raises(UnreadableFile, match=f"^{most}$"):
        read_utterances(csv_file(*rows))


def test_lines_before_a_header_that_never_comes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(utterances, "MAX_ROWS", 2)

    assert [HI, NO] == read_utterances(b"a\n" * 2 + csv_file(*ROWS).partition(b"\r\n\r\n")[2])
    for lines in (b"a\n" * 10, b"a\n" * 3 + csv_file(*ROWS).partition(b"\r\n\r\n")[2]):
        with pytest.raises(UnreadableFile, match=r"^it has too many lines$"):
            read_utterances(lines)


cells = st.text(st.characters(codec="utf-8"), max_size=20)


@given(
    st.lists(
        st.tuples(cells.filter(lambda text: bool(text.strip())), cells, cells),
        max_size=20,
        unique_by=lambda row: row[0],
    )
)
@example([("=1+1", '"', "a\nb")])
def test_every_text_comes_back_as_it_was_written(rows: list[tuple[str, str, str]]) -> None:
    found = read_utterances(csv_file(*rows))

    expected = [(text, intent.strip(), matched.strip()) for text, intent, matched in rows]
    # The CSV reader joins no line breaks of its own, but csv.writer quotes each of them.
    assert expected == [(utterance.text, utterance.expected, utterance.actual) for utterance in found]


@given(
    st.binary(max_size=400)
    | st.text(max_size=200).map(lambda text: f"{text}\nUtterance,Result Type\n{text}".encode("utf-8", "replace"))
)
def test_no_file_breaks_the_reader(data: bytes) -> None:
    with contextlib.suppress(UnreadableFile):
        assert all(isinstance(utterance, Utterance) for utterance in read_utterances(data))


@given(st.lists(st.lists(cells, max_size=5), max_size=10))
def test_no_block_before_the_header_hides_it(before: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([row for row in before if not row or utterances._name(row[0]) != "utterance"])

    assert [HI, NO] == read_utterances(text.getvalue().encode("utf-8") + csv_file(*ROWS))
