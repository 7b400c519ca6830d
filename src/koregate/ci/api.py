"""Requests to the API of a CI system. The token goes to https or loopback addresses only, and never to a redirect."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from pydantic import SecretStr

from koregate import __version__
from koregate.ci.comments import ApiReply, CommentIsGone, NoComment
from koregate.errors import SuiteError
from koregate.inputs.values import is_loopback
from koregate.kore_api.deadline import DeadlineExceeded, call_with_deadline
from koregate.kore_api.json_values import load_json
from koregate.kore_api.reply_body import read_body
from koregate.kore_api.transport import Delivery, Transport, new_session
from koregate.text import one_line

REQUEST_SECONDS = 8.0
# A request waits once for a rate limit that ends this soon. GitHub's secondary limits last a minute or more.
_MAX_PAUSE_SECONDS = 5
_MAX_DIGITS = 9
_MAX_MESSAGE = 200
_GONE = (404, 410)
_UNAUTHORIZED, _FORBIDDEN, _TOO_MANY = 401, 403, 429
_SUCCESS = range(200, 300)
_REDIRECT = range(300, 400)


class Conditions(NamedTuple):
    """How requests are made: the certificates, in the form for `requests`, and the time limit of one request.

    `is_over` says that there is no time for another request, and `wait` waits for that many seconds.
    """

    verify: str | bool
    request_seconds: float
    is_over: Callable[[], bool]
    wait: Callable[[float], None]


class ApiClient:
    """The API at an address that the runner gives in `variable`. Raises `NoComment` if the token may not go there.

    `advice` says what to do if the API rejects the token.
    """

    def __init__(
        self,
        conditions: Conditions,
        address: str,
        variable: str,
        headers: Mapping[str, SecretStr | str],
        advice: str,
    ) -> None:
        self.base = _checked(address, variable)
        self._headers = headers
        self._advice = advice
        self._conditions = conditions

    def request(self, method: str, address: str, body: Mapping[str, Any] | None = None) -> ApiReply:
        """The reply to one request. Raises `NoComment`, and `CommentIsGone` for 404 and 410."""
        status, reply = self._send(method, address, body)
        pause = _pause(reply)
        if _is_rate_limit(status, reply) and pause is not None:
            self._conditions.wait(pause)
            status, reply = self._send(method, address, body)
        if status in _SUCCESS:
            return reply
        raise self._refusal(status, reply)

    def _send(self, method: str, address: str, body: Mapping[str, Any] | None) -> tuple[int, ApiReply]:
        if self._conditions.is_over():
            raise NoComment("there was no time left.")
        limit = self._conditions.request_seconds
        transport = Transport()
        delivery = transport.delivery = Delivery()
        session = new_session(self.base, transport)
        session.verify = self._conditions.verify

        def send() -> tuple[int, ApiReply]:
            with session.request(
                method,
                address,
                json=body,
                headers={name: _clear(value) for name, value in self._headers.items()}
                | {"User-Agent": f"koregate/{__version__}"},
                timeout=limit,
                allow_redirects=False,
                stream=True,
            ) as response:
                return response.status_code, ApiReply(response.headers, b"".join(read_body(response, limit)))

        try:
            return call_with_deadline(limit, send)
        except (DeadlineExceeded, requests.Timeout) as exceeded:
            # The thread may still be connecting. It must not send the request later.
            delivery.abandon()
            raise NoComment(f"the API did not reply within {limit:g} s.") from exceeded
        except (requests.RequestException, SuiteError, OSError) as problem:
            # The error's text may contain a proxy's address with a password.
            raise NoComment(f"the API cannot be reached ({type(problem).__name__}).") from problem

    def _refusal(self, status: int, reply: ApiReply) -> NoComment:
        message = _message(reply.body)
        quoted = f"{status}{f': {message}' if message else ''}"
        if _is_rate_limit(status, reply):
            return NoComment(f"the API's rate limit is reached ({quoted}).")
        if status in (_UNAUTHORIZED, _FORBIDDEN):
            return NoComment(f"the API rejected the token ({quoted}). {self._advice}")
        if status in _REDIRECT:
            return NoComment(f"the API replied with a redirect ({status}). koregate does not follow it with a token.")
        if status in _GONE:
            return CommentIsGone(f"the API cannot find the pull request, or hides it ({quoted}). {self._advice}")
        return NoComment(f"the API rejected the request ({quoted}).")


def _checked(address: str, variable: str) -> str:
    """The address without a slash at its end. Raises `NoComment` if the token may not go there."""
    try:
        parts = urlsplit(address)
        name, scheme = parts.hostname or "", parts.scheme
        usable = bool(name) and parts.port != 0
    except ValueError:
        usable, name, scheme = False, "", ""
    if not usable or parts.username is not None or parts.query or parts.fragment or not address.isprintable():
        raise NoComment(f"{variable} is not the address of an API. Leave it as the CI system sets it.")
    if scheme != "https" and not (scheme == "http" and is_loopback(name)):
        raise NoComment(f"{variable} is not an https address, so koregate does not send the token there.")
    return address.rstrip("/")


def _clear(value: SecretStr | str) -> str:
    return value if isinstance(value, str) else value.get_secret_value()


def _is_rate_limit(status: int, reply: ApiReply) -> bool:
    """Whether a rate limit is reached (GitHub docs, "Rate limits for the REST API"): by code, header or message."""
    if status == _TOO_MANY:
        return True
    return status == _FORBIDDEN and (
        "Retry-After" in reply.headers
        or reply.headers.get("X-RateLimit-Remaining") == "0"
        or "rate limit" in _message(reply.body).lower()
    )


def _pause(reply: ApiReply) -> float | None:
    """The seconds that the API asks to wait, if they are few."""
    seconds = reply.headers.get("Retry-After", "")
    # A number of thousands of digits cannot be converted.
    is_short = seconds.isdecimal() and len(seconds) <= _MAX_DIGITS
    return float(seconds) if is_short and int(seconds) <= _MAX_PAUSE_SECONDS else None


def _message(body: bytes) -> str:
    """The API's error message on one line: `message` on GitHub and GitLab, `error` on GitLab."""
    try:
        parsed = load_json(body)
    except ValueError:
        return ""
    texts = [parsed.get(key) for key in ("message", "error")] if isinstance(parsed, dict) else []
    return next((one_line(text, _MAX_MESSAGE) for text in texts if isinstance(text, str)), "")
