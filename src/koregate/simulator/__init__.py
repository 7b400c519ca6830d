"""Stands in for the Kore.ai platform over real HTTP on loopback: for `simulate`, `demo`, dry runs and our own tests."""

from koregate.simulator.api import Asked, Simulator
from koregate.simulator.scenario import Scenario, ScenarioProblem, load, names, parse

__all__ = ["Asked", "Scenario", "ScenarioProblem", "Simulator", "load", "names", "parse"]
