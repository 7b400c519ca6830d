"""What an HTTP reply means: every code, every message, for a start and for a status request."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.answers import answer, step

from koregate.errors import (
    CredentialsRejected,
    MayHaveStarted,
    RequestRejected,
    RetryableError,
    SuiteError,
    UnexpectedRedirect,
    UnreadableReply,
)
from koregate.kore_api.replies import HttpReply, may_have_started, retry_after
from koregate.kore_api.suite_kind import CONVERSATION

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
Outcome = type[SuiteError] | type[RetryableError]


def reply(code: int = 200, body: Any = b"", **headers: str) -> HttpReply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpReply(code, {name.replace("_", "-"): value for name, value in headers.items()}, data)


def error_body(message: str, code: object = 4002) -> dict[str, Any]:
    """The platform's error body."""
    return {"errors": [{"msg": message, "code": code}]}


def outcome_of(code: int, *, start: bool) -> Outcome:
    """What the contract makes of a code without a body."""
    if 300 <= code < 400 and code != 304:
        return UnexpectedRedirect
    if code in (401, 403):
        return CredentialsRejected
    if code == 429:
        return RetryableError
    if code in (304, 408, 425) or not 200 <= code < 500:
        return MayHaveStarted if start else RetryableError
    return RequestRejected


CODES = [code for code in range(100, 620) if not 200 <= code < 300]


@pytest.mark.parametrize("body", [b"", b"<html>Oops</html>", b"\xff", b"[1]", b'{"a": 1}'], ids=repr)
def test_each_code_of_a_status_reply_has_its_outcome_whatever_its_body(body: bytes) -> None:
    for code in CODES:
        with pytest.raises(outcome_of(code, start=False), match=str(code)) as caught:
            CONVERSATION.progress(reply(code, body), NOW)
        assert outcome_of(code, start=False) is caught.type


@pytest.mark.parametrize("body", [b"", b"<html>Oops</html>", {"testRunId": "ctr-1"}], ids=repr)
def test_each_code_of_a_start_reply_has_its_outcome_whatever_its_body(body: Any) -> None:
    for code in CODES:
        with pytest.raises(outcome_of(code, start=True), match=str(code)) as caught:
            CONVERSATION.run_id(reply(code, body))
        assert outcome_of(code, start=True) is caught.type


@pytest.mark.parametrize("code", [200, 201, 202, 299])
def test_every_code_of_success_is_read(code: int) -> None:
    running = {"status": "IN_PROGRESS", "percentageCompleted": 40, "totalTestStepsCount": 7}
    ended = CONVERSATION.progress(reply(code, answer(step())), NOW)
    in_progress = CONVERSATION.progress(reply(code, running), NOW)

    assert (True, 100, 1) == (ended.ended, ended.percent, ended.announced)
    assert (False, 40, 7) == (in_progress.ended, in_progress.percent, in_progress.announced)
    assert "ctr-1" == CONVERSATION.run_id(reply(code, {"status": "IN_PROGRESS", "testRunId": "ctr-1"}))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "an empty body"),
        (b" \r\n", "an empty body"),
        (b"<html>Sign in</html>", "not JSON"),
        (b'{"status": "pas', "or is cut off"),
        (b'{"status": NaN}', "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"status":' + b"[" * 200_000, "not JSON"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_status_reply_that_is_not_json_may_be_retried(body: bytes, text: str) -> None:
    with pytest.raises(RetryableError, match=text):
        CONVERSATION.progress(reply(200, body), NOW)


@pytest.mark.parametrize("code", [200, 202, 299])
@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"[1, 2]", "a list"),
        (b'"passed"', "a string"),
        (b"null", "null"),
        (b"7", "a number"),
        (b"{}", "without any documented key"),
        (b'{"code": 7, "message": "upstream is down"}', "without any documented key"),
        (b'{"errors": []}', "without any documented key"),
    ],
    ids=repr,
)
def test_json_that_is_no_status_at_all_may_be_retried(code: int, body: bytes, text: str) -> None:
    with pytest.raises(RetryableError, match=f"returned JSON, but not a status: .*{text}"):
        CONVERSATION.progress(reply(code, body), NOW)


@pytest.mark.parametrize("body", [b'{"_id": "ctr-1"}', b'{"status": 7}', b'{"percentageCompleted": 40}'], ids=repr)
def test_a_status_that_lacks_its_essential_parts_ends_the_suite_and_keeps_the_body(body: bytes) -> None:
    with pytest.raises(UnreadableReply) as caught:
        CONVERSATION.progress(reply(200, body), NOW)

    assert body == caught.value.body


LIMITS = [
    "Rate limit for this API has been reached. Please try again after some time.",
    "You've exceeded the per-minute rate limit. Please try again.",
    "You've exceeded the hourly RATE LIMIT.",
]


@pytest.mark.parametrize("message", LIMITS)
@pytest.mark.parametrize("code", [200, 400, 401, 403, 404, 429])
def test_the_message_of_the_rate_limits_may_be_retried_under_any_code(code: int, message: str) -> None:
    for call in (
        lambda: CONVERSATION.progress(reply(code, error_body(message)), NOW),
        lambda: CONVERSATION.run_id(reply(code, error_body(message))),
    ):
        with pytest.raises(RetryableError, match=f'{code} ".*(?i:rate limit)'):
            call()


def test_a_start_that_the_platform_took_is_not_repeated_because_of_a_word_on_rate_limits() -> None:
    body = {"status": "IN_PROGRESS", "testRunId": "ctr-1", "message": "59 left of the rate limit"}

    assert "ctr-1" == CONVERSATION.run_id(reply(200, body))
    assert "ctr-1" == CONVERSATION.run_id(
        reply(200, {"testRunId": "ctr-1", **error_body("rate limit near, and no scope left")})
    )
    with pytest.raises(MayHaveStarted):
        CONVERSATION.run_id(reply(503, error_body("The rate limit service is down")))


@pytest.mark.parametrize(
    ("code", "message", "kind", "advice"),
    [
        (401, "Invalid SDK credentials", CredentialsRejected, "client-id, client-secret and stream-id belong together"),
        (401, "Invalid JWT token", CredentialsRejected, "client-secret and jwt-algorithm"),
        (401, "Permission denied. Scope is incorrect!", CredentialsRejected, '"Conversation Tests Execution"'),
        (401, "error verifying the jwt: possibly a replay", CredentialsRejected, "with a jti works only once"),
        (401, 'error verifying the jwt: if "jti" claim', CredentialsRejected, "with a jti works only once"),
        (403, "Go away", CredentialsRejected, "belong together"),
        (400, "Permission denied. Scope is incorrect!", CredentialsRejected, "publish the app"),
        (404, "Unauthorized", CredentialsRejected, "belong together"),
        (400, "Test Suite not found", RequestRejected, "Check the name in test-suites"),
        (400, "Test Result not found.", RequestRejected, "Check the run id"),
        (412, "Validation errors/ Invalid arguments", RequestRejected, "Check user-email and bot-version"),
        (405, "Method Not Allowed", RequestRejected, "Check host and stream-id."),
        (400, "Sprint is over", RequestRejected, "Check host and stream-id."),
        (400, "Test Suite 'Scope check' not found", RequestRejected, "Check the name in test-suites"),
        (400, "Test Suite 'Unauthorized access denied' not found", RequestRejected, "Check the name in test-suites"),
        (400, "Test Suite JWT token check is not available", RequestRejected, "Check the name in test-suites"),
        (404, "Test Suite 'Permission denied' does not exist", RequestRejected, "Check the name in test-suites"),
        (400, "Your credentials vault is being moved", RequestRejected, "Check host and stream-id."),
    ],
)
def test_the_platforms_message_is_quoted_with_advice(code: int, message: str, kind: Outcome, advice: str) -> None:
    for call in (
        lambda: CONVERSATION.progress(reply(code, error_body(message)), NOW),
        lambda: CONVERSATION.run_id(reply(code, error_body(message))),
    ):
        with pytest.raises(kind) as caught:
            call()
        assert f'({code} "{message}")' in str(caught.value)
        assert advice in str(caught.value)


@pytest.mark.parametrize(
    ("message", "kind"),
    [("Permission denied. Scope is incorrect!", CredentialsRejected), ("Test Suite not found", RequestRejected)],
)
def test_an_error_body_with_code_200_is_an_error_all_the_same(message: str, kind: Outcome) -> None:
    with pytest.raises(kind, match=message):
        CONVERSATION.progress(reply(200, error_body(message)), NOW)
    with pytest.raises(kind, match=message):
        CONVERSATION.run_id(reply(200, error_body(message)))


def test_a_reply_with_a_status_is_no_error_body_whatever_words_it_holds() -> None:
    body = {**answer(step()), **error_body("The scope of this jwt ends soon")}

    assert CONVERSATION.progress(reply(200, body), NOW).ended


def test_an_error_text_is_found_however_late_it_comes_in_the_body() -> None:
    body = {"padding": "x" * 5000, **error_body("Test Suite not found")}

    with pytest.raises(RequestRejected, match=r'error instead of a status: "Test Suite not found"\. Check the name'):
        CONVERSATION.progress(reply(200, body), NOW)


@pytest.mark.parametrize(
    "given_id",
    [None, "", 7, True, ["ctr-1"], {}, ".", "..", "a b", "a/b", "a?b", "a#b", "a\nb", "ctr-é", "x" * 201],
    ids=repr,
)
def test_a_start_reply_without_a_usable_run_id_may_have_started(given_id: Any) -> None:
    with pytest.raises(MayHaveStarted, match="no usable testRunId"):
        CONVERSATION.run_id(reply(200, {"status": "IN_PROGRESS", "testRunId": given_id}))


@pytest.mark.parametrize("given_id", ["ctr-6b1e-4", "ctr-" + "x" * 100, "a.b:c~d_e"])
def test_a_run_id_is_used_unchanged(given_id: str) -> None:
    assert given_id == CONVERSATION.run_id(reply(200, {"testRunId": given_id}))


@pytest.mark.parametrize(
    ("body", "text"),
    [(b"", "not JSON"), (b"<html>", "not JSON"), (b'{"testRunId": "ctr', "not JSON"), (b"[]", "no usable testRunId")],
    ids=repr,
)
def test_a_start_reply_that_cannot_be_read_may_have_started(body: bytes, text: str) -> None:
    with pytest.raises(MayHaveStarted, match=text):
        CONVERSATION.run_id(reply(200, body))


@pytest.mark.parametrize(
    "started",
    [
        HttpReply(500, {}, b'{"errors": [{"msg": "Internal error in ctr-6b1e-4"}]}'),
        HttpReply(200, {}, b'{"testRunId": "ctr-6b1e-4'),
        HttpReply(200, {}, b'{"run": {"testRunId": "ctr-6b1e-4"}}'),
        HttpReply(200, {}, b'{"testRunId": "ctr-6b1e-4", "testRunId": "ctr-9999"}'),
    ],
    ids=repr,
)
def test_a_run_id_that_cannot_be_trusted_is_named(started: HttpReply) -> None:
    with pytest.raises(MayHaveStarted, match=r"The reply names ctr-6b1e-4\b.*pass its id in test-run-ids"):
        CONVERSATION.run_id(started)


def test_a_start_reply_with_two_run_ids_is_not_believed() -> None:
    with pytest.raises(MayHaveStarted, match=r'has the key "testRunId" more than once.*names ctr-1111, ctr-2222'):
        CONVERSATION.run_id(HttpReply(200, {}, b'{"testRunId": "ctr-1111", "testRunId": "ctr-2222"}'))


@given(st.binary(max_size=300))
def test_any_reply_to_a_start_has_a_one_line_reason(body: bytes) -> None:
    message = str(may_have_started("the platform replied 502", body))

    assert message.isprintable()
    assert message.startswith("The test run may have started: the platform replied 502.")


def test_a_start_with_an_unknown_outcome_says_how_to_find_the_run() -> None:
    message = str(may_have_started("the platform replied 502"))

    for part in ("may have started: the platform replied 502.", "did not retry", "pass its id in test-run-ids."):
        assert part in message


@pytest.mark.parametrize(
    ("given_value", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 120 ", 120.0),
        ("999999999", 86400.0),
        ("Mon, 23 Nov 2026 10:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 11:00:00 +0100", 0.0),
        ("Mon, 23 Nov 2026 09:00:00 GMT", 0.0),
        ("Mon, 23 Nov 2099 10:00:00 GMT", 86400.0),
        ("Mon, 23 Nov 2026 10:00:30 -0000", None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("\u0667", None),
        ("9999999999", None),
        ("Mon, 99 Nov 2026 10:00:30 GMT", None),
    ],
)
def test_retry_after_is_read_in_seconds_or_as_a_date(given_value: str, seconds: float | None) -> None:
    assert seconds == retry_after({"Retry-After": given_value}, NOW)


def test_without_the_header_or_without_a_clock_for_its_date_there_is_no_time_to_wait() -> None:
    assert retry_after({}, NOW) is None
    assert retry_after({"Retry-After": "Mon, 23 Nov 2026 10:00:30 GMT"}, None) is None
    assert 5.0 == retry_after({"Retry-After": "5"}, None)


@given(
    st.one_of(
        st.text(),
        st.text("0123456789 :,-+NovMonGMT"),
        st.lists(st.sampled_from(["Mon,", "23", "Nov", "2026", "10:00:30", "GMT", "+0100"])).map(" ".join),
    )
)
@example("Mon, 23 Nov 99999999999999999999 10:00:00 GMT")
def test_any_retry_after_is_at_most_a_day_or_ignored(given_value: str) -> None:
    seconds = retry_after({"Retry-After": given_value}, NOW)

    assert seconds is None or 0 <= seconds <= 86400


@given(st.integers(0, 86400))
def test_a_date_is_as_far_away_as_its_seconds(seconds: int) -> None:
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)

    assert seconds == retry_after({"Retry-After": date}, NOW)


@pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 504])
def test_a_retryable_error_carries_the_retry_after_and_the_message(code: int) -> None:
    with pytest.raises(RetryableError, match=f'{code} "Busy"') as caught:
        CONVERSATION.progress(reply(code, error_body("Busy"), Retry_After="Mon, 23 Nov 2026 10:00:40 GMT"), NOW)

    assert 40.0 == caught.value.retry_after


@pytest.mark.parametrize("message", ["Unable to reach credentials service", "Invalid JWT token", "Unauthorized"])
@pytest.mark.parametrize("code", [304, 408, 425, 500, 502, 503])
def test_credentials_are_never_blamed_for_a_failure_of_the_platform(code: int, message: str) -> None:
    with pytest.raises(RetryableError, match=message):
        CONVERSATION.progress(reply(code, error_body(message)), NOW)
    with pytest.raises(MayHaveStarted, match=message):
        CONVERSATION.run_id(reply(code, error_body(message)))


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Mon, 23 Nov 2026 09:00:00 GMT", 3602.0),
        ("Mon, 23 Nov 2026 10:00:00 GMT", 2.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("Mon, 23 Nov 2026 11:00:00 +0100", 2.0),
        ("yesterday", 2.0),
        ("Mon, 23 Nov 2026 09:00:00 -0000", 2.0),
        ("", 2.0),
    ],
)
def test_a_date_to_wait_for_is_measured_against_the_date_of_the_reply(date: str, seconds: float) -> None:
    assert seconds == retry_after({"Retry-After": "Mon, 23 Nov 2026 10:00:02 GMT", "Date": date}, NOW)


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("Mon, 23 Nov 2026 09:50:00 GMT", "). This machine's clock is 10m fast. Set it first. Check that client-id"),
        ("Mon, 23 Nov 2026 11:00:03 GMT", "). This machine's clock is 1h slow. Set it first. Check that client-id"),
        ("Mon, 23 Nov 2026 09:58:00 GMT", "). Check that client-id"),
        ("Mon, 23 Nov 2026 10:02:00 GMT", "). Check that client-id"),
        ("tomorrow", "). Check that client-id"),
        ("", "). Check that client-id"),
    ],
)
def test_rejected_credentials_name_a_wrong_clock_before_the_other_advice(date: str, said: str) -> None:
    rejected = reply(401, error_body("Invalid SDK credentials"), Date=date)
    for call in (lambda: CONVERSATION.progress(rejected, NOW), lambda: CONVERSATION.run_id(rejected, NOW)):
        with pytest.raises(CredentialsRejected) as caught:
            call()
        assert said in str(caught.value)


@pytest.mark.parametrize("value", ["40", "Mon, 23 Nov 2026 10:00:40 GMT"])
def test_a_start_that_is_over_the_rate_limit_carries_the_retry_after(value: str) -> None:
    with pytest.raises(RetryableError) as caught:
        CONVERSATION.run_id(reply(429, Retry_After=value), NOW)

    assert 40.0 == caught.value.retry_after


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("https://other.example/path?token=1#part", '"https://other.example/path"'),
        ("https://user:pa%40ss@other.example:8443/", '"https://other.example:8443/"'),
        ("https://user:p@ss@other.example/x", '"https://other.example/x"'),
        ("//user:pw@other.example/x?y", '"other.example/x"'),
        ("/login?next=secret", '"/login"'),
        ("?token=1", "nowhere"),
        ("#token", "nowhere"),
        ("", "nowhere"),
        ("https://[broken/", "nowhere"),
        ("https://other.example/\x1b[31m\u202e", '"https://other.example/\\x1b[31m\\u202e"'),
    ],
)
def test_a_redirect_is_named_without_user_query_and_fragment(location: str, place: str) -> None:
    for code in (301, 302, 303, 307, 308):
        redirect = reply(code, Location=location)
        with pytest.raises(UnexpectedRedirect) as status:
            CONVERSATION.progress(redirect, NOW)
        with pytest.raises(UnexpectedRedirect) as start:
            CONVERSATION.run_id(redirect)
        assert f"replied {code} and pointed to {place}. koregate does not follow redirects" in str(status.value)
        assert str(status.value) == str(start.value)


PART = st.text("abcXYZ0189%=+._~!$'()*,;", min_size=1, max_size=20).map(lambda text: f"hidden{text}")


@given(PART, PART, PART)
def test_no_user_query_or_fragment_of_a_redirect_is_ever_shown(user: str, query: str, fragment: str) -> None:
    location = f"https://{user}:{user}@other.example/x?{query}#{fragment}"

    with pytest.raises(UnexpectedRedirect) as caught:
        CONVERSATION.progress(reply(302, Location=location), NOW)

    assert '"https://other.example/x"' in str(caught.value)
    assert "hidden" not in str(caught.value)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["errors", "msg", "message", "status", "result", "testRunId"]), inner),
    ),
    max_leaves=10,
)


@given(st.integers(100, 620), st.one_of(st.binary(), JSON))
def test_any_reply_is_a_value_or_one_of_koregates_errors_in_one_line(code: int, body: Any) -> None:
    any_reply = reply(code, body)
    for call in (lambda: CONVERSATION.progress(any_reply, NOW), lambda: CONVERSATION.run_id(any_reply)):
        assert 1 == len(value_or_message(call).splitlines())


def value_or_message(call: Callable[[], object]) -> str:
    """What a call returns, or the message of koregate's error that it raises."""
    try:
        return repr(call())
    except (SuiteError, RetryableError) as problem:
        return str(problem)
