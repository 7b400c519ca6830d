"""What an HTTP answer means: an answer as values in, data or one of our errors out. No socket.

Kore.ai's error bodies are `{"errors": [{"msg": …, "code": …}]}`. A wrong secret, a wrong stream and a missing scope all
come as 401 with code 4002, an unknown suite or run as 400: only the message tells them apart.
"""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from koregate.errors import (
    CredentialsRefused,
    GateError,
    MayHaveStarted,
    Redirected,
    RefusedByPlatform,
    Transient,
    UnreadableAnswer,
)
from koregate.kore_api.json_values import load_json
from koregate.text import as_text, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from koregate.kore_api.conversation import TestRunStatus

_OK = range(200, 300)
_REDIRECT = range(300, 400)
_BROKEN = range(500, 600)
_PASSING = frozenset({408, 425, 429})
_TOO_MANY = 429
_RATE_LIMIT = re.compile(r"rate limit", re.IGNORECASE)
_CREDENTIALS = re.compile(
    r"\b(scope|credentials?|jwt|jti|permission denied|unauthori[sz]ed|forbidden)\b", re.IGNORECASE
)
_LONGEST_WISH = 24 * 3600.0

_ADVICE = (
    (r"scope|permission", 'Grant the scope "Conversation Tests Execution" to the JWT app and publish the app.'),
    (r"replay|jti", "A ready-made token with a jti works once. Give client-id and client-secret instead of jwt."),
    (
        r"jwt token",
        "Check jwt, or client-id, client-secret and jwt-algorithm. Encrypted tokens (JWE) are not supported.",
    ),
    (r"sdk credentials", "Check that client-id, client-secret and stream-id belong together."),
    (r"suite", "Check the name in test-suites: it is the conversation test suite's name, to the letter."),
    (r"result|run", "Check the run id: it must belong to this suite and stream."),
    (
        r"argument|valid",
        "Check user-email and bot-version: the user is the app's owner or a developer it is shared with.",
    ),
)


class Reply(NamedTuple):
    """An HTTP answer, secrets already starred out."""

    code: int
    headers: Mapping[str, str]
    body: bytes


def run_id(reply: Reply, now: datetime | None = None) -> str:
    """The run id of a start answer.

    Raises `Transient` only where the platform certainly did not take the request; the rest is one of our errors.
    """
    said = _said(reply)
    refused = reply.code < _BROKEN.start and (reply.code not in _OK or _is_error(reply))
    if reply.code == _TOO_MANY or (refused and _RATE_LIMIT.search(said)):
        raise Transient(_told(reply, said), retry_after=retry_after(reply.headers, now))
    _refuse(reply, said)
    if reply.code in _PASSING or reply.code not in _OK:
        raise may_have_started(_told(reply, said))
    try:
        value = load_json(reply.body)
    except ValueError:
        raise may_have_started("it answered the start with something that is not JSON") from None
    found = value.get("testRunId") if isinstance(value, dict) else None
    if isinstance(found, str) and re.fullmatch(r"[\w.:~-]{1,200}", found, re.ASCII) and found.strip("."):
        return found
    if said:
        message = f'The platform did not start the test run: "{said}". {_advice(said)}'
        raise RefusedByPlatform(message.strip())
    raise may_have_started("its start answer has no usable testRunId")


def may_have_started(reason: str) -> GateError:
    """The error for a start whose outcome is unknown; `reason` follows "the platform"'s name."""
    return MayHaveStarted(
        f"The test run may have started: {reason}. It is not started again, as that could run it twice. "
        "Look for it on the platform's page of the suite, and attach with test-run-ids."
    )


def status(reply: Reply, now: datetime) -> TestRunStatus:
    """The status answer. Raises `Transient` where asking again may help, and one of our errors where it cannot."""
    said = "" if reply.code in _OK and b'"errors"' not in reply.body[:2000] else _said(reply)
    if reply.code in _PASSING or reply.code in _BROKEN or _RATE_LIMIT.search(said):
        raise Transient(_told(reply, said), retry_after=retry_after(reply.headers, now))
    _refuse(reply, said)
    # Late: no first request waits until the model of the answers is loaded.
    from koregate.kore_api.conversation import read

    try:
        return read(reply.body)
    except UnreadableAnswer:
        if said:
            message = f'The platform gave an error instead of a status: "{said}". {_advice(said)}'
            raise RefusedByPlatform(message.strip()) from None
        raise
    except ValueError:
        kind = "an empty body" if not reply.body.strip() else "something that is not JSON, or only a part of it"
        message = f"the platform answered with {kind}"
        raise Transient(message) from None


def retry_after(headers: Mapping[str, str], now: datetime | None) -> float | None:
    """Seconds that the platform asks to wait: `Retry-After` in seconds or as a date (RFC 9110, 10.2.3)."""
    given = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}", given, re.ASCII):
        return min(float(given), _LONGEST_WISH)
    if not given or now is None:
        return None
    try:
        return min(max((parsedate_to_datetime(given) - now).total_seconds(), 0.0), _LONGEST_WISH)
    except (ValueError, TypeError, OverflowError):
        return None


def _refuse(reply: Reply, said: str) -> None:
    """Raise for what ends the suite at once: redirects, refused credentials, and other 4xx answers."""
    if reply.code in _REDIRECT:
        message = (
            f"The platform answered {reply.code} and pointed to {_place(reply.headers.get('Location', ''))}. Redirects "
            "are not followed with credentials: set host to the platform's own URL."
        )
        raise Redirected(message)
    if reply.code in (401, 403) or (_CREDENTIALS.search(said) and (reply.code not in _OK or _is_error(reply))):
        quoted = f' "{said}"' if said else ""
        advice = _advice(said) or _advice("sdk credentials")
        message = f"The platform refused the credentials ({reply.code}{quoted}). {advice}"
        raise CredentialsRefused(message)
    if reply.code not in _OK and reply.code not in _PASSING and reply.code not in _BROKEN:
        quoted = f' "{said}"' if said else ""
        message = (
            f"The platform refused the request ({reply.code}{quoted}). {_advice(said) or 'Check host and stream-id.'}"
        )
        raise RefusedByPlatform(message)


def _is_error(reply: Reply) -> bool:
    try:
        value = load_json(reply.body)
    except ValueError:
        return False
    return isinstance(value, dict) and "errors" in value and not {"status", "result", "testRunId"} & value.keys()


def _said(reply: Reply) -> str:
    try:
        return one_line("; ".join(_error_messages(load_json(reply.body))), 300)
    except ValueError:
        return ""


def _error_messages(value: object) -> list[str]:
    """The texts of an error body, `{"errors": [{"msg": …, "code": …}]}`; any other shape gives what text it has."""
    if not isinstance(value, dict):
        return []
    errors = value.get("errors")
    found = errors if isinstance(errors, list) else [errors, value] if errors is not None else [value]
    texts = [_message(error) for error in found]
    return [one_line(text, 300) for text in texts if text]


def _message(error: object) -> str:
    if isinstance(error, dict):
        return next((as_text(error[key]) for key in ("msg", "message", "error") if error.get(key)), "")
    return error if isinstance(error, str) else ""


def _told(reply: Reply, said: str) -> str:
    return f'the platform answered {reply.code} "{said}"' if said else f"the platform answered {reply.code}"


def _advice(said: str) -> str:
    return next((advice for pattern, advice in _ADVICE if re.search(rf"\b(?:{pattern})", said, re.IGNORECASE)), "")


def _place(location: str) -> str:
    """Where a redirect points, without user, query and fragment, which may hold secrets."""
    try:
        parts = urlsplit(location)
        place = f"{parts.scheme}://" if parts.scheme else ""
        place += f"{parts.netloc}{parts.path}".rpartition("@")[2]
    except ValueError:
        place = ""
    return f'"{one_line(place, 200)}"' if place else "nowhere"
