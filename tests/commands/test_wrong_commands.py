"""What a person at a shell reads after a wrong command: what is wrong, with what, and what to do."""

from pathlib import Path

import pytest
from support.clock import FakeClock
from support.job import command, printed

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


def test_a_command_that_writes_no_report_names_none(tmp_path: Path, clock: FakeClock) -> None:
    outputs = command(["merge", "nothing"], tmp_path, clock).outputs
    assert "2" == outputs["exit-code"]
    assert {""} == {value for name, value in outputs.items() if name.endswith("-path")}


def told(arguments: list[str], folder: Path, clock: FakeClock) -> list[str]:
    """What the log says of the problems, before the verdict and where the reports are."""
    return command(arguments, folder, clock).problems


WRITTEN = {
    "empty.json": b"",
    "cut.json": b'{"status": "pas',
    "u16.json": '{"status": "passed"}'.encode("utf-16"),
    "latin.toml": b'[[quarantine]]\nsuite = "\xff"\n',
    "notes.txt": b"hello",
    "dir/report.txt": b"",
}
RUN = ["run", "--host=https://platform.example", "--stream-id=st-1", "--test-suites=A", "--user-email=a@b.example"]
RUN += ["--client-id=cs-1", "--client-secret=x"]
BATCH = [*RUN[:3], *RUN[5:], "--suite-kind=batch"]
REPLY = "Name a file of the folder raw, or a status reply that you saved."
VALUE = "line 1, column 1: a value is expected"
QUOTE = "line 1, column 12: a text has no closing quote"
JOB = "Give the report.json of a job."
WRONG = {
    "report {}/gone": ['FILE: "{}/gone" cannot be read (there is no such file). Check the path.'],
    "report {}/notes.txt/gone": [
        'FILE: "{}/notes.txt/gone" cannot be read (a part of its path is not a folder). Check the path.'
    ],
    "report {}/empty.json": [f'FILE: "{{}}/empty.json" is not a saved reply (it is empty). {REPLY}'],
    "report {}/cut.json {}/u16.json": [
        f'FILE: "{{}}/cut.json" is not a saved reply (it is not JSON, {QUOTE}). {REPLY}',
        f'FILE: "{{}}/u16.json" is not a saved reply (it is UTF-16, not UTF-8). {REPLY}',
    ],
    "report {}/dir": [
        'FILE: "{}/dir" has no saved replies. Name the folder raw of a report, like koregate-report/raw.'
    ],
    "merge {}/dir": ['FILE: "{}/dir" is a folder. Name a report.json.'],
    "merge {}/empty.json {}/gone": [
        'FILE: "{}/gone" cannot be read (there is no such file). Check the path.',
        f'FILE: "{{}}/empty.json" is not a report.json that koregate wrote (it is empty). {JOB}',
    ],
    "merge {}/notes.txt": [
        f'FILE: "{{}}/notes.txt" is not a report.json that koregate wrote (it is not JSON, {VALUE}). {JOB}',
    ],
    "run --quarantine=gone.toml": [
        'quarantine: "gone.toml" cannot be read (there is no such file). Name a regular file in the workspace.'
    ],
    "run --quarantine=dir": [
        'quarantine: "dir" cannot be read (it is a folder). Name a regular file in the workspace.'
    ],
    "run --quarantine=latin.toml": ["quarantine: latin.toml, line 2: the file is not UTF-8. Save it as UTF-8."],
    "run --baseline=dir": ['baseline: "dir" cannot be read (it is a folder). Name a regular file of at most 64 MiB.'],
    "run --baseline=u16.json": [
        f'baseline: "u16.json" is not a report.json that koregate wrote (it is UTF-16, not UTF-8). {JOB}'
    ],
    "run --history=dir": ['history: "dir" is unusable: it is a folder. Name a new file, or one that koregate wrote.'],
    "batch --suite-files=dir": ["suite-files: dir is a folder. Name the files in it, like suites/*.json."],
    "quarantine": ["command line: REPORT, --owner and --until are required. See koregate quarantine --help."],
}


@pytest.mark.parametrize("line", WRONG)
def test_a_file_or_folder_that_is_none_of_those_expected_is_named_with_what_is_wrong(
    line: str, tmp_path: Path, clock: FakeClock
) -> None:
    for name, data in WRITTEN.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    first, *words = [word.format(tmp_path) for word in line.split()]
    expected = [text.format(tmp_path) for text in WRONG[line]]

    if first == "quarantine":
        assert expected == printed([first, *words], tmp_path, clock)[2].splitlines()
    else:
        assert expected == told([*{"run": RUN, "batch": BATCH}.get(first, [first]), *words], tmp_path, clock)
