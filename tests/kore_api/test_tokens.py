"""A token for each request, as the platform asks for it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

import jwt
import pytest

from koregate.inputs.model import Inputs
from koregate.kore_api.tokens import Tokens

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SECRET = "0123456789abcdef" * 4
GIVEN = {
    "host": "platform.kore.ai",
    "stream-id": "st-1",
    "test-suites": "Pizza",
    "client-id": "cs-1",
    "client-secret": SECRET,
    "user-email": "dev@example.com",
}


def tokens(**changes: str) -> Tokens:
    given = {**GIVEN, **{name.replace("_", "-"): value for name, value in changes.items()}}
    return Tokens(Inputs.gather(given, {}, PurePosixPath("/ws")))


def claims(token: str, algorithm: str = "HS256") -> dict[str, Any]:
    """The claims of a token whose signature holds; its time is the test's, not the machine's."""
    return jwt.decode(token, SECRET, [algorithm], options={"verify_exp": False, "verify_iat": False})


def test_a_token_has_the_documented_claims_and_is_good_for_minutes() -> None:
    found = claims(tokens().fresh(NOW))

    assert {"appId", "sub", "iat", "exp", "jti"} == set(found)
    assert ("cs-1", "dev@example.com") == (found["appId"], found["sub"])
    assert (int(NOW.timestamp()), 300) == (found["iat"], found["exp"] - found["iat"])


def test_no_two_tokens_are_alike_even_at_the_same_moment() -> None:
    made = tokens()

    found = [claims(made.fresh(NOW))["jti"] for _ in range(100)]

    assert 100 == len(set(found))
    assert all(len(one) >= 32 for one in found)


@pytest.mark.parametrize("algorithm", ["HS256", "HS512"])
def test_a_token_is_signed_with_the_algorithm_that_was_asked_for(algorithm: str) -> None:
    token = tokens(jwt_algorithm=algorithm).fresh(NOW)

    assert algorithm == jwt.get_unverified_header(token)["alg"]
    assert "cs-1" == claims(token, algorithm)["appId"]


def test_a_ready_made_token_is_sent_as_it_is() -> None:
    made = tokens(jwt="aaa.bbb.ccc", client_id="", client_secret="")

    assert ["aaa.bbb.ccc"] * 2 == [made.fresh(NOW), made.fresh(NOW)]


def test_attaching_without_an_e_mail_names_koregate_as_the_subject() -> None:
    assert "koregate" == claims(tokens(user_email="", test_run_ids="ctr-1").fresh(NOW))["sub"]


def test_no_secret_shows_in_what_holds_it() -> None:
    assert SECRET not in repr(vars(tokens()))
