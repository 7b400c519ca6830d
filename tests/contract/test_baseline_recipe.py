"""docs/ci/baseline.md: the last report of the default branch, and nothing that a pull request put in its place.

The workflow's script runs here, against a stand-in for GitHub's API.
"""

import json
import os
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from support.ci_api import TOKEN, serving
from support.runs_api import REPOSITORY, THIS_RUN, RunsApi, workflow_run

from koregate.inputs import input_specs
from koregate.policy.baseline import MAX_DAYS

PAGES = Path(__file__).parents[2] / "docs" / "ci"
PAGE = (PAGES / "baseline.md").read_text(encoding="utf-8")
(TEXT,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
WORKFLOW: Any = yaml.safe_load(TEXT)
TELL = WORKFLOW["jobs"]["tell"]
CLEAN, CHANGE, BASE, FIND, DOWNLOAD, GATE, UPLOAD = WORKFLOW["jobs"]["bot"]["steps"]


def find(folder: Path, api: RunsApi) -> "subprocess.CompletedProcess[str]":
    """Run the script in that folder, as the runner does."""
    (folder / "script.py").write_text(FIND["run"])
    (folder / "outputs").write_text("")
    words = FIND["shell"].replace("{0}", str(folder / "script.py")).split()
    assert ["python3", "-I"] == words[:2]
    with serving(api):
        environ = {
            "PATH": os.environ["PATH"],
            "GITHUB_API_URL": api.address,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": str(THIS_RUN),
            "GITHUB_OUTPUT": str(folder / "outputs"),
            "TOKEN": TOKEN,
        }
        return subprocess.run(
            [sys.executable, *words[1:]], cwd=folder, env=environ, capture_output=True, text=True, check=False
        )


def chosen(folder: Path, api: RunsApi) -> str:
    """What the script hands to the step after it."""
    done = find(folder, api)
    assert (0, "") == (done.returncode, done.stderr), done.stderr
    return (folder / "outputs").read_text()


def test_the_workflow_keeps_to_githubs_published_schema() -> None:
    path = files("check_jsonschema") / "builtin_schemas" / "vendor" / "github-workflows.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    # YAML 1.1 reads the key `on` as true.
    named = {"on" if key is True else key: value for key, value in WORKFLOW.items()}

    errors = jsonschema.validators.validator_for(schema)(schema).iter_errors(named)
    assert [] == [f"{error.json_path}: {error.message}" for error in errors]


def test_only_the_quarantine_file_is_checked_out_each_copy_in_a_folder_of_its_own() -> None:
    own = {"sparse-checkout": "/quarantine.toml", "sparse-checkout-cone-mode": False, "persist-credentials": False}

    assert {"path": "change", **own} == CHANGE["with"]
    # An event has one of these: a pull request, a merge queue, and whatever has no base.
    ref = "${{ github.base_ref || github.event.merge_group.base_ref || github.ref }}"
    assert {"path": "base", "ref": ref, **own} == BASE["with"]
    uses = [step["uses"] for step in WORKFLOW["jobs"]["bot"]["steps"] if "uses" in step]
    assert 2 == sum(name.startswith("actions/checkout@") for name in uses)
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}|koregate/koregate@v0", name) for name in uses)


def test_the_job_may_read_and_comment_and_nothing_else() -> None:
    assert {} == WORKFLOW["permissions"]
    read = {"actions": "read", "contents": "read"}
    assert {**read, "pull-requests": "write"} == WORKFLOW["jobs"]["bot"]["permissions"]
    assert "permissions" not in TELL
    by_people = {"pull_request": None, "merge_group": None, "push": {"branches": ["main"]}, "workflow_dispatch": None}
    assert by_people == {name: value for name, value in WORKFLOW[True].items() if name != "schedule"}


def test_a_message_comes_for_a_nightly_run_that_did_not_pass_and_holds_its_outputs() -> None:
    on_github = re.findall(r"^```yaml\n(.*?)^```$", (PAGES / "github.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
    (nightly,) = [
        page["jobs"] for page in map(yaml.safe_load, on_github) if "jobs" in page and "schedule" in page[True]
    ]

    assert "always() && github.event_name == 'schedule' && needs.bot.result != 'success'" == TELL["if"]
    assert nightly["bot"]["outputs"] == WORKFLOW["jobs"]["bot"]["outputs"]
    assert nightly["tell"]["env"] == TELL["env"]
    assert nightly["tell"]["steps"][:1] == TELL["steps"]


def test_the_gate_gets_what_the_steps_before_it_left_and_the_report_is_kept_for_the_next_run() -> None:
    given = GATE["with"]

    assert set(given) <= {spec.name for spec in input_specs()}
    assert {spec.name for spec in input_specs() if spec.required} <= set(given)
    assert ("change/quarantine.toml", "base/quarantine.toml", "baseline/report.json") == (
        given["quarantine"],
        given["quarantine-base"],
        given["baseline"],
    )
    assert ("steps.baseline.outputs.run-id", "baseline", "koregate-report") == (
        DOWNLOAD["if"],
        DOWNLOAD["with"]["path"],
        DOWNLOAD["with"]["name"],
    )
    assert "${{ steps.baseline.outputs.run-id }}" == DOWNLOAD["with"]["run-id"]
    assert ("always()", "koregate-report", "koregate-report\n!koregate-report/raw\n") == (
        UPLOAD["if"],
        UPLOAD["with"]["name"],
        UPLOAD["with"]["path"],
    )


@pytest.mark.parametrize("event", ["push", "schedule", "workflow_dispatch"])
def test_the_newest_run_of_the_default_branch_is_taken(tmp_path: Path, event: str) -> None:
    api = RunsApi(workflow_run(3), workflow_run(5, conclusion="success", event=event), workflow_run(4))

    assert "run-id=5\n" == chosen(tmp_path, api)


@pytest.mark.parametrize(
    "change",
    [
        {"head_repository": {"full_name": "fork/bot"}},
        {"head_repository": None},
        {"event": "pull_request"},
        {"event": "workflow_run"},
        {"head_branch": "feature"},
        {"conclusion": "cancelled"},
        {"conclusion": "timed_out"},
        {"conclusion": None},
    ],
)
def test_no_other_run_counts_whatever_its_artifact_is_called(tmp_path: Path, change: dict[str, Any]) -> None:
    assert "run-id=3\n" == chosen(tmp_path, RunsApi(workflow_run(3), workflow_run(5, **change)))


def test_a_reply_with_other_runs_than_were_asked_for_is_not_believed(tmp_path: Path) -> None:
    others = workflow_run(5, event="pull_request"), workflow_run(6, head_branch="feature")

    assert "run-id=3\n" == chosen(tmp_path, RunsApi(workflow_run(3), *others, filters=False))


def test_a_run_of_a_tag_with_the_branchs_name_does_not_count(tmp_path: Path) -> None:
    assert "run-id=3\n" == chosen(tmp_path, RunsApi(workflow_run(3), workflow_run(5), unmerged=(5,)))


def test_a_run_without_a_report_is_passed_over(tmp_path: Path) -> None:
    assert "run-id=3\n" == chosen(tmp_path, RunsApi(workflow_run(3), workflow_run(5), artifacts={5: []}))


def test_without_any_report_the_job_continues_and_says_so(tmp_path: Path) -> None:
    api = RunsApi(workflow_run(5, conclusion="cancelled"))

    done = find(tmp_path, api)

    assert (0, "") == (done.returncode, (tmp_path / "outputs").read_text())
    assert "::notice::There is no report of main yet, so every failure is new.\n" == done.stdout


def test_an_expired_report_is_no_baseline_and_does_not_stop_the_job_that_makes_the_next_one(tmp_path: Path) -> None:
    done = find(tmp_path, RunsApi(workflow_run(3), workflow_run(5), artifacts={5: [True]}))

    assert (0, "", "") == (done.returncode, done.stderr, (tmp_path / "outputs").read_text())
    assert done.stdout.startswith("::warning::The report of https://github.com/")
    assert done.stdout.endswith("runs/5 has expired, so every failure is new.\n")
    assert 1 == done.stdout.count("\n")
    assert "run-id=5\n" == chosen(tmp_path, RunsApi(workflow_run(5), artifacts={5: [True, False]}))


@pytest.mark.parametrize("part", [f"/actions/runs/{THIS_RUN}", "/workflows/", "/artifacts", "/compare/"])
def test_a_question_that_fails_fails_the_job(tmp_path: Path, part: str) -> None:
    done = find(tmp_path, RunsApi(workflow_run(5), broken=part))

    assert (1, "") == (done.returncode, (tmp_path / "outputs").read_text())
    assert 1 == done.stderr.count("\n")
    assert "cannot be read: HTTP Error 502" in done.stderr


@pytest.mark.parametrize("name", ["base", "baseline", "change", "koregate-report"])
@pytest.mark.parametrize("poison", ["file", "folder", "link", "broken link"])
def test_what_an_earlier_job_left_is_deleted_and_nothing_behind_a_link(tmp_path: Path, name: str, poison: str) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "report.json").write_text("kept")
    path = tmp_path / name
    if poison == "file":
        path.write_text("{}")
    elif poison == "folder":
        path.mkdir()
        (path / "report.json").write_text("{}")
    else:
        path.symlink_to("other" if poison == "link" else "nowhere")

    subprocess.run(["bash", "-e", "-c", CLEAN["run"]], cwd=tmp_path, check=True)

    assert not path.is_symlink()
    assert not path.exists()
    assert "kept" == (tmp_path / "other" / "report.json").read_text()


def test_no_step_reads_or_keeps_a_folder_that_was_not_deleted_first() -> None:
    deleted = set(CLEAN["run"].partition("#")[0].split()) - {"rm", "-rf"}
    used = {CHANGE["with"]["path"], BASE["with"]["path"], DOWNLOAD["with"]["path"], *UPLOAD["with"]["path"].split()[:1]}

    assert used == deleted


def test_the_script_imports_nothing_of_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('taken over')")

    assert "run-id=5\n" == chosen(tmp_path, RunsApi(workflow_run(5)))


def test_the_page_names_every_secret_file_and_branch_before_the_workflow() -> None:
    before = PAGE.partition("```yaml")[0]

    assert set(re.findall(r"secrets\.(\w+)", TEXT)) <= set(re.findall(r"`(\w+)`", before))
    assert "`quarantine.toml`" in before
    assert f"`{WORKFLOW[True]['push']['branches'][0]}`" in before
    assert "`queue: max`" in before
    assert {"group": "kore-bot", "queue": "max"} == WORKFLOW["concurrency"]


def test_what_can_be_left_out_is_there_and_nothing_else_needs_a_baseline() -> None:
    (told,) = re.findall(r"Without a\s+baseline: (.*?)\. Without", PAGE, re.DOTALL)
    *steps, given, permission = re.findall(r"`([^`]+)`", told)
    job = WORKFLOW["jobs"]["bot"]
    left = [step for step in (CHANGE, BASE, FIND, DOWNLOAD, GATE, UPLOAD) if step.get("name") not in steps]
    inputs = {name: value for name, value in GATE["with"].items() if name != given}

    assert [FIND["name"], DOWNLOAD["name"]] == steps
    assert given in GATE["with"]
    assert permission in [f"{name}: {value}" for name, value in job["permissions"].items()]
    assert "baseline" not in json.dumps([step for step in left if step is not GATE] + [inputs])


def test_the_pages_numbers_are_the_codes() -> None:
    assert 7 == MAX_DAYS
    assert "after seven days it tolerates nothing" in PAGE
