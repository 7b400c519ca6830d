"""docs/ci: pipeline files that parse, keep to their system's schema, and name only what exists."""

from __future__ import annotations

import json
import re
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import tree_sitter_groovy
import yaml
from support.publishing import OUTPUTS
from tree_sitter import Language, Parser

from koregate.ci import dotenv
from koregate.ci.detect import SYSTEMS
from koregate.inputs.model import declared
from koregate.options import parser

DOCS = Path(__file__).parents[2] / "docs" / "ci"
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))}
BLOCKS: dict[str, list[tuple[str, str]]] = {
    name: re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE) for name, text in PAGES.items()
}
IMAGE = "ghcr.io/koregate/koregate:0"
# The schemas that check-jsonschema carries: SchemaStore's and the vendors' own.
SCHEMAS = {
    "gitlab": "gitlab-ci",
    "azure": "azure-pipelines",
    "circleci": "circle-ci",
    "buildkite": "buildkite",
    "bitbucket": "bitbucket-pipelines",
}
# In each recipe: the words that hand junit.xml to the system's test report, also after a failure.
TEST_TABS = {
    "gitlab": ["when: always", "junit: koregate-report/junit.xml", "dotenv: koregate-report/outputs.env"],
    "azure": ["PublishTestResults@2", "condition: succeededOrFailed()", "testResultsFiles: koregate-report/junit.xml"],
    "jenkins": ["always {", "junit testResults: 'koregate-report/junit.xml'"],
    "circleci": ["store_test_results:", "path: koregate-report/junit.xml"],
    "buildkite": ["test-collector#", "files: koregate-report/junit.xml", "artifact_paths:"],
    "bitbucket": ["--report-dir test-results/", "capture-on: always"],
    "shell": [],
}


def recipe(name: str) -> str:
    """The page's one pipeline file."""
    ((_, text),) = BLOCKS[name]
    return text


def loaded(name: str) -> Any:
    return yaml.safe_load(recipe(name))


def test_every_system_has_a_page_and_every_page_a_system() -> None:
    systems = {one.adapter.name for one in SYSTEMS} - {"github"}

    assert systems | {"shell"} == set(PAGES)
    assert set(TEST_TABS) == set(PAGES)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_pipeline_file_keeps_to_the_systems_published_schema(name: str) -> None:
    path = files("check_jsonschema") / "builtin_schemas" / "vendor" / f"{SCHEMAS[name]}.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    kind = jsonschema.validators.validator_for(schema)

    assert [] == [f"{error.json_path}: {error.message}" for error in kind(schema).iter_errors(loaded(name))]


def test_the_jenkinsfile_is_groovy() -> None:
    root = Parser(Language(tree_sitter_groovy.language())).parse(recipe("jenkins").encode()).root_node

    assert not root.has_error
    assert 1 == root.named_child_count


@pytest.mark.parametrize(("code", "verdict"), [(0, "passed"), (1, "failed")])
def test_the_script_says_the_verdict_and_ends_with_the_gates_exit_code(tmp_path: Path, code: int, verdict: str) -> None:
    outputs = {**OUTPUTS, "verdict": verdict, "failed": str(code), "total": "3"}
    (tmp_path / "lines").write_text(dotenv.render(outputs))
    (tmp_path / "client-secret").write_text("hunter2")
    docker = tmp_path / "docker"
    # In place of docker: the image as the script calls it, with the secret in its environment.
    docker.write_text(
        '#!/bin/sh\ncase "$*" in *hunter2*) exit 9;; *"--env KOREGATE_CLIENT_SECRET "*" run") ;; *) exit 8;; esac\n'
        f"mkdir koregate-report && cp lines koregate-report/outputs.env\nexit {code}\n"
    )
    docker.chmod(0o755)

    done = subprocess.run(
        ["sh", "-eu", "-c", recipe("shell")],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (code, f"Conversation tests {verdict}, {code} of 3 failed.\n", "") == (
        done.returncode,
        done.stdout,
        done.stderr,
    )


@pytest.mark.parametrize("name", PAGES)
def test_a_recipe_runs_the_image_and_publishes_its_test_cases_whatever_the_verdict(name: str) -> None:
    text = recipe(name)

    assert IMAGE in text
    assert [] == [words for words in TEST_TABS[name] if words not in text]
    assert "your copy of" in PAGES[name]


@pytest.mark.parametrize("name", PAGES)
def test_every_variable_and_option_on_a_page_exists(name: str) -> None:
    known = {item.variable for item in declared()} | set(dotenv.variables(OUTPUTS))
    options = {action for one in parser()._actions if one.choices for action in _options(one.choices)}

    assert set(re.findall(r"\bKOREGATE_[A-Z_]*[A-Z]\b", PAGES[name])) <= known
    gate = (
        recipe("bitbucket").split("koregate run", 1)[1].split("output-variables", 1)[0] if name == "bitbucket" else ""
    )
    assert set(re.findall(r"(--[a-z-]+) ", gate)) <= options


def _options(choices: Any) -> list[str]:
    return [option for command in choices.values() for option in command._option_string_actions]


@pytest.mark.parametrize("name", PAGES)
def test_a_recipe_gives_every_input_that_a_run_needs(name: str) -> None:
    needed = {item.variable for item in declared() if item.required}
    needed |= {"KOREGATE_CLIENT_ID", "KOREGATE_CLIENT_SECRET", "KOREGATE_USER_EMAIL"}
    given = {f"KOREGATE_{option.upper().replace('-', '_')}" for option in re.findall(r"--([a-z-]+) ", recipe(name))}

    assert needed <= given | set(re.findall(r"KOREGATE_\w+", PAGES[name]))


@pytest.mark.parametrize("name", PAGES)
def test_no_recipe_holds_a_secret_or_passes_one_as_an_option(name: str) -> None:
    text = recipe(name)

    assert "--client-secret" not in text
    assert "--jwt" not in text
    values = re.findall(r"KOREGATE_CLIENT_SECRET['\"]?\s*[:=]\s*(\S+)", text)
    assert [value for value in values if not value.startswith("$")] == []


@pytest.mark.parametrize("name", ["azure", "shell", "buildkite"])
def test_a_container_is_given_every_variable_that_the_step_sets(name: str) -> None:
    text = recipe(name)
    passed = set(re.findall(r"(?:--env|^ +-) (KOREGATE_\w+)", text, re.MULTILINE))
    stepped = set(re.findall(r"^(?: +|export )(KOREGATE_\w+)[:=]", text, re.MULTILINE)) | {"KOREGATE_CLIENT_SECRET"}

    assert stepped <= passed


def test_the_table_of_variables_is_the_file() -> None:
    rows = re.findall(r"^\| `(KOREGATE_\w+)` \| `([a-z-]+)`", PAGES["shell"], re.MULTILINE)

    assert list(dotenv.variables(OUTPUTS)) == [variable for variable, _ in rows]
    assert [name for name in OUTPUTS if name != "failed-tests"] == [name for _, name in rows]


def test_gitlab_and_jenkins_empty_the_entrypoint() -> None:
    assert {"name": IMAGE, "entrypoint": [""]} == loaded("gitlab")["conversation-tests"]["image"]
    assert "args '--entrypoint='" in recipe("jenkins")


def test_bitbucket_finds_the_report_within_three_levels() -> None:
    (folder,) = re.findall(r"--report-dir (\S+)", recipe("bitbucket"))

    assert folder.split("/")[0] == "test-results"
    assert len(f"{folder}/junit.xml".split("/")) <= 3


def test_links_between_pages_lead_somewhere() -> None:
    for name, text in PAGES.items():
        for page, anchor in re.findall(r"\]\(([\w-]+)\.md#([\w-]+)\)", text):
            assert f"## {anchor.replace('-', ' ').capitalize()}" in PAGES[page], (name, page, anchor)
