"""What a user reads after a mistake on the command line. No value that was given is ever shown."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.clock import FakeClock
from support.job import Done, command

from koregate.arguments import COMMANDS, options, parse
from koregate.errors import UnusableCommand
from koregate.inputs import Inputs, MergeInputs, input_specs
from koregate.misspellings import _OTHER_COMMANDS, _OTHER_WORDS

VALUE = "hush-Hush5"
SECRET = "a-secret-of-the-environment"


def refused(tmp_path: Path, clock: FakeClock, arguments: Sequence[str], **environ: str) -> Done:
    """A job that the command line ended, without a value in anything that it said or wrote."""
    done = command(arguments, tmp_path, clock, environ=environ)
    log = "\n".join(line for line in done.log.splitlines() if not line.startswith("::add-mask::"))
    for text in (log, done.summary, str(done.outputs), *map(repr, done.files.values())):
        assert VALUE not in text
        assert "ush5" not in text
        assert SECRET not in text
    assert 2 == done.code
    return done


RUN = "is not an option of koregate run."
SEE = "See koregate run --help."
DASH = "Word {} after koregate, which begins with a dash,"
QUOTES = "Name test suites with --test-suites, and put a value with spaces in quotes."
STRAY = "Word {} after koregate does not belong to any option."
BEHIND = "The word after {} does not belong to any option."
MISTAKES = {
    "--verson": f"--verson {RUN} Did you mean koregate --version? {SEE}",
    f"--bot-verson {VALUE}": f"--bot-verson {RUN} Did you mean --bot-version? {SEE}",
    f"--client_secret {VALUE}": f"--client_secret {RUN} Did you mean --client-secret? {SEE}",
    f"--client_secret={VALUE}": f"--client_secret {RUN} Did you mean --client-secret? {SEE}",
    f"--client-secrett {VALUE}": f"--client-secrett {RUN} Did you mean --client-secret? {SEE}",
    f"run --Client-Secret {VALUE}": f"--Client-Secret {RUN} Did you mean --client-secret? {SEE}",
    f"-client-secret {VALUE}": f"{DASH.format(1)} {RUN} Did you mean --client-secret? {SEE}",
    f"client-secret={VALUE}": "there is no such command. Did you mean --client-secret? See koregate --help.",
    f"run client-secret={VALUE}": f"{BEHIND.format('run')} Did you mean --client-secret? {SEE}",
    f"report client-secret={VALUE}": f"{BEHIND.format('report')} Did you mean --client-secret? "
    "See koregate report --help.",
    f"report raw --client-secret {VALUE}": "--client-secret is not an option of koregate report. It is an option of "
    "koregate run and koregate doctor. See koregate report --help.",
    f"--json={VALUE}": f"--json {RUN} It is an option of koregate diff and koregate doctor. {SEE}",
    f"report raw --expect-suites {VALUE}": "--expect-suites is not an option of koregate report. It is an option of "
    "koregate merge. See koregate report --help.",
    "--command doctor": f"--command {RUN} Only the action has such an input. Here the command is the first word, as in "
    f"koregate doctor. {SEE}",
    f"--suite {VALUE}": f"--suite {RUN} Did you mean --test-suites? {SEE}",
    f"--run-id {VALUE}": f"--run-id {RUN} Did you mean --test-run-ids? {SEE}",
    f"--token {VALUE}": f"--token {RUN} Did you mean --jwt or --github-token or --gitlab-token? {SEE}",
    f"--output {VALUE}": f"--output {RUN} Did you mean --report-dir? {SEE}",
    f"report raw --suite {VALUE}": "--suite is not an option of koregate report. See koregate report --help.",
    "check": 'there is no command "check". Did you mean "doctor"? See koregate --help.',
    f"run {VALUE}": f"{BEHIND.format('run')} {QUOTES} {SEE}",
    "run help": f"{BEHIND.format('run')} Did you mean: koregate run --help?",
    f"run --host {VALUE} Help": "Word 4 after koregate, behind --host, does not belong to any option. Did you mean: "
    "koregate run --help?",
    f"-5 {VALUE}": f"Words 1 and 2 after koregate do not belong to any option. {QUOTES} {SEE}",
    "-5": f"{STRAY.format(1)} {QUOTES} {SEE}",
    f"demo {VALUE}": f"{BEHIND.format('demo')} Name a scenario with --scenario. See koregate demo --help.",
    **{
        f"demo {word}": f"{BEHIND.format('demo')} Did you mean: koregate demo --scenario failing? "
        "See koregate demo --help."
        for word in ("failing", "faling", "FAILING")
    },
    "--test-suites=S run": "the command comes first: koregate run [OPTIONS]. See koregate run --help.",
    "--timeout 5m demo": "the command comes first: koregate demo [OPTIONS]. See koregate run --help.",
    "simulate --port 0 stuck": "Word 4 after koregate, behind --port, does not belong to any option. Did you mean: "
    "koregate simulate --scenario stuck? "
    "See koregate simulate --help.",
    f"simulate {VALUE}": f"{BEHIND.format('simulate')} Name a scenario with --scenario. See koregate simulate --help.",
    f"version {VALUE}": f"{BEHIND.format('version')} See koregate version --help.",
    f"help run {VALUE}": f"{STRAY.format(3)} See koregate help --help.",
    f"run --{VALUE}": f"{DASH.format(2)} {RUN} {SEE}",
    f"run -{VALUE}": f"{DASH.format(2)} {RUN} {SEE}",
    f"run --client-secret -{VALUE}": f"{DASH.format(3)} {RUN} If it is the value of --client-secret, write "
    f"--client-secret=VALUE. {SEE}",
    f"run --help={VALUE}": f"it cannot be parsed. {SEE}",
    f"run -h{VALUE}": f"{DASH.format(2)} {RUN} {SEE}",
    f"run --timeout --host {VALUE}": f"--timeout needs a value: --timeout DURATION. {SEE}",
    "run --fail-on": f"--fail-on needs a value: --fail-on {{any,error,never}}. {SEE}",
    f"--jwt {VALUE} --jwt {VALUE} --jwt={VALUE}": f"--jwt is given 3 times. Give it once. {SEE}",
    f"{VALUE}": "there is no such command. Name test suites with --test-suites. See koregate --help.",
    "koregate run": "the word koregate is there twice. Leave it out, as in koregate run: an image calls koregate by "
    "itself. See koregate --help.",
    "reprot": 'there is no command "reprot". Did you mean "report"? See koregate --help.',
    "Run": 'there is no command "Run". Did you mean "run"? See koregate --help.',
    "help reprot": 'there is no command "reprot". Did you mean "report"? See koregate --help.',
    "--help reprot": 'there is no command "reprot". Did you mean "report"? See koregate --help.',
    f"help {VALUE}": "there is no such command. See koregate --help.",
    "abcdefghijklmnopqrstuvwxyz": "there is no such command. Name test suites with --test-suites. See koregate --help.",
    "report": "FILE is required. See koregate report --help.",
    f"--test-suite {VALUE}": f"--test-suite {RUN} Did you mean --test-suites? {SEE}",
    f"--secret {VALUE}": f"--secret {RUN} Did you mean --client-secret? {SEE}",
    f"--email {VALUE}": f"--email {RUN} Did you mean --user-email? {SEE}",
    f"--client {VALUE}": f"--client {RUN} Did you mean --client-id or --client-secret? {SEE}",
    f"--time {VALUE}": f"--time {RUN} Did you mean --timeout? {SEE}",
    f"--url {VALUE}": f"--url {RUN} Did you mean --host? {SEE}",
    "-v": f"-v {RUN} {SEE}",
    "--xyzzy": f"--xyzzy {RUN} {SEE}",
}


@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_is_named_without_any_value(tmp_path: Path, clock: FakeClock, line: str) -> None:
    done = refused(tmp_path, clock, line.split())

    assert f"command line: {MISTAKES[line]}\n" in done.log
    assert {} == done.files


def test_several_mistakes_are_reported_one_per_line_and_the_last_one_says_where_to_look(
    tmp_path: Path, clock: FakeClock
) -> None:
    done = refused(tmp_path, clock, ["run", "--teimout", VALUE, "--hots", VALUE, VALUE])

    assert [
        f"command line: --teimout {RUN} Did you mean --timeout?",
        f"command line: --hots {RUN} Did you mean --host?",
        f"command line: {STRAY.format(6)} {QUOTES} {SEE}",
    ] == done.log.splitlines()[:3]


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("run --test-suites Order a pizza --resume=true", "Words 4 and 5 after koregate, behind --test-suites, do"),
        ("--test-suites Order a --resume=true pizza", "Word 3 after koregate, behind --test-suites, does"),
        ("--test-suites Order --resume=true a pizza", "Words 4 and 5 after koregate, behind --resume, do"),
        ("diff old new --json newer", "Word 5 after koregate, behind --json, does"),
        ("run --test-suites Order a large pizza", "Words 4 to 6 after koregate, behind --test-suites, do"),
        ("diff old new newer", "Word 4 after koregate does"),
    ],
)
def test_words_that_belong_to_no_option_are_counted_together_with_what_stands_before_them(
    line: str, place: str
) -> None:
    with pytest.raises(UnusableCommand) as caught:
        parse(line.split())

    assert caught.value.problems[0].text.startswith(f"{place} not belong to any option.")


def test_every_word_of_other_programs_leads_to_an_option_or_a_command_that_exists() -> None:
    known = {f"--{spec.name}" for model in (Inputs, MergeInputs) for spec in input_specs(model)}

    assert known >= {option for meant in _OTHER_WORDS.values() for option in meant}
    assert [] == [word for word in _OTHER_WORDS if f"--{word}" in known]
    assert set(COMMANDS) >= set(_OTHER_COMMANDS.values())
    assert not set(COMMANDS) & set(_OTHER_COMMANDS)


@pytest.mark.parametrize("value", ["-5", "-.5", "-5% off", "-", "--secret of Monte Christo"])
def test_a_value_may_begin_with_a_dash_if_it_cannot_be_taken_for_an_option(value: str) -> None:
    assert {"test-suites": f"{value}\nx"} == options(parse(["--test-suites", value, "--test-suites=x"]))
    assert {"client-secret": "--client-id"} == options(parse(["--client-secret=--client-id"]))


@pytest.mark.parametrize("request_for_help", ["-h", "--help"])
@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("run --test-suites {}", "--test-suites needs a value"),
        ("--test-suites {}", "--test-suites needs a value"),
        ("run --test-suites S --suite-prefix {}", "--suite-prefix needs a value"),
        ("run --test-suites S --history {} --json", "--json is not an option of koregate run."),
        ("merge --expect-suites {} report.json", "--expect-suites needs a value"),
        ("quarantine report.json --owner {} --until 30d", "--owner needs a value"),
        ("demo --scenario {}", "--scenario needs a value"),
        ("run --test-suite {}", "--test-suite is not an option of koregate run."),
        ("run --test-suites S -- {}", "Word 4 after koregate, which begins with a dash, is not an option"),
        ("merge report.json -- {}", "Word 3 after koregate, which begins with a dash, is not an option"),
        ("report -- {}", "Word 2 after koregate, which begins with a dash, is not an option"),
    ],
)
def test_a_value_that_asks_for_help_is_refused(line: str, problem: str, request_for_help: str) -> None:
    with pytest.raises(UnusableCommand) as caught:
        parse(line.format(request_for_help).split())

    assert caught.value.problems[0].text.startswith(problem)


@pytest.mark.parametrize("request_for_help", ["-h", "--help"])
@pytest.mark.parametrize(
    "line",
    [
        "run {}",
        "{} run",
        "run --test-suites S {}",
        "run --host=x {} --bogus",
        "diff --json {}",
        "merge a {} b",
        "run --timeout -5 {}",
    ],
)
def test_help_counts_wherever_an_option_may_stand(line: str, request_for_help: str) -> None:
    given = parse(line.format(request_for_help).split())

    assert ("help", line.replace("{}", "").split()[0]) == (given.command, given.topic)
    assert {"test-suites": request_for_help} == options(parse(["run", f"--test-suites={request_for_help}"]))


@given(st.lists(st.text(max_size=12) | st.sampled_from(["run", "help", "--host", "--test-suites", "-h", "-V", "--"])))
def test_any_command_line_is_parsed_or_refused_without_a_traceback(words: list[str]) -> None:
    command_or_problems: object = None
    try:
        command_or_problems = parse(words).command
    except UnusableCommand as unusable:
        command_or_problems = unusable.problems

    assert command_or_problems in COMMANDS or isinstance(command_or_problems, tuple)


@pytest.mark.parametrize("line", ["--stream-id {}", "--no-such {}", "{}", "--report-dir=../{}", "--host http://{}/"])
def test_a_secret_in_the_wrong_place_is_masked(tmp_path: Path, clock: FakeClock, line: str) -> None:
    done = refused(tmp_path, clock, line.format(SECRET).split(), KOREGATE_CLIENT_SECRET=SECRET)

    assert done.log.startswith(f"::add-mask::{SECRET}\n")


def test_a_secret_among_the_options_is_masked_in_every_other_one(tmp_path: Path, clock: FakeClock) -> None:
    refused(tmp_path, clock, [f"--client-secret={SECRET}", f"--stream-id={SECRET}", f"--timeout={SECRET}"])


def test_an_unexpected_error_shows_no_secret(tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError(f"no {SECRET}")

    monkeypatch.setattr("koregate.cli._perform", broken)
    done = command(["run"], tmp_path, clock, environ={"KOREGATE_CLIENT_SECRET": SECRET})

    assert 4 == done.code
    assert "Internal error (KeyError: 'no ***')" in done.log.replace('"', "")
    for data in done.files.values():
        assert SECRET.encode() not in data


def test_a_variable_that_is_no_input_is_named_with_the_nearest_one_and_never_its_value(
    tmp_path: Path, clock: FakeClock
) -> None:
    unknown = {
        "KOREGATE_TEST_SUITE": VALUE,
        "KOREGATE_VERDICT": "passed",
        "KOREGATE_EXPECT_SUITES": "",
        "KOREGATE_": "",
    }
    done = command(["run"], tmp_path, clock, environ=unknown)
    as_action = command(["run"], tmp_path, clock, environ={**unknown, "INPUT_HOST": ""})

    line = "::warning title=koregate::KOREGATE_TEST_SUITE is not an input and is ignored; did you mean"
    assert f"{line} KOREGATE_TEST_SUITES?\n" in done.log
    assert 2 == done.log.count("is not an input")
    assert VALUE not in done.log
    assert "is not an input" not in as_action.log
