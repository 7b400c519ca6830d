"""Reports rebuilt from saved replies."""

import json
import os
import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.answers import answer, step
from support.clock import FakeClock
from support.job import FAILING, PASSING, gate, job, run, scenario, snapshot

from koregate.simulator import Simulator, load_scenario
from koregate.simulator.scenario_files import shipped_scenarios


def test_the_same_replies_give_the_same_bytes(tmp_path: Path, clock: FakeClock) -> None:
    with Simulator(load_scenario("failing"), now=clock.monotonic, wall=clock.wall) as simulator:
        run_ids = "\n".join(map(simulator.start_run, simulator.suites))
        first = run(simulator, tmp_path, clock, test_run_ids=run_ids)
        files = first.files
        second = run(simulator, tmp_path, clock, test_run_ids=run_ids)

    assert (files, first.outputs, first.summary) == (second.files, second.outputs, second.summary)


@pytest.mark.parametrize(
    "name", ["passing", "failing", "aborted", "missing-steps", "summary-only", "stuck", "credentials", "step-failed"]
)
def test_a_replay_gives_the_same_reports_outputs_and_exit_code(tmp_path: Path, clock: FakeClock, name: str) -> None:
    live, _ = job(tmp_path, clock, load_scenario(name), fail_on="error")
    files = live.files
    replayed = gate({}, tmp_path, clock, saved=(str(live.folder / "raw"),))

    assert (live.code, live.outputs, live.summary) == (replayed.code, replayed.outputs, replayed.summary)
    assert files == replayed.files


CI = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "owner/bot",
    "GITHUB_RUN_ID": "9",
    "GITHUB_SHA": "4f2a8c11d0b7e6539a1c8e44d2f7b0a9c6e5d3f1",
    "GITHUB_HEAD_REF": "ann@example.com/fix",
    "GITHUB_EVENT_NAME": "pull_request",
}


@pytest.mark.parametrize("name", shipped_scenarios())
def test_a_replay_on_another_day_and_in_another_job_gives_the_same_bytes(
    tmp_path: Path, clock: FakeClock, name: str
) -> None:
    live, _ = job(tmp_path, clock, load_scenario(name), environ=CI)
    files = live.files
    later = FakeClock()
    later.began = clock.now() + timedelta(days=400)
    elsewhere = {**CI, "GITHUB_RUN_ID": "77", "GITHUB_HEAD_REF": "", "GITHUB_EVENT_NAME": "push", "TZ": "Asia/Tokyo"}
    replayed = gate({}, tmp_path, later, elsewhere, saved=(str(live.folder / "raw"),))

    assert (live.code, live.outputs, live.summary) == (replayed.code, replayed.outputs, replayed.summary)
    assert files == replayed.files


def test_a_live_job_has_its_date_and_what_the_ci_system_says_in_its_reports(tmp_path: Path, clock: FakeClock) -> None:
    live, _ = job(tmp_path, clock, scenario(Pizza=PASSING), environ=CI)
    report = json.loads(live.files["report.json"])

    assert clock.now().replace(microsecond=0).isoformat() == report["finishedAt"]
    assert {
        "system": "github",
        "url": "https://github.com/owner/bot/actions/runs/9",
        "build": None,
        "commit": CI["GITHUB_SHA"],
        "commitUrl": f"https://github.com/owner/bot/commit/{CI['GITHUB_SHA']}",
        "branch": "[email]/fix",
        "defaultBranch": None,
        "isPullRequest": True,
    } == report["ci"]
    assert "ann@example.com" not in "".join(text.decode() for name, text in live.files.items() if "raw" not in name)


def test_the_verdict_line_says_as_of_when(tmp_path: Path, clock: FakeClock) -> None:
    live, _ = job(tmp_path, clock, scenario(Pizza=PASSING))
    ended = clock.now()
    later = FakeClock()
    later.began = ended + timedelta(days=3)

    done = gate({}, tmp_path, later, saved=(str(live.folder / "raw"),))
    lone = gate({}, tmp_path, later, saved=(str(live.folder / "raw" / "001-pizza.json"),))

    assert "as of" not in live.log
    assert done.verdict.startswith(f"Verdict: passed (exit code 0) as of {ended:%Y-%m-%d %H:%M:%S} UTC. ")
    assert lone.verdict.startswith("Verdict: passed (exit code 0) as of an unknown date. ")


def test_a_lone_reply_tells_neither_its_date_nor_its_job(tmp_path: Path, clock: FakeClock) -> None:
    live, _ = job(tmp_path, clock, scenario(Pizza=PASSING))
    done = gate({}, tmp_path, clock, CI, saved=(str(live.folder / "raw" / "001-pizza.json"),))

    report = json.loads(done.files["report.json"])
    assert report["finishedAt"] is None
    assert {None} == set(report["ci"].values())


@pytest.mark.parametrize("name", ["host", "streamId", "botVersion", "botLanguage", "finishedAt", "ci"])
def test_a_run_json_that_does_not_tell_what_was_run_is_an_input_error(
    tmp_path: Path, clock: FakeClock, name: str
) -> None:
    live, _ = job(tmp_path, clock, scenario(Pizza=PASSING))
    path = live.folder / "raw" / "run.json"
    index = json.loads(path.read_text())
    path.write_text(json.dumps({**index, name: None}))
    before = snapshot(live.folder)

    done = gate({}, tmp_path, clock, saved=(str(path),))

    assert (2, "error") == (done.code, done.outputs["verdict"])
    assert f"has a run.json that koregate did not write (missing: {name}). Give an unchanged raw folder." in done.log
    assert before == snapshot(live.folder)


@pytest.mark.parametrize("given", ["raw", "raw/run.json"])
def test_a_run_json_without_one_of_the_saved_replies_is_an_input_error(
    tmp_path: Path, clock: FakeClock, given: str
) -> None:
    live, _ = job(tmp_path, clock, scenario(Pizza=PASSING, Wine=FAILING))
    path = live.folder / "raw" / "run.json"
    (live.folder / "raw" / "notes.json").write_text("{}")
    index = json.loads(path.read_text())
    complete = gate({}, tmp_path, clock, saved=(str(live.folder / given),))
    path.write_text(json.dumps({**index, "suites": index["suites"][:1]}))

    done = gate({}, tmp_path, clock, saved=(str(live.folder / given),))

    assert (1, 2) == (complete.code, done.code)
    assert "has 002-wine.json, which run.json does not name, so a test run would be missing." in done.log


FORGED = {
    "url": "javascript:alert(1)",
    "commitUrl": 'https://a.example/"><script>alert(1)</script>',
    "build": "9\n::error::forged",
    "commit": "abc\n##vso[task.complete result=Succeeded;]",
    "branch": "<script>alert(1)</script>]]>\x1b[31m",
    "defaultBranch": "x" * 10_000,
}


def test_forged_facts_are_harmless_in_every_report(tmp_path: Path, clock: FakeClock) -> None:
    live, _ = job(tmp_path, clock, scenario(Pizza=FAILING), environ=CI)
    path = live.folder / "raw" / "run.json"
    index = json.loads(path.read_text())
    path.write_text(json.dumps({**index, "ci": {**index["ci"], **FORGED}}))

    done = gate({}, tmp_path, clock, {"GITHUB_ACTIONS": "true", "NO_COLOR": "1"}, saved=(str(path),))

    assert (1, "failed") == (done.code, done.outputs["verdict"])
    written = [text.decode() for name, text in done.files.items() if not name.startswith("raw/")]
    for text in (*written, done.summary, done.log):
        assert "javascript:" not in text
        assert "x" * 300 not in text
        assert "\x1b" not in text
        assert not re.search(r"^\s*::error::forged", text, re.MULTILINE)
    assert "##vso[" not in done.log
    for name in ("junit.xml", "report.html"):
        assert "<script>alert" not in done.files[name].decode()
    facts = json.loads(done.files["report.json"])["ci"]
    assert (None, None, "9 ::error::forged") == (facts["url"], facts["commitUrl"], facts["build"])


def test_a_report_does_not_excuse_the_run_that_it_is_of(tmp_path: Path, clock: FakeClock) -> None:
    live, _ = job(tmp_path, clock, scenario(Pizza=FAILING))
    own = live.folder / "report.json"

    done = gate({"baseline": str(own), "report-dir": "again"}, tmp_path, clock, saved=(str(live.folder / "raw"),))

    assert (1, "0") == (done.code, done.outputs["tolerated"])
    assert "it is of the very test run that this job judges" in done.summary


def test_inputs_that_are_given_win_over_the_saved_ones(tmp_path: Path, clock: FakeClock) -> None:
    live, _ = job(tmp_path, clock, scenario(Pizza=FAILING), fail_on="never", redact="Go")
    raw = str(live.folder / "raw")

    kept = gate({}, tmp_path, clock, saved=(raw,))
    changed = gate({"fail-on": "any", "redact": "none"}, tmp_path, clock, saved=(raw,))

    assert [0, 0, 1] == [live.code, kept.code, changed.code]
    assert (False, True) == ("Go away" in kept.summary, "Go away" in changed.summary)


def test_the_saved_policy_is_told_without_what_is_given_now(tmp_path: Path, clock: FakeClock) -> None:
    first, _ = job(tmp_path, clock, scenario(Pizza=FAILING))
    (tmp_path / "main2.json").write_bytes(first.files["report.json"])
    policy = {
        "baseline": "main2.json",
        "min_pass_rate": "50",
        "warn_on": "wrong-text\nwrong-context",
        "fail_on": "error",
    }
    live, _ = job(tmp_path, clock, scenario(Pizza=FAILING), **policy)
    saved = (str(live.folder / "raw"),)
    job(tmp_path, clock, scenario(Pizza=FAILING), report_dir="plain")

    told = "Policy of the saved job: fail-on error; min-pass-rate 50; warn-on wrong-text, wrong-context; baseline "
    then = "Inputs that are given now win over it."
    assert f"{told}main2.json. {then}\n" in gate({}, tmp_path, clock, saved=saved).log
    given = {"min-pass-rate": "60", "warn-on": "wrong-text", "fail-on": "any"}
    assert f"Policy of the saved job: baseline main2.json. {then}\n" in gate(given, tmp_path, clock, saved=saved).log
    again = gate({"report-dir": "plain"}, tmp_path, clock, saved=(str(tmp_path / "plain" / "raw"),))
    assert "Policy of the saved job" not in again.log


def test_an_unreadable_reply_is_kept_and_replayed(tmp_path: Path, clock: FakeClock) -> None:
    live, _ = job(tmp_path, clock, scenario(Pizza={**PASSING, "final": {"totalTestStepsCount": 2}}))
    files = live.files
    replayed = gate({}, tmp_path, clock, saved=(str(live.folder / "raw" / "run.json"),))

    assert 2 == json.loads(files["raw/001-pizza.json"])["totalTestStepsCount"]
    assert "neither status nor result." in live.log
    assert "\n  Check host, and look at the saved reply." in live.log
    assert (live.code, files) == (replayed.code, replayed.files)


def test_a_single_reply_is_judged_under_its_files_name(tmp_path: Path, clock: FakeClock) -> None:
    live, _ = job(tmp_path, clock, scenario(Pizza=FAILING))
    lone = tmp_path / "Saved pizza.json"
    lone.write_bytes(live.files["raw/001-pizza.json"])

    done = gate({"report-dir": "again"}, tmp_path, clock, saved=(str(lone),))

    assert (1, "Saved pizza.step 2") == (done.code, done.rows[1].classname)


@pytest.mark.parametrize("named", ["one.json", "copy", "copy/run.json"])
def test_the_saved_replies_of_another_job_are_not_lost(tmp_path: Path, clock: FakeClock, named: str) -> None:
    live, _ = job(tmp_path, clock, scenario(Pizza=FAILING))
    shutil.copytree(live.folder / "raw", tmp_path / "copy")
    shutil.copy(live.folder / "raw" / "001-pizza.json", tmp_path / "one.json")
    before = snapshot(live.folder)

    done = gate({}, tmp_path, clock, saved=(str(tmp_path / named),))

    assert 2 == done.code
    assert (
        "report-dir: koregate-report has the saved replies of a job, and they are not those of FILE. Give another "
        "folder, or name koregate-report/raw to rebuild the report of that job.\n"
    ) in done.log
    assert before == snapshot(live.folder)
    again = gate({"report-dir": "again"}, tmp_path, clock, saved=(str(tmp_path / named),))
    own = gate({}, tmp_path, clock, saved=(str(live.folder / "raw"),))
    assert [1, 1] == [again.code, own.code]


def swap_files(index: dict[str, Any]) -> None:
    first, second = index["suites"]
    first["file"], second["file"] = second["file"], first["file"]


def repeat_a_file(index: dict[str, Any]) -> None:
    index["suites"][1]["file"] = index["suites"][0]["file"]


def repeat_a_suite(index: dict[str, Any]) -> None:
    index["suites"][1] = index["suites"][0]


def change_stream(index: dict[str, Any]) -> None:
    index["streamId"] = "st-other"


def change_version(index: dict[str, Any]) -> None:
    index["botVersion"] = "published"


TAMPERED = [swap_files, repeat_a_file, repeat_a_suite, change_stream, change_version]


@pytest.mark.parametrize("tamper", TAMPERED, ids=lambda tamper: tamper.__name__)
def test_saved_replies_that_are_not_of_these_runs_are_no_pass(
    tmp_path: Path, clock: FakeClock, tamper: Callable[[dict[str, Any]], None]
) -> None:
    live, _ = job(tmp_path, clock, scenario(Pizza=PASSING, Hours=PASSING))
    path = live.folder / "raw" / "run.json"
    index = json.loads(path.read_text())
    tamper(index)
    path.write_text(json.dumps(index))
    for name in {"001-pizza.json", "002-hours.json"} - {suite["file"] for suite in index["suites"]}:
        (live.folder / "raw" / name).unlink()

    done = gate({}, tmp_path, clock, saved=(str(path),))

    assert (0, 4, "error") == (live.code, done.code, done.outputs["verdict"])


@pytest.mark.parametrize("verdict", ["passed", "skipped", "failed"])
def test_a_saved_verdict_is_never_believed(tmp_path: Path, clock: FakeClock, verdict: str) -> None:
    live, _ = job(tmp_path, clock, scenario(Pizza=FAILING))
    path = live.folder / "raw" / "run.json"
    index = json.loads(path.read_text())
    index["suites"][0]["stop"] = {"verdict": verdict, "exitCode": 0, "message": "All is well."}
    path.write_text(json.dumps(index))

    done = gate({}, tmp_path, clock, saved=(str(path),))

    assert (2, "error") == (done.code, done.outputs["verdict"])
    assert "has a run.json that koregate did not write (suites[0].stop: " in done.log


def test_the_same_reply_in_two_files_is_no_pass(tmp_path: Path, clock: FakeClock) -> None:
    for name in ("one.json", "two.json"):
        (tmp_path / name).write_text(json.dumps(answer(step())))

    done = gate({}, tmp_path, clock, saved=tuple(str(tmp_path / name) for name in ("one.json", "two.json")))

    assert (4, "error") == (done.code, done.outputs["verdict"])
    assert "belongs to more than one test suite" in done.log


RUN = '{"suite": "Pizza", "testRunId": "ctr-1", "file": "gone.json"}'
UNUSABLE = {
    "no-such-file.json": {},
    "no-such-folder": {},
    "saved": {"saved/other.json": "{}"},
    "saved/run.json": {"saved/run.json": "not JSON"},
    "of-another-kind/run.json": {"of-another-kind/run.json": "[]"},
    "without-suites/run.json": {"without-suites/run.json": '{"suites": []}'},
    "incomplete": {"incomplete/run.json": f'{{"suites": [{RUN}]}}'},
    "outside/run.json": {"outside/run.json": f'{{"suites": [{RUN.replace("gone", "../gone")}]}}', "gone.json": "{}"},
}


@pytest.mark.parametrize("name", ["run.json", "001-pizza.json"])
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_no_link_inside_the_saved_folder_is_followed(tmp_path: Path, clock: FakeClock, name: str, kind: str) -> None:
    raw = job(tmp_path, clock, scenario(Pizza=FAILING))[0].folder / "raw"
    (raw / name).rename(tmp_path / "outside.json")
    if kind == "link":
        (raw / name).symlink_to(tmp_path / "outside.json")
    else:
        os.mkfifo(raw / name)
    before = snapshot(raw.parent)

    done = gate({"report-dir": "again"}, tmp_path, clock, saved=(str(raw),))

    assert (2, "error") == (done.code, done.outputs["verdict"])
    line = next(line for line in done.problems if line.startswith("FILE: "))
    assert f'FILE: "{raw}" has {name}, which is not a regular file' in line
    assert before == snapshot(raw.parent)


@pytest.mark.parametrize("named", ["link", "link/run.json", "other/run.json", "link/001-pizza.json"])
def test_saved_replies_are_not_read_through_a_link_in_the_workspace(
    tmp_path: Path, clock: FakeClock, named: str
) -> None:
    (workspace := tmp_path / "workspace").mkdir()
    raw = job(workspace, clock, scenario(Pizza=FAILING))[0].folder / "raw"
    for folder in (workspace, tmp_path):
        (folder / "link").symlink_to(raw)
        (folder / "other").mkdir()
        for path in raw.iterdir():
            (folder / "other" / path.name).write_bytes(path.read_bytes())
        (folder / "other" / "run.json").rename(folder / "run.json")
        (folder / "other" / "run.json").symlink_to(folder / "run.json")
    inside = gate({"report-dir": "again"}, workspace, clock, saved=(str(workspace / named),))
    outside = gate({"report-dir": "again"}, workspace, clock, saved=(str(tmp_path / named),))

    assert (2, 1) == (inside.code, outside.code)
    link = workspace / (named if named.startswith("other") else "link")
    assert (
        f'FILE: "{workspace / named}" leads through the symbolic link "{link}", which can point anywhere.' in inside.log
    )


@pytest.mark.parametrize("path", UNUSABLE)
def test_saved_replies_that_cannot_be_used_touch_no_file_and_reach_the_job_outputs(
    tmp_path: Path, clock: FakeClock, path: str
) -> None:
    earlier, _ = job(tmp_path, clock, scenario(Pizza=FAILING))
    for name, text in UNUSABLE[path].items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    before = snapshot(earlier.folder)

    done = gate({}, tmp_path, clock, saved=(str(tmp_path / path),))

    assert (2, "error", "2") == (done.code, done.outputs["verdict"], done.outputs["exit-code"])
    (line,) = [line for line in done.problems if line.startswith("FILE: ")]
    assert str(tmp_path / path) in line
    assert before == snapshot(earlier.folder)


def test_who_names_the_reports_is_told_where_the_saved_replies_are(tmp_path: Path, clock: FakeClock) -> None:
    folder = job(tmp_path, clock, scenario(Pizza=FAILING))[0].folder
    (tmp_path / "report.json").write_bytes((folder / "report.json").read_bytes())
    raw, alone, long = folder / "raw", tmp_path / "report.json", "a" * 5000

    def refused(*paths: Path | str) -> str:
        done = gate({}, tmp_path, clock, saved=tuple(map(str, paths)))
        assert (2, "error") == (done.code, done.outputs["verdict"])
        return next(line for line in done.problems if line.startswith("FILE: "))

    def merged(path: Path) -> str:
        return f'To make every report again from "{path}", use koregate merge.'

    assert refused(folder) == (
        f'FILE: "{folder}" has the reports of a job, not its saved replies. Name the folder "{raw}".'
    )
    report = folder / "report.json"
    assert f'FILE: "{report}" is a report, not a saved reply. Name the folder "{raw}".' == refused(report)
    assert f'FILE: "{alone}" is a report, not a saved reply. {merged(alone)}' == refused(alone)
    index, reply = raw / "run.json", next(path for path in raw.iterdir() if path.name != "run.json")
    before = snapshot(folder)
    named = f'FILE: "{index}" lists the saved replies and is not one. Name the folder "{raw}".'
    assert named == refused(reply, index) == refused(index, reply)
    assert before == snapshot(folder)
    assert f'FILE: "{long}" cannot be read (its name is too long). Check the path.' == refused(long)
    (raw / "run.json").unlink()
    (reply,) = raw.iterdir()
    assert f'FILE: "{raw}" has no run.json. Name the saved replies themselves, like "{reply}".' == refused(raw)
    assert f'FILE: "{folder}" has reports and no saved replies. {merged(report)}' == refused(folder)
    (tmp_path / "empty").mkdir()
    assert refused(tmp_path / "empty").endswith(
        '" has no saved replies. Name the folder raw of a report, like koregate-report/raw.'
    )


def test_saved_replies_that_cannot_be_used_leave_no_report_where_none_was(tmp_path: Path, clock: FakeClock) -> None:
    done = gate({}, tmp_path, clock, saved=("nowhere.json", "elsewhere.json"))

    assert 2 == done.code
    assert not done.folder.exists()


def test_a_reply_that_is_given_twice_is_named(tmp_path: Path, clock: FakeClock) -> None:
    (reply := tmp_path / "Pizza.json").write_text("{}")

    done = gate({}, tmp_path, clock, saved=(str(reply), str(reply)))

    assert 2 == done.code
    assert f'FILE: "{reply}" is given more than once. Give each file once.' in done.log
