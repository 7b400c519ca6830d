"""Requests that check network, clock and credentials without starting a test run.

Each request asks for the status of a test run that cannot exist. The platform rejects a bad token in other words than
an unknown run, and only the latter proves that the token is good.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum, auto
from typing import NamedTuple
from urllib.parse import urlsplit

from koregate.checks import Check, fail, ok, skip, warn
from koregate.clock import Clock
from koregate.errors import BadCertificate, RetryableError, SuiteError, UnknownHost, UnusableProxy
from koregate.inputs import VERSION_WORDS, Inputs, SuiteKindName
from koregate.kore_api.client import Client
from koregate.kore_api.json_values import load_json
from koregate.kore_api.network_errors import Hop, RequestFailed
from koregate.kore_api.probe_suite_files import NAME as IMPORTS
from koregate.kore_api.probe_suite_files import check_imports
from koregate.kore_api.replies import (
    HttpReply,
    is_retryable,
    mentions_credentials,
    platform_error,
    rejects_credentials,
    sent_at,
)
from koregate.kore_api.suite_file import SuiteFile
from koregate.kore_api.suite_kind import SUITE_KINDS
from koregate.kore_api.tokens import is_single_use
from koregate.kore_api.training import TrainingStatus
from koregate.text import human_duration, one_line
from koregate.verdicts import EXIT_CREDENTIALS, EXIT_NO_VERDICT

# A run id ends in a UUID, and no platform assigns the Nil UUID (RFC 9562, 5.9).
_NO_RUN: Mapping[SuiteKindName, str] = {
    "conversation": "ctr-00000000-0000-0000-0000-000000000000",
    "batch": "tr-00000000-0000-0000-0000-000000000000",
}
CLOCK_WARN_SECONDS = 120
CLOCK_FAIL_SECONDS = 300
_REQUEST_SECONDS = 20.0
_PAUSES_SECONDS = (1.0, 2.0)
_MAX_SUITES = 20
_MAX_NAMED = 5
_MAX_NAME = 60
_HOPS: tuple[Hop, ...] = ("proxy", "host", "tls", "platform")
_ONE_REQUEST = "Not checked, because a jwt with a jti works only once."


class ReplyMeaning(Enum):
    """What a reply to the request for a test run that cannot exist says about the token."""

    NO_SUCH_RUN = auto()
    NO_SUCH_SUITE = auto()
    WRONG_SCOPE = auto()
    USED_TOKEN = auto()
    UNREADABLE_TOKEN = auto()
    WRONG_TOKEN = auto()
    UNCLEAR = auto()


# The known messages of Kore.ai: "Test Suite not found", "Test Result not found.", "Invalid request ID".
_MISSING = r"(?:not found|does not exist|doesn't exist|unknown|no such|invalid)"
_NO_SUCH = {
    ReplyMeaning.NO_SUCH_SUITE: re.compile(rf"\bsuite\b.*\b{_MISSING}|\b{_MISSING}.*\bsuite\b", re.IGNORECASE),
    ReplyMeaning.NO_SUCH_RUN: re.compile(
        rf"\b(?:result|run|\w*runid|request id)\b.*\b{_MISSING}|\b{_MISSING}.*\b(?:result|run|\w*runid|request id)\b",
        re.IGNORECASE,
    ),
}
# The first match explains a rejected token. The order matters: "Permission denied. Scope is incorrect!" is about scope.
_REJECTED = (
    (ReplyMeaning.WRONG_SCOPE, re.compile(r"\bscopes?\b|permission", re.IGNORECASE)),
    (ReplyMeaning.USED_TOKEN, re.compile(r"\b(?:replay|jti)\b", re.IGNORECASE)),
    (ReplyMeaning.UNREADABLE_TOKEN, re.compile(r"\bjwt token\b", re.IGNORECASE)),
)
_ACCEPTED = (ReplyMeaning.NO_SUCH_RUN, ReplyMeaning.NO_SUCH_SUITE)


def meaning_of(reply: HttpReply) -> ReplyMeaning:
    """What the reply says about the token. `UNCLEAR` unless the platform's message leaves no doubt."""
    text = platform_error(reply)
    if rejects_credentials(reply, text):
        return next((meaning for meaning, words in _REJECTED if words.search(text)), ReplyMeaning.WRONG_TOKEN)
    if is_retryable(reply) or mentions_credentials(reply, text):
        return ReplyMeaning.UNCLEAR
    return next((meaning for meaning, words in _NO_SUCH.items() if words.search(text)), ReplyMeaning.UNCLEAR)


class Probe(NamedTuple):
    """The result of a request: a reply, or why there is none. `middle` is this machine's time halfway through it."""

    reply: HttpReply | None
    problem: Exception | None
    middle: datetime
    used_proxy: bool


def platform_checks(inputs: Inputs, client: Client, clock: Clock, files: Sequence[SuiteFile] = ()) -> Iterator[Check]:
    """Every check that takes a request. Nothing is started, and no suite of `files` is imported."""
    probe = _send(inputs, client, clock, (*inputs.test_suites, *(file.suite for file in files))[0])
    yield from network_checks(inputs, probe)
    if probe.reply is None:
        names = ("clock", "credentials", "scope", "suites", *([IMPORTS] if files else []), "training")
        yield from (_after(_hop(probe.problem), name) for name in names)
        return
    clock_check = check_clock(probe.reply, probe.middle)
    yield clock_check
    meaning = meaning_of(probe.reply)
    yield check_credentials(inputs, probe.reply, meaning, is_clock_right=not clock_check.exit_code)
    yield check_scope(inputs, probe.reply, meaning)
    yield _check_suites(inputs, client, clock, meaning)
    if files:
        yield _check_imports(inputs, client, meaning, files)
    yield _check_training(inputs, client, meaning)


def _after(failed: str, name: str) -> Check:
    """A check that was not made, since an earlier one failed. Short, because several of these stand below that one."""
    return skip(name, f"Not checked, because {failed} failed.")


def _after_token(meaning: ReplyMeaning, name: str) -> Check:
    """A check that was not made, since the platform did not accept the token."""
    if meaning is ReplyMeaning.UNCLEAR:
        return skip(name, "Not checked, because the credentials could not be checked.")
    return _after("scope" if meaning is ReplyMeaning.WRONG_SCOPE else "credentials", name)


def _send(inputs: Inputs, client: Client, clock: Clock, suite: str) -> Probe:
    """Send the request up to three times, as long as a retry may help."""
    pauses = iter(_PAUSES_SECONDS)
    while True:
        began = clock.now()
        reply, problem = _try(client, suite, _NO_RUN[inputs.suite_kind])
        probe = Probe(reply, problem, began + (clock.now() - began) / 2, client.used_proxy)
        may_help = isinstance(problem, RequestFailed | RetryableError) or (reply is not None and is_retryable(reply))
        pause = next(pauses, None)
        if not may_help or pause is None:
            return probe
        clock.wait(pause)


def _try(client: Client, suite: str, run_id: str) -> tuple[HttpReply | None, Exception | None]:
    try:
        return client.probe(suite, run_id, _REQUEST_SECONDS), None
    except (RequestFailed, RetryableError, SuiteError) as problem:
        return None, problem


def network_checks(inputs: Inputs, probe: Probe) -> Iterator[Check]:
    """Proxy, host name, TLS and the platform's API, in the order in which a request passes them.

    Before them comes this machine, if it could not send a request.
    """
    reached = "platform" if probe.problem is None else _hop(probe.problem)
    hops: tuple[Hop, ...] = ("machine", *_HOPS) if reached == "machine" else _HOPS
    for hop in hops:
        if hops.index(hop) < hops.index(reached):
            yield ok(hop, _success(hop, inputs, probe))
        elif probe.problem is not None and hop == reached:
            yield fail(hop, _failure(probe.problem), EXIT_NO_VERDICT)
        elif probe.reply is None:
            yield _after(reached, hop)
        else:
            yield _check_api(probe.reply)


def _hop(problem: Exception | None) -> Hop:
    """Where a request was lost."""
    if isinstance(problem, RequestFailed):
        return problem.hop
    if isinstance(problem, UnknownHost):
        return "proxy" if problem.is_proxy else "host"
    return (
        "proxy" if isinstance(problem, UnusableProxy) else "tls" if isinstance(problem, BadCertificate) else "platform"
    )


def _success(hop: Hop, inputs: Inputs, probe: Probe) -> str:
    parts = urlsplit(inputs.host)
    name = one_line(parts.hostname or "", _MAX_NAME)
    if hop == "proxy":
        return "The proxy in HTTPS_PROXY forwards the request." if probe.used_proxy else "No proxy is used."
    if hop == "host":
        return f"{name} was found and accepts connections."
    return "The certificate is trusted." if parts.scheme == "https" else "Not used: the host is this machine."


def _failure(problem: Exception) -> str:
    text = str(problem)
    if isinstance(problem, UnknownHost):
        more = "" if problem.is_proxy else " If this machine needs a proxy to reach the platform, set HTTPS_PROXY."
        return f"{_sentence(text)} {problem.advice}{more}"
    # A SuiteError already says what to do.
    return f"{_sentence(text)} {problem.advice}" if isinstance(problem, RequestFailed | RetryableError) else text


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _check_api(reply: HttpReply) -> Check:
    """Whether it is the platform's API that replied."""
    name = "platform"
    if reply.code // 100 == _REDIRECT:
        text = (
            f"The host replied {reply.code}, a redirect. koregate does not follow redirects. Set host to the final URL."
        )
        return fail(name, text, EXIT_NO_VERDICT)
    if is_retryable(reply):
        text = f"The platform replied {_quoted(reply)}, also to the retries. Try again later."
        return fail(name, text, EXIT_NO_VERDICT)
    try:
        is_object = isinstance(load_json(reply.body), dict)
    except ValueError:
        is_object = False
    if not is_object and not rejects_credentials(reply, ""):
        text = f"The host replied ({reply.code}), but not with a JSON object, so it is not Kore.ai's API. Check host."
        return fail(name, text, EXIT_NO_VERDICT)
    return ok(name, "Kore.ai's API replies." if is_object else "The host replies: see credentials.")


_REDIRECT = 3


def check_clock(reply: HttpReply, now: datetime) -> Check:
    """This machine's clock compared with the reply's `Date`. A wrong clock makes every token invalid."""
    sent = sent_at(reply)
    if sent is None:
        return skip("clock", "Cannot tell: the reply has no Date. Compare this machine's clock with another one.")
    # The header has whole seconds.
    ahead = round((now - sent).total_seconds())
    if abs(ahead) < CLOCK_WARN_SECONDS:
        return ok("clock", "This machine's clock agrees with the platform's.")
    text = (
        f"This machine's clock is {human_duration(abs(ahead))} {'fast' if ahead > 0 else 'slow'} compared with the "
        "platform's. Set it, for example with NTP. Tokens are valid for a few minutes only."
    )
    return fail("clock", text, EXIT_CREDENTIALS) if abs(ahead) >= CLOCK_FAIL_SECONDS else warn("clock", text)


def check_credentials(inputs: Inputs, reply: HttpReply, meaning: ReplyMeaning, *, is_clock_right: bool) -> Check:
    """Whether the platform accepts the token. The credentials are right only if the platform's message proves it."""
    name, said = "credentials", _quoted(reply)
    first = "" if is_clock_right else "Set the clock first: it may be the only cause. "
    match meaning:
        case ReplyMeaning.NO_SUCH_RUN | ReplyMeaning.NO_SUCH_SUITE if is_single_use(inputs):
            text = (
                f"The platform accepted the token ({said}), but a token with a jti works only once, and this check "
                "used it. Set client-id and client-secret instead of jwt."
            )
            return warn(name, text)
        case ReplyMeaning.NO_SUCH_RUN | ReplyMeaning.NO_SUCH_SUITE:
            return ok(name, "The platform accepted the token.")
        case ReplyMeaning.WRONG_SCOPE:
            return _after("scope", name)
        case ReplyMeaning.USED_TOKEN:
            text = (
                f"The platform rejected the token's jti ({said}): it was used before, or it is valid for too long. Set "
                "client-id and client-secret instead of jwt."
            )
        case ReplyMeaning.UNREADABLE_TOKEN:
            given = "jwt" if inputs.jwt is not None else "client-id, client-secret and jwt-algorithm"
            text = (
                f"The platform cannot read the token ({said}). {first}Check {given}. If the JWT app enforces JWE, "
                "switch that off. koregate does not support encrypted tokens."
            )
        case ReplyMeaning.WRONG_TOKEN:
            causes = (
                "an expired jwt, a jwt of another app, or a wrong stream-id"
                if inputs.jwt is not None
                else "a wrong client-id, client-secret or jwt-algorithm, or the stream-id of another app"
            )
            more = (
                ", or a missing scope, or an IP address that the account does not allow"
                if reply.code == _FORBIDDEN
                else ""
            )
            text = f"The platform rejected the token ({said}). {first}Possible causes: {causes}{more}. Check each."
        case ReplyMeaning.UNCLEAR:
            return skip(
                name, f"Cannot tell: the platform replied {said}, which does not prove that it accepted the token."
            )
    return fail(name, text, EXIT_CREDENTIALS)


_FORBIDDEN = 403


def check_scope(inputs: Inputs, reply: HttpReply, meaning: ReplyMeaning) -> Check:
    """Whether the JWT app may run test suites of this kind."""
    scope = SUITE_KINDS[inputs.suite_kind].rejections.scope
    if meaning in _ACCEPTED:
        return ok(
            "scope", f'The JWT app has the scope "{scope}". Status requests and start requests need the same scope.'
        )
    if meaning is ReplyMeaning.WRONG_SCOPE:
        text = (
            f'The platform rejected the scope ({_quoted(reply)}). Grant "{scope}" to the JWT app and publish the app '
            "with its API scopes. A granted scope takes effect only after that."
        )
        return fail("scope", text, EXIT_CREDENTIALS)
    return _after_token(meaning, "scope")


def _check_suites(inputs: Inputs, client: Client, clock: Clock, meaning: ReplyMeaning) -> Check:
    """Whether the platform knows the suites, as far as it says so."""
    if not inputs.test_suites:
        return ok("suites", "All test suites are from suite files, which a run imports first.")
    if meaning not in _ACCEPTED:
        return _after_token(meaning, "suites")
    suites = inputs.test_suites[:1] if is_single_use(inputs) else inputs.test_suites[:_MAX_SUITES]
    meanings = [meaning, *(_ask_about(inputs, client, clock, suite) for suite in suites[1:])]
    unknown = [suite for suite, meaning in zip(suites, meanings, strict=True) if meaning is ReplyMeaning.NO_SUCH_SUITE]
    if unknown:
        several = " Write one name per line." if any("," in suite for suite in unknown) else ""
        text = (
            f"The platform does not know {_listed(unknown)}. Check test-suites: a name must match exactly, and the "
            f"suite must belong to this app. {SUITE_KINDS[inputs.suite_kind].rejections.other_kind}{several}"
        )
        return fail("suites", text, EXIT_NO_VERDICT)
    asked = (
        f"the first {len(suites)} of {len(inputs.test_suites)} names" if suites != inputs.test_suites else "the names"
    )
    # A start of batch suites has no user-email.
    them = "them, and user-email," if inputs.suite_kind == "conversation" else "them"
    text = f"The platform rejected none of {asked}. It may check {them} only when a run starts."
    certain = all(meaning in _ACCEPTED for meaning in meanings)
    return ok("suites", text) if certain else skip("suites", f"Cannot tell for all of them. {text}")


def _check_training(inputs: Inputs, client: Client, meaning: ReplyMeaning) -> Check:
    """Whether the model is trained with the current app. At most a warning: only require-trained needs it."""
    name = "training"
    if is_single_use(inputs):
        return skip(name, _ONE_REQUEST)
    if meaning not in _ACCEPTED:
        return _after_token(meaning, name)
    try:
        status = client.training(_REQUEST_SECONDS)
    except (RetryableError, SuiteError) as problem:
        return warn(name, _sentence(str(problem)))
    model = f"The model of the {VERSION_WORDS[inputs.bot_version]}, language {inputs.bot_language}"
    if status.is_trained:
        return ok(name, f"{model}, is trained and in sync.")
    return warn(name, f"{model}: {status.description}. {_training_advice(inputs, status)}")


def _training_advice(inputs: Inputs, status: TrainingStatus) -> str:
    if not inputs.require_trained:
        return status.advice
    if status.in_progress:
        return "Because of require-trained, koregate run waits until it has ended."
    return (
        f"{status.advice} Until then, koregate run ends with exit code {EXIT_NO_VERDICT}, because of require-trained."
    )


def _check_imports(inputs: Inputs, client: Client, meaning: ReplyMeaning, files: Sequence[SuiteFile]) -> Check:
    if is_single_use(inputs):
        return skip(IMPORTS, _ONE_REQUEST)
    if meaning not in _ACCEPTED:
        return _after_token(meaning, IMPORTS)
    return check_imports(client, files, _REQUEST_SECONDS)


def _ask_about(inputs: Inputs, client: Client, clock: Clock, suite: str) -> ReplyMeaning:
    probe = _send(inputs, client, clock, suite)
    return ReplyMeaning.UNCLEAR if probe.reply is None else meaning_of(probe.reply)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f'"{one_line(name, _MAX_NAME)}"' for name in names[:_MAX_NAMED])
    return f"{shown} and {len(names) - _MAX_NAMED} more" if names[_MAX_NAMED:] else shown


def _quoted(reply: HttpReply) -> str:
    text = platform_error(reply)
    return f'{reply.code} "{text}"' if text else str(reply.code)
