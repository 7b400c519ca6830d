"""What the replies to a request for a made-up test run say of the token, the clock and the platform."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import get_args

import pytest
from support.inputs import inputs

from koregate.checks import Check
from koregate.kore_api.network_errors import Hop, RequestFailed
from koregate.kore_api.probe import (
    Probe,
    ReplyMeaning,
    check_clock,
    check_credentials,
    check_scope,
    meaning_of,
    network_checks,
)
from koregate.kore_api.replies import HttpReply

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def reply(code: int, message: str = "", date: datetime | None = NOW) -> HttpReply:
    body = json.dumps({"errors": [{"msg": message, "code": code}]}).encode() if message else b""
    return HttpReply(code, {"Date": format_datetime(date, usegmt=True)} if date else {}, body)


@pytest.mark.parametrize(
    ("code", "message", "answer"),
    [
        (400, "Test Result not found.", ReplyMeaning.NO_SUCH_RUN),
        (400, "Invalid request ID", ReplyMeaning.NO_SUCH_RUN),
        (404, "Unknown test run", ReplyMeaning.NO_SUCH_RUN),
        (400, "testRunId is invalid", ReplyMeaning.NO_SUCH_RUN),
        (200, "Test Result not found.", ReplyMeaning.NO_SUCH_RUN),
        (400, "Test Suite not found", ReplyMeaning.NO_SUCH_SUITE),
        (401, "Permission denied. Scope is incorrect!", ReplyMeaning.WRONG_SCOPE),
        (401, "Invalid SDK credentials", ReplyMeaning.WRONG_TOKEN),
        (401, "", ReplyMeaning.WRONG_TOKEN),
        (403, "", ReplyMeaning.WRONG_TOKEN),
        (401, "Invalid JWT token", ReplyMeaning.UNREADABLE_TOKEN),
        (401, "error verifying the jwt: possibly a replay", ReplyMeaning.USED_TOKEN),
        (400, "error verifying the jwt: possibly a replay", ReplyMeaning.USED_TOKEN),
        (401, "Test Result not found.", ReplyMeaning.WRONG_TOKEN),
        (400, "Test Result not found. Invalid SDK credentials", ReplyMeaning.UNCLEAR),
        (400, "Test Suite not found; jwt expired", ReplyMeaning.UNCLEAR),
        (400, "Unknown test run: your token has no scope for it", ReplyMeaning.UNCLEAR),
        (400, "Test Result not found. Unauthorized", ReplyMeaning.UNCLEAR),
        (400, "", ReplyMeaning.UNCLEAR),
        (404, "Not Found", ReplyMeaning.UNCLEAR),
        (405, "Method Not Allowed", ReplyMeaning.UNCLEAR),
        (412, "Validation errors/ Invalid arguments", ReplyMeaning.UNCLEAR),
        (400, "Invalid StreamId", ReplyMeaning.UNCLEAR),
        (500, "Test Result not found.", ReplyMeaning.UNCLEAR),
        (429, "Test Result not found.", ReplyMeaning.UNCLEAR),
        (200, "", ReplyMeaning.UNCLEAR),
        (302, "", ReplyMeaning.UNCLEAR),
    ],
)
def test_the_token_is_proved_only_by_words_that_reject_the_run(code: int, message: str, answer: ReplyMeaning) -> None:
    assert answer is meaning_of(reply(code, message))


@pytest.mark.parametrize("code", [4002, "4002", 401, "403"])
def test_a_code_for_credentials_beside_the_words_for_an_unknown_run_proves_nothing(code: object) -> None:
    errors = [{"msg": "Test Result not found.", "code": 400}, {"msg": "Odd", "code": code}]

    assert ReplyMeaning.UNCLEAR is meaning_of(HttpReply(400, {}, json.dumps({"errors": errors}).encode()))


@pytest.mark.parametrize("answer", ReplyMeaning)
def test_credentials_and_scope_are_right_only_where_the_run_alone_was_rejected(answer: ReplyMeaning) -> None:
    checks = [
        check_credentials(inputs(), reply(400, "said"), answer, is_clock_right=True),
        check_scope(inputs(), reply(400, "said"), answer),
    ]
    proved = answer in (ReplyMeaning.NO_SUCH_RUN, ReplyMeaning.NO_SUCH_SUITE)

    assert [proved] * 2 == [check.result == "ok" for check in checks]
    assert {3} >= {check.exit_code for check in checks if check.result == "fail"}


def test_causes_that_look_alike_are_all_named() -> None:
    check = check_credentials(
        inputs(), reply(401, "Invalid SDK credentials"), ReplyMeaning.WRONG_TOKEN, is_clock_right=False
    )

    assert ("fail", 3) == (check.result, check.exit_code)
    for cause in ("Set the clock first", "client-id", "client-secret", "jwt-algorithm", "stream-id"):
        assert cause in check.message
    forbidden = check_credentials(inputs(), reply(403), ReplyMeaning.WRONG_TOKEN, is_clock_right=True)
    assert "a missing scope, or an IP address that the account does not allow" in forbidden.message


@pytest.mark.parametrize(
    ("seconds", "result", "code"),
    [(0, "ok", 0), (119, "ok", 0), (120, "warn", 0), (299, "warn", 0), (300, "fail", 3), (86400, "fail", 3)],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_clock_two_minutes_off_warns_and_five_fail(seconds: int, result: str, code: int, sign: int) -> None:
    check = check_clock(reply(401), NOW + timedelta(seconds=sign * seconds))

    assert (result, code) == (check.result, check.exit_code)
    assert not seconds > 119 or ("fast" if sign > 0 else "slow") in check.message


def test_without_a_date_nothing_is_said_of_the_clock() -> None:
    assert "warn" == check_clock(reply(401, date=None), NOW).result


def network(problem: Exception | None = None, answer: HttpReply | None = None) -> dict[str, Check]:
    probe = Probe(answer, problem, NOW, used_proxy=False)
    return {check.name: check for check in network_checks(inputs(), probe)}


@pytest.mark.parametrize("hop", get_args(Hop))
def test_a_request_that_is_lost_fails_where_it_was_lost_and_proves_nothing_beyond(hop: Hop) -> None:
    order = [*(["machine"] if hop == "machine" else []), "proxy", "host", "tls", "platform"]
    found = network(RequestFailed("it was lost", hop=hop))

    assert order == list(found)
    expected = ["ok"] * order.index(hop) + ["fail"] + ["warn"] * (len(order) - 1 - order.index(hop))
    assert expected == [check.result for check in found.values()]
    assert 4 == found[hop].exit_code
    assert found[hop].message.startswith("It was lost. Increase " if hop == "machine" else "It was lost. Check ")


@pytest.mark.parametrize(
    ("answer", "result", "said"),
    [
        (reply(400, "Test Result not found."), "ok", "Kore.ai's API replies."),
        (reply(401), "ok", "The host replies: see credentials."),
        (reply(302), "fail", "Set host to the final URL"),
        (reply(503), "fail", "Try again later"),
        (reply(404), "fail", "not Kore.ai's API"),
        (HttpReply(200, {}, b"<html>"), "fail", "not Kore.ai's API"),
        (HttpReply(200, {}, b"[1]"), "fail", "not Kore.ai's API"),
    ],
)
def test_a_reply_of_something_else_than_the_api_is_reported(answer: HttpReply, result: str, said: str) -> None:
    check = network(answer=answer)["platform"]

    assert (result, {"ok": 0, "fail": 4}[result]) == (check.result, check.exit_code)
    assert said in check.message
