"""Suite files: what fits the platform's format, and what does not, with line and field."""

import csv
import hashlib
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.suite_files import CASES, as_csv, as_json, test_cases

from koregate.kore_api.suite_file import SuiteFile, UnusableSuiteFile, file_type, read_suite_file

BOM = b"\xef\xbb\xbf"
HEADER = "input,intent,parentIntent,entityName,entityValue,entityOrder\n"


def read(data: bytes | str, ending: str = "json", *, is_dialog_gpt: bool = False) -> SuiteFile:
    given_data = data.encode() if isinstance(data, str) else data
    return read_suite_file(f"suites/Intents.{ending}", "Intents", given_data, is_dialog_gpt=is_dialog_gpt)


def outcome(data: bytes | str, ending: str) -> SuiteFile | list[str]:
    try:
        return read(data, ending)
    except UnusableSuiteFile as wrong:
        return wrong.problems


def problems(data: bytes | str, ending: str = "json", *, is_dialog_gpt: bool = False) -> list[str]:
    with pytest.raises(UnusableSuiteFile) as caught:
        read(data, ending, is_dialog_gpt=is_dialog_gpt)
    return caught.value.problems


@pytest.mark.parametrize(("ending", "data"), [("json", as_json()), ("csv", as_csv())])
def test_a_file_in_the_platforms_form_is_taken_as_it_is(ending: str, data: bytes) -> None:
    file = read(data, ending)

    assert (data, ending, 3) == (file.data, file.file_type, file.utterances)
    assert f"koregate sha256:{hashlib.sha256(data).hexdigest()}" == file.description


def test_the_samples_of_the_user_guide_are_taken() -> None:
    sample = """{"testCases": [
      {"input": "Send 200 dollars to Leonardo", "intent": "Transfer Funds",
       "entities": [{"entityValue": "200 USD", "entityName": "TransferAmount"},
                    {"entityValue": "Leonardo", "entityName": "PayeeName"}],
       "entityOrder": ["TransferAmount", "PayeeName"]},
      {"input": "What is the balance", "intent": "Show Balance", "parentIntent": "Transfer Funds"},
      {"input": "I need to pay", "intent": "Pay Bill | Setup Auto Pay | Transfer Funds"},
      {"input": "something is wrong", "intent": "trait: Account Statement||Issue||Account Type"}]}"""
    table = HEADER + (
        "Send 200 dollars to Leonardo,Transfer Funds,,TransferAmount,200 USD,\n"
        ",,,PayeeName,Leonardo,TransferAmount>PayeeName\n"
        "What is the balance,Show Balance,Transfer Funds,,,\n"
        "Show my past 20 transactions,Show Account Statement,,HistorySize,20,\n"
    )

    assert (4, 3) == (read(sample).utterances, read(table, "csv").utterances)
    assert 2 == read("input,intent\nBook ticket1,Book ticket\nBook ticket2,Book ticket\n", "csv").utterances


CASE = '{"testCases": [\n {"input": "hi", "intent": "Greet"},\n %s\n]}'


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("", 'is empty. Write {"testCases": [{"input": "…", "intent": "…"}]}.'),
        ("x", "line 1, column 1 is not JSON (a value is expected)."),
        ('{"testCases": [\n {"input": }]}', "line 2, column 12 is not JSON (a value is expected)."),
        ('{"testCases": NaN}', "line 1 is not JSON (NaN is not a JSON value)."),
        ("[" * 100_000, "line 1 is nested too deeply. Use the platform's format."),
        ("[]", 'line 1, the file must be an object like {"testCases": […]}.'),
        (
            "{}",
            'line 1, testCases is missing. Write {"testCases": [{"input": "…", "intent": "…"}]}.',
        ),
        (
            '{\n"testCases": {}}',
            'line 2, testCases must be a list. Write {"testCases": [{"input": "…", "intent": "…"}]}.',
        ),
        ('{"testCases": []}', "has no test case. Add one, or leave the file out."),
        (CASE % "7", 'line 3, testCases[1] must be an object like {"input": "…", "intent": "…"}.'),
        (
            CASE % '{"input": "yo"}',
            "line 3, testCases[1].intent is missing. Every test case has an input and an intent.",
        ),
        (
            CASE % '{"input": "yo",\n  "intent": 7}',
            'line 4, testCases[1].intent must be a text in quotes, like "Order pizza".',
        ),
        (
            CASE % '{"input": "yo", "intent": null}',
            'line 3, testCases[1].intent must be a text in quotes, like "Order pizza".',
        ),
        (CASE % '{"input": " ", "intent": ""}', "line 3, testCases[1].input is empty. Write what the user says."),
        (
            CASE % ('{"input": "%s", "intent": ""}' % ("x" * 3001)),
            "line 3, testCases[1].input has 3001 characters, and the platform accepts at most 3000. Shorten it.",
        ),
        (
            CASE % '{"input": "hi ", "intent": "Other"}',
            (
                "line 3, testCases[1].input: the utterance is already in testCases[0]. Keep it once, with all its "
                "intents and entities."
            ),
        ),
        (
            CASE % '{"input": "yo", "intent": "A",\n "inent": ""}',
            'line 4, testCases[1].inent has the unknown key "inent". Did you mean intent?',
        ),
        (
            CASE % '{"input": "yo",\n "intent": "A", "intent": "B"}',
            "line 4, testCases[1].intent: appears more than once. Keep one of them.",
        ),
        (
            CASE % '{"input": "\\ud83d", "intent": "A"}',
            "line 3, testCases[1].input has half of a character, like \\ud83d alone. Write the whole character.",
        ),
        (
            CASE % '{"input": "yo", "intent": "A", "entities": {}}',
            'line 3, testCases[1].entities must be a list, like [{"entityName": "size", "entityValue": "large"}].',
        ),
        (
            CASE % '{"input": "yo", "intent": "A", "entities": [\n"x"]}',
            'line 4, testCases[1].entities[0] must be an object like {"entityName": "size", "entityValue": "large"}.',
        ),
        (
            CASE % '{"input": "yo", "intent": "A", "entities": [\n{"entityName": "size"}]}',
            "line 4, testCases[1].entities[0].entityValue is missing. Every entity has a name and a value.",
        ),
        (
            CASE % '{"input": "yo", "intent": "A", "entities": [\n{"entityName": "size",\n"entityValue": 3}]}',
            'line 5, testCases[1].entities[0].entityValue must be a text in quotes, like "Order pizza".',
        ),
        (
            CASE % '{"input": "yo", "intent": "A", "entities": [{"entityName": "",\n"entityValue": ""}]}',
            "line 3, testCases[1].entities[0].entityName is empty. Name the entity.",
        ),
        (
            CASE % '{"input": "yo", "intent": "A", "entityOrder": "size>pizza"}',
            'line 3, testCases[1].entityOrder must be a list of texts, like ["size", "pizza"].',
        ),
        (
            CASE % '{"input": "yo", "intent": "A", "entityOrder": [\n"size",\n3]}',
            'line 5, testCases[1].entityOrder[1] must be a text in quotes, like "Order pizza".',
        ),
    ],
)
def test_what_does_not_fit_in_a_json_file_is_named_with_line_and_field(data: str, expected: str) -> None:
    assert [expected] == problems(data)


ADVICE = "Separate columns with commas, and put a text with a comma, a line break or quotes in quotes."


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("", "line 1, row is missing. The first row names the columns: " + HEADER.strip() + "."),
        ("\n\n", "line 1, row is missing. The first row names the columns: " + HEADER.strip() + "."),
        (HEADER, "has no test case. Add one, or leave the file out."),
        ("input;intent\nhi;Greet\n", f"line 1, row is one cell. {ADVICE}"),
        ("input,inent\n", 'line 1, column 2 has the unknown name "inent". Did you mean intent?'),
        ("input,intent,input\n", "line 1, column 3: appears more than once. Keep one of them."),
        ("input\nhi\n", "line 1, intent is missing. The first row names the columns: " + HEADER.strip() + "."),
        (
            "input,intent\nHello, I want pizza,Order pizza\n",
            f"line 2, row has 3 cells, but the first row has 2. {ADVICE}",
        ),
        (HEADER + "hi\n", f"line 2, row has 1 cell, but the first row has 6. {ADVICE}"),
        (HEADER + "hi,Greet,,,,\n,,,,,\n", "line 3, row is empty. Remove it."),
        (
            HEADER + ",Greet,,,,\n",
            "line 2, input is empty. Only further entities of an utterance have no input.",
        ),
        (
            HEADER + "hi,Greet,,,,\n,Greet,,,,\n",
            "line 3, entityName is empty. A row without an input names a further entity.",
        ),
        (HEADER + "hi,Greet,,,large,\n", "line 2, entityName is empty, but there is an entityValue. Name the entity."),
        (
            HEADER + "hi,Greet,,,,\nyo,Greet,,,,\nhi,Greet,,,,\n",
            "line 4, input: the utterance is already in line 2. Keep it once, with all its intents and entities.",
        ),
        (
            "input,intent\nhi,Greet\nhi,Greet\n",
            "line 3, input: the utterance is already in line 2. Keep it once, with all its intents and entities.",
        ),
        (
            HEADER + "hi,Greet,,size,large,\nhi,Other,,pizza,large,\n",
            "line 3, intent: differs from line 2, but the utterance is the same. Join several intents with |.",
        ),
        (
            HEADER + '"hi\nthere\n",Greet,,,,\n\n"' + "x" * 3001 + '",Greet,,,,\n',
            "line 6, input has 3001 characters, and the platform accepts at most 3000. Shorten it.",
        ),
        (
            HEADER + 'hi,Greet,,,,\n"never closed,Greet,,,,\n',
            f"line 3, row is not CSV (unexpected end of data). {ADVICE}",
        ),
        (
            HEADER + 'hi,Greet,,,,\n"half" closed,Greet,,,,\n',
            f"line 3, row is not CSV (',' expected after '\"'). {ADVICE}",
        ),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_does_not_fit_in_a_csv_file_is_named_with_line_and_column(data: str, expected: str, end: str) -> None:
    assert [expected] == problems(data.replace("\n", end), "csv")


@pytest.mark.parametrize("ending", ["json", "csv"])
def test_a_file_that_is_not_utf_8_is_named_with_its_line(ending: str) -> None:
    assert ["line 3 is not valid UTF-8. Save the file as UTF-8."] == problems(b"\xef\xbb\xbf{\n\n\xff}", ending)
    assert ["line 1 is not valid UTF-8. Save the file as UTF-8."] == problems("{}".encode("utf-16"), ending)


def test_all_problems_are_reported_at_once_and_the_last_says_how_many_more_there_are() -> None:
    told = problems(json.dumps({"testCases": [{"input": f"{number}"} for number in range(30)]}))
    told_of_table = problems(HEADER + "x\n" * 21, "csv")

    assert 21 == len(told) == len(told_of_table)
    assert "has 10 more problems like these." == told[-1]
    assert "has 1 more problem like these." == told_of_table[-1]
    assert "has at least 1000 more problems like these." == problems(HEADER + "x\n" * 2000, "csv")[-1]


@pytest.mark.parametrize("ending", ["json", "csv"])
def test_a_suite_has_at_most_a_thousand_utterances(ending: str) -> None:
    cases = [{"input": f"pizza {number}", "intent": "Order"} for number in range(1001)]
    full, larger = (as_json(cases[1:]), as_json(cases)) if ending == "json" else (as_csv(cases[1:]), as_csv(cases))

    assert 1000 == read(full, ending).utterances
    assert ["has 1001 utterances, but the platform accepts at most 1000 per suite. Split the file."] == problems(
        larger, ending
    )


def test_what_is_not_documented_for_dialog_gpt_is_left_to_the_platform() -> None:
    case = {"input": "hi", "intent": ["A", "B"], "fulfillmentType": "Multi", "linkedApp": 7}
    table = "input,intent,Fulfillment Type\nhi,ConversationIntent-Hold,Conversation Intent\n"

    assert 1 == read(as_json([case]), is_dialog_gpt=True).utterances
    assert 1 == read(table, "csv", is_dialog_gpt=True).utterances
    assert 3 == len(problems(as_json([case])))
    assert 1 == len(problems(table, "csv"))
    assert 1 == len(problems(as_json([{"intent": "A"}]), is_dialog_gpt=True))


def test_the_name_of_a_file_tells_its_form() -> None:
    assert ["json", "csv", "json", None, None, None] == list(
        map(file_type, ["a.json", "b/a.CSV", "x.csv.json", "a.txt", "json", ".json"])
    )


@given(test_cases, st.sampled_from([None, 0, 2]), st.booleans())
def test_any_suite_in_json_keeps_its_bytes_and_counts_its_utterances(
    cases: list[dict[str, Any]], indent: int | None, has_bom: bool
) -> None:
    data = as_json(cases, indent)
    file = read(BOM + data if has_bom else data)

    assert (data, len(cases)) == (file.data, file.utterances)
    assert hashlib.sha256(BOM + data if has_bom else data).hexdigest() == file.sha256


# Python's writer puts a line break in quotes only if a row ends in it.
@given(
    test_cases,
    st.sampled_from(
        [("\n", csv.QUOTE_MINIMAL), ("\r\n", csv.QUOTE_MINIMAL), ("\n", csv.QUOTE_ALL), ("\r", csv.QUOTE_ALL)]
    ),
)
def test_any_suite_in_csv_keeps_its_bytes_and_counts_its_utterances(
    cases: list[dict[str, Any]], written: tuple[str, int]
) -> None:
    data = as_csv(cases, *written)

    for given_data in (data, BOM + data):
        file = read(given_data, "csv")
        assert (data, len(cases)) == (file.data, file.utterances)


@given(st.binary(max_size=200) | st.text(st.sampled_from('{}[]",:\n\r;\\ inputet1'), max_size=80).map(str.encode))
def test_any_bytes_are_a_suite_or_are_reported_in_sentences_on_one_line(data: bytes) -> None:
    for ending in ("json", "csv"):
        found = outcome(data, ending)
        if isinstance(found, SuiteFile):
            assert 0 < found.utterances
        else:
            assert found
            assert all("\n" not in problem and problem.endswith((".", "?")) for problem in found)


@given(st.data(), test_cases)
def test_a_value_of_another_type_is_named_in_its_line(data: st.DataObject, cases: list[dict[str, Any]]) -> None:
    number = data.draw(st.integers(0, len(cases) - 1))
    key = data.draw(st.sampled_from(sorted(cases[number])))
    cases[number][key] = 4711
    text = as_json(cases)
    line = next(at for at, said in enumerate(text.decode().split("\n"), 1) if said.endswith((": 4711", ": 4711,")))

    assert f"line {line}, testCases[{number}].{key} must be " in problems(text)[0]


@given(st.sampled_from(["json", "csv"]), st.data())
def test_no_problem_quotes_what_users_say(ending: str, data: st.DataObject) -> None:
    said = "4111 1111 1111 1111 ann@example.com"
    case = {"input": said, "intent": said, "entities": [{"entityName": said, "entityValue": said}]}
    text = (as_json([*CASES, case, case]) if ending == "json" else as_csv([*CASES, case, case])).decode()
    cut = data.draw(st.integers(text.index(said), len(text)))
    broken = text[:cut] + data.draw(st.sampled_from(['"', "{", ",", "7", "\n", ""])) + text[cut:]
    found = outcome(broken, ending)

    assert isinstance(found, SuiteFile) or not any("4111" in problem or "ann@" in problem for problem in found)


@pytest.mark.parametrize("engine", [True, False])
def test_a_million_columns_are_checked_in_seconds(engine: bool) -> None:
    """Comparing each column with all others would take days."""
    data = ",".join(["input", "intent", *(f"column {number}" for number in range(500_000)), "input"]).encode()
    began = time.process_time()

    with pytest.raises(UnusableSuiteFile):
        read_suite_file("a.csv", "a", data, is_dialog_gpt=engine)
    assert 20 > time.process_time() - began
