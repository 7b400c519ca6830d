"""Credentials that were probably copied wrongly."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.inputs import inputs

from koregate.errors import InvalidInputs
from koregate.inputs.credentials import doubtful_credentials

GIVEN = {"client_id": "cs-1", "client_secret": "not-to-be-shown", "user_email": "bot-ci@example.com"}


def doubts(**changes: str) -> list[str]:
    return list(doubtful_credentials(inputs(**{**GIVEN, **changes})))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"client_secret": " not-to-be-shown"}, "client-secret begins or ends with a space."),
        ({"client_secret": "not-to-be-shown\t"}, "client-secret begins or ends with a space."),
        ({"client_secret": '"not-to-be-shown"'}, "client-secret is in quotes, which are taken as part of it."),
        ({"client_id": "'cs-1'"}, "client-id is in quotes"),
        ({"user_email": '"bot-ci@example.com"'}, "user-email is in quotes"),
        ({"client_id": "st-1"}, "client-id looks like a stream id (st-…)."),
        ({"client_secret": "cs-1"}, "client-secret is the same as client-id."),
    ],
)
def test_a_credential_that_is_easily_copied_wrongly_is_named_without_its_value(
    changes: dict[str, str], said: str
) -> None:
    (doubt,) = doubts(**changes)

    assert doubt.startswith(said)
    assert "not-to-be-shown" not in doubt


@pytest.mark.parametrize("token", ["'a.b.c'", '"a.b.c"', 'a.b.c"', "`a.b.c"])
def test_a_token_in_quotes_is_refused(token: str) -> None:
    with pytest.raises(InvalidInputs, match="is in quotes, which are taken as part of it"):
        inputs(jwt=token, client_id="", client_secret="")


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'`"), min_size=1, max_size=80))
@example("a")
def test_a_secret_of_any_other_characters_is_fine(secret: str) -> None:
    assert [] == doubts(client_secret=secret, client_id="cs-of-the-app")
