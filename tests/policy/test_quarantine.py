"""The quarantine file: what it excuses, and how a wrong one is named."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.judging.cases import FailureClass
from koregate.policy.quarantine import Entry, InvalidQuarantine, Quarantine, matches, read_quarantine

TODAY = date(2026, 11, 25)
ENTRY = """[[quarantine]]
suite = "Order pizza"
input = "A margherita*"
reason = "Prices change each week."
owner = "ann@example.com"
until = 2026-12-24
"""


def read(text: str) -> Quarantine:
    return read_quarantine("q.toml", text.encode(), TODAY)


def with_value(text: str, key: str, value: str) -> str:
    """The text with another value of that key."""
    return re.sub(rf"(?m)^{key} = .*$", lambda _: f"{key} = {value}", text)


def entry(text: str = "", **changes: str) -> Entry:
    lines = ENTRY + text
    for key, value in changes.items():
        lines = with_value(lines, key, value)
    (found,) = read(lines).entries
    return found


def about(found: Entry, user_input: str, suite: str = "Order pizza", occurrence: int = 1, kind: str = "text") -> bool:
    return found.suite == suite and matches(found.pieces, user_input) and found.is_about(occurrence, kind)


def problems(text: str) -> list[str]:
    with pytest.raises(InvalidQuarantine) as invalid:
        read(text)
    return list(invalid.value.problems)


def test_an_entry_is_about_the_test_cases_of_its_suite_and_input() -> None:
    found = entry()

    assert about(found, "A margherita, please")
    assert about(found, "A margherita")
    assert not about(found, "a margherita")
    assert not about(found, "I want A margherita")
    assert not about(found, "A margherita", suite="Order pizza 2")


def test_kind_and_occurrence_narrow_an_entry_down() -> None:
    found = entry('kind = "text"\noccurrence = 2\n')

    assert about(found, "A margherita", occurrence=2)
    assert not about(found, "A margherita", occurrence=1)
    assert not about(found, "A margherita", occurrence=2, kind="context")


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*pizza*", "a pizza!", True),
        ("*pizza*", "a burger", False),
        ("a*b*c", "abc", True),
        ("a*b*c", "a-c-b-c", True),
        ("a*b*c", "acb", False),
        ("ab*ba", "aba", False),
        ("5[*]2", "5*2", True),
        ("5[*]2", "5x2", False),
        ("[*]*", "*anything", True),
        ("(a+)+$*", "(a+)+$ is no expression", True),
        ("", "", True),
        ("", "x", False),
    ],
)
def test_a_star_stands_for_anything_and_one_in_brackets_for_itself(pattern: str, text: str, expected: bool) -> None:
    assert expected == about(entry(input=f'"{pattern}"'), text)


@given(st.lists(st.text("ab*", max_size=4), min_size=2, max_size=5), st.text("ab*", max_size=12))
def test_a_pattern_matches_what_an_expression_of_the_same_meaning_matches(pieces: list[str], text: str) -> None:
    pattern = "*".join(piece.replace("*", "[*]") for piece in pieces)
    expected = re.fullmatch(".*".join(map(re.escape, pieces)), text, re.DOTALL) is not None

    if "".join(pieces).strip():
        assert expected == about(entry(input=f"'{pattern}'"), text)


def test_without_a_class_an_entry_excuses_wrong_texts_contexts_intents_and_entities_only() -> None:
    usual = {FailureClass.WRONG_TEXT, FailureClass.WRONG_CONTEXT, FailureClass.WRONG_INTENT, FailureClass.WRONG_ENTITY}

    assert usual == {name for name in FailureClass if entry().excuses(name)}
    assert {FailureClass.NO_ANSWER} == {name for name in FailureClass if entry('class = "no-answer"\n').excuses(name)}


@pytest.mark.parametrize(
    ("change", "line", "problem"),
    [
        ({"until": "2027-02-24"}, 6, "until is 2027-02-24, more than 90 days ahead. Give 2027-02-23"),
        ({"until": '"2026-12-24"'}, 6, "until is not a date. Write a date without quotes"),
        ({"until": "2026-12-24T10:00:00Z"}, 6, "until is not a date"),
        ({"until": "true"}, 6, "until is not a date"),
        ({"input": '"*"'}, 3, '"*" matches every input'),
        ({"input": '"* **"'}, 3, '"* **" matches every input'),
        ({"input": "7"}, 3, "input is not a text"),
        ({"suite": '" "'}, 2, "suite is empty"),
        ({"reason": '""'}, 4, "reason is empty"),
        ({"owner": "[]"}, 5, "owner is not a text"),
        ({"owner": '"\\u200b"'}, 5, "owner is empty"),
        ({"reason": '"\\u00ad \\ufeff"'}, 4, "reason is empty"),
    ],
)
def test_a_wrong_value_is_named_with_its_line(change: dict[str, str], line: int, problem: str) -> None:
    lines = ENTRY
    for key, value in change.items():
        lines = with_value(lines, key, value)

    (found,) = problems(lines)

    assert found.startswith(f"line {line}: {problem}")


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ('kind = "flowLevel"', 7, '"flowLevel" is not a kind of assertion'),
        ("occurrence = 0", 7, "occurrence is not a whole number from 1"),
        ("occurrence = true", 7, "occurrence is not a whole number from 1"),
        ('class = "wrong"', 7, '"wrong" is not a failure class'),
        ("class = 3", 7, '"3" is not a failure class'),
        ('class = "step"', 7, "failures of class step are never tolerated"),
        ('class = "run"', 7, "failures of class run are never tolerated"),
        ('expires = "never"', 7, '"expires" is not a key of an entry'),
        ("until = 2026-12-25", 7, "the file is not TOML (Cannot overwrite a value)"),
        ("until 2026", 7, "the file is not TOML"),
        ('note = "soon\n', 7, "the file is not TOML (a quotation mark may be missing). Correct that line."),
        ('note = """', 8, "the file is not TOML"),
        ("[other]", 7, '"other" is not a key of this file'),
        ("[[quarantine]]", 7, "the entry has no suite"),
        (f"# {'7' * 4000}\noccurrence = {'1' * 5000}", 8, "the number has too many digits"),
        ("# a line separator is no new line: \u2028 \x85\n[other]", 8, '"other" is not a key of this file'),
    ],
)
def test_a_wrong_line_is_named(text: str, line: int, problem: str) -> None:
    assert problems(f"{ENTRY}{text}\n")[0].startswith(f"line {line}: {problem}")


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ('classs = "wrong-dialog"', '"classs" is not a key of an entry. Did you mean class?'),
        ("occurrences = 2", '"occurrences" is not a key of an entry. Did you mean occurrence?'),
        # The entry has these keys already.
        ('owners = "ann"', '"owners" is not a key of an entry. Use suite, input'),
        ('kind = "flowLevel"', '"flowLevel" is not a kind of assertion. Did you mean flow?'),
        ('class = "wrong-dialogs"', '"wrong-dialogs" is not a failure class. Did you mean wrong-dialog?'),
        ('class = "wrong"', '"wrong" is not a failure class. Use one of'),
        ("[[quarantines]]", '"quarantines" is not a key of this file. Did you mean quarantine?'),
        ("[other]", '"other" is not a key of this file. Write one [[quarantine]] per entry.'),
    ],
)
def test_a_misspelled_word_leads_to_the_nearest_one(text: str, end: str) -> None:
    assert problems(f"{ENTRY}{text}\n")[0].startswith(f"line 7: {end}")


def test_every_problem_of_every_entry_is_named_at_once() -> None:
    text = f'# [[quarantine]]\n{ENTRY}\nnote = """\n[[quarantine]]\nuntil = 7\n"""\n[[ "quarantine" ]]\nsuite = 1\n'

    assert [
        'line 9: "note" is not a key of an entry. Use suite, input, reason, owner, until, kind, occurrence, class.',
        "line 13: the entry has no input. Add it.",
        "line 13: the entry has no reason. Add it.",
        "line 13: the entry has no owner. Add it.",
        "line 13: the entry has no until. Add it.",
        "line 14: suite is not a text. Write it in quotes.",
    ] == problems(text)


def test_entries_in_one_line_have_that_line() -> None:
    assert problems("\nquarantine = [{}]\n")[0].startswith("line 2: the entry has no suite")
    assert ["line 2: quarantine is not a list of tables. Write [[quarantine]]."] == problems("\nquarantine = 1\n")
    assert problems("[quarantine]\n") == ["line 1: quarantine is not a list of tables. Write [[quarantine]]."]


def test_a_file_that_is_not_utf_8_is_named_with_its_line() -> None:
    with pytest.raises(InvalidQuarantine, match="line 2: the file is not UTF-8"):
        read_quarantine("q.toml", b"# a\n# \xff\n", TODAY)


def test_an_empty_file_has_no_entries() -> None:
    assert () == read("").entries == read("\ufeff# nothing\n").entries


@given(st.lists(st.sampled_from([ENTRY, "# [[quarantine]]\n", "\n", 'class = "wrong-text" # [[\n']), max_size=8))
def test_the_line_of_each_entry_is_found_whatever_stands_between(parts: list[str]) -> None:
    text, expected = "", []
    for number, part in enumerate(parts):
        if part == ENTRY:
            expected.append(text.count("\n") + 1)
        elif part.startswith("class") and (number == 0 or parts[number - 1] != ENTRY):
            continue
        text += part

    assert expected == [found.line for found in read(text).entries]


def test_an_entry_that_the_base_branch_does_not_have_just_so_is_added_by_this_change() -> None:
    other = ENTRY.replace("margherita", "marinara")
    later = ENTRY.replace("2026-12-24", "2026-12-25")
    found = read(ENTRY + other)

    assert [False, True] == [entry.is_added for entry in found.compared_with(f"\n{ENTRY}".encode()).entries]
    assert [True, True] == [entry.is_added for entry in found.compared_with(later.encode()).entries]
    assert [True, True] == [entry.is_added for entry in found.compared_with(None).entries]
    assert [True, True] == [entry.is_added for entry in found.compared_with(b"not TOML").entries]
    assert [False, False] == [entry.is_added for entry in found.entries]


def test_a_date_in_the_past_is_no_problem_of_the_file() -> None:
    assert TODAY - timedelta(days=1) == entry(until="2026-11-24").until
