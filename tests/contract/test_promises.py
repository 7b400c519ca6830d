"""Promises made twice: the declaration of the inputs, action.yml, --help, the README, and who may import what."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

from koregate import __version__
from koregate.errors import Problem
from koregate.inputs.model import Declared, Inputs, declared
from koregate.judging.results import Report
from koregate.options import COMMANDS, parser
from koregate.reports.job_outputs import job_outputs

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
README = (ROOT / "README.md").read_text()
OUTPUTS = job_outputs(Report.refused([Problem("host", "is required")]), "koregate-report")


def table(heading: str) -> list[list[str]]:
    """The rows of the README's first table after a heading."""
    after = README.split(f"\n## {heading}\n", 1)[1]
    rows = re.findall(r"^\| *(`.*?) *\|$", after.split("\n## ", 1)[0], re.MULTILINE)
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)] for row in rows]


def test_action_yml_declares_the_inputs_of_the_model() -> None:
    model = {
        item.name: {
            "description": item.description,
            "required": item.required,
            **({"default": item.default} if item.default else {}),
        }
        for item in declared()
    }

    assert model == ACTION["inputs"]
    assert list(model) == list(ACTION["inputs"])


def test_action_yml_declares_every_output_and_runs_the_dockerfile() -> None:
    assert list(OUTPUTS) == list(ACTION["outputs"])
    assert all(one["description"] for one in ACTION["outputs"].values())
    assert {"using": "docker", "image": "Dockerfile"} == ACTION["runs"]


def default(item: Declared) -> str:
    if item.default:
        return ", ".join(f"`{line}`" for line in item.default.splitlines())
    return "required" if item.required else ""


def test_the_readmes_tables_are_the_declaration() -> None:
    expected = [[f"`{item.name}`", default(item), item.description] for item in declared()]

    assert expected == table("Inputs")
    assert [[f"`{name}`", one["description"]] for name, one in ACTION["outputs"].items()] == table("Outputs")


def test_every_input_is_an_option_with_its_variable_and_default() -> None:
    help_text = re.sub(r"\s+", " ", subparser("run"))

    for item in declared():
        assert f"--{item.name} VALUE" in help_text
        assert f"[{item.variable}]" in help_text
        assert item.default is None or f"Default: {' '.join(item.default.splitlines())}." in help_text


def subparser(command: str) -> str:
    actions = [action for action in parser()._actions if action.choices]
    choices = actions[0].choices
    assert isinstance(choices, dict)
    return str(choices[command].format_help())


def test_every_command_is_in_the_readme() -> None:
    for command in COMMANDS:
        assert f"koregate {command}" in README or command == "run"


def test_the_changelog_knows_the_version() -> None:
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text()


def test_a_secret_input_is_marked_as_one() -> None:
    assert ["client-secret", "jwt"] == [item.name for item in declared() if item.secret]
    assert {"client_secret", "jwt"} == {
        name for name, field in Inputs.model_fields.items() if "SecretStr" in str(field.annotation)
    }


def test_no_json_in_the_tree_is_broken() -> None:
    for path in [*ROOT.glob("tests/data/*.json"), *ROOT.glob("src/**/*.json")]:
        json.loads(path.read_bytes())


def test_every_promise_names_a_test_that_exists() -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", (ROOT / "docs" / "reliability.md").read_text())

    assert named
    for path, name in named:
        assert f"\ndef {name}(" in (ROOT / "tests" / path).read_text(), name
