"""Whole jobs: every row of the table of verdicts and exit codes, over real HTTP."""

import gc
import io
import json
import os
import re
import signal
import threading
import time
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import jwt
import pytest
from support.clock import FakeClock
from support.job import FAILING, PASSING, command, gate, job, run, scenario, snapshot

from koregate import cli
from koregate.ci.detect import detect
from koregate.commands.context import JobContext
from koregate.commands.simulate import inputs_for
from koregate.redaction.secret_mask import SecretMask
from koregate.reports.render import RENDERERS
from koregate.runs.event_queue import EventQueue
from koregate.simulator import Scenario, Simulator, load_scenario
from koregate.simulator.api import SECRET


@pytest.mark.parametrize(
    ("name", "verdict", "code"),
    [
        ("passing", "passed", 0),
        ("failing", "failed", 1),
        ("step-failed", "failed", 1),
        ("aborted", "error", 4),
        ("missing-steps", "error", 4),
        ("summary-only", "passed", 0),
        ("slow", "passed", 0),
        ("stuck", "timeout", 5),
        ("rate-limited", "passed", 0),
        ("erroring", "passed", 0),
        ("credentials", "error", 3),
        ("training", "passed", 0),
        ("out-of-sync", "error", 4),
    ],
)
def test_each_shipped_scenario_ends_as_it_says(
    tmp_path: Path, clock: FakeClock, name: str, verdict: str, code: int
) -> None:
    done, simulator = job(tmp_path, clock, load_scenario(name))

    assert (verdict, code) == (done.outputs["verdict"], done.code)
    assert 0 == simulator.limit_violations
    assert all(len(simulator.starts(suite)) <= 2 for suite in simulator.suites)


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        ({"fault": "http", "code": 401, "message": "Invalid SDK credentials"}, 3, "belong together"),
        ({"fault": "http", "code": 403}, 3, "rejected the credentials (403)"),
        ({"fault": "http", "code": 400, "message": "Test Suite not found"}, 4, "must match the suite's name exactly"),
        ({"fault": "http", "code": 404}, 4, "rejected the request (404)"),
        ({"fault": "http", "code": 412, "message": "Validation errors/ Invalid arguments"}, 4, "user-email"),
        ({"fault": "http", "code": 500}, 4, "may have started"),
        ({"fault": "close"}, 4, "may have started"),
        ({"fault": "html"}, 4, "may have started"),
        ({"fault": "json-other"}, 4, "no usable testRunId"),
        (
            {"fault": "redirect", "code": 302, "location": "https://u:p@other.example/x?token=1#f"},
            4,
            '"https://other.example/x"',
        ),
    ],
)
def test_a_start_that_is_not_certain_is_never_repeated(
    tmp_path: Path, clock: FakeClock, fault: dict[str, Any], code: int, said: str
) -> None:
    done, simulator = job(tmp_path, clock, scenario(Pizza=PASSING, faults=[{"on": "start", **fault}]))

    assert ("error", code, 1) == (done.outputs["verdict"], done.code, len(simulator.starts("Pizza")))
    assert said in done.log
    assert [("Pizza.run", "run", "error")] == [row[:3] for row in done.rows]


@pytest.mark.parametrize(
    "fault", [{"fault": "http", "code": 429, "retry_after": "7"}, {"fault": "rate-limited"}], ids=["429", "message"]
)
def test_a_start_that_the_platform_did_not_take_is_repeated(
    tmp_path: Path, clock: FakeClock, fault: dict[str, Any]
) -> None:
    done, simulator = job(
        tmp_path, clock, scenario(Pizza=PASSING, faults=[{"on": "start", "requests": "1-2", **fault}])
    )

    assert ("passed", 3) == (done.outputs["verdict"], len(simulator.starts("Pizza")))


def test_an_unknown_suite_and_an_unknown_run_are_what_short_lines_say(tmp_path: Path, clock: FakeClock) -> None:
    with Simulator(scenario(Pizza=PASSING), now=clock.monotonic, wall=clock.wall) as simulator:
        suite = run(simulator, tmp_path, clock, test_suites="PIZZA")
        attached = run(simulator, tmp_path, clock, test_run_ids="ctr-elsewhere")

    assert re.search(r"ERROR\S*: the platform does not know this suite$", suite.log, re.MULTILINE)
    assert "PIZZA: the platform does not know this suite." in suite.verdict
    assert re.search(r"ERROR\S*: the platform does not know this test run$", attached.log, re.MULTILINE)
    assert "Pizza: the platform does not know this test run." in attached.verdict


def test_a_platform_that_refuses_connections_gets_ten_requests(tmp_path: Path, clock: FakeClock) -> None:
    with Simulator(scenario(Pizza=PASSING)) as simulator:
        pass
    done = run(simulator, tmp_path, clock)

    assert (4, 9) == (done.code, len(clock.waits))
    assert (
        f"Nothing listens at {simulator.url[7:]}, so no test run was started. 10 requests in a row failed."
    ) in done.log
    assert f"nothing listens at {simulator.url[7:]}" in done.verdict.lower()
    first, *others = [line for line in done.log.splitlines() if "Retrying the start" in line]
    assert (
        f"othing listens at {simulator.url[7:]}. Start koregate simulate in another shell, or check the port." in first
    )
    assert others
    assert not [line for line in others if "Start koregate" in line]
    assert "\n  Start koregate simulate in another shell, or check the port." in done.log
    assert "firewall" not in done.log
    assert [] == [text for text in ("may have started", "still running", "test-run-ids") if text in done.log]


def test_a_platform_that_refuses_connections_until_the_timeout_is_named_with_what_to_check(
    tmp_path: Path, clock: FakeClock
) -> None:
    with Simulator(scenario(Pizza=PASSING)) as simulator:
        pass
    done = run(simulator, tmp_path, clock, timeout="5s")

    refused = f"othing listens at {simulator.url[7:]}"
    assert (5, True) == (done.code, f"{refused}, so no test run was started within 5s (timeout)." in done.log)
    assert refused in done.verdict
    assert "\n  Start koregate simulate in another shell" in done.log


def test_a_run_that_nobody_knows_to_exist_is_not_said_to_be_running(tmp_path: Path, clock: FakeClock) -> None:
    with Simulator(scenario(Pizza=PASSING)) as simulator:
        pass
    unknown = run(simulator, tmp_path, clock, test_run_ids="ctr-1")
    again = gate({}, tmp_path, clock, saved=(str(unknown.folder / "raw"),))

    assert (4, 4) == (unknown.code, again.code)
    assert [] == [text for text in ("still be running", "To attach") if text in unknown.log + again.log]
    assert unknown.files == again.files


def test_a_run_that_was_started_or_gave_a_status_is_said_to_be_running(tmp_path: Path, clock: FakeClock) -> None:
    def lost_from(request: int) -> Scenario:
        return scenario(
            Pizza={**PASSING, "seconds": 3600}, faults=[{"on": "status", "requests": f"{request}-", "fault": "reset"}]
        )

    running = "The test run of Pizza may still be running on the platform."
    started, _ = job(tmp_path, clock, lost_from(1))
    with Simulator(lost_from(6), now=clock.monotonic, wall=clock.wall) as simulator:
        late = run(simulator, tmp_path, clock, timeout="90s", poll_interval="40s")
        attached = run(simulator, tmp_path, clock, test_run_ids=late.outputs["test-run-ids"])

    assert [4, 5, 4] == [started.code, late.code, attached.code]
    assert [True] * 3 == [running in done.log for done in (started, late, attached)]


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "reset"},
        {"fault": "close"},
        {"fault": "truncated"},
        {"fault": "short-length"},
        {"fault": "bad-gzip"},
        {"fault": "html"},
        {"fault": "empty"},
        {"fault": "nan"},
        {"fault": "deep"},
        {"fault": "not-utf8"},
        {"fault": "rate-limited"},
        *({"fault": "http", "code": code} for code in (408, 425, 429, 500, 502, 503, 504)),
        {"fault": "http", "code": 503, "retry_after": "40"},
        {"fault": "http", "code": 503, "retry_after": "date+40"},
    ],
    ids=lambda fault: " ".join(map(str, fault.values())),
)
def test_a_passing_fault_of_a_status_request_is_outlived_and_a_lasting_one_is_an_error(
    tmp_path: Path, clock: FakeClock, fault: dict[str, Any]
) -> None:
    passing = scenario(Pizza=PASSING, faults=[{"on": "status", "requests": "2-4", **fault}])
    lasting = scenario(Pizza=PASSING, faults=[{"on": "status", **fault}])

    outlived, simulator = job(tmp_path, clock, passing)
    waited = clock.time
    lost, _ = job(tmp_path, FakeClock(), lasting)

    assert ("passed", "error", 4) == (outlived.outputs["verdict"], lost.outputs["verdict"], lost.code)
    assert "10 requests in a row failed" in lost.log
    assert waited >= (3 * 40 if fault.get("retry_after") else 20)
    assert 0 == simulator.limit_violations


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        ({"fault": "http", "code": 400, "message": "Test Result not found."}, 4, "Check the run id"),
        ({"fault": "http", "code": 401, "message": "Permission denied. Scope is incorrect!"}, 3, "publish the app"),
        ({"fault": "redirect", "code": 307}, 4, "pointed to"),
        ({"fault": "huge"}, 4, "larger than 64 MiB, so koregate did not read it to the end."),
        ({"fault": "huge-chunked"}, 4, "larger than 64 MiB"),
        ({"fault": "gzip-bomb"}, 4, "larger than 64 MiB"),
    ],
    ids=lambda value: value["fault"] if isinstance(value, dict) else str(value),
)
def test_a_status_request_that_cannot_succeed_ends_the_suite_at_once(
    tmp_path: Path, clock: FakeClock, fault: dict[str, Any], code: int, said: str
) -> None:
    done, simulator = job(tmp_path, clock, scenario(Pizza=PASSING, faults=[{"on": "status", **fault}]))

    assert ("error", code) == (done.outputs["verdict"], done.code)
    assert said in done.log
    assert "not-to-be-shown" not in done.log
    assert 1 == sum(request.kind == "status" for request in simulator.requests)


@pytest.mark.parametrize("fault", ["silence", "drip"])
def test_a_reply_that_does_not_arrive_in_time_is_a_lost_request(tmp_path: Path, clock: FakeClock, fault: str) -> None:
    played = scenario(Pizza=PASSING, faults=[{"on": "status", "requests": "1", "fault": fault}])

    done, _ = job(tmp_path, clock, played, request_seconds=0.1)

    assert "passed" == done.outputs["verdict"]
    assert "did not reply" in done.log


def test_the_time_to_mask_a_reply_is_not_time_that_the_platform_takes(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit, mask = 0.5, SecretMask.data

    def slow_mask(self: SecretMask, data: bytes) -> bytes:
        if b"percentageCompleted" in data:
            time.sleep(limit + 0.1)
        return mask(self, data)

    monkeypatch.setattr(SecretMask, "data", slow_mask)
    played = scenario(Pizza={**PASSING, "seconds": 0})

    done, simulator = job(tmp_path, clock, played, request_seconds=limit)

    assert "passed" == done.outputs["verdict"]
    assert 1 == sum(request.kind == "status" for request in simulator.requests)


def test_a_compressed_reply_is_read(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = job(tmp_path, clock, scenario(Pizza=PASSING, faults=[{"on": "status", "fault": "gzip"}]))

    assert 0 == done.code


def test_four_suites_end_with_one_verdict_one_report_and_one_set_of_outputs(tmp_path: Path, clock: FakeClock) -> None:
    suites = {f"Suite {n}": {**(FAILING if n == 2 else PASSING), "seconds": 10 * n} for n in range(1, 5)}

    done, simulator = job(tmp_path, clock, scenario(**suites))

    assert (1, "failed") == (done.code, done.outputs["verdict"])
    assert list(suites) == list(dict.fromkeys(row.classname.split(".")[0] for row in done.rows))
    assert ("8", "7", "1", "8", "7", "1", "87.50") == tuple(
        done.outputs[name]
        for name in ("total", "passed", "failed", "steps-total", "steps-passed", "steps-failed", "pass-rate")
    )
    assert ["Suite 2.step 2.2.1 text: hi"] == json.loads(done.outputs["failed-tests"])
    assert 4 == len(done.outputs["test-run-ids"].splitlines())
    assert "100.000" == done.outputs["duration-seconds"]
    assert 0 == simulator.limit_violations


def test_no_more_suites_run_at_once_than_max_parallel(tmp_path: Path, clock: FakeClock) -> None:
    suites = {f"Suite {n}": PASSING for n in range(5)}

    done, simulator = job(tmp_path, clock, scenario(**suites), max_parallel="1")

    kinds = [(request.kind, request.suite) for request in simulator.requests]
    assert 0 == done.code
    for number in range(1, 5):
        before = [place for place, kind in enumerate(kinds) if kind == ("status", f"Suite {number - 1}")]
        assert max(before) < kinds.index(("start", f"Suite {number}"))


@pytest.mark.parametrize(("fail_on", "failed", "timeout"), [("any", 1, 5), ("error", 0, 5), ("never", 0, 0)])
def test_fail_on_turns_an_exit_code_into_0_and_no_verdict_into_another(
    tmp_path: Path, fail_on: str, failed: int, timeout: int
) -> None:
    red, _ = job(tmp_path, FakeClock(), scenario(Pizza=FAILING), fail_on=fail_on)
    late, _ = job(tmp_path, FakeClock(), scenario(Pizza=FAILING), fail_on=fail_on, timeout="10s")

    assert [("failed", failed), ("timeout", timeout)] == [(done.outputs["verdict"], done.code) for done in (red, late)]


def test_a_run_that_already_ended_is_judged_at_the_first_request(tmp_path: Path, clock: FakeClock) -> None:
    with Simulator(scenario(Pizza=PASSING), now=clock.monotonic, wall=clock.wall) as simulator:
        run_id = simulator.start_run("Pizza")
        clock.time = 100
        done = run(simulator, tmp_path, clock, test_run_ids=run_id, user_email="")

    assert (0, [], ["status"]) == (done.code, clock.waits, [request.kind for request in simulator.requests])
    assert run_id == done.outputs["test-run-ids"]


def test_on_timeout_the_status_is_asked_once_more_and_the_log_says_how_to_attach(
    tmp_path: Path, clock: FakeClock
) -> None:
    done, simulator = job(tmp_path, clock, load_scenario("slow"), timeout="90s", poll_interval="40s")

    (run_id,) = done.outputs["test-run-ids"].splitlines()
    assert (5, [0, 40, 80, 90]) == (done.code, [round(request.time) for request in simulator.statuses(run_id)])
    assert f"  test-run-ids: |\n    {run_id}\n" in done.log
    assert "did not end within 1m30s" in done.rows[0].message


def test_a_run_that_ends_just_before_the_timeout_is_judged(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = job(tmp_path, clock, scenario(Pizza={**PASSING, "seconds": 89}), timeout="90s", poll_interval="80s")

    assert 0 == done.code


def test_a_run_without_progress_ends_in_a_timeout(tmp_path: Path, clock: FakeClock) -> None:
    stalled, _ = job(tmp_path, clock, load_scenario("stuck"), stall_timeout="5m")
    patient, _ = job(tmp_path, second := FakeClock(), load_scenario("stuck"), stall_timeout="0")

    assert [5, 5] == [stalled.code, patient.code]
    assert (300 <= clock.time < 330, 1800) == (True, round(second.time))
    assert "no progress for 5m" in stalled.log


@pytest.mark.parametrize(
    ("signals", "code"),
    [
        ((signal.SIGINT,), 130),
        ((signal.SIGTERM,), 143),
        ((signal.SIGINT, signal.SIGTERM), 130),
        ((signal.SIGTERM, signal.SIGINT), 143),
    ],
)
def test_a_signal_ends_the_job_with_reports_and_the_first_one_gives_the_exit_code(
    tmp_path: Path, clock: FakeClock, signals: tuple[int, ...], code: int
) -> None:
    done, _ = job(tmp_path, clock, load_scenario("stuck"), signals=signals, fail_on="never", stall_timeout="0")

    assert ("cancelled", code) == (done.outputs["verdict"], done.code)
    assert ["error"] == [row.outcome for row in done.rows]


def test_a_signal_that_came_before_the_first_request_starts_nothing(tmp_path: Path, clock: FakeClock) -> None:
    done, simulator = job(tmp_path, clock, scenario(Pizza=PASSING, Pasta=PASSING), signals=(signal.SIGTERM,))

    assert ("cancelled", 143, []) == (done.outputs["verdict"], done.code, simulator.requests)
    assert ["error", "error"] == [row.outcome for row in done.rows]


class SignalWhileItWaits(FakeClock):
    """A clock whose first wait lasts until the job has seen a SIGTERM."""

    def __init__(self, queue: EventQueue) -> None:
        super().__init__()
        self._queue = queue
        self._seen = threading.Event()

    def wait(self, seconds: float) -> None:
        if seconds > 0 and not self.waits:
            self._queue.put(signal.SIGTERM)
            assert self._seen.wait(30)
        super().wait(seconds)

    def cancel(self, signum: int) -> None:
        super().cancel(signum)
        self._seen.set()


@pytest.mark.parametrize(
    "fault", [{"fault": "http", "code": 429, "retry_after": "7"}, {"fault": "rate-limited"}], ids=["429", "message"]
)
def test_no_start_is_repeated_after_a_signal(tmp_path: Path, fault: dict[str, Any]) -> None:
    queue: EventQueue = SimpleQueue()
    clock = SignalWhileItWaits(queue)
    played = scenario(Pizza=PASSING, Wine=PASSING, faults=[{"on": "start", "requests": "1", **fault}])
    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        done = run(simulator, tmp_path, clock, queue=queue, max_parallel="1")

    assert (143, "cancelled", 1) == (done.code, done.outputs["verdict"], len(simulator.requests))
    assert "may have started" not in done.log


def test_a_name_with_a_comma_is_one_suite_and_the_log_says_so(tmp_path: Path, clock: FakeClock) -> None:
    played = scenario(**{"Pizza": PASSING, "Pizza, please": PASSING})

    done, simulator = job(tmp_path, clock, played, test_suites="Pizza, please")
    plain, _ = job(tmp_path, clock, scenario(Pizza=PASSING))

    assert (0, 1, []) == (done.code, len(simulator.starts("Pizza, please")), simulator.starts("Pizza"))
    assert '"Pizza, please" is taken for one suite with a comma in its name. Give one name per line.' in done.log
    assert "comma" not in plain.log


def test_every_request_carries_a_new_token_and_the_documented_headers(tmp_path: Path, clock: FakeClock) -> None:
    _, simulator = job(tmp_path, clock, scenario(Pizza=PASSING), jwt_algorithm="HS512", bot_language="de")

    tokens = [request.headers["auth"] for request in simulator.requests]
    claims = [
        jwt.decode(token, SECRET, algorithms=["HS512"], options={"verify_exp": False, "verify_iat": False})
        for token in tokens
    ]
    assert len(tokens) == len(set(tokens)) == len({claim["jti"] for claim in claims})
    assert {("cs-simulator", "developer@example.com")} == {(claim["appId"], claim["sub"]) for claim in claims}
    assert all(0 < claim["exp"] - claim["iat"] <= 600 for claim in claims)
    assert {"de"} == {request.headers["bot-language"] for request in simulator.requests}
    assert not any("Authorization" in request.headers for request in simulator.requests)
    assert {"version": "inDevelopment", "userEmailId": "developer@example.com"} == json.loads(
        simulator.requests[0].body
    )


def test_a_ready_made_token_is_sent_as_it_is(tmp_path: Path, clock: FakeClock) -> None:
    token = jwt.encode({"appId": "cs-simulator", "sub": "me"}, SECRET, "HS256")

    done, simulator = job(tmp_path, clock, scenario(Pizza=PASSING), jwt=token, client_id="", client_secret="")

    assert (0, {token}) == (done.code, {request.headers["auth"] for request in simulator.requests})


@pytest.mark.parametrize(
    "name", ["a/b", "100% ünïcode 🍕", "..%2f?x=1#y", "%2e%2e", "tab\tinside", "<&\"'>", "-", "x" * 300]
)
def test_a_suite_name_may_hold_any_character(tmp_path: Path, clock: FakeClock, name: str) -> None:
    done, simulator = job(tmp_path, clock, scenario(**{name: PASSING}))

    assert (0, {name}) == (done.code, {request.suite for request in simulator.requests})


def test_bad_inputs_send_nothing_and_write_reports_and_outputs(tmp_path: Path, clock: FakeClock) -> None:
    with Simulator(scenario(Pizza=PASSING)) as simulator:
        done = run(simulator, tmp_path, clock, stream_id="nonsense", timeout="soon", report_dir="reports")

    assert (2, "error", []) == (done.code, done.outputs["verdict"], simulator.requests)
    about = [line.partition(":")[0] for line in done.problems]
    assert [1, 1] == [about.count(name) for name in ("stream-id", "timeout")]
    assert "reports/junit.xml" == done.outputs["junit-path"]


@pytest.mark.parametrize(
    "arguments",
    [["--bogus"], ["--bogus=x"], ["run", "--timeout"], ["fly"], ["run", "extra"], ["report"], ["merge"], ["demo", "x"]],
    ids=" ".join,
)
def test_a_command_line_that_cannot_be_parsed_touches_no_file_and_reaches_the_job_outputs(
    tmp_path: Path, clock: FakeClock, arguments: list[str]
) -> None:
    earlier, _ = job(tmp_path, clock, scenario(Pizza=FAILING))
    before = snapshot(earlier.folder)

    done = command(arguments, tmp_path, clock)

    assert (2, "error", "2") == (done.code, done.outputs["verdict"], done.outputs["exit-code"])
    assert 1 == sum(line.startswith("command line: ") for line in done.problems)
    assert before == snapshot(earlier.folder)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("demo --scenario nothing", "scenario: there is no scenario"),
        ("simulate --scenario nothing", "scenario: there is no scenario"),
        ("simulate --port x", 'port: "x" is not a port. Give a number from 0 to 65535.'),
        ("simulate --port 1", "port: 1 is unusable ("),
    ],
)
def test_a_scenario_or_port_that_cannot_be_used_ends_like_any_unusable_command(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, line: str, text: str
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    earlier, _ = job(tmp_path, clock, scenario(Pizza=FAILING))
    before = snapshot(earlier.folder)
    monkeypatch.setattr("socket.socket.bind", refuse)

    done = command(line.split(), tmp_path, clock)

    assert (2, "error", "2") == (done.code, done.outputs["verdict"], done.outputs["exit-code"])
    assert done.problems[0].startswith(text)
    assert "Verdict: error (exit code 2)" in done.log
    assert before == snapshot(earlier.folder)


@pytest.mark.parametrize(
    "system",
    [{}, {"GITLAB_CI": "true"}, {"TF_BUILD": "True"}, {"CIRCLECI": "true"}, {"BUILDKITE": "true"}],
    ids=lambda system: "".join(system) or "shell",
)
def test_a_command_line_that_cannot_be_parsed_leaves_the_report_directory_as_it_is_on_every_ci_system(
    tmp_path: Path, clock: FakeClock, system: dict[str, str]
) -> None:
    stream = io.StringIO()
    (tmp_path / "koregate-report" / "raw").mkdir(parents=True)
    for name in ("outputs.env", "junit.xml", "koregate-summary.md", "resume.json", "raw/run.json"):
        (tmp_path / "koregate-report" / name).write_text("of an earlier job")
    before = snapshot(tmp_path)

    code = cli.run(["--bogus"], JobContext(system, tmp_path, detect(system, stream), clock, SimpleQueue()))

    assert 2 == code
    assert "command line: " in stream.getvalue()
    assert before == snapshot(tmp_path)


def test_bad_inputs_report_an_error_and_leave_the_replies_of_an_earlier_job_alone(
    tmp_path: Path, clock: FakeClock
) -> None:
    earlier, _ = job(tmp_path, clock, scenario(Pizza=FAILING, Pasta=PASSING))
    before, replies = earlier.files, snapshot(earlier.folder / "raw")

    done, _ = job(tmp_path, FakeClock(), scenario(Pizza=PASSING), timeout="soon")
    rebuilt = gate({"report-dir": "rebuilt"}, tmp_path, clock, saved=(str(earlier.folder / "raw"),))

    assert (2, "error", ["error"]) == (done.code, done.outputs["verdict"], [row.outcome for row in done.rows])
    assert {"001-pizza.json", "002-pasta.json", "run.json"} == set(replies)
    assert replies == snapshot(earlier.folder / "raw")
    assert (1, before["junit.xml"]) == (rebuilt.code, rebuilt.files["junit.xml"])


def test_a_job_removes_nothing_from_its_report_directory_that_koregate_did_not_write(
    tmp_path: Path, clock: FakeClock
) -> None:
    (tmp_path / "raw").mkdir()
    mine = ("customers.json", "raw/customers.json", "raw/001-pizza-of-mine.json", "raw/notes.txt")
    for name in mine:
        (tmp_path / name).write_text("mine")

    for _ in range(2):
        done, _ = job(tmp_path, clock, scenario(Pizza=PASSING), report_dir=".")

    assert {"raw/001-pizza.json", "raw/run.json", "junit.xml", *mine} <= set(done.files)
    assert {b"mine"} == {done.files[name] for name in mine}


def test_an_earlier_runs_reports_do_not_outlive_it(tmp_path: Path, clock: FakeClock) -> None:
    first, _ = job(tmp_path, clock, scenario(Pizza=PASSING, Pasta=PASSING))
    before = first.files
    second, _ = job(tmp_path, FakeClock(), scenario(Pizza=PASSING))

    assert "raw/002-pasta.json" in before
    assert "raw/002-pasta.json" not in second.files


def test_what_a_killed_job_left_of_its_writes_is_gone_after_the_next_job(tmp_path: Path, clock: FakeClock) -> None:
    folder = tmp_path / "koregate-report"
    (folder / "raw").mkdir(parents=True)
    (tmp_path / "kept").mkdir()
    rests = [place / ".koregate-0123456789abcdef" for place in (folder, folder / "raw", tmp_path / "kept")]
    for rest in rests:
        rest.write_bytes(b"half")
        os.utime(rest, (1, time.time() - 120))
    (mine := folder / "raw" / "notes.txt").write_bytes(b"mine")

    # There is no run.json: the job was killed before it wrote one.
    done, _ = job(tmp_path, clock, scenario(Pizza=PASSING), history="kept/history.jsonl")

    assert 0 == done.code
    assert [] == [rest for rest in rests if rest.exists()]
    assert mine.exists()


def test_a_run_is_resumed_after_a_job_whose_reports_were_not_written(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> bytes:
        raise MemoryError

    with Simulator(scenario(Pizza=PASSING), now=clock.monotonic, wall=clock.wall) as simulator:
        with monkeypatch.context() as patch:
            patch.setitem(RENDERERS, "report.html", fail)
            unreported = run(simulator, tmp_path, clock)
        kept = json.loads((tmp_path / "koregate-report" / "resume.json").read_bytes())["runs"]
        resumed = run(simulator, tmp_path, clock, resume="true")

    assert (4, 0, 1) == (unreported.code, resumed.code, len(simulator.starts("Pizza")))
    assert resumed.outputs["test-run-ids"] == kept["Pizza"][0][0]
    assert "resume.json" not in resumed.files
    assert "Nothing to resume" not in resumed.log


def test_a_job_that_finds_nothing_to_resume_says_so(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = job(tmp_path, clock, scenario(Pizza=PASSING), resume="true")

    assert "Nothing to resume: there is no koregate-report/resume.json." in done.log.splitlines()


@pytest.mark.parametrize(
    ("given", "is_fork", "code", "verdict"),
    [
        ({"client_id": "", "client_secret": ""}, True, 0, "skipped"),
        ({"client_secret": ""}, True, 0, "skipped"),
        ({"client_id": ""}, True, 2, "error"),
        ({"client_id": "", "client_secret": "", "timeout": "soon"}, True, 2, "error"),
        ({"client_id": "", "client_secret": "", "on_missing_credentials": ""}, True, 2, "error"),
        ({"client_id": "", "client_secret": ""}, False, 2, "error"),
        ({"client_secret": ""}, False, 2, "error"),
    ],
)
def test_missing_credentials_skip_a_job_only_in_a_pull_request_without_secrets_and_if_the_inputs_say_so(
    tmp_path: Path, clock: FakeClock, given: dict[str, str], is_fork: bool, code: int, verdict: str
) -> None:
    source = "someone/bot" if is_fork else "owner/bot"
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"head": {"repo": {"full_name": source}}}}))
    environ = {"GITHUB_EVENT_PATH": str(event), "GITHUB_REPOSITORY": "owner/bot"}
    options = {"on_missing_credentials": "skip", **given}
    done, simulator = job(tmp_path, clock, scenario(Pizza=PASSING), environ=environ, **options)

    assert (code, verdict, []) == (done.code, done.outputs["verdict"], simulator.requests)
    assert (["skipped"] if code == 0 else ["error"]) == [row.outcome for row in done.rows]
    assert (
        "::warning title=Conversation tests%3A skipped (exit code 0)::This job passes (exit code 0)," in done.log
    ) == (code == 0)
    assert (" is not a pull request from a fork or from Dependabot. Set the credentials." in done.log) == (not is_fork)
    assert ("To let such ones pass unchecked, set on-missing-credentials" in done.log) == (
        options["on_missing_credentials"] == ""
    )


def test_pull_requests_from_forks_are_no_advice_for_anybody_else(tmp_path: Path, clock: FakeClock) -> None:
    with Simulator(scenario(Pizza=PASSING)) as simulator:
        given = {**inputs_for(simulator), "client-secret": ""}
        elsewhere = gate(given, tmp_path, clock)
        fork = gate(given, tmp_path, clock, environ={"GITHUB_ACTOR": "dependabot[bot]"})

    assert "client-secret is required together with client-id. Set KOREGATE_CLIENT_SECRET or " in elsewhere.log
    assert ("pull request" in elsewhere.log, "pull request" in fork.log) == (False, True)


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_no_connection_stays_open_after_its_suite(tmp_path: Path, clock: FakeClock) -> None:
    gc.collect()
    gc.disable()
    try:
        before = open_files()
        job(tmp_path, clock, scenario(**{f"S{number}": PASSING for number in range(40)}))
        left = open_files() - before
    finally:
        gc.enable()

    assert left < 10


def test_a_hundred_suites_keep_within_the_limits(tmp_path: Path, clock: FakeClock) -> None:
    suites = {f"Suite {number:03d}": {**PASSING, "seconds": 5 + number % 40} for number in range(100)}

    done, simulator = job(tmp_path, clock, scenario(**suites), max_parallel="16")

    assert (0, "200", 0) == (done.code, done.outputs["total"], simulator.limit_violations)
    assert 100 == len(done.outputs["test-run-ids"].splitlines())
