"""koregate diff: two report.json files compared, with the contract's exit codes."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from support.clock import FakeClock
from support.job import STEP, job, printed, scenario, snapshot

LOST = {"say": "pizza", "expect": "Which size?", "answer": "Sorry?"}
OLD = [STEP, LOST, {**LOST, "say": "wine"}, {**STEP, "say": "gone"}]
NEW = [STEP, LOST, {**STEP, "say": "wine"}, {**LOST, "say": "new"}]
SAME = [STEP, LOST]


def report(tmp_path: Path, clock: FakeClock, name: str, **suites: Any) -> str:
    """A report.json of a job on these suites, each given by its steps."""
    played = {suite.replace("_", " "): {"seconds": 20, "steps": steps} for suite, steps in suites.items()}
    done, _ = job(tmp_path, clock, scenario(**played))
    text = (done.folder / "report.json").read_text()
    # Each simulator has a port of its own.
    (tmp_path / name).write_text(re.sub(r"http://127\.0\.0\.1:\d+", "https://platform.kore.ai", text))
    return str(tmp_path / name)


def changed(path: str, name: str, **changes: Any) -> str:
    """A copy of a report with other values."""
    document = {**json.loads(Path(path).read_text()), **changes}
    copy = Path(path).with_name(name)
    copy.write_text(json.dumps(document))
    return str(copy)


def test_the_comparison_for_people_begins_with_what_is_new(tmp_path: Path, clock: FakeClock) -> None:
    old, new = report(tmp_path, clock, "old", Pizza=OLD), report(tmp_path, clock, "new", Pizza=NEW)
    before = snapshot(tmp_path)

    code, told, errors = printed(["diff", old, new], tmp_path, clock)

    assert (1, "") == (code, errors)
    assert [
        "New failures (1):",
        '  Pizza, "new", response 1, text: expected "Which size?", got "Sorry?"',
        "Known failures (1):",
        '  Pizza, "pizza", response 1, text: expected "Which size?", got "Sorry?"',
        "Fixed (1):",
        '  Pizza, "wine", response 1, text',
        "Missing test cases (1):",
        '  Pizza, "gone", response 1, text',
        "Diff: 1 new, 1 known, 1 fixed, 1 missing, 0 flaky (exit code 1).",
    ] == told.splitlines()
    assert before == snapshot(tmp_path)


def test_the_comparison_for_programs_is_json_and_nothing_else(tmp_path: Path, clock: FakeClock) -> None:
    old, new = report(tmp_path, clock, "old", Pizza=OLD), report(tmp_path, clock, "new", Pizza=NEW)

    environ = {"GITHUB_ACTIONS": "true", "KOREGATE_CLIENT_SECRET": "hunter2hunter2", "KOREGATE_TYPO": "1"}
    code, told, errors = printed(["diff", old, new, "--json"], tmp_path, clock, environ)

    document = json.loads(told)
    assert (1, 1, "") == (code, document["exitCode"], errors)
    assert {"new": 1, "known": 1, "fixed": 1, "missing": 1, "flaky": 0, "problems": 0, "notes": 0} == {
        name: len(value) for name, value in document.items() if name not in ("exitCode", "missingSuites")
    }
    assert {
        "suite": "Pizza",
        "input": "new",
        "occurrence": 1,
        "response": 1,
        "kind": "text",
        "failureClass": "wrong-text",
        "message": 'expected "Which size?", got "Sorry?"',
        "tolerance": None,
    } == document["new"][0]


def test_a_report_with_known_failures_only_has_exit_code_0(tmp_path: Path, clock: FakeClock) -> None:
    old = report(tmp_path, clock, "old", Pizza=SAME)

    code, told, _ = printed(["diff", old, old], tmp_path, clock)

    assert (0, "Diff: 0 new, 1 known, 0 fixed, 0 missing, 0 flaky (exit code 0).") == (code, told.splitlines()[-1])


def test_a_newer_report_that_lacks_a_suite_has_exit_code_4(tmp_path: Path, clock: FakeClock) -> None:
    old, new = report(tmp_path, clock, "old", Pizza=SAME, Wine=SAME), report(tmp_path, clock, "new", Pizza=SAME)

    code, told, _ = printed(["diff", old, new], tmp_path, clock)

    assert 4 == code
    assert f'These test suites are missing in "{new}": Wine. Compare reports of the same test suites.' in told
    assert 1 == printed(["diff", new, old], tmp_path, clock)[0]


def test_a_newer_report_without_a_verdict_on_failures_has_exit_code_4(tmp_path: Path, clock: FakeClock) -> None:
    old = report(tmp_path, clock, "old", Pizza=SAME)
    done, _ = job(tmp_path, clock, scenario(Pizza={"seconds": 4000, "steps": SAME}))

    code, told, _ = printed(["diff", old, str(done.folder / "report.json")], tmp_path, clock)

    assert ("timeout", 4) == (done.outputs["verdict"], code)
    assert "is timeout, so it says nothing about failures. Re-run its job." in told


def test_a_report_that_contradicts_itself_proves_nothing(tmp_path: Path, clock: FakeClock) -> None:
    path = report(tmp_path, clock, "old", Pizza=SAME)
    green = changed(path, "green", verdict="passed", exitCode=0)

    for pair in ((path, green), (green, path)):
        code, told, _ = printed(["diff", *pair], tmp_path, clock)
        assert 4 == code
        assert (
            f'The report "{green}" proves nothing: the verdict is "passed", but the test suites give "failed".' in told
        )


def test_reports_on_another_bot_are_compared_with_a_note(tmp_path: Path, clock: FakeClock) -> None:
    path = report(tmp_path, clock, "old", Pizza=SAME)
    target = {**json.loads(Path(path).read_text())["target"], "botVersion": "published"}

    code, told, _ = printed(["diff", path, changed(path, "other", target=target)], tmp_path, clock)

    assert 0 == code
    assert 'Note: the bot version was "inDevelopment" and is now "published".' in told


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["gone", "good"], 'OLD: "{}/gone" cannot be read (there is no such file). Check the path.'),
        (["good", "folder"], 'NEW: "{0}/folder" is a folder. Name a report.json.'),
        (["pipe", "good"], 'OLD: "{}/pipe" is not a regular file. Name a file.'),
        (
            ["good", "text"],
            'NEW: "{}/text" is not a report.json that koregate wrote (it is not JSON, line 1, ',
        ),
        (["good"], "command line: NEW is required. See koregate diff --help."),
        (
            ["good", "good", "good"],
            "command line: Word 4 after koregate does not belong to any option. See",
        ),
        (["good", "good", "--jsn"], "command line: --jsn is not an option of koregate diff. Did you mean --json?"),
    ],
)
def test_what_cannot_be_read_is_one_line_on_the_error_stream_and_touches_no_file(
    tmp_path: Path, clock: FakeClock, words: list[str], problem: str
) -> None:
    report(tmp_path, clock, "good", Pizza=SAME)
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("<html>")
    os.mkfifo(tmp_path / "pipe")
    before = snapshot(tmp_path)

    arguments = ["diff", *(word if word.startswith("-") else str(tmp_path / word) for word in words)]
    code, told, errors = printed(arguments, tmp_path, clock)

    assert (2, "", 1) == (code, told, errors.count("\n"))
    assert errors.startswith(problem.format(tmp_path))
    assert before == snapshot(tmp_path)


def test_both_files_that_cannot_be_read_are_named_as_in_the_usage(tmp_path: Path, clock: FakeClock) -> None:
    old, new = tmp_path / "koregate-report", tmp_path / "koregate-report" / "raw"
    new.mkdir(parents=True)
    (old / "report.json").touch()

    code, _, errors = printed(["diff", str(old), str(new)], tmp_path, clock)

    assert 2 == code
    assert [
        f'{word}: "{path}" is a folder. Name the file "{old}/report.json".'
        for word, path in (("OLD", old), ("NEW", new))
    ] == errors.splitlines()


def test_hostile_names_act_neither_in_a_terminal_nor_in_the_log_of_a_ci_system(
    tmp_path: Path, clock: FakeClock
) -> None:
    hostile = {**LOST, "say": "\x1b[31m\r\n::error::x\u202e##[group]y"}
    suites = {"::stop-commands::x\x1b[2J": [STEP, hostile]}
    old, new = report(tmp_path, clock, "old", Pizza=[STEP]), report(tmp_path, clock, "new", Pizza=[STEP], **suites)

    for more in ([], ["--json"]):
        _, told, _ = printed(["diff", old, new, *more], tmp_path, clock, {"GITHUB_ACTIONS": "true"})
        assert told.replace("\n", "").isprintable()
        assert "##[" not in told
        assert not [line for line in told.splitlines() if line.lstrip().startswith("::")]
    assert "##[group]y" in json.loads(told)["new"][0]["input"]


def test_very_many_cases_are_listed_up_to_a_limit_and_counted(tmp_path: Path, clock: FakeClock) -> None:
    steps = [{**LOST, "say": f"{number}"} for number in range(250)]
    old, new = report(tmp_path, clock, "old", Pizza=[STEP]), report(tmp_path, clock, "new", Pizza=[STEP, *steps])

    lines = printed(["diff", old, new], tmp_path, clock)[1].splitlines()

    assert ("New failures (250):", "  … and 50 more. --json lists all.", 203) == (lines[0], lines[201], len(lines))
