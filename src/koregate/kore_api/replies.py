"""What an HTTP reply means: a value, a retry, or an error with advice. No socket.

Kore.ai's error bodies are `{"errors": [{"msg": …, "code": …}]}`. A wrong secret, a wrong stream and a missing scope are
all reported as 401 with code 4002, and an unknown suite or run as 400. Only the message distinguishes them.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from koregate.errors import (
    CredentialsRejected,
    MayHaveStarted,
    NotAStatus,
    PlatformBusy,
    RequestRejected,
    RetryableError,
    SuiteError,
    UnexpectedRedirect,
    UnknownRun,
)
from koregate.kore_api.documented import BATCH_STATUS, CONVERSATION_STATUS
from koregate.kore_api.json_values import Json, load_json, repeated_key
from koregate.text import human_duration, json_as_text, one_line, shorten

_OK = range(200, 300)
_REDIRECT = range(300, 400)
_CLIENT_ERRORS = range(400, 500)
_RETRYABLE_CODES = frozenset({408, 425, 429})
_FORBIDDEN = 403
_TOO_MANY = 429
_RATE_LIMIT = re.compile(r"rate limit", re.IGNORECASE)
_NOT_MODIFIED = 304
# Only clear statements: a suite may be named "Scope check", and a service of the platform may be down.
_CREDENTIALS = re.compile(
    r"\b(permission denied|access denied|unauthori[sz]ed|not authori[sz]ed|forbidden|verifying the jwt"
    r"|scopes? (is|are) (incorrect|invalid|missing|wrong)"
    r"|(invalid|incorrect|wrong|missing|insufficient|expired) (\w+ )?(scopes?|credentials?|jwt|jti|token))\b",
    re.IGNORECASE,
)
# Any word about credentials, in whatever sentence.
_ABOUT_CREDENTIALS = re.compile(
    r"\b(tokens?|jwt|jwe|jti|credentials?|scopes?|permissions?|signature|secret|replay"
    r"|(un|not )?authori[sz]\w*|(un)?authenticat\w*|forbidden|(access|permission) denied)\b",
    re.IGNORECASE,
)
# "Permission denied. Scope is incorrect!" is about the scope alone, so the credentials themselves are right.
_SCOPE = re.compile(r"\bscopes?\b", re.IGNORECASE)
_MORE_THAN_SCOPE = re.compile(r"\b(tokens?|jwt|jwe|jti|credentials?|signature|secret|replay)\b", re.IGNORECASE)
# The platform's code for rejected credentials, and the HTTP codes.
_CREDENTIALS_CODES = frozenset({"4002", "401", "403"})
_NOT_FOUND = re.compile(r"\b(not found|does not exist|doesn't exist|unknown|no such)\b", re.IGNORECASE)
# The known messages of Kore.ai: "Test Suite not found", "Test Result not found.", "Invalid request ID".
_IS_MISSING = r"(?: ['\"].*['\"])? (?:was |is )?(?:not found|does not exist|doesn't exist)\b"
_THIS_RUN = "this test run"
_UNKNOWN = (
    ("this suite", re.compile(rf"\bsuite{_IS_MISSING}", re.IGNORECASE)),
    (
        _THIS_RUN,
        re.compile(
            rf"\b(?:result|run|\w*run ?id|request ?id){_IS_MISSING}|\binvalid (?:\w*run ?id|request ?id)\b",
            re.IGNORECASE,
        ),
    ),
)
# A JSON object with any of these keys is a status reply.
_STATUS_KEYS = CONVERSATION_STATUS.keys.keys() | BATCH_STATUS.keys.keys()
# ctr-… is a run of a conversation suite, tr-… one of a batch suite.
_RUN_ID = re.compile(rb"(?<![\w-])c?tr-[0-9A-Za-z-]{4,100}(?![\w-])")
_RUN_ID_KEYS = frozenset({"testRunId", "requestId"})
_MAX_SEARCHED_BYTES = 100_000
_MAX_RUN_IDS = 3
_MAX_KEY = 60
_MAX_CLOCK_SECONDS = 120.0
_MAX_RETRY_AFTER_SECONDS = 24 * 3600.0
_MAX_ERROR_TEXT = 300

_CREDENTIALS_ADVICE = (
    (r"replay|jti", "A ready-made token with a jti works only once. Set client-id and client-secret instead of jwt."),
    (
        r"jwt token",
        "Check jwt, or client-id, client-secret and jwt-algorithm. Encrypted tokens (JWE) are not supported.",
    ),
)
# For words of the platform that koregate does not know.
_LOOK = "Look at the test suite on the platform."
_SAME_APP = (
    "Check that client-id, client-secret and stream-id belong together, and that jwt-algorithm (HS256 or HS512) is the "
    "one of the JWT app. The app's owner can look them up in the App Builder."
)
# Who reads a report often has no access to the app.
OWNER_ACTS = "The owner of the Kore.ai app can do both."


def request_advice(other_kind: str) -> tuple[tuple[str, str], ...]:
    """The advice for rejected requests, by words in the platform's message, with what to do for the other kind."""
    return (
        (
            r"suite",
            (
                "Check the name in test-suites: it must match the suite's name exactly, including upper and lower "
                f"case. Give one name per line. {other_kind} Check that stream-id is the app that has the suite."
            ),
        ),
        (r"result|run", "Check the run id: it must belong to this suite and stream."),
    )


class Rejections(NamedTuple):
    """How a kind of test suite explains replies that reject a request.

    `scope` is the name of the scope, `arguments` is the advice for rejected arguments, `busy` matches the platform's
    message that another run is in progress, `requests` has advice for other messages, by their words, and `other_kind`
    says what to do if the suite is of the other kind. `suite` is the name of the suite that a request is about.
    """

    scope: str
    arguments: str
    busy: re.Pattern[str] | None = None
    requests: tuple[tuple[str, str], ...] = ()
    other_kind: str = ""
    suite: str = ""

    def words(self, error_text: str) -> str:
        """The error text without the name of the suite, which may be "Login: invalid credentials" or "Rate limit".

        Only whole words are the name: a suite may also be called "a".
        """
        name = re.escape(one_line(self.suite))
        return re.sub(rf"(?<!\w){name}(?!\w)", "", error_text) if name else error_text

    def credentials_advice(self, error_text: str, code: int) -> str:
        """What to do about rejected credentials with that error text and HTTP code."""
        grant = f'Grant the scope "{self.scope}" to the JWT app and publish the app with its API scopes. {OWNER_ACTS}'
        # 403 is what HTTP has for a valid token that may not do this (RFC 9110, 15.5.4).
        rest = f"{_SAME_APP} If they do: {grant[:1].lower()}{grant[1:]}" if code == _FORBIDDEN else _SAME_APP
        return _advice(((r"scope|permission", grant), *_CREDENTIALS_ADVICE), self.words(error_text)) or rest

    def request_advice(self, error_text: str) -> str:
        """What to do about a rejected request with that error text, or an empty text."""
        return _advice((*self.requests, (r"argument|valid", self.arguments)), self.words(error_text))


class HttpReply(NamedTuple):
    """An HTTP reply with its secrets already masked."""

    code: int
    headers: Mapping[str, str]
    body: bytes


def check_start(reply: HttpReply, rejections: Rejections, now: datetime | None = None) -> Json:
    """The JSON of the reply to an accepted start request.

    Raises `RetryableError` only if the platform certainly did not accept the request, and a `SuiteError` otherwise.
    `PlatformBusy` is a `RetryableError`.
    """
    error_text = platform_error(reply)
    rejected = reply.code in _REDIRECT or reply.code in _CLIENT_ERRORS or (reply.code in _OK and _is_error(reply))
    is_limited = rejected and _RATE_LIMIT.search(rejections.words(error_text)) is not None
    if is_limited and reply.code != _TOO_MANY and not _RUN_ID_KEYS.isdisjoint(_object(reply)):
        # Only the code is documented. A word about a limit beside a run id does not prove that nothing was started.
        raise may_have_started(_describe(reply, error_text), reply.body)
    if reply.code == _TOO_MANY or is_limited:
        raise RetryableError(_describe(reply, error_text), retry_after=retry_after(reply.headers, now))
    if rejected:
        _raise_if_busy(reply, error_text, rejections)
    if not _is_retryable(reply.code):
        _raise_if_rejected(reply, error_text, rejections, now)
    if reply.code not in _OK:
        raise may_have_started(_describe(reply, error_text), reply.body)
    try:
        return load_json(reply.body)
    except ValueError:
        reason = "the platform replied to the start with something that is not JSON"
        raise may_have_started(reason, reply.body) from None


def _raise_if_busy(reply: HttpReply, error_text: str, rejections: Rejections) -> None:
    if rejections.busy is not None and rejections.busy.search(rejections.words(error_text)):
        raise PlatformBusy(f"another run is in progress on the platform: {_describe(reply, error_text)}")


def start_without_run_id(reply: HttpReply, key: str, rejections: Rejections) -> SuiteError:
    """The error for the reply to an accepted start request that has no usable run id under `key`."""
    error_text = platform_error(reply)
    if error_text:
        advice = rejections.request_advice(error_text) or _LOOK
        reason = _what_is_unknown(error_text) or "The platform did not start the test run"
        return RequestRejected(f'{reason}: "{error_text}".', advice=advice)
    repeated = repeated_key(reply.body)
    reason = (
        f"the start reply has no usable {key}"
        if repeated is None
        else f'the start reply has the key "{one_line(repeated, _MAX_KEY)}" more than once'
    )
    return may_have_started(reason, reply.body)


def may_have_started(reason: str, body: bytes = b"") -> SuiteError:
    """The error for a start with an unknown outcome. It names the test runs that the reply's `body` names."""
    run_ids = list(dict.fromkeys(match.decode() for match in _RUN_ID.findall(body[:_MAX_SEARCHED_BYTES])))
    advice = (
        f"The reply names {', '.join(run_ids[:_MAX_RUN_IDS])}. Find it on the suite's page in Kore.ai and, if it is "
        "this run, pass its id in test-run-ids."
        if run_ids
        else "Find the run on the suite's page in Kore.ai and pass its id in test-run-ids."
    )
    return MayHaveStarted(
        f"The test run may have started: {reason}. koregate did not retry, because that could start a second run.",
        advice=advice,
    )


def check_status(reply: HttpReply, rejections: Rejections, now: datetime) -> str:
    """The platform's error text in a reply that may still be a status. Usually empty.

    Raises `RetryableError` if a retry may help, and a `SuiteError` if the platform rejected the request.
    """
    error_text = "" if reply.code in _OK and b'"errors"' not in reply.body else platform_error(reply)
    is_limited = _RATE_LIMIT.search(rejections.words(error_text)) and not _has_result(reply)
    if _is_retryable(reply.code) or is_limited:
        raise RetryableError(_describe(reply, error_text), retry_after=retry_after(reply.headers, now))
    _raise_if_rejected(reply, error_text, rejections, now)
    return error_text


def check_accepted(reply: HttpReply, rejections: Rejections, now: datetime) -> str:
    """The same as `check_status`, but raises `PlatformBusy` if the platform is too busy to accept the request."""
    if reply.code in _CLIENT_ERRORS or reply.code in _OK:
        _raise_if_busy(reply, platform_error(reply), rejections)
    return check_status(reply, rejections, now)


def is_retryable_json(reply: HttpReply) -> bool:
    """Whether the JSON is not a status at all, but something from a proxy or another page."""
    return not _STATUS_KEYS & _object(reply).keys()


def not_a_status(reply: HttpReply) -> NotAStatus:
    """The error for a reply of code 200 with JSON that is no status at all."""
    kind = {
        dict: "got an object without any documented key",
        list: "expected an object, got a list",
        str: "expected an object, got a string",
        type(None): "expected an object, got null",
    }
    description = kind.get(type(load_json(reply.body)), "expected an object, got a number")
    return NotAStatus(f"the platform returned JSON, but not a status: {description}", reply.body)


def error_instead_of_status(error_text: str, rejections: Rejections) -> SuiteError:
    """The error for a reply of code 200 that holds an error and no status."""
    advice = rejections.request_advice(error_text) or _LOOK
    reason = _what_is_unknown(error_text) or "The platform returned an error instead of a status"
    return _kind_of_rejection(error_text)(f'{reason}: "{error_text}".', advice=advice)


def not_json(reply: HttpReply) -> RetryableError:
    """The error for a reply of code 200 without JSON."""
    kind = "an empty body" if not reply.body.strip() else "something that is not JSON, or is cut off"
    return RetryableError(f"the platform returned {kind}")


def retry_after(headers: Mapping[str, str], now: datetime | None) -> float | None:
    """How many seconds the platform asks to wait: `Retry-After` in seconds or as a date (RFC 9110, 10.2.3).

    A date is compared with the reply's own `Date`, since this machine's clock may be wrong, or else with `now`.
    """
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}", value, re.ASCII):
        return min(float(value), _MAX_RETRY_AFTER_SECONDS)
    until, sent = _date(value), _sent(headers) or now
    if until is None or sent is None:
        return None
    return min(max((until - sent).total_seconds(), 0.0), _MAX_RETRY_AFTER_SECONDS)


def _sent(headers: Mapping[str, str]) -> datetime | None:
    return _date(headers.get("Date", ""))


def _date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    # A date with "-0000" has no time zone, so it names no moment.
    return moment if moment.tzinfo is not None else None


def _is_retryable(code: int) -> bool:
    """Whether the code does not answer the request, so that the body does not count either."""
    is_final = code in _OK or code in _REDIRECT or code in _CLIENT_ERRORS
    return not is_final or code in _RETRYABLE_CODES or code == _NOT_MODIFIED


def _raise_if_rejected(reply: HttpReply, error_text: str, rejections: Rejections, now: datetime | None) -> None:
    """Raise for every reply that ends the suite at once: redirects, rejected credentials, and other 4xx replies."""
    quoted = f' "{error_text}"' if error_text else ""
    if reply.code in _REDIRECT:
        location = _safe_location(reply.headers.get("Location", ""))
        raise UnexpectedRedirect(
            f"The platform replied {reply.code} and pointed to {location}. koregate does not follow redirects, because "
            "the request carries credentials.",
            advice="Set host to the final URL.",
        )
    words = rejections.words(error_text)
    if rejects_credentials(reply, words):
        advice = f"{_clock_advice(reply.headers, now)}{rejections.credentials_advice(error_text, reply.code)}"
        is_scope = _SCOPE.search(words) and not _MORE_THAN_SCOPE.search(words)
        said = "The platform rejected the scope of the token" if is_scope else "The platform rejected the credentials"
        raise CredentialsRejected(f"{said} ({reply.code}{quoted}).", advice=advice)
    if reply.code not in _OK:
        advice = rejections.request_advice(error_text) or "Check host and stream-id."
        reason = _what_is_unknown(error_text) or "The platform rejected the request"
        raise _kind_of_rejection(error_text)(f"{reason} ({reply.code}{quoted}).", advice=advice)


def _what_is_unknown(error_text: str) -> str:
    """That the platform does not know the suite or the run, as a clause, if its message says so. Otherwise empty.

    Short lines show this clause alone.
    """
    unknown = _unknown(error_text)
    return f"The platform does not know {unknown}" if unknown else ""


def _unknown(error_text: str) -> str:
    return next((what for what, words in _UNKNOWN if words.search(error_text)), "")


def _kind_of_rejection(error_text: str) -> type[RequestRejected]:
    return UnknownRun if _unknown(error_text) == _THIS_RUN else RequestRejected


def rejects_credentials(reply: HttpReply, error_text: str) -> bool:
    """Whether the reply, with this error text, rejects the credentials or their scope."""
    says_so = _CREDENTIALS.search(error_text) is not None and not _NOT_FOUND.search(error_text)
    return reply.code in (401, 403) or (says_so and (reply.code not in _OK or _is_error(reply)))


def mentions_credentials(reply: HttpReply, error_text: str) -> bool:
    """Whether the reply, with this error text, says anything about credentials, by a word or by an error's code.

    Such a reply does not prove that the platform accepted them, whatever else it says.
    """
    errors = _object(reply).get("errors")
    listed = errors if isinstance(errors, list) else [errors]
    codes = [json_as_text(error.get("code")) for error in listed if isinstance(error, dict)]
    return not _CREDENTIALS_CODES.isdisjoint(codes) or _ABOUT_CREDENTIALS.search(error_text) is not None


def sent_at(reply: HttpReply) -> datetime | None:
    """When the platform sent the reply, by its own clock."""
    return _sent(reply.headers)


def is_retryable(reply: HttpReply) -> bool:
    """Whether the code says that the same request may succeed later."""
    return _is_retryable(reply.code)


def _clock_advice(headers: Mapping[str, str], now: datetime | None) -> str:
    """A sentence about a clock difference: it makes tokens look expired or not yet valid. Empty if there is none."""
    sent = _sent(headers)
    if sent is None or now is None or abs(ahead := (now - sent).total_seconds()) <= _MAX_CLOCK_SECONDS:
        return ""
    minutes = human_duration(60 * round(abs(ahead) / 60))
    return f"This machine's clock is {minutes} {'fast' if ahead > 0 else 'slow'}. Set it first. "


def _is_error(reply: HttpReply) -> bool:
    value = _object(reply)
    return "errors" in value and not {"status", "result", "testRunId", "requestId"} & value.keys()


def _has_result(reply: HttpReply) -> bool:
    """Whether the reply shows the result of a run, which counts whatever an error beside it says."""
    return reply.code in _OK and bool(_object(reply).get("result"))


def _object(reply: HttpReply) -> dict[str, Json]:
    """The JSON object that is the body, or an empty one."""
    try:
        value = load_json(reply.body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def platform_error(reply: HttpReply) -> str:
    """The platform's own message on one line, or an empty text.

    Usually from an error body, `{"errors": [{"msg": …, "code": …}]}`, but also whatever text another shape has.
    """
    value = _object(reply)
    errors = value.get("errors")
    candidates = errors if isinstance(errors, list) else [errors, value]
    messages = filter(None, map(_error_message, candidates))
    return shorten("; ".join(map(one_line, messages)), _MAX_ERROR_TEXT)


def _error_message(error: Json) -> str:
    if isinstance(error, dict):
        return next((json_as_text(error[key]) for key in ("msg", "message", "error") if error.get(key)), "")
    return error if isinstance(error, str) else ""


def _describe(reply: HttpReply, error_text: str) -> str:
    return f'the platform replied {reply.code} "{error_text}"' if error_text else f"the platform replied {reply.code}"


def _advice(table: tuple[tuple[str, str], ...], error_text: str) -> str:
    matches = (advice for pattern, advice in table if re.search(rf"\b(?:{pattern})", error_text, re.IGNORECASE))
    return next(matches, "")


def _safe_location(location: str) -> str:
    """Where a redirect points, without user, query and fragment, which may hold secrets."""
    try:
        parts = urlsplit(location)
        place = f"{parts.scheme}://" if parts.scheme else ""
        place += f"{parts.netloc}{parts.path}".rpartition("@")[2]
    except ValueError:
        place = ""
    return f'"{one_line(place, 200)}"' if place else "nowhere"
