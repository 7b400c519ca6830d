"""Stands in for the Kore.ai platform over real HTTP on the loopback address: for demos, dry runs and the tests."""

from koregate.simulator.api import Simulator
from koregate.simulator.scenario import Scenario
from koregate.simulator.scenario_files import InvalidScenario, load_scenario

__all__ = ["InvalidScenario", "Scenario", "Simulator", "load_scenario"]
