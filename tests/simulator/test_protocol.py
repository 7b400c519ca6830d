"""The protocol: start and status requests, credentials, rate limits and errors, over real HTTP."""

import json
import socket
import ssl
from typing import Any

import jwt
import pytest
import requests
import trustme
from hypothesis import example, given, settings
from hypothesis import strategies as st
from simulator.caller import EPOCH, Caller, pizza, rejection

from koregate.simulator import Simulator, load_scenario
from koregate.simulator.api import SECRET
from koregate.simulator.rate_limits import RateLimits

BODY = {"version": "inDevelopment", "userEmailId": "developer@example.com"}
RATE_LIMIT = "Rate limit for this API has been reached. Please try again after some time."


def test_a_run_progresses_and_ends_in_simulated_time() -> None:
    with Caller(pizza()) as caller:
        started = caller.start()
        run_id = started.json()["testRunId"]
        progress = []
        for caller.clock.time in (0.0, 4.0, 9.99, 10.0, 5000.0):
            status = caller.status(run_id).json()
            progress.append((status["status"], status["percentageCompleted"]))

    assert (200, {"status": "IN_PROGRESS", "testRunId": run_id}) == (started.status_code, started.json())
    assert [("inprogress", 0), ("inprogress", 40), ("inprogress", 99), ("passed", 100), ("passed", 100)] == progress
    assert (run_id, "st-simulator") == (status["_id"], status["streamId"])
    assert status["testSuiteId"].startswith("ctc-")
    assert status["result"]["startTime"] == "2026-11-18T11:06:40.000Z"


def test_run_ids_are_the_same_in_every_simulator_and_differ_from_run_to_run() -> None:
    run_ids = []
    for _ in range(2):
        with Caller({"suites": {"*": {}}}) as caller:
            run_ids.append([caller.start(suite).json()["testRunId"] for suite in ("A", "A", "B")])
            run_ids[-1].append(caller.simulator.start_run("A"))

    assert run_ids[0] == run_ids[1]
    assert len(set(run_ids[0])) == 4
    assert all(run_id.startswith("ctr-") for run_id in run_ids[0])


def test_the_requested_version_is_reported_in_the_platforms_words() -> None:
    with Caller(pizza()) as caller:
        reported = {}
        for version in ("inDevelopment", "published"):
            run_id = caller.start(json={**BODY, "version": version}).json()["testRunId"]
            reported[version] = caller.status(run_id).json()["result"]["version"]

    assert {"inDevelopment": "configured", "published": "published"} == reported


TOKENS: list[tuple[str, dict[str, Any], tuple[int, str, int] | None]] = [
    ("valid", {}, None),
    ("HS512", {"algorithm": "HS512"}, None),
    ("neither exp nor jti", {"exp": None, "jti": None, "iat": None}, None),
    ("no jti, a long lifetime", {"exp": EPOCH + 10**6, "jti": None}, None),
    ("an hour", {"exp": EPOCH + 3600}, None),
    ("a sub that is not text, an audience", {"sub": 5, "aud": "x", "iat": "now", "nbf": EPOCH + 9}, None),
    ("another app", {"appId": "cs-other"}, (401, "Invalid SDK credentials", 4002)),
    ("no app", {"appId": None}, (401, "Invalid SDK credentials", 4002)),
    ("wrong secret", {"secret": "x" * 64}, (401, "Invalid SDK credentials", 4002)),
    ("other algorithm", {"algorithm": "HS384"}, (401, "Invalid SDK credentials", 4002)),
    ("expired", {"exp": EPOCH}, (401, "Invalid SDK credentials", 4002)),
    ("exp is not a number", {"exp": "soon"}, (401, "Invalid SDK credentials", 4002)),
    (
        "more than an hour",
        {"exp": EPOCH + 3601},
        (401, 'error verifying the jwt: if "jti" claim "exp" must be <= 1 hour(s)', 401),
    ),
    (
        "jti without exp",
        {"exp": None},
        (401, 'error verifying the jwt: if "jti" claim "exp" must be <= 1 hour(s)', 401),
    ),
]


@pytest.mark.parametrize(("changes", "expected"), [row[1:] for row in TOKENS], ids=[row[0] for row in TOKENS])
def test_a_token_is_accepted_or_rejected_as_documented(
    changes: dict[str, Any], expected: tuple[int, str, int] | None
) -> None:
    with Caller(pizza()) as caller:
        response = caller.start(auth=caller.token(**changes))

    assert expected == (None if response.status_code == 200 else rejection(response))


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        ("", (401, "Invalid SDK credentials", 4002)),
        ("nonsense", (401, "Invalid JWT token", 4002)),
        ("a.b.c", (401, "Invalid JWT token", 4002)),
        (jwt.encode({"appId": "cs-simulator"}, "", algorithm="none"), (401, "Invalid SDK credentials", 4002)),
    ],
)
def test_text_that_is_not_a_token_is_rejected_as_documented(auth: str, expected: tuple[int, str, int]) -> None:
    with Caller(pizza()) as caller:
        assert expected == rejection(caller.start(auth=auth))


def test_a_corrupted_token_and_one_for_another_stream_are_rejected() -> None:
    with Caller(pizza()) as caller:
        head, claims, signature = caller.token().split(".")
        corrupted = f"{head}.{claims}.{signature[:-4]}AAAA"
        rejections = [
            rejection(caller.start(auth=corrupted)),
            rejection(caller.request("POST", caller.path("Pizza", "run", stream="st-other"), json=BODY)),
        ]

    assert [(401, "Invalid SDK credentials", 4002)] * 2 == rejections


def test_a_token_with_a_jti_is_valid_for_one_request() -> None:
    with Caller(pizza()) as caller:
        single_use, reusable = caller.token(), caller.token(jti=None)
        run_id = caller.start(auth=single_use).json()["testRunId"]

        assert (401, "error verifying the jwt: possibly a replay", 401) == rejection(
            caller.status(run_id, auth=single_use)
        )
        assert [200, 200] == [caller.status(run_id, auth=reusable).status_code for _ in range(2)]


def test_the_scope_is_checked_after_the_credentials() -> None:
    with Caller({**pizza(), "scope": "missing"}) as caller:
        assert (401, "Permission denied. Scope is incorrect!", 4002) == rejection(caller.start())
        assert (401, "Invalid SDK credentials", 4002) == rejection(caller.start(auth=""))


def test_unknown_suites_and_runs_are_400() -> None:
    with Caller({"suites": {"Pizza": {}, "Pasta": {}}}) as caller:
        run_id = caller.start().json()["testRunId"]

        assert (400, "Test Suite not found", 400) == rejection(caller.start("pizza"))
        assert (400, "Test Suite not found", 400) == rejection(caller.status(run_id, "pizza"))
        assert (400, "Test Result not found.", 400) == rejection(caller.status("ctr-unknown"))
        assert (400, "Test Result not found.", 400) == rejection(caller.status(run_id, "Pasta"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps({**BODY, "version": "latest"}).encode(),
        json.dumps({**BODY, "version": ["published"]}).encode(),
        json.dumps({**BODY, "userEmailId": ""}).encode(),
        b'{"version": "published"}',
        b'{"userEmailId": "developer@example.com"}',
    ],
)
def test_a_body_without_version_and_e_mail_is_412(body: bytes) -> None:
    with Caller(pizza()) as caller:
        response = caller.start(json=None, data=body)

    assert (412, "Validation errors/ Invalid arguments", 412) == rejection(response)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("POST", "/api/public/stream/st-simulator/batch/testsuite/Pizza/run"),
        ("GET", "/api/public/stream/st-simulator/testsuite/Pizza/run"),
        ("POST", "/api/public/stream/st-simulator/conversation/testsuite/Pizza"),
        ("POST", "/api/public/stream/st-simulator/conversation/testsuite/Pizza/run/"),
        ("POST", "/api/public/stream/st-simulator/conversation/testsuite/A/B/run"),
        ("GET", "/api/public/stream/st-simulator/conversation/testsuite/Pizza/run"),
        ("POST", "/api/public/stream/st-simulator/conversation/testsuite/Pizza/ctr-1/status"),
        ("DELETE", "/api/public/stream/st-simulator/conversation/testsuite"),
        *[(method, "/api/public/stream/st-simulator/conversation/testsuite/Pizza/run") for method in ("PUT", "PATCH")],
        ("OPTIONS", "/api/public/stream/st-simulator/conversation/testsuite/Pizza/run"),
    ],
)
def test_another_path_or_method_is_405_whatever_the_token(method: str, path: str) -> None:
    with Caller({"suites": {"*": {}}}) as caller:
        assert (405, "Method Not Allowed", 405) == rejection(caller.request(method, path, auth=""))


def test_the_reply_to_head_has_no_body() -> None:
    with Caller(pizza()) as caller:
        assert (405, b"") == ((response := caller.request("HEAD", "/")).status_code, response.content)
        assert caller.start().status_code == 200


def test_the_simulator_remembers_requests() -> None:
    with Caller(pizza()) as caller:
        token = caller.token(jti="jti-of-mine")
        run_id = caller.start(auth=token).json()["testRunId"]
        caller.clock.time = 3.0
        caller.status(run_id)
        caller.request("GET", "/elsewhere?a=b", auth="no token")
        simulator = caller.simulator
    start, status, other = simulator.requests

    assert [("start", "Pizza", ""), ("status", "Pizza", run_id), ("other", "", "")] == [
        (request.kind, request.suite, request.run_id) for request in simulator.requests
    ]
    assert (0.0, "POST", "jti-of-mine", BODY) == (start.time, start.method, start.jti, json.loads(start.body))
    assert (token, "en") == (start.headers["auth"], start.headers["bot-language"])
    assert (3.0, "GET", b"") == (status.time, status.method, status.body)
    assert ("/elsewhere?a=b", None) == (other.path, other.jti)
    assert ([start], [status], [], []) == (
        simulator.starts("Pizza"),
        simulator.statuses(run_id),
        simulator.starts("Pasta"),
        simulator.statuses("ctr-other"),
    )


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([0.0] * 61, [60]),
        ([0.0] * 60 + [59.9, 60.0], [60]),
        ([0.0] * 60 + [60.0] * 61, [120]),
        ([1.5 * number for number in range(1801)], [1800]),
        ([2.0 * number for number in range(1801)], []),
    ],
)
def test_limits_are_rolling_windows_of_a_minute_and_an_hour(times: list[float], expected: list[int]) -> None:
    limits = RateLimits()

    assert expected == [number for number, time in enumerate(times) if limits.record(("status", "ctr-1"), time)]


def test_a_request_over_a_limit_is_429_for_each_run_and_for_starts() -> None:
    with Caller(pizza()) as caller:
        first, second = (caller.start().json()["testRunId"] for _ in range(2))
        rejections = [rejection(response) for _ in range(61) if (response := caller.status(first)).status_code != 200]
        starts = [response.status_code for _ in range(59) if (response := caller.start())]

        assert [(429, RATE_LIMIT, 429)] == rejections
        assert [200] * 58 == starts
        assert rejection(caller.start()) == (429, RATE_LIMIT, 429)
        assert caller.status(second).status_code == 200
        assert caller.simulator.limit_violations == 3


def test_violations_are_counted_even_if_the_limits_are_off() -> None:
    with Caller({**pizza(), "limits": False}) as caller:
        run_id = caller.start().json()["testRunId"]

        assert {200} == {caller.status(run_id).status_code for _ in range(62)}
        assert caller.simulator.limit_violations == 2


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def test_any_suite_name_arrives_unchanged() -> None:
    # "." and ".." cannot be sent: a client resolves them, even if they are percent-encoded (RFC 3986, 6.2.2.3).
    with Caller({"suites": {"*": {"seconds": 1}}, "limits": False}) as caller:
        # No deadline: how long a request takes depends on the machine.
        @settings(deadline=None)
        @given(_TEXT.filter(lambda name: name not in {".", ".."}))
        @example("a/b")
        @example("100 %")
        @example("%2F%25")
        @example("Größe 🍕?#;&=+ \t")
        @example("*")
        def arrives(name: str) -> None:
            run_id = caller.start(name).json()["testRunId"]
            response = caller.status(run_id, name)

            assert (200, run_id) == (response.status_code, response.json()["_id"])
            assert [name, name] == [request.suite for request in caller.simulator.requests[-2:]]

        arrives()


def test_a_connection_is_kept_and_ends_with_the_simulator() -> None:
    with Caller(pizza()) as caller, socket.create_connection(caller.address, timeout=5) as connection:
        request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for _ in range(3):
            connection.sendall(request)
            assert connection.recv(4096).startswith(b"HTTP/1.1 405 ")
        caller.simulator.__exit__()
        assert connection.recv(4096) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(caller.address, timeout=5)


def test_headers_and_body_of_a_reply_leave_in_one_piece() -> None:
    with Caller(pizza()) as caller, socket.create_connection(caller.address, timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        piece = connection.recv(4096)

    assert piece.endswith(b'{"errors": [{"msg": "Method Not Allowed", "code": 405}]}')
    assert b"\r\nDate: Wed, 18 Nov 2026 11:06:40 GMT\r\n" in piece


def test_it_listens_on_the_loopback_address_and_shares_its_port_with_nobody() -> None:
    with Caller(pizza()) as caller:
        host, port = caller.address

        assert caller.simulator.url == f"http://{host}:{port}"
        with pytest.raises(OSError, match="in use"):
            Simulator(load_scenario("passing"), port=port)


def test_it_speaks_tls_and_an_idle_connection_delays_nobody() -> None:
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    with Caller(pizza(), tls=server) as caller, socket.create_connection(caller.address, timeout=5):
        with (
            socket.create_connection(caller.address, timeout=5) as plain,
            client.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
        ):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")

            assert connection.recv(4096).startswith(b"HTTP/1.1 405 ")
        assert caller.simulator.url.startswith("https://127.0.0.1:")
        with pytest.raises(requests.exceptions.SSLError):
            caller.start()


def test_ids_and_secrets_can_be_chosen() -> None:
    own = {"stream_id": "st-mine", "client_id": "cs-mine", "client_secret": "s" * 64, "user_email": "me@example.com"}
    with Caller(pizza(), **own) as caller:
        response = caller.request("POST", caller.path("Pizza", "run", stream="st-mine"), json=BODY)

        assert response.status_code == 200
        assert own == {name: getattr(caller.simulator, name) for name in own}


def test_the_simulators_own_secret_is_long_enough_for_both_algorithms() -> None:
    # RFC 7518, 3.2: a key for HS512 has at least 512 bits.
    assert len(SECRET) >= 64


def test_a_lone_surrogate_is_sent_as_an_escape() -> None:
    scenario = '{"suites": {"Pizza": {"seconds": 0, "steps": [{"say": "x", "answer": "\\ud83c 🍕"}]}}}'
    with Caller(json.loads(scenario)) as caller:
        response = caller.status(caller.start().json()["testRunId"])

    assert "\\ud83c 🍕" in response.content.decode("utf-8")
    assert response.json()["result"]["executionResults"][0]["actualOutput"][0]["text"] == "\ud83c 🍕"
