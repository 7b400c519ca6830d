"""Stands in for the Kore.ai platform over real HTTP on loopback: for `simulate`, `demo`, dry runs and our own tests."""

from koregate.simulator.scenarios import Scenario, ScenarioProblem, load, names
from koregate.simulator.server import Simulator

__all__ = ["Scenario", "ScenarioProblem", "Simulator", "load", "names"]
