"""Stands in for the Kore.ai platform over real HTTP on the loopback address: for demos, dry runs and the tests."""

from koregate.simulator.api import HandledRequest, Simulator
from koregate.simulator.request_log import request_line
from koregate.simulator.scenario import Scenario
from koregate.simulator.scenario_files import InvalidScenario, load_scenario, shipped_scenarios

__all__ = [
    "HandledRequest",
    "InvalidScenario",
    "Scenario",
    "Simulator",
    "load_scenario",
    "request_line",
    "shipped_scenarios",
]
