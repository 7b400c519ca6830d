"""The two commands that need no platform: `simulate` serves the simulator, `demo` runs the gate against it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from koregate.commands.gate import Gate
from koregate.errors import EXIT_INPUTS, EXIT_PASSED
from koregate.simulator import ScenarioProblem, Simulator, load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from koregate.commands.context import World


# A wait without end could miss a signal that arrives just before it begins.
_LOOK_SECONDS = 0.25
_HIGHEST_PORT = 65535


def simulate(scenario: str, port: str, world: World) -> int:
    """Serve a scenario until a signal comes; returns the exit code."""
    try:
        if not port.isascii() or not port.isdigit() or int(port) > _HIGHEST_PORT:
            world.ci.say(f'port: "{port}" is not a port. Give a number from 0 to {_HIGHEST_PORT}.')
            return EXIT_INPUTS
        with Simulator(load(scenario), port=int(port)) as simulator:
            world.ci.say(f"Serving the scenario at {simulator.url}; Ctrl-C ends it. Inputs for a run against it:")
            for name, value in inputs_for(simulator).items():
                shown = value.replace("\n", "\\n")
                world.ci.say(f"  {name}: {shown}")
            while world.inbox.empty():
                time.sleep(_LOOK_SECONDS)
    except ScenarioProblem as problem:
        world.ci.say(f"scenario: {problem}")
        return EXIT_INPUTS
    except OSError as problem:
        world.ci.say(f"port: {port} cannot be used ({problem.strerror}). Give another one, or 0 for a free one.")
        return EXIT_INPUTS
    return EXIT_PASSED


def inputs_for(simulator: Simulator) -> dict[str, str]:
    """The inputs of a run against the simulator."""
    return {
        "host": simulator.url,
        "stream-id": simulator.stream_id,
        "test-suites": "\n".join(simulator.suites),
        "client-id": simulator.client_id,
        "client-secret": simulator.client_secret,
        "user-email": simulator.user_email,
    }


def demo(scenario: str, options: Mapping[str, str], world: World) -> int:
    """Run the gate against the simulator, as a user would against the platform; returns the run's exit code."""
    # The machine's own inputs are for the machine's own platform, and its proxy is not for the loopback address.
    bare = {name: value for name, value in world.environ.items() if not name.startswith(("INPUT_", "KOREGATE_"))}
    bare["NO_PROXY"] = bare["no_proxy"] = "127.0.0.1"
    try:
        with Simulator(load(scenario)) as simulator:
            gate = Gate({**inputs_for(simulator), **options}, world._replace(environ=bare))
            code = gate.run()
    except ScenarioProblem as problem:
        world.ci.say(f"scenario: {problem}")
        return EXIT_INPUTS
    world.ci.say()
    if scenario != "failing":
        world.ci.say("That was the simulator. To see a conversation that broke: koregate demo --scenario failing")
        world.ci.say("(in a checkout: make demo SCENARIO=failing)")
    world.ci.say("Look at the reports:")
    for path in gate.written:
        world.ci.say(f"  {path}")
    return code
