"""koregate simulate: serve the embedded stand-in of the Kore.ai API."""

import time

from koregate.commands.context import JobContext
from koregate.commands.publish import Published
from koregate.simulator import InvalidScenario, Simulator, load_scenario
from koregate.verdicts import EXIT_INPUTS, EXIT_PASSED

# A wait without end could miss a signal that arrives just before it begins.
_WAKE_SECONDS = 0.25
_MAX_PORT = 65535


def simulate(scenario: str, port: str, context: JobContext) -> Published:
    """Serve a scenario until a signal arrives."""
    try:
        if not port.isascii() or not port.isdigit() or int(port) > _MAX_PORT:
            context.ci.say(f'port: "{port}" is not a port. Give a number from 0 to {_MAX_PORT}.')
            return Published(EXIT_INPUTS)
        with Simulator(load_scenario(scenario), port=int(port)) as simulator:
            context.ci.say(f"Serving the scenario at {simulator.url}; Ctrl-C ends it. Inputs for a run against it:")
            for name, value in inputs_for(simulator).items():
                text = value.replace("\n", "\\n")
                context.ci.say(f"  {name}: {text}")
            while context.queue.empty():
                time.sleep(_WAKE_SECONDS)
    except InvalidScenario as invalid:
        context.ci.say(f"scenario: {invalid}")
        return Published(EXIT_INPUTS)
    except OSError as problem:
        context.ci.say(f"port: {port} cannot be used ({problem.strerror}). Give another one, or 0 for a free one.")
        return Published(EXIT_INPUTS)
    return Published(EXIT_PASSED)


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
