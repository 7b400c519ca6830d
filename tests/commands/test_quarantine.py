"""koregate quarantine: entries for the failures of a report.json, ready for review."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from support.clock import FakeClock
from support.job import STEP, job, printed, run, scenario, snapshot

from koregate.simulator import Simulator

LOST = {"say": "5 * 3 [*]?", "expect": "Which size?", "answer": "Sorry?"}
NAMED = ["--owner", "ann", "--until", "2026-12-24"]


def failing(tmp_path: Path, clock: FakeClock, **options: Any) -> str:
    """The report.json of a job in which one step of two failed."""
    done, _ = job(tmp_path, clock, scenario(Pizza={"seconds": 20, "steps": [STEP, LOST]}), **options)
    return str(done.folder / "report.json")


def test_the_entries_for_a_failed_job_let_the_next_one_by(tmp_path: Path, clock: FakeClock) -> None:
    with Simulator(
        scenario(Pizza={"seconds": 20, "steps": [STEP, LOST]}), now=clock.monotonic, wall=clock.wall
    ) as simulator:
        before = run(simulator, tmp_path, clock)
        code, told, errors = printed(["quarantine", str(before.folder / "report.json"), *NAMED], tmp_path, clock)
        (tmp_path / "q.toml").write_text(told)
        after = run(simulator, tmp_path, clock, quarantine="q.toml")

    assert (1, 0, "", 0) == (before.code, code, errors, after.code)
    assert "1 test case tolerated as quarantined (q.toml)." in after.verdict


def test_entries_for_a_suite_whose_name_redact_changes_say_that_they_excuse_nothing(
    tmp_path: Path, clock: FakeClock
) -> None:
    played = scenario(**{"Mail to ann@example.com": {"seconds": 20, "steps": [STEP, LOST]}})
    before, _ = job(tmp_path, clock, played)

    _, told, _ = printed(["quarantine", str(before.folder / "report.json"), *NAMED], tmp_path, clock)

    assert '# The entries for "Mail to [email]" excuse nothing, because reports may show that name for' in told


def test_an_entry_names_the_case_its_class_and_where_it_failed(tmp_path: Path, clock: FakeClock) -> None:
    report = failing(
        tmp_path,
        clock,
        environ={
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "owner/bot",
            "GITHUB_RUN_ID": "9",
        },
    )

    assert [
        "# 1 entry. Review each one and give it a reason before you commit it.",
        "",
        "[[quarantine]]",
        '# 2.1 text: expected "Which size?"',
        '#           actual   "Sorry?"',
        'suite = "Pizza"',
        'input = "5 [*] 3 [[*]]?"',
        'kind = "text"',
        "occurrence = 1",
        'class = "wrong-text"',
        'reason = "Failed on 2026-11-23 in https://github.com/owner/bot/actions/runs/9."',
        'owner = "ann"',
        "until = 2026-12-24",
    ] == printed(["quarantine", report, *NAMED], tmp_path, clock)[1].splitlines()


@pytest.mark.parametrize(("days", "until"), [("0d", "2026-11-23"), ("31d", "2026-12-24"), ("90d", "2027-02-21")])
def test_the_last_day_may_be_given_as_a_number_of_days(tmp_path: Path, clock: FakeClock, days: str, until: str) -> None:
    words = ["quarantine", failing(tmp_path, clock), "--owner", "ann", "--until", days]

    assert f"until = {until}" == printed(words, tmp_path, clock)[1].splitlines()[-1]


def test_a_given_reason_is_that_of_every_entry(tmp_path: Path, clock: FakeClock) -> None:
    told = printed(["quarantine", failing(tmp_path, clock), *NAMED, "--reason", 'The "menu".'], tmp_path, clock)[1]

    assert told.startswith("# 1 entry. Review each one before you commit it.\n")
    assert 'reason = "The \\"menu\\"."' in told


def test_what_is_tolerated_already_and_what_no_entry_can_excuse_get_none(tmp_path: Path, clock: FakeClock) -> None:
    tolerated = printed(["quarantine", failing(tmp_path, clock, warn_on="wrong-text"), *NAMED], tmp_path, clock)
    done, _ = job(tmp_path, clock, scenario(Pizza={"seconds": 4000, "steps": [STEP, LOST]}))
    stopped = printed(["quarantine", str(done.folder / "report.json"), *NAMED], tmp_path, clock)

    assert (0, "# Nothing to quarantine: no failure in this report blocks.\n", "") == tolerated
    assert (0, 1) == (stopped[0], stopped[1].count("\n"))
    assert "# No entry can excuse 1 more blocking test case, because" in stopped[1]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["gone", *NAMED], 'REPORT: "{}/gone" cannot be read (there is no such file). Check the path.'),
        (["pipe", *NAMED], 'pipe" is not a regular file. Name a file.'),
        (["text", *NAMED], 'text" is not a report.json that koregate wrote'),
        (
            ["green", *NAMED],
            'REPORT: The report "{}/green" proves nothing: the verdict is "passed", but the test suites give "failed".',
        ),
        (["good", "--owner", " ", "--until", "2026-12-24"], "--owner is empty. Fill it in."),
        (["good", *NAMED, "--reason="], "--reason is empty. Fill it in."),
        (["good", "--owner", "ann"], "command line: --until is required. See koregate quarantine --help."),
        (["good", "--owner", "ann", "--until", "20261224"], '--until: "20261224" is not a date. Write it like 2027-'),
        (["good", "--owner", "ann", "--until", "91d"], '--until: "91d" is more than 90 days ahead.'),
        (["good", "--owner", "ann", "--until", "d"], '"d" is not a date. Write it like 2027-02-21, or 30d for 30 days'),
        (["good", "--owner", "ann", "--until", "2026-02-30"], '--until: "2026-02-30" is not a date.'),
        (["good", "--owner", "ann", "--until", "2026-11-22"], '--until: "2026-11-22" is in the past. Give a date'),
        (["good", "--owner", "ann", "--until", "2027-02-22"], "is more than 90 days ahead. Give 2027-02-21 or an"),
    ],
)
def test_what_cannot_be_used_is_one_line_on_the_error_stream_and_touches_no_file(
    tmp_path: Path, clock: FakeClock, words: list[str], problem: str
) -> None:
    good = Path(failing(tmp_path, clock))
    good.rename(tmp_path / "good")
    document: dict[str, Any] = {**json.loads((tmp_path / "good").read_text()), "verdict": "passed", "exitCode": 0}
    (tmp_path / "green").write_text(json.dumps(document))
    (tmp_path / "text").write_text("<html>")
    os.mkfifo(tmp_path / "pipe")
    before = snapshot(tmp_path)

    code, told, errors = printed(["quarantine", str(tmp_path / words[0]), *words[1:]], tmp_path, clock)

    assert (2, "", 1) == (code, told, errors.count("\n"))
    assert problem.format(tmp_path) in errors
    assert before == snapshot(tmp_path)


def test_no_secret_and_no_command_is_printed_into_the_file(tmp_path: Path, clock: FakeClock) -> None:
    environ = {"GITHUB_ACTIONS": "true", "KOREGATE_CLIENT_SECRET": "Which size?", "KOREGATE_TYPO": "1"}

    _, told, errors = printed(["quarantine", failing(tmp_path, clock), *NAMED], tmp_path, clock, environ)

    assert "" == errors
    assert "Which size?" not in told
    assert "::" not in told


def test_help_is_printed_and_nothing_is_published(tmp_path: Path, clock: FakeClock) -> None:
    assert printed(["quarantine", "--help"], tmp_path, clock)[1].startswith(
        "usage: koregate quarantine [OPTIONS] REPORT"
    )
    assert 0 == printed(["diff", "--help"], tmp_path, clock)[0]
