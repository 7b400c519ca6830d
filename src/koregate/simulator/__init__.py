"""Stands in for the Kore.ai platform over real HTTP on loopback: for `simulate`, `demo`, dry runs and our own tests."""

from koregate.simulator.scenarios import Scenario, ScenarioProblem, load, names, parse
from koregate.simulator.server import Asked, Simulator

__all__ = ["Asked", "Scenario", "ScenarioProblem", "Simulator", "load", "names", "parse"]
