"""A whole job in this process: the real gate and HTTP client against the simulator, in time that does not pass."""

import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from koregate import cli
from koregate.ci.base import CISystem
from koregate.ci.detect import detect
from koregate.commands.context import JobContext
from koregate.commands.simulate import SUITE_FILES, inputs_for
from koregate.runs.event_queue import EventQueue
from koregate.simulator import Scenario, Simulator
from support import junit
from support.clock import FakeClock


@dataclass
class Done:
    """What a user sees of a finished job."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str
    folder: Path
    rows: list[junit.Row] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """The verdict line, without its color."""
        (line,) = (line for line in self.log.splitlines() if "Verdict: " in line)
        return re.sub(r"\x1b\[[0-9;]*m", "", line)

    @property
    def problems(self) -> list[str]:
        """The problems with the inputs, which have a heading, or with the command."""
        parts = re.split(r"^.*ERROR\S* The inputs have \d+ problems?:\n", self.log, maxsplit=1, flags=re.MULTILINE)
        lines = (line for line in parts[-1].splitlines() if not line.startswith("::"))
        return [line.strip() for line in takewhile(lambda line: not re.search(r"^$|Verdict: |^What to", line), lines)]

    @property
    def files(self) -> dict[str, bytes]:
        """Every file of the report directory."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes() for path in self.folder.rglob("*") if path.is_file()
        }


def scenario(**suites: Any) -> Scenario:
    """A scenario of suites by name; keys that are no suites are the scenario's own."""
    names = ("batch_suites", "imports", "files", "busy", "faults", "scope", "limits", "training")
    own = {key: suites.pop(key) for key in names if key in suites}
    return Scenario.model_validate({"suites": suites, **own})


def run(
    simulator: Simulator,
    workspace: Path,
    clock: FakeClock,
    *,
    environ: dict[str, str] | None = None,
    signals: tuple[int, ...] = (),
    request_seconds: float = 5.0,
    queue: EventQueue | None = None,
    **options: str,
) -> Done:
    """Run the gate against the simulator; `options` replace the inputs that fit it, an empty one takes it away."""
    for name, data in simulator.suite_files.items():
        path = workspace / SUITE_FILES / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    given = {name: value for name, value in inputs_for(simulator).items() if name not in _named(options)}
    return gate({**given, **_named(options)}, workspace, clock, environ, signals, request_seconds, queue=queue)


def _named(options: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in options.items()}


def gate(
    options: dict[str, str],
    workspace: Path,
    clock: FakeClock,
    environ: dict[str, str] | None = None,
    signals: tuple[int, ...] = (),
    request_seconds: float = 5.0,
    saved: tuple[str, ...] = (),
    merge: tuple[str, ...] = (),
    queue: EventQueue | None = None,
) -> Done:
    """Run the gate, or rebuild the report of `saved` replies, or `merge` reports, as a step of a GitHub workflow."""
    words = ["report", *saved] if saved else ["merge", *merge] if merge else ["run"]
    arguments = [*words, *(f"--{name}={value}" for name, value in options.items())]
    return command(arguments, workspace, clock, environ, signals, request_seconds, queue)


def command(
    arguments: Sequence[str],
    workspace: Path,
    clock: FakeClock,
    environ: dict[str, str] | None = None,
    signals: tuple[int, ...] = (),
    request_seconds: float = 5.0,
    queue: EventQueue | None = None,
) -> Done:
    """Run a command line as a step of a GitHub workflow.

    `signals` arrive before it begins, and those that are put into `queue` later on at their time.
    """
    earlier = snapshot(workspace)
    files = {"GITHUB_OUTPUT": workspace / "output.txt", "GITHUB_STEP_SUMMARY": workspace / "summary.md"}
    for path in files.values():
        path.write_text("")
    stream = io.StringIO()
    around = {"GITHUB_ACTIONS": "true", **{name: str(path) for name, path in files.items()}, **(environ or {})}
    queue = queue or SimpleQueue()
    for signum in signals:
        queue.put(signum)
    context = JobContext(around, workspace, detect(around, stream), clock, queue, request_seconds=request_seconds)
    code = cli.run(arguments, context)
    outputs = heredocs(files["GITHUB_OUTPUT"].read_text())
    done = Done(
        code, stream.getvalue(), outputs, files["GITHUB_STEP_SUMMARY"].read_text(), workspace / "koregate-report"
    )
    if outputs.get("junit-path"):
        done.folder = (workspace / outputs["junit-path"]).parent
    report = outputs.get("junit-path", "")
    written = snapshot(workspace).get(report) != earlier.get(report)
    return check(done, written=written)


def printed(
    arguments: Sequence[str],
    workspace: Path,
    clock: FakeClock,
    environ: dict[str, str] | None = None,
    queue: EventQueue | None = None,
) -> tuple[int, str, str]:
    """The exit code of a command that prints a document, the document, and the errors."""
    stream, errors, around = io.StringIO(), io.StringIO(), environ or {}
    context = JobContext(
        around, workspace, detect(around, stream), clock, queue or SimpleQueue(), errors=CISystem(around, errors)
    )
    code = cli.run(arguments, context)
    return code, stream.getvalue(), errors.getvalue()


def check(done: Done, *, written: bool) -> Done:
    """What holds for every job: the report is red exactly when the verdict is no pass, and all numbers agree.

    `written` says whether the JUnit report is this job's, and not an earlier one's or missing.
    """
    assert str(done.code) == done.outputs["exit-code"]
    assert 50 >= len(json.loads(done.outputs["failed-tests"]))
    if not written:
        return done
    done.rows = junit.read((done.folder / "junit.xml").read_bytes())
    outcomes = [row.outcome for row in done.rows]
    counted = {"passed": "passed", "failed": "failure", "errors": "error", "skipped": "skipped"}
    assert {name: str(outcomes.count(word)) for name, word in counted.items()} == {
        name: done.outputs[name] for name in counted
    }
    assert str(len(done.rows)) == done.outputs["total"]
    assert any(word in ("failure", "error") for word in outcomes) == (
        done.outputs["verdict"] not in ("passed", "tolerated", "skipped")
    )
    return done


def snapshot(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file below the folder, so that a file which was written again differs even if its bytes are the same."""
    return {
        str(path.relative_to(folder)): (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


def heredocs(text: str) -> dict[str, str]:
    """The entries of an environment file, read as the runner reads them."""
    entries = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        match = re.fullmatch(r"([\w-]+)<<(.+)", line)
        assert match, line
        value = []
        for inner in lines:
            if inner == match[2]:
                break
            value.append(inner)
        else:
            raise AssertionError(f"{match[1]} has no end")
        entries[match[1]] = "\n".join(value)
    return entries


STEP = {"say": "hi", "expect": "Hello"}
PASSING: dict[str, Any] = {"seconds": 20, "steps": [STEP, STEP]}
FAILING: dict[str, Any] = {"seconds": 20, "steps": [STEP, {**STEP, "answer": "Go away"}]}


def job(tmp_path: Path, clock: FakeClock, played: Any, **options: Any) -> tuple[Done, Simulator]:
    """Run the scenario's suites in a job of their own."""
    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        return run(simulator, tmp_path, clock, **options), simulator
