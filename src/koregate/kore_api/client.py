"""The two calls of the Kore.ai API over requests; every failure leaves as one of ours."""

from __future__ import annotations

import ssl
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import requests
import urllib3.exceptions

from koregate import __version__
from koregate.errors import NoVerdict, Transient, UnreadableAnswer
from koregate.kore_api import replies
from koregate.kore_api.deadline import DeadlineExceeded, within
from koregate.kore_api.tokens import Tokens
from koregate.text import Redactor, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from koregate.commands.context import World
    from koregate.inputs.model import Inputs
    from koregate.kore_api.conversation import TestRunStatus

LARGEST = 64 * 1024 * 1024
_CHUNK = 64 * 1024
_MOST_DIGITS = 19
CONNECT_SECONDS = 10.0
READ_SECONDS = 20.0

# Raised before the request was on its way: the platform certainly did not take it.
_NEVER_SENT = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.ProxyError,
)


class Client:
    """Asks the platform about one test suite. Not to be shared between threads: it holds a connection."""

    def __init__(self, inputs: Inputs, world: World) -> None:
        self._base = f"{inputs.host}/api/public/stream/{quote(inputs.stream_id, safe='')}/conversation/testsuite"
        self._inputs = inputs
        self._clock = world.clock
        self._seconds = world.request_seconds
        self._tokens = Tokens(inputs)
        self._redactor = Redactor(inputs.secrets)
        # requests knows REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE; SSL_CERT_FILE is OpenSSL's own name for the same.
        environ = world.environ
        known = environ.get("REQUESTS_CA_BUNDLE") or environ.get("CURL_CA_BUNDLE") or environ.get("SSL_CERT_FILE")
        self._verify: str | bool = known or True
        self._session = self._new_session()

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        session.verify = self._verify
        # requests would add an Authorization header from a ~/.netrc: the platform wants `auth` and nothing else.
        session.auth = _no_further_auth
        session.headers.update(
            {
                "Accept": "application/json",
                "User-Agent": f"koregate/{__version__}",
                "bot-language": self._inputs.bot_language,
            }
        )
        return session

    def start(self, suite: str, seconds: float) -> str:
        """Start a test run and return its id. Kore.ai API: "Execute Test Suite".

        Raises `Transient` only where the platform certainly did not take the request.
        """
        body = {"version": self._inputs.bot_version, "userEmailId": self._inputs.user_email}
        try:
            reply = self._ask("POST", f"{quote(suite, safe='')}/run", seconds, body)
        except _Lost as lost:
            if lost.never_sent:
                raise Transient(str(lost)) from lost
            raise replies.may_have_started(str(lost)) from lost
        return replies.run_id(reply, self._clock.now())

    def status(self, suite: str, run_id: str, seconds: float) -> tuple[bytes, TestRunStatus]:
        """The status answer, as bytes with the secrets starred out and as values.

        Kore.ai API: "Get Test Suite Execution Status". Raises `Transient` where asking again may help; an answer that
        cannot be read travels with the error as its `raw`.
        """
        path = f"{quote(suite, safe='')}/{quote(run_id, safe='')}/status"
        try:
            reply = self._ask("GET", path, seconds)
        except _Lost as lost:
            raise Transient(str(lost)) from lost
        try:
            return reply.body, replies.status(reply, self._clock.now())
        except UnreadableAnswer as problem:
            problem.raw = reply.body
            raise

    def _ask(self, method: str, path: str, seconds: float, body: dict[str, str | None] | None = None) -> replies.Reply:
        token = self._tokens.fresh(self._clock.now())
        limit = min(self._seconds, seconds)
        timeout = (min(CONNECT_SECONDS, limit), min(READ_SECONDS, limit))

        def send() -> replies.Reply:
            response = self._session.request(
                method,
                f"{self._base}/{path}",
                json=body,
                headers={"auth": token},
                timeout=timeout,
                allow_redirects=False,
                stream=True,
            )
            with response:
                data = b"".join(_body(response, time.monotonic() + limit))
            headers = {key: self._redactor.text(value) for key, value in response.headers.items()}
            return replies.Reply(response.status_code, _insensitive(headers), self._redactor.data(data))

        try:
            return within(limit, send)
        except DeadlineExceeded as problem:
            self._session = self._new_session()
            message = f"the platform did not answer within {limit:.0f} s"
            raise _Lost(message) from problem
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as problem:
            raise _translated(problem) from problem


class _Lost(Exception):
    """A request that came to nothing; `never_sent` says that the platform cannot have seen it."""

    def __init__(self, message: str, *, never_sent: bool = False) -> None:
        super().__init__(message)
        self.never_sent = never_sent


def _insensitive(headers: dict[str, str]) -> Mapping[str, str]:
    return requests.structures.CaseInsensitiveDict(headers)


def _no_further_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _body(response: requests.Response, deadline: float) -> Iterator[bytes]:
    """The decoded body in chunks. Raises `UnreadableAnswer` past 64 MiB, without reading on."""
    announced = response.headers.get("Content-Length", "")
    size = int(announced) if announced.isascii() and announced.isdigit() and len(announced) <= _MOST_DIGITS else 0
    if size <= LARGEST:
        size = 0
        for chunk in response.iter_content(_CHUNK):
            size += len(chunk)
            if size > LARGEST or time.monotonic() > deadline:
                break
            yield chunk
    if size > LARGEST:
        message = "The platform's answer is larger than 64 MiB, so it was not read to its end."
        raise UnreadableAnswer(message)
    if time.monotonic() > deadline:
        raise DeadlineExceeded


def _causes(problem: BaseException) -> Iterator[BaseException]:
    """The error and whatever it wraps: requests and urllib3 keep the first cause in `reason`, `args` or `__cause__`."""
    seen: list[BaseException] = []
    waiting: list[object] = [problem]
    while waiting:
        found = waiting.pop()
        if isinstance(found, BaseException) and found not in seen:
            seen.append(found)
            yield found
            waiting += [getattr(found, "reason", None), found.__cause__, found.__context__, *found.args]


def _translated(problem: Exception) -> Exception:
    """One of ours for what requests raised."""
    causes = list(_causes(problem))
    certificate = next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None)
    if certificate is not None:
        return NoVerdict(
            f"The platform's TLS certificate is not trusted: {one_line(certificate.verify_message, 200)}. If a company "
            "certificate is expected, name its file in REQUESTS_CA_BUNDLE."
        )
    if isinstance(problem, requests.exceptions.InvalidURL | requests.exceptions.InvalidHeader):
        return NoVerdict(f"The request cannot be made ({type(problem).__name__}): check host and the credentials.")
    lost = requests.RequestException, urllib3.exceptions.HTTPError, ConnectionError, TimeoutError
    if not isinstance(problem, lost):
        # requests raises a bare OSError where the file of certificates is not there.
        return NoVerdict(f"The request cannot be made: {one_line(str(problem), 200)}")
    never_sent = any(isinstance(cause, _NEVER_SENT) for cause in causes)
    return _Lost(_reason(causes), never_sent=never_sent)


# What to say of a request that came to nothing, by the first of its causes that is listed here.
_REASONS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((urllib3.exceptions.NameResolutionError,), "the platform's host name is unknown"),
    ((urllib3.exceptions.ProxyError,), "the proxy did not let the request through"),
    ((ConnectionRefusedError,), "the platform refused the connection"),
    ((urllib3.exceptions.ConnectTimeoutError,), "the platform could not be reached in time"),
    ((TimeoutError, urllib3.exceptions.ReadTimeoutError), "the platform did not answer in time"),
    ((requests.exceptions.SSLError,), "the TLS connection to the platform failed"),
    ((requests.exceptions.ContentDecodingError,), "the platform's answer is broken: it cannot be decompressed"),
)


def _reason(causes: list[BaseException]) -> str:
    for kinds, reason in _REASONS:
        if any(isinstance(cause, kinds) for cause in causes):
            return reason
    return "the connection to the platform was lost"
