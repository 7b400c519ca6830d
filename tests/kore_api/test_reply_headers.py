"""What the headers of an HTTP reply say: how long to wait, when it was sent, and where it points."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.http_replies import error_body, reply

from koregate.errors import CredentialsRejected, RetryableError, UnexpectedRedirect
from koregate.kore_api.replies import retry_after, sent_at
from koregate.kore_api.suite_kind import CONVERSATION

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def test_a_reply_was_sent_when_its_date_says() -> None:
    assert NOW == sent_at(reply(Date="Mon, 23 Nov 2026 11:00:00 +0100"))
    assert sent_at(reply()) is None
    assert sent_at(reply(Date="yesterday")) is None


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
    ids=range(6),
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
        (None, "nowhere"),
        ("https://[broken/", "nowhere"),
        ("/" + "x" * 199, f'"/{"x" * 199}"'),
        ("/" + "x" * 200, f'"/{"x" * 169}… (cut, 201 characters in all)"'),
        ("https://other.example/\x1b[31m\u202e", '"https://other.example/\\x1b[31m\\u202e"'),
    ],
)
def test_a_redirect_is_named_without_user_query_and_fragment(location: str | None, place: str) -> None:
    for code in (301, 302, 303, 307, 308):
        redirect = reply(code) if location is None else reply(code, Location=location)
        with pytest.raises(UnexpectedRedirect) as status:
            CONVERSATION.progress(redirect, NOW)
        with pytest.raises(UnexpectedRedirect) as start:
            CONVERSATION.run_id(redirect)
        assert str(status.value) == (
            f"The platform replied {code} and pointed to {place}. koregate does not follow redirects, because the "
            "request carries credentials. Set host to the final URL."
        )
        assert str(status.value) == str(start.value)


PART = st.text("abcXYZ0189%=+._~!$'()*,;", min_size=1, max_size=20).map(lambda text: f"hidden{text}")


@given(PART, PART, PART)
def test_no_user_query_or_fragment_of_a_redirect_is_ever_shown(user: str, query: str, fragment: str) -> None:
    location = f"https://{user}:{user}@other.example/x?{query}#{fragment}"

    with pytest.raises(UnexpectedRedirect) as caught:
        CONVERSATION.progress(reply(302, Location=location), NOW)

    assert '"https://other.example/x"' in str(caught.value)
    assert "hidden" not in str(caught.value)
