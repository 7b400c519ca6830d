"""The last line of koregate doctor: how many checks are ok, the names of the others, and what to do next."""

import io
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from support.clock import FakeClock
from support.job import PASSING, scenario

from koregate import cli
from koregate.ci.detect import detect
from koregate.commands.context import JobContext
from koregate.commands.simulate import inputs_for
from koregate.simulator import Simulator, load_scenario

NOTHING = "Nothing was started."
AGAIN = "Correct what failed, then run koregate doctor again."


def conclusion(folder: Path, clock: FakeClock, played: Any = None, *, action: bool = False, **changes: str) -> str:
    """The last line of the log with these inputs, given as options or as those of the action."""
    stream = io.StringIO()
    with Simulator(played or load_scenario("passing"), now=clock.monotonic, wall=clock.wall) as simulator:
        given = {**inputs_for(simulator), **{name.replace("_", "-"): value for name, value in changes.items()}}
        around = {"GITHUB_ACTIONS": "true", "INPUT_COMMAND": "doctor"} if action else {}
        around |= {f"INPUT_{name.upper()}": value for name, value in given.items()} if action else {}
        words = [] if action else ["doctor", *(f"--{name}={value}" for name, value in given.items() if value)]
        context = JobContext(around, folder, detect(around, stream), clock, SimpleQueue(), request_seconds=5.0)
        cli.run(words, context)
    return stream.getvalue().splitlines()[-1]


def test_if_all_is_ok_the_run_is_next(tmp_path: Path, clock: FakeClock) -> None:
    assert f"Doctor: 13 of 13 checks ok (exit code 0). {NOTHING} Next: koregate run." == conclusion(tmp_path, clock)


def test_as_an_action_the_run_is_another_value_of_an_input(tmp_path: Path, clock: FakeClock) -> None:
    assert conclusion(tmp_path, clock, action=True).endswith("Next: look at the warning, then set command to run.")


def test_warnings_are_named_and_come_before_the_run(tmp_path: Path, clock: FakeClock) -> None:
    told = conclusion(tmp_path, clock, load_scenario("training"))
    doubtful = scenario(Pizza=PASSING, pizza=PASSING, training={"status": "Failed"})
    both = conclusion(tmp_path, clock, doubtful, test_suites="Pizza\npizza")

    assert told.startswith("Doctor: 12 of 13 checks ok, 1 with a warning (training) (exit code 0).")
    assert told.endswith("Next: look at the warning, then koregate run.")
    assert both.endswith(
        "2 with a warning (suite-names, training) (exit code 0). "
        f"{NOTHING} Next: look at the warnings, then koregate run."
    )


def test_if_a_check_failed_no_run_is_next_and_what_was_not_checked_is_named(tmp_path: Path, clock: FakeClock) -> None:
    told = conclusion(tmp_path, clock, client_secret="another-secret-that-nobody-knows-of")

    assert (
        "Doctor: 9 of 13 checks ok, 1 failed (credentials), 3 not checked (scope, suites, training) (exit code 3). "
        f"{NOTHING} {AGAIN}"
    ) == told


def test_without_usable_inputs_the_platform_is_not_checked(tmp_path: Path, clock: FakeClock) -> None:
    told = conclusion(tmp_path, clock, stream_id="x", timeout="never")

    assert (
        f"3 of 5 checks ok, 1 failed (inputs: 2 problems), 1 not checked (platform) (exit code 2). {NOTHING} {AGAIN}"
        in told
    )


def test_a_platform_that_tells_nothing_leaves_checks_open(tmp_path: Path, clock: FakeClock) -> None:
    odd: dict[str, Any] = {"fault": "http", "code": 404, "message": "Nothing is here."}
    told = conclusion(tmp_path, clock, scenario(Pizza=PASSING, faults=[{"on": "status", **odd}]))

    assert "4 not checked (credentials, scope, suites, training) (exit code 0)." in told
    assert told.endswith("Next: koregate run.")
