"""What a person at a shell reads after a wrong command: what is wrong, with what, and what to do."""

from pathlib import Path

import pytest
from support.clock import FakeClock
from support.job import command

NOTHING_RAN = "no suite was run"


def verdict(arguments: list[str], folder: Path, clock: FakeClock) -> str:
    done = command(arguments, folder, clock)
    assert 2 == done.code
    return done.verdict


@pytest.mark.parametrize("words", [[], ["run"], ["--host", "x"], ["demo", "--fail-on=x"], ["demo", "--nope"], ["rn"]])
def test_a_command_that_starts_test_runs_says_that_it_started_none(
    words: list[str], tmp_path: Path, clock: FakeClock
) -> None:
    assert f"Verdict: error (exit code 2): invalid inputs, {NOTHING_RAN}." == verdict(words, tmp_path, clock)


@pytest.mark.parametrize(
    "words",
    [
        ["report", "nothing"],
        ["report"],
        ["report", "nothing", "--fail-on=x"],
        ["merge", "nothing"],
        ["merge", "nothing", "--nope"],
        ["merge", "nothing", "--quarantine=nothing.toml"],
        ["doctor", "--nope"],
        ["simulate", "--nope"],
        ["help", "nothing"],
        ["version", "nothing"],
    ],
)
def test_a_command_that_starts_none_does_not_mention_any(words: list[str], tmp_path: Path, clock: FakeClock) -> None:
    assert "Verdict: error (exit code 2): invalid inputs." == verdict(words, tmp_path, clock)
    assert NOTHING_RAN not in "".join(file.read_text() for file in tmp_path.rglob("*.*"))
    assert "No test run was started" not in "".join(file.read_text() for file in tmp_path.rglob("*.*"))
