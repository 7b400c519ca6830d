"""Whole jobs on a broken network: unknown host, proxy, wrong clock, limits. Real HTTP, in time that does not pass."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from support.clock import FakeClock, WrongClock
from support.job import PASSING, gate, job, run, scenario
from support.network import PLATFORM, Proxy, RawPlatform, authority, json_reply, listening

from koregate.commands.simulate import inputs_for
from koregate.simulator import Simulator

QUICK: dict[str, Any] = {**PASSING, "seconds": 0.1}
SUITES = [f"Suite {number}" for number in range(70)]


@pytest.fixture
def lookups(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The host names that were looked up. No other name than the loopback address resolves."""
    asked: list[str] = []
    resolve = socket.getaddrinfo

    def getaddrinfo(host: str, *arguments: Any, **options: Any) -> Any:
        asked.append(host)
        if host != "127.0.0.1":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize("timeout", ["30m", "1s"])
@pytest.mark.parametrize("attach", [False, True])
def test_a_host_name_that_never_resolved_ends_the_job_after_three_tries(
    tmp_path: Path, clock: FakeClock, lookups: list[str], timeout: str, attach: bool
) -> None:
    with Simulator(scenario(**dict.fromkeys(SUITES, QUICK))) as simulator:
        given = {**inputs_for(simulator), "host": "https://platfrom.kore.ai", "timeout": timeout, "max-parallel": "1"}
    if attach:
        given["test-run-ids"] = "\n".join(f"ctr-{number}" for number in range(70))
    done = gate(given, tmp_path, clock)

    assert (4, "error") == (done.code, done.outputs["verdict"])
    assert "Cannot find the host platfrom.kore.ai (3 attempts, no request was sent)." in done.log
    assert "\n  Check the spelling of host in with: of the koregate step. It is usually https:" in done.log
    assert ["platfrom.kore.ai"] * 3 == lookups
    assert 70 == len(done.rows)
    assert clock.time < 5


def test_a_host_name_that_resolved_once_is_tried_as_often_as_any_lost_connection(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve = socket.getaddrinfo
    failures = iter(range(100))

    def flaky(host: str, *arguments: Any, **options: Any) -> Any:
        # The first lookup succeeds, the next six fail. Each status request needs one: the fault closes the connection.
        if 0 < next(failures) <= 6:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return resolve(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", flaky)
    played = scenario(Pizza=PASSING, faults=[{"on": "status", "requests": "1", "fault": "close"}])
    done, simulator = job(tmp_path, clock, played)

    assert (0, 1) == (done.code, len(simulator.starts("Pizza")))
    assert 6 == done.log.count("cannot find the host 127.0.0.1.")


def test_seventy_suites_all_start_although_the_limit_on_starts_is_longer_than_the_timeout(
    tmp_path: Path, clock: FakeClock
) -> None:
    done, simulator = job(
        tmp_path, clock, scenario(**dict.fromkeys(SUITES, QUICK)), timeout="20s", **{"max-parallel": "1"}
    )

    assert (0, "passed") == (done.code, done.outputs["verdict"])
    assert [1] * 70 == [len(simulator.starts(name)) for name in SUITES]
    assert 0 == simulator.limit_violations


@pytest.mark.parametrize("code", [403, 407])
def test_a_proxy_that_refuses_ends_the_job_at_once(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    refusal = f"HTTP/1.1 {code} Proxy-Says-No\r\nProxy-Authenticate: Basic\r\n\r\n".encode()
    with (
        Simulator(scenario(Pizza=QUICK)) as simulator,
        listening(proxy := Proxy(simulator.url, refusal, lasting=True)) as port,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:passw0rd@127.0.0.1:{port}")
        done = run(simulator, tmp_path, clock, host=f"https://{PLATFORM}")

    assert (4, 1, 0.0) == (done.code, len(proxy.heads), clock.time)
    assert f"The proxy refused to connect to the platform ({code})." in done.log
    assert "\n  Check HTTPS_PROXY" in done.log
    for data in [done.log.encode(), *done.files.values()]:
        assert b"passw0rd" not in data
        assert b"Proxy-Says-No" not in data


@pytest.mark.parametrize("value", ["http://user:passw0rd@", "socks5://user:passw0rd@127.0.0.1:1"])
def test_a_proxy_that_cannot_be_used_ends_the_job_at_once_without_its_value(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    with Simulator(scenario(Pizza=QUICK)) as simulator:
        done = run(simulator, tmp_path, clock, host=f"https://{PLATFORM}")

    assert (4, 0.0) == (done.code, clock.time)
    assert "HTTPS_PROXY" in done.log
    for data in [done.log.encode(), *done.files.values()]:
        assert b"passw0rd" not in data


def test_a_start_that_was_taken_behind_a_proxy_is_never_sent_again(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, bundle = authority(tmp_path)
    platform = RawPlatform(b"", json_reply(b'{"testRunId": "ctr-2"}'), tls=context)
    with (
        Simulator(scenario(Pizza=QUICK)) as simulator,
        listening(platform) as port,
        listening(Proxy(f"//x:{port}")) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy}")
        environ = {"REQUESTS_CA_BUNDLE": bundle}
        done = run(simulator, tmp_path, clock, environ=environ, host=f"https://{PLATFORM}")

    assert (4, ["POST"]) == (done.code, platform.methods)
    assert "The test run may have started" in done.log


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"])
def test_the_token_for_a_loopback_address_never_goes_to_a_proxy(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with listening(proxy := Proxy("//x:1", b"HTTP/1.1 500 No\r\n\r\n", lasting=True)) as port:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{port}")
        done, _ = job(tmp_path, clock, scenario(Pizza=QUICK))

    assert (0, []) == (done.code, proxy.heads)


@pytest.mark.parametrize(("ahead", "said"), [(-600.0, "10m slow"), (-3600.0, "1h slow")])
def test_credentials_that_a_wrong_clock_spoils_are_not_the_first_to_be_blamed(
    tmp_path: Path, ahead: float, said: str
) -> None:
    done, _ = job(tmp_path, WrongClock(ahead), scenario(Pizza=QUICK))

    assert 3 == done.code
    assert f"This machine's clock is {said}. Set it first. Check" in done.log


@pytest.mark.parametrize("on", ["start", "status"])
@pytest.mark.parametrize("ahead", [-200.0, 200.0])
def test_a_date_to_wait_for_is_the_platforms_own(tmp_path: Path, on: str, ahead: float) -> None:
    clock = WrongClock(ahead)
    fault = {"on": on, "requests": "1", "fault": "http", "code": 429, "retry_after": "date+20"}
    done, simulator = job(tmp_path, clock, scenario(Pizza=QUICK, faults=[fault]))

    assert 0 == done.code
    assert 19 <= clock.time <= 25
    assert 0 == simulator.limit_violations


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        ({"code": 500, "message": "Unable to reach credentials service"}, 4, "may have started"),
        ({"code": 400, "message": "Test Suite 'Scope check' not found"}, 4, "Check the name in test-suites"),
        ({"code": 304}, 4, "may have started"),
    ],
)
def test_a_rejected_start_has_the_exit_code_of_what_was_rejected(
    tmp_path: Path, clock: FakeClock, fault: dict[str, Any], code: int, said: str
) -> None:
    done, simulator = job(tmp_path, clock, scenario(Pizza=QUICK, faults=[{"on": "start", "fault": "http", **fault}]))

    assert (code, 1) == (done.code, len(simulator.starts("Pizza")))
    assert said in done.log


def resume_file(tmp_path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((tmp_path / "koregate-report" / "resume.json").read_bytes())["runs"]
    return content


def test_a_run_to_resume_that_the_platform_does_not_know_is_forgotten(tmp_path: Path, clock: FakeClock) -> None:
    played = scenario(Pizza={**PASSING, "seconds": 600}, Taxi={**PASSING, "seconds": 600})
    options: dict[str, Any] = {"resume": "true", "timeout": "5s"}
    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        run(simulator, tmp_path, clock, **options)
        assert {"Pizza", "Taxi"} == set(resume_file(tmp_path))

        simulator._runs = {name: known for name, known in simulator._runs.items() if known.suite == "Taxi"}
        done = run(simulator, tmp_path, clock, **options)

        assert {"Taxi"} == set(resume_file(tmp_path))
        run(simulator, tmp_path, clock, **options)
        assert (2, 1) == (len(simulator.starts("Pizza")), len(simulator.starts("Taxi")))
    assert 4 == done.code
    assert "Test Result not found." in done.log


REJECTIONS: list[dict[str, Any]] = [
    {"code": 404, "body": "<html><body>Maintenance. Test Result not found.</body></html>"},
    {"code": 404, "message": "no route"},
    {"code": 405, "message": "Method Not Allowed"},
    {"code": 400},
    {"code": 400, "message": "Test Suite not found"},
    {"code": 401, "message": "Invalid SDK credentials"},
]


def test_a_run_to_resume_is_kept_unless_the_platform_says_that_it_does_not_know_it(
    tmp_path: Path, clock: FakeClock
) -> None:
    # The first job sends two status requests, and each of the next ones a single one.
    faults = [
        {"on": "status", "requests": str(number), "fault": "http", **fault}
        for number, fault in enumerate(REJECTIONS, 3)
    ]
    with Simulator(scenario(Pizza=PASSING, faults=faults), now=clock.monotonic, wall=clock.wall) as simulator:
        late = run(simulator, tmp_path, clock, resume="true", timeout="5s", poll_interval="10s")
        rejected = [run(simulator, tmp_path, clock, resume="true").code for _ in REJECTIONS]
        resumed = run(simulator, tmp_path, clock, resume="true")

        assert 1 == len(simulator.starts("Pizza"))
    assert [5, 4, 4, 4, 4, 4, 3, 0] == [late.code, *rejected, resumed.code]
    assert late.outputs["test-run-ids"] == resumed.outputs["test-run-ids"]


def test_a_run_to_resume_is_kept_if_the_network_fails(tmp_path: Path, clock: FakeClock) -> None:
    played = scenario(Pizza={**PASSING, "seconds": 600}, faults=[{"on": "status", "requests": "2-", "fault": "close"}])
    options: dict[str, Any] = {"resume": "true", "poll_interval": "5s"}
    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        assert 4 == run(simulator, tmp_path, clock, **options).code
        assert 4 == run(simulator, tmp_path, clock, **options).code

        assert 1 == len(simulator.starts("Pizza"))
    assert {"Pizza"} == set(resume_file(tmp_path))
