"""The command as a user runs it: a process of its own, read back by what it prints, writes and exits with."""

import fcntl
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest
from support import junit
from support.job import heredocs, scenario, snapshot

from koregate.arguments import help_text
from koregate.commands.simulate import inputs_for
from koregate.simulator import Simulator, load_scenario, shipped_scenarios

ROOT = Path(__file__).parents[2]
QUICK: dict[str, Any] = {"seconds": 0, "steps": [{"say": "hi", "expect": "Hello"}]}


def environment(**more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src"), **more}


def start(cwd: Path, *arguments: str, **environ: str) -> subprocess.Popen[str]:
    return python(cwd, ["-m", "koregate", *arguments], environ)


def python(cwd: Path, arguments: list[str], environ: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", *arguments],
        cwd=cwd,
        env=environment(**environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and output; nothing is ever said on standard error."""
    out, err = process.communicate(timeout=30)
    assert not err
    return process.returncode, out


def variables(simulator: Simulator, **changes: str) -> dict[str, str]:
    given = {**inputs_for(simulator), **changes}
    return {f"KOREGATE_{name.upper().replace('-', '_')}": value for name, value in given.items()}


@pytest.mark.parametrize(("answer", "code"), [("Hello", 0), ("Go away", 1)])
def test_a_green_and_a_red_run(tmp_path: Path, answer: str, code: int) -> None:
    suite = {**QUICK, "steps": [{"say": "hi", "expect": "Hello", "answer": answer}]}
    with Simulator(scenario(Pizza=suite)) as simulator:
        ended, out = finish(start(tmp_path, **variables(simulator)))

    assert code == ended
    assert f"(exit code {code})" in out.splitlines()[-1]
    assert re.search(r"^\[Pizza\] Started test run ctr-", out, re.MULTILINE)
    assert [("Pizza.step 1", "1.1 text: hi")] == [
        row[:2] for row in junit.read((tmp_path / "koregate-report/junit.xml").read_bytes())
    ]


def test_two_jobs_in_one_report_directory_do_not_overwrite_each_other(tmp_path: Path) -> None:
    slow = {**QUICK, "seconds": 2}
    with Simulator(scenario(Pizza=slow, Wine=slow)) as simulator:
        first = start(tmp_path, **variables(simulator, **{"test-suites": "Pizza"}))
        while not simulator.starts("Pizza"):
            time.sleep(0.05)
        code, out = finish(start(tmp_path, **variables(simulator, **{"test-suites": "Wine"})))
        elsewhere, _ = finish(start(tmp_path, **variables(simulator, **{"test-suites": "Wine", "report-dir": "wine"})))
        assert 0 == finish(first)[0]
        again, _ = finish(start(tmp_path, **variables(simulator, **{"test-suites": "Pizza"})))

    assert (2, 0, 0) == (code, elsewhere, again)
    assert 'report-dir: another koregate writes to "koregate-report". Wait until it has ended, or name' in out
    assert 1 == len(simulator.starts("Wine"))
    assert b"Wine" not in (tmp_path / "koregate-report/junit.xml").read_bytes()


def test_a_run_does_not_load_the_simulator(tmp_path: Path) -> None:
    with Simulator(scenario(Pizza=QUICK)) as simulator:
        command = [sys.executable, "-X", "importtime", "-m", "koregate"]
        import_times = subprocess.run(
            command, cwd=tmp_path, env=environment(**variables(simulator)), capture_output=True, text=True, check=True
        ).stderr
    loaded = {line.rpartition("|")[2].strip() for line in import_times.splitlines()}

    assert "koregate.kore_api.client" in loaded
    assert [] == [name for name in loaded if name.startswith("koregate.simulator")]


def test_hyphenated_inputs_of_the_runner_win_over_other_variables(tmp_path: Path) -> None:
    output = tmp_path / "out.txt"
    with Simulator(scenario(Pizza=QUICK)) as simulator:
        runner = {f"INPUT_{name.upper()}": value for name, value in inputs_for(simulator).items()}
        around = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(output), "GITHUB_WORKSPACE": str(tmp_path)}
        wrong = {"KOREGATE_STREAM_ID": "st-wrong", "INPUT_TEST-RUN-IDS": ""}
        code, out = finish(start(tmp_path, **runner, **around, **wrong))

    assert 0 == code, out
    assert "passed" == heredocs(output.read_text())["verdict"]


def test_options_win_over_variables_and_may_come_without_a_command(tmp_path: Path) -> None:
    with Simulator(scenario(Pizza=QUICK, Pasta=QUICK)) as simulator:
        given = variables(simulator, **{"test-suites": "Unknown"})
        code, out = finish(start(tmp_path, "--test-suites", "Pizza", "--test-suites", "Pasta", **given))

    assert 0 == code
    assert {"Pizza", "Pasta"} == {request.suite for request in simulator.requests}, out


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_the_wait_with_reports_and_a_way_to_attach(tmp_path: Path, signum: int, code: int) -> None:
    with Simulator(load_scenario("stuck")) as simulator:
        process = start(tmp_path, **variables(simulator))
        said = read_until(process.stdout, "Started test run")
        process.send_signal(signum)
        ended, out = finish(process)

    (run_id,) = re.findall(r"ctr-[\w-]+", said)
    assert code == ended
    assert f" --test-run-ids={run_id}\n" in out
    (row,) = junit.read((tmp_path / "koregate-report/junit.xml").read_bytes())
    assert ("run", "error") == (row.name, row.outcome)
    (suite,) = simulator.suites
    assert run_id == json.loads((tmp_path / "koregate-report/resume.json").read_bytes())["runs"][suite][0][0]


# Makes standard input the terminal of this process, as a login does, and becomes koregate.
IN_A_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "koregate"])
"""


def test_a_terminal_that_is_closed_ends_the_wait_with_reports(tmp_path: Path) -> None:
    window, terminal = pty.openpty()
    with Simulator(load_scenario("stuck")) as simulator:
        process = subprocess.Popen(
            [sys.executable, "-c", IN_A_TERMINAL],
            cwd=tmp_path,
            env=environment(**variables(simulator)),
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
        )
        os.close(terminal)
        said = b""
        while b"Started test run" not in said:
            said += os.read(window, 1000)
        os.close(window)
        code = process.wait(timeout=30)

    folder = tmp_path / "koregate-report"
    assert 129 == code
    assert "KOREGATE_VERDICT=cancelled" in (folder / "outputs.env").read_text().splitlines()
    assert ["error"] == [row.outcome for row in junit.read((folder / "junit.xml").read_bytes())]


def test_a_job_under_nohup_continues_after_its_terminal_was_closed(tmp_path: Path) -> None:
    with Simulator(scenario(Pizza={**QUICK, "seconds": 1})) as simulator:
        process = subprocess.Popen(
            ["sh", "-c", 'trap "" HUP && exec "$@"', "sh", sys.executable, "-m", "koregate"],
            cwd=tmp_path,
            env=environment(**variables(simulator)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        read_until(process.stdout, "Started test run")
        process.send_signal(signal.SIGHUP)
        code, out = finish(process)

    assert (0, True) == (code, "Verdict: passed" in out)


def read_until(stream: IO[str] | None, text: str) -> str:
    assert stream is not None
    said = ""
    while text not in said:
        line = stream.readline()
        assert line, said
        said += line
    return said


def test_no_message_says_that_a_short_secret_is_short(tmp_path: Path) -> None:
    with Simulator(scenario(Pizza=QUICK)) as simulator:
        code, out = finish(start(tmp_path, **variables(simulator, **{"client-secret": "short"})))

    assert (3, False) == (code, "HMAC" in out)


def test_invalid_inputs_are_named_one_per_line(tmp_path: Path) -> None:
    code, out = finish(
        start(tmp_path, "run", "--timeout", "soon", GITHUB_ACTIONS="true", GITHUB_OUTPUT=str(tmp_path / "out"))
    )

    assert 2 == code
    names = ["host", "stream-id", "test-suites", "client-id", "user-email", "timeout"]
    heading, *told = out.splitlines()[: len(names) + 1]
    assert heading.endswith(" The inputs have 6 problems:")
    assert names == [re.split("[: ]", line.strip())[0] for line in told]
    assert "2" == heredocs((tmp_path / "out").read_text())["exit-code"]


@pytest.mark.parametrize("arguments", [("--bogus",), ("report",), ("demo", "extra"), ("fly",)])
def test_a_wrong_command_line_is_reported_in_one_line_and_touches_no_file(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    with Simulator(scenario(Pizza=QUICK)) as simulator:
        finish(start(tmp_path, **variables(simulator)))
    before = snapshot(tmp_path)
    code, out = finish(start(tmp_path, *arguments))

    assert 2 == code
    assert ["command line", "Verdict"] == [line.partition(":")[0] for line in out.splitlines()]
    assert "koregate-report/junit.xml" in before
    assert before == snapshot(tmp_path)


def test_version_and_help_are_printed_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    version = f"koregate 0.1.0 (Python {sys.version.split()[0]})\n"

    assert [(0, version)] * 2 == [finish(start(tmp_path, given)) for given in ("--version", "version")]
    assert (0, help_text("run")) == finish(start(tmp_path, "run", "--help", COLUMNS="80"))
    assert [] == list(tmp_path.iterdir())


def test_help_of_a_scenario_command_lists_the_scenarios(tmp_path: Path) -> None:
    code, out = finish(start(tmp_path, "help", "demo"))
    listed = finish(start(tmp_path, "simulate", "--list"))

    assert (0, True) == (code, out.startswith("usage: koregate demo"))
    assert (0, out[out.index("Scenarios:\n") :]) == listed
    for name in shipped_scenarios():
        assert re.search(rf"^  {name} ", out, re.MULTILINE)


def test_a_demo_with_many_failures_says_what_failed_first(tmp_path: Path) -> None:
    said = ("hi", *(f"bye {number}" for number in range(9)))
    wrong = {**QUICK, "steps": [{"say": words, "expect": "Hello", "answer": "Go away"} for words in said]}
    (tmp_path / "quick.json").write_text(scenario(Pizza=wrong).model_dump_json(exclude_unset=True))
    code, out = finish(start(tmp_path, "demo", "--scenario", "quick.json"))

    lines = out.splitlines()
    first = lines.index('First failure: Pizza > step 1 "hi" > 1.1 text')
    assert 1 == code
    assert ['  expected "Hello"', '  actual   "Go away"'] == lines[first + 1 : first + 3]
    assert ["", "What to do next:"] == lines[first + 3 : first + 5]
    assert any(line.startswith("Verdict: failed (exit code 1)") for line in lines[first + 4 :])
    assert "That was the simulator. To set koregate up for your bot: https://github.com/" in out


def test_the_demo_ends_with_the_paths_of_its_reports(tmp_path: Path) -> None:
    (tmp_path / "quick.json").write_text(scenario(Pizza=QUICK).model_dump_json(exclude_unset=True))
    code, out = finish(start(tmp_path, "demo", "--scenario", "quick.json", KOREGATE_HOST="https://elsewhere.example"))

    assert 0 == code
    assert ["Open koregate-report/report.html", "All files: koregate-report/"] == out.splitlines()[-2:]
    assert (tmp_path / "koregate-report/report.html").is_file()


@pytest.mark.parametrize("command", ["demo", "simulate"])
def test_an_unknown_scenario_is_named_with_the_ones_there_are(tmp_path: Path, command: str) -> None:
    code, out = finish(start(tmp_path, command, "--scenario", "nothing"))

    assert 2 == code
    assert out.startswith(
        'scenario: there is no scenario "nothing". koregate demo --list shows all.\n'
        "Verdict: error (exit code 2): invalid inputs"
    )


def test_simulate_serves_until_a_signal_comes(tmp_path: Path) -> None:
    process = start(tmp_path, "simulate", "--port", "0")
    said = read_until(process.stdout, "koregate run\n")
    process.send_signal(signal.SIGTERM)

    assert 0 == finish(process)[0]
    assert "http://127.0.0.1:" in said


@pytest.mark.parametrize("command", ["report", "merge"])
def test_a_report_that_is_not_there_is_an_input_that_cannot_be_used(tmp_path: Path, command: str) -> None:
    code, out = finish(start(tmp_path, command, "nowhere.json"))

    assert 2 == code
    assert out.startswith('FILE: "nowhere.json" cannot be read ')
    assert [] == list(tmp_path.iterdir())


def test_a_killed_job_leaves_the_reply_of_each_run_that_had_ended(tmp_path: Path) -> None:
    with Simulator(scenario(Pizza=QUICK, Pasta={**QUICK, "seconds": 600})) as simulator:
        process = start(tmp_path, **variables(simulator))
        read_until(process.stdout, "[Pizza] PASSED")
        process.kill()
        finish(process)

    (saved,) = (tmp_path / "koregate-report" / "raw").glob("*-pizza.json")
    assert "passed" == json.loads(saved.read_bytes())["status"]


def test_a_process_without_output_and_error_streams_writes_its_reports(tmp_path: Path) -> None:
    with Simulator(scenario(Pizza=QUICK)) as simulator:
        command = [sys.executable, "-m", "koregate"]
        closed = ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", *command]
        ended = subprocess.run(closed, cwd=tmp_path, env=environment(**variables(simulator)), check=False)

    assert 0 == ended.returncode
    assert (tmp_path / "koregate-report/junit.xml").is_file()


def test_a_current_directory_that_was_removed_is_an_input_error_and_no_traceback(tmp_path: Path) -> None:
    (gone := tmp_path / "gone").mkdir()
    output = tmp_path / "out.txt"
    github = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(output)}
    script = 'rmdir "$0" && exec "$@"'
    ended = subprocess.run(
        ["sh", "-c", script, str(gone), sys.executable, "-m", "koregate"],
        cwd=gone,
        env=environment(**github),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (2, "") == (ended.returncode, ended.stderr)
    assert "current directory: does not exist." in ended.stdout
    assert "error" == heredocs(output.read_text())["verdict"]
    assert not gone.exists()


def test_a_log_that_nobody_reads_does_not_stop_the_reports(tmp_path: Path) -> None:
    with Simulator(scenario(Pizza=QUICK)) as simulator:
        process = start(tmp_path, **variables(simulator))
        assert process.stdout is not None
        process.stdout.close()
        process.wait(timeout=30)
        assert process.stderr is not None
        process.stderr.close()

    assert 0 == process.returncode
    assert (tmp_path / "koregate-report/junit.xml").exists()


# A reader of the log that stops reading: a full pipe that nobody drains. How long the end of the job waits for it is
# given in seconds.
STUCK_LOG = """
import sys
from koregate.ci import log_writer
from koregate.__main__ import main

log_writer.END_SECONDS = float(sys.argv.pop(1))
main()
"""


def full_pipe() -> tuple[int, int]:
    read, write = os.pipe()
    # The kernel gives at least one page.
    os.write(write, b"." * fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 1))
    return read, write


def wait_for(happened: Callable[[], object], process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while not happened():
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.01)


def start_with_log(cwd: Path, log: int, seconds: float, *arguments: str, **environ: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-W", "error", "-c", STUCK_LOG, str(seconds), *arguments]
    process = subprocess.Popen(command, cwd=cwd, env=environment(**environ), stdout=log, stderr=log)
    os.close(log)
    return process


@pytest.mark.parametrize(("answer", "code"), [("Hello", 0), ("Go away", 1)])
def test_a_log_whose_reader_stops_reading_stops_nothing(tmp_path: Path, answer: str, code: int) -> None:
    read, write = full_pipe()
    suite = {**QUICK, "steps": [{"say": "hi", "expect": "Hello", "answer": answer}]}
    with Simulator(scenario(Pizza=suite)) as simulator:
        process = start_with_log(tmp_path, write, 0.1, **variables(simulator), CI="true")
        try:
            ended = process.wait(timeout=30)
        finally:
            process.kill()
            os.close(read)

    folder = tmp_path / "koregate-report"
    assert code == ended
    assert f"KOREGATE_EXIT_CODE={code}" in (folder / "outputs.env").read_text().splitlines()
    assert [("Pizza.step 1", "1.1 text: hi")] == [row[:2] for row in torn_nothing(folder)]


def test_a_signal_ends_a_job_whose_log_is_stuck_with_outputs_and_reports(tmp_path: Path) -> None:
    read, write = full_pipe()
    with Simulator(load_scenario("stuck")) as simulator:
        process = start_with_log(tmp_path, write, 1000, **variables(simulator), CI="true")
        try:
            wait_for(lambda: simulator.requests, process)
            process.send_signal(signal.SIGTERM)
            ended = process.wait(timeout=30)
        finally:
            process.kill()
            os.close(read)

    folder = tmp_path / "koregate-report"
    assert 143 == ended
    assert "KOREGATE_VERDICT=cancelled" in (folder / "outputs.env").read_text().splitlines()
    assert ["error"] == [row.outcome for row in torn_nothing(folder)]


def test_a_reader_that_reads_on_gets_the_whole_log_in_its_order(tmp_path: Path) -> None:
    read, write = full_pipe()
    with Simulator(scenario(Pizza=QUICK)) as simulator:
        process = start_with_log(tmp_path, write, 30, **variables(simulator), CI="true")
        # Without any reader until the reports are there, the job goes on.
        try:
            wait_for((tmp_path / "koregate-report/report.html").exists, process)
        finally:
            with os.fdopen(read) as log:
                lines = log.read().lstrip(".").splitlines()
        code = process.wait(timeout=30)

    assert 0 == code
    assert lines[0].startswith("Running 1 test suite")
    assert lines[-1].startswith("Verdict: passed")


@pytest.mark.parametrize(("signum", "code"), [(None, 0), (signal.SIGTERM, 143)])
def test_a_document_waits_for_its_reader_until_a_signal_comes(tmp_path: Path, signum: int | None, code: int) -> None:
    (tmp_path / "reply.json").write_text('{"status": "completed"}')
    whole = finish(start(tmp_path, "shape", "reply.json"))[1]
    read, write = full_pipe()
    process = start_with_log(tmp_path, write, 0, "shape", "reply.json")
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=2)
    if signum:
        process.send_signal(signum)
        assert code == process.wait(timeout=30)
    with os.fdopen(read) as log:
        printed = log.read().lstrip(".")

    assert code == process.wait(timeout=30)
    assert ("" if signum else whole) == printed


def test_a_pipe_that_does_not_block_loses_no_line_of_the_log(tmp_path: Path) -> None:
    read, write = full_pipe()
    os.set_blocking(write, False)
    with Simulator(scenario(Pizza=QUICK)) as simulator:
        process = start_with_log(tmp_path, write, 30, **variables(simulator), CI="true")
        try:
            wait_for((tmp_path / "koregate-report/report.html").exists, process)
        finally:
            with os.fdopen(read) as log:
                lines = log.read().lstrip(".").splitlines()

    assert 0 == process.wait(timeout=30)
    assert lines[0].startswith("Running 1 test suite")
    assert lines[-1].startswith("Verdict: passed")


def test_a_document_that_cannot_be_written_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "reply.json").write_text('{"status": "completed"}')
    command = [sys.executable, "-m", "koregate", "shape", "reply.json"]
    with Path("/dev/full").open("w") as full:
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True
        )
        errors = process.communicate(timeout=30)[1]

    assert 4 == process.returncode
    assert "The output cannot be written: No space left on device.\n" == errors


@pytest.mark.parametrize("lines", range(2, 7))
def test_a_killed_job_tears_no_report_and_is_resumed(tmp_path: Path, lines: int) -> None:
    with Simulator(scenario(Pizza={**QUICK, "seconds": 0.2}, Pasta={**QUICK, "seconds": 0.2})) as simulator:
        process = start(tmp_path, **variables(simulator, resume="true"))
        assert process.stdout is not None
        said = "".join(process.stdout.readline() for _ in range(lines))
        process.kill()
        process.communicate(timeout=30)
        kept = torn_nothing(tmp_path / "koregate-report")
        code, out = finish(start(tmp_path, **variables(simulator, resume="true")))

    assert 0 == code, out
    assert {"Pizza", "Pasta"} == {row.classname.split(".")[0] for row in torn_nothing(tmp_path / "koregate-report")}
    begun = [suite for suite in ("Pizza", "Pasta") if f"[{suite}] Started" in said]
    if not kept and "Reports:" not in said:
        assert all(1 == len(simulator.starts(suite)) for suite in begun)


def torn_nothing(folder: Path) -> list[junit.Row]:
    """Every file that is there is whole; the JUnit report's rows."""
    for path in folder.rglob("*.json"):
        json.loads(path.read_bytes())
    page = folder / "report.html"
    assert not page.exists() or page.read_text().endswith("</html>\n")
    report = folder / "junit.xml"
    return junit.read(report.read_bytes()) if report.exists() else []


# A start request that gets no reply: after a signal, the job waits some seconds for its run id.
SILENT = scenario(Pizza=QUICK, faults=[{"on": "start", "fault": "silence"}])


def start_and_wait_for_the_first_request(tmp_path: Path, simulator: Simulator, **changes: str) -> subprocess.Popen[str]:
    process = start(tmp_path, **variables(simulator, **changes))
    read_until(process.stdout, "Running 1 test suite")
    while not simulator.requests:
        assert process.poll() is None
    return process


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_the_same_signal_twice_ends_at_once(tmp_path: Path, signum: int, code: int) -> None:
    with Simulator(SILENT) as simulator:
        process = start_and_wait_for_the_first_request(tmp_path, simulator)
        process.send_signal(signum)
        read_until(process.stdout, "Writing the reports")
        process.send_signal(signum)
        ended, out = finish(process)

    assert (code, "") == (ended, out)
    assert not (tmp_path / "koregate-report/junit.xml").exists()


@pytest.mark.parametrize(
    ("first", "second", "code"), [(signal.SIGINT, signal.SIGTERM, 130), (signal.SIGTERM, signal.SIGINT, 143)]
)
def test_two_different_signals_end_in_good_order_with_the_exit_code_of_the_first(
    tmp_path: Path, first: int, second: int, code: int
) -> None:
    with Simulator(SILENT) as simulator:
        process = start_and_wait_for_the_first_request(tmp_path, simulator)
        process.send_signal(first)
        read_until(process.stdout, "Writing the reports")
        process.send_signal(second)
        ended, out = finish(process)

    assert code == ended
    assert f"Verdict: cancelled (exit code {code}). Pizza: canceled by {signal.Signals(first).name}." in out
    assert ["error"] == [row.outcome for row in junit.read((tmp_path / "koregate-report/junit.xml").read_bytes())]


@pytest.mark.parametrize(
    ("environ", "lines"),
    [
        ({}, "  koregate run --test-suites='Long one' --test-run-ids={}\n"),
        ({"CI": "true"}, "  koregate run --test-suites='Long one' --test-run-ids={}\n"),
        ({"GITLAB_CI": "true"}, "  KOREGATE_TEST_SUITES: |\n    Long one\n  KOREGATE_TEST_RUN_IDS: |\n    {}\n"),
    ],
    ids=["a shell", "an unknown CI system", "GitLab"],
)
def test_a_shell_gets_options_to_attach_with_also_if_the_output_is_redirected_and_gitlab_gets_variables(
    tmp_path: Path, environ: dict[str, str], lines: str
) -> None:
    with Simulator(scenario(**{"Long one": {**QUICK, "seconds": 600}})) as simulator:
        process = start(tmp_path, **variables(simulator), **environ)
        started = read_until(process.stdout, "Started test run")
        process.send_signal(signal.SIGINT)
        code, out = finish(process)
    (run_id,) = re.findall(r"Started test run (ctr-[\w-]+)\.", started)

    assert 130 == code
    assert lines.format(run_id) in out


def test_a_signal_while_a_start_is_under_way_says_that_the_run_may_have_started(tmp_path: Path) -> None:
    with Simulator(SILENT) as simulator:
        process = start_and_wait_for_the_first_request(tmp_path, simulator)
        process.send_signal(signal.SIGTERM)
        code, out = finish(process)

    assert 143 == code
    assert "may have started" in out


# The signal arrives with the first import after the program has begun, which is that of the command line.
SIGNAL_DURING_THE_IMPORT = """
import os, signal, sys
from koregate.__main__ import main

class Importing:
    def find_spec(self, name, path=None, target=None):
        sys.meta_path.remove(self)
        print("Importing", name, flush=True)
        os.kill(os.getpid(), signal.SIGTERM)

sys.meta_path.insert(0, Importing())
main()
"""


def test_a_signal_while_the_program_is_loaded_ends_in_a_report_and_starts_nothing(tmp_path: Path) -> None:
    output = tmp_path / "out.txt"
    around = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(output), "GITHUB_WORKSPACE": str(tmp_path)}
    with Simulator(scenario(Pizza=QUICK)) as simulator:
        process = python(tmp_path, ["-c", SIGNAL_DURING_THE_IMPORT], {**variables(simulator), **around})
        code, out = finish(process)

    assert out.startswith("Importing koregate.cli\n")
    assert (143, "cancelled") == (code, heredocs(output.read_text())["verdict"])
    assert ["error"] == [row.outcome for row in junit.read((tmp_path / "koregate-report/junit.xml").read_bytes())]
    assert [] == simulator.requests


@pytest.mark.parametrize("problem", ["MemoryError", 'RuntimeError("can\'t start new thread")'])
def test_an_error_that_nothing_can_report_is_no_failed_test(tmp_path: Path, problem: str) -> None:
    code = f"""
import koregate.cli
from koregate.__main__ import main

def fail(*_):
    raise {problem}

koregate.cli.detect = fail
main()
"""
    process = python(tmp_path, ["-c", code], {})
    out, err = process.communicate(timeout=30)

    assert (4, "") == (process.returncode, out)
    assert err.startswith("koregate: error (exit code 4). ")
    assert 1 == len(err.splitlines())


def cpu_seconds(pid: int) -> float:
    """The CPU time that a process has used. Other than the time of a clock, it is the same on a busy machine."""
    # proc(5): the fields after the name in brackets begin with the third.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_cancel_while_large_reports_are_written_leaves_outputs_replies_and_junit(tmp_path: Path) -> None:
    broken = {"say": "hi", "expect": "Hello", "answer": "Go away", "flow": {"node": "a", "expected_node": "b"}}
    with Simulator(scenario(Pizza={**QUICK, "steps": [broken] * 4000})) as simulator:
        process = start(tmp_path, **variables(simulator))
        run_json = tmp_path / "koregate-report" / "raw" / "run.json"
        while not run_json.exists() and process.poll() is None:
            time.sleep(0.01)
        # GitHub's runner: SIGINT, then SIGTERM.
        process.send_signal(signal.SIGINT)
        before = cpu_seconds(process.pid)
        outputs = tmp_path / "koregate-report" / "outputs.env"
        while not outputs.exists() and process.poll() is None and cpu_seconds(process.pid) < before + 10:
            time.sleep(0.01)
        taken = cpu_seconds(process.pid) - before
        process.send_signal(signal.SIGTERM)
        code, out = finish(process)

    # The promise is two seconds. All reports take far more than this, also on a slow machine.
    assert taken < 5
    assert (1, "KOREGATE_VERDICT=failed") == (code, outputs.read_text().split("\n")[0])
    assert "The verdict stands" in out
    names = {path.name for path in (tmp_path / "koregate-report").rglob("*") if path.is_file()}
    assert {"junit.xml", "report.json", "report.html", "run.json", "001-pizza.json"} <= names


def test_a_job_killed_while_it_writes_its_reports_is_resumed_without_a_second_start(tmp_path: Path) -> None:
    broken = {"say": "hi", "expect": "Hello", "answer": "Go away"}
    with Simulator(scenario(Pizza={**QUICK, "steps": [broken] * 4000})) as simulator:
        process = start(tmp_path, **variables(simulator, resume="true"))
        run_json = tmp_path / "koregate-report" / "raw" / "run.json"
        while not run_json.exists() and process.poll() is None:
            time.sleep(0.001)
        process.kill()
        process.communicate()
        code, _ = finish(start(tmp_path, **variables(simulator, resume="true")))

    assert (1, 1) == (code, len(simulator.starts("Pizza")))


def test_a_job_killed_while_the_platform_takes_a_start_is_told_by_the_next_attempt(tmp_path: Path) -> None:
    silent_once = {"on": "start", "fault": "silence", "requests": "1"}
    with Simulator(scenario(Pizza=QUICK, faults=[silent_once])) as simulator:
        process = start_and_wait_for_the_first_request(tmp_path, simulator, resume="true")
        process.kill()
        process.communicate()
        code, out = finish(start(tmp_path, **variables(simulator, resume="true")))

    assert (0, 2) == (code, len(simulator.starts("Pizza")))
    said = "An earlier attempt of this job may have started a test run of this suite"
    assert 2 == out.count(said), "before the second start, and as a remark"
    assert out.index(said) < out.index("[Pizza] Started")
    assert "Nothing to resume" not in out
    report = json.loads((tmp_path / "koregate-report/report.json").read_bytes())
    assert 1 == len([remark for remark in report["suites"][0]["remarks"] if remark.startswith(said)])
    assert not (tmp_path / "koregate-report/resume.json").exists()
    code, out = finish(start(tmp_path, "report", "koregate-report/raw", KOREGATE_REPORT_DIR="again"))
    assert (0, True) == (code, said in out)


def test_without_resume_a_start_request_leaves_no_file(tmp_path: Path) -> None:
    with Simulator(SILENT) as simulator:
        process = start_and_wait_for_the_first_request(tmp_path, simulator)
        process.kill()
        process.communicate()

    assert not (tmp_path / "koregate-report/resume.json").exists()
