"""What a reader of the log is told at the end, and what is done where the reports cannot be written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.answers import TARGET, answer, failed_step, report_of, step
from support.job import gate, run, scenario

from koregate.errors import Problem, Verdict
from koregate.judging.results import Report
from koregate.reports import report_json
from koregate.reports.annotations import MOST, annotations_for
from koregate.reports.log_lines import closing_lines, verdict_line
from koregate.reports.report_json_reader import merged
from koregate.runs.record import Ending, Stop
from koregate.simulator import Simulator

if TYPE_CHECKING:
    from pathlib import Path

    from support.clock import FakeClock

    from koregate.inputs.model import FailOn

SUITE: dict[str, Any] = {"seconds": 0, "steps": [{"say": "hi", "expect": "Hello"}]}


def many(steps: int) -> Report:
    return report_of(Pizza=answer(*[failed_step(f"input {n}") for n in range(1, steps + 1)], status="failed"))


def test_each_failed_step_is_a_remark_and_the_last_one_counts_the_rest() -> None:
    few, lots = annotations_for(many(MOST)), annotations_for(many(MOST + 5))

    assert [f'Pizza, step {n} "input {n}"' for n in range(1, MOST + 1)] == [one.title for one in few]
    assert 'expected "Which size?", got "Sorry, what?"\n\nuser: input 1\nbot: Sorry, what?' == few[0].message
    assert (MOST, "koregate: 6 more failed steps") == (len(lots), lots[-1].title)


def test_the_log_names_the_failed_steps_and_counts_the_rest() -> None:
    lines = list(closing_lines(many(25)))

    assert ['FAILED Pizza, step 1 "input 1"', '  1.1 text: expected "Which size?", got "Sorry, what?"'] == lines[:2]
    assert "… and 5 more failed steps." == lines[-1]


@pytest.mark.parametrize(
    ("report", "code", "line"),
    [
        (
            report_of(Pizza=answer(step())),
            0,
            "Verdict: passed (exit code 0): 1 passed, 0 failed, 0 errors, 0 skipped of 1.",
        ),
        (
            report_of(Pizza=answer(step(), status="aborted")),
            4,
            (
                "Verdict: error (exit code 4): 1 passed, 0 failed, 1 errors, 0 skipped of 2. "
                'status is "aborted", which is neither passed nor failed.'
            ),
        ),
        (
            Report.refused([Problem("host", "is required.")]),
            2,
            "Verdict: error (exit code 2): the inputs cannot be used, so nothing was run.",
        ),
    ],
)
def test_the_verdict_is_one_line(report: Report, code: int, line: str) -> None:
    assert line == verdict_line(report, code)


def test_only_runs_that_go_on_are_offered_for_attaching() -> None:
    late = Ending("Late", "ctr-1", stop=Stop(Verdict.TIMEOUT, 5, "Late."))
    never = Ending("Never", None, stop=Stop(Verdict.ERROR, 3, "Refused."))

    lines = list(closing_lines(Report.of(TARGET, "any", [late, never])))

    assert ["  test-suites: |", "    Late", "  test-run-ids: |", "    ctr-1"] == lines[-4:]


def test_a_pass_whose_reports_cannot_be_written_is_no_success(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "koregate-report" / "report.json").mkdir(parents=True)
    with Simulator(scenario(Pizza=SUITE), now=clock.monotonic, wall=clock.wall) as simulator:
        done = run(simulator, tmp_path, clock)

    assert (4, "passed", "4") == (done.code, done.outputs["verdict"], done.outputs["exit-code"])
    assert "The reports cannot be written" in done.log


def test_a_report_directory_that_cannot_be_made_is_an_input_that_cannot_be_used(
    tmp_path: Path, clock: FakeClock
) -> None:
    (tmp_path / "koregate-report").write_text("in the way")
    with Simulator(scenario(Pizza=SUITE), now=clock.monotonic, wall=clock.wall) as simulator:
        done = run(simulator, tmp_path, clock)
        skipped = run(simulator, tmp_path, clock, client_id="", client_secret="", on_missing_credentials="skip")

    assert ([2, 2], []) == ([done.code, skipped.code], simulator.asked)
    assert "report-dir: " in done.log


def test_reports_with_different_fail_on_are_merged_only_where_it_is_given(tmp_path: Path, clock: FakeClock) -> None:
    paths = []
    wishes: tuple[FailOn, ...] = ("any", "never")
    for wish in wishes:
        path = tmp_path / f"{wish}.json"
        path.write_bytes(report_json.render(Report.of(TARGET, wish, [Ending(wish)])))
        paths.append(str(path))

    refused = gate({}, tmp_path, clock, merge=tuple(paths))
    given = gate({"fail-on": "never"}, tmp_path, clock, merge=tuple(paths))

    assert [2, 0] == [refused.code, given.code]
    assert "different fail-on" in refused.log


def test_a_report_of_another_version_is_not_merged() -> None:
    made = json.loads(report_json.render(many(1)))
    made["schemaVersion"] = 99

    with pytest.raises(ValueError, match="another version"):
        merged({"report.json": json.dumps(made).encode()}, None)


def test_a_merged_report_keeps_what_was_never_executed() -> None:
    whole = report_of(
        Pizza=answer(failed_step(), status="failed", totalTestStepsCount=3), Odd=answer(step(status=None))
    )

    again = merged({"report.json": report_json.render(whole)}, None)

    assert report_json.render(whole) == report_json.render(again)
