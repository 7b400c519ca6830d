"""The README: its workflow, ways to install and messages are real, and it fits its promise of one page."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

from koregate.inputs import input_specs
from koregate.policy.quarantine import MAX_DAYS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
WORKFLOW = yaml.safe_load(re.findall(r"^```yaml\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)[0])
SPECS = {spec.name: spec for spec in input_specs()}


def section(heading: str) -> str:
    return README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def gate() -> dict[str, Any]:
    step: dict[str, Any]
    (step,) = [step for step in WORKFLOW["jobs"]["bot"]["steps"] if step.get("uses") == "koregate/koregate@v0"]
    return step


def test_it_is_one_page() -> None:
    assert len(README.splitlines()) <= 300


def test_the_workflow_gives_the_inputs_that_a_run_needs() -> None:
    assert set(gate()["with"]) <= set(SPECS)
    assert {name for name, spec in SPECS.items() if spec.required} <= set(gate()["with"])


def test_the_gate_has_a_job_of_its_own_that_cannot_be_skipped() -> None:
    (job,) = WORKFLOW["jobs"].values()

    assert {"runs-on", "steps"} == set(job)
    assert [gate()["uses"], "actions/upload-artifact@v4", None] == [step.get("uses") for step in job["steps"]]
    assert all("always()" in step["if"] for step in job["steps"][1:])
    assert "pull_request" == WORKFLOW[True]  # YAML 1.1 reads the key `on` as true


def test_runs_of_the_one_bot_wait_for_each_other() -> None:
    assert {"group": "kore-bot", "cancel-in-progress": False} == WORKFLOW["concurrency"]


def test_conditions_name_outputs_that_exist_and_compare_them() -> None:
    outputs = yaml.safe_load((ROOT / "action.yml").read_text())["outputs"]
    conditions = re.findall(r"steps\.gate\.outputs\.([\w-]+) (\S+)", README)

    assert 2 == len(conditions)
    assert all(name in outputs and operator in ("==", "!=") for name, operator in conditions)


def test_every_way_to_install_it_exists() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    actions = re.findall(r"uses: koregate/koregate(/\w+|)@v0", section("Install"))

    assert ["", "/composite"] == actions
    assert all((ROOT / name.removeprefix("/") / "action.yml").is_file() for name in actions)
    assert ["koregate"] == list(project["scripts"])
    assert {"pip install koregate", "pipx run koregate", "uvx koregate"} <= set(
        re.findall(r"`([^`]+)`", section("Install"))
    )


def test_the_messages_that_it_explains_are_those_of_the_code() -> None:
    source = "\n".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    scenarios = "\n".join(path.read_text() for path in (ROOT / "src").rglob("*.json"))
    # A message may be broken into adjacent literals.
    source = re.sub(r'"\s*\n\s*f?"', "", source)
    messages = re.findall(r"^\| `([^`]+)`", section("If something goes wrong"), re.MULTILINE)

    assert 5 <= len(messages)
    assert [] == [message for message in messages if message not in source and message not in scenarios]


def test_its_policy_uses_inputs_and_values_that_exist() -> None:
    named = dict(re.findall(r"`([a-z][\w-]+): ([^`]+)`", section("Failures that need not block")))

    assert set(named) <= set(SPECS)
    assert f"at most {MAX_DAYS} days" in section("Failures that need not block")


def test_the_sample_of_the_reusable_workflow_gives_what_it_declares() -> None:
    page = (ROOT / "docs" / "many-suites.md").read_text()
    (sample,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    (call,) = yaml.safe_load(sample)["jobs"].values()
    declared = yaml.safe_load((ROOT / ".github" / "workflows" / "conversation-tests.yml").read_text())[True]

    for kind, given in (("inputs", call["with"]), ("secrets", call["secrets"])):
        items = declared["workflow_call"][kind]
        assert {name for name, item in items.items() if item.get("required")} <= set(given) <= set(items)
    assert all(isinstance(suites, str) for suites in json.loads(call["with"]["shards"]))
    assert {"uses", "permissions", "with", "secrets"} == set(call)
