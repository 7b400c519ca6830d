"""docs/history.md: samples that keep to their system's schema, keep the file after a failure, and numbers that hold."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from recipes.pages import gitlab_pipelines

from koregate.inputs import input_specs
from koregate.judging import history, past_runs

PAGE = (Path(__file__).parents[2] / "docs" / "history.md").read_text(encoding="utf-8")
GITHUB = yaml.safe_load(re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)[0])
GITLAB, GITLAB_WITH_BASELINE = (
    yaml.safe_load(block.text) for block in gitlab_pipelines() if block.page == "docs/history.md"
)
FILE = "koregate-history.jsonl"


@pytest.mark.parametrize(
    ("sample", "schema"), [(GITHUB, "github-workflows"), (GITLAB, "gitlab-ci"), (GITLAB_WITH_BASELINE, "gitlab-ci")]
)
def test_a_sample_keeps_to_the_systems_published_schema(sample: Any, schema: str) -> None:
    path = files("check_jsonschema") / "builtin_schemas" / "vendor" / f"{schema}.json"
    loaded = json.loads(path.read_text(encoding="utf-8"))
    # YAML 1.1 reads the key `on` as true.
    named = {"on" if key is True else key: value for key, value in sample.items()}

    errors = jsonschema.validators.validator_for(loaded)(loaded).iter_errors(named)
    assert [] == [f"{error.json_path}: {error.message}" for error in errors]


def test_githubs_sample_restores_the_newest_history_and_saves_it_after_a_failure() -> None:
    restore = GITHUB["jobs"]["history"]["steps"][0]
    _, gate, save, _ = GITHUB["jobs"]["bot"]["steps"]
    specs = {spec.name: spec for spec in input_specs()}

    assert re.fullmatch(r"actions/cache/restore@[0-9a-f]{40}", restore["uses"])
    assert save["uses"] == restore["uses"].replace("restore", "save")
    assert "always()" == save["if"]
    assert restore["with"]["key"] == save["with"]["key"]
    assert restore["with"]["key"].startswith(restore["with"]["restore-keys"])
    # A cache is found again only where its path is the same.
    assert restore["with"]["path"] == save["with"]["path"] == "history"
    assert f"history/{FILE}" == gate["with"]["history"]
    assert set(gate["with"]) <= set(specs)
    assert {name for name, spec in specs.items() if spec.required} <= set(gate["with"])


def test_githubs_sample_hands_the_gate_one_file_and_no_cache() -> None:
    hand = GITHUB["jobs"]["history"]["steps"][1]["with"]
    take = GITHUB["jobs"]["bot"]["steps"][0]

    assert [] == [step for step in GITHUB["jobs"]["bot"]["steps"] if "cache/restore" in step["uses"]]
    assert "secrets." not in str(GITHUB["jobs"]["history"])
    assert (hand["name"], "history") == (take["with"]["name"], take["with"]["path"])
    assert f"history/{FILE}" == hand["path"]
    assert take["continue-on-error"]
    assert "always()" == GITHUB["jobs"]["bot"]["if"]


def test_gitlabs_sample_keeps_the_file_after_a_failure() -> None:
    job = GITLAB["conversation-tests"]
    path = f"history/{FILE}"

    assert [path] == job["cache"]["paths"]
    assert ("always", path) == (job["cache"]["when"], job["variables"]["KOREGATE_HISTORY"])
    assert {name for name in job["variables"] if name.startswith("KOREGATE_")} <= {
        spec.variable for spec in input_specs()
    }


def test_with_a_baseline_gitlabs_gate_restores_no_cache_and_gets_one_file_of_it() -> None:
    files_job, gate = GITLAB_WITH_BASELINE["files"], GITLAB_WITH_BASELINE["conversation-tests"]
    path = f"history/{FILE}"

    assert ("pull", "push", "always") == (files_job["cache"]["policy"], gate["cache"]["policy"], gate["cache"]["when"])
    assert [path] == files_job["cache"]["paths"] == gate["cache"]["paths"]
    assert files_job["cache"]["key"] == gate["cache"]["key"] == GITLAB["conversation-tests"]["cache"]["key"]
    assert ["files/", path] == files_job["artifacts"]["paths"]
    assert (["files"], path) == (gate["dependencies"], gate["variables"]["KOREGATE_HISTORY"])


def test_the_pages_numbers_are_the_codes() -> None:
    assert f"last {past_runs.SHOWN_RUNS} runs" in PAGE.replace("\n", " ")
    assert f"at most {past_runs.MAX_RUNS} jobs and {past_runs.MAX_BYTES // 1024**2} MiB" in PAGE.replace("\n", " ")
    assert f"beyond {history.MAX_RUN_BYTES // 1024} KiB are left out" in PAGE.replace("\n", " ")
