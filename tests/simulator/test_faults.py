"""Every fault, as a client sees it."""

import contextlib
import gzip
import json
import os
import re
import socket
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import requests
from simulator.caller import Caller, pizza

from koregate.simulator.faults import FAULTS
from koregate.simulator.scenario import FaultName

MIB = 1024 * 1024


def faulty(fault: str, **options: Any) -> Caller:
    return Caller(pizza({"on": "status", "fault": fault, **options}))


def request_status(caller: Caller, **options: Any) -> requests.Response:
    return caller.status(caller.simulator.start_run("Pizza"), **options)


@contextlib.contextmanager
def raw(caller: Caller) -> Iterator[socket.socket]:
    """A connection that has sent a status request, without a client library that interprets the reply."""
    run_id = caller.simulator.start_run("Pizza")
    head = f"GET {caller.path('Pizza', run_id, 'status')} HTTP/1.1\r\nHost: localhost\r\nauth: {caller.token()}\r\n\r\n"
    with socket.create_connection(caller.address, timeout=5) as connection:
        caller.clock.was_read.clear()
        connection.sendall(head.encode())
        assert caller.clock.was_read.wait(5), "the simulator never received the request"
        yield connection


def received(connection: socket.socket) -> tuple[dict[str, str], bytes]:
    """Headers and body of a reply that ends with its connection."""
    data = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = data.partition(b"\r\n\r\n")
    return dict(line.split(": ", 1) for line in head.decode().splitlines()[1:]), body


def test_reset_is_a_reset_connection() -> None:
    with faulty("reset") as caller, raw(caller) as connection, pytest.raises(ConnectionResetError):
        connection.recv(1)


def test_close_ends_the_connection_without_a_reply() -> None:
    with faulty("close") as caller:
        with raw(caller) as connection:
            assert connection.recv(1) == b""
        with pytest.raises(requests.ConnectionError):
            request_status(caller)


def connection_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if "process_request" in thread.name]


def test_silence_lasts_until_the_client_gives_up() -> None:
    with faulty("silence") as caller:
        before = connection_threads()
        with raw(caller) as connection:
            connection.settimeout(0.1)
            with pytest.raises(TimeoutError):
                connection.recv(1)
            (serving,) = [thread for thread in connection_threads() if thread not in before]
        serving.join(2)

        assert not serving.is_alive()


def test_silence_lasts_in_a_process_with_thousands_of_open_files() -> None:
    with contextlib.ExitStack() as opened:
        null = os.open(os.devnull, os.O_RDONLY)
        opened.callback(os.close, null)
        for _ in range(1100):
            opened.callback(os.close, os.dup(null))

        with faulty("silence") as caller, pytest.raises(requests.ReadTimeout):
            request_status(caller, timeout=0.1)


def test_silence_ends_with_the_simulator() -> None:
    with faulty("silence") as caller, raw(caller) as connection:
        caller.simulator.__exit__()

        assert connection.recv(1) == b""


def test_silence_is_a_clients_timeout() -> None:
    with faulty("silence") as caller, pytest.raises(requests.ReadTimeout):
        request_status(caller, timeout=0.1)


def test_a_drip_is_sent_byte_by_byte_until_the_client_leaves() -> None:
    with faulty("drip") as caller:
        before = connection_threads()
        with raw(caller) as connection:
            data = b"".join(connection.recv(4096) for _ in range(4))
            (serving,) = [thread for thread in connection_threads() if thread not in before]
        serving.join(2)

    body = data.partition(b"\r\n\r\n")[2]
    assert 0 < len(body) < 50
    assert b'{"_id": "ctr-'.startswith(body[:13])
    assert not serving.is_alive()


def test_truncated_is_half_of_the_announced_reply() -> None:
    with faulty("truncated") as caller:
        with raw(caller) as connection:
            headers, body = received(connection)
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            request_status(caller)

    assert int(headers["Content-Length"]) // 2 == len(body)


def sent_by(fault: str, **options: Any) -> bytes:
    """All the bytes that the simulator sends for a fault that ends its connection."""
    with faulty(fault, **options) as caller, raw(caller) as connection:
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(("options", "code"), [({}, b"103"), ({"code": 102}, b"102")])
def test_interim_is_another_head_before_the_whole_reply(options: dict[str, Any], code: bytes) -> None:
    interim, _, reply = sent_by("interim", **options).partition(b"\r\n\r\n")

    assert interim.startswith(b"HTTP/1.1 " + code)
    assert reply.startswith(b"HTTP/1.1 200 ")
    assert "inprogress" == json.loads(reply.partition(b"\r\n\r\n")[2])["status"]


def test_interim_only_is_a_head_without_a_reply() -> None:
    head, end, rest = sent_by("interim-only").partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 103 ")
    assert (b"\r\n\r\n", b"") == (end, rest)


def test_a_bad_chunk_has_a_size_below_zero() -> None:
    head, _, body = sent_by("bad-chunk").partition(b"\r\n\r\n")

    assert b"Transfer-Encoding: chunked" in head
    assert body.startswith(b'-5\r\n{"_id"')


def test_two_lengths_are_two_headers_that_differ() -> None:
    head, _, body = sent_by("two-lengths").partition(b"\r\n\r\n")

    assert [b"%d" % len(body), b"%d" % (len(body) // 2)] == re.findall(rb"Content-Length: (\d+)", head)


def test_short_length_cuts_the_json() -> None:
    with faulty("short-length") as caller:
        with raw(caller) as connection:
            headers, body = received(connection)
        response = request_status(caller)

    assert int(headers["Content-Length"]) == len(body) // 2
    assert (200, len(body) // 2) == (response.status_code, len(response.content))
    with pytest.raises(requests.JSONDecodeError):
        response.json()


def test_too_long_leaves_bytes_on_an_open_connection() -> None:
    with faulty("too-long", requests="1") as caller:
        with raw(caller) as connection:
            connection.shutdown(socket.SHUT_WR)
            headers, body = received(connection)
        reply = body[: int(headers["Content-Length"])]

    assert reply + reply == body
    assert "Connection" not in headers


@pytest.mark.parametrize(("fault", "is_readable"), [("gzip", True), ("bad-gzip", False)])
def test_gzip_is_readable_and_bad_gzip_is_not(fault: str, is_readable: bool) -> None:
    with faulty(fault) as caller:
        with raw(caller) as connection:
            connection.shutdown(socket.SHUT_WR)
            headers, body = received(connection)
        if is_readable:
            assert request_status(caller).json()["status"] == "inprogress"
            assert json.loads(gzip.decompress(body))["status"] == "inprogress"
        else:
            with pytest.raises(requests.exceptions.ContentDecodingError):
                request_status(caller)
            with pytest.raises((OSError, EOFError, zlib.error)):
                gzip.decompress(body)

    assert ("gzip", str(len(body))) == (headers["Content-Encoding"], headers["Content-Length"])


def test_a_gzip_bomb_is_small_and_inflates_to_100_mib() -> None:
    with faulty("gzip-bomb") as caller:
        response = request_status(caller, stream=True)
        size = sum(len(chunk) for chunk in response.iter_content(MIB))

    assert int(response.headers["Content-Length"]) < MIB
    assert 100 * MIB == size


@pytest.mark.parametrize(
    ("fault", "header", "value"),
    [("huge", "Content-Length", str(65 * MIB)), ("huge-chunked", "Transfer-Encoding", "chunked")],
)
def test_a_huge_reply_is_sent_until_the_client_leaves(fault: str, header: str, value: str) -> None:
    with faulty(fault) as caller:
        before = connection_threads()
        with request_status(caller, stream=True) as response:
            assert value == response.headers[header]
            chunks = response.iter_content(1024)
            assert next(chunks) == b"0" * 1024
            (serving,) = [thread for thread in connection_threads() if thread not in before]
        serving.join(2)

        assert not serving.is_alive()
        assert caller.simulator.bytes_sent < 64 * MIB


def test_a_huge_reply_can_be_read_past_64_mib() -> None:
    with faulty("huge-chunked") as caller, request_status(caller, stream=True) as response:
        chunks = response.iter_content(MIB)

        assert sum(len(next(chunks)) for _ in range(70)) > 64 * MIB


@pytest.mark.parametrize(
    ("fault", "kind", "content"),
    [
        ("html", "text/html", b"<!doctype html>"),
        ("empty", "application/json", b""),
        ("json-list", "application/json", b"[1, 2]"),
        ("json-string", "application/json", b'"passed"'),
        ("json-other", "application/json", b'{"hello": "world"}'),
        ("nan", "application/json", b'{"status": NaN}'),
        ("deep", "application/json", b'{"status": [[['),
        ("not-utf8", "application/json", b'{"status": "\xff\xfe"}'),
    ],
)
def test_another_body_is_sent_with_status_200(fault: str, kind: str, content: bytes) -> None:
    with faulty(fault) as caller:
        response = request_status(caller)

    assert (200, kind) == (response.status_code, response.headers["Content-Type"])
    assert response.content.startswith(content)
    assert bool(content) is bool(response.content)


def test_deep_is_well_formed_and_100_000_deep() -> None:
    with faulty("deep") as caller:
        content = request_status(caller).content

    assert [100_000, 100_000] == [content.count(bracket) for bracket in (b"[", b"]")]
    with pytest.raises(RecursionError):
        json.loads(content)


@pytest.mark.parametrize(
    ("fault", "status", "retry_after", "content"),
    [
        ({"fault": "http 503"}, 503, None, b""),
        ({"fault": "http", "code": 503}, 503, None, b""),
        ({"fault": "http"}, 500, None, b""),
        ({"fault": "http 429", "retry_after": 7}, 429, "7", b""),
        ({"fault": "http 429", "retry_after": "7"}, 429, "7", b""),
        ({"fault": "http 503", "retry_after": "date+5"}, 503, "Wed, 18 Nov 2026 11:06:45 GMT", b""),
        (
            {"fault": "http 403", "message": "No \u20ac"},
            403,
            None,
            '{"errors": [{"msg": "No \u20ac", "code": 403}]}'.encode(),
        ),
        ({"fault": "http 502", "body": "<p>Bad Gateway"}, 502, None, b"<p>Bad Gateway"),
    ],
)
def test_http_replies_with_any_status(
    fault: dict[str, Any], status: int, retry_after: str | None, content: bytes
) -> None:
    with faulty(**fault) as caller:
        response = request_status(caller)

    assert (status, content) == (response.status_code, response.content)
    assert retry_after == response.headers.get("Retry-After")


def test_rate_limited_is_a_400_in_the_platforms_words() -> None:
    message = "Rate limit for this API has been reached. Please try again after some time."
    with faulty("rate-limited") as caller:
        response = request_status(caller)

    assert (400, {"errors": [{"msg": message, "code": 400}]}) == (response.status_code, response.json())
    assert "Retry-After" not in response.headers


def test_an_echo_repeats_token_secret_and_body() -> None:
    with faulty("echo-auth") as caller:
        token = caller.token()
        response = request_status(caller, auth=token, data="the body")
        secret = caller.simulator.client_secret

    assert response.status_code == 400
    assert f"cannot take {token} {secret} the body" == response.json()["errors"][0]["msg"]


def test_a_redirect_points_here_or_elsewhere_with_a_secret() -> None:
    with faulty("redirect") as caller:
        response = request_status(caller)
        assert (302, f"{caller.simulator.url}/moved?token=not-to-be-shown") == (
            response.status_code,
            response.headers["Location"],
        )
    for location, expected in [
        ("", "https://elsewhere.example/login?token=not-to-be-shown"),
        ("https://other.example/?a=b", "https://other.example/?a=b&token=not-to-be-shown"),
    ]:
        with faulty("redirect-elsewhere", location=location, code=307) as caller:
            response = request_status(caller)
        assert (307, expected) == (response.status_code, response.headers["Location"])


def test_every_fault_name_has_a_function() -> None:
    assert set(get_args(FaultName)) == set(FAULTS)


def test_every_fault_is_tested_here() -> None:
    # Read from the source, so that it also holds if the tests run one by one or in parallel.
    names = re.findall(r'"([a-z0-9-]+)[ "]', Path(__file__).read_text(encoding="utf-8"))

    assert set() == set(FAULTS) - set(names)


def test_a_rejected_start_starts_nothing_and_a_lost_reply_does() -> None:
    for fault, runs in [("http 503", 1), ("rate-limited", 1), ("redirect", 1), ("truncated", 2), ("close", 2)]:
        with Caller(pizza({"on": "start", "requests": "1", "fault": fault})) as caller:
            first, second = caller.simulator.start_run("Pizza"), caller.simulator.start_run("Pizza")
        with Caller(pizza({"on": "start", "requests": "1", "fault": fault})) as caller:
            with contextlib.suppress(requests.RequestException):
                assert "testRunId" not in caller.start().text
            assert [first, second][runs - 1] == caller.start().json()["testRunId"]
            assert len(caller.simulator.starts("Pizza")) == 2


def test_requests_are_counted_per_suite_and_kind() -> None:
    faults = [{"on": "status", "requests": "2", "fault": "http 503"}, {"requests": "1", "fault": "http 500"}]
    with Caller({"suites": {"*": {}}, "faults": faults}) as caller:
        runs = {suite: caller.simulator.start_run(suite) for suite in "AB"}
        codes = {suite: [caller.status(run, suite).status_code for _ in range(3)] for suite, run in runs.items()}

    assert {"A": [500, 503, 200], "B": [500, 503, 200]} == codes


def test_a_fault_can_apply_to_one_suite_and_to_its_end_only() -> None:
    faults = [{"on": "status", "suite": "A", "requests": "last", "fault": "http 503"}]
    with Caller({"suites": {"*": {"seconds": 10}}, "faults": faults}) as caller:
        runs = {suite: caller.simulator.start_run(suite) for suite in "AB"}
        codes = []
        for caller.clock.time in (9.0, 10.0, 11.0):
            codes.append({suite: caller.status(run, suite).status_code for suite, run in runs.items()})

    assert [{"A": 200, "B": 200}, {"A": 503, "B": 200}, {"A": 503, "B": 200}] == codes
