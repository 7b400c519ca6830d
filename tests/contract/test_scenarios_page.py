"""docs/scenarios.md: every key, fault and shipped scenario, with an example that does what the page says."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from support.clock import FakeClock
from support.job import job

from koregate.simulator import InvalidScenario, load_scenario, shipped_scenarios
from koregate.simulator.batch_scenario import Imports, ScriptedBatchRun, ScriptedBatchSuite, ScriptedUtterance
from koregate.simulator.faults import FAULTS
from koregate.simulator.scenario import (
    Fault,
    FaultName,
    Flow,
    Scenario,
    ScriptedConversation,
    ScriptedStep,
    ScriptedSuite,
    Training,
)
from koregate.simulator.scenario_files import parse_scenario

PAGE = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text()
(EXAMPLE,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


def table(heading: str) -> list[list[str]]:
    """The rows of the first table after a heading."""
    section = re.split(r"\n##+ ", PAGE.split(f"# {heading}\n", 1)[1])[0]
    return [row.split(" | ") for row in re.findall(r"^\| (`.*) \|$", section, re.MULTILINE)]


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("The scenario", Scenario),
        ("The training", Training),
        ("A test suite", ScriptedSuite),
        ("A test run", ScriptedConversation),
        ("A step", ScriptedStep),
        ("A batch suite", ScriptedBatchSuite),
        ("A batch test run", ScriptedBatchRun),
        ("An utterance", ScriptedUtterance),
        ("The imports", Imports),
        ("A fault", Fault),
    ],
)
def test_the_page_has_every_key_with_its_default(heading: str, model: type[BaseModel]) -> None:
    required = {"say": "hi", "intent": "Greet", "fault": "reset"}
    fields = model.model_fields
    required = {key: value for key, value in required.items() if key in fields and fields[key].is_required()}
    # A scenario has suites of one kind at least.
    least: dict[str, Any] = {"suites": {}} if model is Scenario else required
    rows = table(heading)

    assert [f"`{key}`" for key in model.model_fields] == [key for key, *_ in rows]
    assert required.keys() == {key.strip("`") for key, default, _ in rows if default == "required"}
    for key, default, _ in rows:
        if default.startswith("`"):
            explicit = {**least, key.strip("`"): json.loads(default.strip("`"))}
            assert model.model_validate(least) == model.model_validate(explicit), key


def test_the_page_has_every_key_of_a_flow() -> None:
    (meaning,) = [meaning for key, _, meaning in table("A step") if key == "`flow`"]

    assert set(Flow.model_fields) <= set(re.findall(r"`(\w+)`", meaning))


def test_the_page_describes_every_fault() -> None:
    names = [name.strip("`") for name, _ in table("The faults")]

    assert list(get_args(FaultName)) == names
    assert list(FAULTS) == names


def test_the_page_lists_every_shipped_scenario() -> None:
    assert [[f"`{name}`", load_scenario(name).description] for name in shipped_scenarios()] == table(
        "Shipped scenarios"
    )


def test_the_example_ends_as_the_page_says(tmp_path: Path, clock: FakeClock) -> None:
    done, simulator = job(tmp_path, clock, parse_scenario(EXAMPLE))
    failed = [row.name.split(":")[0] for row in done.rows if row.outcome == "failure"]

    assert "ends with exit code 1," in PAGE
    assert (1, ["3.1 text", "3.1 context"]) == (done.code, failed)
    assert ["Refunds", "Opening hours"] == simulator.suites
    assert 3 == done.log.count("503")


def test_the_samples_of_messages_are_real() -> None:
    with pytest.raises(InvalidScenario) as error:
        parse_scenario(EXAMPLE.replace('"answer":', '"anwser":'))

    assert f"`refunds.json: {error.value}`" in PAGE
