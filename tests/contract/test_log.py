"""The log of whole jobs: every kind of line once, in the right order, with colors only where they are shown."""

import io
import re
import signal
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from support.answers import answer, failed_step, report_of, response
from support.clock import FakeClock
from support.job import FAILING, PASSING, gate, job, scenario

from koregate import cli
from koregate.ci.detect import detect
from koregate.clock import RealClock
from koregate.commands.context import JobContext
from koregate.commands.simulate import inputs_for
from koregate.reports.failure_lines import failure_lines
from koregate.reports.suite_lines import suite_lines
from koregate.reports.verdict_lines import verdict_lines
from koregate.runs.event_queue import EventQueue
from koregate.simulator import Scenario, Simulator, load_scenario

ABORTED = {"seconds": 20, "steps": [{"say": "hi", "expect": "Hello"}] * 3, "executed": 1, "status": "aborted"}
GITHUB = {"GITHUB_ACTIONS": "true"}


class Screen(io.StringIO):
    """A terminal as far as the program can tell."""

    def isatty(self) -> bool:
        return True


def log_of(
    tmp_path: Path, played: Scenario, environ: dict[str, str], stream: io.StringIO, command: str = "run", **options: str
) -> str:
    """What a command prints to a stream in an environment."""
    clock = FakeClock()
    queue: EventQueue = SimpleQueue()
    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        given = {**inputs_for(simulator), **options}
        context = JobContext(environ, tmp_path, detect(environ, stream), clock, queue)
        cli.run([command, *(f"--{name}={value}" for name, value in given.items())], context)
    return stream.getvalue()


def plain(log: str) -> list[str]:
    """The lines without colors and without what the runner takes away."""
    return [re.sub("\x1b\\[[0-9;]*m", "", line) for line in log.splitlines() if not line.startswith("::add-mask")]


def places(lines: list[str], *beginnings: str) -> list[int]:
    return [next(number for number, line in enumerate(lines) if line.startswith(start)) for start in beginnings]


def test_a_job_tells_each_thing_once_and_ends_with_the_verdict_and_its_suites(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = job(tmp_path, clock, scenario(Good=PASSING, Bad=FAILING, Odd=ABORTED), max_parallel="1")

    lines = plain(done.log)
    in_order = places(
        lines,
        "::group::Running 3 test suites",
        "[Good] Started test run ctr-",
        "[Good] PASSED in 20s: 2 of 2 test cases, 2 steps",
        "[Bad] Started test run ctr-",
        "[Bad] FAILED in 20s: 1 of 2 test cases failed in step 2",
        "[Odd] Started test run ctr-",
        "[Odd] ERROR in 20s: the run was aborted on the platform",
        "::endgroup::",
        'FAILED Bad, step 2 "hi"',
        '  2.1 text: expected "Hello"',
        '            actual   "Go away"',
        "ERROR Odd",
        "  The run was aborted on the platform. Steps 2 and 3 did not run.",
        "::group::Annotations",
        "What to do next:",
        "  Bad: Compare expected and actual.",
        "Reports: koregate-report/report.html to read,",
        "Verdict: error (exit code 4). 3 suites: 1 passed, 1 failed, 1 without a result.",
    )
    assert sorted(in_order) == in_order
    assert [
        "  Failed: Bad",
        "  No result: Odd (the run was aborted on the platform)",
        "  The verdict is error because 1 suite has no result.",
        "  7 test cases: 4 passed, 1 failed, 2 skipped",
    ] == lines[in_order[-1] + 1 :]
    assert 1 == done.log.count("Verdict:")


def test_the_log_on_the_page_about_reports_is_that_of_the_failing_scenario(tmp_path: Path, clock: FakeClock) -> None:
    page = (Path(__file__).parents[2] / "docs" / "reports.md").read_text()
    quoted = page.partition("## The log")[2].split("```")[1].strip().splitlines()
    done, _ = job(tmp_path, clock, load_scenario("failing"))

    lines = plain(done.log)
    ended, closing = quoted[: quoted.index("…")], quoted[quoted.index("…") + 1 :]
    assert {*ended} <= {*lines}
    assert closing == lines[-len(closing) :]


def test_on_github_the_annotations_are_in_a_group_of_their_own(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = job(tmp_path, clock, scenario(Bad=FAILING))

    lines = done.log.splitlines()
    begin = lines.index("::group::Annotations")
    end = lines.index("::endgroup::", begin)
    commands = [number for number, line in enumerate(lines) if line.startswith(("::error", "::warning"))]
    assert commands == list(range(begin + 1, end))
    assert (
        "::error title=Conversation tests%3A failed (exit code 1)::The suite failed: Bad.%0AWhat to do next:%0A- "
        in lines[begin + 1]
    )


def test_a_job_that_passes_has_no_annotations_and_no_group_for_them(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = job(tmp_path, clock, scenario(Good=PASSING))

    assert "Annotations" not in done.log
    assert "Verdict: passed (exit code 0). Good: 2 of 2 test cases passed." == plain(done.log)[-1]


@pytest.mark.parametrize(
    ("environ", "terminal", "expected"),
    [
        (GITHUB, False, True),
        ({"GITLAB_CI": "true"}, False, True),
        ({"BUILDKITE": "true"}, False, True),
        ({"CIRCLECI": "true"}, False, True),
        ({"JENKINS_URL": "http://ci.example"}, False, False),
        ({"TF_BUILD": "true"}, False, False),
        ({}, False, False),
        ({"TERM": "xterm"}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False),
        ({**GITHUB, "NO_COLOR": "1"}, False, False),
        ({**GITHUB, "NO_COLOR": ""}, False, True),
    ],
)
def test_a_verdict_has_a_color_where_the_log_shows_it(
    tmp_path: Path, environ: dict[str, str], terminal: bool, expected: bool
) -> None:
    stream = Screen(newline="") if terminal else io.StringIO(newline="")
    hostile = {"say": "\x1b[31mFAILED\x1b[0m", "expect": "\x1b[32mPASSED", "answer": "\x1b[2J"}
    played = scenario(Good=PASSING, Bad={"seconds": 20, "steps": [hostile]})

    log = log_of(tmp_path, played, environ, stream)

    colors = re.findall("\x1b\\[[0-9;]*m", log)
    green, red, normal = "\x1b[1;32m", "\x1b[1;31m", "\x1b[0m"
    # One PASSED, and three times that it failed: the suite's line, the step's and the verdict.
    assert sorted([green, *[red] * 3, *[normal] * 4] if expected else []) == sorted(colors)
    assert not terminal or not expected or "\x1b[J" in log
    assert "\\x1b[2J" in log


def test_a_terminal_shows_each_suite_once_it_has_ended(tmp_path: Path) -> None:
    log = log_of(tmp_path, scenario(Good=PASSING, Bad=FAILING), {"TERM": "xterm"}, Screen(newline=""))

    shown = re.sub("\x1b\\[[0-9;]*[mFJ]", "", log).splitlines()
    assert "[Good] PASSED in 20s: 2 of 2 test cases, 2 steps" in shown
    assert "[Bad] FAILED in 20s: 1 of 2 test cases failed in step 2" in shown
    assert not any("elapsed" in line and line.startswith("[") for line in shown)


def test_rebuilt_and_merged_reports_tell_how_each_suite_ended(tmp_path: Path, clock: FakeClock) -> None:
    live, _ = job(tmp_path, clock, scenario(Good=PASSING, Bad=FAILING))
    ended = [line for line in plain(live.log) if " in 20s: " in line]
    rebuilt = gate({}, tmp_path, clock, saved=(str(live.folder / "raw"),))
    merged = gate({"report-dir": "merged"}, tmp_path, clock, merge=(str(live.folder / "report.json"),))

    assert 2 == len(ended)
    for done in (rebuilt, merged):
        assert sorted(ended) == sorted(line for line in plain(done.log) if " in 20s: " in line)


def test_a_run_that_the_platform_does_not_know_is_not_offered_for_attaching(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = job(tmp_path, clock, scenario(Pizza=PASSING), test_run_ids="ctr-unknown")
    rebuilt = gate({}, tmp_path, clock, saved=(str(done.folder / "raw"),))

    assert "[Pizza] Attaching to test run ctr-unknown." in done.log
    assert "Check the run id" in done.log
    assert "still running" not in done.log + rebuilt.log


def test_a_run_that_continues_is_offered_for_attaching(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = job(tmp_path, clock, scenario(Pizza=PASSING), timeout="5s")

    lines = plain(done.log)
    place = lines.index("The test run of Pizza may still be running on the platform. The inputs that attach to it:")
    assert ["  test-suites: |", "    Pizza", "  test-run-ids: |"] == lines[place + 1 : place + 4]
    assert done.outputs["test-run-ids"] == lines[place + 4].strip()


def test_a_cancelled_job_says_so_once_before_its_verdict(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = job(tmp_path, clock, scenario(Pizza=PASSING, Pasta=PASSING), signals=(signal.SIGTERM,))

    lines = plain(done.log)
    assert 1 == lines.count("Canceled by SIGTERM. Writing the reports.")
    place = lines.index("Verdict: cancelled (exit code 143). 2 suites: all without a result.")
    told = "The job was canceled (SIGTERM): by a person, by a newer push, or at the time limit of the job."
    assert ["  No result (canceled by SIGTERM): Pizza, Pasta", f"  {told} It fails."] == lines[place + 1 :]
    assert not any(line.startswith(("CANCELLED", "[Pizza] CANCELLED")) for line in lines)


@pytest.mark.parametrize(
    ("name", "lines", "advice"),
    [
        ("passing", 1, ""),
        ("aborted", 0, "With a bot of your own, you would then start koregate run again."),
        ("credentials", 0, 'Grant the scope "Conversation Tests Execution"'),
    ],
)
def test_the_demo_ends_with_what_to_do_and_where_to_look_and_advertises_itself_only_after_a_pass(
    tmp_path: Path, name: str, lines: int, advice: str
) -> None:
    stream = io.StringIO()
    context = JobContext({}, tmp_path, detect({}, stream), RealClock(), SimpleQueue())
    cli.run(["demo", "--scenario", name], context)

    log = stream.getvalue().splitlines()
    assert ["Open koregate-report/report.html", "All files: koregate-report/"] == log[-2:]
    assert lines == sum("SCENARIO=failing" in line or "--scenario failing" in line for line in log)
    steps = log[log.index("What to do next:") :] if advice else []
    assert bool(advice) == any(line.startswith(f"  {advice}") for line in steps)
    assert not any("ttach to" in line or line.startswith("Reports:") for line in log)


def test_what_a_demo_advises_does_not_cost_its_reports(tmp_path: Path) -> None:
    stream = io.StringIO()
    context = JobContext({}, tmp_path, detect({}, stream), RealClock(), SimpleQueue())
    code = cli.run(["demo", "--scenario", "stuck", "--stall-timeout", "1s"], context)

    log = stream.getvalue()
    end = log[log.rindex("What to do next:") :]
    assert 5 == code
    assert "(stall-timeout)" in log
    assert "If it times out again, increase --stall-timeout." in end
    would = "With a bot of your own, you would then start koregate run again."
    assert 1 == end.count("koregate run") == end.count(would)


def test_what_to_do_after_a_signal_stands_apart_if_no_run_can_be_attached_to(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = job(tmp_path, clock, scenario(Pizza=PASSING), signals=(signal.SIGTERM,))

    lines = plain(done.log)
    assert "" == lines[lines.index("What to do next:") - 1]


@pytest.mark.parametrize(
    ("environ", "told"),
    [({}, "koregate demo --scenario failing"), ({"MAKELEVEL": "1"}, "make demo SCENARIO=failing")],
)
def test_the_demo_names_the_command_that_its_user_has(tmp_path: Path, environ: dict[str, str], told: str) -> None:
    stream = io.StringIO()
    context = JobContext(environ, tmp_path, detect({}, stream), RealClock(), SimpleQueue())
    cli.run(["demo"], context)

    assert f"To see failures, run: {told}\nOpen " in stream.getvalue()


def many_failures(responses: int) -> dict[str, Any]:
    bad = {kind: {"enabled": True, "status": "failed", "contains": []} for kind in ("flow", "text_", "context")}
    expected = [response(f"Hello {n}", **bad) for n in range(responses)]
    return {
        **failed_step(),
        "outputs": expected,
        "actualOutput": [response(f"Bye {n}", **bad) for n in range(responses)],
    }


def test_sixty_thousand_failed_cases_make_a_log_of_less_than_two_thousand_lines() -> None:
    reply = answer(*[many_failures(20) for _ in range(50)], status="failed", totalTestStepsCount=51)
    result = report_of(**{f"Suite {number}": reply for number in range(20)})

    lines = [line for suite in result.suites for line in suite_lines(suite)]
    lines += [*failure_lines(result), *verdict_lines(result)]

    assert 60_000 == result.counts.failed
    assert len(lines) <= 500 + 3 * 20
    assert "  60,020 test cases: 60,000 failed, 20 skipped" == str(lines[-1])


def test_the_whole_log_of_many_failed_suites_has_at_most_two_thousand_lines_and_three_per_suite(
    tmp_path: Path, clock: FakeClock
) -> None:
    bad = {"seconds": 20, "steps": [{"say": "hi", "expect": "Hello", "answer": "Go away"}] * 30, "announced": 31}
    done, _ = job(
        tmp_path, clock, scenario(**{f"Suite {n}": bad for n in range(100)}), max_parallel="16", request_seconds=60.0
    )

    lines = done.log.splitlines()
    assert "3000" == done.outputs["failed"]
    assert len(lines) <= 2_000
    assert all(len(line) <= 10_000 for line in lines)
    assert 3 >= max(
        sum(line.startswith(f"[Suite {n}] ") and "elapsed" not in line for line in lines) for n in range(100)
    )
    assert "… and failures in 80 more test suites." in lines
