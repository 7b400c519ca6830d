"""koregate demo: simulate and run, end to end."""

import os
from collections.abc import Mapping

from koregate import files
from koregate.commands.context import JobContext
from koregate.commands.publish import Published
from koregate.commands.run import run
from koregate.commands.simulate import SUITE_FILES, inputs_for
from koregate.errors import Problem, UnusableCommand
from koregate.inputs import read_usable_inputs
from koregate.simulator import InvalidScenario, Simulator, load_scenario
from koregate.usage import DOCS


def _write_suite_files(simulator: Simulator, options: Mapping[str, str], context: JobContext) -> str:
    """Write the scenario's suite files into the report directory. Returns their folder. Raises `InvalidInputs`."""
    report_dir = read_usable_inputs(options, {}, context.workspace).report_dir
    if simulator.suite_files:
        folder = files.prepare(context.workspace, report_dir)
        for name, data in simulator.suite_files.items():
            folder.write(f"{SUITE_FILES}/{name}", data)
    return f"{report_dir}/{SUITE_FILES}"


def demo(scenario: str, options: Mapping[str, str], context: JobContext) -> Published:
    """Run the suites of a scenario against the simulator, as a user would against the platform.

    Raises `UnusableCommand` if there is no such scenario.
    """
    # The inputs in the environment are for the real platform, and a proxy must not be used for the loopback address.
    environ = {name: value for name, value in context.environ.items() if not name.startswith(("INPUT_", "KOREGATE_"))}
    environ["NO_PROXY"] = environ["no_proxy"] = "127.0.0.1"
    say = context.ci.say
    try:
        with Simulator(load_scenario(scenario)) as simulator:
            folder = _write_suite_files(simulator, options, context)
            given = {**inputs_for(simulator, folder), **options}
            published = run(given, context._replace(environ=environ, is_demo=True))
    except InvalidScenario as invalid:
        raise UnusableCommand(Problem("scenario", str(invalid))) from invalid
    say()
    if scenario == "passing":
        # make sets MAKELEVEL. Who runs a checkout with it may have no command koregate.
        again = "make demo SCENARIO=failing" if "MAKELEVEL" in context.environ else "koregate demo --scenario failing"
        say(f"That was the simulator. To see failures, run: {again}")
    else:
        say(f"That was the simulator. To set koregate up for your bot: {DOCS}#set-up-in-ten-minutes")
    for page in (path for path in published.files if path.suffix == ".html"):
        folder = os.path.relpath(page.parent, context.workspace)
        say(f"Open {folder}/{page.name}" + (f" ({page.absolute().as_uri()})" if context.ci.opens_files else ""))
        say(f"All files: {folder}/")
    return published
