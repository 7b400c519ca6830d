"""docs/batch.md: a workflow that the action takes, and a recipe for suites of both kinds that runs."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from support.job import STEP, scenario

from koregate.commands.simulate import inputs_for
from koregate.inputs import input_specs
from koregate.simulator import Simulator, shipped_scenarios

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "batch.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
RIGHT, WRONG = {"say": "pizza", "intent": "Order"}, {"say": "hi", "intent": "Greet", "matched": "Order"}


def test_the_workflow_gives_inputs_that_the_action_has() -> None:
    (text,) = [text for language, text in BLOCKS if language == "yaml"]
    (step,) = yaml.safe_load(text)["jobs"]["bot"]["steps"]

    assert "batch" == step["with"]["suite-kind"]
    assert set(step["with"]) <= {spec.name for spec in input_specs()}


def test_the_scenario_of_the_page_is_a_shipped_one() -> None:
    assert set(re.findall(r"(?:--scenario |SCENARIO=)([\w-]+)", PAGE)) <= set(shipped_scenarios())


def run_recipe(folder: Path, utterance: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """Run the recipe for suites of both kinds against the simulator."""
    (recipe,) = [text for language, text in BLOCKS if language == "sh" and "merge" in text]
    played = scenario(
        **{"Order a pizza": {"seconds": 0, "steps": [STEP]}},
        batch_suites={"Pizza intents": {"seconds": 0, "utterances": [utterance]}},
    )
    program = folder / "bin" / "koregate"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m koregate "$@"\n')
    program.chmod(0o755)
    with Simulator(played) as simulator:
        given = {f"KOREGATE_{name.replace('-', '_').upper()}": value for name, value in inputs_for(simulator).items()}
        environ = {**os.environ, **given, "PATH": f"{program.parent}:{os.environ['PATH']}"}
        environ["PYTHONPATH"] = str(ROOT / "src")
        return subprocess.run(
            ["sh", "-eu", "-c", recipe], cwd=folder, env=environ, capture_output=True, text=True, check=False
        )


def test_the_recipe_for_suites_of_both_kinds_gives_one_verdict(tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    (tmp_path / "bad").mkdir()

    good, bad = run_recipe(tmp_path / "good", RIGHT), run_recipe(tmp_path / "bad", WRONG)

    assert (0, 1) == (good.returncode, bad.returncode), good.stdout + good.stderr + bad.stdout + bad.stderr
    merged = json.loads((tmp_path / "good" / "reports" / "all" / "report.json").read_text())
    assert [("Order a pizza", "conversation"), ("Pizza intents", "batch")] == [
        (suite["name"], suite["kind"]) for suite in merged["suites"]
    ]
