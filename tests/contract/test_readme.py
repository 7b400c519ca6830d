"""The README's snippets are real: inputs, variables and targets in them exist."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from koregate.inputs.model import declared

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for kind, text in BLOCKS if kind == language]


def test_the_workflow_uses_inputs_that_exist() -> None:
    workflow = yaml.safe_load(blocks("yaml")[0])
    (gate,) = [step for step in workflow["jobs"]["bot"]["steps"] if step["uses"].startswith("koregate/")]
    known = {item.name: item.required for item in declared()}

    assert set(gate["with"]) <= set(known)
    assert {name for name, required in known.items() if required} <= set(gate["with"])


@pytest.mark.parametrize("text", blocks("sh"))
def test_every_shell_block_is_valid_shell_and_names_what_exists(text: str) -> None:
    subprocess.run(["sh", "-n"], input=text, text=True, check=True)
    variables = {item.variable for item in declared()}

    assert set(re.findall(r"\bKOREGATE_\w+", text)) <= variables
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"^make (\w+)", text, re.MULTILINE)) <= targets


def test_links_to_files_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target
