"""The texts of the help: widths, examples that work, and the exit codes of the contract."""

import shlex

import pytest

from koregate.arguments import COMMANDS, help_text, parse
from koregate.usage import EXAMPLES, EXIT_CODES, rows
from koregate.verdicts import EXIT_CREDENTIALS, EXIT_FAILED, EXIT_INPUTS, EXIT_NO_VERDICT, EXIT_PASSED, EXIT_TIMEOUT

TOPICS = [None, *COMMANDS]


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize(("columns", "width"), [("80", 80), ("60", 60), ("5", 60), ("0", 80), ("300", 100)])
def test_help_keeps_to_the_width_of_the_terminal_and_to_one_that_can_be_read(
    topic: str | None, columns: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    text = help_text(topic)
    examples = "\n".join(EXAMPLES.get(topic or "", ()))

    fixed = ("usage: ", "Documentation: ")
    long = [line for line in text.splitlines() if len(line) > width and not line.startswith(fixed)]
    assert [] == [line for line in long if line.strip() not in examples]


def test_help_breaks_no_option_at_a_hyphen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    assert [] == [line for line in help_text("run").splitlines() if line.endswith("-")]


@pytest.mark.parametrize("topic", TOPICS)
def test_help_names_the_command_and_the_documentation(topic: str | None) -> None:
    text = help_text(topic)

    assert text.startswith(f"usage: koregate {topic or '[COMMAND]'}")
    assert "\nDocumentation: https://github.com/koregate/koregate" in text


def test_the_overview_has_a_line_for_each_command() -> None:
    overview = help_text(None)

    assert [] == [name for name, text in COMMANDS.items() if f"  {name} " not in overview or text[:20] not in overview]


@pytest.mark.parametrize("example", [example for examples in EXAMPLES.values() for example in examples])
def test_every_example_can_be_parsed(example: str) -> None:
    program, *words = shlex.split(example.replace("\\\n", ""))

    assert "koregate" == program
    assert words[0] == parse(words).command or "--help" in words


def test_the_exit_codes_are_those_of_the_contract() -> None:
    codes = [EXIT_PASSED, EXIT_FAILED, EXIT_INPUTS, EXIT_CREDENTIALS, EXIT_NO_VERDICT, EXIT_TIMEOUT]

    assert [*map(str, codes), "129, 130, 143"] == list(EXIT_CODES)
    assert "Exit codes:\n  0              passed, tolerated or skipped\n" in help_text("run")


def test_rows_stand_in_two_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    text = rows("Fruit", {"fig": "sweet", "pineapple": "sweet and sour, and bigger than all the others here"})

    assert [
        "Fruit:",
        "  fig        sweet",
        "  pineapple  sweet and sour, and bigger than all the",
        "             others here",
    ] == text.splitlines()
