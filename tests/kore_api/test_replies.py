"""What an HTTP reply means: every code, every message, for a start and for a status request."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.answers import answer, step
from support.http_replies import error_body, reply

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
    UnreadableReply,
)
from koregate.kore_api.replies import (
    HttpReply,
    Rejections,
    check_accepted,
    is_retryable,
    may_have_started,
    mentions_credentials,
    platform_error,
    rejects_credentials,
    request_advice,
)
from koregate.kore_api.suite_kind import BATCH, CONVERSATION, SuiteKind

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
Outcome = type[SuiteError] | type[RetryableError]


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
        (b"<html>Sign in</html>", "something that is not JSON, or is cut off"),
        (b'{"status": "pas', "something that is not JSON, or is cut off"),
        (b'{"status": NaN}', "something that is not JSON, or is cut off"),
        (b"\xff\xfe", "something that is not JSON, or is cut off"),
        (b'{"status":' + b"[" * 200_000, "something that is not JSON, or is cut off"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_status_reply_that_is_not_json_may_be_retried(body: bytes, text: str) -> None:
    with pytest.raises(RetryableError) as caught:
        CONVERSATION.progress(reply(200, body), NOW)

    assert f"the platform returned {text}" == str(caught.value)


@pytest.mark.parametrize("code", [200, 202, 299])
@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"[1, 2]", "expected an object, got a list"),
        (b'"passed"', "expected an object, got a string"),
        (b"null", "expected an object, got null"),
        (b"7", "expected an object, got a number"),
        (b"{}", "got an object without any documented key"),
        (b'{"code": 7, "message": "upstream is down"}', "got an object without any documented key"),
        (b'{"errors": []}', "got an object without any documented key"),
    ],
    ids=repr,
)
def test_json_that_is_no_status_at_all_may_be_retried(code: int, body: bytes, text: str) -> None:
    with pytest.raises(NotAStatus) as caught:
        CONVERSATION.progress(reply(code, body), NOW)

    assert f"the platform returned JSON, but not a status: {text}" == str(caught.value)
    assert body == caught.value.body


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


SAME_APP = "Check that client-id, client-secret and stream-id"
GRANT = 'Grant the scope "Conversation Tests Execution"'


@pytest.mark.parametrize(
    ("code", "message", "kind", "advice"),
    [
        (401, "Invalid SDK credentials", CredentialsRejected, f"{SAME_APP} belong together"),
        (401, "Invalid JWT token", CredentialsRejected, "Check jwt, or client-id, client-secret and jwt-algorithm"),
        (401, "Permission denied. Scope is incorrect!", CredentialsRejected, f"{GRANT} to the JWT app"),
        (
            401,
            "error verifying the jwt: possibly a replay",
            CredentialsRejected,
            "A ready-made token with a jti works only once",
        ),
        (
            401,
            'error verifying the jwt: if "jti" claim',
            CredentialsRejected,
            "A ready-made token with a jti works only once",
        ),
        (403, "Go away", CredentialsRejected, SAME_APP),
        (
            400,
            "Permission denied. Scope is incorrect!",
            CredentialsRejected,
            f"{GRANT} to the JWT app and publish the app with its API scopes.",
        ),
        (404, "Unauthorized", CredentialsRejected, SAME_APP),
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
        assert f'({code} "{message}"). {advice}' in str(caught.value)


@pytest.mark.parametrize(
    ("message", "reason"),
    {
        "Test Suite not found": "The platform does not know this suite",
        "Test Suite 'Result not found' does not exist": "The platform does not know this suite",
        "Test Result not found.": "The platform does not know this test run",
        "Invalid request ID": "The platform does not know this test run",
        "Invalid testRunId": "The platform does not know this test run",
        "Test suite run: user not found": "The platform rejected the request",
        "Test suite version is invalid": "The platform rejected the request",
        "Unknown error in the test run": "The platform rejected the request",
        "Sprint is over": "The platform rejected the request",
    }.items(),
)
def test_the_first_clause_says_what_the_platform_does_not_know(message: str, reason: str) -> None:
    for call in (
        lambda: CONVERSATION.progress(reply(400, error_body(message)), NOW),
        lambda: CONVERSATION.run_id(reply(400, error_body(message))),
    ):
        with pytest.raises(RequestRejected) as caught:
            call()
        assert f'{reason} (400 "{message}").' == caught.value.reason


def test_an_unknown_suite_is_told_with_code_200_too() -> None:
    with pytest.raises(RequestRejected, match=r'^The platform does not know this suite: "Test Suite not found"\. '):
        CONVERSATION.run_id(reply(200, error_body("Test Suite not found")))
    with pytest.raises(RequestRejected, match=r'^The platform did not start the test run: "Sprint is over"\. '):
        CONVERSATION.run_id(reply(200, error_body("Sprint is over")))


UNKNOWN_RUNS = [
    "Test Result not found.",
    "Test run 'ctr-1' does not exist",
    "Invalid request ID",
    "invalid testRunId",
]
OTHER_REJECTIONS = [
    "",
    "Not Found",
    "no route",
    "Test Suite not found",
    "Test Suite 'Unknown run' not found",
    "Test Suite 'Result' not found",
    "Result file not found",
    "Run failed: user not found",
    "Unknown error in the test run",
    "Invalid arguments for the test run",
]


@pytest.mark.parametrize(
    ("message", "is_unknown"), [*((text, True) for text in UNKNOWN_RUNS), *((text, False) for text in OTHER_REJECTIONS)]
)
@pytest.mark.parametrize("kind", [CONVERSATION, BATCH], ids=["conversation", "batch"])
def test_only_the_platforms_own_words_say_that_it_does_not_know_a_run(
    kind: SuiteKind, message: str, is_unknown: bool
) -> None:
    for code in (400, 404, 410, 200) if message else (400, 404, 410):
        with pytest.raises(RequestRejected) as caught:
            kind.progress(reply(code, error_body(message, code)), NOW)
        assert is_unknown == isinstance(caught.value, UnknownRun)
    page = f"<html><h1>{message}</h1></html>".encode()
    with pytest.raises(RequestRejected) as caught:
        kind.progress(reply(404, page), NOW)
    assert caught.type is RequestRejected


ABOUT_THE_NAME = (
    "Check the name in test-suites: it must match the suite's name exactly, including upper and lower case. Give one "
    "name per line. It may be a batch suite. Check that stream-id is the app that has the suite."
)


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        ("Test SUITE not found for this run", ABOUT_THE_NAME),
        ("No such Run", "Check the run id: it must belong to this suite and stream."),
        ("Result expired", "Check the run id: it must belong to this suite and stream."),
        ("Invalid arguments", "Check the arguments."),
        ("Sprint is over", ""),
    ],
)
def test_the_advice_for_a_rejected_request_goes_by_the_first_known_word(message: str, advice: str) -> None:
    rejections = Rejections("", "Check the arguments.", requests=request_advice("It may be a batch suite."))

    assert advice == rejections.request_advice(message)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (401, "The platform rejected the credentials (401). Check that client-id"),
        (403, "The platform rejected the credentials (403). Check that client-id"),
        (404, "The platform rejected the request (404). Check host and stream-id."),
        (429, "the platform replied 429"),
        (500, "the platform replied 500"),
    ],
)
def test_without_a_message_of_the_platform_nothing_is_quoted(code: int, text: str) -> None:
    with pytest.raises((SuiteError, RetryableError)) as caught:
        CONVERSATION.progress(reply(code), NOW)

    assert str(caught.value).startswith(text)
    # A token that is valid and may not do this lacks the scope.
    assert ('grant the scope "Conversation Tests Execution" to the JWT app' in str(caught.value)) == (code == 403)
    assert code == 403 or '"' not in str(caught.value)


@pytest.mark.parametrize(
    ("message", "rejected"),
    {
        "Permission denied. Scope is incorrect!": "scope of the token",
        "Insufficient scopes": "scope of the token",
        "Permission denied.": "credentials",
        "Invalid token scope": "credentials",
        "Scope or credentials are missing": "credentials",
        "No access through the telescope": "credentials",
    }.items(),
)
def test_only_a_message_about_the_scope_alone_says_that_the_credentials_are_right(message: str, rejected: str) -> None:
    with pytest.raises(CredentialsRejected) as caught:
        CONVERSATION.progress(reply(401, error_body(message)), NOW)

    assert str(caught.value).startswith(f'The platform rejected the {rejected} (401 "{message}"). ')
    assert 3 == caught.value.exit_code


@pytest.mark.parametrize(
    ("message", "kind"),
    [("Permission denied. Scope is incorrect!", CredentialsRejected), ("Test Suite not found", RequestRejected)],
)
def test_an_error_body_with_code_200_is_an_error_all_the_same(message: str, kind: Outcome) -> None:
    with pytest.raises(kind, match=message):
        CONVERSATION.progress(reply(200, error_body(message)), NOW)
    with pytest.raises(kind, match=message):
        CONVERSATION.run_id(reply(200, error_body(message)))


@pytest.mark.parametrize("call", [lambda body: CONVERSATION.progress(body, NOW), CONVERSATION.run_id], ids=range(2))
def test_an_error_body_with_code_200_and_an_unknown_message_is_quoted_with_the_place_to_look_at(
    call: Callable[[HttpReply], object],
) -> None:
    with pytest.raises(RequestRejected, match=r'"Sprint is over"\. Look at the test suite on the platform\.$'):
        call(reply(200, error_body("Sprint is over")))


@pytest.mark.parametrize("key", ["status", "result", "testRunId", "requestId"])
def test_an_error_beside_a_status_or_a_run_id_rejects_no_credentials(key: str) -> None:
    message = "Permission denied. Scope is incorrect!"

    assert not rejects_credentials(reply(200, {key: "x", **error_body(message)}), message)
    assert rejects_credentials(reply(200, {key + "s": "x", **error_body(message)}), message)
    assert rejects_credentials(reply(400, {key: "x", "message": message}), message)


@pytest.mark.parametrize(
    "message",
    [
        *("Invalid JWT", "the TOKEN is old", "No jti.", "scopes: none", "replay", "Unauthorised", "not authorized"),
        *("signature mismatch", "wrong secret", "access denied", "forbidden", "unauthenticated", "permission denied"),
    ],
)
def test_a_word_about_credentials_is_one_in_any_sentence(message: str) -> None:
    assert mentions_credentials(reply(404, error_body(message, 4001)), message)


@pytest.mark.parametrize("message", ["Test Result not found", "telescope", "tokenizer", "secretary", ""])
def test_words_about_something_else_mention_no_credentials(message: str) -> None:
    assert not mentions_credentials(reply(404, error_body(message, 4001)), message)


@pytest.mark.parametrize("code", [4002, "4002", 401, "401", 403, "403"])
def test_the_code_of_an_error_can_mention_credentials_too(code: object) -> None:
    other = {"code": 4001, "msg": "no such run"}

    assert mentions_credentials(reply(404, {"errors": [other, {"code": code}]}), "")
    assert mentions_credentials(reply(404, {"errors": {"code": code}}), "")
    assert not mentions_credentials(reply(404, {"errors": [other, "x"], "code": 4001}), "")
    assert not mentions_credentials(reply(404, b"no JSON"), "")


def test_a_reply_with_a_status_is_no_error_body_whatever_words_it_holds() -> None:
    body = {**answer(step()), **error_body("Permission denied. Scope is incorrect!")}

    assert CONVERSATION.progress(reply(200, body), NOW).ended


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"errors": [{"msg": "one"}, {}, {"msg": "two", "message": "no"}]}, "one; two"),
        ({"errors": ["one", 7, None, {"message": "two", "error": "no"}, {"error": "three"}]}, "one; two; three"),
        ({"errors": {"msg": "one"}, "message": "two"}, "one; two"),
        ({"errors": "one", "msg": "two"}, "one; two"),
        ({"errors": None, "error": "one"}, "one"),
        ({"message": {"b": 1, "a": "é"}}, '{"a": "é", "b": 1}'),
        ({"errors": [{"msg": "one\n"}, {"msg": "two\x1b"}]}, "one; two\\x1b"),
        ({"errors": [{"msg": "x" * 999}, {"msg": "y"}]}, "x" * 269 + "… (cut, 1002 characters in all)"),
        ({"msg": "x" * 300}, "x" * 300),
        ({"status": "passed"}, ""),
        ([{"msg": "one"}], ""),
        ("one", ""),
        (b"<html>one</html>", ""),
        (b"", ""),
    ],
    ids=range(14),
)
def test_the_platforms_message_is_found_in_an_error_of_any_shape_and_shown_in_one_short_line(
    body: Any, text: str
) -> None:
    assert text == platform_error(reply(400, body))


BUSY = "Please wait for the test execution in progress"


@pytest.mark.parametrize("code", [200, 400, 409, 412])
def test_a_platform_that_is_busy_with_another_run_says_so(code: int) -> None:
    busy = reply(code, error_body(BUSY))
    calls: list[Callable[[], str]] = [
        lambda: BATCH.run_id(busy),
        lambda: check_accepted(busy, BATCH.rejections, NOW),
    ]
    for call in calls:
        with pytest.raises(PlatformBusy) as caught:
            call()
        told = f'another run is in progress on the platform: the platform replied {code} "{BUSY}"'
        assert told == str(caught.value)


def test_only_a_kind_of_suite_that_runs_alone_and_a_reply_that_counts_can_be_busy() -> None:
    with pytest.raises(RequestRejected):
        CONVERSATION.run_id(reply(400, error_body(BUSY)))
    with pytest.raises(RetryableError, match=r"^the platform replied 503"):
        check_accepted(reply(503, error_body(BUSY)), BATCH.rejections, NOW)
    with pytest.raises(UnexpectedRedirect):
        check_accepted(reply(302, error_body(BUSY)), BATCH.rejections, NOW)


def test_a_platform_that_is_not_busy_has_accepted_or_rejected_the_request() -> None:
    assert "" == check_accepted(reply(200, {"requestId": "tr-1"}), BATCH.rejections, NOW)
    assert "Oops" == check_accepted(reply(200, error_body("Oops")), BATCH.rejections, NOW)
    with pytest.raises(CredentialsRejected, match=r"10m fast.*Batch Tests Execution"):
        check_accepted(reply(401, error_body("Scope"), Date="Mon, 23 Nov 2026 09:50:00 GMT"), BATCH.rejections, NOW)
    with pytest.raises(RetryableError) as caught:
        check_accepted(reply(429, Retry_After="Mon, 23 Nov 2026 10:00:40 GMT"), BATCH.rejections, NOW)
    assert 40.0 == caught.value.retry_after


@pytest.mark.parametrize("code", [200, 302, 400, 401, 404, 304, 408, 425, 429, 500, 503, 600])
def test_a_code_that_says_try_again_later_is_retryable(code: int) -> None:
    assert (code in (304, 408, 425, 429, 500, 503, 600)) == is_retryable(reply(code))


def test_an_error_text_is_found_however_late_it_comes_in_the_body() -> None:
    body = {"padding": "x" * 5000, **error_body("Test Suite not found")}

    with pytest.raises(RequestRejected, match=r'does not know this suite: "Test Suite not found"\. Check the name'):
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
    [
        (b"", "the platform replied to the start with something that is not JSON"),
        (b"<html>", "the platform replied to the start with something that is not JSON"),
        (b'{"testRunId": "ctr', "the platform replied to the start with something that is not JSON"),
        (b"[]", "the start reply has no usable testRunId"),
        (b'{"%s": 1, "%s": 2}' % (b"k" * 99, b"k" * 99), f'the start reply has the key "{"k" * 31}… (cut, 99 '),
    ],
    ids=range(5),
)
def test_a_start_reply_that_cannot_be_read_may_have_started(body: bytes, text: str) -> None:
    with pytest.raises(MayHaveStarted) as caught:
        CONVERSATION.run_id(reply(200, body))

    assert str(caught.value).startswith(f"The test run may have started: {text}")


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
    with pytest.raises(MayHaveStarted) as caught:
        CONVERSATION.run_id(started)

    named = str(caught.value).partition(". The reply names ctr-6b1e-4")[2].removeprefix(", ctr-9999")
    advice = ". Find it on the suite's page in Kore.ai and, if it is this run, pass its id in test-run-ids."
    assert advice == named


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

    assert message == (
        "The test run may have started: the platform replied 502. koregate did not retry, because that could start a "
        "second run. Find the run on the suite's page in Kore.ai and pass its id in test-run-ids."
    )


@pytest.mark.parametrize("message", ["Unable to reach credentials service", "Invalid JWT token", "Unauthorized"])
@pytest.mark.parametrize("code", [304, 408, 425, 500, 502, 503])
def test_credentials_are_never_blamed_for_a_failure_of_the_platform(code: int, message: str) -> None:
    with pytest.raises(RetryableError, match=message):
        CONVERSATION.progress(reply(code, error_body(message)), NOW)
    with pytest.raises(MayHaveStarted, match=message):
        CONVERSATION.run_id(reply(code, error_body(message)))


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


def test_a_rate_limit_that_an_ended_run_met_is_no_limit_on_the_request() -> None:
    body = {**answer(step("a", "failed"), status="failed"), **error_body("LLM node: Rate limit reached for a model")}

    assert CONVERSATION.progress(reply(200, body), NOW).ended
    with pytest.raises(RetryableError):
        CONVERSATION.progress(reply(200, {**body, "result": {}}), NOW)


@pytest.mark.parametrize("code", [200, 400, 404])
def test_a_start_that_has_a_run_id_beside_a_word_on_rate_limits_is_not_repeated(code: int) -> None:
    body = {"testRunId": "ctr-1234", **error_body(LIMITS[0])}

    if code == 200:
        assert "ctr-1234" == CONVERSATION.run_id(reply(code, body))
        return
    with pytest.raises(MayHaveStarted, match=r"Rate limit") as caught:
        CONVERSATION.run_id(reply(code, body))
    assert "ctr-1234" in caught.value.advice
    with pytest.raises(RetryableError):
        CONVERSATION.run_id(reply(429, body))


NAMES = ["Expired token", "Login: invalid credentials", "Access denied", "Rate limit reached", "One order in progress"]


@pytest.mark.parametrize("kind", [CONVERSATION, BATCH], ids=lambda kind: kind.name)
@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_suite_is_no_message_of_the_platform(kind: SuiteKind, name: str) -> None:
    for message in (
        f"Test Suite '{name}' has no steps.",
        f'Test suite "{name}" is disabled',
        f"{name} is being edited",
    ):
        for call in (
            lambda body: kind.run_id(reply(400, body), NOW, name),
            lambda body: kind.progress(reply(400, body), NOW, name),
        ):
            with pytest.raises(RequestRejected) as caught:
                call(error_body(message))
            assert caught.type is RequestRejected
            assert message in str(caught.value)


@given(st.text("abceilmrtALPR -", min_size=1, max_size=3).filter(str.strip))
@example("a")
@example("R")
def test_a_short_name_of_a_suite_takes_no_letters_out_of_a_message(name: str) -> None:
    for kind in (CONVERSATION, BATCH):
        with pytest.raises(RetryableError):
            kind.run_id(reply(400, error_body(LIMITS[0])), NOW, name)
        with pytest.raises(CredentialsRejected):
            kind.progress(reply(400, error_body("Permission denied. Scope is incorrect!")), NOW, name)
