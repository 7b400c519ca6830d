"""koregate simulate: lines to paste, and a line for each request."""

import io
import os
import subprocess
import threading
import time
from pathlib import Path
from queue import SimpleQueue
from typing import Self

import pytest
import requests
from support.clock import FakeClock

from koregate.ci.shell import Shell
from koregate.commands.context import JobContext
from koregate.commands.simulate import inputs_for, scenario_list, simulate
from koregate.inputs import Group, Inputs, input_specs, read_inputs
from koregate.simulator import Simulator, load_scenario
from koregate.simulator.api import SECRET

SCENARIO = """{"suites": {"It's 5 o'clock, $HOME \\"now\\"": {"seconds": 0}, "::error::Pasta": {"seconds": 0}},
"faults": [{"fault": "http 503", "on": "status"}, {"fault": "reset", "on": "start", "suite": "::error::Pasta"}]}"""


class Served:
    """koregate simulate in a thread, until the test is over."""

    def __init__(self, tmp_path: Path, name: str = "mine.json", **environ: str) -> None:
        (tmp_path / "mine.json").write_text(SCENARIO)
        played = str(tmp_path / name) if name == "mine.json" else name
        self._stream = io.StringIO()
        self._context = JobContext(environ, tmp_path, Shell(environ, self._stream), FakeClock(), SimpleQueue())
        arguments = (played, "0", self._context)
        self._thread = threading.Thread(target=simulate, args=arguments, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.wait_for("\n\n", times=2)
        return self

    def __exit__(self, *_: object) -> None:
        self._context.queue.put(15)
        self._thread.join()

    @property
    def log(self) -> str:
        return self._stream.getvalue()

    def wait_for(self, text: str, times: int = 1) -> None:
        until = time.monotonic() + 20
        while self.log.count(text) < times:
            assert time.monotonic() < until, self.log
            time.sleep(0.005)

    @property
    def pasted(self) -> str:
        return self.log.split("\n\n")[1]

    @property
    def url(self) -> str:
        return self.log.split("http://", 1)[1].split(" ", 1)[0]


def test_the_lines_can_be_pasted_into_a_shell_whatever_the_names_hold(tmp_path: Path) -> None:
    with Served(tmp_path) as served:
        script = f'{served.pasted}\nprintf %s "$KOREGATE_TEST_SUITES|$KOREGATE_CLIENT_SECRET|$KOREGATE_HOST"'
        done = subprocess.run(["sh", "-eu", "-c", script], capture_output=True, text=True, check=True)

    assert f"It's 5 o'clock, $HOME \"now\"\n: :error::Pasta|{SECRET}|http://{served.url}" == done.stdout


def test_the_public_secret_is_shown_in_a_shell_where_it_was_pasted_before_and_any_other_is_not(tmp_path: Path) -> None:
    with Served(tmp_path, KOREGATE_CLIENT_SECRET=SECRET, KOREGATE_JWT="cs-simulator") as served:
        assert f"export KOREGATE_CLIENT_SECRET={SECRET}\n" in served.log
        assert "export KOREGATE_CLIENT_ID=***\n" in served.log


@pytest.mark.parametrize(
    ("method", "path", "line"),
    [
        ("POST", "Refund%20request/run", 'start "Refund request": 401 Invalid JWT token'),
        ("POST", "%0A::error::x%1B[31m/run", 'start " ::error::x\\x1b[31m": 401 Invalid JWT token'),
        ("POST", "::error::Pasta/run", 'start "::error::Pasta": fault reset'),
        ("GET", "Refunds/ctr-1/status", 'status "Refunds": fault http 503'),
        ("GET", "../../elsewhere?token=hush", "GET /api/public/stream/st-simulator/elsewhere: 405 Method Not Allowed"),
    ],
)
def test_each_request_is_one_line_that_acts_on_nothing(tmp_path: Path, method: str, path: str, line: str) -> None:
    with Served(tmp_path) as served:
        address = f"http://{served.url}/api/public/stream/st-simulator/conversation/testsuite/{path}"
        try:
            requests.request(method, address, timeout=20, headers={"auth": "hush"})
        except requests.ConnectionError:
            assert "reset" in line
        served.wait_for(f"\n{line}\n")

    assert "hush" not in served.log


def test_the_list_names_every_scenario_with_its_description() -> None:
    assert "  failing " in scenario_list()
    assert "  step-failed          A step failed, although none of its assertions did." in scenario_list()


@pytest.mark.parametrize(("name", "asked"), [("out-of-sync", True), ("training", True), ("passing", False)])
def test_a_scenario_on_training_is_run_with_the_input_that_asks_for_it(name: str, asked: bool) -> None:
    with Simulator(load_scenario(name)) as simulator:
        assert asked is (inputs_for(simulator).get("require-trained") == "true")


def variables(script: str, folder: Path) -> dict[str, str]:
    """The variables of koregate in a shell in which this script was pasted."""
    done = subprocess.run(
        ["sh", "-eu", "-c", f"{script}\nenv -0"],
        check=True,
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
    )
    return dict(line.split("=", 1) for line in done.stdout.decode().split("\0") if line.startswith("KOREGATE_"))


@pytest.mark.parametrize("earlier", ["batch-failing", "suite-files", "training", "passing"])
@pytest.mark.parametrize("later", ["batch-failing", "suite-files", "training", "passing"])
def test_lines_of_another_scenario_that_were_pasted_before_change_nothing(
    tmp_path: Path, earlier: str, later: str
) -> None:
    with Served(tmp_path, earlier) as served:
        first = served.pasted
    with Served(tmp_path, later) as served:
        second = served.pasted

    assert variables(second, tmp_path) == variables(f"{first}\n{second}", tmp_path)
    assert "KOREGATE_SUITE_KIND" in variables(second, tmp_path)


@pytest.mark.parametrize("name", ["passing", "batch-failing", "suite-files"])
def test_no_other_input_that_was_set_before_changes_or_breaks_a_run(tmp_path: Path, name: str) -> None:
    with Served(tmp_path, name) as served:
        pasted = served.pasted
        said = served.log.splitlines()[:2]
    every = "\n".join(f"export {spec.variable}=left-over" for spec in input_specs())

    left = variables(f"{every}\n{pasted}", tmp_path)

    over = [name for name, value in left.items() if value == "left-over"]
    harmless = [spec.variable for spec in input_specs() if spec.group in (Group.REPORTS, Group.COMMENT)]
    assert said[0].startswith(f"Serving the scenario {name} at http://127.0.0.1:")
    assert said[1].endswith(" Then run there: koregate run")
    assert sorted(harmless) == sorted(over)
    assert variables(pasted, tmp_path) == {name: value for name, value in left.items() if name not in harmless}
    assert read_inputs(Inputs, {}, variables(pasted, tmp_path), tmp_path)
