"""Whether bytes of a request may have reached the platform, decided on real sockets: TCP, TLS, and a CONNECT proxy."""

import socket
import ssl
import struct
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.clock import FakeClock
from support.inputs import inputs
from support.network import PLATFORM, Authority, Proxy, RawPlatform, authority, json_reply, listening, read_head

from koregate.errors import (
    BadCertificate,
    MayHaveStarted,
    RetryableError,
    SuiteError,
    UnexpectedRedirect,
    UnknownHost,
    UnusableProxy,
)
from koregate.kore_api.client import Client
from koregate.kore_api.network_errors import RequestFailed

STARTED = b'{"status": "IN_PROGRESS", "testRunId": "ctr-1"}'
RUNNING = b'{"status": "IN_PROGRESS", "percentageCompleted": 10}'


@pytest.fixture
def tls(tmp_path: Path) -> Authority:
    return authority(tmp_path)


def client(host: str, tls: Authority | None = None, seconds: float = 5.0, **changes: str) -> Client:
    environ = {"REQUESTS_CA_BUNDLE": tls.bundle} if tls else {}
    return Client(inputs(host=host, client_secret="made-up" * 8, **changes), FakeClock(), environ, seconds)


def start(host: str, tls: Authority | None = None, seconds: float = 5.0) -> str:
    return client(host, tls, seconds).start("Pizza", 60)


def error_of(host: str, tls: Authority | None = None, seconds: float = 5.0) -> Exception:
    """The error that a start ends in."""
    with pytest.raises((SuiteError, RetryableError)) as caught:
        start(host, tls, seconds)
    return caught.value


def assert_not_sent(problem: Exception) -> None:
    assert isinstance(problem, RetryableError), repr(problem)


def use_proxy(monkeypatch: pytest.MonkeyPatch, value: object) -> None:
    monkeypatch.setenv("HTTPS_PROXY", str(value))


# What a platform may say after it has read the whole request. None of it tells whether the run started.
BROKEN = {
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "garbage": b"\x00\xff garbage\r\n\r\n",
    "half a body": b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + STARTED,
    "a negative chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
    "a chunk size of words": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfive\r\nhello\r\n0\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 47\r\nContent-Length: 5\r\n\r\n" + STARTED,
    "102 and the end": b"HTTP/1.1 102 Processing\r\n\r\n",
    "103 and the end": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n",
    "101": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    "only interim replies": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 500,
    "not gzip": json_reply(STARTED, "Content-Encoding: gzip"),
    "too many headers": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500 + b"\r\n" + STARTED,
    "too long a line": b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000 + b"\r\n\r\n" + STARTED,
    "304": json_reply(b"", code=304),
    "over 64 MiB": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
}


@pytest.mark.parametrize("way", ["TCP", "TLS", "proxy"])
@pytest.mark.parametrize("reply", BROKEN.values(), ids=BROKEN)
def test_after_the_request_was_sent_the_run_may_have_started_whatever_breaks(
    tls: Authority, monkeypatch: pytest.MonkeyPatch, way: str, reply: bytes
) -> None:
    platform = RawPlatform(reply, tls=None if way == "TCP" else tls.context)
    with listening(platform) as port, listening(Proxy(f"//x:{port}")) as proxy:
        if way == "proxy":
            use_proxy(monkeypatch, f"http://127.0.0.1:{proxy}")
        host = {"TCP": f"http://127.0.0.1:{port}", "TLS": f"https://127.0.0.1:{port}", "proxy": f"https://{PLATFORM}"}
        problem = error_of(host[way], tls)

    assert isinstance(problem, MayHaveStarted), repr(problem)
    assert ["POST"] == platform.methods


# Too large a reply ends the suite.
LOST = {name: reply for name, reply in BROKEN.items() if name != "over 64 MiB"}


@pytest.mark.parametrize("reply", LOST.values(), ids=LOST)
def test_a_status_request_is_tried_again_whatever_breaks(reply: bytes) -> None:
    with listening(RawPlatform(reply, json_reply(RUNNING))) as port:
        platform = client(f"http://127.0.0.1:{port}", test_run_ids="ctr-1")
        with pytest.raises(RetryableError):
            platform.status("Pizza", "ctr-1", 60)

        assert not platform.status("Pizza", "ctr-1", 60)[1].ended


@pytest.mark.parametrize("code", [100, 102, 103, 199])
def test_an_interim_reply_is_skipped(code: int) -> None:
    interim = f"HTTP/1.1 {code} Wait\r\nLink: </x>\r\nContent-Length: 7\r\n\r\n".encode() * 3
    with listening(RawPlatform(interim + json_reply(STARTED))) as port:
        assert "ctr-1" == start(f"http://127.0.0.1:{port}")


def test_a_platform_that_never_replies_may_have_started_the_run() -> None:
    def silent(connection: socket.socket) -> None:
        while connection.recv(65536):
            pass

    with listening(silent) as port:
        assert isinstance(error_of(f"http://127.0.0.1:{port}", seconds=0.3), MayHaveStarted)


def test_a_connection_that_is_refused_was_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    problem = error_of(f"http://127.0.0.1:{port}")

    assert_not_sent(problem)
    assert f"nothing listens at 127.0.0.1:{port}" == str(problem)


@pytest.mark.parametrize("way", ["direct", "proxy"])
@pytest.mark.parametrize("end", ["close", "garbage", "silence"])
def test_a_tls_handshake_that_fails_was_not_sent(
    tls: Authority, monkeypatch: pytest.MonkeyPatch, way: str, end: str
) -> None:
    def break_off(connection: socket.socket) -> None:
        connection.recv(65536)
        if end == "garbage":
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        while end == "silence" and connection.recv(65536):
            pass

    with listening(break_off) as port, listening(Proxy(f"//x:{port}")) as proxy:
        if way == "proxy":
            use_proxy(monkeypatch, f"http://127.0.0.1:{proxy}")
        host = f"https://127.0.0.1:{port}" if way == "direct" else f"https://{PLATFORM}"

        assert_not_sent(error_of(host, tls, seconds=0.5 if end == "silence" else 5.0))


def test_a_host_name_that_does_not_resolve_was_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    problem = error_of(f"https://{PLATFORM}")

    assert isinstance(problem, UnknownHost)
    assert PLATFORM in str(problem)


def test_a_request_given_up_while_the_name_resolves_is_never_sent_later(monkeypatch: pytest.MonkeyPatch) -> None:
    released, resolve = threading.Event(), socket.getaddrinfo
    threads: list[threading.Thread] = []

    def slow(*arguments: Any, **options: Any) -> Any:
        threads.append(threading.current_thread())
        released.wait(10)
        return resolve(*arguments, **options)

    platform = RawPlatform(json_reply(STARTED))
    with listening(platform) as port:
        one = client(f"http://127.0.0.1:{port}", seconds=0.2)
        monkeypatch.setattr(socket, "getaddrinfo", slow)
        with pytest.raises(RetryableError, match="could not be reached within"):
            one.start("Pizza", 60)
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        assert "ctr-1" == one.start("Pizza", 60)
        released.set()
        threads[0].join(10)

    assert not threads[0].is_alive()
    assert ["POST"] == platform.methods


@pytest.mark.parametrize("code", [500, 502, 503, 504])
def test_a_proxy_that_cannot_reach_the_platform_was_not_sent(
    tls: Authority, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    platform = RawPlatform(json_reply(STARTED), tls=tls.context)
    refusal = f"HTTP/1.1 {code} Oops secret-words\r\n\r\n".encode()
    with listening(platform) as port, listening(Proxy(f"//x:{port}", refusal)) as proxy:
        use_proxy(monkeypatch, f"http://user:passw0rd@127.0.0.1:{proxy}")
        one = client(f"https://{PLATFORM}", tls)
        with pytest.raises(RetryableError, match=rf"^the proxy did not let the request through \({code}\)$"):
            one.start("Pizza", 60)

        assert "ctr-1" == one.start("Pizza", 60)
    assert ["POST"] == platform.methods


@pytest.mark.parametrize("code", [302, 307, 400, 403, 407, 429])
def test_a_proxy_that_refuses_is_named_with_its_code_at_once(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    proxy = Proxy("//x:1", f"HTTP/1.1 {code} Go away secret-words\r\n\r\n".encode(), lasting=True)
    with listening(proxy) as port:
        use_proxy(monkeypatch, f"http://user:passw0rd@127.0.0.1:{port}")
        problem = error_of(f"https://{PLATFORM}")

    assert type(problem) is UnusableProxy
    assert f"({code})" in str(problem)
    assert "HTTPS_PROXY" in str(problem)
    assert not {"user:", "passw0rd", "secret-words"} & set(str(problem).split())
    assert 1 == len(proxy.heads)


@pytest.mark.parametrize("reply", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"], ids=repr)
def test_a_proxy_that_breaks_off_was_not_sent(monkeypatch: pytest.MonkeyPatch, reply: bytes) -> None:
    with listening(Proxy("//x:1", reply, lasting=True)) as port:
        use_proxy(monkeypatch, f"http://127.0.0.1:{port}")

        assert_not_sent(error_of(f"https://{PLATFORM}"))


def broken_tunnel(connection: socket.socket, how: str) -> None:
    """A proxy that takes the request for a tunnel, and then leads nowhere."""
    read_head(connection)
    if how.startswith("opened"):
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        connection.recv(65536)
    if how.endswith("HTTP"):
        connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nNo")
    if how.endswith("reset"):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    while how.endswith("silent") and connection.recv(65536):
        pass


PROXY = "the proxy in HTTPS_PROXY"
CLOSED = f"the connection through {PROXY} was closed before the platform replied"
NOWHERE = {
    "asked, closed": (f"the connection to {PROXY} was lost", "Check HTTPS_PROXY and NO_PROXY."),
    "asked, silent": (f"{PROXY} did not connect to {PLATFORM}:443 within 1 s", "Check HTTPS_PROXY and NO_PROXY."),
    "opened, closed": (CLOSED, "Check host, and ask the proxy's owner to allow connections to it."),
    "opened, reset": (CLOSED, "Check host, and ask the proxy's owner to allow connections to it."),
    "opened, then HTTP": (
        f"what came through {PROXY} is not TLS",
        "Check host, and ask the proxy's owner to allow connections to it.",
    ),
    "opened, silent": (f"{PLATFORM}:443 could not be reached through {PROXY} within 1 s", "Check host, and ask"),
}


IN_TIME = {
    "asked, silent": f"{PROXY} did not reply in time",
    "opened, silent": f"the connection through {PROXY} brought no reply of the platform in time",
}


@pytest.mark.parametrize("how", NOWHERE)
def test_a_proxy_that_leads_nowhere_is_named_and_not_the_platform(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    text, advice = NOWHERE[how]
    # The time limit of the request and that of its connection are the same here, and either may come first.
    texts = {text, IN_TIME.get(how, text)}
    with listening(partial(broken_tunnel, how=how)) as port:
        use_proxy(monkeypatch, f"http://user:passw0rd@127.0.0.1:{port}")
        one = client(f"https://{PLATFORM}", seconds=0.6 if how.endswith("silent") else 5.0)
        with pytest.raises(RequestFailed) as caught:
            one.probe("Pizza", "ctr-1", 60)

    assert str(caught.value) in texts
    assert ("proxy", True) == (caught.value.hop, caught.value.not_sent)
    assert caught.value.advice.startswith(advice)


def test_a_proxy_that_is_not_there_was_not_sent_and_is_the_one_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        use_proxy(monkeypatch, f"http://127.0.0.1:{server.getsockname()[1]}")
    problem = error_of(f"https://{PLATFORM}")

    assert_not_sent(problem)
    assert "the proxy in HTTPS_PROXY refused the connection" == str(problem)


@pytest.mark.parametrize("scheme", ["socks4", "socks4a", "socks5", "socks5h", "SOCKS5"])
def test_a_socks_proxy_is_not_supported_and_says_so(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    use_proxy(monkeypatch, f"{scheme}://user:passw0rd@127.0.0.1:1080")
    problem = error_of(f"https://{PLATFORM}")

    assert type(problem) is UnusableProxy
    assert "SOCKS proxies are not supported" in str(problem)
    assert "HTTPS_PROXY" in str(problem)
    assert "passw0rd" not in str(problem)


@pytest.mark.parametrize(
    "value",
    [
        "http://user:passw0rd@",
        "user:passw0rd@",
        "http://",
        "http://127.0.0.1:passw0rd",
        "http://127.0.0.1:99999",
        "ftp://127.0.0.1:passw0rd",
        "ftp://passw0rd:21",
        "http://[passw0rd",
        "http://passw0rd..example:1",
        "http://pass w0rd:1",
    ],
)
def test_an_unusable_proxy_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    use_proxy(monkeypatch, value)
    problem = error_of(f"https://{PLATFORM}")

    assert type(problem) is UnusableProxy, repr(problem)
    assert "HTTPS_PROXY" in str(problem)
    assert "passw0rd" not in str(problem)
    assert "w0rd" not in str(problem)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_loopback_address_never_goes_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch, variable: str, name: str
) -> None:
    proxy = Proxy("//x:1", b"HTTP/1.1 500 Oops\r\n\r\n", lasting=True)
    with listening(RawPlatform(json_reply(STARTED))) as port, listening(proxy) as proxy_port:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy_port}")

        assert "ctr-1" == start(f"http://{name}:{port}")
    assert [] == proxy.heads


def test_a_loopback_address_with_tls_never_goes_through_a_proxy(
    tls: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Proxy("//x:1", b"HTTP/1.1 500 Oops\r\n\r\n", lasting=True)
    with listening(RawPlatform(json_reply(STARTED), tls=tls.context)) as port, listening(proxy) as proxy_port:
        use_proxy(monkeypatch, f"http://127.0.0.1:{proxy_port}")

        assert "ctr-1" == start(f"https://127.0.0.1:{port}", tls)
    assert [] == proxy.heads


def test_a_host_in_no_proxy_does_not_go_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Proxy("//x:1", b"HTTP/1.1 500 Oops\r\n\r\n", lasting=True)

    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with listening(proxy) as proxy_port:
        use_proxy(monkeypatch, f"http://127.0.0.1:{proxy_port}")
        monkeypatch.setenv("NO_PROXY", ".example")
        monkeypatch.setattr(socket, "getaddrinfo", unknown)

        assert isinstance(error_of(f"https://{PLATFORM}"), UnknownHost)
    assert [] == proxy.heads


@pytest.mark.parametrize("location", ["https://[broken/", "http://x:y/", "//", "https://other.example/?token=1"])
def test_a_redirect_is_neither_followed_nor_read_to_its_end(location: str) -> None:
    head = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 99999999\r\n\r\n".encode()
    platform = RawPlatform(head, json_reply(b"", f"Location: {location}", code=302))
    with listening(platform) as port:
        one = client(f"http://127.0.0.1:{port}")
        with pytest.raises(
            MayHaveStarted, match=r"started: the platform's reply is larger than 64 MiB.*\. koregate did not retry"
        ):
            one.start("Pizza", 60)
        with pytest.raises(UnexpectedRedirect, match="replied 302"):
            one.start("Pizza", 60)


def test_a_certificate_that_is_not_trusted_ends_the_suite_at_once(tls: Authority) -> None:
    platform = RawPlatform(json_reply(STARTED), tls=tls.context)
    with listening(platform) as port:
        problem = error_of(f"https://127.0.0.1:{port}")

    assert type(problem) is BadCertificate
    assert "certificate is not trusted" in str(problem)
    assert [] == platform.requests


def test_a_client_certificate_that_is_missing_may_be_noticed_after_the_request_was_sent(tls: Authority) -> None:
    # With TLS 1.3 the client's part of the handshake ends before the platform has refused it.
    tls.context.verify_mode = ssl.CERT_REQUIRED
    with listening(RawPlatform(json_reply(STARTED), tls=tls.context)) as port:
        assert isinstance(error_of(f"https://127.0.0.1:{port}", tls), MayHaveStarted)
