"""The README's snippets are real: inputs, variables and targets in them exist."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from koregate.inputs import input_specs
from koregate.reports.report_json_schema import schema

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for kind, text in BLOCKS if kind == language]


def test_the_workflow_uses_inputs_that_exist() -> None:
    workflow = yaml.safe_load(blocks("yaml")[0])
    (gate,) = [step for step in workflow["jobs"]["bot"]["steps"] if step["uses"].startswith("koregate/")]
    known = {spec.name: spec.required for spec in input_specs()}

    assert set(gate["with"]) <= set(known)
    assert {name for name, required in known.items() if required} <= set(gate["with"])


def test_the_gate_has_a_job_of_its_own_that_cannot_be_skipped() -> None:
    workflow = yaml.safe_load(blocks("yaml")[0])
    (job,) = workflow["jobs"].values()

    assert ["koregate/koregate@v0", "actions/upload-artifact@v4"] == [step["uses"] for step in job["steps"]]
    assert {"runs-on", "steps"} == set(job)
    assert {"pull_request"} == {workflow[True]}  # YAML 1.1 reads the key `on` as true
    assert "github.ref" in workflow["concurrency"]["group"]


def test_the_sample_of_the_reusable_workflow_gives_what_it_declares() -> None:
    (call,) = yaml.safe_load(blocks("yaml")[1])["jobs"].values()
    declared = yaml.safe_load((ROOT / ".github" / "workflows" / "conversation-tests.yml").read_text())[True]
    for kind, given in (("inputs", call["with"]), ("secrets", call["secrets"])):
        items = declared["workflow_call"][kind]
        assert {name for name, item in items.items() if item.get("required")} <= set(given) <= set(items)
    assert all(isinstance(suites, str) for suites in json.loads(call["with"]["shards"]))
    assert {"uses", "permissions", "with", "secrets"} == set(call)


@pytest.mark.parametrize("text", blocks("sh"))
def test_every_shell_block_is_valid_shell_and_names_what_exists(text: str) -> None:
    subprocess.run(["sh", "-n"], input=text, text=True, check=True)
    variables = {spec.variable for spec in input_specs()}

    assert set(re.findall(r"\bKOREGATE_\w+", text)) <= variables
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"^make (\w+)", text, re.MULTILINE)) <= targets


def test_scripts_on_the_json_report_use_fields_that_it_has() -> None:
    parts = schema()["$defs"].values()
    fields = {name for part in [schema(), *parts] for name in part["properties"]}
    scripts = re.findall(r"^jq .*?'(.*?)' koregate-report/report\.json$", README, re.MULTILINE)

    assert 3 == len(scripts)
    assert all(set(re.findall(r"\.(\w+)", script)) <= fields for script in scripts)


def test_conditions_name_outputs_that_exist_and_compare_them() -> None:
    outputs = yaml.safe_load((ROOT / "action.yml").read_text())["outputs"]
    conditions = re.findall(r"steps\.gate\.outputs\.([\w-]+) (\S+)", README)

    assert conditions
    assert all(name in outputs and operator in ("==", "!=") for name, operator in conditions)


def test_links_to_files_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_every_way_to_install_it_exists() -> None:
    section = README.partition("\n## Install\n")[2].partition("\n## ")[0]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    actions = re.findall(r"uses: koregate/koregate(/\w+|)@v0", section)

    assert ["", "/composite"] == actions
    assert all((ROOT / name.removeprefix("/") / "action.yml").is_file() for name in actions)
    assert ["koregate"] == list(project["scripts"])
    assert {"pip install koregate", "pipx run koregate", "uvx koregate"} <= set(re.findall(r"`([^`]+)`", section))
