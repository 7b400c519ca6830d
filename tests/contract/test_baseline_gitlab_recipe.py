"""docs/ci/baseline-gitlab.md: three files for the gate, and nothing that a merge request put in their place.

The pipeline's script runs here, against a stand-in for GitLab's API.
"""

import json
import os
import re
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from support.ci_api import serving
from support.gitlab_files_api import GitLabFilesApi, pipeline, pipeline_job

from koregate.inputs import input_specs
from koregate.policy.baseline import MAX_DAYS

PAGE = (Path(__file__).parents[2] / "docs" / "ci" / "baseline-gitlab.md").read_text(encoding="utf-8")
(TEXT,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
PIPELINE: Any = yaml.safe_load(TEXT)
FILES, GATE = PIPELINE["files"], PIPELINE["conversation-tests"]


def fetch(folder: Path, api: GitLabFilesApi, **changes: str) -> "subprocess.CompletedProcess[str]":
    """Run the script of the job `files` in that folder, as the runner does."""
    with serving(api):
        environ = {
            "PATH": os.environ["PATH"],
            "CI_API_V4_URL": f"{api.address}/api/v4",
            "CI_PROJECT_ID": "42",
            "CI_DEFAULT_BRANCH": "main",
            "CI_COMMIT_SHA": "4f2a8c11",
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "release/1",
            "READ_API_TOKEN": "glpat-made-up",
            **changes,
        }
        script = "\n".join(FILES["script"])
        return subprocess.run(
            ["sh", "-e", "-c", script], cwd=folder, env=environ, capture_output=True, text=True, check=False
        )


def chosen(folder: Path, api: GitLabFilesApi) -> int | None:
    """The job whose report became the baseline."""
    done = fetch(folder, api)
    assert (0, "") == (done.returncode, done.stderr), done.stderr
    report = folder / "files" / "report.json"
    return int(json.loads(report.read_text())["job"]) if report.exists() else None


def test_the_pipeline_keeps_to_gitlabs_published_schema() -> None:
    path = files("check_jsonschema") / "builtin_schemas" / "vendor" / "gitlab-ci.json"
    schema = json.loads(path.read_text(encoding="utf-8"))

    errors = jsonschema.validators.validator_for(schema)(schema).iter_errors(PIPELINE)
    assert [] == [f"{error.json_path}: {error.message}" for error in errors]


def test_the_gate_gets_the_three_files_and_nothing_else() -> None:
    given = {name: value for name, value in GATE["variables"].items() if name.startswith("KOREGATE_")}

    assert set(given) <= {spec.variable for spec in input_specs()}
    assert ["files"] == GATE["dependencies"]
    assert ["files/"] == FILES["artifacts"]["paths"]
    assert "reports" not in FILES["artifacts"]
    assert ["empty", "empty"] == [job["variables"]["GIT_STRATEGY"] for job in (FILES, GATE)]
    assert ("files/quarantine.toml", "files/base-quarantine.toml", "files/report.json") == (
        given["KOREGATE_QUARANTINE"],
        given["KOREGATE_QUARANTINE_BASE"],
        given["KOREGATE_BASELINE"],
    )
    assert FILES["rules"] == GATE["rules"]


def test_each_quarantine_file_is_that_of_its_commit_or_branch(tmp_path: Path) -> None:
    fetch(tmp_path, GitLabFilesApi())
    read = [(tmp_path / "files" / name).read_text() for name in ("quarantine.toml", "base-quarantine.toml")]
    (tmp_path / "push").mkdir()
    fetch(tmp_path / "push", GitLabFilesApi(), CI_MERGE_REQUEST_TARGET_BRANCH_NAME="")

    assert ["# 4f2a8c11\n", "# release/1\n"] == read
    assert "# main\n" == (tmp_path / "push" / "files" / "base-quarantine.toml").read_text()


def test_the_newest_report_of_the_default_branch_is_taken(tmp_path: Path) -> None:
    assert 5 == chosen(tmp_path, GitLabFilesApi(pipeline(3), pipeline(5, source="schedule"), pipeline(4)))


@pytest.mark.parametrize(
    "change", [{"source": "merge_request_event"}, {"source": "web"}, {"source": "api"}, {"ref": "feature"}]
)
def test_no_other_pipeline_counts(tmp_path: Path, change: dict[str, Any]) -> None:
    assert 3 == chosen(tmp_path, GitLabFilesApi(pipeline(3), pipeline(5, **change)))


@pytest.mark.parametrize(
    "change",
    [{"tag": True}, {"name": "build"}, {"status": "canceled"}, {"status": "running"}, {"artifacts_file": None}],
)
def test_no_other_job_counts(tmp_path: Path, change: dict[str, Any]) -> None:
    api = GitLabFilesApi(pipeline(3), pipeline(5), jobs={5: [pipeline_job(9, **change)]})

    assert 3 == chosen(tmp_path, api)


def test_without_any_report_the_job_says_so_and_leaves_none(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "report.json").write_text('{"job": 1}')

    assert chosen(tmp_path, GitLabFilesApi()) is None
    assert "There is no report of main yet, so every failure is new.\n" == fetch(tmp_path, GitLabFilesApi()).stdout


def test_a_report_that_is_missing_is_no_baseline_and_does_not_stop_the_job_that_makes_the_next_one(
    tmp_path: Path,
) -> None:
    done = fetch(tmp_path, GitLabFilesApi(pipeline(3), pipeline(5), missing="/jobs/5/artifacts/"))

    assert (0, "") == (done.returncode, done.stderr)
    assert "The report of https://gitlab.com/group/bot/-/jobs/5 is missing, so every failure is new.\n" == done.stdout
    assert not (tmp_path / "files" / "report.json").exists()


@pytest.mark.parametrize("ref", ["4f2a8c11", "release/1"])
def test_a_quarantine_file_that_is_missing_fails_the_job_which_says_where(tmp_path: Path, ref: str) -> None:
    done = fetch(tmp_path, GitLabFilesApi(pipeline(5), missing=f"quarantine.toml?ref={ref}"))

    assert 1 == done.returncode
    assert done.stderr.startswith(f"quarantine.toml is missing on {ref}. Add it there first. ")
    assert 1 == done.stderr.count("\n")


@pytest.mark.parametrize("part", ["/repository/files/", "/pipelines", "/jobs", "/artifacts/"])
def test_a_question_that_fails_fails_the_job(tmp_path: Path, part: str) -> None:
    done = fetch(tmp_path, GitLabFilesApi(pipeline(5), broken=part))

    assert 1 == done.returncode
    assert 1 == done.stderr.count("\n")
    assert "cannot be read: HTTP Error 502" in done.stderr


@pytest.mark.parametrize("part", ["/pipelines?", "/pipelines/5/jobs"])
def test_a_list_that_is_missing_fails_the_job(tmp_path: Path, part: str) -> None:
    done = fetch(tmp_path, GitLabFilesApi(pipeline(5), missing=part))

    assert 1 == done.returncode
    assert "cannot be read: HTTP Error 404" in done.stderr


def test_without_the_token_the_job_fails_and_asks_for_nothing(tmp_path: Path) -> None:
    api = GitLabFilesApi(pipeline(5))
    done = fetch(tmp_path, api, READ_API_TOKEN="")

    assert (1, "READ_API_TOKEN is missing, as in pipelines of forks.\n") == (done.returncode, done.stderr)
    assert [] == api.received


def test_the_script_imports_nothing_of_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('taken over')")

    assert 5 == chosen(tmp_path, GitLabFilesApi(pipeline(5)))


def test_the_page_names_the_token_and_the_file_before_the_pipeline() -> None:
    before = PAGE.partition("```yaml")[0]

    assert "`READ_API_TOKEN`" in before
    assert "`quarantine.toml`" in before
    assert 7 == MAX_DAYS
    assert "older than seven days tolerates nothing" in PAGE
