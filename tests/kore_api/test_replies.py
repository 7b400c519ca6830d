"""What an HTTP answer means: every code, every message, for a start and for a status request."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.answers import answer, step

from koregate.errors import (
    CredentialsRefused,
    GateError,
    MayHaveStarted,
    Redirected,
    RefusedByPlatform,
    Transient,
    UnreadableAnswer,
)
from koregate.kore_api.replies import Reply, may_have_started, retry_after, run_id, status

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
Ending = type[GateError] | type[Transient]


def reply(code: int = 200, body: Any = b"", **headers: str) -> Reply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(code, {name.replace("_", "-"): value for name, value in headers.items()}, data)


def says(message: str, code: object = 4002) -> dict[str, Any]:
    """The platform's error body."""
    return {"errors": [{"msg": message, "code": code}]}


def ending(code: int, *, start: bool) -> Ending:
    """What the contract makes of a code without a body."""
    if 300 <= code < 400:
        return Redirected
    if code in (401, 403):
        return CredentialsRefused
    if code == 429:
        return Transient
    if code in (408, 425) or 500 <= code < 600:
        return MayHaveStarted if start else Transient
    return RefusedByPlatform


CODES = [code for code in range(100, 620) if not 200 <= code < 300]


@pytest.mark.parametrize("body", [b"", b"<html>Oops</html>", b"\xff", b"[1]", b'{"a": 1}'], ids=repr)
def test_each_code_of_a_status_answer_has_its_ending_whatever_its_body(body: bytes) -> None:
    for code in CODES:
        with pytest.raises(ending(code, start=False), match=str(code)) as caught:
            status(reply(code, body), NOW)
        assert ending(code, start=False) is caught.type


@pytest.mark.parametrize("body", [b"", b"<html>Oops</html>", {"testRunId": "ctr-1"}], ids=repr)
def test_each_code_of_a_start_answer_has_its_ending_whatever_its_body(body: Any) -> None:
    for code in CODES:
        with pytest.raises(ending(code, start=True), match=str(code)) as caught:
            run_id(reply(code, body))
        assert ending(code, start=True) is caught.type


@pytest.mark.parametrize("code", [200, 201, 202, 299])
def test_an_answer_of_success_is_read(code: int) -> None:
    read = status(reply(code, answer(step())), NOW)

    assert ("passed", 1) == (read.answer.status, len(read.steps))
    assert "ctr-1" == run_id(reply(code, {"status": "IN_PROGRESS", "testRunId": "ctr-1"}))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "an empty body"),
        (b" \r\n", "an empty body"),
        (b"<html>Sign in</html>", "not JSON"),
        (b'{"status": "pas', "only a part of it"),
        (b'{"status": NaN}', "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"status":' + b"[" * 200_000, "not JSON"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_status_answer_that_is_no_json_is_asked_for_again(body: bytes, said: str) -> None:
    with pytest.raises(Transient, match=said):
        status(reply(200, body), NOW)


@pytest.mark.parametrize("body", [b"[1, 2]", b'"passed"', b"null", b"{}", b'{"code": 7}'], ids=repr)
def test_json_that_is_no_status_answer_ends_the_suite(body: bytes) -> None:
    with pytest.raises(UnreadableAnswer):
        status(reply(200, body), NOW)


LIMITS = [
    "Rate limit for this API has been reached. Please try again after some time.",
    "You've exceeded the per-minute rate limit. Please try again.",
    "You've exceeded the hourly RATE LIMIT.",
]


@pytest.mark.parametrize("message", LIMITS)
@pytest.mark.parametrize("code", [200, 400, 401, 403, 404, 429])
def test_the_rate_limits_message_is_a_passing_failure_under_any_code(code: int, message: str) -> None:
    for call in (lambda: status(reply(code, says(message)), NOW), lambda: run_id(reply(code, says(message)))):
        with pytest.raises(Transient, match=f'{code} ".*(?i:rate limit)'):
            call()


def test_a_start_that_was_taken_is_not_repeated_for_a_word_on_rate_limits() -> None:
    body = {"status": "IN_PROGRESS", "testRunId": "ctr-1", "message": "59 left of the rate limit"}

    assert "ctr-1" == run_id(reply(200, body))
    assert "ctr-1" == run_id(reply(200, {"testRunId": "ctr-1", **says("rate limit near, and no scope left")}))
    with pytest.raises(MayHaveStarted):
        run_id(reply(503, says("The rate limit service is down")))


@pytest.mark.parametrize(
    ("code", "message", "kind", "advice"),
    [
        (401, "Invalid SDK credentials", CredentialsRefused, "client-id, client-secret and stream-id belong together"),
        (401, "Invalid JWT token", CredentialsRefused, "client-secret and jwt-algorithm"),
        (401, "Permission denied. Scope is incorrect!", CredentialsRefused, '"Conversation Tests Execution"'),
        (401, "error verifying the jwt: possibly a replay", CredentialsRefused, "with a jti works once"),
        (401, 'error verifying the jwt: if "jti" claim', CredentialsRefused, "with a jti works once"),
        (403, "Go away", CredentialsRefused, "belong together"),
        (400, "Permission denied. Scope is incorrect!", CredentialsRefused, "publish the app"),
        (404, "Unauthorized", CredentialsRefused, "belong together"),
        (400, "Test Suite not found", RefusedByPlatform, "Check the name in test-suites"),
        (400, "Test Result not found.", RefusedByPlatform, "Check the run id"),
        (412, "Validation errors/ Invalid arguments", RefusedByPlatform, "Check user-email and bot-version"),
        (405, "Method Not Allowed", RefusedByPlatform, "Check host and stream-id."),
        (400, "Sprint is over", RefusedByPlatform, "Check host and stream-id."),
    ],
)
def test_the_platforms_message_is_shown_with_advice(code: int, message: str, kind: Ending, advice: str) -> None:
    for call in (lambda: status(reply(code, says(message)), NOW), lambda: run_id(reply(code, says(message)))):
        with pytest.raises(kind) as caught:
            call()
        assert f'({code} "{message}")' in str(caught.value)
        assert advice in str(caught.value)


@pytest.mark.parametrize(
    ("message", "kind"),
    [("Permission denied. Scope is incorrect!", CredentialsRefused), ("Test Suite not found", RefusedByPlatform)],
)
def test_an_error_body_under_200_is_an_error_all_the_same(message: str, kind: Ending) -> None:
    with pytest.raises(kind, match=message):
        status(reply(200, says(message)), NOW)
    with pytest.raises(kind, match=message):
        run_id(reply(200, says(message)))


def test_an_answer_that_has_a_status_is_no_error_body_whatever_words_it_holds() -> None:
    body = {**answer(step()), **says("The scope of this jwt ends soon")}

    assert "passed" == status(reply(200, body), NOW).answer.status


@pytest.mark.parametrize(
    "found",
    [None, "", 7, True, ["ctr-1"], {}, ".", "..", "a b", "a/b", "a?b", "a#b", "a\nb", "ctr-é", "x" * 201],
    ids=repr,
)
def test_a_start_answer_without_a_usable_run_id_may_have_started(found: Any) -> None:
    with pytest.raises(MayHaveStarted, match="no usable testRunId"):
        run_id(reply(200, {"status": "IN_PROGRESS", "testRunId": found}))


@pytest.mark.parametrize("found", ["ctr-6b1e-4", "ctr-" + "x" * 100, "a.b:c~d_e"])
def test_a_run_id_is_taken_as_it_came(found: str) -> None:
    assert found == run_id(reply(200, {"testRunId": found}))


@pytest.mark.parametrize(
    ("body", "said"),
    [(b"", "not JSON"), (b"<html>", "not JSON"), (b'{"testRunId": "ctr', "not JSON"), (b"[]", "no usable testRunId")],
    ids=repr,
)
def test_a_start_answer_that_cannot_be_read_may_have_started(body: bytes, said: str) -> None:
    with pytest.raises(MayHaveStarted, match=said):
        run_id(reply(200, body))


def test_a_start_whose_outcome_is_unknown_says_how_to_go_on() -> None:
    problem = str(may_have_started("the platform answered 502"))

    for part in ("may have started: the platform answered 502", "not started again", "attach with test-run-ids"):
        assert part in problem


@pytest.mark.parametrize(
    ("given", "seconds"),
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
def test_the_platforms_wish_is_read_in_seconds_or_as_a_date(given: str, seconds: float | None) -> None:
    assert seconds == retry_after({"Retry-After": given}, NOW)


def test_no_wish_and_a_date_without_a_clock_are_no_wish() -> None:
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
def test_any_wish_is_read_within_a_day_or_is_none(given: str) -> None:
    found = retry_after({"Retry-After": given}, NOW)

    assert found is None or 0 <= found <= 86400


@given(st.integers(0, 86400))
def test_a_date_is_as_far_away_as_its_seconds(seconds: int) -> None:
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)

    assert seconds == retry_after({"Retry-After": date}, NOW)


@pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 504])
def test_a_passing_failure_carries_the_wish_and_any_message(code: int) -> None:
    with pytest.raises(Transient, match=f'{code} "Busy"') as caught:
        status(reply(code, says("Busy"), Retry_After="Mon, 23 Nov 2026 10:00:40 GMT"), NOW)

    assert 40.0 == caught.value.retry_after


@pytest.mark.parametrize("wish", ["40", "Mon, 23 Nov 2026 10:00:40 GMT"])
def test_a_start_that_was_refused_for_now_carries_the_wish(wish: str) -> None:
    with pytest.raises(Transient) as caught:
        run_id(reply(429, Retry_After=wish), NOW)

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
        made = reply(code, Location=location)
        with pytest.raises(Redirected) as asked:
            status(made, NOW)
        with pytest.raises(Redirected) as started:
            run_id(made)
        assert f"answered {code} and pointed to {place}. Redirects are not followed" in str(asked.value)
        assert str(asked.value) == str(started.value)


PART = st.text("abcXYZ0189%=+._~!$'()*,;", min_size=1, max_size=20).map(lambda text: f"hidden{text}")


@given(PART, PART, PART)
def test_no_user_query_or_fragment_of_a_redirect_is_ever_shown(user: str, query: str, fragment: str) -> None:
    location = f"https://{user}:{user}@other.example/x?{query}#{fragment}"

    with pytest.raises(Redirected) as caught:
        status(reply(302, Location=location), NOW)

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
def test_any_answer_is_data_or_one_of_our_errors_in_one_line(code: int, body: Any) -> None:
    made = reply(code, body)
    for call in (lambda: status(made, NOW), lambda: run_id(made)):
        assert 1 == len(str(outcome(call)).splitlines())


def outcome(call: Callable[[], object]) -> object:
    """The error of ours that a call ends in, or a word where it ends in none."""
    try:
        call()
    except (GateError, Transient) as problem:
        return problem
    return "data"
