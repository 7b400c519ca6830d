"""A token for each request, in the form that the platform documents."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from support.inputs import inputs

from koregate.kore_api.tokens import Tokens

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SECRET = "0123456789abcdef" * 4


def tokens(**changes: str) -> Tokens:
    return Tokens(inputs(**{"client_secret": SECRET, **changes}))


def claims(token: str, algorithm: str = "HS256") -> dict[str, Any]:
    """The claims of a token whose signature holds; its time is the test's, not the machine's."""
    return jwt.decode(token, SECRET, [algorithm], options={"verify_exp": False, "verify_iat": False})


def test_a_token_has_the_documented_claims_and_is_valid_for_minutes() -> None:
    payload = claims(tokens().new(NOW))

    assert {"appId", "sub", "iat", "exp", "jti"} == set(payload)
    assert ("cs-1", "dev@example.com") == (payload["appId"], payload["sub"])
    assert int(NOW.timestamp()) + 300 == payload["exp"]


def test_a_token_is_valid_on_a_platform_whose_clock_is_half_a_minute_behind() -> None:
    assert int(NOW.timestamp()) - 30 == claims(tokens().new(NOW))["iat"]


def test_no_two_tokens_are_alike_even_at_the_same_moment() -> None:
    same_tokens = tokens()

    token_ids = [claims(same_tokens.new(NOW))["jti"] for _ in range(100)]

    assert 100 == len(set(token_ids))
    assert all(len(token_id) >= 32 for token_id in token_ids)


@pytest.mark.parametrize("algorithm", ["HS256", "HS512"])
def test_a_token_is_signed_with_the_given_algorithm(algorithm: str) -> None:
    token = tokens(jwt_algorithm=algorithm).new(NOW)

    assert algorithm == jwt.get_unverified_header(token)["alg"]
    assert "cs-1" == claims(token, algorithm)["appId"]


def test_a_ready_made_token_is_sent_unchanged() -> None:
    ready = tokens(jwt="aaa.bbb.ccc", client_id="", client_secret="")

    assert ["aaa.bbb.ccc"] * 2 == [ready.new(NOW), ready.new(NOW)]


def test_attaching_without_an_e_mail_names_koregate_as_the_subject() -> None:
    assert "koregate" == claims(tokens(user_email="", test_run_ids="ctr-1").new(NOW))["sub"]


def test_no_secret_is_in_the_representation_of_what_holds_it() -> None:
    assert SECRET not in repr(vars(tokens()))


def test_a_short_client_secret_causes_no_warning() -> None:
    # In a process of its own, because pytest puts its own filters in front of the program's.
    program = (
        "from datetime import UTC, datetime; from koregate.kore_api.tokens import Tokens;"
        "from support.inputs import inputs; print(Tokens(inputs(client_secret='short')).new(datetime.now(UTC)))"
    )
    paths = os.pathsep.join(path for path in sys.path if path)
    process = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": paths}, check=True, capture_output=True, text=True
    )

    assert "" == process.stderr
    assert 3 == len(process.stdout.split("."))
