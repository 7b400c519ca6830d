"""An exception of `requests`, translated into one of koregate's errors."""

import re
import ssl
from collections.abc import Iterator
from typing import Literal, TypeAlias

import requests
import urllib3.exceptions

from koregate.errors import (
    CHECK_HOST,
    MORE_THREADS,
    BadCertificate,
    NoVerdict,
    RetryableError,
    UnknownHost,
    UnusableProxy,
)
from koregate.inputs.values import is_loopback
from koregate.kore_api.transport import Delivery
from koregate.text import one_line

# http.client reports the code of a proxy that refuses the tunnel only in this sentence.
_TUNNEL_REFUSED = re.compile(r"Tunnel connection failed: (\d{3})\b")
# A redirect leads to a login page, which nobody can use here.
_REFUSALS = range(300, 500)
# How the versions of OpenSSL say that the other side does not speak TLS.
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"})

# How to describe a lost request. The first of its causes that is listed here decides.
_REASONS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((ConnectionRefusedError,), "{peer} refused the connection"),
    ((urllib3.exceptions.ConnectTimeoutError,), "{peer} could not be reached in time"),
    ((TimeoutError, urllib3.exceptions.ReadTimeoutError), "{peer} did not reply in time"),
    ((requests.exceptions.SSLError,), "the TLS connection to {peer} failed"),
    ((requests.exceptions.ContentDecodingError,), "{peer}'s reply is broken: it cannot be decompressed"),
)
# Raised before anything was sent. The network has no part in these.
# OpenSSL, x509_vfy.h: X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH.
_OTHER_HOST = frozenset({62, 64})
_UNUSABLE = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidHeader,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    urllib3.exceptions.LocationValueError,
)


# Where a request was lost: on this machine, at the proxy, at the platform's host, during the TLS handshake, or at the
# platform.
Hop: TypeAlias = Literal["machine", "proxy", "host", "tls", "platform"]
PROXY = "the proxy in HTTPS_PROXY"

_ADVICE: dict[Hop, str] = {
    "machine": MORE_THREADS,
    "proxy": "Check HTTPS_PROXY and NO_PROXY. Check host too: a proxy also refuses if it cannot find the platform.",
    "host": (
        "Check host and its port. A firewall may block the connection, or this machine may need a proxy in HTTPS_PROXY."
    ),
    "tls": "Check host and its port. If a proxy inspects TLS, set REQUESTS_CA_BUNDLE to the file of its certificate.",
    "platform": "Check host and its port, or try again later.",
}


TUNNEL_ADVICE = (
    "Check host, and ask the proxy's owner to allow connections to it. If it needs no proxy, list its name in NO_PROXY."
)


class RequestFailed(Exception):
    """A request without a reply. `not_sent` says that the platform cannot have seen it, and `hop` where it was lost.

    `advice` says what to check if no retry helps. By default, it is that for the hop.
    """

    def __init__(self, message: str, *, not_sent: bool = False, hop: Hop = "platform", advice: str = "") -> None:
        super().__init__(message)
        self.not_sent = not_sent
        self.hop = hop
        self.advice = advice or _ADVICE[hop]

    def retryable(self) -> RetryableError:
        """The error for a request that can be sent again."""
        return RetryableError(str(self), advice=self.advice)


def translate(problem: Exception, delivery: Delivery, host: str, address: str = "the platform") -> Exception:
    """The error for a failed request to that host. `address` is what messages call its address.

    `RequestFailed` or `UnknownHost` if the request was lost, `NoVerdict` if no retry can help. Once bytes of the
    request may have reached the platform, every failure is a lost request.
    """
    causes = list(_causes(problem))
    if delivery.sent:
        return RequestFailed(_describe(causes, "the platform"))
    is_proxy = delivery.waits_for_proxy
    return (
        _refusal_of_proxy(causes)
        or _unknown_host(causes, host, is_proxy=is_proxy)
        or _unusable(problem, causes, is_proxy=is_proxy)
        or (_lost_on_this_machine(causes, address) if is_loopback(host) and not is_proxy else None)
        or (_lost_in_tunnel(causes) if delivery.has_tunnel else None)
        or _lost_before_sent(causes, address, is_proxy=is_proxy)
    )


def _lost_on_this_machine(causes: list[BaseException], address: str) -> RequestFailed | None:
    """The error for a simulator that does not run or does not speak TLS. No firewall and no proxy is on the way."""
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        advice = "Start koregate simulate in another shell, or check the port."
        return RequestFailed(f"nothing listens at {address}", not_sent=True, hop="host", advice=advice)
    if _is_tls(causes):
        advice = f"Check host and its port, or write http://{address}."
        return RequestFailed(_describe(causes, address), not_sent=True, hop="tls", advice=advice)
    return None


def _lost_in_tunnel(causes: list[BaseException]) -> RequestFailed | None:
    """The error for a tunnel that brought no reply, or no TLS. A proxy that refuses may do it in these ways."""
    if any(isinstance(cause, TimeoutError) for cause in causes):
        text = f"the connection through {PROXY} brought no reply of the platform in time"
    elif any(isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError | ConnectionError) for cause in causes):
        text = f"the connection through {PROXY} was closed before the platform replied"
    elif any(isinstance(cause, ssl.SSLError) and getattr(cause, "reason", None) in _NO_TLS for cause in causes):
        text = f"what came through {PROXY} is not TLS"
    else:
        return None
    return RequestFailed(text, not_sent=True, hop="proxy", advice=TUNNEL_ADVICE)


def _lost_before_sent(causes: list[BaseException], address: str, *, is_proxy: bool) -> RequestFailed:
    if is_proxy:
        return RequestFailed(_describe(causes, PROXY), not_sent=True, hop="proxy")
    return RequestFailed(_describe(causes, address), not_sent=True, hop="tls" if _is_tls(causes) else "host")


def _is_tls(causes: list[BaseException]) -> bool:
    return any(isinstance(cause, ssl.SSLError | requests.exceptions.SSLError) for cause in causes)


def _refusal_of_proxy(causes: list[BaseException]) -> Exception | None:
    refused = next(filter(None, (_TUNNEL_REFUSED.search(str(cause)) for cause in causes)), None)
    if refused is None:
        return None
    if int(refused[1]) in _REFUSALS:
        return UnusableProxy(
            f"The proxy refused to connect to the platform ({refused[1]}).",
            advice=(
                "Check HTTPS_PROXY with its user and password, and ask the proxy's owner to allow the platform's host "
                "name."
            ),
        )
    return RequestFailed(f"the proxy did not let the request through ({refused[1]})", not_sent=True, hop="proxy")


def _unknown_host(causes: list[BaseException], host: str, *, is_proxy: bool) -> Exception | None:
    if not any(isinstance(cause, urllib3.exceptions.NameResolutionError) for cause in causes):
        return None
    if is_proxy:
        return UnknownHost("cannot find the host of the proxy", "Check the spelling of HTTPS_PROXY.", is_proxy=True)
    return UnknownHost(f"cannot find the host {one_line(host, 300)}", CHECK_HOST)


def _unusable(problem: Exception, causes: list[BaseException], *, is_proxy: bool) -> Exception | None:
    """The error for a problem that a retry cannot solve, or None."""
    certificate = next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None)
    if certificate is not None:
        owner = "proxy" if is_proxy else "platform"
        kind = UnusableProxy if is_proxy else BadCertificate
        said = one_line(certificate.verify_message, 200).rstrip(".")
        if getattr(certificate, "verify_code", 0) in _OTHER_HOST:
            advice = "Check HTTPS_PROXY." if is_proxy else CHECK_HOST
            why = f"it is for another host ({said})"
            return kind(f"The {owner}'s TLS certificate is not trusted: {why}.", advice=advice)
        return kind(
            f"The {owner}'s TLS certificate is not trusted: {said}.",
            advice="If your company uses its own certificates, set REQUESTS_CA_BUNDLE to their file.",
        )
    network = requests.RequestException, urllib3.exceptions.HTTPError, ConnectionError, TimeoutError, ssl.SSLError
    if isinstance(problem, _UNUSABLE) or not isinstance(problem, (OSError, *network)):
        reason = f"The request cannot be made ({type(problem).__name__})."
        return NoVerdict(reason, advice="Check host and the credentials.")
    if not isinstance(problem, network):
        # requests raises a bare OSError if the certificate file is missing.
        reason = one_line(str(problem), 200).rstrip(".")
        advice = "Check REQUESTS_CA_BUNDLE and SSL_CERT_FILE."
        return NoVerdict(f"The request cannot be made: {reason}.", advice=advice)
    return None


def _causes(problem: BaseException) -> Iterator[BaseException]:
    """The error and all errors that it wraps. requests and urllib3 keep them in `reason`, `args` or `__cause__`."""
    seen: list[BaseException] = []
    waiting: list[object] = [problem]
    while waiting:
        cause = waiting.pop()
        if isinstance(cause, BaseException) and cause not in seen:
            seen.append(cause)
            yield cause
            waiting += [getattr(cause, "reason", None), cause.__cause__, cause.__context__, *cause.args]


def _describe(causes: list[BaseException], peer: str) -> str:
    for kinds, reason in _REASONS:
        if any(isinstance(cause, kinds) for cause in causes):
            return reason.format(peer=peer)
    return f"the connection to {peer} was lost"
