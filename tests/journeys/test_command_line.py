"""What a user reads after a mistake on the command line. No value that was given is ever shown."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from support.clock import FakeClock
from support.job import Done, command

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
MISTAKES = {
    f"--client_secret {VALUE}": f"--client_secret {RUN} Did you mean --client-secret?",
    f"--client_secret={VALUE}": f"--client_secret {RUN} Did you mean --client-secret?",
    f"--client-secrett {VALUE}": f"--client-secrett {RUN} Did you mean --client-secret?",
    f"run --Client-Secret {VALUE}": f"--Client-Secret {RUN} Did you mean --client-secret?",
    f"-client-secret {VALUE}": f"A word that begins with a dash {RUN} Did you mean --client-secret?",
    f"client-secret={VALUE}": "the first word is not a command. Did you mean --client-secret?",
    f"run client-secret={VALUE}": "A word belongs to no option. Did you mean --client-secret?",
    f"report client-secret={VALUE}": "A word belongs to no option. Did you mean --client-secret?",
    f"report raw --client-secret {VALUE}": "--client-secret is not an option of koregate report.",
    f"run {VALUE}": "A word belongs to no option.",
    f"run --{VALUE}": f"A word that begins with a dash {RUN}",
    f"run -{VALUE}": f"A word that begins with a dash {RUN}",
    f"run --help={VALUE}": "it cannot be parsed.",
    f"run -h{VALUE}": f"A word that begins with a dash {RUN}",
    f"run --timeout --host {VALUE}": "--timeout needs a value.",
    f"{VALUE}": "the first word is not a command.",
    "reprot": 'there is no command "reprot". Did you mean "report"?',
    "help": 'there is no command "help".',
    "abcdefghijklmnopqrstuvwxyz": "the first word is not a command.",
    "report": "FILE is required.",
    "run --teimout 5m --hots x": f"--teimout {RUN} Did you mean --timeout? --hots {RUN} Did you mean --host?",
}


@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_is_named_without_any_value(tmp_path: Path, clock: FakeClock, line: str) -> None:
    done = refused(tmp_path, clock, line.split())

    assert f"command line: {MISTAKES[line]} See koregate --help.\n" in done.log
    assert {} == done.files


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

    assert "Warning: KOREGATE_TEST_SUITE is not an input. Did you mean KOREGATE_TEST_SUITES?\n" in done.log
    assert 2 == done.log.count("is not an input")
    assert VALUE not in done.log
    assert "is not an input" not in as_action.log
