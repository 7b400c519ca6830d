"""Exceptions of `requests`, translated: before anything was sent, and after."""

import ssl

import pytest
import requests
import urllib3.exceptions

from koregate.errors import CHECK_HOST, NoVerdict, UnknownHost
from koregate.kore_api.network_errors import RequestFailed, translate
from koregate.kore_api.transport import Delivery

HOST = "platform.example"


def delivery(*, sent: bool = False, uses_proxy: bool = False, has_tunnel: bool = False) -> Delivery:
    state = Delivery()
    state.uses_proxy, state.has_tunnel = uses_proxy, has_tunnel
    if sent:
        state.begin()
    return state


def certificate_error() -> requests.exceptions.SSLError:
    cause = ssl.SSLCertVerificationError()
    cause.verify_message = "self-signed certificate"
    return requests.exceptions.SSLError(cause)


@pytest.mark.parametrize(
    ("code", "said", "uses_proxy", "told", "advice"),
    [
        (
            62,
            "Hostname mismatch, certificate is not valid for 'a'.",
            False,
            "it is for another host (Hostname",
            CHECK_HOST,
        ),
        (64, "IP address mismatch", False, "it is for another host (IP address mismatch).", CHECK_HOST),
        (62, "Hostname mismatch", True, "it is for another host (Hostname mismatch).", "Check HTTPS_PROXY."),
        (18, "self-signed certificate", False, "self-signed certificate.", "If your company uses"),
    ],
)
def test_a_certificate_for_another_host_is_no_matter_of_trust(
    code: int, said: str, uses_proxy: bool, told: str, advice: str
) -> None:
    problem = certificate_error()
    (cause,) = problem.args
    cause.verify_code, cause.verify_message = code, said
    failed = translate(
        requests.exceptions.ProxyError(cause) if uses_proxy else problem, delivery(uses_proxy=uses_proxy), HOST
    )

    assert f"TLS certificate is not trusted: {told}" in str(failed)
    assert ".." not in str(failed)
    assert isinstance(failed, NoVerdict)
    assert failed.advice.startswith(advice)


ANY = [
    ValueError("read length must be non-negative or -1"),
    KeyError("a bug"),
    OSError("a file"),
    requests.exceptions.InvalidHeader("Content-Length contained multiple unmatching values (1, 2)"),
    requests.exceptions.InvalidURL("in a Location"),
    requests.exceptions.ProxyError(urllib3.exceptions.ProxyError("lost", OSError("closed"))),
    requests.exceptions.ProxyError(OSError("Tunnel connection failed: 407 said the platform")),
    requests.exceptions.ConnectionError(ConnectionRefusedError()),
    urllib3.exceptions.DecodeError("gzip"),
    certificate_error(),
]


@pytest.mark.parametrize("problem", ANY, ids=repr)
def test_as_soon_as_bytes_were_sent_every_exception_is_a_lost_request(problem: Exception) -> None:
    for uses_proxy in (False, True):
        failed = translate(problem, delivery(sent=True, uses_proxy=uses_proxy, has_tunnel=uses_proxy), HOST)

        assert isinstance(failed, RequestFailed)
        assert not failed.not_sent


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (requests.exceptions.ConnectionError(ConnectionRefusedError()), "the platform refused the connection"),
        (requests.exceptions.ConnectTimeout(TimeoutError()), "the platform did not reply in time"),
        (requests.exceptions.SSLError(ssl.SSLEOFError()), "the TLS connection to the platform failed"),
        (requests.exceptions.ConnectionError(ConnectionResetError()), "the connection to the platform was lost"),
        (requests.exceptions.ProxyError(OSError("Tunnel connection failed: 502 x")), "the proxy did not let"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_lost_connection_before_anything_was_sent_is_certain(problem: Exception, text: str) -> None:
    failed = translate(problem, delivery(), HOST)

    assert isinstance(failed, RequestFailed)
    assert failed.not_sent
    assert str(failed).startswith(text)


@pytest.mark.parametrize(
    ("has_tunnel", "owner"), [(False, "The proxy's TLS certificate"), (True, "The platform's TLS certificate")]
)
def test_a_certificate_behind_a_proxy_is_blamed_on_its_owner(has_tunnel: bool, owner: str) -> None:
    problem = translate(certificate_error(), delivery(uses_proxy=True, has_tunnel=has_tunnel), HOST)

    assert isinstance(problem, NoVerdict)
    assert str(problem).startswith(owner)


def test_what_a_platform_says_in_the_handshake_through_a_tunnel_is_not_blamed_on_the_proxy() -> None:
    said = requests.exceptions.SSLError(ssl.SSLError("alert"))
    problem = translate(said, delivery(uses_proxy=True, has_tunnel=True), HOST, f"{HOST}:443")

    assert isinstance(problem, RequestFailed)
    assert ("tls", f"the TLS connection to {HOST}:443 failed") == (problem.hop, str(problem))


NO_TLS = ["WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"]


@pytest.mark.parametrize("reason", NO_TLS)
def test_what_is_no_tls_in_a_tunnel_is_blamed_on_the_proxy_in_the_words_of_each_openssl(reason: str) -> None:
    cause = ssl.SSLError(1, f"[SSL: {reason}]")
    cause.reason = reason
    problem = requests.exceptions.SSLError(urllib3.exceptions.SSLError(cause))
    in_tunnel = translate(problem, delivery(uses_proxy=True, has_tunnel=True), HOST, f"{HOST}:443")
    direct = translate(problem, delivery(), HOST, f"{HOST}:443")

    assert isinstance(in_tunnel, RequestFailed)
    assert isinstance(direct, RequestFailed)
    assert ("proxy", "what came through the proxy in HTTPS_PROXY is not TLS") == (in_tunnel.hop, str(in_tunnel))
    assert ("tls", f"the TLS connection to {HOST}:443 failed") == (direct.hop, str(direct))


@pytest.mark.parametrize(("uses_proxy", "advice"), [(False, "Check the spelling of host."), (True, "HTTPS_PROXY")])
def test_an_unknown_host_name_is_the_platforms_or_the_proxys(uses_proxy: bool, advice: str) -> None:
    cause = urllib3.exceptions.NameResolutionError.__new__(urllib3.exceptions.NameResolutionError)
    problem = translate(requests.exceptions.ConnectionError(cause), delivery(uses_proxy=uses_proxy), HOST)

    assert isinstance(problem, UnknownHost)
    assert advice in problem.advice
    assert (HOST in str(problem)) is not uses_proxy


@pytest.mark.parametrize("problem", [ValueError("x"), requests.exceptions.InvalidURL("user:pw"), KeyError("pw")])
def test_a_request_that_cannot_be_made_is_reported_without_its_details(problem: Exception) -> None:
    failed = translate(problem, delivery(), HOST)

    assert isinstance(failed, NoVerdict)
    assert type(problem).__name__ in str(failed)
    assert "pw" not in str(failed)


def test_a_request_that_was_abandoned_is_never_sent() -> None:
    state = delivery()
    state.abandon()

    with pytest.raises(ConnectionAbortedError):
        state.begin()
    assert not state.sent


def test_a_missing_file_of_certificates_is_named_with_the_variables_that_may_name_it() -> None:
    problem = OSError("Could not find a suitable TLS CA certificate bundle, invalid path: /gone.pem")

    assert str(translate(problem, delivery(), HOST)) == (
        "The request cannot be made: Could not find a suitable TLS CA certificate bundle, invalid path: /gone.pem. "
        "Check REQUESTS_CA_BUNDLE and SSL_CERT_FILE."
    )


def test_where_a_request_was_lost_decides_what_to_check() -> None:
    refused = requests.exceptions.ConnectionError(ConnectionRefusedError())
    direct = translate(refused, delivery(), HOST, "platform.example:8443")
    proxied = translate(refused, delivery(uses_proxy=True), HOST, "platform.example:8443")

    assert isinstance(direct, RequestFailed)
    assert isinstance(proxied, RequestFailed)
    assert "platform.example:8443 refused the connection" == str(direct.retryable())
    assert direct.retryable().advice.startswith("Check host and its port. A firewall may block the connection")
    assert "the proxy in HTTPS_PROXY refused the connection" == str(proxied.retryable())
    assert proxied.retryable().advice.startswith("Check HTTPS_PROXY and NO_PROXY.")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_no_firewall_and_no_proxy_is_between_this_machine_and_itself(host: str) -> None:
    refused = requests.exceptions.ConnectionError(ConnectionRefusedError())
    own = translate(refused, delivery(), host, f"{host}:8900")
    behind_a_proxy = translate(refused, delivery(uses_proxy=True), host, f"{host}:8900")
    no_tls = translate(requests.exceptions.SSLError(ssl.SSLError()), delivery(), host, f"{host}:8900")
    lost = translate(requests.exceptions.ConnectionError(ConnectionResetError()), delivery(), host, f"{host}:8900")

    assert isinstance(own, RequestFailed)
    assert f"nothing listens at {host}:8900" == str(own)
    assert "Start koregate simulate in another shell, or check the port." == own.advice
    assert "the proxy in HTTPS_PROXY refused the connection" == str(behind_a_proxy)
    assert isinstance(no_tls, RequestFailed)
    assert ("tls", f"Check host and its port, or write http://{host}:8900.") == (no_tls.hop, no_tls.advice)
    assert f"the connection to {host}:8900 was lost" == str(lost)
