"""The texts of the help: widths, examples that work, the exit codes of each command, and addresses."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from support.clock import FakeClock
from support.job import PASSING, command, printed, scenario

from koregate.arguments import COMMANDS, help_text, options, parse
from koregate.inputs import Inputs, input_specs
from koregate.simulator import Simulator
from koregate.usage import DOCS, EXAMPLES, EXIT_CODES, rows
from koregate.verdicts import EXIT_CREDENTIALS, EXIT_FAILED, EXIT_INPUTS, EXIT_NO_VERDICT, EXIT_PASSED, EXIT_TIMEOUT

TOPICS = [None, *COMMANDS]
ROOT = Path(__file__).parents[1]
CODES = [EXIT_PASSED, EXIT_FAILED, EXIT_INPUTS, EXIT_CREDENTIALS, EXIT_NO_VERDICT, EXIT_TIMEOUT]
SIGNALS = "129, 130, 143"


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize(("columns", "width"), [("80", 80), ("60", 60), ("5", 60), ("0", 80), ("300", 100)])
def test_help_keeps_to_the_width_of_the_terminal_and_to_one_that_can_be_read(
    topic: str | None, columns: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    text = help_text(topic)
    examples = "\n".join(EXAMPLES.get(topic or "", ()))

    fixed = ("usage: ", "Documentation: ", f"  {DOCS}")
    long = [line for line in text.splitlines() if len(line) > width and not line.startswith(fixed)]
    assert [] == [line for line in long if line.strip() not in examples]


def test_help_breaks_no_option_at_a_hyphen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    assert [] == [line for line in help_text("run").splitlines() if line.endswith("-")]


@pytest.mark.parametrize("topic", TOPICS)
def test_help_names_the_command_and_the_documentation(topic: str | None) -> None:
    text = help_text(topic)

    assert text.startswith(f"usage: koregate {topic or '[COMMAND]'}")
    assert re.search(rf"\nDocumentation:\s+{re.escape(DOCS)}", text)


def test_the_overview_has_a_line_for_each_command() -> None:
    overview = help_text(None)

    assert [] == [name for name, text in COMMANDS.items() if f"  {name} " not in overview or text[:20] not in overview]


@pytest.mark.parametrize("topic", TOPICS)
def test_each_page_that_a_help_names_has_its_address_there(topic: str | None) -> None:
    text = help_text(topic)
    pages = set(re.findall(r"docs/[\w-]+\.md", text))

    assert [] == [page for page in pages if f"{DOCS}/blob/HEAD/{page}" not in text or not (ROOT / page).is_file()]


@pytest.mark.parametrize("topic", TOPICS)
def test_a_help_has_one_spelling_of_cancelled_and_names_batch_suites_wherever_suites_are_run(topic: str | None) -> None:
    text = help_text(topic)

    assert "canceled" not in text
    assert ("batch" in text) == (topic not in ("diff", "quarantine", "shape", "simulate", "help", "version"))


@pytest.mark.parametrize("example", [example for examples in EXAMPLES.values() for example in examples])
def test_every_example_can_be_parsed(example: str) -> None:
    program, *words = shlex.split(example.replace("\\\n", ""))

    # A comment is what nobody should paste together with other lines.
    assert program in ("koregate", "export", "#")
    if program == "koregate":
        assert words[0] == parse(words).command or "--help" in words


@pytest.mark.parametrize(("topic", "said"), [("run", "Verdict: passed"), ("doctor", "Doctor: 13 of 13 checks ok")])
def test_the_examples_work_as_they_are_printed_but_for_names_of_the_users_own(
    topic: str, said: str, tmp_path: Path
) -> None:
    block = help_text(topic).partition("\nExamples:\n")[2].partition("\n\n")[0]
    played = scenario(
        **{"Order a pizza": {**PASSING, "seconds": 0}, "Refunds": {**PASSING, "seconds": 0}},
        batch_suites={"Order intents": {"seconds": 0, "utterances": [{"say": "hi", "intent": "Greet"}]}},
    )
    with Simulator(played) as simulator:
        own = {
            "https://platform.kore.ai": simulator.url,
            "st-1234": simulator.stream_id,
            "cs-1234": simulator.client_id,
            "ann@example.com": simulator.user_email,
        }
        for name, value in own.items():
            assert name in block
            block = block.replace(name, value)
        ran = subprocess.run(
            ["bash", "-c", f'set -e\nkoregate() {{ "{sys.executable}" -m koregate "$@"; }}\n{block}\n'],
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT / "src"),
                "KOREGATE_CLIENT_SECRET": simulator.client_secret,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert (0, "") == (ran.returncode, ran.stderr)
    assert block.count("koregate ") == ran.stdout.count(said)


def test_no_example_has_a_secret_that_would_stay_in_the_history_of_a_shell() -> None:
    secrets = [spec for spec in input_specs(Inputs) if spec.secret]
    examples = " ".join(example for examples in EXAMPLES.values() for example in examples)

    assert [] == [spec.name for spec in secrets if f"{spec.variable}=" in examples or f"--{spec.name}" in examples]
    assert all("read -rs KOREGATE_CLIENT_SECRET" in help_text(topic) for topic in ("run", "doctor"))


def test_the_exit_codes_are_those_of_the_contract() -> None:
    assert [*map(str, CODES), SIGNALS] == list(EXIT_CODES["run"])
    assert "Exit codes:\n  0              passed, tolerated or skipped" in help_text("run")


@pytest.mark.parametrize("topic", COMMANDS)
def test_the_help_of_each_command_names_its_own_exit_codes(topic: str) -> None:
    text = help_text(topic)
    block = text.partition("\nExit codes")[2].partition("\n\n")[0]
    gates = {topic: [*map(str, CODES), SIGNALS] for topic in ("run", "demo", "report", "merge")}
    others = {"diff": ["0", "1", "2", "4", SIGNALS], "doctor": ["0", "2", "3", "4", SIGNALS]}
    others |= {name: ["0", "2", "4", SIGNALS] for name in ("quarantine", "shape")}

    assert gates.get(topic, others.get(topic, ["0", "2"])) == re.findall(r"^  ([\d, ]*\d)  +\w", block, re.MULTILINE)


def test_every_command_exits_with_2_for_a_command_line_that_it_cannot_use(tmp_path: Path, clock: FakeClock) -> None:
    for topic in COMMANDS:
        if topic in ("diff", "quarantine", "shape"):
            code = printed([topic, "--xyzzy"], tmp_path, clock)[0]
        else:
            code = command([topic, "--xyzzy"], tmp_path, clock).code
        assert EXIT_INPUTS == code


def test_rows_stand_in_two_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    text = rows("Fruit", {"fig": "sweet", "pineapple": "sweet and sour, and bigger than all the others here"})

    assert [
        "Fruit:",
        "  fig        sweet",
        "  pineapple  sweet and sour, and bigger than all the",
        "             others here",
    ] == text.splitlines()


def test_the_help_of_a_command_shows_its_examples_before_its_options() -> None:
    text = help_text("run")

    assert -1 < text.index("Examples:") < text.index("Required:")
    assert 1 == text.count("Examples:") == help_text(None).count("Examples:")


def test_the_help_of_a_run_says_each_thing_once() -> None:
    text = " ".join(help_text("run").split())

    assert 1 == text.count("Each input is an option or a variable: --test-suites is KOREGATE_TEST_SUITES")
    assert text.index("Each input is") < text.index("Required:")
    assert set(re.findall(r"KOREGATE_\w+", text)) == {
        *("KOREGATE_TEST_SUITES", "KOREGATE_CLIENT_ID", "KOREGATE_CLIENT_SECRET")
    }
    assert "--fail-on WORD Which verdicts make the exit code non-zero: any (" in text
    assert 1 == text.count("For a first try without an account: koregate demo.")
    # The text of this option does not name its words.
    assert "--resume {true,false} Attach" in text


@pytest.mark.parametrize(("topic", "takes_variables"), [("report", True), ("merge", True), ("demo", False)])
def test_the_help_names_variables_only_where_they_are_read(topic: str, takes_variables: bool) -> None:
    text = help_text(topic)

    assert takes_variables == ("KOREGATE_" in text)
    assert "KOREGATE_TEST_SUITES" not in text


def test_the_help_of_doctor_says_what_it_checks_and_leaves_the_inputs_to_that_of_run() -> None:
    text = " ".join(help_text("doctor").split())

    order = [
        "the inputs",
        "the report directory",
        "the CI system",
        "proxy, host name, TLS",
        "the clock",
        "the scope"[4:],
    ]
    assert sorted(order, key=text.index) == order
    assert "see koregate run --help." in text
    assert len(help_text("doctor").splitlines()) < 50
    assert not [spec.name for spec in input_specs(Inputs) if spec.description[:25] in text]
    # It takes them all the same.
    assert {"timeout": "5m"} == options(parse(["doctor", "--timeout", "5m"]))
