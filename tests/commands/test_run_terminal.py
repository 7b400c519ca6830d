"""What is different for a person at a terminal: options to copy, a link to the page, and help without a command."""

import io
import re
from pathlib import Path
from queue import SimpleQueue

import pytest
from support.clock import FakeClock
from support.job import FAILING, PASSING, scenario, snapshot

from koregate import cli
from koregate.ci.detect import detect
from koregate.commands.context import JobContext
from koregate.commands.simulate import inputs_for
from koregate.simulator import Scenario, Simulator

HINT = "koregate demo needs no account, and koregate help lists the commands."


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def typed(arguments: list[str], folder: Path, clock: FakeClock, **environ: str) -> list[str]:
    """The lines that a person sees after typing this, or the log of a CI system with that environment."""
    screen = Screen()
    around = environ or {"TERM": "xterm", "NO_COLOR": "1"}
    context = JobContext(around, folder, detect(around, screen), clock, SimpleQueue(), request_seconds=5.0)
    cli.run(arguments, context)
    return screen.getvalue().splitlines()


def played(folder: Path, clock: FakeClock, suites: Scenario, environ: dict[str, str], **options: str) -> list[str]:
    with Simulator(suites, now=clock.monotonic, wall=clock.wall) as simulator:
        given = {**inputs_for(simulator), **options}
        return typed(["run", *(f"--{name}={value}" for name, value in given.items())], folder, clock, **environ)


def test_a_person_at_a_terminal_gets_a_link_to_the_page(tmp_path: Path, clock: FakeClock) -> None:
    lines = played(tmp_path, clock, scenario(Pizza=FAILING), {})

    assert f"Open {(tmp_path / 'koregate-report' / 'report.html').as_uri()}" in lines


@pytest.mark.parametrize("environ", [{"GITHUB_ACTIONS": "true"}, {"GITLAB_CI": "true"}, {"CI": "true"}])
def test_the_log_of_a_ci_system_has_no_link_to_a_file(
    tmp_path: Path, clock: FakeClock, environ: dict[str, str]
) -> None:
    lines = played(tmp_path, clock, scenario(Pizza=FAILING), environ)

    assert any(line.startswith("Reports: ") for line in lines)
    assert not any("file:" in line for line in lines)
    assert not any("file:" in line for line in typed(["demo"], tmp_path, clock, **environ))


def test_a_demo_at_a_terminal_has_the_link(tmp_path: Path, clock: FakeClock) -> None:
    assert any("report.html (file:///" in line for line in typed(["demo"], tmp_path, clock))


def test_a_run_that_continues_is_attached_to_with_a_command_to_paste(tmp_path: Path, clock: FakeClock) -> None:
    late = scenario(Pizza={**PASSING, "seconds": 600})
    lines = played(tmp_path, clock, late, {}, timeout="5s")

    (line,) = [line for line in lines if line.startswith("  koregate run --test-suites=")]
    assert line.startswith("  koregate run --test-suites=Pizza --test-run-ids=ctr-")
    assert "  test-run-ids: |" in played(tmp_path, clock, late, {"GITHUB_ACTIONS": "true"}, timeout="5s")


def test_koregate_without_a_command_names_the_commands_that_help(tmp_path: Path, clock: FakeClock) -> None:
    lines = typed([], tmp_path, clock, TERM="xterm", NO_COLOR="1", KOREGATE_TIMEOUT="1h")

    assert lines[0].endswith(HINT)
    assert any(line.startswith("  host is required.") for line in lines)
    assert lines[-1].startswith("Verdict: error (exit code 2)")


def test_koregate_without_a_command_and_an_input_says_nothing_else_and_keeps_the_last_reports(
    tmp_path: Path, clock: FakeClock
) -> None:
    played(tmp_path, clock, scenario(Pizza=FAILING), {})
    before = snapshot(tmp_path)
    screen, environ = Screen(), {"TERM": "xterm"}
    code = cli.run([], JobContext(environ, tmp_path, detect(environ, screen), clock, SimpleQueue()))

    (line,) = screen.getvalue().splitlines()
    assert (2, True) == (code, line.endswith(HINT))
    assert before == snapshot(tmp_path)


@pytest.mark.parametrize("environ", [{"GITHUB_ACTIONS": "true"}, {"CI": "true"}, {"PATH": "/bin"}])
def test_a_job_without_any_input_has_a_report_that_says_so(
    tmp_path: Path, clock: FakeClock, environ: dict[str, str]
) -> None:
    lines = typed([], tmp_path, clock, **environ)

    assert any("(exit code 2)" in line for line in lines)
    assert (tmp_path / "koregate-report" / "report.html").exists()


@pytest.mark.parametrize(("words", "environ"), [(["run"], {}), ([], {"GITHUB_ACTIONS": "true"})])
def test_a_job_that_lacks_inputs_gets_no_such_hint(
    tmp_path: Path, clock: FakeClock, words: list[str], environ: dict[str, str]
) -> None:
    assert not any(HINT in line for line in typed(words, tmp_path, clock, **environ))


@pytest.mark.parametrize(
    ("environ", "again"),
    [
        ({}, "Then start koregate run again."),
        ({"CI": "true"}, "Then start koregate run again."),
        ({"GITLAB_CI": "true"}, "Then push, or retry the failed job if you corrected it on the platform."),
        ({"GITHUB_ACTIONS": "true"}, "Then push, or re-run the failed job if you corrected it on the platform."),
    ],
    ids=["terminal", "unknown CI", "GitLab", "GitHub"],
)
def test_the_way_to_run_again_is_that_of_the_system_that_ran_the_job(
    tmp_path: Path, clock: FakeClock, environ: dict[str, str], again: str
) -> None:
    lines = played(tmp_path, clock, scenario(Pizza=FAILING), environ)
    page = (tmp_path / "koregate-report" / "report.html").read_text()
    rebuilt = typed(["report", str(tmp_path / "koregate-report" / "raw"), "--report-dir=rebuilt"], tmp_path, clock)

    assert f"  {again}" in lines
    assert again in re.sub("</?code>", "", page)
    # Also where the reports are made again on another machine.
    assert f"  {again}" in rebuilt
