"""koregate shape: saved replies without their values, and remarks on what no page documents."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.answers import answer, step
from support.clock import FakeClock
from support.job import FAILING, PASSING, Done, gate, job, printed, scenario, snapshot

from koregate.simulator import load_scenario
from koregate.simulator.scenario_files import shipped_scenarios

SECRETS = ("Hello", "Go away", "Pizza", "hi there", "ctr-")


def shape(path: str, workspace: Path, clock: FakeClock) -> tuple[int, str]:
    """The exit code of koregate shape, and what it printed: the structure, or why there is none."""
    code, told, errors = printed(["shape", path], workspace, clock)
    assert not (told and errors)
    return code, told or errors


def test_the_shape_of_a_raw_folder_names_no_suite_and_no_value(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = job(tmp_path, clock, scenario(Pizza=PASSING, Other=FAILING))
    before = snapshot(done.folder)
    code, told = shape(str(done.folder / "raw"), tmp_path, clock)

    assert 0 == code
    assert "Reply 1 of 2:" in told
    assert "    executionResults: list(2)" in told
    assert not [text for text in SECRETS if text in told]
    assert before == snapshot(done.folder)


def test_the_shape_of_one_file_begins_at_once(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "Order a pizza.json"
    path.write_text(json.dumps(answer(step("hi there"))))
    told = shape(str(path), tmp_path, clock)

    assert (0, "object(7)") == (told[0], told[1].splitlines()[0])
    assert "pizza" not in told[1]


@pytest.mark.parametrize("content", [None, "<html>hi there</html>", ""])
def test_a_file_that_cannot_be_read_is_named_without_its_content(
    tmp_path: Path, clock: FakeClock, content: str | None
) -> None:
    path = tmp_path / "reply.json"
    if content is not None:
        path.write_text(content)
    code, told = shape(str(path), tmp_path, clock)

    assert 2 == code
    assert "reply.json" in told
    assert "hi there" not in told
    assert not (tmp_path / "koregate-report").exists()


def test_an_empty_folder_has_no_shape(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "raw").mkdir()
    code, told = shape(str(tmp_path / "raw"), tmp_path, clock)

    assert 2 == code
    assert " has no saved reply. Name a saved reply, or the raw folder of a report." in told


ODD = {**answer(step(), step()), "newKey": "a value", "_id": None}


def remarked(tmp_path: Path, clock: FakeClock, final: dict[str, Any]) -> Done:
    given = {key: value for key, value in final.items() if value is not None and key not in ("_id", "streamId")}
    return job(tmp_path, clock, scenario(Pizza={"seconds": 5, "final": given}))[0]


def test_an_undocumented_key_is_one_remark_in_every_report_and_changes_no_verdict(
    tmp_path: Path, clock: FakeClock
) -> None:
    done = remarked(tmp_path, clock, ODD)

    (remark,) = json.loads(done.files["report.json"])["suites"][0]["remarks"]
    assert "passed" == done.outputs["verdict"]
    assert "newKey (the key)" in remark
    assert 1 == done.log.count("[Pizza] Remark: The platform's reply contains undocumented parts: newKey (the key).")
    assert "<details><summary>1 remark, without effect on the verdict</summary>" in done.summary
    assert b'<details class="remarks"><summary>1 remark</summary>' in done.files["report.html"]
    for data in (done.log.encode(), done.summary.encode(), done.files["report.html"], remark.encode()):
        assert b"a value" not in data


def test_a_replay_and_a_merge_keep_the_remark(tmp_path: Path, clock: FakeClock) -> None:
    done = remarked(tmp_path, clock, ODD)
    live = done.files
    again = gate({}, tmp_path, clock, saved=(str(done.folder / "raw"),))
    assert live == again.files
    path = tmp_path / "shard.json"
    path.write_bytes(live["report.json"])
    merged = gate({}, tmp_path, clock, merge=(str(path),))

    assert json.loads(live["report.json"])["suites"] == json.loads(merged.files["report.json"])["suites"]


# A word and a link that no page shows are what these are for.
_ODD = ("aborted", "linked-results")


@pytest.mark.parametrize("name", [name for name in shipped_scenarios() if not name.startswith(_ODD)])
def test_the_shipped_scenarios_get_no_remark(tmp_path: Path, clock: FakeClock, name: str) -> None:
    done, _ = job(tmp_path, clock, load_scenario(name))

    assert "undocumented parts" not in done.log


def test_the_log_has_a_line_for_some_suites_and_counts_the_others(tmp_path: Path, clock: FakeClock) -> None:
    given = {key: value for key, value in ODD.items() if key not in ("_id", "streamId")}
    suites = {f"Suite {number}": {"seconds": 5, "final": given} for number in range(15)}
    done, _ = job(tmp_path, clock, scenario(**suites))

    assert 10 == done.log.count("] Remark: ")
    assert "… and remarks on 5 more suites. See report.html." in done.log


def test_a_folder_of_reports_is_no_folder_of_saved_replies(tmp_path: Path, clock: FakeClock) -> None:
    folder = job(tmp_path, clock, scenario(Pizza=PASSING))[0].folder

    code, told, errors = printed(["shape", str(folder)], tmp_path, clock)

    assert (2, "") == (code, told)
    assert (
        f'FILE: "{folder}" has the reports of a job, not its saved replies. Name the folder "{folder}/raw".' in errors
    )


def test_a_report_is_no_saved_reply(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = job(tmp_path, clock, scenario(Pizza=PASSING))

    code, told = shape(str(done.folder / "report.json"), tmp_path, clock)

    assert 2 == code
    assert f'is a report, not a saved reply. Name the folder "{done.folder / "raw"}"' in told


def test_the_list_of_the_saved_replies_is_none_of_them(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = job(tmp_path, clock, scenario(Pizza=PASSING))
    raw = done.folder / "raw"

    code, told = shape(str(raw / "run.json"), tmp_path, clock)

    assert 2 == code
    assert f'"{raw / "run.json"}" lists the saved replies and is not one. Name the folder "{raw}".' in told
    (tmp_path / "run.json").write_text(json.dumps(answer(step("hi there"))))
    assert 0 == shape(str(tmp_path / "run.json"), tmp_path, clock)[0]
