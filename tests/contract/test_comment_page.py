"""docs/comment.md: samples that keep to their system's schema, and give what exists and what the page promises."""

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

PAGE = (Path(__file__).parents[2] / "docs" / "comment.md").read_text(encoding="utf-8")
GITHUB = yaml.safe_load(re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)[0])
(GITLAB,) = (yaml.safe_load(block.text) for block in gitlab_pipelines() if block.page == "docs/comment.md")


@pytest.mark.parametrize(("sample", "schema"), [(GITHUB, "github-workflows"), (GITLAB, "gitlab-ci")])
def test_a_sample_keeps_to_the_systems_published_schema(sample: Any, schema: str) -> None:
    path = files("check_jsonschema") / "builtin_schemas" / "vendor" / f"{schema}.json"
    loaded = json.loads(path.read_text(encoding="utf-8"))
    # YAML 1.1 reads the key `on` as true.
    named = {"on" if key is True else key: value for key, value in sample.items()}

    errors = jsonschema.validators.validator_for(loaded)(loaded).iter_errors(named)
    assert [] == [f"{error.json_path}: {error.message}" for error in errors]


def test_githubs_sample_gives_the_inputs_and_the_one_permission() -> None:
    job = GITHUB["jobs"]["bot"]
    step, upload = job["steps"]
    specs = {spec.name: spec for spec in input_specs()}

    assert set(step["with"]) <= set(specs)
    assert {name for name, spec in specs.items() if spec.required} <= set(step["with"])
    assert {"pull-requests": "write"} == job["permissions"]
    assert (True, "${{ github.token }}") == (step["with"]["comment"], step["with"]["github-token"])
    # The comment names the full report "among the artifacts of run #7".
    assert ("always()", "koregate-report\n!koregate-report/raw\n") == (upload["if"], upload["with"]["path"])


def test_gitlabs_sample_gives_inputs_and_takes_nothing_from_earlier_jobs() -> None:
    job = GITLAB["conversation-tests"]
    variables = {spec.variable for spec in input_specs()}

    assert {name for name in job["variables"] if name.startswith("KOREGATE_")} <= variables
    assert "true" == job["variables"]["KOREGATE_COMMENT"]
    assert [] == job["dependencies"]
    assert "koregate run" in job["script"]
    assert set(re.findall(r"KOREGATE_\w+", PAGE)) <= variables
