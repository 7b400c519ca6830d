"""docs/batch.md and docs/suite-files.md: workflows and scripts that run, samples and messages that are real."""

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
from support.job import STEP, scenario

from koregate.commands import suite_files
from koregate.commands.simulate import inputs_for
from koregate.inputs import input_specs
from koregate.kore_api.suite_file import UnusableSuiteFile, read_suite_file
from koregate.kore_api.suite_file_findings import MAX_INPUT
from koregate.simulator import Scenario, Simulator, shipped_scenarios

ROOT = Path(__file__).parents[2]
PAGE = "".join((ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("batch", "suite-files"))
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def blocks(language: str) -> list[str]:
    """The blocks of both pages in that language."""
    return [text for found, text in BLOCKS if found == language]


RIGHT, WRONG = {"say": "pizza", "intent": "Order"}, {"say": "hi", "intent": "Greet", "matched": "Order"}


WORKFLOWS = {loaded["name"]: loaded for loaded in (yaml.safe_load(text) for text in blocks("yaml"))}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_keeps_to_githubs_published_schema(name: str) -> None:
    path = files("check_jsonschema") / "builtin_schemas" / "vendor" / "github-workflows.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    # YAML 1.1 reads the key `on` as true.
    workflow = {"on" if key is True else key: value for key, value in WORKFLOWS[name].items()}

    errors = jsonschema.validators.validator_for(schema)(schema).iter_errors(workflow)
    assert [] == [f"{error.json_path}: {error.message}" for error in errors]


def test_the_workflows_give_inputs_that_the_action_has() -> None:
    steps = [
        step for name in ("Utterance tests", "Suites from files") for step in WORKFLOWS[name]["jobs"]["bot"]["steps"]
    ]
    gates = [step for step in steps if step["uses"].startswith("koregate/")]

    assert 2 == len(gates)
    for step in gates:
        assert "batch" == step["with"]["suite-kind"]
        assert set(step["with"]) <= {spec.name for spec in input_specs()}


def test_the_workflow_with_files_checks_them_out_without_a_token_and_runs_nothing_else() -> None:
    checkout, gate, upload = WORKFLOWS["Suites from files"]["jobs"]["bot"]["steps"]

    assert ("actions/checkout", False) == (checkout["uses"].partition("@")[0], checkout["with"]["persist-credentials"])
    assert "pr-{0}-" in gate["with"]["suite-prefix"]
    assert "head_ref" not in PAGE
    assert upload["with"]["path"].split() == ["koregate-report", "!koregate-report/raw"]


def test_the_scenario_of_the_page_is_a_shipped_one() -> None:
    assert set(re.findall(r"(?:--scenario |SCENARIO=)([\w-]+)", PAGE)) <= set(shipped_scenarios())


UNKNOWN = {"imports": {"matched": {"Also on Sundays?": ""}}}


def shell(script: str, folder: Path, given: dict[str, str], *, prepared: str = "") -> subprocess.CompletedProcess[str]:
    """Run a script of the page with these inputs as variables, after another one."""
    program = folder / "bin" / "koregate"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m koregate "$@"\n')
    program.chmod(0o755)
    variables = {f"KOREGATE_{name.replace('-', '_').upper()}": value for name, value in given.items()}
    environ = {**os.environ, **variables, "PATH": f"{program.parent}:{os.environ['PATH']}"}
    environ |= {"PYTHONPATH": str(ROOT / "src"), "CI": "true"}
    return subprocess.run(
        ["sh", "-eu", "-c", f"{prepared}\n{script}"],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_from_an_empty_folder_to_a_red_pull_request(tmp_path: Path) -> None:
    first, second = (text for text in blocks("sh") if "suites/Pizza intents.csv" in text)
    (told,) = blocks("text")
    exports = "".join(line for line in first.splitlines(keepends=True) if line.startswith("export "))
    with Simulator(Scenario.model_validate(UNKNOWN)) as simulator:
        given = {name: value for name, value in inputs_for(simulator).items() if name != "suite-kind"}
        green = shell(first, tmp_path, given)
        red = shell(second, tmp_path, given, prepared=exports)

    assert (0, 1) == (green.returncode, red.returncode), green.stdout + green.stderr + red.stdout + red.stderr
    assert "Doctor: 14 of 14 checks ok" in green.stdout
    assert "[ann-Pizza intents] Imported as a new suite: 3 utterances" in green.stdout
    assert [] == [line for line in told.splitlines() if line not in red.stdout.splitlines()]


def test_the_samples_of_suite_files_are_the_same_suite() -> None:
    (as_json,) = blocks("json")
    (as_csv,) = blocks("csv")

    assert 3 == read_suite_file("a.json", "a", as_json.encode()).utterances
    assert 3 == read_suite_file("a.csv", "a", as_csv.encode()).utterances


def test_the_sample_of_a_message_and_the_numbers_are_real() -> None:
    with pytest.raises(UnusableSuiteFile) as caught:
        read_suite_file("a.csv", "a", b"input,intent\nhi,Greet\nHello, you,Greet\n")
    (problem,) = caught.value.problems
    (sample,) = re.findall(r"`suites/Pizza intents\.csv: (.*)`", PAGE)

    assert problem.startswith(sample)
    for said in ("at most 3,000 characters", "at most 1,000", f"at most {suite_files.MAX_BYTES // 1024**2} MiB"):
        assert said in PAGE
    assert 3000 == MAX_INPUT


def remove(simulator: Simulator, prefix: str) -> subprocess.CompletedProcess[str]:
    """Run the script that removes the suites of a closed pull request."""
    (step,) = WORKFLOWS["Remove suites"]["jobs"]["suites"]["steps"]
    values = {
        "KOREGATE_HOST": simulator.url,
        "KOREGATE_STREAM_ID": simulator.stream_id,
        "KOREGATE_CLIENT_ID": simulator.client_id,
        "KOREGATE_CLIENT_SECRET": simulator.client_secret,
        "SUITE_PREFIX": prefix,
    }
    assert values.keys() == step["env"].keys()
    return subprocess.run(
        [sys.executable, "-c", step["run"]], env={**os.environ, **values}, capture_output=True, text=True, check=False
    )


def test_the_suites_of_a_closed_pull_request_are_removed_and_no_others() -> None:
    ours = {"description": f"koregate sha256:{'0' * 64}"}
    others = ["main-Intents", "pr-71-Intents", *(f"Suite {number}" for number in range(60))]
    suites = dict.fromkeys([*others, "pr-7-Intents", "pr-7-a/b %41"], ours) | {"pr-7-by hand": {"description": "x"}}
    with Simulator(scenario(batch_suites=suites)) as simulator:
        done = remove(simulator, "pr-7-")
        left = [*simulator.batch_suites_now]

    assert 0 == done.returncode, done.stderr
    assert ["Removed 'pr-7-Intents'", "Removed 'pr-7-a/b %41'"] == done.stdout.splitlines()
    assert [*others, "pr-7-by hand"] == left


@pytest.mark.parametrize("prefix", ["", " "])
def test_without_a_prefix_nothing_is_removed(prefix: str) -> None:
    with Simulator(scenario(batch_suites={"One": {"description": f"koregate sha256:{'0' * 64}"}})) as simulator:
        done = remove(simulator, prefix)

    assert 0 != done.returncode
    assert [] == simulator.requests


def test_the_token_of_the_removal_follows_no_redirect() -> None:
    played = scenario(batch_suites={}, faults=[{"on": "list", "fault": "redirect"}])
    with Simulator(played) as simulator:
        done = remove(simulator, "pr-7-")

    assert 0 != done.returncode
    assert ["list"] == [request.kind for request in simulator.requests]


def run_recipe(folder: Path, utterance: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """Run the recipe for suites of both kinds against the simulator."""
    (recipe,) = [text for language, text in BLOCKS if language == "sh" and "merge" in text]
    played = scenario(
        **{"Order a pizza": {"seconds": 0, "steps": [STEP]}},
        batch_suites={"Pizza intents": {"seconds": 0, "utterances": [utterance]}},
    )
    with Simulator(played) as simulator:
        return shell(recipe, folder, inputs_for(simulator))


def test_the_recipe_for_suites_of_both_kinds_gives_one_verdict(tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    (tmp_path / "bad").mkdir()

    good, bad = run_recipe(tmp_path / "good", RIGHT), run_recipe(tmp_path / "bad", WRONG)

    assert (0, 1) == (good.returncode, bad.returncode), good.stdout + good.stderr + bad.stdout + bad.stderr
    merged = json.loads((tmp_path / "good" / "reports" / "all" / "report.json").read_text())
    assert [("Order a pizza", "conversation"), ("Pizza intents", "batch")] == [
        (suite["name"], suite["kind"]) for suite in merged["suites"]
    ]
