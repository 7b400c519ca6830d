"""An exception of `requests`, translated into one of koregate's errors."""

import ssl
from collections.abc import Iterator

import requests
import urllib3.exceptions

from koregate.errors import NoVerdict
from koregate.text import one_line

# Raised before the request was sent: the platform certainly did not take it.
_NOT_SENT = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.ProxyError,
)

# How to describe a lost request, by the first of its causes that is listed here.
_REASONS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((urllib3.exceptions.NameResolutionError,), "the platform's host name is unknown"),
    ((urllib3.exceptions.ProxyError,), "the proxy did not let the request through"),
    ((ConnectionRefusedError,), "the platform refused the connection"),
    ((urllib3.exceptions.ConnectTimeoutError,), "the platform could not be reached in time"),
    ((TimeoutError, urllib3.exceptions.ReadTimeoutError), "the platform did not answer in time"),
    ((requests.exceptions.SSLError,), "the TLS connection to the platform failed"),
    ((requests.exceptions.ContentDecodingError,), "the platform's reply is broken: it cannot be decompressed"),
)


class RequestFailed(Exception):
    """A request without a reply. `not_sent` says that the platform cannot have seen it."""

    def __init__(self, message: str, *, not_sent: bool = False) -> None:
        super().__init__(message)
        self.not_sent = not_sent


def translate(problem: Exception) -> Exception:
    """`RequestFailed` for a lost request, `NoVerdict` for one that no retry can help."""
    causes = list(_causes(problem))
    certificate = next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None)
    if certificate is not None:
        return NoVerdict(
            f"The platform's TLS certificate is not trusted: {one_line(certificate.verify_message, 200)}. If you "
            "expect a certificate of your company, name its file in REQUESTS_CA_BUNDLE."
        )
    if isinstance(problem, requests.exceptions.InvalidURL | requests.exceptions.InvalidHeader):
        return NoVerdict(f"The request cannot be made ({type(problem).__name__}). Check host and the credentials.")
    lost = requests.RequestException, urllib3.exceptions.HTTPError, ConnectionError, TimeoutError
    if not isinstance(problem, lost):
        # requests raises a bare OSError if the file of certificates is missing.
        return NoVerdict(f"The request cannot be made: {one_line(str(problem), 200)}")
    not_sent = any(isinstance(cause, _NOT_SENT) for cause in causes)
    return RequestFailed(_describe(causes), not_sent=not_sent)


def _causes(problem: BaseException) -> Iterator[BaseException]:
    """The error and all it wraps: requests and urllib3 keep the first cause in `reason`, `args` or `__cause__`."""
    seen: list[BaseException] = []
    waiting: list[object] = [problem]
    while waiting:
        cause = waiting.pop()
        if isinstance(cause, BaseException) and cause not in seen:
            seen.append(cause)
            yield cause
            waiting += [getattr(cause, "reason", None), cause.__cause__, cause.__context__, *cause.args]


def _describe(causes: list[BaseException]) -> str:
    for kinds, reason in _REASONS:
        if any(isinstance(cause, kinds) for cause in causes):
            return reason
    return "the connection to the platform was lost"
