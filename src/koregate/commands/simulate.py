"""koregate simulate: serve the embedded simulator of the Kore.ai API."""

import shlex
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue

from koregate.commands.context import JobContext
from koregate.commands.publish import Published
from koregate.errors import Problem, UnusableCommand
from koregate.inputs import Group, input_specs, secrets_given
from koregate.inputs.specs import variable_of
from koregate.redaction.secret_mask import SecretMask
from koregate.runs.event_queue import WAKE_SECONDS
from koregate.simulator import (
    HandledRequest,
    InvalidScenario,
    Simulator,
    load_scenario,
    request_line,
    shipped_scenarios,
)
from koregate.text import one_line
from koregate.usage import rows
from koregate.verdicts import EXIT_PASSED

SUITE_FILES = "suite-files"
_MAX_PORT = 65535
# Inputs of these groups say how a run is shown, not how it goes.
_HARMLESS = (Group.REPORTS, Group.COMMENT)
_MAX_LINE = 100
_MAX_QUOTED = 60


def simulate(scenario: str, port: str, context: JobContext) -> Published:
    """Serve a scenario until a signal arrives. Each request is a line in the log.

    Raises `UnusableCommand` if the scenario or the port cannot be used.
    """
    say = context.ci.say
    handled: SimpleQueue[HandledRequest] = SimpleQueue()
    try:
        if not port.isascii() or not port.isdigit() or int(port) > _MAX_PORT:
            text = f'"{one_line(port, _MAX_QUOTED)}" is not a port. Give a number from 0 to {_MAX_PORT}.'
            raise UnusableCommand(Problem("port", text))
        with Simulator(load_scenario(scenario), port=int(port), on_request=handled.put) as simulator:
            _show_public_secret(simulator, context)
            say(f"Serving the scenario {one_line(scenario, _MAX_QUOTED)} at {simulator.url} (press Ctrl-C to stop).")
            say("Paste these lines into another shell. Then run there: koregate run")
            for line in ("", *lines_to_paste(simulator), ""):
                say(line)
            while context.queue.empty():
                # A wait without a timeout could miss a signal that arrives just before it begins.
                with suppress(Empty):
                    say(request_line(handled.get(timeout=WAKE_SECONDS)))
    except InvalidScenario as invalid:
        raise UnusableCommand(Problem("scenario", str(invalid))) from invalid
    except OSError as problem:
        text = f"{port} is unusable ({problem.strerror}). Give another --port, or 0 for a free one."
        raise UnusableCommand(Problem("port", text)) from problem
    return Published(EXIT_PASSED)


def _show_public_secret(simulator: Simulator, context: JobContext) -> None:
    """Stop masking the simulator's own secret, because the user may want to paste it again."""
    secrets = [secret for secret in secrets_given({}, context.environ) if secret != simulator.client_secret]
    context.ci.mask_with(SecretMask(secrets).text)


def lines_to_paste(simulator: Simulator) -> Iterator[str]:
    """Lines to paste into a shell. They set the inputs of a run against the simulator, and write its suite files."""
    for name, data in simulator.suite_files.items():
        yield f"mkdir -p {SUITE_FILES}; cat > {shlex.quote(f'{SUITE_FILES}/{name}')} <<'END OF FILE'"
        yield from data.decode().splitlines()
        yield "END OF FILE"
    given = inputs_for(simulator)
    # Another scenario's lines, or other inputs, may have been pasted into the same shell before.
    others = [spec.variable for spec in input_specs() if spec.name not in given and spec.group not in _HARMLESS]
    yield from (f"unset {names}" for names in textwrap.wrap(" ".join(others), _MAX_LINE))
    for name, value in given.items():
        yield from f"export {variable_of(name)}={shlex.quote(value)}".split("\n")


def scenario_list() -> str:
    """The shipped scenarios with their descriptions."""
    return rows("Scenarios", {name: load_scenario(name).description for name in shipped_scenarios()})


def inputs_for(simulator: Simulator, folder: str = SUITE_FILES) -> dict[str, str]:
    """The inputs of a run against the simulator. `folder` is where the scenario's suite files are, if it has some."""
    # Batch suites need no user. A scenario with suites of both kinds needs two jobs. These inputs are for the first.
    kind = "conversation" if simulator.suites else "batch"
    user = {"user-email": simulator.user_email} if simulator.suites else {}
    # A scenario about training has no effect unless the job checks the training.
    training = {"require-trained": "true"} if simulator.is_about_training else {}
    given = {
        "host": simulator.url,
        "stream-id": simulator.stream_id,
        "test-suites": "\n".join(simulator.suites or simulator.batch_suites),
        "suite-files": "\n".join(f"{folder}/{name}" for name in simulator.suite_files),
        "client-id": simulator.client_id,
        "client-secret": simulator.client_secret,
        "suite-kind": kind,
        **user,
        **training,
    }
    return {name: value for name, value in given.items() if value}
